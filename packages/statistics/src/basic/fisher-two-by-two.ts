import { ok, type Result, refuse } from "@livermark/core";
import { brentRoot } from "./brent-root.js";
import { type CountTable, tableMargins } from "./contingency.js";
import { EQUAL_PROBABILITY, hypergeometricProbabilities } from "./discrete-distributions.js";
import { invertMonotone } from "./invert.js";

/** Fisher's exact test of a 2×2 table. */
export interface FisherTwoByTwo {
  readonly method: "Fisher exact (conditional)";
  /** Two-sided: total probability of tables not more likely than the observed one. */
  readonly p: number;
  /** One-sided, odds ratio above and below 1. */
  readonly pGreater: number;
  readonly pLess: number;
  /** Conditional maximum likelihood estimate, not ad/bc; Infinity when no table is more extreme upwards. */
  readonly oddsRatio: number;
  readonly level: number;
  /** Exact conditional limits; 0 and Infinity where the table is the most extreme one. */
  readonly low: number;
  readonly high: number;
}

/** The count of the first cell given the margins, with log odds ratio `logOdds` (Fisher's noncentral hypergeometric). */
function noncentral(
  logNull: Float64Array,
  lowest: number,
  logOdds: number,
): { readonly p: Float64Array; readonly mean: number } {
  let top = Number.NEGATIVE_INFINITY;
  for (let i = 0; i < logNull.length; i++) top = Math.max(top, logNull[i]! + logOdds * i);
  const p = logNull.map((value, i) => Math.exp(value + logOdds * i - top));
  const total = p.reduce((sum, value) => sum + value, 0);
  let mean = lowest;
  for (let i = 0; i < p.length; i++) {
    p[i]! /= total;
    mean += i * p[i]!;
  }
  return { p, mean };
}

/** Searches of the conditional estimate and limits: exact, or stopping at 1.2e-4 on the odds ratio as R does. */
export type FisherRoots = "exact" | "as in R";

/** What the two searches need to know about the table. */
interface Conditional {
  readonly logNull: Float64Array;
  readonly lowest: number;
  /** Index of the observed count in the support. */
  readonly at: number;
}

type Target = "mean" | "upper tail" | "lower tail";

const observe = (
  { logNull, lowest, at }: Conditional,
  target: Target,
  logOdds: number,
): { readonly value: number; readonly slope: number } => {
  const { p, mean } = noncentral(logNull, lowest, logOdds);
  if (target === "mean") {
    return { value: mean, slope: p.reduce((total, value, i) => total + value * (lowest + i - mean) ** 2, 0) };
  }
  let mass = 0;
  let moment = 0;
  for (let i = target === "upper tail" ? at : 0; i <= (target === "upper tail" ? p.length - 1 : at); i++) {
    mass += p[i]!;
    moment += p[i]! * (lowest + i);
  }
  return { value: mass, slope: moment - mean * mass };
};

/** Odds ratio at which the target takes the goal, to full precision: tails are compared on log scale. */
function exactOdds(given: Conditional, target: Target, goal: number): number {
  const logOdds = invertMonotone(
    (u) => {
      const { value, slope } = observe(given, target, u);
      return target === "mean"
        ? { value: value - goal, slope }
        : { value: Math.log(value / goal), slope: slope / value };
    },
    -600,
    600,
    0,
  );
  return Math.exp(logOdds);
}

/** The same by Brent's method on 0 … 1 of the odds ratio or its inverse with the default tolerance of R's `uniroot`. */
function coarseOdds(given: Conditional, target: Target, goal: number): number {
  const tolerance = Number.EPSILON ** 0.25;
  const gap = (odds: number): number => observe(given, target, odds === 0 ? -800 : Math.log(odds)).value - goal;
  const atOne = gap(1);
  if (atOne === 0) return 1;
  const below = target === "lower tail" ? atOne < 0 : atOne > 0;
  return below ? brentRoot(gap, 0, 1, tolerance) : 1 / brentRoot((t) => gap(1 / t), Number.EPSILON, 1, tolerance);
}

/**
 * Fisher's exact test with the conditional odds ratio and its exact interval; rows are groups.
 * Refuses what is no 2×2 table of counts. Fisher 1935; Cornfield 1956 (interval). R: `fisher.test(m)`, whose estimate and limits
 * carry an error of up to 1e-4 in the odds ratio or its inverse (`roots: "as in R"` gives those).
 * Example: `fisherTwoByTwo([[3, 1], [1, 3]]).value.p` = 0.4857….
 */
export function fisherTwoByTwo(
  table: CountTable,
  options: { readonly level?: number; readonly roots?: FisherRoots } = {},
): Result<FisherTwoByTwo> {
  const margins = tableMargins(table);
  if (!margins.ok) return margins;
  if (table.length !== 2 || table[0]!.length !== 2) {
    return refuse({
      code: "table-shape",
      message: "This form of Fisher's test needs a 2 by 2 table.",
      got: `${table.length} by ${table[0]!.length}`,
      wanted: "2 by 2",
    });
  }
  const { level = 0.95 } = options;
  const a = table[0]![0]!;
  const { rows, columns } = margins.value;
  const { lowest, probabilities } = hypergeometricProbabilities(columns[0]!, columns[1]!, rows[0]!);
  const at = a - lowest;
  const last = probabilities.length - 1;
  const limit = probabilities[at]! * EQUAL_PROBABILITY;
  const sum = (keep: (i: number) => boolean): number =>
    Math.min(
      1,
      probabilities.reduce((total, p, i) => (keep(i) ? total + p : total), 0),
    );
  const given = { logNull: probabilities.map(Math.log), lowest, at };
  const search = options.roots === "as in R" ? coarseOdds : exactOdds;
  const tail = (1 - level) / 2;
  return ok({
    method: "Fisher exact (conditional)",
    p: sum((i) => probabilities[i]! <= limit),
    pGreater: sum((i) => i >= at),
    pLess: sum((i) => i <= at),
    oddsRatio: at === 0 ? 0 : at === last ? Number.POSITIVE_INFINITY : search(given, "mean", a),
    level,
    low: at === 0 ? 0 : search(given, "upper tail", tail),
    high: at === last ? Number.POSITIVE_INFINITY : search(given, "lower tail", tail),
  });
}
