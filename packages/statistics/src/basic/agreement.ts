import { ok, type Result, refuse } from "@livermark/core";
import { completeRows, missingWarning, type NumericColumn } from "../models/columns.js";
import { type Limits, limits, type NotEstimable, notEstimable } from "../models/estimability.js";
import { fQuantile, fUpperTail, normalQuantile } from "./distributions.js";
import { mean, moments } from "./moments.js";
import { type Estimable, tooFew } from "./sample.js";

/** One of the six intraclass correlations of Shrout and Fleiss 1979, named by model, definition and unit as well. */
export interface IntraclassCorrelation {
  readonly form: "ICC(1,1)" | "ICC(2,1)" | "ICC(3,1)" | "ICC(1,k)" | "ICC(2,k)" | "ICC(3,k)";
  readonly model: "one-way random" | "two-way random" | "two-way mixed";
  readonly definition: "absolute agreement" | "consistency";
  readonly unit: "single" | "average";
  readonly value: number;
  readonly f: number;
  readonly df1: number;
  readonly df2: number;
  readonly p: number;
  readonly interval: Limits | NotEstimable;
}

/** Agreement of k ratings per subject. */
export interface IntraclassAnalysis {
  readonly subjects: number;
  readonly raters: number;
  readonly missing: number;
  readonly meanSquares: {
    readonly subjects: number;
    readonly raters: number;
    readonly error: number;
    readonly within: number;
  };
  readonly forms: readonly IntraclassCorrelation[];
  /** √(mean square within subjects). */
  readonly withinSubjectSd: number;
  /** 1.96 √2 withinSubjectSd (Bland and Altman 1996), and the same with the exact normal quantile. */
  readonly repeatabilityCoefficient: number;
  readonly repeatabilityCoefficientExact: number;
  /** √(error mean square): standard error of measurement for consistency. */
  readonly standardErrorOfMeasurement: number;
  /** Root mean square of the subjects' coefficients of variation. */
  readonly withinSubjectCv: Estimable;
}

/**
 * The six intraclass correlations with F tests and intervals, and the repeatability of k ratings per subject.
 * Columns are raters (or repeats), rows subjects; subjects with a missing rating are left out and counted.
 * Refuses fewer than 2 raters or subjects, and ratings that never differ between subjects or within them.
 * Sources: Shrout and Fleiss 1979; McGraw and Wong 1996 (intervals; ICC(2) by Satterthwaite). R: `psych::ICC(m, lmer = FALSE)`.
 * Example: `intraclassCorrelation([[9, 6, 8], [2, 1, 4]]).value.forms[1].value` is ICC(2,1).
 */
export function intraclassCorrelation(ratings: readonly NumericColumn[], level = 0.95): Result<IntraclassAnalysis> {
  if (ratings.length < 2) return tooFew("The set of raters", ratings.length, 2);
  const complete = completeRows(ratings.map((values, i) => ({ name: `rater ${i + 1}`, values })));
  if (!complete.ok) return complete;
  const columns = complete.value.columns;
  const n = columns[0]!.length;
  const k = columns.length;
  if (n < 2) return tooFew("The set of subjects with all ratings", n, 2);
  const subject = (i: number): Float64Array => Float64Array.from(columns, (column) => column[i]!);
  const perSubject = Array.from({ length: n }, (_, i) => moments(subject(i)));
  const grand = mean(perSubject.map((part) => part.mean));
  const raterMeans = columns.map(mean);
  const msr = (k * perSubject.reduce((sum, part) => sum + (part.mean - grand) ** 2, 0)) / (n - 1);
  const msc = (n * raterMeans.reduce((sum, value) => sum + (value - grand) ** 2, 0)) / (k - 1);
  let residual = 0;
  for (let i = 0; i < n; i++) {
    for (let j = 0; j < k; j++) residual += (columns[j]![i]! - perSubject[i]!.mean - raterMeans[j]! + grand) ** 2;
  }
  const mse = residual / ((n - 1) * (k - 1));
  const msw = perSubject.reduce((sum, part) => sum + part.sumOfSquares, 0) / (n * (k - 1));
  if (!(msr > 0 && mse > 1e-28 * Math.max(msr, grand * grand))) {
    return refuse({
      code: "no-spread",
      message: "The subjects do not differ, or the raters agree perfectly up to a shift: F ratios do not exist.",
      got: `mean squares ${msr} between subjects, ${mse} error`,
      wanted: "both above 0",
      mend: "Report the agreement as counts or as a shift.",
    });
  }
  const relative = Math.sqrt(
    perSubject.reduce((sum, part) => sum + part.sumOfSquares / (k - 1) / part.mean ** 2, 0) / n,
  );
  const cv = Number.isFinite(relative) ? relative : notEstimable("the mean of a subject is zero");
  const withinSubjectSd = Math.sqrt(msw);
  return ok(
    {
      subjects: n,
      raters: k,
      missing: complete.value.missing,
      meanSquares: { subjects: msr, raters: msc, error: mse, within: msw },
      forms: sixForms(n, k, msr, msc, mse, msw, level),
      withinSubjectSd,
      repeatabilityCoefficient: 1.96 * Math.SQRT2 * withinSubjectSd,
      repeatabilityCoefficientExact: normalQuantile(0.975) * Math.SQRT2 * withinSubjectSd,
      standardErrorOfMeasurement: Math.sqrt(mse),
      withinSubjectCv: cv,
    },
    missingWarning(complete.value.missing, n),
  );
}

function sixForms(
  n: number,
  k: number,
  msr: number,
  msc: number,
  mse: number,
  msw: number,
  level: number,
): readonly IntraclassCorrelation[] {
  const upper = (1 + level) / 2;
  const df1 = n - 1;
  const within = n * (k - 1);
  const error = df1 * (k - 1);
  const f1 = msr / msw;
  const f3 = msr / mse;
  const single = (f: number): number => (f - 1) / (f + k - 1);
  const average = (f: number): number => 1 - 1 / f;
  const bounds = (f: number, df2: number): readonly [number, number] => [
    f / fQuantile(upper, df1, df2),
    f * fQuantile(upper, df2, df1),
  ];
  const [low1, high1] = bounds(f1, within);
  const [low3, high3] = bounds(f3, error);
  // The terms of the error mean square are gathered, so that they cancel before they can drown the others.
  const icc2 = (msr - mse) / (msr + (k * msc) / n + (k - 1 - k / n) * mse);
  const icc2k = (msr - mse) / (msr + (msc - mse) / n);
  const bounds2 = agreementBounds(n, k, msr, msc, mse, icc2, upper);
  const spearmanBrown = (r: number): number => (k * r) / (1 + r * (k - 1));
  const p1 = fUpperTail(f1, df1, within);
  const p3 = fUpperTail(f3, df1, error);
  const oneWay = { model: "one-way random", definition: "absolute agreement", f: f1, df1, df2: within, p: p1 } as const;
  const random = { model: "two-way random", definition: "absolute agreement", f: f3, df1, df2: error, p: p3 } as const;
  const mixed = { model: "two-way mixed", definition: "consistency", f: f3, df1, df2: error, p: p3 } as const;
  const exactF = (low: number, high: number): Limits => limits("F", level, low, high);
  const satterthwaite = (of: (bound: number) => number): Limits | NotEstimable =>
    bounds2 === null
      ? notEstimable("its degrees of freedom cannot be estimated")
      : limits("F, Satterthwaite", level, of(bounds2[0]), of(bounds2[1]));
  return [
    { form: "ICC(1,1)", ...oneWay, unit: "single", value: single(f1), interval: exactF(single(low1), single(high1)) },
    { form: "ICC(2,1)", ...random, unit: "single", value: icc2, interval: satterthwaite((bound) => bound) },
    { form: "ICC(3,1)", ...mixed, unit: "single", value: single(f3), interval: exactF(single(low3), single(high3)) },
    {
      form: "ICC(1,k)",
      ...oneWay,
      unit: "average",
      value: average(f1),
      interval: exactF(average(low1), average(high1)),
    },
    {
      form: "ICC(2,k)",
      ...random,
      unit: "average",
      value: icc2k,
      interval: satterthwaite(spearmanBrown),
    },
    {
      form: "ICC(3,k)",
      ...mixed,
      unit: "average",
      value: average(f3),
      interval: exactF(average(low3), average(high3)),
    },
  ];
}

/** Limits of ICC(2,1) (McGraw and Wong 1996, table 7); null where their degrees of freedom do not exist. */
function agreementBounds(
  n: number,
  k: number,
  msr: number,
  msc: number,
  mse: number,
  icc: number,
  upper: number,
): readonly [number, number] | null {
  const fj = msc / mse;
  const a = n + (n * (k - 1) - k) * icc;
  const freedom = ((k - 1) * (n - 1) * (k * icc * fj + a) ** 2) / ((n - 1) * (k * icc * fj) ** 2 + a ** 2);
  if (!(freedom > 0 && Number.isFinite(freedom))) return null;
  const fLow = fQuantile(upper, n - 1, freedom);
  const fHigh = fQuantile(upper, freedom, n - 1);
  const rest = k * msc + (k * n - k - n) * mse;
  const low = (n * (msr - fLow * mse)) / (fLow * rest + n * msr);
  const high = (n * (fHigh * msr - mse)) / (rest + n * fHigh * msr);
  return Number.isFinite(low) && Number.isFinite(high) ? [low, high] : null;
}
