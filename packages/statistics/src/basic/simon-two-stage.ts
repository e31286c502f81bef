import { ok, type Result, refuse } from "@livermark/core";
import { binomialCdf, binomialProbability } from "./discrete-distributions.js";

/** A two-stage design: stop after n₁ patients with ≤ r₁ responses; else go on to n and reject the drug with ≤ r. */
export interface TwoStageDesign {
  readonly n1: number;
  readonly r1: number;
  readonly n: number;
  readonly r: number;
  readonly alpha: number;
  readonly power: number;
  /** Under the poor response rate: expected patients and probability of stopping early. */
  readonly expectedSize: number;
  readonly earlyStop: number;
}

/** Simon's two designs. */
export interface SimonDesigns {
  /** Smallest expected size under the poor rate. */
  readonly optimal: TwoStageDesign;
  /** Smallest total size, then smallest expected size. */
  readonly minimax: TwoStageDesign;
}

const range = (n: number): number[] => Array.from({ length: n }, (_, i) => i);

/** P(X ≤ k) of the two binomials for all sizes and counts up to `largest`. */
function tables(p: number, largest: number): { readonly pmf: readonly number[][]; readonly cdf: readonly number[][] } {
  const sizes = range(largest + 1);
  return {
    pmf: sizes.map((n) => range(n + 1).map((k) => binomialProbability(k, n, p))),
    cdf: sizes.map((n) => range(n + 1).map((k) => binomialCdf(k, n, p))),
  };
}

/**
 * Simon's optimal and minimax two-stage designs for a response rate (Simon 1989), by exact enumeration up to `largest` patients.
 * Refuses rates that are not 0 < poor < good < 1, alpha or power outside 0 … 1, and limits within which no design exists.
 * R: `clinfun::ph2simon(pu, pa, ep1, ep2)`. Example: rates 0.1 and 0.3, alpha 0.05, power 0.8: optimal 1/10 then 5/29.
 */
export function simonTwoStage(
  poorRate: number,
  goodRate: number,
  options: { readonly alpha?: number; readonly power?: number; readonly largest?: number } = {},
): Result<SimonDesigns> {
  const { alpha = 0.05, power = 0.8, largest = 80 } = options;
  if (!(poorRate > 0 && poorRate < goodRate && goodRate < 1)) {
    return refuse({
      code: "design-out-of-range",
      message: "The response rates are out of order.",
      got: `${poorRate} and ${goodRate}`,
      wanted: "0 < poor rate < good rate < 1",
    });
  }
  if (
    !(alpha > 0 && alpha < 1 && power > 0 && power < 1 && Number.isInteger(largest) && largest >= 2 && largest <= 200)
  ) {
    return refuse({
      code: "design-out-of-range",
      message: "Alpha, power or the largest size is out of range.",
      got: `${alpha}, ${power}, ${largest}`,
      wanted: "alpha and power between 0 and 1, largest from 2 to 200",
    });
  }
  const poor = tables(poorRate, largest);
  const good = tables(goodRate, largest);
  /** Probability that the drug is not rejected as poor, i.e. more than r₁ and then more than r responses. */
  const passes = (t: typeof poor, n1: number, r1: number, n: number, r: number): number => {
    let total = 0;
    for (let x = r1 + 1; x <= n1; x++) {
      const need = r - x;
      total += t.pmf[n1]![x]! * (need < 0 ? 1 : need >= n - n1 ? 0 : 1 - t.cdf[n - n1]![need]!);
    }
    return total;
  };
  let optimal: TwoStageDesign | null = null;
  let minimax: TwoStageDesign | null = null;
  for (let n = 2; n <= largest; n++) {
    for (let n1 = 1; n1 < n; n1++) {
      for (let r1 = 0; r1 < n1; r1++) {
        const earlyStop = poor.cdf[n1]![r1]!;
        const expectedSize = n1 + (1 - earlyStop) * (n - n1);
        const better = optimal === null || expectedSize < optimal.expectedSize - 1e-12;
        const tighter = minimax === null || (minimax.n === n && expectedSize < minimax.expectedSize - 1e-12);
        if (1 - good.cdf[n1]![r1]! < power) break;
        if (!better && !tighter) continue;
        let r = r1;
        let error = passes(poor, n1, r1, n, r);
        while (error > alpha && r < n) {
          r++;
          error = passes(poor, n1, r1, n, r);
        }
        const reached = passes(good, n1, r1, n, r);
        if (error > alpha || reached < power) continue;
        const design = { n1, r1, n, r, alpha: error, power: reached, expectedSize, earlyStop };
        if (better) optimal = design;
        if (tighter) minimax = design;
      }
    }
  }
  if (optimal === null || minimax === null) {
    return refuse({
      code: "no-design",
      message: "No two-stage design within the largest size keeps alpha and power.",
      got: largest,
      wanted: "a larger limit, or rates further apart",
    });
  }
  return ok({ optimal, minimax });
}
