import { daysOfMonths } from "./calendar.js";
import { between, centred, cohortDraws, decimals, drawn, exactly } from "./cohort-draws.js";
import {
  cellsOf,
  firstVisits,
  lastEvent,
  type PatientColumns,
  responseRows,
  seenBefore,
  type TableRow,
  twoTimePoints,
} from "./cohort-rows.js";
import { eventDays } from "./event-times.js";
import { type CohortTables, effectsOn } from "./paper-bundle.js";

const N = 102;
const ratios = { ser: 1 / 2.686, cycles: 1 / 3.669 } as const;

const onDeath = effectsOn("OS", "cox");

/**
 * 102 patients under HAIC with the margins of Zheng 2022, table 1 (SER below and from 1.04: 49 and 53; response 2, 54, 32,
 * 14). Overall survival depends on SER and on the number of cycles by the paper's multivariable ratios, with which it
 * was drawn from the start; everybody lives to the scan after two cycles.
 */
export function serCohort(seed: number): CohortTables {
  const { stream: values, patients, fork, each, pick, chosen, yesNo } = cohortDraws("ser", seed, N);
  const high = chosen("ser", 53);
  const fell = chosen("dser", 66);
  const many = chosen("cycles", 48);
  const older = chosen("age", 57);
  const columns: PatientColumns = {
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
  const ser = high.map((is) => (is ? between(1.05, 2.2, values) : between(0.3, 1.03, values)));
  const drop = fell.map((is) => (is ? between(0.02, 0.6, values) : -between(0.02, 0.5, values)));
  const cycles = many.map((is) => (is ? 5 + values.integer(2) : 2 + values.integer(3)));
  const lp = centred(each((i) => (high[i] ? Math.log(ratios.ser) : 0) + (many[i] ? Math.log(ratios.cycles) : 0)));
  const slow = centred(each((i) => (high[i] ? Math.log(0.65) : 0)));
  const times = fork("times");
  const death = lp.map((one) => eventDays({ medianMonths: 10.6, shape: 1.15, lagMonths: 3.6 }, one, times));
  const progression = slow.map((one) => eventDays({ medianMonths: 8.6, shape: 1.15, lagMonths: 1.2 }, one, times));
  const end = each(() => daysOfMonths(between(12, 84, times)));
  const labels = exactly(
    [
      ["CR", 2],
      ["PR", 54],
      ["SD", 32],
    ],
    fork("response"),
  );
  const visits = firstVisits({
    progression,
    progressed: 14,
    labels,
    planned: () => 50 + values.integer(14),
    foundAfter: 2,
    latest: 118,
  });
  const pre = each(() => [decimals(between(120, 600, values), 1), decimals(between(120, 600, values), 1)] as const);
  return {
    title: "SER under HAIC",
    readers: [],
    effects: [onDeath("ser-high", "high", "low", ratios.ser), onDeath("cycles-5", "5-6", "2-4", ratios.cycles)],
    tables: {
      patients: patients.map((patient, i) => ({
        patient,
        age: older[i] ? 60 + values.integer(18) : 36 + values.integer(24),
        ...cellsOf(columns, i),
        tumour_burden: decimals(between(4, 65, values), 0),
        cea:
          cea[i] === null ? null : decimals(cea[i] === "high" ? between(10, 90, values) : between(0.5, 9.8, values), 1),
        ca19_9:
          ca[i] === null ? null : decimals(ca[i] === "high" ? between(200, 900, values) : between(3, 198, values), 0),
        cycles: cycles[i]!,
        other_malignancy: "no",
        combined_treatment: "no",
      })),
      "time-points": twoTimePoints(patients, -3, visits),
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
      responses: responseRows(patients, "recist-1.1", "follow-up-1", visits),
      events: patients.flatMap((patient, i): readonly TableRow[] => {
        const stop = Math.min(death[i]!, end[i]!);
        const later = progression[i]! + 25;
        return [
          ...seenBefore(stop, patient, progression[i]!, "hepatic-progression"),
          ...(columns.subsequent_treatment?.[i] === "yes" ? seenBefore(stop, patient, later, "new-therapy") : []),
          lastEvent(patient, death[i]!, end[i]!),
        ];
      }),
    },
  };
}
