import { random, unwrap } from "@livermark/core";
import fc from "fast-check";
import { near, sized } from "testkit";
import { describe, expect, it } from "vitest";
import {
  followUp,
  kaplanMeier,
  restrictedMean,
  spssMedian,
  survivalAt,
  survivalQuantile,
} from "../../src/survival/index.js";
import { permuted, sample, simulated } from "./support.js";

/** 6-MP arm of Freireich et al. 1963. */
const sixMp = {
  time: [6, 6, 6, 6, 7, 9, 10, 10, 11, 13, 16, 17, 19, 20, 22, 23, 25, 32, 32, 34, 35],
  event: [1, 1, 1, 0, 1, 0, 1, 0, 0, 1, 1, 0, 0, 0, 1, 1, 0, 0, 0, 0, 0],
};

describe("Kaplan–Meier", () => {
  it("gives the published curve of the 6-MP arm and SPSS's median", () => {
    const curve = unwrap(kaplanMeier(sixMp));
    const s = survivalAt(curve, [6, 7, 10, 13, 16, 22, 23]).map((point) => point.survival);
    // Klein and Moeschberger 2003, table 4.1B
    [0.8571, 0.8067, 0.7529, 0.6902, 0.6275, 0.5378, 0.4482].forEach((value, i) => {
      expect(s[i]).toBeCloseTo(value, 4);
    });
    const spss = spssMedian(curve);
    expect(spss.value).toBe(23);
    expect(spss.standardError).toBeCloseTo(5.255, 3);
    expect(spss.lower).toBeCloseTo(12.7, 2);
    expect(spss.upper).toBeCloseTo(33.3, 2);
    expect(survivalQuantile(curve, 0.5)).toMatchObject({ value: 23, lower: 16, upper: null, rule: "midpoint" });
    expect(unwrap(restrictedMean(curve, 20)).mean).toBeCloseTo(16.1165266, 6);
  });

  it("names both rules for a median on a flat stretch", () => {
    const curve = unwrap(kaplanMeier({ time: [1, 2, 3, 4], event: [1, 1, 1, 1] }));
    expect(survivalQuantile(curve, 0.5).value).toBe(2.5);
    expect(survivalQuantile(curve, 0.5, "first").value).toBe(2);
  });

  it("equals a plain quadratic computation with many random ties", () => {
    const n = sized(20_000, 100_000);
    const stream = random(5);
    const time = Array.from({ length: n }, () => stream.integer(400));
    const event = Array.from({ length: n }, () => (stream.uniform() < 0.6 ? 1 : 0));
    const curve = unwrap(kaplanMeier({ time, event }));
    const distinct = [...new Set(time)].sort((a, b) => a - b);
    let survival = 1;
    expect(Array.from(curve.time)).toEqual(distinct);
    distinct.forEach((t, k) => {
      let atRisk = 0;
      let deaths = 0;
      for (let i = 0; i < n; i++) {
        if (time[i]! >= t) atRisk++;
        if (time[i] === t) deaths += event[i]!;
      }
      survival *= 1 - deaths / atRisk;
      expect(curve.atRisk[k]).toBe(atRisk);
      expect(curve.eventCount[k]).toBe(deaths);
      expect(near(curve.survival[k]!, survival, 1e-12)).toBe(true);
    });
  });

  it("without censoring is the empirical survival", () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: 30 }), { minLength: 1, maxLength: 60 }), (time) => {
        const curve = unwrap(kaplanMeier({ time, event: time.map(() => 1) }));
        curve.time.forEach((t, k) => {
          const empirical = time.filter((other) => other > t).length / time.length;
          expect(near(curve.survival[k]!, empirical, 1e-12, 1e-13)).toBe(true);
        });
      }),
    );
  });

  it("falls within bounds, with limits around it, whatever the scale of the interval", () => {
    const types = ["log", "log-log", "plain", "logit", "arcsin"] as const;
    fc.assert(
      fc.property(sample(1), fc.constantFrom(...types), ({ time, event }, intervalType) => {
        const curve = unwrap(kaplanMeier({ time, event }, { intervalType }));
        let previous = 1;
        curve.survival.forEach((s, k) => {
          expect(s).toBeGreaterThanOrEqual(0);
          expect(s).toBeLessThanOrEqual(previous);
          previous = s;
          const lower = curve.lower[k];
          const upper = curve.upper[k];
          if (lower !== null) expect(lower).toBeLessThanOrEqual(s + 1e-12);
          if (upper !== null) expect(upper).toBeGreaterThanOrEqual(s - 1e-12);
          for (const value of [lower, upper, curve.standardError[k]]) expect(Number.isNaN(value)).toBe(false);
        });
      }),
    );
  });

  it("does not depend on the order of rows, and scales with time", () => {
    fc.assert(
      fc.property(sample(2), fc.integer({ min: 1, max: 1000 }), ({ time, event }, seed) => {
        const order = random(seed).permutation(time.length);
        const curve = unwrap(kaplanMeier({ time, event }));
        const other = unwrap(
          kaplanMeier({ time: permuted(time, order).map((t) => t * 30.4375), event: permuted(event, order) }),
        );
        expect(other.survival).toEqual(curve.survival);
        const median = survivalQuantile(curve, 0.5).value;
        const scaled = survivalQuantile(other, 0.5).value;
        expect(scaled === null).toBe(median === null);
        if (median !== null) expect(near(scaled!, median * 30.4375, 1e-12)).toBe(true);
      }),
    );
  });

  it("counts whole weights as repeated rows", () => {
    fc.assert(
      fc.property(
        sample(2, 20),
        fc.array(fc.integer({ min: 1, max: 4 }), { minLength: 20, maxLength: 20 }),
        (data, counts) => {
          const weights = data.time.map((_, i) => counts[i]!);
          const repeat = (values: number[]) =>
            values.flatMap((value, i) => Array.from({ length: weights[i]! }, () => value));
          const weighted = unwrap(kaplanMeier({ time: data.time, event: data.event, weights }));
          const repeated = unwrap(kaplanMeier({ time: repeat(data.time), event: repeat(data.event) }));
          weighted.survival.forEach((s, k) => {
            expect(near(s, repeated.survival[k]!, 1e-12, 1e-14)).toBe(true);
            const se = weighted.standardError[k] ?? -1;
            expect(near(se, repeated.standardError[k] ?? -1, 1e-10, 1e-12)).toBe(true);
          });
        },
      ),
    );
  });

  it("uses the infinitesimal jackknife for weights that are not whole: the numerical derivative agrees", () => {
    const { time, event } = simulated(40, 1, 3);
    const stream = random(9);
    const weights = Float64Array.from(time, () => 0.5 + stream.uniform());
    const curve = unwrap(kaplanMeier({ time, event, weights }));
    expect(curve.varianceType).toBe("infinitesimal-jackknife");
    const at = Math.floor(curve.time.length / 2);
    let variance = 0;
    for (let i = 0; i < time.length; i++) {
      const step = 1e-6;
      const moved = weights.slice();
      moved[i]! += step;
      const derivative =
        (unwrap(kaplanMeier({ time, event, weights: moved })).survival[at]! - curve.survival[at]!) / step;
      variance += (weights[i]! * derivative) ** 2;
    }
    expect(near(curve.standardError[at]!, Math.sqrt(variance), 1e-4)).toBe(true);
  });

  it("with everybody entering at 0 equals the plain curve; splitting a row changes nothing", () => {
    const { time, event } = simulated(200, 1, 4);
    const plain = unwrap(kaplanMeier({ time, event }));
    const entered = unwrap(kaplanMeier({ time, event, entry: new Float64Array(200) }));
    expect(entered.survival).toEqual(plain.survival);
    const split = { time: [] as number[], event: [] as number[], entry: [] as number[] };
    time.forEach((t, i) => {
      const cut = Math.floor(t / 2);
      if (cut > 0) {
        split.time.push(cut, t);
        split.event.push(0, event[i]!);
        split.entry.push(0, cut);
      } else {
        split.time.push(t);
        split.event.push(event[i]!);
        split.entry.push(0);
      }
    });
    const parts = unwrap(kaplanMeier(split));
    expect(
      survivalAt(parts, Array.from(plain.time)).every((point, k) => near(point.survival, plain.survival[k]!, 1e-12)),
    ).toBe(true);
  });

  it("treats times that differ by rounding as one", () => {
    const curve = unwrap(kaplanMeier({ time: [0.1 + 0.2, 0.3, 0.6], event: [1, 1, 0] }));
    expect(Array.from(curve.time)).toEqual([0.3, 0.6]);
    expect(curve.eventCount[0]).toBe(2);
  });

  it("says what it left out, and what cannot be estimated", () => {
    const missing = kaplanMeier({ time: [5, Number.NaN, 7], event: [1, 1, Number.NaN] });
    expect(missing.issues.map((issue) => issue.code)).toEqual(["rows-with-missing-values"]);
    const none = unwrap(kaplanMeier({ time: [1, 2], event: [0, 0] }));
    expect(none.issues.map((issue) => issue.code)).toContain("no-events");
    expect(survivalQuantile(none, 0.5)).toMatchObject({ value: null, lower: null, upper: null });
    expect(spssMedian(none).value).toBeNull();
    const beyond = survivalAt(none, [1, 3]);
    expect(beyond.map((point) => point.beyondFollowUp)).toEqual([false, true]);
  });

  it("follows up by reverse Kaplan–Meier and by the plain median, by name", () => {
    const result = unwrap(followUp(sixMp));
    expect(result.reverseKaplanMeier.value).toBe(25);
    expect(result.plainMedian).toBe(16);
    expect(unwrap(followUp({ time: [1, 2], event: [1, 1] })).medianOfCensored).toBeNull();
  });

  it.each([
    ["unequal columns", { time: [1, 2], event: [1] }, "unequal-columns"],
    ["an event of 2", { time: [1, 2], event: [1, 2] }, "bad-event"],
    ["a negative time", { time: [1, -2], event: [1, 0] }, "bad-time"],
    ["an infinite time", { time: [1, Number.POSITIVE_INFINITY], event: [1, 0] }, "bad-time"],
    ["an entry at the end", { time: [1, 2], event: [1, 0], entry: [0, 2] }, "entry-not-before-time"],
    ["a weight of 0", { time: [1, 2], event: [1, 0], weights: [1, 0] }, "bad-weight"],
    ["no complete row", { time: [Number.NaN], event: [1] }, "no-rows"],
    ["no row", { time: [], event: [] }, "no-rows"],
  ])("refuses %s", (_, columns, code) => {
    const result = kaplanMeier(columns);
    expect(result.ok).toBe(false);
    expect(result.issues[0]?.code).toBe(code);
  });

  it("refuses a level outside 0 to 1 and a horizon of 0", () => {
    expect(kaplanMeier(sixMp, { level: 95 }).issues[0]?.code).toBe("bad-level");
    expect(restrictedMean(unwrap(kaplanMeier(sixMp)), 0).issues[0]?.code).toBe("bad-horizon");
  });
});
