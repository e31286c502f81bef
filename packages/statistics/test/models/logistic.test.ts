import { random, unwrap } from "@livermark/core";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  firthRegression,
  hosmerLemeshow,
  logisticRegression,
  logisticSeparation,
  type ModelTerm,
} from "../../src/models/index.js";
import { cohort, numeric } from "./data.js";

const d = cohort(120, 4);
const outcome = { name: "y", values: d.y };
const terms = [numeric("a", d.a), numeric("b", d.b)];

const estimates = (terms_: readonly ModelTerm[], y: readonly number[] = outcome.values, weights?: readonly number[]) =>
  unwrap(
    logisticRegression({ name: "y", values: y }, terms_, weights === undefined ? {} : { weights }),
  ).coefficients.map((c) => (c.estimable ? c.estimate : Number.NaN));

describe("logistic regression", () => {
  it("gives the odds ratio of a 2×2 table", () => {
    // Published in an HCC study: 2 of 32 controls and 10 of 46 progressions are women.
    const female = [...Array(30).fill(0), ...Array(2).fill(1), ...Array(36).fill(0), ...Array(10).fill(1)];
    const y = [...Array(32).fill(0), ...Array(46).fill(1)];
    const fit = unwrap(logisticRegression({ name: "y", values: y }, [numeric("female", female)], { profile: "exact" }));
    const [, sex] = fit.coefficients;
    if (!sex!.estimable) throw new Error("estimable");
    expect(sex!.oddsRatio).toBeCloseTo((10 * 30) / (36 * 2), 8);
    expect(sex!.standardError).toBeCloseTo(Math.sqrt(1 / 10 + 1 / 36 + 1 / 2 + 1 / 30), 6);
    expect(Math.exp(sex!.wald.low)).toBeCloseTo(0.847, 3);
    expect(Math.exp(sex!.wald.high)).toBeCloseTo(20.506, 2);
  });

  it("has profile limits where the deviance has risen by the chi-square quantile", () => {
    const fit = unwrap(logisticRegression(outcome, terms, { profile: "exact" }));
    const a = fit.coefficients[1]!;
    if (!a.estimable || a.profile === null || typeof a.profile.low !== "number") throw new Error("estimable");
    // Holding a at the limit: an offset model in b alone.
    const held = a.profile.low;
    let best = -Infinity;
    for (let b0 = -2; b0 <= 2; b0 += 0.01) {
      for (let b1 = -3; b1 <= 2; b1 += 0.01) {
        let ll = 0;
        for (let i = 0; i < d.n; i++) {
          const e = b0 + held * d.a[i]! + b1 * d.b[i]!;
          ll += d.y[i]! * e - Math.log1p(Math.exp(e));
        }
        best = Math.max(best, ll);
      }
    }
    expect(2 * (fit.loglik - best)).toBeCloseTo(3.8415, 2);
  });

  it("weights are repeated rows", () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 1, max: 3 }), { minLength: 120, maxLength: 120 }), (weights) => {
        const repeat = (v: readonly number[]) => v.flatMap((value, i) => Array<number>(weights[i]!).fill(value));
        const repeated = estimates([numeric("a", repeat(d.a)), numeric("b", repeat(d.b))], repeat(d.y));
        estimates(terms, d.y, weights).forEach((value, k) => {
          expect(value).toBeCloseTo(repeated[k]!, 9);
        });
      }),
      { numRuns: 15 },
    );
  });

  it("does not depend on row order, and follows shift and scale of a covariate", () => {
    const base = estimates(terms);
    fc.assert(
      fc.property(
        fc.integer(),
        fc.double({ min: 0.01, max: 100, noNaN: true }),
        fc.double({ min: -1e4, max: 1e4, noNaN: true }),
        (seed, scale, shift) => {
          const order = random(seed).permutation(d.n);
          const turn = (v: readonly number[]) => order.map((i) => v[i]!);
          const turned = estimates([numeric("a", turn(d.a)), numeric("b", turn(d.b))], turn(d.y));
          turned.forEach((value, k) => {
            expect(value).toBeCloseTo(base[k]!, 9);
          });
          const moved = estimates([
            numeric(
              "a",
              d.a.map((v) => v * scale + shift),
            ),
            numeric("b", d.b),
          ]);
          expect(moved[1]! * scale).toBeCloseTo(base[1]!, 6);
          expect(moved[2]).toBeCloseTo(base[2]!, 6);
        },
      ),
      { numRuns: 30 },
    );
  });

  it("turns all signs when the outcome is relabelled, and keeps fit under a new reference level", () => {
    const base = estimates(terms);
    estimates(
      terms,
      d.y.map((v) => 1 - v),
    ).forEach((value, k) => {
      expect(value).toBeCloseTo(-base[k]!, 9);
    });
    const labels = d.a.map((v) => (v < -0.4 ? "low" : v < 0.5 ? "mid" : "high"));
    const fit = (levels: readonly string[]) =>
      unwrap(logisticRegression(outcome, [{ kind: "factor", name: "g", values: labels, levels }]));
    const [one, two] = [fit(["low", "mid", "high"]), fit(["high", "mid", "low"])];
    expect(one.loglik).toBeCloseTo(two.loglik, 9);
    expect(one.coefficients[1]).toMatchObject({ name: "gmid", reference: "low" });
  });
});

describe("results that cannot mislead", () => {
  const sep = { y: [0, 0, 0, 0, 1, 1, 1, 1], x: [1, 2, 3, 4, 5, 6, 7, 8], z: [2, 1, 2, 3, 1, 2, 3, 1] };

  it("names the variable of a complete separation and gives no odds ratio", () => {
    const result = logisticRegression({ name: "y", values: sep.y }, [numeric("x", sep.x), numeric("z", sep.z)]);
    const fit = unwrap(result);
    expect(fit.separation).toMatchObject({ separated: true, kind: "complete", variables: ["x"] });
    expect(fit.coefficients.every((c) => !c.estimable)).toBe(true);
    expect(result.issues[0]).toMatchObject({ code: "complete-separation", where: { column: "x" } });
    expect(
      unwrap(logisticSeparation({ name: "y", values: sep.y }, [numeric("x", sep.x), numeric("z", sep.z)]))
        .limitDeviance,
    ).toBe(0);
  });

  it("finds a zero cell as quasi-separation and keeps the finite coefficients", () => {
    const g = [...Array(10).fill(0), ...Array(8).fill(1)];
    const y = [...Array(6).fill(0), ...Array(4).fill(1), ...Array(8).fill(1)];
    const fit = unwrap(logisticRegression({ name: "y", values: y }, [numeric("g", g)]));
    expect(fit.separation).toMatchObject({ kind: "quasi", variables: ["g"] });
    const [intercept, slope] = fit.coefficients;
    expect(slope!.estimable).toBe(false);
    expect(intercept!.estimable && intercept!.estimate).toBeCloseTo(Math.log(4 / 6), 8);
    expect(-2 * fit.loglik).toBeCloseTo(-2 * (6 * Math.log(0.6) + 4 * Math.log(0.4)), 8);
  });

  it("finds separation by a combination of columns", () => {
    const a = [1, 2, 3, 4, 1, 2, 3, 4];
    const b = [0, 1, 2, 3, 1, 2, 3, 4];
    const found = unwrap(logisticSeparation({ name: "y", values: sep.y }, [numeric("a", a), numeric("b", b)]));
    expect(found.separated).toBe(true);
    expect([...found.variables].sort()).toEqual(["a", "b"]);
  });

  it("does not cry separation where classes overlap", () => {
    expect(unwrap(logisticSeparation(outcome, terms)).separated).toBe(false);
  });

  it("names constant and collinear columns", () => {
    const result = logisticRegression(outcome, [
      numeric("a", d.a),
      numeric(
        "k",
        d.a.map(() => 3),
      ),
      numeric(
        "a2",
        d.a.map((v) => 2 * v + 1),
      ),
    ]);
    expect(result.issues.map((issue) => [issue.code, issue.where.column])).toEqual([
      ["constant-column", "k"],
      ["collinear-column", "a2"],
    ]);
    expect(unwrap(result).coefficients.map((c) => c.estimable)).toEqual([true, true, false, false]);
  });

  it.each([
    ["one-class-outcome", { name: "y", values: [1, 1, 1] }, [numeric("x", [1, 2, 3])], {}],
    ["outcome-not-binary", { name: "y", values: [0, 1, 5] }, [numeric("x", [1, 2, 3])], {}],
    ["unequal-lengths", { name: "y", values: [0, 1] }, [numeric("x", [1, 2, 3])], {}],
    ["no-complete-rows", { name: "y", values: [0, 1] }, [numeric("x", [null, null])], {}],
    ["repeated-term", { name: "y", values: [0, 1] }, [numeric("x", [1, 2]), numeric("x", [1, 2])], {}],
    ["negative-weight", { name: "y", values: [0, 1] }, [numeric("x", [1, 2])], { weights: [1, -1] }],
    ["fraction-out-of-range", { name: "y", values: [0, 1] }, [numeric("x", [1, 2])], { level: 0 }],
    [
      "unknown-level",
      { name: "y", values: [0, 1] },
      [{ kind: "factor", name: "g", values: ["a", "c"], levels: ["a", "b"] } as const],
      {},
    ],
    [
      "bad-levels",
      { name: "y", values: [0, 1] },
      [{ kind: "factor", name: "g", values: ["a", "a"], levels: ["a"] } as const],
      {},
    ],
  ])("refuses: %s", (code, y, given, options) => {
    const r = logisticRegression(y, given, options);
    expect(r.ok).toBe(false);
    expect(r.issues[0]!.code).toBe(code);
  });
});

describe("Firth's regression", () => {
  it("is finite under separation, with a lower profile limit above its Wald limit", () => {
    const fit = unwrap(
      firthRegression({ name: "y", values: [0, 0, 0, 0, 1, 1, 1, 1] }, [numeric("x", [1, 2, 3, 4, 5, 6, 7, 8])]),
    );
    const x = fit.coefficients[1]!;
    if (!x.estimable) throw new Error("estimable");
    expect(x.estimate).toBeGreaterThan(0);
    expect(x.estimate).toBeLessThan(5);
    expect(x.profile.p).toBeLessThan(x.waldP);
    expect(x.profile.low).toBeGreaterThan(0);
  });

  it("gives log odds with ½ added to every cell for one binary covariate (Haldane 1956; Firth 1993)", () => {
    const g = [...Array(10).fill(0), ...Array(8).fill(1)];
    const y = [...Array(6).fill(0), ...Array(4).fill(1), ...Array(8).fill(1)];
    const [intercept, slope] = unwrap(firthRegression({ name: "y", values: y }, [numeric("g", g)])).coefficients;
    expect(intercept!.estimable && intercept!.estimate).toBeCloseTo(Math.log(4.5 / 6.5), 8);
    expect(slope!.estimable && slope!.estimate).toBeCloseTo(Math.log(8.5 / 0.5) - Math.log(4.5 / 6.5), 8);
  });

  it("approaches maximum likelihood in large samples", () => {
    const big = cohort(4000, 9);
    const y = { name: "y", values: big.y };
    const given = [numeric("a", big.a)];
    const [ml, firth] = [
      unwrap(logisticRegression(y, given)).coefficients[1]!,
      unwrap(firthRegression(y, given)).coefficients[1]!,
    ];
    expect(ml.estimable && firth.estimable && Math.abs(ml.estimate - firth.estimate)).toBeLessThan(0.01);
  });
});

describe("Hosmer-Lemeshow", () => {
  it("keeps all patients in its groups and is not estimable for two risks", () => {
    const fit = unwrap(logisticRegression(outcome, terms));
    const h = unwrap(hosmerLemeshow(fit.fitted, d.y));
    expect(h.n.reduce((s, v) => s + v, 0)).toBe(d.n);
    expect(h.observed.reduce((s, v) => s + v, 0)).toBe(fit.events);
    const binary = unwrap(logisticRegression(outcome, [numeric("b", d.b)]));
    expect(unwrap(hosmerLemeshow(binary.fitted, d.y)).test.estimable).toBe(false);
  });

  it("refuses risks outside 0 … 1", () => {
    expect(hosmerLemeshow([0.2, 1.2, 0.3], [0, 1, 0]).issues[0]!.code).toBe("probability-out-of-range");
  });
});
