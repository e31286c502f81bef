import { ok, type Result } from "@livermark/core";
import { normalQuantile } from "./distributions.js";
import { invertMonotone } from "./invert.js";
import { outside, type RequiredCount, roundUp, squaredQuantiles, type TestDesign } from "./sample-size.js";

/**
 * Patients with the condition so that the interval of an AUC has a given half width (Hanley and McNeil 1982; Obuchowski 2004):
 * `ratio` controls per case. Refuses an AUC outside 0.5 … 1, and half widths outside 0 … 0.5.
 * Example: `aucPrecisionSize(0.8, 0.05).value.cases.rounded`.
 */
export function aucPrecisionSize(
  auc: number,
  halfWidth: number,
  ratio = 1,
  level = 0.95,
): Result<{ readonly cases: RequiredCount; readonly controls: RequiredCount }> {
  if (!(auc >= 0.5 && auc < 1)) return outside("auc", auc, "from 0.5 to below 1");
  if (!(halfWidth > 0 && halfWidth < 0.5)) return outside("halfWidth", halfWidth, "between 0 and 0.5");
  if (!(ratio > 0)) return outside("ratio", ratio, "above 0");
  const cases = aucCases(auc, ratio, (normalQuantile((1 + level) / 2) / halfWidth) ** 2);
  return ok({ cases: roundUp(cases), controls: roundUp(cases * ratio) });
}

/** n with variance(n) × factor = 1 for the Hanley–McNeil variance, which is quadratic in 1/n. */
function aucCases(auc: number, ratio: number, factor: number): number {
  const q1 = auc / (2 - auc) - auc * auc;
  const q2 = (2 * auc * auc) / (1 + auc) - auc * auc;
  const b = factor * (q2 + q1 / ratio);
  const c = (factor * (auc * (1 - auc) - q1 - q2)) / ratio;
  return (b + Math.sqrt(Math.max(0, b * b + 4 * c))) / 2;
}

/**
 * Cases and controls to show that an AUC differs from `nullAuc`: the null variance at `nullAuc`, the other at `auc`
 * (Hanley and McNeil 1982, equation 6; Obuchowski 1998). Refuses AUCs outside 0.5 … 1 and equal ones.
 * Example: `aucTestSize(0.75).value.cases.rounded`.
 */
export function aucTestSize(
  auc: number,
  nullAuc = 0.5,
  design: TestDesign & { readonly ratio?: number } = {},
): Result<{ readonly cases: RequiredCount; readonly controls: RequiredCount }> {
  const { alpha = 0.05, power = 0.8, ratio = 1 } = design;
  const checked = squaredQuantiles(design);
  if (!checked.ok) return checked;
  if (!(auc > 0.5 && auc < 1)) return outside("auc", auc, "between 0.5 and 1");
  if (!(nullAuc >= 0.5 && nullAuc < 1 && nullAuc !== auc))
    return outside("nullAuc", nullAuc, "from 0.5 to below 1, not equal to auc");
  if (!(ratio > 0)) return outside("ratio", ratio, "above 0");
  const za = -normalQuantile(alpha / 2);
  const zb = normalQuantile(power);
  const variance = (a: number, n: number): number => {
    const q1 = a / (2 - a) - a * a;
    const q2 = (2 * a * a) / (1 + a) - a * a;
    return (a * (1 - a) + (n - 1) * q1 + (n * ratio - 1) * q2) / (n * n * ratio);
  };
  const reached = (u: number): number => {
    const n = Math.exp(u);
    return Math.abs(auc - nullAuc) - za * Math.sqrt(variance(nullAuc, n)) - zb * Math.sqrt(variance(auc, n));
  };
  const step = 1e-6;
  const cases = Math.exp(
    invertMonotone(
      (u) => ({ value: reached(u), slope: (reached(u + step) - reached(u - step)) / (2 * step) }),
      0,
      25,
      4,
    ),
  );
  return ok({ cases: roundUp(cases), controls: roundUp(cases * ratio) });
}

/**
 * Subjects so that the interval of an ICC of k ratings has a given full width (Bonett 2002, equation 3).
 * Refuses an ICC outside 0 … 1, k < 2, and widths outside 0 … 2. Example: `iccPrecisionSize(0.8, 2, 0.2).value.rounded` is 55.
 */
export function iccPrecisionSize(icc: number, raters: number, width: number, level = 0.95): Result<RequiredCount> {
  if (!(icc >= 0 && icc < 1)) return outside("icc", icc, "from 0 to below 1");
  if (!(Number.isInteger(raters) && raters >= 2)) return outside("raters", raters, "a whole number of at least 2");
  if (!(width > 0 && width < 2)) return outside("width", width, "between 0 and 2");
  const z = normalQuantile((1 + level) / 2);
  const n = (8 * z * z * (1 - icc) ** 2 * (1 + (raters - 1) * icc) ** 2) / (raters * (raters - 1) * width * width) + 1;
  // Bonett's second-order term for two ratings
  return ok(roundUp(raters === 2 && icc >= 0.7 ? n + 5 * icc : n));
}

/**
 * Subjects so that the interval of Cohen's kappa of two raters, two categories, equal margins, has a given half width
 * (Donner and Eliasziw 1992; variance of the common-correlation model). Refuses values outside 0 … 1.
 * Example: `kappaPrecisionSize(0.7, 0.3, 0.1).value.rounded`.
 */
export function kappaPrecisionSize(
  kappa: number,
  prevalence: number,
  halfWidth: number,
  level = 0.95,
): Result<RequiredCount> {
  if (!(kappa >= 0 && kappa < 1)) return outside("kappa", kappa, "from 0 to below 1");
  if (!(prevalence > 0 && prevalence < 1)) return outside("prevalence", prevalence, "between 0 and 1");
  if (!(halfWidth > 0 && halfWidth < 1)) return outside("halfWidth", halfWidth, "between 0 and 1");
  const perSubject =
    (1 - kappa) * ((1 - kappa) * (1 - 2 * kappa) + (kappa * (2 - kappa)) / (2 * prevalence * (1 - prevalence)));
  return ok(roundUp((normalQuantile((1 + level) / 2) / halfWidth) ** 2 * perSubject));
}
