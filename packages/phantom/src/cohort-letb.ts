import type { Random } from "@livermark/core";
import { daysOfMonths } from "./calendar.js";
import { between, centred, cohortDraws, decimals, drawn, exactly, orderBy, secondReader } from "./cohort-draws.js";
import { adverseRows, cellsOf, lastEvent, type TableRow } from "./cohort-rows.js";
import { eventDays } from "./event-times.js";
import { type CohortTables, effectsOn } from "./paper-bundle.js";

const N = 119;
const SECOND = 42;
const ratios = { os: 0.56, grade2: 1.72, grade3: 2.96, hepatic: 0.42, previous: 2.15, untreatable: 0.44 } as const;

/** Counts of LETB change between the thresholds of table 4: limits, first treatments, second treatments. */
const CHANGES = [
  [-75, -40.2, 29, 8],
  [-39.9, -30.1, 25, 9],
  [-29.9, -25.9, 7, 2],
  [-25.7, -20.1, 10, 6],
  [-19.9, -10.1, 17, 9],
  [-9.9, -0.1, 6, 2],
  [0.1, 9.9, 9, 2],
  [10.1, 45, 16, 4],
] as const;

const onDeath = effectsOn("OS", "cox");
const onHepaticProgression = effectsOn("hepatic-PFS", "cox");

/** One treatment, days from the patient's first. */
interface Treatment {
  readonly patient: string;
  readonly number: number;
  readonly procedures: readonly number[];
  readonly baseline: number;
  readonly followUp: number;
  readonly letb: readonly [number, number];
  readonly hepatic: number;
}

const changesOf = (which: 2 | 3, stream: Random): readonly number[] =>
  exactly(
    CHANGES.map((row) => [row, row[which]] as const),
    stream,
  ).map(([low, high]) => decimals(between(low, high, stream), 2));

/**
 * 119 patients, 161 treatments and 241 procedures with the margins of the LETB study (tables 1, 2 and 4, and the text: LETB change
 * between all thresholds, response by RECIST and mRECIST, visual classes, adverse events). Death depends on LETB change
 * below −25.8 % and grade, hepatic progression on LETB change below −10 % and previous treatment, the end of
 * treatability on LETB change below −10 %; everybody lives to the CT after treatment.
 */
export function letbCohort(seed: number): CohortTables {
  const { stream, patients, fork, each, pick, yesNo } = cohortDraws("letb", seed, N);
  const columns: { readonly [name: string]: readonly string[] } = {
    sex: pick("sex", [
      ["M", 61],
      ["F", 58],
    ]),
    primary: pick("primary", [
      ["small-bowel", 59],
      ["pancreas", 45],
      ["other", 7],
      ["unknown", 8],
    ]),
    grade: pick("grade", [
      ["G1", 36],
      ["G2", 74],
      ["G3", 5],
      ["unknown", 4],
    ]),
    extrahepatic: yesNo("extrahepatic", 68),
    carcinoid_syndrome: yesNo("syndrome", 49),
    carcinoid_heart: yesNo("heart", 24),
    primary_resection: yesNo("primary resection", 76),
    liver_resection: yesNo("liver resection", 14),
    previous_treatment: yesNo("previous", 99),
  };
  const first = changesOf(2, fork("first"));
  const second = changesOf(3, fork("second"));
  const gradeRatio: Readonly<Record<string, number>> = {
    G1: 1,
    G2: ratios.grade2,
    G3: ratios.grade3,
    unknown: ratios.grade2,
  };
  const previous = (i: number): number => (columns.previous_treatment?.[i] === "yes" ? Math.log(ratios.previous) : 0);
  const times = fork("times");
  const deathLp = centred(
    each((i) => (first[i]! < -25.8 ? Math.log(ratios.os) : 0) + Math.log(gradeRatio[columns.grade?.[i] ?? ""] ?? 1)),
  );
  const death = deathLp.map((lp) => eventDays({ medianMonths: 58, shape: 1.15, lagMonths: 7 }, lp, times));
  const end = each(() => daysOfMonths(between(20, 110, times)));
  const stop = each((i) => Math.min(death[i]!, end[i]!));
  const meanPrevious = (99 / N) * Math.log(ratios.previous) + (122 / 161) * Math.log(ratios.hepatic);
  const hepaticDay = (i: number, change: number): number =>
    eventDays(
      { medianMonths: 13.5, shape: 1.1, lagMonths: 1.5 },
      previous(i) + (change < -10 ? Math.log(ratios.hepatic) : 0) - meanPrevious,
      times,
    );
  const kinds = pick("kinds", [
    ["TACE", 89],
    ["TAE", 72],
  ]);
  const counts = exactly(
    [
      [1, 91],
      [2, 61],
      [3, 8],
      [4, 1],
    ],
    fork("procedures"),
  );
  const make = (i: number, number: number, start: number, change: number, order: number): Treatment => {
    const procedures = drawn(counts[order]!, (k) => start + k * (30 + stream.integer(14)));
    const before = decimals(Math.min(70, Math.max(4, Math.exp(Math.log(17) + 0.5 * stream.normal()))), 3);
    return {
      patient: patients[i]!,
      number,
      procedures,
      baseline: start - 4 - stream.integer(70),
      followUp: procedures.at(-1)! + 35 + stream.integer(40),
      letb: [before, decimals(before * (1 + change / 100), 4)],
      hepatic: start + hepaticDay(i, change),
    };
  };
  const firsts = each((i) => make(i, 1, 0, first[i]!, i));
  // A second treatment follows the progression after the first, in those who live longest from there.
  const restart = firsts.map((one) => Math.max(215, one.hepatic + 20) + stream.integer(60));
  const again = orderBy(each((i) => stop[i]! - restart[i]!)).slice(N - SECOND);
  const treatments = [...firsts, ...again.map((i, k) => make(i, 2, restart[i]!, second[k]!, N + k))];
  const treated = <T>(name: string, some: readonly (readonly [T, number])[]): readonly T[] => exactly(some, fork(name));
  // Progression by RECIST at the first follow-up goes to those whose liver progressed first.
  const early = new Set(orderBy(treatments.map((one) => one.hepatic - one.followUp)).slice(0, 5));
  const recist = treated("recist", [
    ["PR", 42],
    ["SD", 114],
  ]);
  const mrecist = treated("mrecist", [
    ["CR", 16],
    ["PR", 73],
    ["SD", 66],
    ["PD", 6],
  ]);
  let next = 0;
  const response = treatments.map((_, t) => (early.has(t) ? "PD" : recist[next++]!));
  const followUp = treatments.map((one, t) => {
    const limit = one.procedures.at(-1)! + 118;
    return early.has(t) ? Math.min(limit, Math.max(one.followUp, one.hepatic + 1)) : one.followUp;
  });
  const enhancement = treated("enhancement", [
    ["hyper", 112],
    ["iso-hypo", 49],
  ]);
  const burden = treated("burden", [
    ["<25", 16],
    ["25-50", 42],
    [">50-75", 44],
    [">75", 59],
  ]);
  const read = {
    enhancement: [enhancement, secondReader(enhancement, 0.73, fork("e2"))],
    burden: [burden, secondReader(burden, 0.32, fork("b2"))],
  } as const;
  const responses = [
    ["recist-1.1/letb-paper", response, secondReader(response, 0.25, fork("r2"))],
    ["mrecist/papers", mrecist, secondReader(mrecist, 0.33, fork("m2"))],
  ] as const;
  const procedureRows = treatments.flatMap((one, t) =>
    one.procedures.map((day, k) => ({
      patient: one.patient,
      procedure: `${one.patient}-${one.number}-${k + 1}`,
      day,
      kind: kinds[t]!,
      agent: kinds[t] === "TACE" ? "streptozotocin" : null,
      segment: ["right", "left", "V-VIII"][stream.integer(3)]!,
    })),
  );
  const grades = exactly(
    [
      [2, 33],
      [3, 6],
      [4, 2],
    ],
    fork("grades"),
  );
  const untreatable = each((i) =>
    eventDays(
      { medianMonths: 25, shape: 1.1, lagMonths: 4.5 },
      (first[i]! < -10 ? Math.log(ratios.untreatable) : 0) + 0.6,
      times,
    ),
  );
  const spread = each(() => eventDays({ medianMonths: 60, lagMonths: 4 }, 0, times));
  const never = new Set(orderBy(each(() => stream.uniform())).slice(0, 12));
  const visits = (one: Treatment, t: number) =>
    [
      ["baseline", one.baseline, one.letb[0]],
      ["follow-up-1", followUp[t]!, one.letb[1]],
    ] as const;
  return {
    title: "LETB under TAE or TACE",
    readers: ["R1", "R2", "R3"],
    effects: [
      onDeath("letb-m25-8", "responder", "non-responder", ratios.os),
      onDeath("grade", "G2", "G1", ratios.grade2),
      onHepaticProgression("letb-m10", "responder", "non-responder", ratios.hepatic),
      onHepaticProgression("previous_treatment", "yes", "no", ratios.previous),
    ],
    tables: {
      patients: patients.map((patient, i) => ({
        patient,
        age: Math.min(84, Math.max(35, Math.round(60 + 11 * stream.normal()))),
        ...cellsOf(columns, i),
      })),
      "time-points": treatments.flatMap((one, t) =>
        visits(one, t).map(([time_point, day]) => ({ patient: one.patient, time_point, day, treatment: one.number })),
      ),
      procedures: procedureRows,
      measurements: treatments.flatMap((one, t) => {
        const liver = Math.max(1050, 1750 + 380 * stream.normal());
        return visits(one, t).flatMap(([time_point, , value]): readonly TableRow[] => {
          const at = { patient: one.patient, time_point, treatment: one.number, reader: "R3", scanner: "CT" };
          const slip = value * Math.min(0.8, Math.max(-0.8, 0.18 * stream.normal()));
          return [
            { ...at, biomarker: "liver-ml", repeat: null, value: decimals(liver, 1), unit: "ml" },
            { ...at, biomarker: "enhancing-ml", repeat: null, value: decimals((liver * value) / 100, 1), unit: "ml" },
            ...[slip, -slip, 0].map((shift, k) => ({
              ...at,
              biomarker: "letb",
              repeat: k + 1,
              value: value + shift,
              unit: "%",
            })),
          ];
        });
      }),
      features: treatments.flatMap((one, t) =>
        Object.entries(read).flatMap(([feature, readers]) =>
          readers.map((own, r) => ({
            patient: one.patient,
            time_point: "baseline",
            treatment: one.number,
            reader: `R${r + 1}`,
            feature,
            value: own[t]!,
          })),
        ),
      ),
      responses: responses.flatMap(([profile, ...readers]) =>
        treatments.flatMap((one, t) =>
          readers.map((own, r) => ({
            patient: one.patient,
            treatment: one.number,
            time_point: "follow-up-1",
            day: followUp[t]!,
            reader: `R${r + 1}`,
            profile,
            overall: own[t]!,
          })),
        ),
      ),
      "adverse-events": adverseRows(procedureRows, grades.length, stream, 2, (n) => ({
        scale: "SIR",
        term: ["post-embolisation syndrome", "abdominal pain", "liver abscess", "acute renal failure"][
          stream.integer(4)
        ]!,
        grade: grades[n]!,
      })),
      events: patients.flatMap((patient, i): readonly TableRow[] => {
        const rows = [
          ...treatments
            .filter((one) => one.patient === patient)
            .map((one) => ({ day: one.hepatic, event: "hepatic-progression", cause: null, treatment: one.number })),
          { day: spread[i]!, event: "extrahepatic-progression", cause: null, treatment: null },
          ...(never.has(i)
            ? []
            : [{ day: untreatable[i]!, event: "untreatable", cause: "not-treatable", treatment: null }]),
        ].filter(({ day }) => day < stop[i]!);
        return [...rows.map((row) => ({ patient, ...row })), lastEvent(patient, death[i]!, end[i]!)];
      }),
    },
  };
}
