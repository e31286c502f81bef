import { random, unwrap } from "@livermark/core";
import {
  axialDiameters,
  type Grid,
  indexToPatient,
  letb,
  type Mask,
  maskCentre,
  maskVoxels,
  rasterise,
  regionStatistics,
  resampleMask,
  resampleVolume,
  type Vec3,
  type Volume,
  viableDiameter,
} from "@livermark/imaging";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { codes, filled, grid, maskOf, turnedAxes } from "./make.js";

const textured = (g: Grid, seed: number): Volume => {
  const draw = random(seed);
  return filled(g, () => Math.round(100 + 30 * draw.normal()));
};

describe("laws of region statistics", () => {
  const g = grid([26, 22, 6], [0.8, 1.1, 3]);
  const image = textured(g, 4);
  const region = unwrap(rasterise({ kind: "sphere", unit: "voxel", center: [12.3, 10.2, 2.6], volumeCm3: 0.6 }, g));
  const plain = unwrap(regionStatistics(image, region));

  it("intensities follow a shift and a scale, sizes do not", () => {
    fc.assert(
      fc.property(fc.integer({ min: -500, max: 500 }), fc.constantFrom(0.25, 0.5, 2, 4), (shift, scale) => {
        const data = Float64Array.from(image.data, (x) => scale * x + shift);
        const s = unwrap(regionStatistics({ ...image, data }, region));
        expect(s.mean).toBeCloseTo(scale * plain.mean + shift, 9);
        expect(s.sd).toBeCloseTo(scale * plain.sd!, 9);
        expect([s.min, s.max, s.median]).toEqual([plain.min, plain.max, plain.median].map((x) => scale * x + shift));
        const { voxels, volumeMl, longestAxialMm, shortAxisMm } = plain;
        expect(s).toMatchObject({ voxels, volumeMl, longestAxialMm, shortAxisMm });
      }),
      { numRuns: 25 },
    );
  });

  it("the centre of a mask is the mean of its voxels, on any grid; an empty one has none", () => {
    for (const axes of [g.axes, turnedAxes(0.4), turnedAxes(-0.2, true)]) {
      const turned = { ...g, axes, originMm: [7, -3, 40] as const };
      const two = maskOf(
        turned,
        (i, j, k) => (i >= 4 && i <= 9 && j === 3 && k === 2) || (i === 20 && j === 11 && k === 5),
      );
      const mean = indexToPatient(turned, (6 * 6.5 + 20) / 7, (6 * 3 + 11) / 7, (6 * 2 + 5) / 7);
      for (const axis of [0, 1, 2] as const) expect(maskCentre(two)![axis]).toBeCloseTo(mean[axis], 10);
    }
    expect(maskCentre(maskOf(g, () => false))).toBeNull();
  });

  it("nothing changes when the volume is cropped, turned in space or mirrored", () => {
    const [x, y, z] = [3, 2, 1];
    const size: Vec3 = [20, 18, 5];
    const cut = (at: (i: number, j: number, k: number) => number) => (i: number, j: number, k: number) =>
      at(i + x, j + y, k + z);
    const v = (i: number, j: number, k: number): number => (k * 22 + j) * 26 + i;
    for (const axes of [g.axes, turnedAxes(0.4), turnedAxes(-0.2, true)]) {
      const turned = { ...g, axes, originMm: [7, -3, 40] as const };
      const crop = { ...turned, size, originMm: indexToPatient(turned, x, y, z) };
      const s = unwrap(
        regionStatistics(
          filled(
            crop,
            cut((i, j, k) => image.data[v(i, j, k)]!),
          ),
          maskOf(crop, (i, j, k) => region.data[v(i + x, j + y, k + z)] === 1, "sphere"),
        ),
      );
      expect({ ...s, longestAxialSlice: s.longestAxialSlice + z }).toEqual(plain);
    }
  });

  it("the order of percentiles and the bounds of diameters hold for any mask", () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 1 << 20 }),
        fc.double({ min: 0.02, max: 0.9, noNaN: true }),
        (seed, share) => {
          const draw = random(seed);
          const mask = maskOf(g, () => draw.uniform() < share);
          if (maskVoxels(mask) === 0) return;
          const s = unwrap(regionStatistics(image, mask));
          expect(s.min <= s.p10 && s.p10 <= s.median && s.median <= s.p90 && s.p90 <= s.max).toBe(true);
          expect(s.shortAxisMm).toBeLessThanOrEqual(s.longestAxialMm * 1.0001);
          const hull = axialDiameters(mask, "sub-voxel-hull")!;
          expect(hull.longestAxialMm).toBeGreaterThan(s.longestAxialMm);
          expect(viableDiameter(mask)!.diameterMm).toBeLessThanOrEqual(s.longestAxialMm);
        },
      ),
      { numRuns: 40 },
    );
  });
});

describe("laws of diameters", () => {
  const g = grid([120, 120, 1]);
  const ring = (outer: number, inner: number): Mask =>
    maskOf(g, (i, j) => {
      const r = (i - 60) ** 2 + (j - 60) ** 2;
      return r <= outer * outer && r > inner * Math.abs(inner);
    });

  it("a viable run does not cross the necrosis of a ring", () => {
    const whole = axialDiameters(ring(40, 0))!.longestAxialMm;
    expect(whole).toBe(80);
    expect(viableDiameter(ring(40, -1))!.diameterMm).toBe(80);
    // The longest chord beside a hole of radius 20 in a disc of radius 40.
    const chord = 2 * Math.sqrt(40 * 40 - 20 * 20);
    expect(Math.abs(viableDiameter(ring(40, 20))!.diameterMm - chord)).toBeLessThan(2);
    expect(viableDiameter(maskOf(g, () => false))).toBeNull();
  });

  it("turning a lesion by a right angle on a square grid keeps both diameters", () => {
    const blob = maskOf(g, (i, j) => (i - 50) ** 2 / 900 + (j - 70) ** 2 / 200 + (i - 50) * (j - 70) * 1e-3 <= 1);
    const turned = maskOf(g, (i, j) => blob.data[(119 - i) * 120 + j] === 1);
    for (const definition of ["voxel-centres", "sub-voxel-hull", "in-plane-interpolated"] as const) {
      const a = axialDiameters(blob, definition)!;
      const b = axialDiameters(turned, definition)!;
      expect(b.longestAxialMm).toBeCloseTo(a.longestAxialMm, 9);
      expect(b.areaMm2).toBe(a.areaMm2);
    }
    expect(
      axialDiameters(
        maskOf(g, (i, j) => i === 3 && j === 4),
        "in-plane-interpolated",
      ),
    ).toBeNull();
  });
});

describe("laws of LETB", () => {
  const g = grid([30, 30, 10], [1, 1, 2]);
  const draw = random(8);
  const pre = filled(g, () => 50 + 5 * draw.normal());
  const arterial = filled(g, (i) => (i > 18 ? 110 : 62) + 5 * draw.normal());
  const liver = maskOf(g, (i, j, k) => i > 1 && i < 28 && j > 1 && j < 28 && k > 0 && k < 9, "liver");
  const reference = maskOf(g, (i, j, k) => i > 3 && i < 12 && j > 3 && j < 12 && k > 2 && k < 7, "reference");
  const run = (a: Volume, b: Volume, k = 2): number =>
    unwrap(letb({ pre: a, arterial: b, liver, references: [reference] }, { k })).value;

  it("depends on the difference only, and falls with k", () => {
    const whole = (v: Volume, add: number): Volume => ({
      ...v,
      data: Float64Array.from(v.data, (x) => Math.round(x) + add),
    });
    const value = run(whole(pre, 0), whole(arterial, 0));
    for (const add of [-20, 7, 400]) expect(run(whole(pre, add), whole(arterial, add))).toBe(value);
    const byK = [0.5, 1, 2, 3, 4].map((k) => run(pre, arterial, k));
    expect([...byK].sort((a, b) => b - a)).toEqual(byK);
  });

  it("ignores what lies outside the liver", () => {
    const noisy: Volume = { ...arterial, data: arterial.data.map((x, v) => (liver.data[v] === 1 ? x : 5000)) };
    expect(run(pre, noisy)).toBe(run(pre, arterial));
  });
});

describe("resampling on request", () => {
  const g = grid([24, 20, 10], [1, 1, 2], { axes: turnedAxes(0.3), originMm: [5, 6, 7] });
  const smooth = (target: Grid): Volume =>
    filled(target, (i, j, k) => {
      const [x, y, z] = indexToPatient(target, i, j, k);
      return 100 + 2 * x - y + 0.5 * z;
    });

  it("gives the same numbers on the same grid, and exact ones for a linear ramp", () => {
    const image = smooth(g);
    for (const interpolation of ["nearest", "linear"] as const) {
      const same = unwrap(resampleVolume(image, g, interpolation));
      expect([...same.volume.data]).toEqual([...image.data]);
      expect(same.loss).toEqual({ voxelsOutside: 0, roundTripRms: 0, roundTripMax: 0 });
    }
    const finer: Grid = {
      ...g,
      size: [30, 30, 20],
      spacingMm: [0.6, 0.5, 0.7],
      originMm: indexToPatient(g, 2, 1.5, 1),
    };
    const found = resampleVolume(image, finer, "linear");
    expect(codes(found)).toEqual(["resampled"]);
    const want = smooth(finer);
    const { volume, loss } = unwrap(found);
    expect(loss.voxelsOutside).toBe(0);
    volume.data.forEach((x, v) => {
      expect(Math.abs(x - want.data[v]!)).toBeLessThan(1e-3);
    });
  });

  it("leaves what lies outside without a value, and refuses what does not overlap", () => {
    const image = smooth(g);
    const shifted: Grid = { ...g, originMm: indexToPatient(g, 12, 0, 0) };
    const { volume, loss } = unwrap(resampleVolume(image, shifted, "linear"));
    expect(loss.voxelsOutside).toBe(12 * 20 * 10);
    expect(volume.data.filter((x) => Number.isNaN(x))).toHaveLength(2400);
    const away: Grid = { ...g, originMm: [900, 0, 0] };
    expect(codes(resampleVolume(image, away, "linear"))).toEqual(["no-overlap"]);
    const mask = maskOf(g, (i, j, k) => i < 9 && j < 9 && k < 5);
    expect(codes(resampleMask(mask, away, "nearest"))).toEqual(["empty-region"]);
  });

  it("says what a mask lost", () => {
    const mask = maskOf(g, (i, j, k) => (i - 11) ** 2 + (j - 10) ** 2 + 4 * (k - 5) ** 2 < 50, "ball");
    const coarse: Grid = { ...g, size: [8, 7, 5], spacingMm: [3, 3, 4] };
    const { mask: found, loss } = unwrap(resampleMask(mask, coarse, "linear"));
    expect(found.grid).toBe(coarse);
    expect(loss.volumeMlBefore).toBeCloseTo(0.002 * maskVoxels(mask), 9);
    expect(Math.abs(loss.volumeMlAfter / loss.volumeMlBefore - 1)).toBeLessThan(0.25);
    expect(loss.roundTripDice).toBeGreaterThan(0.7);
    expect(loss.roundTripDice).toBeLessThan(1);
    expect(unwrap(resampleMask(mask, g, "nearest")).loss.roundTripDice).toBe(1);
  });
});
