import { existsSync, readdirSync } from "node:fs";
import type { Json, Result } from "@livermark/core";
import { describeIssue } from "@livermark/core";
import { describeWithData, near, sharedPath, sharedText } from "testkit";
import { afterAll, expect, it } from "vitest";
import { type CaseSpec, type CaseTable, caseMethods, readCaseTable, runCase } from "../src/index.js";

interface OracleCase {
  readonly id: string;
  readonly method: string;
  readonly data: string | null;
  readonly spec: CaseSpec;
  readonly expected: Json;
  readonly tol?: { readonly rel?: number; readonly abs?: number };
}

interface OracleFamily {
  readonly family: string;
  readonly cases: readonly OracleCase[];
}

const TOTAL_CASES = 327;

/** Methods whose answers come from iterated fits: 1e-6 by the oracle's README; all others are closed forms, 1e-8. */
const ITERATED = new Set([
  "cox",
  "coxSeparation",
  "coxSingular",
  "stepAIC",
  "backwardP",
  "forwardP",
  "univariateScreen",
  "concordanceModels",
  "logistic",
  "logisticSeparation",
  "firth",
  "competingRisks",
  "landmark",
  "rcs",
  "rcsTest",
  "calibrationStats",
]);
/**
 * What the R scripts give to the function but leave out of `spec` (cases-survival.R, the calls with `tau =` and `conf =`):
 * without it the expected restricted mean, or the 90 % limits, cannot be told from the case.
 */
const LEFT_OUT_OF_SPEC: { readonly [id: string]: CaseSpec } = {
  "km-larynx-90pc": { conf: 0.9 },
  "km-weighted-tiny": { tau: 10 },
  "km-left-truncated-heart": { tau: 365 },
  "km-float-ties": { tau: 1 },
  "km-missing-time": { tau: 9 },
};

/** "Compare corrected values within tolerance only" (note of the Monte-Carlo cases): their own optimism is random. */
const isRandomPart = (method: string, path: string): boolean =>
  method === "bootstrapOptimismMonteCarlo" && path.startsWith("optimism");

const LASSO = { rel: 1e-5, abs: 1e-6 };

/** Where R itself searches a root (README: relative 1e-4; profile likelihood of iterated fits 1e-5). */
function relativeTolerance(method: string, path: string): number {
  if (/profile(Lower|Upper)/.test(path)) return 1e-5;
  const rootFound =
    (method === "contingency" && /fisher\.(ci|oddsRatioCondMLE)/.test(path)) ||
    (method === "mannWhitney" && /hlCI|hodgesLehmann/.test(path)) ||
    method === "powerTwoProportions" ||
    method === "powerTTest";
  if (rootFound) return 1e-4;
  return ITERATED.has(method) ? 1e-6 : 1e-8;
}

/** Every place where `actual` is not what R said, as readable lines. */
function differences(actual: Json | undefined, expected: Json, given: OracleCase, path = ""): string[] {
  const say = (found: string): string[] => [`${path === "" ? "(root)" : path}: ${found}`];
  if (actual === undefined) return say("missing");
  if (typeof expected === "number") {
    if (typeof actual !== "number") return say(`got ${JSON.stringify(actual)?.slice(0, 80)}, R ${expected}`);
    if (isRandomPart(given.method, path)) return [];
    const tol = given.method === "lasso" ? { ...LASSO, ...given.tol } : given.tol;
    const agrees = near(actual, expected, tol?.rel ?? relativeTolerance(given.method, path), tol?.abs ?? 1e-10);
    return agrees ? [] : say(`got ${actual}, R ${expected}`);
  }
  if (Array.isArray(expected)) {
    if (!Array.isArray(actual)) return say("wanted an array");
    if (actual.length !== expected.length) return say(`${actual.length} elements, R ${expected.length}`);
    return expected.flatMap((value, i) => differences(actual[i], value, given, `${path}[${i}]`));
  }
  if (typeof expected === "object" && expected !== null) {
    if (typeof actual !== "object" || actual === null || Array.isArray(actual)) return say("wanted a record");
    const there = actual as { readonly [key: string]: Json };
    const wanted = expected as { readonly [key: string]: Json };
    const extra = Object.keys(there).filter((key) => !(key in wanted));
    return [
      ...(extra.length > 0 ? say(`fields R does not name: ${extra.join(", ")}`) : []),
      ...Object.keys(wanted).flatMap((key) =>
        differences(there[key], wanted[key]!, given, path ? `${path}.${key}` : key),
      ),
    ];
  }
  return actual === expected ? [] : say(`got ${JSON.stringify(actual)?.slice(0, 80)}, R ${JSON.stringify(expected)}`);
}

const tables = new Map<string, Result<CaseTable>>();
function load(file: string): Result<CaseTable> {
  const kept = tables.get(file);
  if (kept !== undefined) return kept;
  const table = readCaseTable(sharedText("oracle", "inputs", file), file);
  tables.set(file, table);
  return table;
}

const folder = sharedPath("oracle", "expected");
const families: OracleFamily[] = existsSync(folder)
  ? readdirSync(folder)
      .filter((file) => file.endsWith(".json") && file !== "rederive.json")
      .sort()
      .map((file) => JSON.parse(sharedText("oracle", "expected", file)) as OracleFamily)
  : [];

const summary: string[] = [];
let agreedInAll = 0;

for (const { family, cases } of families) {
  describeWithData(`R oracle: ${family}`, ["oracle/expected", "oracle/inputs"], () => {
    const count = { agreed: 0, disagreed: 0, missing: 0 };
    for (const given of cases) {
      it(given.id, () => {
        if (!Object.hasOwn(caseMethods, given.method)) {
          count.missing++;
          expect.fail(`missing method: ${given.method}`);
        }
        count.disagreed++;
        const spec = { ...given.spec, ...LEFT_OUT_OF_SPEC[given.id] };
        const result = runCase({ ...given, spec }, load);
        if (!result.ok) expect.fail(result.issues.map(describeIssue).join("\n"));
        const wrong = differences(result.value, given.expected, given);
        expect(wrong.slice(0, 12).join("\n")).toBe("");
        count.disagreed--;
        count.agreed++;
      });
    }
    afterAll(() => {
      agreedInAll += count.agreed;
      summary.push(`${family}: ${count.agreed} agreed, ${count.disagreed} disagreed, ${count.missing} missing`);
    });
  });
}

describeWithData("R oracle: all families", ["oracle/expected", "oracle/inputs"], () => {
  it("holds every case", () => {
    expect(families.flatMap((family) => family.cases)).toHaveLength(TOTAL_CASES);
  });
  it("agrees in every case", () => {
    console.log(["R oracle", ...summary, `total: ${agreedInAll} of ${TOTAL_CASES} agreed`].join("\n  "));
    expect(agreedInAll).toBe(TOTAL_CASES);
  });
});
