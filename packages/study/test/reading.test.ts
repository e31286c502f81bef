import { unwrap } from "@livermark/core";
import { describe, expect, it } from "vitest";
import {
  type Adjudication,
  appendReading,
  assignCases,
  consensus,
  currentReadings,
  disagreements,
  lockReader,
  type Reading,
  type ReadingCase,
  type ReadingLog,
  visibleColumns,
} from "../src/index.js";

const cases: readonly ReadingCase[] = Array.from({ length: 30 }, (_, i) => ({
  patient: `P${Math.floor(i / 2)}`,
  timePoint: i % 2 === 0 ? "baseline" : "follow-up-1",
  treatment: 1,
}));

describe("assignments", () => {
  it("give each reader all cases in an own order that others do not change", () => {
    const [a, b] = assignCases(cases, ["A", "B"], 7, "independent");
    const [alone] = assignCases(cases, ["B"], 7, "independent");
    expect(new Set(a!.order)).toEqual(new Set(cases));
    expect(a!.order).not.toEqual(b!.order);
    expect(alone!.order).toEqual(b!.order);
    expect(assignCases(cases, ["A"], 8, "independent")[0]!.order).not.toEqual(a!.order);
  });

  it("keep a patient's visits in time order where one is locked before the next", () => {
    const [a] = assignCases(cases, ["A"], 7, "sequential-locked");
    a!.order.forEach(({ patient, timePoint }, i) => {
      if (timePoint === "follow-up-1") expect(a!.order[i - 1]).toMatchObject({ patient, timePoint: "baseline" });
    });
  });
});

let counter = 0;
const reading = (reader: string, value: number | string, rest: Partial<Reading> = {}): Reading => ({
  id: `r${++counter}`,
  reader,
  case: cases[0]!,
  field: typeof value === "number" ? "letb" : "margin",
  value,
  by: reader,
  at: "2026-01-01T00:00:00Z",
  supersedes: null,
  reason: "",
  ...rest,
});
const log = (...readings: readonly Reading[]): ReadingLog =>
  readings.reduce<ReadingLog>((all, one) => unwrap(appendReading(all, one)), { readings: [], locked: [] });

describe("readings", () => {
  it("are superseded, never changed", () => {
    const first = reading("A", 40);
    const second = reading("A", 42, { supersedes: first.id, reason: "wrong lesion" });
    const all = log(first, second);
    expect(all.readings).toEqual([first, second]);
    expect(currentReadings(all)).toEqual([second]);
  });

  const second: readonly (readonly [string, (first: Reading) => Reading, string])[] = [
    ["a second value", () => reading("A", 41), "reading-exists"],
    ["a correction without a reason", (first) => reading("A", 41, { supersedes: first.id }), "reading-locked"],
    ["a repeated id", (first) => reading("B", 41, { id: first.id }), "repeated-reading"],
  ];
  it.each(second)("%s is refused", (_, next, code) => {
    const first = reading("A", 40);
    const result = appendReading(log(first), next(first));
    expect(result.ok).toBe(false);
    expect(result.issues[0]?.code).toBe(code);
  });

  it("after the lock only amendments with a reason enter", () => {
    const first = reading("A", 40);
    const locked = lockReader(log(first), "A", "2026-01-02T00:00:00Z");
    const other = reading("A", 3, { case: cases[1]! });
    expect(appendReading(locked, other).ok).toBe(false);
    expect(appendReading(locked, reading("A", 41, { supersedes: first.id, reason: "typing error" })).ok).toBe(true);
    expect(appendReading(locked, reading("B", 3)).ok).toBe(true);
  });
});

describe("disagreement and consensus", () => {
  const tolerances = [{ of: "letb", percent: 10 }];
  const decision = (value: number | string, rest: Partial<Adjudication> = {}): Adjudication => ({
    case: cases[0]!,
    field: "letb",
    value,
    by: "third-reader",
    who: "C",
    at: "2026-01-03T00:00:00Z",
    reason: "motion in one phase",
    ...rest,
  });

  it.each([
    [40, 44, false],
    [40, 44.3, true],
    ["smooth", "smooth", false],
    ["smooth", "rough", true],
  ])("%s and %s", (a, b, differ) => {
    expect(disagreements(log(reading("A", a), reading("B", b)), tolerances)).toHaveLength(differ ? 1 : 0);
  });

  it("does not see the last bits of a difference", () => {
    const far = (a: number, b: number) =>
      disagreements(log(reading("A", a), reading("B", b)), [{ of: "letb", absolute: 0.02 }]).map(({ why }) => why);
    expect(1.02 - 1).toBeGreaterThan(0.02);
    expect(far(1.02, 1)).toEqual([]);
    expect(far(1.0015837, 1.1)).toEqual(["1.002 / 1.1: 0.09842 apart, 0.02 allowed"]);
    expect(far(1.0000001, 1.5)).toEqual(["1 / 1.5: 0.5 apart, 0.02 allowed"]);
  });

  it("says numbers in the unit that people read, and never two alike", () => {
    const why = (a: number, b: number) =>
      disagreements(log(reading("A", a), reading("B", b)), [], () => ({ factor: 1000, unit: "×10⁻³ mm²/s" })).map(
        (one) => one.why,
      );
    expect(why(0.0015837, 0.0014759)).toEqual(["1.584 / 1.476 ×10⁻³ mm²/s: 0.1078 apart, no difference allowed"]);
    expect(why(0.00158371, 0.00158372)[0]).toMatch(/^1\.58371\d* \/ 1\.58372\d* ×10⁻³ mm²\/s/);
  });

  it("agreeing numbers are averaged, disagreements take their decision, reads stay as they were", () => {
    const agreeing = log(reading("A", 40), reading("B", 42));
    expect(consensus(agreeing, tolerances, []).values[0]).toMatchObject({ value: 41, from: "mean" });
    const open = log(reading("A", 40), reading("B", 60));
    expect(consensus(open, tolerances, [decision(58)]).values[0]).toMatchObject({ value: 58, from: "adjudication" });
    expect(open.readings.map(({ value }) => value)).toEqual([40, 60]);
  });

  it.each([
    ["nobody decided", [], "not-adjudicated"],
    ["two decided", [decision(50), decision(51)], "not-adjudicated"],
    ["no reason", [decision(50, { reason: " " })], "no-reason"],
    ["one of the readers decided", [decision(50, { who: "A" })], "not-a-third-reader"],
  ])("%s", (_, decisions, code) => {
    const { issues } = consensus(log(reading("A", 40), reading("B", 60)), tolerances, decisions);
    expect(issues.map((issue) => issue.code)).toEqual([code]);
  });
});

describe("blinding", () => {
  it("hides what the protocol hides, field by field", () => {
    const rules = { hidden: ["outcome", "treatment"], visible: ["treated-segments"] };
    expect(visibleColumns("events", ["event", "cause"], rules)).toEqual([]);
    expect(visibleColumns("procedures", ["kind", "segment", "agent"], rules)).toEqual(["segment"]);
    expect(visibleColumns("patients", ["age"], rules)).toEqual(["age"]);
    expect(visibleColumns("patients", ["age", "sex"], { hidden: ["patients.age"], visible: [] })).toEqual(["sex"]);
  });
});
