import { ok, type Result, refuse } from "@livermark/core";
import { normalCdf, normalQuantile, studentCdf, studentQuantile } from "./distributions.js";
import { invertMonotone } from "./invert.js";
import { noncentralStudentCdf } from "./noncentral-t.js";

/** Two-sided significance level and power of a test. */
export interface TestDesign {
  /** Default 0.05. */
  readonly alpha?: number;
  /** Default 0.8. */
  readonly power?: number;
}

/** A number of events or patients before and after rounding up, which happens once, at the end. */
export interface RequiredCount {
  readonly exact: number;
  readonly rounded: number;
}

/** Rounds up, forgiving 1e-9 of rounding error. */
export const roundUp = (exact: number): RequiredCount => ({ exact, rounded: Math.ceil(exact - 1e-9) });

/** Refusal of a planning value. */
export const outside = (path: string, got: number, wanted: string): ReturnType<typeof refuse> =>
  refuse({ code: "design-out-of-range", message: `The planning value ${path} is out of range.`, got, wanted, path });

/** (z₁₋α/₂ + z_power)², the numerator of most formulas. */
export function squaredQuantiles(design: TestDesign): Result<number> {
  const { alpha = 0.05, power = 0.8 } = design;
  if (!(alpha > 0 && alpha < 1)) return outside("alpha", alpha, "between 0 and 1");
  if (!(power > 0 && power < 1)) return outside("power", power, "between 0 and 1");
  return ok((-normalQuantile(alpha / 2) + normalQuantile(power)) ** 2);
}

/**
 * Events for a two-group log-rank test or Cox model: (z₁₋α/₂ + z_power)²/(a(1 − a) ln²HR), a the share in one group.
 * Refuses HR ≤ 0, HR = 1, and shares outside 0 … 1. Schoenfeld 1981.
 * Example: `schoenfeldEvents(0.5).value.rounded` is 66.
 */
export function schoenfeldEvents(
  hazardRatio: number,
  design: TestDesign & { readonly allocation?: number } = {},
): Result<RequiredCount> {
  const { allocation = 0.5 } = design;
  if (!(hazardRatio > 0 && hazardRatio !== 1 && Number.isFinite(hazardRatio)))
    return outside("hazardRatio", hazardRatio, "above 0 and not 1");
  if (!(allocation > 0 && allocation < 1)) return outside("allocation", allocation, "between 0 and 1");
  const z2 = squaredQuantiles(design);
  if (!z2.ok) return z2;
  return ok(roundUp(z2.value / (allocation * (1 - allocation) * Math.log(hazardRatio) ** 2)));
}

/**
 * Events by Freedman 1982 for two equal groups: (z₁₋α/₂ + z_power)² ((1 + HR)/(1 − HR))². Refuses as `schoenfeldEvents`.
 * Example: `freedmanEvents(0.5).value.exact` = 70.64.
 */
export function freedmanEvents(hazardRatio: number, design: TestDesign = {}): Result<RequiredCount> {
  if (!(hazardRatio > 0 && hazardRatio !== 1 && Number.isFinite(hazardRatio)))
    return outside("hazardRatio", hazardRatio, "above 0 and not 1");
  const z2 = squaredQuantiles(design);
  return z2.ok ? ok(roundUp(z2.value * ((1 + hazardRatio) / (1 - hazardRatio)) ** 2)) : z2;
}

/**
 * Patients that yield the events when a share `eventProbability` of them has one: events/eventProbability, rounded once.
 * Refuses a probability outside 0 … 1. Example: `patientsForEvents(93.39, 0.5).value.exact` = 186.78.
 */
export function patientsForEvents(events: number, eventProbability: number): Result<RequiredCount> {
  if (!(events >= 0 && Number.isFinite(events))) return outside("events", events, "0 or more");
  if (!(eventProbability > 0 && eventProbability <= 1))
    return outside("eventProbability", eventProbability, "above 0, at most 1");
  return ok(roundUp(events / eventProbability));
}

/**
 * Events for one continuous covariate in a Cox model: (z₁₋α/₂ + z_power)²/((log HR per SD)² (1 − R²)), R² that of the covariate on
 * the others. Refuses a zero effect and R² outside 0 … 1. Hsieh and Lavori 2000, equation 1.
 * Example: `coxContinuousEvents(Math.log(1.5), 0.2).value.exact` = 59.68.
 */
export function coxContinuousEvents(
  logHazardRatioPerSd: number,
  rSquared = 0,
  design: TestDesign = {},
): Result<RequiredCount> {
  if (!(Number.isFinite(logHazardRatioPerSd) && logHazardRatioPerSd !== 0))
    return outside("logHazardRatioPerSd", logHazardRatioPerSd, "not 0");
  if (!(rSquared >= 0 && rSquared < 1)) return outside("rSquared", rSquared, "from 0 to below 1");
  const z2 = squaredQuantiles(design);
  return z2.ok ? ok(roundUp(z2.value / (logHazardRatioPerSd ** 2 * (1 - rSquared)))) : z2;
}

/**
 * Patients per group to tell two proportions apart by the normal test with pooled variance under no difference (Fleiss 1981).
 * Refuses proportions outside 0 … 1 and equal ones. R: `power.prop.test`. Example: `twoProportionsSize(0.3, 0.5).value.exact` = 92.999.
 */
export function twoProportionsSize(p1: number, p2: number, design: TestDesign = {}): Result<RequiredCount> {
  if (!(p1 > 0 && p1 < 1)) return outside("p1", p1, "between 0 and 1");
  if (!(p2 > 0 && p2 < 1 && p1 !== p2)) return outside("p2", p2, "between 0 and 1, not equal to p1");
  const checked = squaredQuantiles(design);
  if (!checked.ok) return checked;
  const { alpha = 0.05, power = 0.8 } = design;
  const pooled = (p1 + p2) * (1 - (p1 + p2) / 2);
  const apart = p1 * (1 - p1) + p2 * (1 - p2);
  return ok(
    roundUp(
      ((-normalQuantile(alpha / 2) * Math.sqrt(pooled) + normalQuantile(power) * Math.sqrt(apart)) / (p1 - p2)) ** 2,
    ),
  );
}

/** Power of a two-sample t test: of the right direction only, and of either direction ("strict"). */
export interface TTestPower {
  readonly power: number;
  readonly powerStrict: number;
}

/**
 * Power of the two-sided Student t test with n per group (real n ≥ 2 allowed), true difference `delta` and common `sd`.
 * Noncentral t; refuses sd ≤ 0, n < 2, and noncentralities above 37, where the power is 1. R: `power.t.test(n, delta, sd)`.
 * Example: `tTestPower(20, 1, 1).value.power` = 0.86895.
 */
export function tTestPower(nPerGroup: number, delta: number, sd: number, alpha = 0.05): Result<TTestPower> {
  if (!(nPerGroup >= 2)) return outside("nPerGroup", nPerGroup, "at least 2");
  if (!(sd > 0)) return outside("sd", sd, "above 0");
  if (!(alpha > 0 && alpha < 1)) return outside("alpha", alpha, "between 0 and 1");
  const df = 2 * (nPerGroup - 1);
  const ncp = Math.sqrt(nPerGroup / 2) * (Math.abs(delta) / sd);
  if (!(ncp <= 37)) return outside("delta", delta, "a difference below 37 standard errors");
  const critical = -studentQuantile(alpha / 2, df);
  const power = ncp === 0 ? studentCdf(-critical, df) : 1 - noncentralStudentCdf(critical, df, ncp);
  const wrong = ncp === 0 ? power : noncentralStudentCdf(-critical, df, ncp);
  return ok({ power, powerStrict: power + wrong });
}

/**
 * Patients per group of a two-sided Student t test. Refuses sd ≤ 0, no difference, and sizes below 2 or above 10⁷.
 * R: `power.t.test(delta, sd, power)`. Example: `tTestSize(0.5, 1).value.exact` = 63.766.
 */
export function tTestSize(delta: number, sd: number, design: TestDesign = {}): Result<RequiredCount> {
  const checked = squaredQuantiles(design);
  if (!checked.ok) return checked;
  if (!(Number.isFinite(delta) && delta !== 0)) return outside("delta", delta, "not 0");
  if (!(sd > 0)) return outside("sd", sd, "above 0");
  const { alpha = 0.05, power = 0.8 } = design;
  const standard = Math.abs(delta) / sd;
  const highest = Math.min(1e7, 2 * (37 / standard) ** 2);
  const shortfall = (logN: number): number => {
    const at = tTestPower(Math.exp(logN), standard, 1, alpha);
    return (at.ok ? at.value.power : 1) - power;
  };
  const lowest = Math.log(2);
  if (shortfall(lowest) > 0) return ok({ exact: 2, rounded: 2 });
  if (!(highest > 2) || shortfall(Math.log(highest * 0.999999)) < 0)
    return outside("delta", delta, "a difference that at most 10^7 patients per group can show");
  const step = 1e-6;
  const logN = invertMonotone(
    (u) => ({ value: shortfall(u), slope: (shortfall(u + step) - shortfall(u - step)) / (2 * step) }),
    lowest,
    Math.log(highest * 0.999999),
    Math.log(Math.max(3, (2 * checked.value) / standard ** 2)),
  );
  return ok(roundUp(Math.exp(logN)));
}

/**
 * Power of the two-sided log-rank test with this many events: Φ(|ln HR| √(d a(1 − a)) − z₁₋α/₂) (Schoenfeld 1981).
 * Refuses as `schoenfeldEvents`. Example: `logRankPower(66, 0.5).value` = 0.803….
 */
export function logRankPower(events: number, hazardRatio: number, alpha = 0.05, allocation = 0.5): Result<number> {
  if (!(events > 0 && Number.isFinite(events))) return outside("events", events, "above 0");
  if (!(hazardRatio > 0 && Number.isFinite(hazardRatio))) return outside("hazardRatio", hazardRatio, "above 0");
  if (!(allocation > 0 && allocation < 1)) return outside("allocation", allocation, "between 0 and 1");
  if (!(alpha > 0 && alpha < 1)) return outside("alpha", alpha, "between 0 and 1");
  return ok(
    normalCdf(
      Math.abs(Math.log(hazardRatio)) * Math.sqrt(events * allocation * (1 - allocation)) + normalQuantile(alpha / 2),
    ),
  );
}
