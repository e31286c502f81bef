import { ok, type Result, refuse } from "@livermark/core";
import type { Design, ModelTerm } from "./design.js";
import { prettyTicks } from "./pretty.js";

/** One axis of a nomogram. `xbeta` is null for factors, whose values are level names. */
export interface NomogramAxis {
  readonly name: string;
  readonly values: readonly (number | string)[];
  readonly xbeta: readonly number[];
  readonly points: readonly number[];
}

/** The axes of a nomogram: points per value, total points to linear predictor, and to a function of it. */
export interface Nomogram {
  readonly method: "nomogram";
  readonly axes: readonly NomogramAxis[];
  readonly linearPredictorAxis: { readonly lp: readonly number[]; readonly totalPoints: readonly number[] };
  readonly totalPointsAxis: readonly number[];
  /** Values of the function and the total points where it takes them. */
  readonly functionAxis: { readonly values: readonly number[]; readonly totalPoints: readonly number[] };
  readonly pointsPerUnit: number;
  /** Linear predictor of a patient with 0 points. */
  readonly lpAtZeroPoints: number;
}

export interface NomogramModel {
  readonly terms: readonly ModelTerm[];
  readonly design: Design;
  /** One per design column, without the intercept. */
  readonly coefficients: ArrayLike<number>;
  /** Intercept, or minus the centre of a Cox model's linear predictor. */
  readonly constant: number;
  /** Linear predictors of the patients (constant included): they set the length of the axis. */
  readonly linearPredictor: Float64Array;
  /** A monotone function of the linear predictor, e.g. risk or survival at a time. */
  readonly fun: (lp: number) => number;
}

const DISCRETE = 10;

/** The distinct values when there are at most ten, else round numbers over the range. */
function axisValues(column: Float64Array, ticks: number): number[] {
  const distinct = [...new Set(column)].sort((a, b) => a - b);
  return distinct.length <= DISCRETE ? distinct : prettyTicks(distinct[0]!, distinct[distinct.length - 1]!, ticks);
}

/** lp at which a monotone function takes `value` within [low, high], by bisection; null outside. */
function inverse(fun: (lp: number) => number, value: number, low: number, high: number): number | null {
  const rising = fun(high) > fun(low);
  const above = (lp: number): boolean => (rising ? fun(lp) >= value : fun(lp) <= value);
  if (above(low) && fun(low) !== value) return null;
  if (!above(high)) return null;
  let a = low;
  let b = high;
  for (let k = 0; k < 200 && b - a > 1e-15 * (1 + Math.abs(a)); k++) {
    const middle = (a + b) / 2;
    if (above(middle)) b = middle;
    else a = middle;
  }
  return (a + b) / 2;
}

/**
 * Axes of a nomogram for a model of numeric and factor terms without interactions: the term with the widest range of
 * coefficient × value gets 0 to `maximum` points, all others the same points per unit of the linear predictor, and each
 * axis starts with 0 points at its lowest contribution. Linear predictors and function values run over the patients'
 * range. Refuses models in which no term has any effect. Sources: Harrell 2015, section 5.2; Iasonos et al. 2008.
 * Example: `nomogram({ terms, design, coefficients, constant, linearPredictor, fun: risk })`.
 */
export function nomogram(
  model: NomogramModel,
  options: { readonly maximum?: number; readonly ticks?: number } = {},
): Result<Nomogram> {
  const { maximum = 100, ticks = 10 } = options;
  const { terms, design, coefficients, constant, linearPredictor, fun } = model;
  const raw = terms.map((term, t) => {
    const at = design.terms[t]!.columns;
    if (term.kind === "numeric") {
      const values = axisValues(design.columns[at[0]!]!, ticks);
      return { name: term.name, values, xbeta: values.map((value) => value * coefficients[at[0]!]!) };
    }
    return { name: term.name, values: term.levels.map(String), xbeta: [0, ...at.map((j) => coefficients[j]!)] };
  });
  const widest = Math.max(0, ...raw.map(({ xbeta }) => Math.max(...xbeta) - Math.min(...xbeta)));
  if (!(widest > 0 && Number.isFinite(widest))) {
    return refuse({
      code: "no-effect",
      message: "No term of the model changes the linear predictor.",
      got: widest,
      wanted: "at least one effect",
      mend: "A nomogram needs a fitted model with an effect.",
    });
  }
  const pointsPerUnit = maximum / widest;
  let lpAtZeroPoints = constant;
  const axes = raw.map((axis): NomogramAxis => {
    const lowest = Math.min(...axis.xbeta);
    lpAtZeroPoints += lowest;
    return { ...axis, points: axis.xbeta.map((value) => (value - lowest) * pointsPerUnit) };
  });
  const lp = prettyTicks(
    linearPredictor.reduce((a, b) => Math.min(a, b)),
    linearPredictor.reduce((a, b) => Math.max(a, b)),
    ticks,
  );
  const toPoints = (value: number): number => (value - lpAtZeroPoints) * pointsPerUnit;
  const totalPoints = lp.map(toPoints);
  const [first, last] = [lp[0]!, lp[lp.length - 1]!];
  const [a, b] = [fun(first), fun(last)];
  const reached = prettyTicks(Math.min(a, b), Math.max(a, b), ticks).flatMap((value) => {
    const found = inverse(fun, value, first, last);
    return found === null ? [] : [{ value, points: toPoints(found) }];
  });
  return ok({
    method: "nomogram",
    axes,
    linearPredictorAxis: { lp, totalPoints },
    totalPointsAxis: prettyTicks(0, totalPoints[totalPoints.length - 1]!, ticks),
    functionAxis: { values: reached.map((r) => r.value), totalPoints: reached.map((r) => r.points) },
    pointsPerUnit,
    lpAtZeroPoints,
  });
}
