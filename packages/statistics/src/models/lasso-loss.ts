import type { CoxSample } from "./cox-sample.js";

/** A convex loss of a linear predictor, per observation, as the path algorithm sees it. */
export interface LassoLoss {
  readonly n: number;
  readonly intercept: boolean;
  /** True when curvature does not depend on the predictor, so one quadratic step is exact. */
  readonly quadratic: boolean;
  /** Start of the intercept in the model without covariates. */
  readonly nullIntercept: number;
  /** Deviance of the model without covariates, and of a perfect one. */
  readonly nullDeviance: number;
  /**
   * Writes −∂loss/∂η and the curvature (both divided by n) for a predictor; returns the deviance.
   */
  readonly refresh: (eta: Float64Array, residual: Float64Array, curvature: Float64Array) => number;
}

/** Squared error of a centred response; deviance is the residual sum of squares. */
export function gaussianLoss(y: Float64Array): LassoLoss {
  const n = y.length;
  let mean = 0;
  for (const value of y) mean += value / n;
  let total = 0;
  for (const value of y) total += (value - mean) ** 2;
  return {
    n,
    intercept: true,
    quadratic: true,
    nullIntercept: mean,
    nullDeviance: total,
    refresh(eta, residual, curvature) {
      let sum = 0;
      for (let i = 0; i < n; i++) {
        const difference = y[i]! - eta[i]!;
        residual[i] = difference / n;
        curvature[i] = 1 / n;
        sum += difference * difference;
      }
      return sum;
    },
  };
}

/** Binomial loss of a 0/1 response; fitted risks beyond 1e-9 of 0 or 1 count as settled (Friedman et al. 2010, 3). */
export function binomialLoss(y: Float64Array): LassoLoss {
  const n = y.length;
  let events = 0;
  for (const value of y) events += value;
  const rate = events / n;
  return {
    n,
    intercept: true,
    quadratic: false,
    nullIntercept: Math.log(rate / (1 - rate)),
    nullDeviance: -2 * (events * Math.log(rate) + (n - events) * Math.log(1 - rate)),
    refresh(eta, residual, curvature) {
      let deviance = 0;
      for (let i = 0; i < n; i++) {
        const e = eta[i]!;
        const small = Math.exp(-Math.abs(e));
        const sum = 1 + small;
        const p = e >= 0 ? 1 / sum : small / sum;
        const w = small / (sum * sum);
        residual[i] = (y[i]! - p) / n;
        curvature[i] = Math.max(w, 1e-9) / n;
        deviance += Math.max(e, 0) + Math.log1p(small) - y[i]! * e;
      }
      return 2 * deviance;
    },
  };
}

/** Log partial likelihood of a perfect fit: tied deaths still share their time (Breslow). */
export function saturatedCox(sample: CoxSample): number {
  let sum = 0;
  for (let g = 0; g + 1 < sample.starts.length; g++) {
    let deaths = 0;
    for (let i = sample.starts[g]!; i < sample.starts[g + 1]!; i++) deaths += sample.event[i]!;
    if (deaths > 0) sum -= deaths * Math.log(deaths);
  }
  return sum;
}

/** Breslow log partial likelihood of a predictor in sorted order. */
export function breslowLoglik(sample: CoxSample, eta: Float64Array): number {
  let shift = -Infinity;
  for (let i = 0; i < sample.n; i++) if (eta[i]! > shift) shift = eta[i]!;
  let s0 = 0;
  let loglik = 0;
  for (let g = sample.starts.length - 2; g >= 0; g--) {
    let deaths = 0;
    for (let i = sample.starts[g]!; i < sample.starts[g + 1]!; i++) {
      const e = eta[i]! - shift;
      s0 += Math.exp(e);
      if (sample.event[i] === 1) {
        deaths++;
        loglik += e;
      }
    }
    if (deaths > 0) loglik -= deaths * Math.log(s0);
  }
  return loglik;
}

/** Partial-likelihood loss with Breslow ties; curvature is the diagonal of the Hessian (Simon et al. 2011, 2.2). */
export function coxLoss(sample: CoxSample): LassoLoss {
  const { n, starts, event } = sample;
  const groups = starts.length - 1;
  const saturated = saturatedCox(sample);
  const deaths = new Float64Array(groups);
  for (let g = 0; g < groups; g++) for (let i = starts[g]!; i < starts[g + 1]!; i++) deaths[g]! += event[i]!;
  const risk = new Float64Array(n);
  const s0 = new Float64Array(groups);
  return {
    n,
    intercept: false,
    quadratic: false,
    nullIntercept: 0,
    nullDeviance: 2 * (saturated - breslowLoglik(sample, new Float64Array(n))),
    refresh(eta, residual, curvature) {
      let shift = -Infinity;
      for (let i = 0; i < n; i++) if (eta[i]! > shift) shift = eta[i]!;
      let atRisk = 0;
      let loglik = 0;
      for (let g = groups - 1; g >= 0; g--) {
        for (let i = starts[g]!; i < starts[g + 1]!; i++) {
          const e = eta[i]! - shift;
          const r = Math.exp(e);
          risk[i] = r;
          atRisk += r;
          if (event[i] === 1) loglik += e;
        }
        s0[g] = atRisk;
        if (deaths[g]! > 0) loglik -= deaths[g]! * Math.log(atRisk);
      }
      let hazard = 0;
      let squared = 0;
      for (let g = 0; g < groups; g++) {
        const d = deaths[g]!;
        if (d > 0) {
          hazard += d / s0[g]!;
          squared += d / (s0[g]! * s0[g]!);
        }
        for (let i = starts[g]!; i < starts[g + 1]!; i++) {
          const r = risk[i]!;
          residual[i] = (event[i]! - r * hazard) / n;
          const w = r * hazard - r * r * squared;
          curvature[i] = Math.max(w, 1e-12) / n;
        }
      }
      return 2 * (saturated - loglik);
    },
  };
}
