import { ok, type Result } from "@livermark/core";
import type { NumericColumn } from "../models/columns.js";
import { type Limits, limits, type NotEstimable, notEstimable } from "../models/estimability.js";
import { normalCdf, normalQuantile, normalTwoSided, normalUpperTail } from "./distributions.js";
import { logChoose } from "./gamma-function.js";
import { midranks } from "./ranks.js";
import { type Estimable, presentValues } from "./sample.js";

/** Mann–Whitney U test (Wilcoxon rank-sum test) of two samples. */
export interface MannWhitney {
  readonly method: "Mann-Whitney U";
  readonly tieRule: "midranks";
  readonly n1: number;
  readonly n2: number;
  readonly missing: number;
  readonly ties: boolean;
  /** U of the first sample: pairs in which x > y, ties counted half. Called W by R. */
  readonly u1: number;
  readonly u2: number;
  readonly rankSum1: number;
  readonly rankSum2: number;
  /** (U₁ − n₁n₂/2)/σ with tie-corrected σ and no continuity correction, as SPSS prints. */
  readonly z: Estimable;
  /** Normal approximation without and with continuity correction. */
  readonly pNormal: Estimable;
  readonly pNormalCorrected: Estimable;
  readonly pGreaterCorrected: Estimable;
  readonly pLessCorrected: Estimable;
  /** Permutation distribution of the midranks; exact also with ties. */
  readonly exact: ExactRankSum | NotEstimable;
  /** U₁/(n₁n₂): the probability that x exceeds y, ties counted half. */
  readonly auc: number;
  /** Median of all differences x − y, with the interval that inverts the test. */
  readonly shift: Estimable;
  readonly shiftInterval: Limits | NotEstimable;
}

/** P-values from the exact permutation distribution. */
export interface ExactRankSum {
  readonly estimable: true;
  readonly p: number;
  readonly pGreater: number;
  readonly pLess: number;
  /** p minus half the probability of a deviation exactly as large as observed. */
  readonly midP: number;
}

/**
 * Counts of all ways to choose `size` of the given whole numbers, by their sum: entry s counts the choices with sum s.
 * Example: `subsetSums([1, 2, 3], 2)` has 1 at 3, 4 and 5.
 */
export function subsetSums(numbers: ArrayLike<number>, size: number): Float64Array {
  const largest = Array.from(numbers).sort((a, b) => b - a);
  const limit = largest.slice(0, size).reduce((sum, value) => sum + value, 0);
  const width = limit + 1;
  const counts = Array.from({ length: size + 1 }, () => new Float64Array(width));
  counts[0]![0] = 1;
  let used = 0;
  for (const value of largest) {
    used = Math.min(used + 1, size);
    for (let k = used; k >= 1; k--) {
      const from = counts[k - 1]!;
      const to = counts[k]!;
      for (let s = limit; s >= value; s--) to[s]! += from[s - value]!;
    }
  }
  return counts[size]!;
}

/** Work of the exact distribution above which it is not computed: about a second. */
const EXACT_WORK_LIMIT = 4e8;

function exactRankSum(ranks: Float64Array, n1: number, rankSum: number): ExactRankSum | NotEstimable {
  const n = ranks.length;
  if (n * n1 * n * n1 > EXACT_WORK_LIMIT || logChoose(n, n1) > 600)
    return notEstimable("the samples are too large for the exact distribution");
  const doubled = ranks.map((rank) => Math.round(2 * rank));
  const counts = subsetSums(doubled, n1);
  const observed = Math.round(2 * rankSum);
  const expected = n1 * (n + 1);
  let total = 0;
  let greater = 0;
  let less = 0;
  let extreme = 0;
  let equal = 0;
  for (let s = 0; s < counts.length; s++) {
    const count = counts[s]!;
    if (count === 0) continue;
    total += count;
    if (s >= observed) greater += count;
    if (s <= observed) less += count;
    const deviation = Math.abs(s - expected) - Math.abs(observed - expected);
    if (deviation >= 0) extreme += count;
    if (deviation === 0) equal += count;
  }
  return {
    estimable: true,
    p: extreme / total,
    pGreater: greater / total,
    pLess: less / total,
    midP: (extreme - equal / 2) / total,
  };
}

/** Smallest u with P(U ≤ u) ≥ p for sample sizes n₁, n₂ without ties. R: `qwilcox(p, n1, n2)`. */
export function mannWhitneyQuantile(p: number, n1: number, n2: number): number {
  const ranks = Float64Array.from({ length: n1 + n2 }, (_, i) => i + 1);
  const counts = subsetSums(ranks, n1);
  const total = counts.reduce((sum, count) => sum + count, 0);
  const base = (n1 * (n1 + 1)) / 2;
  let below = 0;
  for (let u = 0; u <= n1 * n2; u++) {
    below += counts[base + u]!;
    if (below / total >= p - 10 * Number.EPSILON) return u;
  }
  return n1 * n2;
}

function shiftLimits(
  differences: Float64Array,
  n1: number,
  n2: number,
  ties: boolean,
  level: number,
): Limits | NotEstimable {
  const tail = (1 - level) / 2;
  const exact = !ties && n1 < 50 && n2 < 50;
  const pairs = n1 * n2;
  const rank = exact
    ? Math.max(1, mannWhitneyQuantile(tail, n1, n2))
    : Math.floor(pairs / 2 + normalQuantile(tail) * Math.sqrt((pairs * (n1 + n2 + 1)) / 12));
  if (rank < 1) return notEstimable("the samples are too small for this level");
  const method = exact ? "Hodges-Lehmann, exact ranks" : "Hodges-Lehmann, ranks by normal approximation";
  return limits(method, level, differences[rank - 1]!, differences[pairs - rank]!);
}

const notAsked = notEstimable("left out by the option exact: false");

const tooManyPairs = notEstimable("there are too many pairs of values for the Hodges-Lehmann estimate");

const middle = (sorted: Float64Array): number =>
  (sorted[Math.floor((sorted.length - 1) / 2)]! + sorted[Math.floor(sorted.length / 2)]!) / 2;

/** All differences a − b in ascending order; null above twenty million. */
function pairDifferences(a: Float64Array, b: Float64Array): Float64Array | null {
  if (a.length * b.length > 2e7) return null;
  const differences = new Float64Array(a.length * b.length);
  let at = 0;
  for (const x of a) for (const y of b) differences[at++] = x - y;
  return differences.sort();
}

/**
 * Mann–Whitney test of two independent samples, with every form of its p-value by name. Refuses an empty sample and infinite values.
 * R uses the exact p without ties below 50 values each, else the corrected normal one; SPSS prints the uncorrected normal one.
 * Sources: Mann and Whitney 1947; Lehmann 1975, section 1.4 (ties), 2.5 (Hodges–Lehmann). R: `wilcox.test(x, y)`, `coin::wilcox_test`.
 * `exact: false` leaves out the permutation distribution and the shift, for many comparisons of large groups.
 * Example: `mannWhitney([1.1, 2.2, 3.3], [4.4, 5.5, 6.6])` has u1 0 and exact p 0.1.
 */
export function mannWhitney(
  x: NumericColumn,
  y: NumericColumn,
  options: { readonly level?: number; readonly exact?: boolean } = {},
): Result<MannWhitney> {
  const first = presentValues(x, "x", 1);
  if (!first.ok) return first;
  const second = presentValues(y, "y", 1);
  if (!second.ok) return second;
  const a = first.value.values;
  const b = second.value.values;
  const n1 = a.length;
  const n2 = b.length;
  const n = n1 + n2;
  const pooled = new Float64Array(n);
  pooled.set(a);
  pooled.set(b, n1);
  const { ranks, tieSum } = midranks(pooled);
  let rankSum1 = 0;
  for (let i = 0; i < n1; i++) rankSum1 += ranks[i]!;
  const u1 = rankSum1 - (n1 * (n1 + 1)) / 2;
  const deviation = u1 - (n1 * n2) / 2;
  const variance = ((n1 * n2) / 12) * (n + 1 - tieSum / (n * (n - 1)));
  const sigma = Math.sqrt(variance);
  const spread = variance > 0;
  const none = notEstimable("all values are equal");
  const without = options.exact === false ? notAsked : tooManyPairs;
  const differences = options.exact === false ? null : pairDifferences(a, b);
  return ok(
    {
      method: "Mann-Whitney U",
      tieRule: "midranks",
      n1,
      n2,
      missing: first.value.missing + second.value.missing,
      ties: tieSum > 0,
      u1,
      u2: n1 * n2 - u1,
      rankSum1,
      rankSum2: (n * (n + 1)) / 2 - rankSum1,
      z: spread ? deviation / sigma : none,
      pNormal: spread ? normalTwoSided(deviation / sigma) : none,
      pNormalCorrected: spread ? normalTwoSided((deviation - 0.5 * Math.sign(deviation)) / sigma) : none,
      pGreaterCorrected: spread ? normalUpperTail((deviation - 0.5) / sigma) : none,
      pLessCorrected: spread ? normalCdf((deviation + 0.5) / sigma) : none,
      exact: options.exact === false ? notAsked : exactRankSum(ranks, n1, rankSum1),
      auc: u1 / (n1 * n2),
      shift: differences === null ? without : middle(differences),
      shiftInterval:
        differences === null ? without : shiftLimits(differences, n1, n2, tieSum > 0, options.level ?? 0.95),
    },
    [...first.value.issues, ...second.value.issues],
  );
}
