import { unwrap } from "@livermark/core";
import {
  diagnosticAccuracy,
  logisticRegression,
  normalTwoSided,
  proportion,
  twoByTwoEffects,
} from "@livermark/statistics";
import { describeWithData, near, sharedText } from "testkit";
import { describe, expect, it } from "vitest";
import { z } from "zod";
import { predictiveValues, readInterval, tablesOf } from "../src/published-numbers.js";

const item = z.object({
  id: z.string(),
  what: z.string(),
  kind: z.string(),
  input: z.record(z.string(), z.unknown()),
  published: z.unknown(),
  r: z.unknown(),
  decimals: z.number().nullable(),
  agree: z.boolean().nullable(),
  note: z.string().optional(),
});
type Item = z.output<typeof item>;

const numberOf = (value: unknown): number => z.number().parse(value);
const input = (one: Item, name: string): number => numberOf(one.input[name]);
const has = (one: Item, ...names: readonly string[]): boolean => names.every((name) => name in one.input);
const estimable = (value: unknown): number => (typeof value === "number" ? value : Number.NaN);

/** 2×2 counts as rows of a logistic regression of the event on the finding. */
function logisticOf(table: readonly (readonly number[])[]) {
  const [[a = 0, b = 0] = [], [c = 0, d = 0] = []] = table;
  const rows = [
    [1, 1, a],
    [1, 0, b],
    [0, 1, c],
    [0, 0, d],
  ].flatMap(([x = 0, y = 0, n = 0]) => Array.from({ length: n }, () => ({ x, y })));
  return unwrap(
    logisticRegression({ name: "y", values: rows.map(({ y }) => y) }, [
      { kind: "numeric", name: "x", values: rows.map(({ x }) => x) },
    ]),
  );
}

/** The item's number by the product's functions; null for what is no statistic (sums of counts, image formulas). */
function ours(one: Item): number | readonly number[] | null {
  switch (one.kind) {
    case "percentage":
      return 100 * unwrap(proportion(input(one, "x"), input(one, "n"), 0.95)).value;
    case "hr-ci-geomean":
    case "or-ci-geomean":
      return unwrap(readInterval({ low: input(one, "lower"), high: input(one, "upper") }, "ratio")).centre;
    case "ci-midpoint":
      return unwrap(readInterval({ low: input(one, "lower"), high: input(one, "upper") }, "difference")).centre;
    case "wald-p-from-ci": {
      const estimate = numberOf(one.input.hr ?? one.input.or);
      return unwrap(readInterval({ low: input(one, "lower"), high: input(one, "upper"), estimate }, "ratio")).p;
    }
    case "log-or":
      return Math.log(input(one, "or"));
    case "two-by-two-search": {
      const having = input(one, "high");
      const [found] = tablesOf({ events: 46, none: 32, having }, { oddsRatio: input(one, "or") }, 3);
      if (found === undefined) return Number.NaN;
      const table = [
        [found.withEvent, found.withNone],
        [found.withoutEvent, found.withoutNone],
      ];
      return estimable(unwrap(twoByTwoEffects(table)).oddsRatio.value);
    }
    case "two-by-two-free-search": {
      const wanted = { oddsRatio: input(one, "or"), low: input(one, "lower"), high: input(one, "upper") };
      const totals = tablesOf({ events: 46, none: 32 }, wanted, 3).map((t) => t.withEvent + t.withNone);
      return totals.find((total) => total === one.r) ?? Number.NaN;
    }
    case "recomputed":
      return recomputed(one);
    default:
      return null;
  }
}

function recomputed(one: Item): number | readonly number[] | null {
  if (has(one, "table")) {
    const table = z.array(z.array(z.number())).parse(one.input.table);
    const { oddsRatio } = unwrap(twoByTwoEffects(table));
    if (Array.isArray(one.r))
      return oddsRatio.interval.estimable ? [oddsRatio.interval.low, oddsRatio.interval.high] : null;
    const slope = logisticOf(table).coefficients[1]!;
    if (!slope.estimable) return Number.NaN;
    if (one.what.includes("Wald p")) return slope.p;
    return one.what.includes("coefficient") ? slope.estimate : estimable(oddsRatio.value);
  }
  if (has(one, "z")) return normalTwoSided(input(one, "z"));
  if (has(one, "tp", "fn", "fp", "tn")) {
    const found = unwrap(
      diagnosticAccuracy({
        truePositive: input(one, "tp"),
        falseNegative: input(one, "fn"),
        falsePositive: input(one, "fp"),
        trueNegative: input(one, "tn"),
      }),
    );
    return [found.sensitivity, found.specificity].map((share) => ("value" in share ? 100 * share.value : Number.NaN));
  }
  if (has(one, "sens", "spec")) {
    const prevalence = has(one, "prevalence") ? input(one, "prevalence") : 46 / 78;
    const values = unwrap(predictiveValues(input(one, "sens"), input(one, "spec"), prevalence));
    return 100 * (one.what.includes("NPV") ? values.negative : values.positive);
  }
  if (has(one, "tp", "fp")) {
    const tp = input(one, "tp");
    return 100 * unwrap(proportion(tp, tp + input(one, "fp"), 0.95)).value;
  }
  if (has(one, "tp", "n")) return unwrap(proportion(input(one, "tp"), input(one, "n"), 0.95)).value;
  if (has(one, "tn", "n")) return unwrap(proportion(input(one, "tn"), input(one, "n"), 0.95)).value;
  // A share of patients, not the mean number of sessions.
  if (has(one, "x", "n") && input(one, "x") <= input(one, "n"))
    return 100 * unwrap(proportion(input(one, "x"), input(one, "n"), 0.95)).value;
  return null;
}

describeWithData("published numbers from published counts", ["oracle"], () => {
  const { items } = z.object({ items: z.array(item) }).parse(JSON.parse(sharedText("oracle/expected/rederive.json")));
  const agreeing = items.filter((one) => one.agree === true);
  const statistics = agreeing.map((one) => ({ one, found: ours(one) })).filter(({ found }) => found !== null);

  it("are all items that R could rederive but sums of counts and formulas of images", () => {
    const left = agreeing.filter((one) => ours(one) === null).map((one) => one.what);
    // SER and LETB are measurements (packages/imaging/test/paper-values.test.ts); the rest adds whole numbers up.
    expect(
      left.filter(
        (what) =>
          !/SER|LETB =|LETB post|sessions|procedures|flow|previous treatment|sum to|treatments|difference/.test(what),
      ),
    ).toEqual([]);
    expect(statistics.length).toBeGreaterThanOrEqual(450);
  });

  it("equal R's answer and round to what is printed", () => {
    const wrong = statistics.flatMap(({ one, found }) => {
      const values = [found ?? Number.NaN].flat();
      const wanted = [one.r].flat().map(numberOf);
      const equal = values.length === wanted.length && values.every((value, i) => near(value, wanted[i]!, 1e-6, 1e-9));
      return equal ? [] : [`${one.id} ${one.what}: ${values.join(", ")} against ${wanted.join(", ")}`];
    });
    expect(wrong).toEqual([]);
  });
});

describe("a printed interval", () => {
  it("gives estimate and p back", () => {
    const read = unwrap(readInterval({ low: 0.571, high: 3.23, estimate: 1.358 }, "ratio"));
    expect(read.centre).toBeCloseTo(1.358, 3);
    expect(read.p).toBeCloseTo(0.489, 3);
  });

  it.each([
    [{ low: 2, high: 1 }, "ratio"],
    [{ low: 0, high: 1 }, "ratio"],
    [{ low: 0.5, high: 1, estimate: -1 }, "ratio"],
    [{ low: Number.NaN, high: 1 }, "difference"],
  ] as const)("refuses %o as %s", (interval, scale) => {
    expect(readInterval(interval, scale).ok).toBe(false);
  });
});

describe("a printed odds ratio", () => {
  it("gives the counts back where there is one table only", () => {
    expect(tablesOf({ events: 46, none: 32, having: 14 }, { oddsRatio: 0.21 }, 3)).toEqual([
      { withEvent: 4, withNone: 10, withoutEvent: 42, withoutNone: 22 },
    ]);
    // The printed upper limit repeats the odds ratio: no table has it.
    expect(tablesOf({ events: 46, none: 32 }, { oddsRatio: 0.21, low: 0.059, high: 0.21 }, 3)).toEqual([]);
  });
});

describe("predictive values", () => {
  it("follow from rounded shares as the nomogram paper prints them", () => {
    const { positive, negative } = unwrap(predictiveValues(0.63, 0.906, 0.59));
    expect((100 * positive).toFixed(3)).toBe("90.605");
    expect((100 * negative).toFixed(3)).toBe("62.985");
    expect(predictiveValues(1.2, 0.9, 0.5).ok).toBe(false);
    expect(predictiveValues(0, 1, 0.5).ok).toBe(false);
  });
});
