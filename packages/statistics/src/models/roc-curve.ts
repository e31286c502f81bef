import type { MarkerDirection, MarkerGroups } from "./marker-groups.js";

/**
 * Sensitivity and specificity at every threshold, from "all positive" to "none positive".
 * Thresholds are midpoints between neighbouring values, with ±Infinity at the ends; a patient is positive when the
 * marker lies on the cases' side of the threshold.
 */
export interface RocCurve {
  readonly thresholds: Float64Array;
  readonly sensitivity: Float64Array;
  readonly specificity: Float64Array;
  /** Positives among cases and among controls at each threshold. */
  readonly truePositives: Float64Array;
  readonly falsePositives: Float64Array;
}

/** One operating point with its 2×2 table; predictive values are null when nobody has that test result. */
export interface RocPoint {
  readonly threshold: number;
  readonly sensitivity: number;
  readonly specificity: number;
  readonly ppv: number | null;
  readonly npv: number | null;
  readonly truePositives: number;
  readonly trueNegatives: number;
  readonly falsePositives: number;
  readonly falseNegatives: number;
  /** Youden's J = sensitivity + specificity − 1. */
  readonly youden: number;
}

/** The curve of groups whose marker was turned by `direction` (values negated when lower in cases). */
export function rocCurve(groups: MarkerGroups, direction: MarkerDirection): RocCurve {
  const sign = direction === "higher-in-cases" ? 1 : -1;
  const { values, nCases, nControls } = groups;
  const points = values.length + 1;
  const thresholds = new Float64Array(points);
  const sensitivity = new Float64Array(points);
  const specificity = new Float64Array(points);
  const truePositives = new Float64Array(points);
  const falsePositives = new Float64Array(points);
  let tp = nCases;
  let fp = nControls;
  for (let i = 0; i < points; i++) {
    if (i > 0) {
      tp -= groups.cases[i - 1]!;
      fp -= groups.controls[i - 1]!;
    }
    const turned = i === 0 ? -Infinity : i === values.length ? Infinity : (values[i - 1]! + values[i]!) / 2;
    thresholds[i] = sign * turned;
    truePositives[i] = tp;
    falsePositives[i] = fp;
    sensitivity[i] = tp / nCases;
    specificity[i] = (nControls - fp) / nControls;
  }
  return { thresholds, sensitivity, specificity, truePositives, falsePositives };
}

/** The operating point at index `i` of a curve. */
export function rocPoint(curve: RocCurve, i: number): RocPoint {
  const tp = curve.truePositives[i]!;
  const fp = curve.falsePositives[i]!;
  const fn = curve.truePositives[0]! - tp;
  const tn = curve.falsePositives[0]! - fp;
  return {
    threshold: curve.thresholds[i]!,
    sensitivity: curve.sensitivity[i]!,
    specificity: curve.specificity[i]!,
    ppv: tp + fp === 0 ? null : tp / (tp + fp),
    npv: tn + fn === 0 ? null : tn / (tn + fn),
    truePositives: tp,
    trueNegatives: tn,
    falsePositives: fp,
    falseNegatives: fn,
    youden: curve.sensitivity[i]! + curve.specificity[i]! - 1,
  };
}

/** Indexes at which an exactly computed (integer) score is largest; all of them when tied. */
function allBest(points: number, score: (i: number) => number): number[] {
  let best = -Infinity;
  let at: number[] = [];
  for (let i = 0; i < points; i++) {
    const value = score(i);
    if (value > best) {
      best = value;
      at = [i];
    } else if (value === best) at.push(i);
  }
  return at;
}

/** Points of the largest Youden index, every one when tied. The counts are compared as integers, so ties are exact. */
export function youdenPoints(curve: RocCurve): readonly RocPoint[] {
  const n1 = curve.truePositives[0]!;
  const n0 = curve.falsePositives[0]!;
  return allBest(curve.thresholds.length, (i) => curve.truePositives[i]! * n0 - curve.falsePositives[i]! * n1).map(
    (i) => rocPoint(curve, i),
  );
}

/** Points closest to the corner of sensitivity 1 and specificity 1, every one when tied. */
export function closestTopLeftPoints(curve: RocCurve): readonly RocPoint[] {
  const n1 = curve.truePositives[0]!;
  const n0 = curve.falsePositives[0]!;
  return allBest(curve.thresholds.length, (i) => {
    const missed = (n1 - curve.truePositives[i]!) * n0;
    const wrong = curve.falsePositives[i]! * n1;
    return -(missed * missed + wrong * wrong);
  }).map((i) => rocPoint(curve, i));
}

/** Area over a range of specificity, plain and by McClish's correction. */
export interface PartialArea {
  readonly specificityFrom: number;
  readonly specificityTo: number;
  readonly area: number;
  /** (1 + (area − chance) / (largest − chance)) / 2; null when the curve runs below the diagonal there. */
  readonly corrected: number | null;
}

/**
 * Area under the part of the curve with specificity in [from, to], by trapezoids with linear interpolation at the
 * borders. Source: McClish 1989. Example: on a perfect curve `partialArea(curve, 0.9, 1).area` is 0.1.
 */
export function partialArea(curve: RocCurve, from: number, to: number): PartialArea {
  let area = 0;
  for (let i = 1; i < curve.thresholds.length; i++) {
    const left = curve.specificity[i - 1]!;
    const right = curve.specificity[i]!;
    const a = Math.max(left, from);
    const b = Math.min(right, to);
    if (!(b > a)) continue;
    const at = (s: number): number =>
      curve.sensitivity[i - 1]! + ((s - left) / (right - left)) * (curve.sensitivity[i]! - curve.sensitivity[i - 1]!);
    area += (b - a) * ((at(a) + at(b)) / 2);
  }
  const largest = to - from;
  const chance = ((1 - from) ** 2 - (1 - to) ** 2) / 2;
  const corrected = area < chance ? null : (1 + (area - chance) / (largest - chance)) / 2;
  return { specificityFrom: from, specificityTo: to, area, corrected };
}
