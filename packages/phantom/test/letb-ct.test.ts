import { unwrap } from "@livermark/core";
import type { Mask, Vec3 } from "@livermark/imaging";
import { describe, expect, it } from "vitest";
import {
  centredGrid,
  displaced,
  expectedLetbPercent,
  type LetbCtOptions,
  type LetbCtVisit,
  letbCtPhantom,
  restored,
} from "../src/index.js";

const base: LetbCtOptions = {
  seed: 5,
  patient: "P1",
  body: { kind: "abdomen", size: [72, 60, 24], spacingMm: [4.4, 4.4, 7] },
  lesions: 5,
  timePoints: [
    { name: "baseline", date: "2024-01-10", enhancingFraction: 0.3, tumourFraction: 0.34 },
    { name: "follow-up-1", date: "2024-04-02", enhancingFraction: 0.12, tumourFraction: 0.3 },
  ],
  noise: { sd: 0 },
  samplesPerAxis: 1,
};

const subtraction = (visit: LetbCtVisit): Int16Array => {
  const [pre, arterial] = visit.volumes.map(({ volume }) => volume.data);
  return Int16Array.from(arterial!, (value, v) => value - pre![v]!);
};

/** Share of mask voxels above a threshold, in %: the reading with a known background. */
const reading = (visit: LetbCtVisit, thresholdHu: number): number => {
  const difference = subtraction(visit);
  let above = 0;
  for (let v = 0; v < difference.length; v++) if (visit.liver.data[v] === 1 && difference[v]! > thresholdHu) above++;
  return (100 * above) / visit.truth.liverVoxels;
};

describe("letbCtPhantom", () => {
  const { visits } = unwrap(letbCtPhantom(base));
  const [baseline, followUp] = visits;

  it("fills the set shares of the liver to one voxel", () => {
    for (const [visit, wanted] of [
      [baseline!, 30],
      [followUp!, 12],
    ] as const)
      expect(Math.abs(visit.truth.letbPercent - wanted)).toBeLessThanOrEqual(100 / visit.truth.liverVoxels + 1e-9);
    expect(baseline!.truth.liverMl).toBeGreaterThan(1100);
    expect(baseline!.truth.liverMl).toBeLessThan(2200);
  });

  it("reads its own truth without noise and with hard edges", () => {
    for (const visit of visits) {
      expect(reading(visit, 12)).toBeCloseTo(visit.truth.letbPercent, 10);
      expect(visit.truth.expectedLetbPercent).toBe(visit.truth.letbPercent);
    }
  });

  it("stays within one voxel shell with partial volume", () => {
    const soft = unwrap(letbCtPhantom({ ...base, samplesPerAxis: 2 })).visits[0]!;
    const shell = (100 * soft.truth.shellVoxels) / soft.truth.liverVoxels;
    expect(reading(soft, 12 + 30)).not.toBe(soft.truth.letbPercent);
    expect(Math.abs(reading(soft, 12 + 30) - soft.truth.letbPercent)).toBeLessThan(shell);
    // At half the contrast gains and losses cancel at lesion edges inside the liver, not at its surface.
    expect(Math.abs(reading(soft, 12 + 30) - soft.truth.letbPercent)).toBeLessThan(2);
  });

  it("reads the definition's expectation with noise", () => {
    const noisy = unwrap(letbCtPhantom({ ...base, noise: { sd: 12 } })).visits;
    for (const visit of noisy) {
      const { subtractionSd, expectedLetbPercent: expected, letbPercent } = visit.truth;
      // An integer difference exceeds the threshold from the next half onwards.
      expect(Math.abs(reading(visit, 12 + 2 * subtractionSd) - expected)).toBeLessThan(0.8);
      expect(Math.abs(expected - letbPercent)).toBeGreaterThan(0.05);
    }
  });

  it("puts three reference cubes into clean parenchyma", () => {
    for (const visit of visits) {
      expect(visit.references).toHaveLength(3);
      expect(new Set(visit.references.map((region) => JSON.stringify(region)))).toHaveProperty("size", 3);
    }
  });

  it("gives each tumour voxel to one lesion", () => {
    const sum = new Uint8Array(baseline!.liver.data.length);
    for (const lesion of baseline!.lesions) for (let v = 0; v < sum.length; v++) sum[v]! += lesion.data[v]!;
    expect(Math.max(...sum)).toBe(1);
    expect(sum.reduce((a, b) => a + b, 0)).toBe(baseline!.truth.tumourVoxels);
  });

  it("is deterministic, and differs between seeds", () => {
    const again = unwrap(letbCtPhantom({ ...base, noise: { sd: 8, grain: true } }));
    const same = unwrap(letbCtPhantom({ ...base, noise: { sd: 8, grain: true } }));
    const other = unwrap(letbCtPhantom({ ...base, noise: { sd: 8, grain: true }, seed: 6 }));
    expect(same).toEqual(again);
    expect(other.visits[0]!.volumes[0]!.volume.data).not.toEqual(again.visits[0]!.volumes[0]!.volume.data);
  });

  it("builds a body around a given mask", () => {
    const grid = centredGrid([48, 48, 20], [7, 7, 8]);
    const liver: Mask = { name: "liver", grid, data: new Uint8Array(48 * 48 * 20) };
    for (let k = 4; k < 16; k++)
      for (let j = 15; j < 32; j++) for (let i = 8; i < 24; i++) liver.data[(k * 48 + j) * 48 + i] = 1;
    const [visit] = unwrap(
      letbCtPhantom({
        ...base,
        body: { kind: "around-mask", liver },
        lesions: 2,
        timePoints: base.timePoints.slice(0, 1),
      }),
    ).visits;
    expect(visit!.liver.data).toEqual(liver.data);
    // Lesions centred on voxels cut whole sets of mirrored voxels at once.
    expect(Math.abs(visit!.truth.letbPercent - 30)).toBeLessThan((100 * 8) / visit!.truth.liverVoxels);
    expect(reading(visit!, 12)).toBeCloseTo(visit!.truth.letbPercent, 10);
  });

  it("moves the unenhanced phase by the stated displacement", () => {
    const motion = { shiftMm: [0, 0, 14] as Vec3, bendMm: 0 };
    const moved = unwrap(letbCtPhantom({ ...base, motion, timePoints: base.timePoints.slice(0, 1) })).visits[0]!;
    const plane = 72 * 60;
    const still = baseline!.volumes[0]!.volume.data;
    const shifted = moved.volumes[0]!.volume.data;
    expect(shifted.slice(4 * plane, 20 * plane)).toEqual(still.slice(2 * plane, 18 * plane));
    const bend = { shiftMm: [3, -2, 9] as Vec3, bendMm: 4 };
    const p: Vec3 = [-60, 10, 20];
    const back = restored(bend, displaced(bend, p));
    expect(Math.hypot(back[0] - p[0], back[1] - p[1], back[2] - p[2])).toBeLessThan(2e-3);
  });

  it.each([
    [
      "fractions",
      { timePoints: [{ name: "b", date: "2024-01-01", enhancingFraction: 0.5, tumourFraction: 0.4 }] },
      "phantom-fraction",
    ],
    ["no lesion", { lesions: 0 }, "phantom-no-room"],
    [
      "no room for a cube",
      { timePoints: [{ name: "b", date: "2024-01-01", enhancingFraction: 0.97 }] },
      "phantom-no-reference",
    ],
    ["noise", { noise: { sd: -1 } }, "phantom-options"],
    ["no time point", { timePoints: [] }, "phantom-options"],
  ] as const)("refuses bad %s", (_, change, code) => {
    const result = letbCtPhantom({ ...base, ...change });
    expect(result.ok).toBe(false);
    expect(result.issues[0]!.code).toBe(code);
  });
});

describe("expectedLetbPercent", () => {
  it("is f·Φ((c − k·s)/s) + (1 − f)·Φ(−k)", () => {
    const compartments = [
      { tissue: "liver", voxels: 700, contrast: 0 },
      { tissue: "lesion-viable", voxels: 300, contrast: 60 },
    ];
    // R: 100 * (0.3 * pnorm((60 - 28) / 14) + 0.7 * pnorm(-2)) = 31.25844
    expect(expectedLetbPercent(compartments, 14, 2)).toBeCloseTo(31.25844, 5);
    expect(expectedLetbPercent(compartments, 0, 2)).toBe(30);
    expect(expectedLetbPercent([{ tissue: "liver", voxels: 1, contrast: 0 }], 14, 2)).toBeCloseTo(2.275013, 6);
  });
});
