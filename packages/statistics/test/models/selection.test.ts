import { random, unwrap } from "@livermark/core";
import { describe, expect, it } from "vitest";
import { backwardByP, forwardByP, type ModelResponse, stepwiseAic, univariateScreen } from "../../src/models/index.js";
import { cohort, numeric } from "./data.js";

const d = cohort(200, 6);
const logistic: ModelResponse = { model: "logistic", outcome: { name: "y", values: d.y } };
const cox: ModelResponse = {
  model: "cox",
  time: { name: "time", values: d.time },
  event: { name: "event", values: d.event },
};
const terms = [numeric("c", d.c), numeric("a", d.a), numeric("b", d.b)];

describe.each([
  ["logistic", logistic],
  ["cox", cox],
] as const)("selection in %s models", (_, response) => {
  it("keeps what acts and drops what does not, by every rule", () => {
    expect([...unwrap(stepwiseAic(response, terms, "backward")).terms].sort()).toEqual(["a", "b"]);
    expect([...unwrap(stepwiseAic(response, terms, "forward")).terms].sort()).toEqual(["a", "b"]);
    for (const test of ["wald", "likelihood-ratio", "conditional"] as const) {
      expect([...unwrap(backwardByP(response, terms, { test, pOut: 0.1 })).terms].sort()).toEqual(["a", "b"]);
      for (const entry of ["score", "likelihood-ratio"] as const) {
        const r = unwrap(forwardByP(response, terms, { entry, removal: test, pIn: 0.05, pOut: 0.1 }));
        expect([...r.terms].sort()).toEqual(["a", "b"]);
        expect(r.steps.every((s) => s.action === "enter" && s.p < 0.05)).toBe(true);
      }
    }
  });

  it("has score, Wald, conditional and likelihood-ratio tests that agree to first order", () => {
    const p = (test: "wald" | "likelihood-ratio" | "conditional") =>
      unwrap(backwardByP(response, terms, { test, pOut: 0.1 })).steps[0]!.chi2;
    expect(Math.abs(p("wald") - p("likelihood-ratio"))).toBeLessThan(0.1);
    expect(Math.abs(p("conditional") - p("likelihood-ratio"))).toBeLessThan(0.1);
  });

  it("does not depend on row order", () => {
    const order = random(2).permutation(d.n);
    const turn = (v: readonly number[]) => order.map((i) => v[i]!);
    const turned: ModelResponse =
      response.model === "logistic"
        ? { model: "logistic", outcome: { name: "y", values: turn(d.y) } }
        : {
            model: "cox",
            time: { name: "time", values: turn(d.time) },
            event: { name: "event", values: turn(d.event) },
          };
    const one = unwrap(stepwiseAic(response, terms, "both"));
    const two = unwrap(
      stepwiseAic(turned, [numeric("c", turn(d.c)), numeric("a", turn(d.a)), numeric("b", turn(d.b))], "both"),
    );
    expect(two.terms).toEqual(one.terms);
    expect(two.aic).toBeCloseTo(one.aic, 8);
  });

  it("prints n and events of each univariate model on its own rows", () => {
    const holed = d.a.map((v, i) => (i < 30 ? null : v));
    const r = unwrap(
      univariateScreen(response, [numeric("a", holed), numeric("b", d.b), numeric("c", d.c)], {
        entryP: 0.1,
        test: "wald",
      }),
    );
    expect(r.univariate.map((u) => u.n)).toEqual([170, 200, 200]);
    expect(r.entered).toContain("a");
    expect(r.multivariable?.n).toBe(170);
  });
});

describe("selection refuses", () => {
  it.each([
    [
      "p-in-not-below-p-out",
      () => forwardByP(logistic, terms, { entry: "score", removal: "wald", pIn: 0.1, pOut: 0.05 }),
    ],
    ["fraction-out-of-range", () => backwardByP(logistic, terms, { test: "wald", pOut: 5 })],
    ["no-candidates", () => stepwiseAic(logistic, [], "both")],
    [
      "no-events",
      () =>
        stepwiseAic({ ...cox, event: { name: "event", values: d.event.map(() => 0) } } as ModelResponse, terms, "both"),
    ],
    ["repeated-term", () => stepwiseAic(logistic, [terms[0]!, terms[0]!], "both")],
  ])("%s", (code, run) => {
    const r = run();
    expect(r.ok).toBe(false);
    expect(r.issues[0]!.code).toBe(code);
  });

  it("warns of a drifting coefficient", () => {
    const perfect = d.y.map((v) => v);
    const r = univariateScreen(logistic, [numeric("perfect", perfect)], { entryP: 0.5, test: "likelihood-ratio" });
    expect(r.issues.map((issue) => issue.code)).toContain("not-converged");
    expect(r.issues.find((issue) => issue.code === "not-converged")?.message).toContain("of perfect drifts");
    expect(r).toMatchObject({ value: { univariate: [{ ratios: [{ estimable: false, name: "perfect" }] }] } });
  });
});
