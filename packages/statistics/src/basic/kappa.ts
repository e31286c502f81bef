import { ok, type Result, refuse } from "@livermark/core";
import { type Limits, limits } from "../models/estimability.js";
import { type CountTable, tableMargins } from "./contingency.js";
import { normalQuantile, normalTwoSided } from "./distributions.js";

/** Weights of disagreement: none, |i − j|/(k − 1), or (i − j)²/(k − 1)². */
export type KappaWeights = "unweighted" | "linear" | "quadratic";

/** Cohen's kappa of two raters. */
export interface Kappa {
  readonly method: "Cohen kappa";
  readonly weights: KappaWeights;
  readonly n: number;
  readonly kappa: number;
  readonly observedAgreement: number;
  readonly expectedAgreement: number;
  /** Standard error for the interval, and under kappa = 0 for the test (Fleiss, Cohen and Everitt 1969, equations 13 and 9). */
  readonly standardError: number;
  readonly standardErrorNull: number;
  /** Unclipped normal interval. */
  readonly interval: Limits;
  readonly z: number;
  readonly p: number;
}

/**
 * Agreement weights of k categories, row-major: 1 on the diagonal.
 * Example: `agreementWeights(3, "quadratic")`.
 */
export function agreementWeights(k: number, weights: KappaWeights): readonly (readonly number[])[] {
  const weight = (i: number, j: number): number => {
    const apart = Math.abs(i - j) / (k - 1);
    return weights === "unweighted" ? (i === j ? 1 : 0) : weights === "linear" ? 1 - apart : 1 - apart * apart;
  };
  return Array.from({ length: k }, (_, i) => Array.from({ length: k }, (_unused, j) => weight(i, j)));
}

function squareTable(table: CountTable): Result<{
  readonly n: number;
  readonly p: readonly (readonly number[])[];
  readonly r: readonly number[];
  readonly c: readonly number[];
}> {
  const margins = tableMargins(table);
  if (!margins.ok) return margins;
  if (table.length !== table[0]!.length) {
    return refuse({
      code: "table-shape",
      message: "Agreement of two raters needs a square table with the same categories in rows and columns.",
      got: `${table.length} by ${table[0]!.length}`,
      wanted: "as many rows as columns",
    });
  }
  const { n, rows, columns } = margins.value;
  return ok({
    n,
    p: table.map((row) => row.map((count) => count / n)),
    r: rows.map((t) => t / n),
    c: columns.map((t) => t / n),
  });
}

/**
 * Cohen's kappa, plain or weighted, with interval and test. Refuses tables that are not square, and raters that together use one
 * category (kappa is 0/0). Cohen 1960, 1968; Fleiss, Cohen and Everitt 1969. R: `psych::cohen.kappa` (values).
 * Kappa falls with skewed margins: report the table too. Example: `cohenKappa([[20, 5], [10, 15]]).value.kappa` is 0.4.
 */
export function cohenKappa(table: CountTable, weights: KappaWeights = "unweighted", level = 0.95): Result<Kappa> {
  const square = squareTable(table);
  if (!square.ok) return square;
  const { n, p, r, c } = square.value;
  const k = p.length;
  const w = agreementWeights(k, weights);
  const sum = (term: (i: number, j: number) => number): number => {
    let total = 0;
    for (let i = 0; i < k; i++) for (let j = 0; j < k; j++) total += term(i, j);
    return total;
  };
  const observed = sum((i, j) => w[i]![j]! * p[i]![j]!);
  const expected = sum((i, j) => w[i]![j]! * r[i]! * c[j]!);
  if (!(1 - expected > 1e-14)) {
    return refuse({
      code: "one-category",
      message: "Both raters use one category only, so that chance agreement is complete and kappa undefined.",
      got: expected,
      wanted: "ratings in at least 2 categories",
      mend: "Report the share of agreement.",
    });
  }
  const kappa = (observed - expected) / (1 - expected);
  const rowWeight = w.map((row) => row.reduce((total, weight, j) => total + weight * c[j]!, 0));
  const columnWeight = w.map((_, j) => w.reduce((total, row, i) => total + row[j]! * r[i]!, 0));
  const scale = n * (1 - expected) ** 2;
  const spread = sum((i, j) => p[i]![j]! * (w[i]![j]! - (rowWeight[i]! + columnWeight[j]!) * (1 - kappa)) ** 2);
  const spreadNull = sum((i, j) => r[i]! * c[j]! * (w[i]![j]! - (rowWeight[i]! + columnWeight[j]!)) ** 2);
  const standardError = Math.sqrt(Math.max(0, spread - (kappa - expected * (1 - kappa)) ** 2) / scale);
  const standardErrorNull = Math.sqrt(Math.max(0, spreadNull - expected ** 2) / scale);
  if (!(standardErrorNull > 0)) {
    return refuse({
      code: "one-category",
      message: "Each rater uses one category only, so that kappa has no variance.",
      got: standardErrorNull,
      wanted: "a rater who uses at least 2 categories",
      mend: "Report the table.",
    });
  }
  const half = normalQuantile((1 + level) / 2) * standardError;
  const z = kappa / standardErrorNull;
  return ok({
    method: "Cohen kappa",
    weights,
    n,
    kappa,
    observedAgreement: observed,
    expectedAgreement: expected,
    standardError,
    standardErrorNull,
    interval: limits("normal, unclipped", level, kappa - half, kappa + half),
    z,
    p: normalTwoSided(z),
  });
}

/**
 * Prevalence- and bias-adjusted kappa, (k pₒ − 1)/(k − 1) (Byrt, Bishop and Carlin 1993). Refuses tables that are not square.
 * Example: `adjustedKappa([[20, 5], [10, 15]]).value`.
 */
export function adjustedKappa(table: CountTable): Result<number> {
  const square = squareTable(table);
  if (!square.ok) return square;
  const { p } = square.value;
  const observed = p.reduce((sum, row, i) => sum + row[i]!, 0);
  return ok((observed * p.length - 1) / (p.length - 1));
}

/** Gwet's first-order agreement coefficient. */
export interface GwetAc1 {
  readonly method: "Gwet AC1";
  readonly n: number;
  readonly ac1: number;
  readonly standardError: number;
  readonly interval: Limits;
}

/**
 * Gwet's AC1 of two raters, which does not collapse with skewed margins as kappa does. Refuses tables that are not square.
 * Gwet 2008, equations 14 and 18 (unconditional variance for an infinite population).
 * Example: `gwetAc1([[90, 4], [5, 1]]).value.ac1` = 0.897….
 */
export function gwetAc1(table: CountTable, level = 0.95): Result<GwetAc1> {
  const square = squareTable(table);
  if (!square.ok) return square;
  const { n, p, r, c } = square.value;
  const k = p.length;
  if (n < 2)
    return refuse({
      code: "too-few-values",
      message: "AC1 needs at least 2 rated subjects.",
      got: n,
      wanted: "at least 2",
    });
  const pi = r.map((share, i) => (share + c[i]!) / 2);
  const observed = p.reduce((sum, row, i) => sum + row[i]!, 0);
  const expected = pi.reduce((sum, share) => sum + share * (1 - share), 0) / (k - 1);
  const ac1 = (observed - expected) / (1 - expected);
  // Linearised contribution of one subject in cell (i, j)
  let squares = 0;
  for (let i = 0; i < k; i++) {
    for (let j = 0; j < k; j++) {
      const own = ((i === j ? 1 : 0) - expected) / (1 - expected);
      const chance = (1 - pi[i]! + 1 - pi[j]!) / 2 / (k - 1);
      const value = own - (2 * (1 - ac1) * (chance - expected)) / (1 - expected);
      squares += p[i]![j]! * (value - ac1) ** 2;
    }
  }
  const standardError = Math.sqrt(squares / (n - 1));
  const half = normalQuantile((1 + level) / 2) * standardError;
  return ok({
    method: "Gwet AC1",
    n,
    ac1,
    standardError,
    interval: limits("normal, unclipped", level, ac1 - half, ac1 + half),
  });
}

/** Fleiss' kappa of several raters. */
export interface FleissKappa {
  readonly method: "Fleiss kappa";
  readonly subjects: number;
  readonly raters: number;
  readonly kappa: number;
  readonly standardErrorNull: number;
  readonly z: number;
  readonly p: number;
}

/**
 * Fleiss' kappa: every row holds one subject's ratings by the same number of (possibly different) raters.
 * Refuses fewer than 2 raters, rows of unequal length, missing ratings, and a single category in use.
 * Fleiss 1971; null variance of Fleiss, Nee and Landis 1979. R: `irr::kappam.fleiss`.
 * Example: `fleissKappa([[1, 1, 2], [2, 2, 2], [1, 1, 1]]).value.kappa` = 0.55.
 */
export function fleissKappa(ratings: readonly (readonly (number | string)[])[]): Result<FleissKappa> {
  const n = ratings.length;
  const m = ratings[0]?.length ?? 0;
  if (n < 1 || m < 2 || ratings.some((row) => row.length !== m)) {
    return refuse({
      code: "table-shape",
      message: "Every subject needs the same number of at least 2 ratings.",
      got: ratings.map((row) => row.length).join(", "),
      wanted: "equal lengths of at least 2",
    });
  }
  const counts = ratings.map((row) => {
    const count = new Map<number | string, number>();
    for (const rating of row) count.set(rating, (count.get(rating) ?? 0) + 1);
    return count;
  });
  const shares = new Map<number | string, number>();
  for (const count of counts)
    for (const [category, c] of count) shares.set(category, (shares.get(category) ?? 0) + c / (n * m));
  if (shares.size < 2) {
    return refuse({
      code: "one-category",
      message: "All ratings are equal, so that kappa is undefined.",
      got: String(ratings[0]![0]),
      wanted: "ratings in at least 2 categories",
    });
  }
  const agreement =
    counts.reduce(
      (sum, count) => sum + ([...count.values()].reduce((squares, c) => squares + c * c, 0) - m) / (m * (m - 1)),
      0,
    ) / n;
  const p = [...shares.values()];
  const chance = p.reduce((sum, share) => sum + share * share, 0);
  const kappa = (agreement - chance) / (1 - chance);
  const spread = p.reduce((sum, share) => sum + share * (1 - share), 0);
  const skew = p.reduce((sum, share) => sum + share * (1 - share) * (1 - 2 * share), 0);
  const standardErrorNull = Math.sqrt((2 * (spread ** 2 - skew)) / (spread ** 2 * n * m * (m - 1)));
  const z = kappa / standardErrorNull;
  return ok({ method: "Fleiss kappa", subjects: n, raters: m, kappa, standardErrorNull, z, p: normalTwoSided(z) });
}
