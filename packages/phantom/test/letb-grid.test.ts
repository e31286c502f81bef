import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type Random, random, unwrap } from "@livermark/core";
import { letb, type Mask, noiseFloorPercent, rasterise, type Volume } from "@livermark/imaging";
import { fullSize, repositoryRoot, sized } from "testkit";
import { describe, expect, it } from "vitest";
import { expectedOfPair, type LetbGridCase, letbCtPhantom, letbGridCases, letbGridOptions } from "../src/index.js";
import { gridCsv, gridFigure, gridTables } from "./letb-grid-report.js";
import { type GridRow, runGridCase } from "./letb-grid-run.js";
import { registerPhases } from "./register-phases.js";

/** Four cases of few slices that lie far apart; the full size takes all. */
const SHORT = [9, 14, 38, 42];
const chosen = letbGridCases.filter(({ number }) => fullSize || SHORT.includes(number));

const median = (values: readonly number[]): number => {
  const sorted = [...values].sort((a, b) => a - b);
  return (sorted[(sorted.length - 1) >> 1]! + sorted[sorted.length >> 1]!) / 2;
};

describe("the grid of LETB phantoms", () => {
  it("has 42 cases over the whole range of fraction, noise, breathing and slice thickness", () => {
    const span = (of: (one: LetbGridCase) => number): readonly number[] => {
      const all = letbGridCases.map(of);
      return [Math.min(...all), Math.max(...all)];
    };
    expect(letbGridCases).toHaveLength(42);
    expect(span((one) => one.fraction)).toEqual([0, 0.6]);
    expect(span((one) => one.noiseSd)).toEqual([0, 20]);
    expect(span((one) => one.breathingMm)).toEqual([0, 20]);
    expect(span((one) => one.sliceMm)).toEqual([1.25, 5]);
  });

  it(
    "reads the truth without noise, and with noise what the definition expects after registration",
    async () => {
      const rows: GridRow[] = [];
      for (const one of chosen) rows.push(await runGridCase(one, registerPhases));
      for (const row of rows) {
        expect(Math.abs(row.withoutNoise - row.truth)).toBeLessThanOrEqual(row.shell);
        if (row.breathingMm >= 10) expect(row.refusedAs).toContain("phases-moved");
      }
      const noisy = rows.filter((row) => row.noiseSd > 0);
      for (const of of [(row: GridRow) => row.registered, (row: GridRow) => row.registeredSurface]) {
        const errors = noisy.map((row) => Math.abs(of(row).letb - of(row).expected));
        expect(median(errors)).toBeLessThanOrEqual(1);
        expect(Math.max(...errors)).toBeLessThanOrEqual(3);
        const held = noisy.filter((row) => of(row).low <= of(row).expected && of(row).expected <= of(row).high);
        expect(held.length / noisy.length).toBeGreaterThanOrEqual(0.93);
      }
      if (!fullSize) return;
      const files = { "letb-phantoms.csv": gridCsv(rows), "letb-phantoms.svg": gridFigure(gridCsv(rows)) };
      for (const [name, text] of Object.entries(files)) {
        const path = join(repositoryRoot, "docs", name);
        if (process.env.LIVERMARK_WRITE === "1") writeFileSync(path, text);
        expect(existsSync(path)).toBe(true);
      }
    },
    sized(300_000, 7_200_000),
  );

  it("has its table and figure in docs, drawn from the stored numbers", () => {
    const stored = readFileSync(join(repositoryRoot, "docs/letb-phantoms.csv"), "utf8");
    const page = readFileSync(join(repositoryRoot, "docs/letb.md"), "utf8");
    expect(stored.trim().split("\n").length).toBeGreaterThan(40);
    for (const table of gridTables(stored)) expect(page).toContain(table);
    expect(readFileSync(join(repositoryRoot, "docs/letb-phantoms.svg"), "utf8")).toBe(gridFigure(stored));
  });
});

describe("the interval of LETB on the phantom", () => {
  /** A noise-free pair on the liver of one body, and places for the references. */
  function pair(one: LetbGridCase) {
    const options = { ...letbGridOptions(one, { noise: false, motion: false }), referenceCm3: 1 };
    const [visit] = unwrap(letbCtPhantom(options)).visits;
    const [pre, arterial] = visit!.volumes.map(({ volume }) => volume) as [Volume, Volume];
    const references = visit!.references.map((region) => unwrap(rasterise(region, arterial.grid)));
    return { pre, arterial, references, liver: visit!.liver };
  }
  /** The volume with new noise under the mask. */
  function noisy(volume: Volume, liver: Mask, sd: number, stream: Random): Volume {
    const data = Int16Array.from(volume.data);
    for (let v = 0; v < data.length; v++)
      if (liver.data[v] === 1) data[v] = Math.round(data[v]! + sd * stream.normal());
    return { ...volume, data };
  }

  it(
    "covers what the definition expects in 93 to 97 of 100",
    () => {
      const cases = [
        { number: 51, fraction: 0.05, noiseSd: 12, breathingMm: 0, sliceMm: 5 },
        { number: 52, fraction: 0.25, noiseSd: 9, breathingMm: 0, sliceMm: 5 },
        { number: 53, fraction: 0.45, noiseSd: 18, breathingMm: 0, sliceMm: 5 },
      ];
      const rounds = sized(15, 250);
      let covered = 0;
      for (const one of cases) {
        const { pre, arterial, references, liver } = pair(one);
        const sd = Math.sqrt(2 * (one.noiseSd ** 2 + 1 / 12));
        const expected = expectedOfPair(pre, arterial, liver, { sd });
        const stream = random(600 + one.number);
        for (let round = 0; round < rounds; round++) {
          const draw = stream.fork(`${round}`);
          const { interval } = unwrap(
            letb({
              pre: noisy(pre, liver, one.noiseSd, draw),
              arterial: noisy(arterial, liver, one.noiseSd, draw),
              liver,
              references,
            }),
          );
          if (interval!.low <= expected && expected <= interval!.high) covered++;
        }
      }
      const share = covered / (rounds * cases.length);
      expect(share).toBeGreaterThanOrEqual(sized(0.84, 0.93));
      expect(share).toBeLessThanOrEqual(sized(1, 0.97));
    },
    sized(120_000, 1_800_000),
  );

  it("counts the floor of the definition where there is no tumour", () => {
    expect(noiseFloorPercent(2)).toBeCloseTo(2.275, 3);
  });
});
