import { sized } from "testkit";
import { describe, expect, it } from "vitest";
import { faultCases } from "./cases.js";
import { analyseTrial } from "./trial.js";

const COHORTS = sized(20, 200);

describe("a fault of design", () => {
  it.each(faultCases.map((one) => [one.code, one] as const))(
    "%s fires where it was planted and is silent where it was not",
    (code, { make }) => {
      const rate = (planted: boolean): number => {
        let fired = 0;
        for (let seed = 1; seed <= COHORTS; seed++)
          if (analyseTrial(make(seed, planted), seed).notes.some((note) => note.code === code)) fired += 1;
        return fired / COHORTS;
      };
      const found = { planted: rate(true), clean: rate(false) };
      if (process.env.LIVERMARK_RATES !== undefined) process.stdout.write(`${code} ${found.planted} ${found.clean}\n`);
      expect(found.planted).toBeGreaterThanOrEqual(0.95);
      expect(found.clean).toBeLessThanOrEqual(0.05);
    },
    600_000,
  );
});
