import { unwrap } from "@livermark/core";
import { patientToIndex, voxelCount } from "@livermark/imaging";
import { describe, expect, it } from "vitest";
import {
  concentrationForSer,
  contrastT1Ms,
  type SerMrOptions,
  type SerMrVisit,
  serMrPhantom,
  spoiledGradientSignal,
} from "../src/index.js";

const base: SerMrOptions = {
  seed: 3,
  patient: "P1",
  size: [80, 72, 30],
  spacingMm: [4, 3.8, 5.6],
  timePoints: [
    { name: "baseline", date: "2024-01-10", ser: 1.25 },
    { name: "follow-up-1", date: "2024-03-10", ser: 0.65 },
  ],
  noiseSd: 0,
};

/** Mean of a phase over the voxel centres inside the visit's ellipse. */
function regionMean(visit: SerMrVisit, n: number): number {
  const { grid, data } = visit.phases[n]!.volume;
  const { region } = visit;
  if (region.kind !== "ellipse") throw new Error("the phantom's region is an ellipse");
  const [ci, cj, ck] = patientToIndex(grid, region.center);
  const a = region.axis1[0] / grid.spacingMm[0];
  const b = region.axis2[1] / grid.spacingMm[1];
  let sum = 0;
  let count = 0;
  const k = Math.round(ck);
  for (let j = 0; j < grid.size[1]; j++)
    for (let i = 0; i < grid.size[0]; i++)
      if (((i - ci) / a) ** 2 + ((j - cj) / b) ** 2 <= 1) {
        sum += data[(k * grid.size[1] + j) * grid.size[0] + i]!;
        count++;
      }
  expect(count).toBeGreaterThan(10);
  return sum / count;
}
const ser = (visit: SerMrVisit): number => {
  const pre = regionMean(visit, 0);
  return (regionMean(visit, 1) - pre) / pre;
};

describe("spoiled gradient echo", () => {
  const sequence = { repetitionMs: 4, flipDeg: 12 };
  it("equals Ernst's formula worked by hand", () => {
    // E1 = exp(-4/590) = 0.993243; sin 12° = 0.207912, cos 12° = 0.978148.
    expect(spoiledGradientSignal(sequence, 590)).toBeCloseTo(
      (0.2079117 * (1 - 0.9932433)) / (1 - 0.9932433 * 0.9781476),
      5,
    );
  });
  it("inverts from enhancement to concentration and back", () => {
    for (const wanted of [-0.2, 0, 0.59, 1.39, 2.2]) {
      const c = unwrap(concentrationForSer(sequence, 900, 4.5, wanted));
      const before = spoiledGradientSignal(sequence, 900);
      const after = spoiledGradientSignal(sequence, contrastT1Ms(900, 4.5, c));
      expect((after - before) / before).toBeCloseTo(wanted, 10);
    }
  });
  it("refuses an enhancement that no concentration gives", () => {
    const result = concentrationForSer(sequence, 900, 4.5, 40);
    expect(result.ok).toBe(false);
    expect(result.issues[0]!.code).toBe("phantom-ser");
  });
});

describe("serMrPhantom", () => {
  it("shows the set SER in the region, to rounding", () => {
    for (const visit of unwrap(serMrPhantom(base)).visits)
      expect(Math.abs(ser(visit) - visit.truth.ser)).toBeLessThan(0.004);
  });
  it("shows the expected SER with noise", () => {
    for (const visit of unwrap(serMrPhantom({ ...base, noiseSd: 20 })).visits)
      expect(Math.abs(ser(visit) - visit.truth.serExpected)).toBeLessThan(0.09);
  });
  it("keeps the SER when each phase has slopes of its own, though the stored numbers do not show it", () => {
    const [visit] = unwrap(serMrPhantom({ ...base, scaling: "philips" })).visits;
    expect(Math.abs(ser(visit!) - 1.25)).toBeLessThan(0.02);
    const [pre, portal] = visit!.phases;
    expect(pre!.scale.scaleSlope).not.toBe(portal!.scale.scaleSlope);
    for (const { stored, scale, volume } of [pre!, portal!])
      for (let v = 0; v < stored.length; v += 97)
        expect(volume.data[v]).toBeCloseTo(
          (stored[v]! * scale.slope + scale.intercept) / (scale.slope * scale.scaleSlope),
          3,
        );
  });
  it("draws the portal phase on another matrix", () => {
    const [visit] = unwrap(
      serMrPhantom({ ...base, portalGrid: { size: [64, 64, 42], spacingMm: [5, 4.4, 4] } }),
    ).visits;
    expect(voxelCount(visit!.phases[1]!.volume.grid)).toBe(64 * 64 * 42);
    expect(Math.abs(ser(visit!) - 1.25)).toBeLessThan(0.01);
  });
  it("is deterministic", () => {
    expect(serMrPhantom({ ...base, noiseSd: 9, shading: 0.3 })).toEqual(
      serMrPhantom({ ...base, noiseSd: 9, shading: 0.3 }),
    );
  });
  it("refuses a grid without liver", () => {
    const result = serMrPhantom({ ...base, size: [4, 4, 2], spacingMm: [1, 1, 1] });
    expect(result.ok ? "" : result.issues[0]!.code).toBe("phantom-no-room");
  });
});
