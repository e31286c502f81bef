import { ok, type Result, refuse } from "@livermark/core";
import { chiSquareUpperTail } from "../basic/distributions.js";
import { completeRows, type NumericColumn } from "./columns.js";
import type { ModelTerm } from "./design.js";
import { quantileOfSorted } from "./quantile.js";
import { type ModelResponse, subsetModels } from "./subset-models.js";

/**
 * Knots of a restricted cubic spline: equally spaced quantiles between outer ones of 0.10 (3 knots), 0.05 (4 to 6) or
 * 0.025 (7); with fewer than 100 values the outer knots are the fifth smallest and fifth largest.
 * Refuses fewer than 3 or more than 7 knots, and knots that coincide. Source: Harrell 2015, table 2.3.
 * Example: `splineKnots(age, 4)`.
 */
export function splineKnots(values: NumericColumn, count: number): Result<readonly number[]> {
  if (!(Number.isInteger(count) && count >= 3 && count <= 7)) {
    return refuse({
      code: "knot-count",
      message: "A restricted cubic spline takes 3 to 7 knots.",
      got: count,
      wanted: "3 … 7",
    });
  }
  const complete = completeRows([{ name: "x", values }]);
  if (!complete.ok) return complete;
  const sorted = complete.value.columns[0]!.sort();
  const n = sorted.length;
  const outer = count > 6 ? 0.025 : count > 3 ? 0.05 : 0.1;
  const knots = Array.from({ length: count }, (_, k) =>
    quantileOfSorted(sorted, outer + ((1 - 2 * outer) * k) / (count - 1)),
  );
  if (n < 100 && n >= 10) {
    knots[0] = sorted[4]!;
    knots[count - 1] = sorted[n - 5]!;
  }
  if (n < 10 || knots.some((knot, k) => k > 0 && !(knot > knots[k - 1]!))) {
    return refuse({
      code: "knots-coincide",
      message: "The knots of the spline are not all different.",
      got: knots.join(", "),
      wanted: `${count} increasing knots`,
      mend: "Use fewer knots or a linear term.",
    });
  }
  return ok(knots);
}

/**
 * Basis of a restricted cubic spline at x: the linear term and k − 2 cubic terms, linear beyond the outer knots, cubic
 * terms divided by the squared distance of the outer knots. Source: Harrell 2015, equations 2.24–2.26.
 * Example: `splineBasis(63, [40, 55, 62, 75])`.
 */
export function splineBasis(x: number, knots: readonly number[]): number[] {
  const k = knots.length;
  const first = knots[0]!;
  const last = knots[k - 1]!;
  const before = knots[k - 2]!;
  const cube = (value: number): number => (value > 0 ? value * value * value : 0);
  const norm = (last - first) ** 2;
  const row = [x];
  for (let j = 0; j < k - 2; j++) {
    const t = knots[j]!;
    row.push(
      (cube(x - t) -
        (cube(x - before) * (last - t)) / (last - before) +
        (cube(x - last) * (before - t)) / (last - before)) /
        norm,
    );
  }
  return row;
}

/** Likelihood-ratio test that a covariate's effect is not linear. */
export interface SplineTest {
  readonly method: "restricted cubic spline, likelihood ratio of the cubic terms";
  readonly n: number;
  readonly events: number;
  readonly missing: number;
  readonly knots: readonly number[];
  readonly loglik: number;
  readonly loglikLinear: number;
  readonly nonlinear: { readonly chi2: number; readonly df: number; readonly p: number };
}

/**
 * Compares a logistic or Cox model with a restricted cubic spline of x with the linear one (other covariates in both).
 * Refuses what `splineKnots` and the model refuse.
 * Example: `splineTest(response, { name: "age", values: age }, 4)`.
 */
export function splineTest(
  response: ModelResponse,
  x: { readonly name: string; readonly values: NumericColumn },
  knotCount: number,
  others: readonly ModelTerm[] = [],
): Result<SplineTest> {
  const found = splineKnots(x.values, knotCount);
  if (!found.ok) return found;
  const knots = found.value;
  const rows = Array.from(x.values, (value) =>
    value === null || Number.isNaN(value) ? null : splineBasis(value, knots),
  );
  const terms: ModelTerm[] = Array.from({ length: knotCount - 1 }, (_, k) => ({
    kind: "numeric",
    name: k === 0 ? x.name : `${x.name} (cubic ${k})`,
    values: rows.map((row) => (row === null ? null : row[k]!)),
  }));
  const prepared = subsetModels(response, [...terms, ...others]);
  if (!prepared.ok) return prepared;
  const models = prepared.value;
  const rest = others.map((_, k) => terms.length + k);
  const full = models.fit([...terms.map((_, k) => k), ...rest]);
  const linear = models.fit([0, ...rest]);
  const chi2 = Math.max(0, 2 * (full.loglik - linear.loglik));
  const df = full.parameters - linear.parameters;
  return ok(
    {
      method: "restricted cubic spline, likelihood ratio of the cubic terms",
      n: models.n,
      events: models.events,
      missing: models.missing,
      knots,
      loglik: full.loglik,
      loglikLinear: linear.loglik,
      nonlinear: { chi2, df, p: df === 0 ? 1 : chiSquareUpperTail(chi2, df) },
    },
    prepared.issues,
  );
}
