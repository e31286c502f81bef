import { execFileSync } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { random, unwrap } from "@livermark/core";
import { repositoryRoot } from "testkit";
import { describe, expect, it } from "vitest";
import { lasso, lassoCrossValidation, logisticRegression } from "../../src/models/index.js";
import { KERNEL_BASE64 } from "../../src/models/lasso-kernel-bytes.js";
import { lassoWorkspace } from "../../src/models/lasso-kernels.js";
import { cohort, numeric } from "./data.js";

const stream = random(12);
const n = 90;
const p = 12;
const columns = Array.from({ length: p }, (_, j) => ({
  name: `x${j + 1}`,
  values: Float64Array.from({ length: n }, () => stream.normal() * (j + 1) + j),
}));
const eta = Array.from({ length: n }, (_, i) => columns[0]!.values[i]! - 0.5 * columns[1]!.values[i]!);
const gaussian = { family: "gaussian", outcome: { name: "y", values: eta.map((e) => e + stream.normal()) } } as const;
const binomial = {
  family: "binomial",
  outcome: { name: "y", values: eta.map((e) => (stream.uniform() < 1 / (1 + Math.exp(-e)) ? 1 : 0)) },
} as const;
const time = eta.map((e) => stream.exponential() / Math.exp(e / 2));
const cox = {
  family: "cox",
  time: { name: "t", values: time },
  event: { name: "e", values: time.map((_, i) => (i % 3 === 0 ? 0 : 1)) },
} as const;
const tight = { threshold: 1e-14 };

describe.each([
  ["gaussian", gaussian],
  ["binomial", binomial],
  ["cox", cox],
] as const)("%s LASSO", (_, response) => {
  const fit = unwrap(lasso(response, columns, tight));

  it("starts empty, grows, and explains more at smaller penalties", () => {
    expect(fit.nonZero[0]).toBe(0);
    expect(fit.nonZero[fit.nonZero.length - 1]).toBeGreaterThan(6);
    for (let k = 1; k < fit.lambda.length; k++)
      expect(fit.devianceRatio[k]!).toBeGreaterThanOrEqual(fit.devianceRatio[k - 1]! - 1e-9);
    expect(fit.converged).toBe(true);
  });

  it("follows the scale and shift of covariates, and not the order of rows", () => {
    const moved = unwrap(
      lasso(
        response,
        columns.map((c, j) => ({ name: c.name, values: c.values.map((v) => v * (j + 2) - 7) })),
        { ...tight, lambda: [...fit.lambda].slice(1, 30) },
      ),
    );
    for (const k of [5, 15, 25]) {
      for (let j = 0; j < p; j++)
        expect(moved.coefficients[k]![j]! * (j + 2)).toBeCloseTo(fit.coefficients[k + 1]![j]!, 4);
    }
    const order = random(1).permutation(n);
    const turn = (v: ArrayLike<number>) => order.map((i) => v[i]!);
    const turned =
      response.family === "cox"
        ? {
            ...response,
            time: { name: "t", values: turn(response.time.values) },
            event: { name: "e", values: turn(response.event.values) },
          }
        : { ...response, outcome: { name: "y", values: turn(response.outcome.values) } };
    const again = unwrap(
      lasso(
        turned,
        columns.map((c) => ({ name: c.name, values: turn(c.values) })),
        tight,
      ),
    );
    expect(again.lambda[0]).toBeCloseTo(fit.lambda[0]!, 9);
    for (let j = 0; j < p; j++) expect(again.coefficients[20]![j]!).toBeCloseTo(fit.coefficients[20]![j]!, 5);
  });

  it("leaves unpenalised covariates in the model at every penalty", () => {
    const factors = columns.map((_, j) => (j === 4 ? 0 : 1));
    const free = unwrap(lasso(response, columns, { penaltyFactors: factors }));
    expect(free.coefficients.every((beta) => beta[4] !== 0)).toBe(true);
    expect(free.nonZero[0]).toBe(1);
  });

  it("gives the same cross-validation for the same seed", () => {
    const options = { measure: "deviance", folds: { seed: 3, count: 5 } } as const;
    const one = unwrap(lassoCrossValidation(response, columns, options));
    expect(unwrap(lassoCrossValidation(response, columns, options))).toEqual(one);
    expect(one.index1se).toBeLessThanOrEqual(one.indexMin);
    expect(one.fit.coefficients[one.indexMin]![0]).not.toBe(0);
  });

  it("stops when asked", () => {
    const r = lassoCrossValidation(response, columns, {
      measure: "deviance",
      folds: { seed: 3, count: 5 },
      signal: { aborted: true },
    });
    expect(r.issues.at(-1)!.code).toBe("stopped");
  });
});

describe("optimality", () => {
  it("satisfies the subgradient conditions of the binomial problem", () => {
    const fit = unwrap(lasso(binomial, columns, tight));
    const k = 25;
    const beta = fit.coefficients[k]!;
    const residual = eta.map((_, i) => {
      const e = fit.intercepts[k]! + columns.reduce((sum, c, j) => sum + c.values[i]! * beta[j]!, 0);
      return binomial.outcome.values[i]! - 1 / (1 + Math.exp(-e));
    });
    columns.forEach(({ values }, j) => {
      const mean = values.reduce((s, v) => s + v, 0) / n;
      const sd = Math.sqrt(values.reduce((s, v) => s + (v - mean) ** 2, 0) / n);
      const gradient = residual.reduce((s, r, i) => s + (r * (values[i]! - mean)) / sd, 0) / n;
      if (beta[j] === 0) expect(Math.abs(gradient)).toBeLessThanOrEqual(fit.lambda[k]! * (1 + 1e-6));
      else expect(gradient).toBeCloseTo(Math.sign(beta[j]!) * fit.lambda[k]!, 6);
    });
  });

  it("becomes maximum likelihood at penalty 0", () => {
    const d = cohort(150, 2);
    const fit = unwrap(
      lasso(
        { family: "binomial", outcome: { name: "y", values: d.y } },
        [
          { name: "a", values: d.a },
          { name: "b", values: d.b },
        ],
        { lambda: [0], threshold: 1e-16 },
      ),
    );
    const ml = unwrap(logisticRegression({ name: "y", values: d.y }, [numeric("a", d.a), numeric("b", d.b)]));
    const [, a, b] = ml.coefficients;
    expect(fit.coefficients[0]![0]).toBeCloseTo(a!.estimable ? a!.estimate : 0, 5);
    expect(fit.coefficients[0]![1]).toBeCloseTo(b!.estimable ? b!.estimate : 0, 5);
  });

  it("shrinks a pair of equal columns alike under the elastic net", () => {
    const twins = [columns[0]!, { name: "twin", values: columns[0]!.values }];
    const fit = unwrap(lasso(binomial, twins, { alpha: 0.5, threshold: 1e-14 }));
    const last = fit.coefficients[20]!;
    expect(last[0]).toBeCloseTo(last[1]!, 4);
  });
});

describe("the compiled kernel", () => {
  it("gives the same bits as the plain loops", () => {
    const fill = (allow: boolean) => {
      const { buffer, kernel, compiled } = lassoWorkspace(65536, allow);
      const f64 = new Float64Array(buffer);
      const draw = random(8);
      for (let i = 0; i < 2000; i++) f64[i] = draw.normal();
      new Int32Array(buffer, 40000, 3).set([2, 0, 1]);
      for (let j = 0; j < 3; j++) f64[3000 + j] = kernel.weightedSquare(8 * 1000, 640 * j, 640);
      f64.fill(0.01, 3100, 3103);
      f64.fill(0, 3200, 3203);
      const change = kernel.cycle(40000, 3, 0, 640, 8 * 500, 8 * 1000, 8 * 3300, 8 * 3000, 8 * 3100, 8 * 3200);
      kernel.addColumn(8 * 1200, 0, 0.3, 640);
      return { compiled, change, dot: kernel.dot(0, 640, 640), all: Array.from(f64) };
    };
    const [fast, plain] = [fill(true), fill(false)];
    expect(fast.compiled).toBe(true);
    expect(plain.compiled).toBe(false);
    expect({ ...fast, compiled: false }).toEqual(plain);
  });

  it("is what its text assembles to", () => {
    const tool = (name: string) => join(repositoryRoot, "node_modules", ".bin", name);
    if (!existsSync(tool("wasm-as")) || !existsSync(tool("wasm-opt"))) return;
    const folder = mkdtempSync(join(tmpdir(), "livermark-kernel-"));
    const [raw, best] = [join(folder, "raw.wasm"), join(folder, "best.wasm")];
    execFileSync(tool("wasm-as"), [
      "--enable-simd",
      join(repositoryRoot, "packages/statistics/src/models/lasso-kernel.wat"),
      "-o",
      raw,
    ]);
    execFileSync(tool("wasm-opt"), ["--enable-simd", "-O3", raw, "-o", best]);
    const assembled = readFileSync(best).toString("base64");
    rmSync(folder, { recursive: true });
    expect(assembled).toBe(KERNEL_BASE64);
  });
});

describe("LASSO refuses", () => {
  const folds = { seed: 1, count: 5 };
  it.each([
    ["no-candidates", () => lasso(binomial, [])],
    ["lasso-option", () => lasso(binomial, columns, { alpha: 0 })],
    ["lasso-option", () => lasso(binomial, columns, { lambda: [-1] })],
    ["lasso-option", () => lasso(binomial, columns, { penaltyFactors: [1] })],
    [
      "one-class-outcome",
      () => lasso({ family: "binomial", outcome: { name: "y", values: eta.map(() => 1) } }, columns),
    ],
    [
      "constant-outcome",
      () => lasso({ family: "gaussian", outcome: { name: "y", values: eta.map(() => 2) } }, columns),
    ],
    ["no-events", () => lasso({ ...cox, event: { name: "e", values: eta.map(() => 0) } }, columns)],
    ["measure-not-available", () => lassoCrossValidation(gaussian, columns, { measure: "auc", folds })],
    ["fold-count", () => lassoCrossValidation(gaussian, columns, { measure: "mse", folds: { seed: 1, count: 2 } })],
    [
      "fold-not-scorable",
      () =>
        lassoCrossValidation(binomial, columns, {
          measure: "auc",
          folds: binomial.outcome.values.map((y, i) => (y === 1 ? 0 : 1 + (i % 3))),
        }),
    ],
  ])("%s", (code, run) => {
    const r = run();
    expect(r.ok).toBe(false);
    expect(r.issues[0]!.code).toBe(code);
  });

  it("names constant columns and keeps their coefficient at 0", () => {
    const r = lasso(binomial, [...columns, { name: "flat", values: eta.map(() => 4) }]);
    expect(r.issues[0]).toMatchObject({ code: "constant-column", where: { column: "flat" } });
    expect(unwrap(r).coefficients.every((beta) => beta[p] === 0)).toBe(true);
  });
});
