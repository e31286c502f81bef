import type { Json } from "@livermark/core";
import { unwrap } from "@livermark/core";
import { describeWithData, near, sharedText } from "testkit";
import { describe, expect, it } from "vitest";
import { type CaseSpec, readCaseTable, runCase } from "../src/index.js";

/**
 * Options that R's script used and that the oracle's specs leave out (oracle/R/cases-survival.R, calls of `K` and of
 * `case` for km-…): with them the answers agree, without them nobody can know the horizon or the level.
 */
const LEFT_OUT: { readonly [id: string]: CaseSpec } = {
  "km-larynx-90pc": { conf: 0.9 },
  "km-weighted-tiny": { tau: 10 },
  "km-left-truncated-heart": { tau: 365 },
  "km-float-ties": { tau: 1 },
  "km-missing-time": { tau: 9 },
};

function expectSame(actual: Json | undefined, expected: Json, path: string): void {
  if (typeof expected === "number") {
    expect(typeof actual === "number" && near(actual, expected), `${path}: ${actual} for ${expected}`).toBe(true);
  } else if (typeof expected === "object" && expected !== null) {
    const there = (actual ?? {}) as { readonly [key: string]: Json };
    const wanted = expected as { readonly [key: string]: Json };
    expect(Object.keys(there).sort(), path).toEqual(Object.keys(wanted).sort());
    for (const key of Object.keys(wanted)) expectSame(there[key], wanted[key]!, `${path}.${key}`);
  } else expect(actual, path).toBe(expected);
}

const load = (file: string) => readCaseTable(sharedText("oracle", "inputs", file), file);

describeWithData("Kaplan–Meier cases whose spec leaves an option out", ["oracle/expected", "oracle/inputs"], () => {
  const { cases } = JSON.parse(sharedText("oracle", "expected", "kaplan-meier.json")) as {
    readonly cases: readonly { id: string; method: string; data: string | null; spec: CaseSpec; expected: Json }[];
  };
  it.each(Object.keys(LEFT_OUT))("%s agrees once the option is named", (id) => {
    const given = cases.find((each) => each.id === id)!;
    expectSame(unwrap(runCase({ ...given, spec: { ...given.spec, ...LEFT_OUT[id] } }, load)), given.expected, id);
  });
});

describe("survival cases without a usable spec", () => {
  const table = "time,event,x,g\n1,1,2,a\n2,0,1,b\n3,1,,a\n";
  const run = (method: string, spec: CaseSpec) =>
    runCase({ method, data: "t.csv", spec }, () => readCaseTable(table, "t.csv"));
  it.each([
    ["kaplanMeier", {}, "case-option"],
    ["kaplanMeier", { time: "time", event: "absent" }, "unknown-column"],
    ["kaplanMeier", { time: "g", event: "event" }, "column-not-numeric"],
    ["cox", { time: "time", event: "event" }, "case-option"],
    ["cox", { time: "time", event: "event", covariates: ["absent"] }, "unknown-column"],
    ["competingRisks", { time: "time", status: "x" }, "case-option"],
    ["landmark", { time: "time", event: "event", group: "g", at: 99 }, "nobody-at-landmark"],
    ["timeDependentRoc", { time: "time", event: "event", x: "x", times: [-1] }, "bad-horizon"],
  ] as const)("%s %j is refused", (method, spec, code) => {
    const result = run(method, spec);
    expect(result.ok).toBe(false);
    expect(result.issues.map((issue) => issue.code)).toContain(code);
  });
});
