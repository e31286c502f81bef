/** Ways to adjust a family of p-values. */
export type PAdjustment = "none" | "bonferroni" | "holm" | "hochberg" | "hommel" | "BH" | "BY";

const capped = (p: number): number => Math.min(1, p);

/** Hommel 1988, by the algorithm of Wright 1992 (appendix); p-values in ascending order. */
function hommel(p: readonly number[]): number[] {
  const n = p.length;
  const adjusted = [...p];
  for (let m = n; m >= 2; m--) {
    let least = Number.POSITIVE_INFINITY;
    for (let j = 1; j <= m; j++) least = Math.min(least, (m * p[n - m + j - 1]!) / j);
    for (let i = 0; i < n; i++) {
      const bound = i >= n - m ? least : Math.min(least, m * p[i]!);
      adjusted[i] = Math.max(adjusted[i]!, bound);
    }
  }
  return adjusted;
}

/**
 * Adjusted p-values in the order given; null stays null and is not counted.
 * Bonferroni; Holm 1979; Hochberg 1988; Hommel 1988; Benjamini–Hochberg 1995; Benjamini–Yekutieli 2001. R: `p.adjust(p, method)`.
 * Throws for a value outside 0 … 1. Example: `adjustP([0.01, 0.04], "holm")` is [0.02, 0.04].
 */
export function adjustP<P extends number | null>(
  values: readonly P[],
  adjustment: PAdjustment,
): (P extends null ? number | null : number)[];
export function adjustP(values: readonly (number | null)[], adjustment: PAdjustment): (number | null)[] {
  const present = values.flatMap((p, index) => (p === null ? [] : [{ p, index }]));
  for (const { p } of present) {
    if (!(p >= 0 && p <= 1)) throw new RangeError(`adjustP wants p-values from 0 to 1, got ${p}`);
  }
  present.sort((a, b) => a.p - b.p);
  const p = present.map((entry) => entry.p);
  const adjusted = adjustSorted(p, adjustment);
  const answer: (number | null)[] = values.map(() => null);
  present.forEach(({ index }, i) => {
    answer[index] = adjusted[i]!;
  });
  return answer;
}

function adjustSorted(p: readonly number[], adjustment: PAdjustment): number[] {
  const n = p.length;
  if (n <= 1 || adjustment === "none") return [...p];
  const stepDown = (factor: (i: number) => number): number[] => {
    let high = 0;
    return p.map((value, i) => {
      high = Math.max(high, factor(i) * value);
      return capped(high);
    });
  };
  const stepUp = (factor: (i: number) => number): number[] => {
    const adjusted = new Array<number>(n).fill(1);
    let low = Number.POSITIVE_INFINITY;
    for (let i = n - 1; i >= 0; i--) {
      low = Math.min(low, factor(i) * p[i]!);
      adjusted[i] = capped(low);
    }
    return adjusted;
  };
  switch (adjustment) {
    case "bonferroni":
      return p.map((value) => capped(n * value));
    case "holm":
      return stepDown((i) => n - i);
    case "hochberg":
      return stepUp((i) => n - i);
    case "BH":
      return stepUp((i) => n / (i + 1));
    case "BY": {
      let harmonic = 0;
      for (let i = 1; i <= n; i++) harmonic += 1 / i;
      return stepUp((i) => (harmonic * n) / (i + 1));
    }
    case "hommel":
      return hommel(p);
  }
}
