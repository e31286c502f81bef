import { random, unwrap } from "@livermark/core";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { coxRows, sortFollowUp } from "../../src/models/cox-sample.js";
import {
  bootstrapOptimismCox,
  bootstrapOptimismLogistic,
  buildDesign,
  calibrationStats,
  decisionCurve,
  decisionCurveSurvival,
  groupedKmCalibration,
  lowess,
  lowessCalibration,
  nomogram,
  prettyTicks,
  splineBasis,
  splineKnots,
  splineTest,
} from "../../src/models/index.js";
import { maximiseCox } from "../../src/survival/cox-fit.js";
import { refitCox } from "../../src/survival/cox-refit.js";
import { cohort, numeric } from "./data.js";

const d = cohort(150, 8);
const risk = d.a.map((a, i) => 1 / (1 + Math.exp(-0.9 * a + 0.8 * d.b[i]!)));
const terms = [numeric("a", d.a), numeric("b", d.b)];
const followUp = { time: d.time, event: d.event };

describe("calibration", () => {
  it("finds the intercept and slope that risks were distorted by", () => {
    const fair = unwrap(calibrationStats(risk, d.y));
    const logit = (p: number) => Math.log(p / (1 - p));
    const bent = risk.map((p) => 1 / (1 + Math.exp(-(2 * logit(p) + 1))));
    const r = unwrap(calibrationStats(bent, d.y));
    expect(r.line.slope).toBeCloseTo(fair.line.slope / 2, 8);
    expect(r.line.intercept).toBeCloseTo(fair.line.intercept - fair.line.slope / 2, 8);
    expect(r.cStatistic).toBeCloseTo(fair.cStatistic, 12);
    expect(r.expectedOverObserved).toBeGreaterThan(1);
  });

  it("lowess passes through a straight line", () => {
    const x = Array.from({ length: 40 }, (_, i) => (i * i) / 40);
    const curve = lowess(
      x,
      x.map((v) => 3 * v - 1),
    );
    curve.x.forEach((at, i) => {
      expect(curve.y[i]!).toBeCloseTo(3 * at - 1, 8);
    });
  });

  it("gives null, not a guess, outside the curve's range", () => {
    expect(unwrap(lowessCalibration(risk, d.y, [1e-6, 0.5])).calibrated[0]).toBeNull();
  });
});

describe("bootstrap optimism", () => {
  const draws = { seed: 4, replicates: 60 };

  it("is the same for the same seed, positive, and does not depend on row order of given resamples", () => {
    const one = unwrap(bootstrapOptimismLogistic({ name: "y", values: d.y }, terms, { draws, grid: [0.3, 0.5] }));
    expect(unwrap(bootstrapOptimismLogistic({ name: "y", values: d.y }, terms, { draws, grid: [0.3, 0.5] }))).toEqual(
      one,
    );
    expect(one.optimism[0]).toBeGreaterThan(0);
    expect(one.corrected[0]).toBeLessThan(one.apparent[0]!);
    const cox = unwrap(bootstrapOptimismCox(followUp, terms, { draws }));
    expect(cox.optimism[0]).toBeGreaterThan(0);
    expect(cox.correctedC).toBeCloseTo(cox.corrected[0]! / 2 + 0.5, 12);
  });

  it("counts of a Cox resample are repeated rows", () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: 3 }), { minLength: 60, maxLength: 60 }), (counts) => {
        const rows = counts.flatMap((c, i) => Array<number>(c).fill(i));
        fc.pre(rows.some((i) => d.event[i] === 1) && new Set(rows).size > 20);
        const fit = (index: readonly number[], c: readonly number[] | null) => {
          const sample = sortFollowUp(
            Float64Array.from(index, (i) => d.time[i]!),
            index.map((i) => d.event[i]!),
          );
          const x = Float64Array.from(index.flatMap((i) => [d.a[i]!, d.c[i]!]));
          const sorted = c === null ? null : Float64Array.from(sample.order, (k) => c[k]!);
          const rows = { ...coxRows(sample, x, 2), counts: sorted };
          const full = maximiseCox(rows, { ties: "efron", maxIterations: 50, tolerance: 1e-9 });
          const near = refitCox(
            rows,
            full.beta.map((b) => b + 0.01),
            "efron",
          );
          expect(near.beta[0]).toBeCloseTo(full.beta[0]!, 6);
          expect(near.logLikelihood).toBeCloseTo(full.at.logLikelihood, 9);
          return { beta: full.beta, loglik: full.at.logLikelihood };
        };
        const [weighted, repeated] = [
          fit(
            counts.map((_, i) => i),
            counts,
          ),
          fit(rows, null),
        ];
        expect(weighted.loglik).toBeCloseTo(repeated.loglik, 8);
        expect(weighted.beta[0]).toBeCloseTo(repeated.beta[0]!, 8);
      }),
      { numRuns: 20 },
    );
  });

  it("Efron equals Breslow without ties", () => {
    const stream = random(2);
    const time = Float64Array.from({ length: 50 }, () => stream.exponential());
    const sample = sortFollowUp(
      time,
      time.map((_, i) => (i % 4 === 0 ? 0 : 1)),
    );
    const rows = coxRows(
      sample,
      Float64Array.from({ length: 50 }, () => stream.normal()),
      1,
    );
    const of = (ties: "efron" | "breslow") => maximiseCox(rows, { ties, maxIterations: 50, tolerance: 1e-9 }).beta[0]!;
    expect(of("efron")).toBeCloseTo(of("breslow"), 12);
  });

  it("stops when asked", () => {
    const r = bootstrapOptimismCox(followUp, terms, { draws, signal: { aborted: true } });
    expect(r.issues[0]!.code).toBe("stopped");
  });
});

describe("decision curves", () => {
  it("equal treating everybody at a threshold below all risks, and nobody above", () => {
    const r = unwrap(decisionCurve(d.y, [{ name: "m", values: risk }], [0.001, 0.999]));
    expect(r.models[0]!.netBenefit[0]).toBeCloseTo(r.treatAll[0]!, 12);
    expect(r.models[0]!.netBenefit[1]).toBe(0);
    expect(r.models[0]!.low[0]).toBeLessThan(r.models[0]!.netBenefit[0]!);
  });

  it("without censoring equal the binary curve", () => {
    const time = d.time.map((t) => t + 0.01);
    const at = 0.8;
    const byTime = unwrap(decisionCurveSurvival({ time, event: time.map(() => 1) }, risk, at, [0.2, 0.5]));
    const binary = unwrap(
      decisionCurve(
        time.map((t) => (t <= at ? 1 : 0)),
        [{ name: "m", values: risk }],
        [0.2, 0.5],
      ),
    );
    byTime.netBenefit.forEach((value, k) => {
      expect(value).toBeCloseTo(binary.models[0]!.netBenefit[k]!, 10);
    });
  });

  it("have seeded bootstrap limits around the estimate", () => {
    const r = unwrap(decisionCurveSurvival(followUp, risk, 1, [0.3], { seed: 2, replicates: 100 }));
    expect(r.interval!.low[0]).toBeLessThan(r.netBenefit[0]!);
    expect(r.interval!.high[0]).toBeGreaterThan(r.netBenefit[0]!);
  });
});

describe("grouped Kaplan-Meier", () => {
  it("keeps all patients and orders groups by predicted survival", () => {
    const r = unwrap(groupedKmCalibration(followUp, terms, { at: 0.5, groups: 4 }));
    expect(r.groups.reduce((s, g) => s + g.n, 0)).toBe(d.n);
    const means = r.groups.map((g) => g.meanPredicted);
    expect([...means].sort((a, b) => a - b)).toEqual(means);
  });
});

describe("nomogram and splines", () => {
  it("adds up: points of a patient give the linear predictor", () => {
    const design = unwrap(buildDesign([], terms));
    const coefficients = [0.9, -0.8];
    const lp = Float64Array.from(d.a, (a, i) => 0.2 + 0.9 * a - 0.8 * d.b[i]!);
    const found = unwrap(
      nomogram({ terms, design, coefficients, constant: 0.2, linearPredictor: lp, fun: (x) => 1 / (1 + Math.exp(-x)) }),
    );
    for (const axis of found.axes) expect(Math.min(...axis.points)).toBe(0);
    expect(Math.max(...found.axes.flatMap((axis) => axis.points))).toBeCloseTo(100, 10);
    const points = found.axes[0]!.points[1]! + found.axes[1]!.points[1]!;
    const value = Number(found.axes[0]!.values[1]);
    expect(points / found.pointsPerUnit + found.lpAtZeroPoints).toBeCloseTo(0.2 + 0.9 * value - 0.8, 10);
    found.functionAxis.values.forEach((v, k) => {
      const x = found.functionAxis.totalPoints[k]! / found.pointsPerUnit + found.lpAtZeroPoints;
      expect(1 / (1 + Math.exp(-x))).toBeCloseTo(v, 10);
    });
  });

  it("ticks cover the range in round steps", () => {
    expect(prettyTicks(14, 45, 10)).toEqual([10, 15, 20, 25, 30, 35, 40, 45]);
    fc.assert(
      fc.property(
        fc.double({ min: -1e6, max: 1e6, noNaN: true }),
        fc.double({ min: 1e-3, max: 1e6, noNaN: true }),
        (low, width) => {
          const ticks = prettyTicks(low, low + width, 10);
          expect(ticks[0]!).toBeLessThanOrEqual(low + 1e-6 * width);
          expect(ticks.at(-1)!).toBeGreaterThanOrEqual(low + width - 1e-6 * width);
          expect(ticks.length).toBeLessThan(25);
        },
      ),
    );
  });

  it("is linear beyond the outer knots", () => {
    const knots = unwrap(splineKnots(d.a, 4));
    const far = [10, 11, 12].map((x) => splineBasis(x, knots));
    for (let k = 0; k < 3; k++) expect(far[2]![k]! - far[1]![k]!).toBeCloseTo(far[1]![k]! - far[0]![k]!, 8);
    expect(splineBasis(-10, knots).slice(1)).toEqual([0, 0]);
  });

  it("finds a curved effect", () => {
    const stream = random(5);
    const x = Array.from({ length: 300 }, () => stream.normal());
    const y = x.map((v) => (stream.uniform() < 1 / (1 + Math.exp(1 - v * v)) ? 1 : 0));
    const r = unwrap(splineTest({ model: "logistic", outcome: { name: "y", values: y } }, { name: "x", values: x }, 4));
    expect(r.nonlinear.df).toBe(2);
    expect(r.nonlinear.p).toBeLessThan(0.001);
  });
});

describe("validation refuses", () => {
  it.each([
    ["probability-out-of-range", () => calibrationStats([0, 0.5, 0.4], [0, 1, 0])],
    ["one-class-outcome", () => calibrationStats([0.1, 0.5], [1, 1])],
    ["threshold-out-of-range", () => decisionCurve(d.y, [{ name: "m", values: risk }], [0])],
    ["probability-out-of-range", () => decisionCurve(d.y, [{ name: "m", values: d.a }], [0.5])],
    ["bad-time", () => decisionCurveSurvival(followUp, risk, -1, [0.5])],
    [
      "extreme-predictor",
      () => {
        const outlier = d.event.indexOf(0);
        const values = d.a.map((v, i) => (i === outlier ? -1e6 : v));
        return groupedKmCalibration(followUp, [{ kind: "numeric", name: "a", values }], { at: 0.5, groups: 4 });
      },
    ],
    ["too-few-replicates", () => bootstrapOptimismCox(followUp, terms, { draws: { seed: 1, replicates: 0 } })],
    ["row-out-of-range", () => bootstrapOptimismCox(followUp, terms, { draws: { indices: [d.a.map(() => 999)] } })],
    [
      "no-events",
      () =>
        bootstrapOptimismCox({ time: d.time, event: d.event.map(() => 0) }, terms, {
          draws: { seed: 1, replicates: 5 },
        }),
    ],
    [
      "not-converged",
      () =>
        bootstrapOptimismCox(
          { time: [1, 2, 3, 4, 5, 6], event: [1, 1, 1, 0, 0, 0] },
          [numeric("x", [1, 1, 1, 0, 0, 0])],
          { draws: { seed: 1, replicates: 5 } },
        ),
    ],
    ["group-count", () => groupedKmCalibration(followUp, terms, { at: 1, groups: 1 })],
    ["knot-count", () => splineKnots(d.a, 2)],
    ["knots-coincide", () => splineKnots(d.b, 3)],
    ["fraction-out-of-range", () => lowessCalibration(risk, d.y, [0.5], 2)],
  ])("%s", (code, run) => {
    const r = run();
    expect(r.ok).toBe(false);
    expect(r.issues[0]!.code).toBe(code);
  });
});
