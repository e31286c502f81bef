import type { Random } from "@livermark/core";
import { orderBy } from "./cohort-draws.js";
import type { Cell } from "./files.js";

/** One row of a table. */
export type TableRow = { readonly [column: string]: Cell };

/** Columns of one value for each patient. */
export type PatientColumns = { readonly [column: string]: readonly Cell[] };

/** The cells of patient `i`. Example: `cellsOf({ sex: ["M", "F"] }, 1)` is `{ sex: "F" }`. */
export const cellsOf = (columns: PatientColumns, i: number): TableRow =>
  Object.fromEntries(Object.entries(columns).map(([name, own]) => [name, own[i] ?? null]));

/** The examination at which a response was judged. */
export interface JudgedVisit {
  readonly day: number;
  readonly overall: string;
}

/** Baseline at most 20 days before `lastBaseline`, and the first follow-up, of patients with one treatment. */
export const twoTimePoints = (
  patients: readonly string[],
  lastBaseline: number,
  visits: readonly JudgedVisit[],
): readonly TableRow[] =>
  patients.flatMap((patient, i) => [
    { patient, time_point: "baseline", day: lastBaseline - (i % 20), treatment: 1 },
    { patient, time_point: "follow-up-1", day: visits[i]!.day, treatment: 1 },
  ]);

/** Responses of patients with one treatment at one time point. */
export const responseRows = (
  patients: readonly string[],
  profile: string,
  time_point: string,
  visits: readonly JudgedVisit[],
): readonly TableRow[] =>
  patients.map((patient, i) => {
    const { day, overall } = visits[i]!;
    return { patient, treatment: 1, time_point, day, profile, overall };
  });

/**
 * The first judged visit of each patient: the `progressed` first to progress have PD, soon after they progressed, and the
 * others get `labels` in order.
 */
export function firstVisits(options: {
  readonly progression: readonly number[];
  readonly progressed: number;
  readonly labels: readonly string[];
  /** Day of the planned visit, drawn for each patient in order. */
  readonly planned: () => number;
  /** Days from progression to the visit that finds it, and the last day on which a visit still counts. */
  readonly foundAfter: number;
  readonly latest: number;
}): readonly JudgedVisit[] {
  const { progression, progressed, labels, planned, foundAfter, latest } = options;
  const early = new Set(orderBy(progression).slice(0, progressed));
  let next = 0;
  return progression.map((when, i) => {
    const day = planned();
    return early.has(i)
      ? { day: Math.min(latest, Math.max(day, when + foundAfter)), overall: "PD" }
      : { day, overall: labels[next++]! };
  });
}

/** The consensus (no reader), a first reader who agrees with it, and a second one: rows of a feature at baseline. */
export const featureRows = (
  patients: readonly string[],
  feature: string,
  consensus: readonly string[],
  second: readonly string[],
): readonly TableRow[] =>
  patients.flatMap((patient, i) =>
    (
      [
        [null, consensus],
        ["R1", consensus],
        ["R2", second],
      ] as const
    ).map(([reader, own]) => ({
      patient,
      time_point: "baseline",
      treatment: 1,
      reader,
      feature,
      value: own[i]!,
    })),
  );

/** The event on a day, if it is before another. */
export const seenBefore = (stop: number, patient: string, day: number, event: string): readonly TableRow[] =>
  day < stop ? [{ patient, day, event, cause: null }] : [];

/** The last row of a patient in `events.csv`: death, or the end of observation before it. */
export const lastEvent = (patient: string, death: number, end: number, cause = "tumour"): TableRow =>
  death <= end
    ? { patient, day: death, event: "death", cause }
    : { patient, day: end, event: "last-contact", cause: null };

/** Adverse events of so many procedures, drawn without replacement, `afterDays` after them. */
export const adverseRows = (
  procedures: readonly { readonly patient: string; readonly procedure: string; readonly day: number }[],
  n: number,
  stream: Random,
  afterDays: number,
  describe: (order: number) => { readonly scale: string; readonly term: string; readonly grade: number },
): readonly TableRow[] =>
  orderBy(procedures.map(() => stream.uniform()))
    .slice(0, n)
    .map((k, order) => {
      const { patient, procedure, day } = procedures[k]!;
      return { patient, procedure, day: day + afterDays, ...describe(order) };
    });
