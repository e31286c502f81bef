import { random, unwrap } from "@livermark/core";
import fc from "fast-check";
import { near } from "testkit";
import { describe, expect, it } from "vitest";
import { compareConcordance, concordance } from "../../src/survival/index.js";
import { permuted, sample, simulated } from "./support.js";

const longer = { direction: "longer-survival" } as const;

/** Every pair, by the definition. */
function byPairs(time: ArrayLike<number>, event: ArrayLike<number>, marker: ArrayLike<number>) {
  let concordant = 0;
  let discordant = 0;
  let tied = 0;
  for (let i = 0; i < time.length; i++) {
    if (event[i] === 0) continue;
    for (let j = 0; j < time.length; j++) {
      if (!(time[j]! > time[i]! || (time[j] === time[i] && event[j] === 0))) continue;
      if (marker[j]! > marker[i]!) concordant++;
      else if (marker[j]! < marker[i]!) discordant++;
      else tied++;
    }
  }
  return { concordant, discordant, tied };
}

describe("concordance", () => {
  it("counts pairs as their definition does", () => {
    fc.assert(
      fc.property(sample(2), ({ time, event, x }) => {
        const result = unwrap(concordance({ time, event, marker: x }, longer));
        const plain = byPairs(time, event, x);
        expect(result.pairs).toMatchObject({
          concordant: plain.concordant,
          discordant: plain.discordant,
          tiedMarker: plain.tied,
        });
        const pairs = plain.concordant + plain.discordant + plain.tied;
        if (pairs === 0) expect(result.concordance).toBeNull();
        else expect(near(result.concordance!, (plain.concordant + plain.tied / 2) / pairs, 1e-12)).toBe(true);
      }),
    );
  });

  it("turns round with the direction and with the sign of the marker, and keeps under order and monotone maps", () => {
    fc.assert(
      fc.property(sample(4), fc.integer({ min: 1, max: 99 }), ({ time, event, x }, seed) => {
        const base = unwrap(concordance({ time, event, marker: x }, longer));
        const risk = unwrap(concordance({ time, event, marker: x }, { direction: "higher-risk" }));
        const negative = unwrap(concordance({ time, event, marker: x.map((v) => -v) }, longer));
        const order = random(seed).permutation(time.length);
        const moved = unwrap(
          concordance(
            {
              time: permuted(time, order),
              event: permuted(event, order),
              marker: permuted(x, order).map((v) => Math.exp(v)),
            },
            longer,
          ),
        );
        if (base.concordance === null) return;
        expect(near(risk.concordance!, 1 - base.concordance, 1e-12)).toBe(true);
        expect(near(negative.concordance!, 1 - base.concordance, 1e-12, 1e-12)).toBe(true);
        expect(near(moved.concordance!, base.concordance, 1e-12)).toBe(true);
        expect(near(moved.standardError ?? 0, base.standardError ?? 0, 1e-9, 1e-12)).toBe(true);
      }),
    );
  });

  it("has the standard error of the jackknife on weights", () => {
    const { time, event, x } = simulated(50, 1, 7);
    const weights = new Float64Array(50).fill(1);
    const at = (w: Float64Array) => unwrap(concordance({ time, event, marker: x[0]!, weights: w }, longer));
    const base = at(weights);
    let variance = 0;
    for (let i = 0; i < 50; i++) {
      const moved = weights.slice();
      moved[i] = 1 + 1e-6;
      variance += ((at(moved).concordance! - base.concordance!) / 1e-6) ** 2;
    }
    expect(near(base.standardError!, Math.sqrt(variance), 1e-5)).toBe(true);
  });

  it("weighted by Uno's rule equals Harrell's when nobody is censored", () => {
    const { time, x } = simulated(60, 1, 9);
    const event = time.map(() => 1);
    const harrell = unwrap(concordance({ time, event, marker: x[0]! }, longer));
    const uno = unwrap(concordance({ time, event, marker: x[0]! }, { ...longer, weight: "uno" }));
    expect(near(uno.concordance!, harrell.concordance!, 1e-12)).toBe(true);
  });

  it("finds no difference between a marker and itself", () => {
    const { time, event, x } = simulated(60, 2, 10);
    const same = unwrap(compareConcordance({ time, event, markers: [x[0]!, x[0]!] }, longer));
    expect(same.difference).toBe(0);
    expect(same.standardError).toBeNull();
    const two = unwrap(compareConcordance({ time, event, markers: [x[0]!, x[1]!] }, longer));
    expect(two.covariance[0]![1]).toBeCloseTo(two.covariance[1]![0]!, 15);
  });

  it("does not call perfect agreement of a tiny sample certain", () => {
    const perfect = unwrap(concordance({ time: [1, 2, 3], event: [1, 1, 1], marker: [1, 2, 3] }, longer));
    expect(perfect.concordance).toBe(1);
    expect(perfect.standardError).toBeNull();
    expect(perfect.lower).toBeNull();
  });

  it.each([
    ["a bad level", { time: [1], event: [1], marker: [1] }, { ...longer, level: 2 }, "bad-level"],
    ["unequal columns", { time: [1, 2], event: [1, 1], marker: [1] }, longer, "unequal-columns"],
    ["no row", { time: [1], event: [1], marker: [Number.NaN] }, longer, "no-rows"],
  ])("refuses %s", (_, columns, options, code) => {
    expect(concordance(columns, options).issues[0]?.code).toBe(code);
  });

  it("refuses to compare without a comparable pair", () => {
    const result = compareConcordance(
      {
        time: [1, 1],
        event: [1, 1],
        markers: [
          [1, 2],
          [2, 1],
        ],
      },
      longer,
    );
    expect(result.issues[0]?.code).toBe("no-comparable-pair");
  });
});
