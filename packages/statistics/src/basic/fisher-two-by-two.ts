import { ok, type Result, refuse } from "@livermark/core";
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

/**
 * Fisher's exact test with the conditional odds ratio and its exact interval; rows are groups.
 * Refuses what is no 2×2 table of counts. Fisher 1935; Cornfield 1956 (interval). R: `fisher.test(m)`.
 * Example: `fisherTwoByTwo([[3, 1], [1, 3]]).value.p` = 0.4857….
 */
export function fisherTwoByTwo(table: CountTable, level = 0.95): Result<FisherTwoByTwo> {
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
  const a = table[0]![0]!;
  const { rows, columns } = margins.value;
  const { lowest, probabilities } = hypergeometricProbabilities(columns[0]!, columns[1]!, rows[0]!);
  const logNull = probabilities.map(Math.log);
  const at = a - lowest;
  const last = probabilities.length - 1;
  const limit = probabilities[at]! * EQUAL_PROBABILITY;
  const sum = (keep: (i: number) => boolean): number =>
    Math.min(
      1,
      probabilities.reduce((total, p, i) => (keep(i) ? total + p : total), 0),
    );

  const root = (f: (logOdds: number) => { value: number; slope: number }): number =>
    Math.exp(invertMonotone(f, -600, 600, 0));
  const matchMean = (logOdds: number): { value: number; slope: number } => {
    const { p, mean } = noncentral(logNull, lowest, logOdds);
    const slope = p.reduce((total, value, i) => total + value * (lowest + i - mean) ** 2, 0);
    return { value: mean - a, slope };
  };
  const tail = Math.log((1 - level) / 2);
  const matchTail =
    (upper: boolean) =>
    (logOdds: number): { value: number; slope: number } => {
      const { p, mean } = noncentral(logNull, lowest, logOdds);
      let mass = 0;
      let moment = 0;
      for (let i = upper ? at : 0; i <= (upper ? last : at); i++) {
        mass += p[i]!;
        moment += p[i]! * (lowest + i);
      }
      return { value: Math.log(mass) - tail, slope: moment / mass - mean };
    };
  return ok({
    method: "Fisher exact (conditional)",
    p: sum((i) => probabilities[i]! <= limit),
    pGreater: sum((i) => i >= at),
    pLess: sum((i) => i <= at),
    oddsRatio: at === 0 ? (last === 0 ? 1 : 0) : at === last ? Number.POSITIVE_INFINITY : root(matchMean),
    level,
    low: at === 0 ? 0 : root(matchTail(true)),
    high: at === last ? Number.POSITIVE_INFINITY : root(matchTail(false)),
  });
}
