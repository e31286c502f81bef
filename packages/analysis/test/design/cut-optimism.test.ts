import { random } from "@livermark/core";
import { describe, expect, it } from "vitest";
import { survivalCutAgain, youdenCutAgain } from "../../src/design/cut-optimism.js";

const COHORTS = 12;
const N = 90;

/** A marker with a hazard ratio of `exp(beta)` above its median; no effect at beta 0. */
function cohort(seed: number, beta: number) {
  const stream = random(seed);
  const marker = Array.from({ length: N }, () => stream.normal());
  const time = marker.map((value) => stream.exponential() / Math.exp(value > 0 ? beta : 0));
  const outcome = marker.map((value) => (stream.uniform() < (value > 0 && beta > 0 ? 0.85 : 0.4) ? 1 : 0));
  return { marker, time, event: marker.map(() => 1), outcome };
}
const mean = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;

describe("the optimism of a chosen cut", () => {
  it("takes most of a hazard ratio off that chance alone made", () => {
    const found = Array.from({ length: COHORTS }, (_, k) => survivalCutAgain(cohort(k + 1, 0), 50, 1));
    const apparent = mean(found.map((one) => Math.log(one?.optimism.apparent ?? Number.NaN)));
    const corrected = mean(found.map((one) => Math.log(one?.optimism.corrected ?? Number.NaN)));
    expect(apparent).toBeGreaterThan(0.35);
    expect(Math.abs(corrected)).toBeLessThan(0.5 * apparent);
  });

  it("leaves most of a hazard ratio that is real", () => {
    const found = Array.from({ length: COHORTS }, (_, k) => survivalCutAgain(cohort(k + 1, 1.2), 50, 1));
    for (const one of found) {
      expect(one?.optimism.corrected).toBeLessThan(one?.optimism.apparent ?? 0);
      expect(one?.interval.low).toBeLessThanOrEqual(one?.interval.high ?? Number.NEGATIVE_INFINITY);
    }
    expect(mean(found.map((one) => Math.log(one?.optimism.corrected ?? Number.NaN)))).toBeGreaterThan(0.6);
  });

  it("takes a Youden index of chance down and leaves a real one", () => {
    const indexOf = (beta: number) =>
      Array.from({ length: COHORTS }, (_, k) => {
        const { marker, outcome } = cohort(k + 1, beta);
        return youdenCutAgain(marker, outcome, "higher-in-cases", 50, 1)?.optimism;
      });
    const chance = indexOf(0);
    const apparent = mean(chance.map((one) => one?.apparent ?? Number.NaN));
    expect(Math.abs(mean(chance.map((one) => one?.corrected ?? Number.NaN)))).toBeLessThan(0.6 * apparent);
    expect(mean(indexOf(1).map((one) => one?.corrected ?? Number.NaN))).toBeGreaterThan(0.25);
  });

  it("is the same for the same seed and absent where no cut can be sought", () => {
    const { marker, time, event } = cohort(3, 1);
    expect(survivalCutAgain({ time, event, marker }, 50, 7)).toEqual(survivalCutAgain({ time, event, marker }, 50, 7));
    expect(survivalCutAgain({ time, event: event.map(() => 0), marker }, 50, 7)).toBeNull();
    expect(youdenCutAgain(marker, event, "auto", 50, 7)).toBeNull();
  });
});
