import type { Random } from "@livermark/core";
import type { CovariateModel } from "./covariate.js";
import { codebookColumns, codebookRows } from "./covariate.js";
import { type Cell, csvFile, jsonFile, type PhantomFile, textFile } from "./files.js";

/** One row of a table. */
export type TableRow = { readonly [column: string]: Cell };

/** An effect that the cohort was made with: what a right analysis should find within its interval. */
export interface KnownEffect {
  readonly outcome: string;
  readonly kind: "cox" | "logistic";
  /** Column of the analysis set, e.g. a group of the protocol. */
  readonly term: string;
  /** The level and its reference; null for a number (per unit). */
  readonly level: string | null;
  readonly reference: string | null;
  /** True hazard ratio or odds ratio. */
  readonly ratio: number;
}

/** A cohort with a paper's margins as a bundle for that paper's protocol, and the truth behind it. */
export interface PaperCohort {
  readonly protocol: string;
  readonly patients: number;
  readonly files: readonly PhantomFile[];
  readonly effects: readonly KnownEffect[];
}

/** Values with exactly these counts, in random order. Example: `exactly([["M", 2], ["F", 1]], stream)`. */
export function exactly<T>(counts: readonly (readonly [T, number])[], stream: Random): readonly T[] {
  const all = counts.flatMap(([value, n]) => Array.from({ length: n }, () => value));
  return stream.permutation(all.length).map((i) => all[i]!);
}

/** Draws with exact counts for `n` patients, each from a stream of its own name, so that one more column moves no other. */
export function marginsOf(root: Random, n: number) {
  const pick = <T>(name: string, counts: readonly (readonly [T, number])[]): readonly T[] =>
    exactly(counts, root.fork(name));
  const yesNo = (name: string, yes: number): readonly string[] =>
    pick(name, [
      ["yes", yes],
      ["no", n - yes],
    ]);
  return { pick, yesNo };
}

/** The last row of a patient in `events.csv`: death, or the end of observation before it. */
export const lastEvent = (patient: string, death: number, end: number, cause = "tumour"): TableRow =>
  death <= end
    ? { patient, day: death, event: "death", cause }
    : { patient, day: end, event: "last-contact", cause: null };

/** So many draws, in order. */
export const drawn = <T>(n: number, draw: (i: number) => T): readonly T[] =>
  Array.from({ length: n }, (_, i) => draw(i));

/** A draw between two limits, evenly. */
export const between = (low: number, high: number, stream: Random): number => low + (high - low) * stream.uniform();

/** A value with so many decimals, as a table would hold it. */
export const decimals = (value: number, digits: number): number => Number(value.toFixed(digits));

/** Linear predictors less their mean, so that the baseline is that of an average patient. */
export function centred(values: readonly number[]): readonly number[] {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  return values.map((value) => value - mean);
}

/** Positions sorted by a number, ascending. */
export const orderBy = (values: readonly number[]): readonly number[] =>
  values.map((_, i) => i).sort((a, b) => (values[a] ?? 0) - (values[b] ?? 0) || a - b);

/** Names of patients. */
export const patientName = (n: number): string => `P${String(n + 1).padStart(3, "0")}`;

/** A second reader: the same category with probability `same`, otherwise one drawn by the margins (kappa about `same`). */
export const secondReader = <T>(values: readonly T[], same: number, stream: Random): readonly T[] =>
  values.map((value) => (stream.uniform() < same ? value : values[stream.integer(values.length)]!));

/** The bundle: `study.yaml`, the codebook, the tables, and `truth.json`. Tables without rows are left out. */
export function paperBundle(options: {
  readonly protocol: string;
  readonly title: string;
  readonly seed: number;
  readonly readers: readonly string[];
  readonly covariates: readonly CovariateModel[];
  readonly tables: { readonly [name: string]: readonly TableRow[] };
  readonly effects: readonly KnownEffect[];
}): PaperCohort {
  const { protocol, title, seed, readers, covariates, tables, effects } = options;
  const yaml = [
    `title: ${title} (digital phantom)`,
    `protocol: ${protocol}`,
    "lock_day: 6000",
    `seed: ${seed}`,
    "ethics: Not needed. Every patient of this study was drawn by a program.",
    ...(readers.length === 0 ? [] : ["readers:", ...readers.map((id) => `  - { id: ${id}, role: images, years: 8 }`)]),
    "notes:",
    "  - A cohort drawn with the margins that a paper prints. No number here says anything about a disease.",
    "",
  ].join("\n");
  const written = Object.entries(tables).flatMap(([name, rows]) => {
    const columns = [...new Set(rows.flatMap((row) => Object.keys(row)))];
    return rows.length === 0 ? [] : [csvFile(`tables/${name}.csv`, columns, rows)];
  });
  return {
    protocol,
    patients: tables.patients?.length ?? 0,
    effects,
    files: [
      textFile("study.yaml", yaml),
      ...(covariates.length === 0 ? [] : [csvFile("tables/codebook.csv", codebookColumns, codebookRows(covariates))]),
      ...written,
      jsonFile("truth.json", { kind: "paper-cohort", protocol, seed, effects }),
    ],
  };
}
