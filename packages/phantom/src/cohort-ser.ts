import { random } from "@livermark/core";
import { daysOfMonths } from "./calendar.js";
import {
  between,
  centred,
  decimals,
  drawn,
  exactly,
  type KnownEffect,
  lastEvent,
  marginsOf,
  orderBy,
  type PaperCohort,
  paperBundle,
  patientName,
  type TableRow,
} from "./cohort-margins.js";
import { eventMonths } from "./event-times.js";

const N = 102;
const ratios = { ser: 1 / 2.686, cycles: 1 / 3.669 } as const;

const effects: readonly KnownEffect[] = [
  { outcome: "OS", kind: "cox", term: "ser-high", level: "high", reference: "low", ratio: ratios.ser },
  { outcome: "OS", kind: "cox", term: "cycles-5", level: "5-6", reference: "2-4", ratio: ratios.cycles },
];

/**
 * 102 patients under HAIC with the margins of Zheng 2022, table 1 (SER below and from 1.04: 49 and 53; response 2, 54, 32,
 * 14). Overall survival depends on SER and on the number of cycles by the paper's multivariable ratios, with which it
 * was drawn from the start; everybody lives to the scan after two cycles.
 */
export function serCohort(seed: number): PaperCohort {
  const root = random(seed).fork("ser cohort");
  const { pick, yesNo } = marginsOf(root, N);
  const high = pick("ser", [
    [true, 53],
    [false, 49],
  ]);
  const fell = pick("dser", [
    [true, 66],
    [false, 36],
  ]);
  const many = pick("cycles", [
    [true, 48],
    [false, 54],
  ]);
  const older = pick("age", [
    [true, 57],
    [false, 45],
  ]);
  const columns: { readonly [name: string]: readonly (string | number | null)[] } = {
    sex: pick("sex", [
      ["M", 56],
      ["F", 46],
    ]),
    diagnosis: pick("diagnosis", [
      ["iCCA", 33],
      ["GBC", 14],
      ["pCCA", 55],
    ]),
    differentiation: pick("differentiation", [
      ["high", 2],
      ["moderate", 19],
      ["poor", 28],
      ["unknown", 53],
    ]),
    previous_treatment: yesNo("previous", 25),
    hepatitis: pick("hepatitis", [
      ["no", 53],
      ["B", 49],
    ]),
    child_pugh: pick("child", [
      ["A", 52],
      ["B", 50],
    ]),
    ecog: pick("ecog", [
      ["0", 64],
      ["1", 38],
    ]),
    jaundice: yesNo("jaundice", 71),
    extent: pick("extent", [
      ["N0-xM0", 41],
      ["N1M0", 53],
      ["N2M0-M1", 8],
    ]),
    subsequent_treatment: yesNo("subsequent", 63),
    scanner_baseline: pick("scanner b", [
      ["1", 43],
      ["2", 32],
      ["3", 27],
    ]),
    scanner_follow_up: pick("scanner f", [
      ["1", 32],
      ["2", 31],
      ["3", 39],
    ]),
  };
  const cea = pick("cea", [
    ["low", 74],
    ["high", 25],
    [null, 3],
  ] as const);
  const ca = pick("ca", [
    ["low", 31],
    ["high", 67],
    [null, 4],
  ] as const);
  const values = root.fork("values");
  const ser = high.map((is) => (is ? between(1.05, 2.2, values) : between(0.3, 1.03, values)));
  const drop = fell.map((is) => (is ? between(0.02, 0.6, values) : -between(0.02, 0.5, values)));
  const cycles = many.map((is) => (is ? 5 + values.integer(2) : 2 + values.integer(3)));
  const lp = centred(drawn(N, (i) => (high[i] ? Math.log(ratios.ser) : 0) + (many[i] ? Math.log(ratios.cycles) : 0)));
  const slow = centred(drawn(N, (i) => (high[i] ? Math.log(0.65) : 0)));
  const times = root.fork("times");
  const death = lp.map((one) =>
    daysOfMonths(eventMonths({ medianMonths: 10.6, shape: 1.15, lagMonths: 3.6 }, one, times)),
  );
  const progression = slow.map((one) =>
    daysOfMonths(eventMonths({ medianMonths: 8.6, shape: 1.15, lagMonths: 1.2 }, one, times)),
  );
  const end = drawn(N, () => daysOfMonths(between(12, 84, times)));
  const early = new Set(orderBy(progression).slice(0, 14));
  const labels = exactly(
    [
      ["CR", 2],
      ["PR", 54],
      ["SD", 32],
    ],
    root.fork("response"),
  );
  let next = 0;
  const visits = drawn(N, (i) => {
    const day = 50 + values.integer(14);
    return early.has(i)
      ? { day: Math.min(118, Math.max(day, progression[i]! + 2)), overall: "PD" }
      : { day, overall: labels[next++]! };
  });
  const pre = drawn(N, () => [decimals(between(120, 600, values), 1), decimals(between(120, 600, values), 1)] as const);
  const patients = drawn(N, patientName);
  return paperBundle({
    protocol: "ser-haic",
    title: "SER under HAIC",
    seed,
    readers: [],
    covariates: [],
    effects,
    tables: {
      patients: patients.map((patient, i) => ({
        patient,
        age: older[i] ? 60 + values.integer(18) : 36 + values.integer(24),
        ...Object.fromEntries(Object.entries(columns).map(([name, own]) => [name, own[i] ?? null])),
        tumour_burden: decimals(between(4, 65, values), 0),
        cea:
          cea[i] === null ? null : decimals(cea[i] === "high" ? between(10, 90, values) : between(0.5, 9.8, values), 1),
        ca19_9:
          ca[i] === null ? null : decimals(ca[i] === "high" ? between(200, 900, values) : between(3, 198, values), 0),
        cycles: cycles[i]!,
        other_malignancy: "no",
        combined_treatment: "no",
      })),
      "time-points": patients.flatMap((patient, i) => [
        { patient, time_point: "baseline", day: -3 - (i % 20), treatment: 1 },
        { patient, time_point: "follow-up-1", day: visits[i]!.day, treatment: 1 },
      ]),
      procedures: patients.flatMap((patient, i) =>
        drawn(cycles[i]!, (k) => ({
          patient,
          procedure: `${patient}-${k + 1}`,
          day: 21 * k,
          kind: "HAIC",
          agent: "3cir-OFF",
          cycle: k + 1,
        })),
      ),
      measurements: patients.flatMap((patient, i) =>
        (["baseline", "follow-up-1"] as const).flatMap((time_point, k): readonly TableRow[] => {
          const value = k === 0 ? ser[i]! : ser[i]! - drop[i]!;
          const scanner = (k === 0 ? columns.scanner_baseline : columns.scanner_follow_up)?.[i] ?? null;
          const at = { patient, time_point, treatment: 1, unit: "a.u.", scanner };
          return [
            { ...at, biomarker: "si-pre", value: pre[i]![k === 0 ? 0 : 1] },
            { ...at, biomarker: "si-portal", value: decimals(pre[i]![k === 0 ? 0 : 1] * (1 + value), 4) },
          ];
        }),
      ),
      responses: patients.map((patient, i) => ({
        patient,
        treatment: 1,
        time_point: "follow-up-1",
        day: visits[i]!.day,
        profile: "recist-1.1",
        overall: visits[i]!.overall,
      })),
      events: patients.flatMap((patient, i): readonly TableRow[] => {
        const stop = Math.min(death[i]!, end[i]!);
        const later = progression[i]! + 25;
        return [
          ...(progression[i]! < stop
            ? [{ patient, day: progression[i]!, event: "hepatic-progression", cause: null }]
            : []),
          ...(columns.subsequent_treatment?.[i] === "yes" && later < stop
            ? [{ patient, day: later, event: "new-therapy", cause: null }]
            : []),
          lastEvent(patient, death[i]!, end[i]!),
        ];
      }),
    },
  });
}
