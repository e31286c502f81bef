import { midranks } from "@livermark/statistics";
import { type Guard, listed, shown } from "./note.js";

/** A covariate as a column: numbers, or labels; null = missing. */
export interface CovariateValues {
  readonly label: string;
  readonly values: readonly (number | string | null)[];
  /** What it was made from: two covariates with one source say one thing twice. Null = its own. */
  readonly source: string | null;
}

export interface CovariatesTogether {
  readonly where: string;
  readonly covariates: readonly CovariateValues[];
}

const LIMIT = 0.7;

type Scored =
  | { readonly kind: "numbers"; readonly scores: readonly number[] }
  | { readonly kind: "labels"; readonly codes: readonly string[] };

const scored = (values: readonly (number | string)[]): Scored =>
  values.every((value) => typeof value === "number")
    ? { kind: "numbers", scores: [...midranks(values.map(Number)).ranks] }
    : { kind: "labels", codes: values.map(String) };

/** Share of the spread of ranks that lies between groups, as a correlation (square root). */
function correlationRatio(scores: readonly number[], codes: readonly string[]): number {
  const all = scores.reduce((sum, value) => sum + value, 0) / scores.length;
  const groups = new Map<string, number[]>();
  scores.forEach((value, i) => {
    const own = groups.get(codes[i] ?? "") ?? [];
    own.push(value);
    groups.set(codes[i] ?? "", own);
  });
  let between = 0;
  for (const own of groups.values()) {
    const mean = own.reduce((sum, value) => sum + value, 0) / own.length;
    between += own.length * (mean - all) ** 2;
  }
  const total = scores.reduce((sum, value) => sum + (value - all) ** 2, 0);
  return total === 0 ? 0 : Math.sqrt(between / total);
}

function correlation(a: readonly number[], b: readonly number[]): number {
  const n = a.length;
  const meanA = a.reduce((sum, value) => sum + value, 0) / n;
  const meanB = b.reduce((sum, value) => sum + value, 0) / n;
  let ab = 0;
  let aa = 0;
  let bb = 0;
  for (let i = 0; i < n; i++) {
    const x = (a[i] ?? 0) - meanA;
    const y = (b[i] ?? 0) - meanB;
    ab += x * y;
    aa += x * x;
    bb += y * y;
  }
  return aa === 0 || bb === 0 ? 0 : Math.abs(ab / Math.sqrt(aa * bb));
}

/** Cramér's V with Bergsma's correction for small tables (2013). */
function cramersV(a: readonly string[], b: readonly string[]): number {
  const n = a.length;
  const count = (codes: readonly string[]): Map<string, number> => {
    const map = new Map<string, number>();
    for (const code of codes) map.set(code, (map.get(code) ?? 0) + 1);
    return map;
  };
  const rows = count(a);
  const columns = count(b);
  const cells = count(a.map((code, i) => `${code}\u0000${b[i]}`));
  if (rows.size < 2 || columns.size < 2 || n < 3) return 0;
  let chi = -n;
  for (const [key, observed] of cells) {
    const [row, column] = key.split("\u0000");
    const expected = ((rows.get(row ?? "") ?? 0) * (columns.get(column ?? "") ?? 0)) / n;
    chi += observed ** 2 / expected;
  }
  const r = rows.size;
  const c = columns.size;
  const phi = Math.max(0, chi / n - ((r - 1) * (c - 1)) / (n - 1));
  const smaller = Math.min(r - (r - 1) ** 2 / (n - 1), c - (c - 1) ** 2 / (n - 1)) - 1;
  return smaller <= 0 ? 0 : Math.sqrt(phi / smaller);
}

/**
 * Strength of association of two covariates, 0 to 1, on rows that have both: Spearman's correlation of numbers, Cramér's
 * V of labels (Bergsma's correction), the root of the correlation ratio of ranks for a number and a label.
 */
export function association(a: CovariateValues["values"], b: CovariateValues["values"]): number {
  const x: (number | string)[] = [];
  const y: (number | string)[] = [];
  a.forEach((value, i) => {
    const other = b[i];
    if (value === null || other === null || other === undefined) return;
    x.push(value);
    y.push(other);
  });
  if (x.length < 5) return 0;
  const first = scored(x);
  const second = scored(y);
  if (first.kind === "numbers")
    return second.kind === "numbers"
      ? correlation(first.scores, second.scores)
      : correlationRatio(first.scores, second.codes);
  return second.kind === "numbers" ? correlationRatio(second.scores, first.codes) : cramersV(first.codes, second.codes);
}

/**
 * Criteria that say the same thing, entered together: association of 0.7 or more, or made from one source (two response
 * criteria, two cut-offs of one marker). Their separate effects cannot be told apart. Dormann 2013.
 */
export const collinearTogether: Guard<CovariatesTogether> = ({ where, covariates }) => {
  const pairs: string[] = [];
  for (let i = 0; i < covariates.length; i++)
    for (let j = i + 1; j < covariates.length; j++) {
      const a = covariates[i];
      const b = covariates[j];
      if (a === undefined || b === undefined) continue;
      const strength = association(a.values, b.values);
      const same = a.source !== null && a.source === b.source;
      if (same || strength >= LIMIT)
        pairs.push(`${a.label} with ${b.label} (${same ? "one source, " : ""}association ${shown(strength)})`);
    }
  if (pairs.length === 0) return [];
  return [
    {
      code: "collinear-together",
      severity: "caution",
      where,
      why: `Entered together although they say nearly the same: ${listed(pairs)}.`,
      remedy: "Enter one of them at a time, and compare the models.",
      reference: "Dormann 2013",
    },
  ];
};
