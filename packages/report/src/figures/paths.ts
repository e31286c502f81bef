import { rounded } from "../markup.js";

/** Vertices of a step curve in points; y holds from its x to the next x. */
export interface StepVertices {
  readonly x: readonly number[];
  readonly y: readonly number[];
}

/**
 * Leaves out steps that no print shows: a vertex stays when it lies at least `tolerance` points from the last one kept,
 * in x or in y. The last vertex always stays. At 0.12 pt (one dot at 600 dpi) the curve cannot move visibly.
 */
export function simplifySteps(curve: StepVertices, tolerance: number): StepVertices {
  const x: number[] = [];
  const y: number[] = [];
  const n = curve.x.length;
  for (let i = 0; i < n; i++) {
    const kept = x.length - 1;
    const far =
      kept < 0 || Math.abs(curve.x[i]! - x[kept]!) >= tolerance || Math.abs(curve.y[i]! - y[kept]!) >= tolerance;
    if (far || i === n - 1) {
      x.push(curve.x[i]!);
      y.push(curve.y[i]!);
    }
  }
  return { x, y };
}

/** Hundredths of a point as a short decimal: `.05`, `-1.2`. */
function short(hundredths: number): string {
  return (hundredths / 100).toString().replace(/^(-?)0\./, "$1.");
}

/** Relative horizontal and vertical moves of a step curve; rounding errors do not add up, as moves join rounded places. */
function stepMoves(curve: StepVertices, reverse: boolean): string {
  const n = curve.x.length;
  const at = (values: readonly number[], i: number): number => Math.round(values[i]! * 100);
  let d = "";
  for (let k = 1; k < n; k++) {
    const to = reverse ? n - 1 - k : k;
    const from = reverse ? to + 1 : to - 1;
    const dx = at(curve.x, to) - at(curve.x, from);
    const dy = at(curve.y, to) - at(curve.y, from);
    const across = dx === 0 ? "" : `h${short(dx)}`;
    const down = dy === 0 ? "" : `v${short(dy)}`;
    d += reverse ? down + across : across + down;
  }
  return d;
}

/** Path of a step curve: horizontal, then vertical, from vertex to vertex. */
export const stepPath = (curve: StepVertices): string =>
  curve.x.length === 0 ? "" : `M${rounded(curve.x[0]!)} ${rounded(curve.y[0]!)}${stepMoves(curve, false)}`;

/** Closed area between two step curves that begin and end at the same x. */
export function stepBand(low: StepVertices, high: StepVertices): string {
  const n = low.x.length;
  if (n === 0 || high.x.length === 0) return "";
  return `${stepPath(high)}L${rounded(low.x[n - 1]!)} ${rounded(low.y[n - 1]!)}${stepMoves(low, true)}Z`;
}

/** Straight line through points. */
export const linePath = (points: readonly (readonly [number, number])[]): string =>
  points.map(([x, y], i) => `${i === 0 ? "M" : "L"}${rounded(x)} ${rounded(y)}`).join("");

/** Closed area between an upper and a lower line over the same x. */
export const bandPath = (
  upper: readonly (readonly [number, number])[],
  lower: readonly (readonly [number, number])[],
): string => (upper.length === 0 ? "" : `${linePath([...upper, ...[...lower].reverse()])}Z`);
