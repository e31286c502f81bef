import { ok, type Result, refuse } from "@livermark/core";
import { cholesky, crossProduct, invertCholesky } from "../linear/index.js";
import { completeRows, type NamedColumn, type NumericColumn } from "../models/columns.js";
import { mean } from "./moments.js";
import { tooFew } from "./sample.js";

/** A linear model with intercept, fitted by least squares. Coefficient 0 is the intercept. */
export interface LinearFit {
  readonly n: number;
  readonly missing: number;
  readonly df: number;
  readonly coefficients: readonly number[];
  readonly covariance: readonly (readonly number[])[];
  readonly residualVariance: number;
  readonly residualSumOfSquares: number;
  /** (XᵀX)⁻¹, which a draw of the coefficients needs. */
  readonly unscaledCovariance: readonly (readonly number[])[];
}

/**
 * Ordinary least squares of y on an intercept and covariates, complete rows only. Columns are centred and scaled before the
 * normal equations are solved. Refuses fewer rows than coefficients + 1 and columns that others determine (named).
 * R: `lm(y ~ x)`. Example: `leastSquares([1, 3, 5], [{ name: "x", values: [0, 1, 2] }]).value.coefficients` is [1, 2].
 */
export function leastSquares(y: NumericColumn, covariates: readonly NamedColumn[]): Result<LinearFit> {
  const complete = completeRows([{ name: "y", values: y }, ...covariates]);
  if (!complete.ok) return complete;
  const [outcome, ...columns] = complete.value.columns;
  const n = outcome!.length;
  const p = columns.length;
  if (n < p + 2) return tooFew("The linear model", n, p + 2);
  const centres = columns.map(mean);
  const scales = columns.map((column, j) => Math.sqrt(column.reduce((sum, x) => sum + (x - centres[j]!) ** 2, 0) / n));
  const constant = scales.findIndex((scale, j) => !(scale > 1e-12 * Math.max(1, Math.abs(centres[j]!))));
  if (constant >= 0) return collinear(covariates[constant]!.name);
  const design = new Float64Array(n * p);
  columns.forEach((column, j) => {
    for (let i = 0; i < n; i++) design[i * p + j] = (column[i]! - centres[j]!) / scales[j]!;
  });
  const factor = cholesky(crossProduct(design, n, p), p);
  const dropped = factor.dropped[0];
  if (dropped !== undefined) return collinear(covariates[dropped]!.name);
  const inverse = invertCholesky(factor);
  const centre = mean(outcome!);
  const cross = new Float64Array(p);
  for (let i = 0; i < n; i++) for (let j = 0; j < p; j++) cross[j]! += design[i * p + j]! * (outcome![i]! - centre);
  const slopes = Array.from({ length: p }, (_, j) => {
    let slope = 0;
    for (let k = 0; k < p; k++) slope += inverse[j * p + k]! * cross[k]!;
    return slope;
  });
  let residual = 0;
  for (let i = 0; i < n; i++) {
    let fitted = centre;
    for (let j = 0; j < p; j++) fitted += design[i * p + j]! * slopes[j]!;
    residual += (outcome![i]! - fitted) ** 2;
  }
  const df = n - p - 1;
  const residualVariance = residual / df;
  const unscaled = backTransform(inverse, centres, scales, n);
  return ok({
    n,
    missing: complete.value.missing,
    df,
    coefficients: [
      centre - slopes.reduce((sum, slope, j) => sum + (slope * centres[j]!) / scales[j]!, 0),
      ...slopes.map((slope, j) => slope / scales[j]!),
    ],
    covariance: unscaled.map((row) => row.map((value) => value * residualVariance)),
    residualVariance,
    residualSumOfSquares: residual,
    unscaledCovariance: unscaled,
  });
}

const collinear = (name: string): ReturnType<typeof refuse> =>
  refuse({
    code: "collinear-column",
    message: `Column ${name} is constant or determined by the others.`,
    got: name,
    wanted: "columns that vary independently",
    mend: "Leave the column out.",
    where: { column: name },
  });

/** (XᵀX)⁻¹ of the original columns with intercept, from that of the centred and scaled ones. */
function backTransform(
  inverse: Float64Array,
  centres: readonly number[],
  scales: readonly number[],
  n: number,
): number[][] {
  const p = centres.length;
  const slopes = Array.from({ length: p }, (_, i) =>
    Array.from({ length: p }, (_unused, j) => inverse[i * p + j]! / (scales[i]! * scales[j]!)),
  );
  const withIntercept = slopes.map((row) => -row.reduce((sum, value, j) => sum + value * centres[j]!, 0));
  const intercept = 1 / n - withIntercept.reduce((sum, value, j) => sum + value * centres[j]!, 0);
  return [[intercept, ...withIntercept], ...slopes.map((row, i) => [withIntercept[i]!, ...row])];
}
