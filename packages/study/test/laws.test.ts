import fc from "fast-check";
import { sized } from "testkit";
import { describe, expect, it } from "vitest";
import { addMonths, type Derived, groupProcedures } from "../src/index.js";
import type { TreatmentRules } from "../src/protocol/schema.js";
import type { Row } from "../src/tables/definitions.js";
import { isoDate, studyDay } from "../src/time.js";
import { minimalProtocol, run } from "./helpers.js";

const ALL = "[OS, PFS, hepatic-PFS, whole-body-PFS, time-to-untaceable-progression, early-progression]";
const runs = { numRuns: sized(60, 600), seed: 7 };

interface Cohort {
  readonly procedures: readonly { readonly patient: number; readonly day: number }[];
  readonly events: readonly { readonly patient: number; readonly day: number; readonly event: string }[];
  readonly lesions: readonly { readonly patient: number; readonly day: number; readonly mm: number }[];
}

const patient = fc.integer({ min: 1, max: 3 });
const cohort: fc.Arbitrary<Cohort> = fc.record({
  procedures: fc.array(fc.record({ patient, day: fc.integer({ min: 0, max: 900 }) }), { maxLength: 8 }),
  events: fc.array(
    fc.record({
      patient,
      day: fc.integer({ min: 0, max: 2000 }),
      event: fc.constantFrom(
        "progression",
        "hepatic-progression",
        "extrahepatic-progression",
        "untreatable",
        "new-therapy",
        "last-contact",
        "death",
      ),
    }),
    { maxLength: 12 },
  ),
  lesions: fc.array(
    fc.record({ patient, day: fc.integer({ min: 1, max: 1500 }), mm: fc.integer({ min: 0, max: 90 }) }),
    {
      maxLength: 10,
    },
  ),
});

const derived = (
  { procedures, events, lesions }: Cohort,
  options: { readonly shift?: number; readonly reverse?: boolean; readonly censor?: string } = {},
): Derived => {
  const { shift, reverse = false } = options;
  const time = (day: number): string => (shift === undefined ? String(day) : isoDate(18262 + shift + day));
  const column = shift === undefined ? "day" : "date";
  const table = (header: string, rows: readonly string[]): string =>
    `${header}\n${(reverse ? [...rows].reverse() : rows).join("\n")}\n`;
  const first = [1, 2, 3].map((id) => ({ patient: id, day: 0 }));
  const uniqueLesions = [...new Map(lesions.map((row) => [`${row.patient}-${row.day}`, row])).values()];
  return run({
    protocol: minimalProtocol("", ALL),
    study: options.censor === undefined ? "" : `overrides: { endpoints: { PFS_censor_at: ${options.censor} } }`,
    tables: {
      "patients.csv": "patient\n1\n2\n3\n",
      "procedures.csv": table(
        `patient,procedure,${column},kind`,
        [...first, ...procedures].map((row, i) => `${row.patient},p${i},${time(row.day)},TACE`),
      ),
      "events.csv": table(
        `patient,${column},event`,
        events.map((row) => `${row.patient},${time(row.day)},${row.event}`),
      ),
      "lesions.csv": table(`patient,treatment,time_point,${column},lesion,role,organ,longest_mm`, [
        ...[1, 2, 3].map((id) => `${id},1,baseline,${time(-5)},T1,target,liver,50`),
        ...uniqueLesions.map((row) => `${row.patient},1,day-${row.day},${time(row.day)},T1,target,liver,${row.mm}`),
      ]),
    },
  }).derived;
};

/** Endpoints without the lines of the files they came from, and without texts that print dates. */
const bare = (result: Derived): unknown =>
  result.endpoints
    .map(({ patient: who, treatment, name, timeDays, event }) => ({ who, treatment, name, timeDays, event }))
    .sort((a, b) => JSON.stringify(a).localeCompare(JSON.stringify(b), "en"));

const responses = (result: Derived): unknown =>
  result.response.map((row) =>
    "timePoint" in row ? [row.timePoint, row.overall, row.sumMm, row.nadirMm] : [row.best, row.confirmed],
  );

describe("laws of endpoints", () => {
  it("times are not negative, and no PFS is longer than OS", () => {
    fc.assert(
      fc.property(cohort, fc.constantFrom("last-contact", "last-scan", "new-therapy"), (input, censor) => {
        const result = derived(input, { censor });
        for (const row of result.endpoints) expect(row.timeDays).toBeGreaterThanOrEqual(0);
        for (const os of result.endpoints.filter(({ name }) => name === "OS"))
          for (const row of result.endpoints)
            if (row.patient === os.patient && row.treatment === null)
              expect(row.timeDays).toBeLessThanOrEqual(os.timeDays);
        // Under the other censoring rules the liver's clock may stop before a progression elsewhere.
        if (censor === "last-contact")
          for (const name of ["hepatic-PFS", "whole-body-PFS"])
            for (const row of result.endpoints.filter((one) => one.name === name)) {
              const whole = result.endpoints.find(
                (one) =>
                  one.name === "whole-body-PFS" && one.patient === row.patient && one.treatment === row.treatment,
              );
              expect(whole!.timeDays).toBeLessThanOrEqual(row.timeDays);
            }
      }),
      runs,
    );
  });

  it("the order of rows does not matter", () => {
    fc.assert(
      fc.property(cohort, (input) => {
        expect(bare(derived(input, { reverse: true }))).toEqual(bare(derived(input)));
      }),
      runs,
    );
  });

  it("moving every date by the same number of days changes no time of a PFS or OS", () => {
    fc.assert(
      fc.property(cohort, fc.integer({ min: -4000, max: 4000 }), (input, shift) => {
        // One treatment each, so that no calendar month decides: its length does depend on the date.
        const single = { ...input, procedures: [] };
        const times = (result: Derived): unknown =>
          result.endpoints
            .filter(({ name }) => name !== "early-progression")
            .map(({ name, timeDays, event }) => [name, timeDays, event]);
        const shifted = derived(single, { shift });
        const still = derived(single, { shift: 0 });
        expect(times(shifted)).toEqual(times(still));
        expect(responses(shifted)).toEqual(responses(still));
      }),
      runs,
    );
  });

  it("two runs give the same bytes", () => {
    fc.assert(
      fc.property(cohort, (input) => {
        expect(JSON.stringify(derived(input))).toBe(JSON.stringify(derived(input)));
      }),
      { ...runs, numRuns: 10 },
    );
  });
});

describe("law of regrouping", () => {
  const rules = (within_months: number, from: "first" | "previous"): TreatmentRules => ({
    kinds: [],
    within_months,
    within_months_from: from,
    clock_from: "first",
    patient_from: "first",
  });
  const row = (day: number, line: number): Row<"procedures"> => ({
    patient: "P",
    procedure: `p${line}`,
    kind: "TACE",
    when: studyDay(day),
    line,
    extra: {},
    agent: null,
    dose_mg: null,
    device: null,
    bead_um: null,
    segment: null,
    vessel_level: null,
    feeders: null,
    loading_min: null,
    end_point: null,
    extra_embolic: null,
    combined_with: null,
    cycle: null,
    dose_mg_m2: null,
    dap_gycm2: null,
    fluoroscopy_min: null,
    bead_amount: null,
    emulsion: null,
    arterial_infusion: null,
    port: null,
    note: null,
  });
  const days = fc.array(fc.integer({ min: 0, max: 3000 }), { minLength: 1, maxLength: 20 });

  it.each(["first", "previous"] as const)(
    "counted from the %s: a partition in order, whose gaps obey the rule",
    (from) => {
      fc.assert(
        fc.property(days, fc.integer({ min: 1, max: 12 }), (list, months) => {
          const groups = groupProcedures("P", list.map(row), rules(months, from), "day");
          const flat = groups.flatMap(({ procedures }) => procedures.map(({ when }) => when.day));
          expect(flat).toEqual([...list].sort((a, b) => a - b));
          groups.forEach(({ procedures, firstDay }, i) => {
            procedures.forEach((procedure, j) => {
              const anchor = from === "first" ? firstDay : (procedures[j - 1]?.when.day ?? firstDay);
              expect(procedure.when.day).toBeLessThanOrEqual(addMonths(anchor, months, "day"));
            });
            const before = groups[i - 1];
            if (before !== undefined) {
              const anchor = from === "first" ? before.firstDay : before.lastDay;
              expect(firstDay).toBeGreaterThan(addMonths(anchor, months, "day"));
            }
          });
        }),
        runs,
      );
    },
  );

  it("grouping the procedures of one group again gives that group", () => {
    fc.assert(
      fc.property(days, fc.constantFrom("first", "previous"), (list, from) => {
        for (const { procedures } of groupProcedures("P", list.map(row), rules(6, from), "day"))
          expect(groupProcedures("P", procedures, rules(6, from), "day")).toHaveLength(1);
      }),
      runs,
    );
  });

  it("a wider gap never makes more treatments", () => {
    fc.assert(
      fc.property(days, fc.integer({ min: 1, max: 11 }), (list, months) => {
        const count = (n: number): number => groupProcedures("P", list.map(row), rules(n, "previous"), "day").length;
        expect(count(months + 1)).toBeLessThanOrEqual(count(months));
      }),
      runs,
    );
  });
});

describe("calendar months", () => {
  it("never leave the month that they lead to, and come back within its end", () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 30000 }), fc.integer({ min: -48, max: 48 }), (day, months) => {
        const there = addMonths(day, months, "date");
        const [y1, m1] = isoDate(day).split("-").map(Number);
        const [y2, m2] = isoDate(there).split("-").map(Number);
        expect(y2! * 12 + m2! - (y1! * 12 + m1!)).toBe(months);
        expect(Math.abs(addMonths(there, -months, "date") - day)).toBeLessThanOrEqual(3);
      }),
      runs,
    );
  });
});
