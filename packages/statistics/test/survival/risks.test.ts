import { random, unwrap } from "@livermark/core";
import fc from "fast-check";
import { near, sized } from "testkit";
import { describe, expect, it } from "vitest";
import {
  bootstrapCutPoint,
  coxRegression,
  cumulativeIncidence,
  fineGray,
  grayTest,
  incidenceAt,
  kaplanMeier,
  landmark,
  logRank,
  scanCutPoints,
  survivalAt,
  survivalBrier,
  timeDependentRoc,
} from "../../src/survival/index.js";
import { permuted, sample, simulated } from "./support.js";

/** Competing causes 0, 1, 2 made from two-state data. */
const withCauses = (event: ArrayLike<number>, x: ArrayLike<number>): number[] =>
  Array.from(event, (e, i) => (e === 0 ? 0 : x[i]! > 0 ? 1 : 2));

describe("cumulative incidence", () => {
  it("with one cause is one minus Kaplan–Meier, with Greenwood's variance in its Aalen form", () => {
    fc.assert(
      fc.property(sample(2), ({ time, event }) => {
        fc.pre(event.includes(1));
        const risks = unwrap(cumulativeIncidence({ time, cause: event }));
        const curve = unwrap(kaplanMeier({ time, event }));
        const each = risks.curves[0]!;
        survivalAt(curve, each.time).forEach((point, k) => {
          expect(near(each.incidence[k]!, 1 - point.survival, 1e-12, 1e-13)).toBe(true);
        });
      }),
    );
  });

  it("of all causes and survival add up to 1; every curve rises", () => {
    fc.assert(
      fc.property(sample(2), ({ time, event, x }) => {
        fc.pre(event.includes(1));
        const cause = withCauses(event, x);
        const { curves } = unwrap(cumulativeIncidence({ time, cause }));
        const end = Math.max(...time);
        const total = curves.reduce((sum, each) => sum + incidenceAt(each, [end])[0]!.incidence!, 0);
        const free = survivalAt(unwrap(kaplanMeier({ time, event })), [end])[0]!.survival;
        expect(near(total + free, 1, 1e-12)).toBe(true);
        for (const each of curves) {
          each.incidence.forEach((f, k) => {
            expect(f).toBeGreaterThanOrEqual(k === 0 ? 0 : each.incidence[k - 1]! - 1e-15);
            expect(each.variance[k]!).toBeGreaterThanOrEqual(0);
          });
        }
      }),
    );
  });

  it("is not estimated beyond follow-up", () => {
    const { curves } = unwrap(cumulativeIncidence({ time: [1, 2, 3], cause: [1, 2, 0] }));
    expect(incidenceAt(curves[0]!, [0.5, 3, 4]).map((point) => point.incidence)).toEqual([0, 1 / 3, null]);
  });

  it("is compared by a test that ignores row order and names, and is near the log-rank test without competing events", () => {
    const { time, event, x, group } = simulated(sized(150, 600), 1, 3);
    const cause = withCauses(event, x[0]!);
    const base = unwrap(grayTest({ time, cause, group }));
    const order = random(1).permutation(time.length);
    const moved = unwrap(
      grayTest({
        time: permuted(time, order),
        cause: permuted(cause, order),
        group: permuted(group, order).map((g) => `g${5 - g}`),
      }),
    );
    base.forEach((test, i) => {
      expect(near(test.chiSquare, moved[i]!.chiSquare, 1e-9)).toBe(true);
      expect(test.df).toBe(2);
    });
    const alone = unwrap(grayTest({ time, cause: event, group }))[0]!;
    const plain = unwrap(logRank({ time, event, group })).test!;
    expect(near(alone.chiSquare, plain.chiSquare, 0.1, 0.1)).toBe(true);
  });

  it.each([
    ["a cause of 1.5", { time: [1, 2], cause: [1.5, 0] }, "bad-cause"],
    ["a negative cause", { time: [1, 2], cause: [-1, 0] }, "bad-cause"],
    ["a negative time", { time: [-1, 2], cause: [1, 0] }, "bad-time"],
    ["no row", { time: [Number.NaN], cause: [1] }, "no-rows"],
  ])("refuses %s", (_, columns, code) => {
    expect(cumulativeIncidence(columns).issues[0]?.code).toBe(code);
  });
  it("refuses to test one group", () => {
    expect(grayTest({ time: [1, 2], cause: [1, 0] }).issues[0]?.code).toBe("one-group");
  });
});

describe("Fine–Gray", () => {
  it("without competing events is Breslow's Cox model with robust variance", () => {
    const { time, event, x } = simulated(100, 2, 5);
    const covariates = x.map((values, j) => ({ name: `x${j}`, values }));
    const fg = unwrap(fineGray({ time, cause: event, covariates }));
    const cox = unwrap(coxRegression({ time, event, covariates }, { ties: "breslow", robust: true }));
    fg.coefficients.forEach((c, j) => {
      expect(near(c.coefficient!, cox.coefficients[j]!.coefficient!, 1e-8)).toBe(true);
      expect(near(c.standardError!, cox.coefficients[j]!.standardError!, 1e-7)).toBe(true);
    });
  });

  it("without censoring treats competing events as rows at risk for ever", () => {
    const { time, x } = simulated(80, 2, 6);
    const cause = Array.from(x[1]!, (v) => (v > 0 ? 1 : 2));
    const covariates = [{ name: "x", values: x[0]! }];
    const fg = unwrap(fineGray({ time, cause, covariates }));
    const forever = Float64Array.from(time, (t, i) => (cause[i] === 2 ? 1e6 : t));
    const cox = unwrap(
      coxRegression({ time: forever, event: cause.map((c) => (c === 1 ? 1 : 0)), covariates }, { ties: "breslow" }),
    );
    expect(near(fg.coefficients[0]!.coefficient!, cox.coefficients[0]!.coefficient!, 1e-8)).toBe(true);
  });

  it("gives no coefficient when a covariate separates the events, and refuses what it cannot fit", () => {
    const time = [1, 2, 3, 4, 5, 6];
    const separated = fineGray({
      time,
      cause: [1, 1, 1, 2, 0, 0],
      covariates: [{ name: "x", values: [1, 1, 1, 0, 0, 0] }],
    });
    expect(unwrap(separated).coefficients[0]?.coefficient).toBeNull();
    expect(separated.issues.map((issue) => issue.code)).toContain("no-convergence");
    const none = fineGray({ time, cause: [2, 2, 0, 0, 0, 0], covariates: [{ name: "x", values: time }] });
    expect(none.issues[0]?.code).toBe("no-events");
    expect(fineGray({ time, cause: time, covariates: [] }).issues[0]?.code).toBe("no-covariate");
  });
});

describe("cut-point search", () => {
  it("agrees with a log-rank test at every cut", () => {
    const { time, event, x } = simulated(120, 1, 12);
    const marker = x[0]!.map((v) => Math.round(v * 8));
    const scan = unwrap(scanCutPoints({ time, event, marker }));
    expect(scan.candidates.length).toBeGreaterThan(10);
    for (const { cut, chiSquare, lowGroup } of scan.candidates) {
      const test = unwrap(logRank({ time, event, group: Array.from(marker, (v) => (v <= cut ? 0 : 1)) }));
      expect(near(chiSquare!, test.test!.chiSquare, 1e-9)).toBe(true);
      expect(test.groups[0]?.n).toBe(lowGroup);
    }
    expect(scan.logRank!.pMillerSiegmund).toBeGreaterThan(scan.logRank!.pNaive);
    expect(scan.issues.map((issue) => issue.code)).toContain("cut-point-optimised");
  });

  it("moves with a monotone map of the marker", () => {
    const { time, event, x } = simulated(80, 1, 13);
    const base = unwrap(scanCutPoints({ time, event, marker: x[0]! }));
    const mapped = unwrap(scanCutPoints({ time, event, marker: x[0]!.map((v) => Math.exp(v)) }));
    expect(mapped.rank.statistic).toBe(base.rank.statistic);
    expect(near(mapped.rank.cut, Math.exp(base.rank.cut), 1e-14)).toBe(true);
  });

  it("bootstraps the cut, the same for the same seed, within the marker's range", () => {
    const { time, event, x } = simulated(100, 1, 14);
    const columns = { time, event, marker: x[0]! };
    const options = { replicates: sized(60, 400), seed: 3 };
    const first = unwrap(bootstrapCutPoint(columns, options));
    expect(unwrap(bootstrapCutPoint(columns, options))).toEqual(first);
    expect(first.lower).toBeLessThanOrEqual(first.median);
    expect(first.median).toBeLessThanOrEqual(first.upper);
    expect(first.lower).toBeGreaterThanOrEqual(Math.min(...x[0]!));
  });

  it.each([
    ["shares in the wrong order", { smallestShare: 0.9, largestShare: 0.1 }, {}, "bad-shares"],
    ["a constant marker", {}, { marker: [1, 1, 1, 1] }, "no-admissible-cut"],
    ["no events", {}, { event: [0, 0, 0, 0] }, "no-events"],
  ])("refuses %s", (_, options, change, code) => {
    const columns = { time: [1, 2, 3, 4], event: [1, 1, 0, 1], marker: [1, 2, 3, 4], ...change };
    expect(scanCutPoints(columns, options).issues[0]?.code).toBe(code);
  });
  it("refuses a bootstrap of three", () => {
    const columns = { time: [1, 2, 3, 4], event: [1, 1, 0, 1], marker: [1, 2, 3, 4] };
    expect(bootstrapCutPoint(columns, { replicates: 3, seed: 1 }).issues[0]?.code).toBe("too-few-replicates");
  });
});

describe("time-dependent ROC", () => {
  it("without censoring is the share of case-control pairs that the marker orders", () => {
    fc.assert(
      fc.property(sample(5), fc.integer({ min: 1, max: 12 }), ({ time, x }, horizon) => {
        const result = unwrap(timeDependentRoc({ time, event: time.map(() => 1), marker: x }, { times: [horizon] }));
        const point = result.points[0]!;
        let pairs = 0;
        let good = 0;
        time.forEach((t, i) => {
          time.forEach((u, j) => {
            if (!(t <= horizon && u > horizon)) return;
            pairs++;
            good += x[i]! > x[j]! ? 1 : x[i] === x[j] ? 0.5 : 0;
          });
        });
        if (pairs === 0) expect(point.auc).toBeNull();
        else expect(near(point.auc!, good / pairs, 1e-12, 1e-12)).toBe(true);
      }),
    );
  });

  it("turns round with the marker, and its curve falls from (1, 1) to (0, 0) with that area", () => {
    const { time, event, x } = simulated(150, 1, 15);
    const at = (marker: ArrayLike<number>) =>
      unwrap(timeDependentRoc({ time, event, marker }, { times: [40] })).points[0]!;
    const point = at(x[0]!);
    expect(near(at(x[0]!.map((v) => -v)).auc!, 1 - point.auc!, 1e-10)).toBe(true);
    let area = 0;
    point.curve.forEach((now, i) => {
      if (i === 0) return;
      const before = point.curve[i - 1]!;
      area += ((before.sensitivity + now.sensitivity) / 2) * (now.specificity - before.specificity);
    });
    expect(near(area, point.auc!, 1e-10)).toBe(true);
    expect(point.cases + point.controls + point.censoredBefore).toBe(150);
  });

  it("Brier score is 0 for perfect prediction and 1/4 for a coin, without censoring", () => {
    const time = [1, 2, 3, 4, 5, 6];
    const event = [1, 1, 1, 1, 1, 1];
    const perfect = unwrap(survivalBrier({ time, event, survival: [0, 0, 0, 1, 1, 1] }, 3));
    expect(perfect.brier).toBe(0);
    expect(unwrap(survivalBrier({ time, event, survival: time.map(() => 0.5) }, 3)).brier).toBeCloseTo(0.25, 14);
    expect(survivalBrier({ time, event, survival: time.map(() => 2) }, 3).issues[0]?.code).toBe("bad-probability");
  });

  it("refuses a horizon of 0 and says when there are no cases", () => {
    const columns = { time: [1, 2], event: [0, 1], marker: [1, 2] };
    expect(timeDependentRoc(columns, { times: [0] }).issues[0]?.code).toBe("bad-horizon");
    expect(timeDependentRoc(columns, { times: [1] }).issues[0]?.code).toBe("no-cases-or-controls");
  });
});

describe("landmark", () => {
  it("keeps those still observed, counts time from there, and says who left", () => {
    const result = landmark({ time: [2, 5, 3, Number.NaN, 9], event: [1, 0, 1, 1, 1] }, 3);
    expect(unwrap(result)).toMatchObject({ n: 3, excluded: 1, missing: 1, events: 2, rows: [1, 2, 4] });
    expect(Array.from(unwrap(result).time)).toEqual([2, 0, 6]);
  });
  it.each([
    [0, "bad-landmark"],
    [Number.NaN, "bad-landmark"],
    [10, "nobody-at-landmark"],
  ])("refuses a landmark at %s", (at, code) => {
    expect(landmark({ time: [2, 5], event: [1, 0] }, at).issues[0]?.code).toBe(code);
  });
});
