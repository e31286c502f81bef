import { unwrap } from "@livermark/core";
import { letb, type Mask, type Volume } from "@livermark/imaging";
import { fullSize, sized } from "testkit";
import { describe, expect, it } from "vitest";
import { expectedOfPair, type LetbMrOptions, letbMrPhantom } from "../src/index.js";
import { noiseOfPair, readingOf, references } from "./letb-grid-run.js";
import { registerPhases } from "./register-phases.js";

/** Fraction, noise, breathing in mm (it bends by a quarter of that) and slice thickness of MR phantoms; seeds 1201 to 1208. */
const CASES = [
  [0.05, 20, 0, 4],
  [0.15, 30, 5, 4],
  [0.3, 15, 10, 3],
  [0.45, 40, 15, 5],
  [0.25, 25, 20, 3],
  [0.6, 20, 10, 5],
  [0, 30, 5, 3],
  [0.1, 35, 15, 4],
] as const;
const SHORT = [3];

const FIELD_MM = [222, 196, 216] as const;

function optionsOf(n: number): LetbMrOptions {
  const [fraction, , , slice] = CASES[n]!;
  const spacingMm = [sized(3, 2), sized(3, 2), slice] as const;
  const count = (axis: 0 | 1 | 2): number => Math.round(FIELD_MM[axis] / spacingMm[axis]);
  return {
    seed: 1201 + n,
    patient: `M${n + 1}`,
    body: { kind: "abdomen", size: [count(0), count(1), count(2)], spacingMm, centreMm: [-42, -10, 0] },
    lesions: fraction === 0 ? 0 : 5 + ((n + 1) % 4),
    timePoints: [
      {
        name: "baseline",
        date: "2024-01-10",
        enhancingFraction: fraction,
        tumourFraction: Math.min(0.7, 1.15 * fraction),
      },
    ],
    noiseSd: 0,
    referenceCm3: 0.5,
  };
}

const mean = (values: readonly number[]): number => values.reduce((sum, x) => sum + x, 0) / values.length;

/** What the definition expects on average with these references: their parenchyma is taken without noise. */
function expectation(pre: Volume, arterial: Volume, liver: Mask, at: readonly Mask[], sd: number): number {
  return mean(
    at.map(({ data }) => {
      const gains: number[] = [];
      for (let v = 0; v < data.length; v++) if (data[v] === 1) gains.push(arterial.data[v]! - pre.data[v]!);
      return expectedOfPair(pre, arterial, liver, { sd, parenchyma: mean(gains) });
    }),
  );
}

describe("LETB of MR phantoms that breathed", () => {
  it(
    "after registration is what the definition expects, and its interval holds that",
    async () => {
      const errors: number[] = [];
      let held = 0;
      const cases = CASES.map((_, n) => n).filter((n) => fullSize || SHORT.includes(n));
      for (const n of cases) {
        const [, noiseSd, breathingMm] = CASES[n]!;
        const options = optionsOf(n);
        const motion = { shiftMm: [0, -0.2 * breathingMm, breathingMm] as const, bendMm: 0.25 * breathingMm };
        const clean = unwrap(letbMrPhantom(options)).visits[0]!;
        const visit = unwrap(letbMrPhantom({ ...options, noiseSd, motion })).visits[0]!;
        const [unenhanced, arterial] = visit.volumes.map(({ volume }) => volume) as [Volume, Volume];
        const [cleanPre, cleanArterial] = clean.volumes.map(({ volume }) => volume) as [Volume, Volume];
        const { liver, lesions: tumours } = visit;
        const asItCame = letb({
          pre: unenhanced,
          arterial,
          liver,
          tumours,
          references: references(unenhanced, arterial, visit),
        });
        if (breathingMm >= 10) expect(asItCame.issues.map(({ code }) => code)).toContain("phases-moved");
        const { map, volume: pre, errorMm } = await registerPhases(arterial, unenhanced, liver, tumours);
        const at = references(pre, arterial, visit);
        const sd = noiseOfPair(noiseSd, unenhanced, liver, map);
        const reading = readingOf(
          unwrap(
            letb(
              { pre, arterial, liver, tumours, references: at },
              { contrastOverride: "phantom", registrationErrorMm: errorMm },
            ),
          ),
          expectation(cleanPre, cleanArterial, liver, at, sd),
        );
        errors.push(Math.abs(reading.letb - reading.expected));
        if (reading.low <= reading.expected && reading.expected <= reading.high) held++;
      }
      errors.sort((a, b) => a - b);
      expect(errors[errors.length >> 1]).toBeLessThanOrEqual(1);
      expect(errors.at(-1)).toBeLessThanOrEqual(3);
      expect(held).toBeGreaterThanOrEqual(cases.length - sized(0, 1));
    },
    sized(300_000, 3_600_000),
  );
});
