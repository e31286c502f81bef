import { type Analysis, analyse } from "@livermark/analysis";
import { type Random, random, unwrap } from "@livermark/core";
import { derive, parseProtocol, parseStudyFile, readRecords, type TableFile, tableNameOf } from "@livermark/study";

type Value = string | number | null;
export type TrialRow = { readonly [column: string]: Value };

/** Tables of a small study on days, and its protocol; what a case does not set is sound. */
export interface Trial {
  readonly protocol: string;
  readonly tables: { readonly [name: string]: readonly TrialRow[] };
}

const csv = (rows: readonly TrialRow[]): string => {
  const columns = [...new Set(rows.flatMap((row) => Object.keys(row)))];
  return [columns.join(","), ...rows.map((row) => columns.map((column) => row[column] ?? "").join(","))].join("\n");
};

/** Runs a trial from its tables to its analysis. */
export function analyseTrial({ protocol, tables }: Trial, seed = 1): Analysis {
  const read = unwrap(parseProtocol(protocol, "trial.yaml"));
  const study = unwrap(parseStudyFile("title: Trial\nprotocol: trial\nlock_day: 6000\n", "study.yaml"));
  const files = Object.entries(tables).flatMap(([name, rows]): TableFile[] => {
    const table = tableNameOf(name);
    if (table === null) throw new Error(`no table ${name}`);
    return rows.length === 0 ? [] : [{ name: table, file: `${name}.csv`, content: csv(rows) }];
  });
  const records = readRecords(files, read, study);
  const derived = derive(records, read, study);
  const excluded = new Set(derived.eligibility.filter((one) => one.verdict === "excluded").map((one) => one.patient));
  return analyse(derived.analysisSet, derived.protocol, { excluded, seed, records, derived });
}

/** One drawn patient: covariates that carry no fault, and times in days. */
export interface Subject {
  readonly patient: string;
  /** Standard normal, of ratio 1.4 per unit. */
  readonly x: number;
  /** high in half of the patients, hazard ratio 0.5 against low. */
  readonly g: "low" | "high";
  readonly death: number;
  readonly progression: number;
  readonly end: number;
  readonly stream: Random;
}

/** Hazard ratio of progression and death for `high`, and per unit of x. */
export const HAZARD = { high: 0.5, x: 1.4 } as const;

/** Patients with exponential times; `ratioOf` may set another effect than the sound one. */
export function subjects(
  seed: number,
  n: number,
  change: {
    readonly logHazard?: (one: { readonly x: number; readonly g: "low" | "high" }) => number;
    readonly deathMedian?: number;
    readonly progressionMedian?: number;
  } = {},
): readonly Subject[] {
  const root = random(seed).fork("trial");
  const logHazard =
    change.logHazard ?? (({ x, g }) => Math.log(HAZARD.x) * x + (g === "high" ? Math.log(HAZARD.high) : 0));
  return Array.from({ length: n }, (_, i) => {
    const stream = root.fork(`patient ${i}`);
    const x = Number(stream.normal().toFixed(3));
    const g = i % 2 === 0 ? "low" : "high";
    const rate = Math.exp(logHazard({ x, g })) * Math.LN2;
    const time = (median: number): number => Math.max(2, Math.ceil((stream.exponential() * median) / rate));
    return {
      patient: `P${String(i + 1).padStart(3, "0")}`,
      x,
      g,
      death: time(change.deathMedian ?? 600),
      progression: time(change.progressionMedian ?? 300),
      end: 900 + stream.integer(900),
      stream,
    };
  });
}

/** `events.csv`: what is seen before death and the end of observation. */
export const eventRows = (all: readonly Subject[]): readonly TrialRow[] =>
  all.flatMap(({ patient, death, progression, end }) => [
    ...(progression < Math.min(death, end) ? [{ patient, day: progression, event: "hepatic-progression" }] : []),
    death <= end
      ? { patient, day: death, event: "death", cause: "tumour" }
      : { patient, day: end, event: "last-contact" },
  ]);

export const patientRows = (
  all: readonly Subject[],
  extra: (one: Subject) => TrialRow = () => ({}),
): readonly TrialRow[] =>
  all.map((one) => ({
    patient: one.patient,
    sex: one.stream.uniform() < 0.5 ? "M" : "F",
    age: 60,
    x: one.x,
    g: one.g,
    ...extra(one),
  }));

export const procedureRows = (all: readonly Subject[]): readonly TrialRow[] =>
  all.map(({ patient }) => ({ patient, procedure: `${patient}-1`, day: 0, kind: "TACE" }));

/** The head of every protocol here; `extra` is YAML after it. */
export const protocolWith = (
  extra: string,
  endpoints = "[OS, PFS]",
  covariates = "",
): string => `schema: livermark.protocol/2
id: trial
version: 1.0.0
title: Trial
treatments: { kinds: [TACE] }
time_points:
  - { id: baseline, label: before, from_days: -30, to_days: 0 }
  - { id: follow-up-1, label: after, from_days: 20, to_days: 120 }
covariates:
  - { column: x, label: X, type: number }
  - { column: g, label: G, type: category, levels: [low, high] }
${covariates}
endpoints: ${endpoints}
${extra}
`;
