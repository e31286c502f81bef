import { random, unwrap } from "@livermark/core";
import fc from "fast-check";
import { near, sized } from "testkit";
import { describe, expect, it } from "vitest";
import {
  coxBaseline,
  coxRegression,
  coxResiduals,
  coxSurvival,
  coxZph,
  dummyCovariates,
  fitCox,
  kaplanMeier,
  prepareCox,
} from "../../src/survival/index.js";
import { permuted, sample, simulated } from "./support.js";

const named = (columns: readonly ArrayLike<number>[]) => columns.map((values, j) => ({ name: `x${j + 1}`, values }));

/** Log likelihood, score and information by their definitions, one risk set at a time (Therneau and Grambsch 2000, 3.1–3.3). */
function textbook(
  data: {
    time: ArrayLike<number>;
    event: ArrayLike<number>;
    x: readonly ArrayLike<number>[];
    entry?: ArrayLike<number>;
  },
  beta: readonly number[],
  ties: "efron" | "breslow",
) {
  const { time, event, x, entry } = data;
  const p = x.length;
  const rows = Array.from({ length: time.length }, (_, i) => i);
  const risk = rows.map((i) => Math.exp(beta.reduce((sum, b, j) => sum + b * x[j]![i]!, 0)));
  const score = new Array<number>(p).fill(0);
  const information = Array.from({ length: p }, () => new Array<number>(p).fill(0));
  let logLikelihood = 0;
  for (const t of new Set(rows.filter((i) => event[i] === 1).map((i) => time[i]!))) {
    const set = rows.filter((i) => time[i]! >= t && (entry === undefined || entry[i]! < t));
    const dead = rows.filter((i) => time[i] === t && event[i] === 1);
    dead.forEach((i, step) => {
      const f = ties === "efron" ? step / dead.length : 0;
      const weight = (row: number): number => risk[row]! * (dead.includes(row) ? 1 - f : 1);
      const total = set.reduce((sum, row) => sum + weight(row), 0);
      const mean = x.map((column) => set.reduce((sum, row) => sum + weight(row) * column[row]!, 0) / total);
      logLikelihood += Math.log(risk[i]! / total);
      for (let j = 0; j < p; j++) {
        score[j]! += x[j]![i]! - mean[j]!;
        for (let k = 0; k < p; k++) {
          const cross = set.reduce((sum, row) => sum + weight(row) * x[j]![row]! * x[k]![row]!, 0) / total;
          information[j]![k]! += cross - mean[j]! * mean[k]!;
        }
      }
    });
  }
  return { logLikelihood, score, information };
}

const product = (a: readonly (readonly number[])[], b: readonly (readonly number[])[]): number[][] =>
  a.map((row) => b[0]!.map((_, j) => row.reduce((sum, value, k) => sum + value * b[k]![j]!, 0)));

describe("Cox regression", () => {
  it("gives the classic answers for Freireich's data by all three tie rules", () => {
    const placebo = [1, 1, 2, 2, 3, 4, 4, 5, 5, 8, 8, 8, 8, 11, 11, 12, 12, 15, 17, 22, 23];
    const time = [6, 6, 6, 6, 7, 9, 10, 10, 11, 13, 16, 17, 19, 20, 22, 23, 25, 32, 32, 34, 35, ...placebo];
    const event = [1, 1, 1, 0, 1, 0, 1, 0, 0, 1, 1, 0, 0, 0, 1, 1, 0, 0, 0, 0, 0, ...placebo.map(() => 1)];
    const group = [...Array<string>(21).fill("6-MP"), ...Array<string>(21).fill("placebo")];
    const covariates = dummyCovariates("group", group);
    for (const [ties, value] of [
      ["breslow", 1.5092],
      ["efron", 1.5721],
      ["exact", 1.6282],
    ] as const) {
      const model = unwrap(coxRegression({ time, event, covariates }, { ties }));
      expect(model.coefficients[0]?.coefficient).toBeCloseTo(value, 4);
      expect(model.coefficients[0]).toMatchObject({ name: "groupplacebo", level: "placebo", reference: "6-MP" });
    }
  });

  it("is at the maximum of the textbook likelihood, with its information, ties, delayed entry and all", () => {
    const n = sized(80, 250);
    for (const ties of ["efron", "breslow"] as const) {
      for (const delayed of [false, true]) {
        const { time, event, x } = simulated(n, 3, 17);
        const stream = random(4);
        const entry = Float64Array.from(time, (t) => Math.floor(t * stream.uniform() * 0.8) - 0.5);
        const columns = { time, event, covariates: named(x), ...(delayed ? { entry } : {}) };
        const model = unwrap(coxRegression(columns, { ties }));
        const beta = model.coefficients.map((c) => c.coefficient!);
        const plain = textbook({ time, event, x, ...(delayed ? { entry } : {}) }, beta, ties);
        expect(near(model.logLikelihood, plain.logLikelihood, 1e-11)).toBe(true);
        plain.score.forEach((u) => {
          expect(Math.abs(u)).toBeLessThan(1e-7);
        });
        const identity = product(plain.information, model.covariance);
        identity.forEach((row, j) => {
          row.forEach((value, k) => {
            expect(near(value, j === k ? 1 : 0, 1e-6, 1e-6)).toBe(true);
          });
        });
        const atZero = textbook({ time, event, x, ...(delayed ? { entry } : {}) }, [0, 0, 0], ties);
        expect(near(model.logLikelihoodNull, atZero.logLikelihood, 1e-11)).toBe(true);
      }
    }
  });

  it("does not need Efron's or the exact correction when no times are tied", () => {
    const { time, event, x } = simulated(120, 2, 8, false);
    const fits = (["efron", "breslow", "exact"] as const).map((ties) =>
      unwrap(coxRegression({ time, event, covariates: named(x) }, { ties })),
    );
    for (const fit of fits) {
      fit.coefficients.forEach((c, j) => {
        expect(near(c.coefficient!, fits[0]!.coefficients[j]!.coefficient!, 1e-9)).toBe(true);
        expect(near(c.standardError!, fits[0]!.coefficients[j]!.standardError!, 1e-8)).toBe(true);
      });
      expect(near(fit.logLikelihood, fits[0]!.logLikelihood, 1e-11)).toBe(true);
    }
  });

  it("does not depend on row order, and follows scale and shift of covariates and of time", () => {
    fc.assert(
      fc.property(
        sample(12, 40),
        fc.integer({ min: 1, max: 999 }),
        fc.constantFrom("efron", "breslow"),
        (data, seed, ties) => {
          fc.pre(data.event.reduce((sum, e) => sum + e, 0) > 3);
          const order = random(seed).permutation(data.time.length);
          const fit = unwrap(coxRegression({ ...data, covariates: named([data.x]) }, { ties }));
          const other = unwrap(
            coxRegression(
              {
                time: permuted(data.time, order).map((t) => t * 365.25),
                event: permuted(data.event, order),
                covariates: named([permuted(data.x, order).map((v) => 1e6 + 1000 * v)]),
              },
              { ties },
            ),
          );
          const a = fit.coefficients[0]!;
          const b = other.coefficients[0]!;
          expect(b.notEstimable).toEqual(a.notEstimable);
          if (a.coefficient !== null) {
            expect(near(b.coefficient! * 1000, a.coefficient, 1e-6, 1e-8)).toBe(true);
            expect(near(b.z!, a.z!, 1e-6, 1e-7)).toBe(true);
            expect(a.lower!).toBeLessThanOrEqual(a.hazardRatio!);
            expect(a.upper!).toBeGreaterThanOrEqual(a.hazardRatio!);
          }
          for (const value of Object.values(a)) expect(Number.isNaN(value)).toBe(false);
        },
      ),
      { numRuns: sized(60, 300) },
    );
  });

  it("counts whole weights as repeated rows (Breslow)", () => {
    const { time, event, x } = simulated(60, 2, 21);
    const stream = random(2);
    const weights = Float64Array.from(time, () => 1 + stream.integer(3));
    const repeat = (values: ArrayLike<number>) =>
      Array.from(values).flatMap((value, i) => Array.from({ length: weights[i]! }, () => value));
    const weighted = unwrap(coxRegression({ time, event, weights, covariates: named(x) }, { ties: "breslow" }));
    const repeated = unwrap(
      coxRegression(
        { time: repeat(time), event: repeat(event), covariates: named(x.map(repeat)) },
        { ties: "breslow" },
      ),
    );
    weighted.coefficients.forEach((c, j) => {
      expect(near(c.coefficient!, repeated.coefficients[j]!.coefficient!, 1e-9)).toBe(true);
      expect(near(c.standardError!, repeated.coefficients[j]!.standardError!, 1e-8)).toBe(true);
    });
    expect(near(weighted.concordance!.value!, repeated.concordance!.value!, 1e-12)).toBe(true);
  });

  it("is unchanged when rows are split into counting-process pieces", () => {
    const { time, event, x } = simulated(80, 2, 31);
    const whole = unwrap(coxRegression({ time, event, covariates: named(x) }));
    const pieces = Array.from(time).flatMap((t, i) =>
      t > 4
        ? [
            { from: 0, to: 4, event: 0, i },
            { from: 4, to: t, event: event[i]!, i },
          ]
        : [{ from: 0, to: t, event: event[i]!, i }],
    );
    const split = unwrap(
      coxRegression({
        entry: pieces.map((piece) => piece.from),
        time: pieces.map((piece) => piece.to),
        event: pieces.map((piece) => piece.event),
        covariates: named(x.map((column) => pieces.map((piece) => column[piece.i]!))),
      }),
    );
    whole.coefficients.forEach((c, j) => {
      expect(near(split.coefficients[j]!.coefficient!, c.coefficient!, 1e-9)).toBe(true);
    });
    expect(near(split.concordance!.value!, whole.concordance!.value!, 1e-12)).toBe(true);
  });

  it("with one stratum per copy doubles the likelihood; clusters of copies double the naive variance", () => {
    const { time, event, x } = simulated(70, 2, 41);
    const twice = (values: ArrayLike<number>) => [...Array.from(values), ...Array.from(values)];
    const single = unwrap(coxRegression({ time, event, covariates: named(x) }, { robust: true }));
    const columns = { time: twice(time), event: twice(event), covariates: named(x.map(twice)) };
    const strata = [...Array.from(time, () => "a"), ...Array.from(time, () => "b")];
    const cluster = twice(Float64Array.from(time, (_, i) => i));
    const both = unwrap(coxRegression({ ...columns, strata, cluster }));
    expect(near(both.logLikelihood, 2 * single.logLikelihood, 1e-11)).toBe(true);
    both.coefficients.forEach((c, j) => {
      expect(near(c.coefficient!, single.coefficients[j]!.coefficient!, 1e-9)).toBe(true);
      expect(near(c.standardError!, single.coefficients[j]!.standardError!, 1e-8)).toBe(true);
      expect(near(c.naiveStandardError! * Math.SQRT2, single.coefficients[j]!.naiveStandardError!, 1e-8)).toBe(true);
    });
    expect(both.varianceType).toBe("cluster-robust");
    expect(both.issues.map((issue) => issue.code)).toContain("likelihood-ratio-with-robust-variance");
  });

  it("names the variable whose hazard ratio is infinite, and keeps the rest", () => {
    const { time, event, x } = simulated(60, 1, 51);
    const arm = Array.from({ length: 60 }, (_, i) => (i % 6 === 0 ? 1 : 0));
    const censored = Array.from(event, (e, i) => (arm[i] === 1 ? 0 : e));
    const covariates = [...named(x), { name: "arm", values: arm }];
    const result = coxRegression({ time, event: censored, covariates });
    const model = unwrap(result);
    expect(model.coefficients[1]).toMatchObject({
      name: "arm",
      coefficient: null,
      hazardRatio: null,
      p: null,
      notEstimable: { estimable: false, reason: "diverges-to-minus-infinity" },
    });
    expect(model.coefficients[0]?.coefficient).not.toBeNull();
    expect(model.wald).toBeNull();
    expect(model.likelihoodRatio.p).toBeGreaterThan(0);
    const issue = result.issues.find((each) => each.code === "monotone-likelihood");
    expect(issue?.where.column).toBe("arm");
    expect(model.convergence.converged).toBe(false);
  });

  it("finds monotone likelihood in a continuous covariate that orders all failures", () => {
    const time = [1, 2, 3, 4, 5, 6];
    const model = unwrap(coxRegression({ time, event: [1, 1, 1, 1, 1, 0], covariates: named([[6, 5, 4, 3, 2, 1]]) }));
    expect(model.coefficients[0]?.notEstimable?.reason).toBe("diverges-to-plus-infinity");
  });

  it("drops constant and collinear columns by name", () => {
    const { time, event, x } = simulated(50, 2, 61);
    const covariates = [
      { name: "a", values: x[0]! },
      { name: "constant", values: time.map(() => 3) },
      { name: "copy", values: x[0]!.map((v) => 5 - 2 * v) },
      { name: "b", values: x[1]! },
    ];
    const result = coxRegression({ time, event, covariates });
    const model = unwrap(result);
    expect(model.coefficients.map((c) => c.notEstimable?.reason)).toEqual([
      undefined,
      "constant",
      "collinear",
      undefined,
    ]);
    expect(model.likelihoodRatio.df).toBe(2);
    const small = unwrap(coxRegression({ time, event, covariates: named(x) }));
    expect(near(model.logLikelihood, small.logLikelihood, 1e-11)).toBe(true);
    expect(near(model.coefficients[3]!.coefficient!, small.coefficients[1]!.coefficient!, 1e-8)).toBe(true);
    const codes = result.issues.map((issue) => issue.code);
    expect(codes).toContain("constant-column");
    expect(codes).toContain("collinear-column");
  });

  it("warns of few events and counts rows with missing covariates", () => {
    const { time, event, x } = simulated(16, 4, 71);
    x[0]![3] = Number.NaN;
    const result = coxRegression({ time, event, covariates: named(x) });
    expect(unwrap(result)).toMatchObject({ n: 15, missing: 1 });
    const codes = result.issues.map((issue) => issue.code);
    expect(codes).toContain("rows-with-missing-values");
    expect(codes).toContain("few-events");
  });

  it("has residuals that sum to zero and Schoenfeld rows for every event", () => {
    for (const ties of ["efron", "breslow"] as const) {
      const { time, event, x } = simulated(90, 2, 81);
      const fitted = unwrap(fitCox(unwrap(prepareCox({ time, event, covariates: named(x) })), { ties }));
      const residuals = unwrap(coxResiduals(fitted, 90));
      const sum = (values: readonly (number | null)[]) => values.reduce<number>((total, value) => total + value!, 0);
      expect(Math.abs(sum(residuals.martingale))).toBeLessThan(1e-9);
      for (let j = 0; j < 2; j++) {
        expect(Math.abs(sum(residuals.score.map((row) => row![j]!)))).toBeLessThan(1e-7);
        expect(Math.abs(sum(residuals.schoenfeld.map((row) => row.values[j]!)))).toBeLessThan(1e-7);
      }
      expect(residuals.schoenfeld).toHaveLength(fitted.model.events);
      residuals.martingale.forEach((m) => {
        expect(m!).toBeLessThanOrEqual(1);
      });
    }
  });

  it("predicts the Kaplan–Meier-like curve (Nelson–Aalen) without covariate effects, and orders risks", () => {
    const { time, event, x } = simulated(150, 1, 91);
    const fitted = unwrap(fitCox(unwrap(prepareCox({ time, event, covariates: named(x) }))));
    const rows = unwrap(coxSurvival(fitted, [[-1], [1]], [20, 60]));
    expect(rows[0]!.survival[0]!).toBeGreaterThan(rows[1]!.survival[0]!);
    expect(rows[0]!.survival[1]!).toBeLessThan(rows[0]!.survival[0]!);
    const flat = unwrap(fitCox(unwrap(prepareCox({ time, event, covariates: [] })), { ties: "breslow" }));
    const hazard = unwrap(coxBaseline(flat, "zero"))[0]!;
    const curve = unwrap(kaplanMeier({ time, event }));
    hazard.cumulativeHazard.forEach((h, k) => {
      expect(near(h, curve.cumulativeHazard[k]!, 1e-10, 1e-12)).toBe(true);
    });
  });

  it("tests proportionality: a global test at least as large as any single one, invariant to the unit of time", () => {
    const { time, event, x } = simulated(120, 2, 101);
    const fit = (factor: number) =>
      unwrap(fitCox(unwrap(prepareCox({ time: time.map((t) => t * factor), event, covariates: named(x) }))));
    for (const transform of ["km", "identity", "rank", "log"] as const) {
      const test = unwrap(coxZph(fit(1), transform));
      const scaled = unwrap(coxZph(fit(30.4375), transform));
      expect(near(scaled.global.chiSquare, test.global.chiSquare, 1e-6)).toBe(true);
      for (const term of test.terms) expect(term.chiSquare).toBeLessThanOrEqual(test.global.chiSquare + 1e-9);
    }
  });

  const base = { time: [1, 2, 3, 4], event: [1, 1, 1, 0], covariates: [{ name: "x", values: [1, 0, 2, 1] }] };
  it.each([
    ["no events", { ...base, event: [0, 0, 0, 0] }, {}, "no-events"],
    [
      "an infinite covariate",
      { ...base, covariates: [{ name: "x", values: [1, 0, Number.POSITIVE_INFINITY, 1] }] },
      {},
      "infinite-covariate",
    ],
    ["columns of unequal length", { ...base, covariates: [{ name: "x", values: [1, 0] }] }, {}, "unequal-columns"],
    ["a bad level", base, { level: 0 }, "bad-level"],
    ["weights with exact ties", { ...base, weights: [1, 1, 1, 1] }, { ties: "exact" }, "exact-ties-unsupported"],
    ["entry after time", { ...base, entry: [0, 0, 5, 0] }, {}, "entry-not-before-time"],
    [
      "only missing covariates",
      { ...base, covariates: [{ name: "x", values: [Number.NaN, Number.NaN, Number.NaN, Number.NaN] }] },
      {},
      "no-rows",
    ],
  ] as const)("refuses %s", (_, columns, options, code) => {
    const result = coxRegression(columns, options);
    expect(result.ok).toBe(false);
    expect(result.issues[0]?.code).toBe(code);
  });

  it("refuses predictions that have no meaning", () => {
    const { time, event, x, group } = simulated(60, 1, 111);
    const plainColumns = { time, event, covariates: named(x) };
    const fitted = unwrap(fitCox(unwrap(prepareCox({ ...plainColumns, strata: Array.from(group) }))));
    expect(coxSurvival(fitted, [[1]], [1]).issues[0]?.code).toBe("unknown-stratum");
    const plain = unwrap(fitCox(unwrap(prepareCox(base))));
    expect(coxSurvival(plain, [[1, 2]], [1]).issues[0]?.code).toBe("bad-new-row");
    const exact = unwrap(fitCox(unwrap(prepareCox(plainColumns)), { ties: "exact" }));
    expect(coxBaseline(exact, "zero").issues[0]?.code).toBe("exact-ties-unsupported");
    expect(coxZph(exact).issues[0]?.code).toBe("proportionality-not-testable");
  });
});
