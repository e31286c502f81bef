import { type Random, random, unwrap } from "@livermark/core";
import {
  compareLetb,
  displacementError,
  expectedPercent,
  letb,
  letbFromVolumes,
  type Mask,
  maskEdgeRange,
  rasterise,
  suggestReferences,
  type Vec3,
  type Volume,
} from "@livermark/imaging";
import { sized } from "testkit";
import { describe, expect, it } from "vitest";
import { codes, filled, grid, maskOf } from "./make.js";

const g = grid([70, 60, 24], [1.5, 1.5, 3]);
const ellipsoid = (c: Vec3, r: Vec3, name: string): Mask =>
  maskOf(g, (i, j, k) => ((i - c[0]) / r[0]) ** 2 + ((j - c[1]) / r[1]) ** 2 + ((k - c[2]) / r[2]) ** 2 <= 1, name);
const liver = ellipsoid([34, 30, 12], [31, 26, 10], "liver");
const tumour = ellipsoid([45, 28, 12], [11, 11, 5], "tumour");
const vessels = maskOf(g, (i, j, k) => Math.abs(j - 30) < 2 && i < 30 && k > 8 && k < 14, "portal vein");
const noise = 9;

/** Parenchyma enhances by 12, vessels by 90, the tumour by 50 above the parenchyma. */
function phantom(draw: Random, slope = 0): { readonly pre: Volume; readonly arterial: Volume } {
  const part = noise / Math.SQRT2;
  const at = (mask: Mask, i: number, j: number, k: number): number => mask.data[(k * 60 + j) * 70 + i]!;
  return {
    pre: filled(g, () => 55 + part * draw.normal()),
    arterial: filled(
      g,
      (i, j, k) => 67 + slope * (i - 34) + 50 * at(tumour, i, j, k) + 90 * at(vessels, i, j, k) + part * draw.normal(),
    ),
  };
}

describe("suggested reference regions", () => {
  const images = phantom(random(1));
  const inputs = { ...images, liver, tumours: [tumour], vessels };

  it("lie in the liver, clear of tumour and vessel, apart from each other, and say why", () => {
    const found = unwrap(suggestReferences(inputs));
    expect(found).toHaveLength(3);
    expect(found.map((s) => s.region.volumeCm3)).toEqual([1, 1, 1]);
    const m = unwrap(letb({ ...inputs, references: found.map((s) => s.mask) }));
    expect(m.issues).toEqual([]);
    for (const [n, a] of found.entries()) {
      expect(a.why).toMatch(
        /at least 5 mm from tumour and vessel, \d+ mm from the nearest tumour.*SD [\d.]+ \(median of \d+ valid places/,
      );
      for (const b of found.slice(n + 1)) {
        const d = a.region.center.map((x, axis) => x - b.region.center[axis]!);
        expect(Math.hypot(...d)).toBeGreaterThanOrEqual(20);
      }
    }
  });

  it("match the baseline's sites at follow-up", () => {
    const baseline = unwrap(suggestReferences(inputs)).map((s) => s.region.center);
    const later = unwrap(suggestReferences({ ...inputs, ...phantom(random(2)) }, { matchSites: baseline }));
    later.forEach((s, n) => {
      const d = s.region.center.map((x, axis) => x - baseline[n]![axis]!);
      expect(Math.hypot(...d)).toBeLessThan(15);
    });
  });

  it("warn without tumour outlines and refuse where there is no room", () => {
    expect(codes(suggestReferences({ ...images, liver }))).toEqual(["tumours-not-outlined"]);
    const tiny = ellipsoid([34, 30, 12], [6, 6, 3], "tiny");
    expect(codes(suggestReferences({ ...images, liver: tiny }, { volumeCm3: 8 }))).toEqual(["no-room-for-reference"]);
    expect(codes(suggestReferences({ ...images, liver: maskOf(grid([9, 9, 9]), () => true) }))).toEqual(["other-grid"]);
  });

  it("bias LETB by no more than 0.3 points against random valid places", () => {
    const draw = random(77);
    const rounds = sized(6, 40);
    const free = maskOf(g, (i, j, k) => {
      const clear = (r: number): boolean =>
        ((i - 45) / (11 + r)) ** 2 + ((j - 28) / (11 + r)) ** 2 + ((k - 12) / (5 + r)) ** 2 > 1;
      return clear(8) && !(Math.abs(j - 30) < 9 && i < 38);
    });
    let bias = 0;
    for (let round = 0; round < rounds; round++) {
      const phases = phantom(draw.fork(`${round}`));
      const value = (references: readonly Mask[]): number => unwrap(letb({ ...phases, liver, references })).value;
      const suggested = unwrap(suggestReferences({ ...phases, liver, tumours: [tumour], vessels })).map((s) => s.mask);
      const placed: Mask[] = [];
      while (placed.length < 6) {
        const center: Vec3 = [draw.integer(70), draw.integer(60), draw.integer(24)];
        if (free.data[(center[2] * 60 + center[1]) * 70 + center[0]] === 0) continue;
        const cube = rasterise({ kind: "cube", unit: "voxel", center, volumeCm3: 1 }, g);
        if (cube.ok && cube.value.data.every((x, v) => x === 0 || (liver.data[v] === 1 && free.data[v] === 1)))
          placed.push(cube.value);
      }
      bias += (value(suggested) - value(placed)) / rounds;
    }
    expect(Math.abs(bias)).toBeLessThanOrEqual(0.3);
  });
});

describe("LETB as a system", () => {
  const images = phantom(random(3));
  const references = unwrap(suggestReferences({ ...images, liver, tumours: [tumour], vessels })).map((s) => s.mask);

  it("equals the definition's expectation and prints its floor", () => {
    const inside = (mask: Mask): number => mask.data.reduce((sum, x, v) => sum + (x & liver.data[v]!), 0);
    const voxels = inside(liver);
    const bright = (inside(tumour) + inside(vessels)) / voxels;
    const m = unwrap(letb({ ...images, liver, references }));
    expect(Math.abs(m.value - expectedPercent(bright, 50, noise, 2))).toBeLessThan(1);
    expect(m.parts.floorPercent).toBeCloseTo(2.275, 3);
    expect(Math.abs(Number(m.parts.letbFloorCorrected) - 100 * bright)).toBeLessThan(1);
    expect(m.interval!.sources).toEqual(["roi-sampling", "noise", "roi-placement"]);
  });

  it("widens its interval by mask edge and displacement when asked", () => {
    const plain = unwrap(letb({ ...images, liver, references })).interval!;
    const all = unwrap(letb({ ...images, liver, references }, { edgeInInterval: true, registrationErrorMm: 2 }))
      .interval!;
    expect(all.low).toBeLessThan(plain.low);
    expect(all.high).toBeGreaterThan(plain.high);
    expect(all.sources).toEqual([...plain.sources, "mask-edge", "registration"]);
  });

  it("knows the mask one layer smaller and larger", () => {
    const small = grid([12, 12, 12]);
    const block = maskOf(small, (i, j, k) => [i, j, k].every((x) => x >= 3 && x <= 8));
    const core = filled(small, (i, j, k) => ([i, j, k].every((x) => x >= 4 && x <= 7) ? 10 : 0));
    const none = filled(small, () => 0);
    const range = maskEdgeRange(none, core, block, [5])!;
    expect(range.eroded).toBe(100);
    // Six faces of 36 voxels are gained.
    expect(range.dilated).toBeCloseTo((100 * 64) / (216 + 216), 10);
    expect(
      maskEdgeRange(
        none,
        core,
        maskOf(small, (i) => i < 4),
        [5],
      ),
    ).toBeNull();
  });

  it("turns a displacement left between the phases into points of LETB", () => {
    const small = grid([12, 12, 12]);
    const block = maskOf(small, (i, j, k) => [i, j, k].every((x) => x >= 3 && x <= 8));
    const core = filled(small, (i, j, k) => ([i, j, k].every((x) => x >= 4 && x <= 7) ? 10 : 0));
    const none = filled(small, () => 0);
    expect(displacementError(none, core, block, [5], 0)).toBe(0);
    expect(displacementError(none, core, block, [5], 3)).toBe(0);
    // Before contrast the block's surroundings are darker by 20: shifted by one voxel, a face of 36 voxels seems to enhance.
    const around = filled(small, (i, j, k) => ([i, j, k].every((x) => x >= 3 && x <= 8) ? 0 : -20));
    const step = 100 * (1 / 6);
    expect(displacementError(around, none, block, [5], 1)).toBeCloseTo(step, 10);
    expect(displacementError(around, none, block, [5], 0.5)).toBeCloseTo(step / 2, 10);
    expect(displacementError(around, none, block, [5], 2)).toBeCloseTo(2 * step, 10);
  });

  it("takes a spread of placements beyond noise into the interval", () => {
    const apart = [10, 25, 38].map((i0) =>
      maskOf(g, (i, j, k) => i >= i0 && i < i0 + 7 && j >= 40 && j < 46 && k >= 10 && k < 14, `cube ${i0}`),
    );
    const width = (slope: number): number => {
      const { low, high } = unwrap(letb({ ...phantom(random(4), slope), liver, references: apart })).interval!;
      return high - low;
    };
    expect(width(0.5)).toBeGreaterThan(3 * width(0));
  });

  it("flags deposits that are dense before contrast", () => {
    const lipiodol = { ...images.pre, data: images.pre.data.map((x, v) => (tumour.data[v] === 1 ? 400 : x)) };
    expect(codes(letb({ ...images, pre: lipiodol, liver, references }))).toEqual(["dense-before-contrast"]);
  });

  it("gives lesions and parts of the liver shares of their own, by the same thresholds", () => {
    const half = (left: boolean): Mask =>
      maskOf(
        g,
        (i, j, k) => liver.data[(k * 60 + j) * 70 + i] === 1 && i < 34 === left,
        left ? "untreated" : "treated",
      );
    const m = unwrap(letb({ ...images, liver, references, tumours: [tumour], regions: [half(true), half(false)] }));
    const number = (value: unknown): number => Number(value);
    const parts = m.parts.regions as readonly { readonly [name: string]: unknown }[];
    const sum = (name: string): number => parts.reduce((total, part) => total + number(part[name]), 0);
    expect(sum("volumeMl")).toBeCloseTo(number(m.parts.liverVolumeMl), 6);
    expect(sum("enhancingVolumeMl")).toBeCloseTo(number(m.parts.enhancingVolumeMl), 6);
    expect(m.parts).toMatchObject({ lesions: [{ name: "tumour" }] });
    const other = maskOf(grid([9, 9, 9]), () => true);
    expect(codes(letb({ ...images, liver, references, regions: [other] }))).toEqual(["other-grid"]);
  });

  it("refuses an arterial series without contrast", () => {
    const draw = random(5);
    const again = filled(g, () => 55 + 6 * draw.normal());
    const run = (parameters: Parameters<typeof letb>[1]) =>
      letb({ pre: images.pre, arterial: again, liver, references }, parameters);
    expect(codes(run({}))).toEqual(["no-contrast"]);
    const forced = run({ contrastOverride: "test object without contrast" });
    expect(forced.ok && codes(forced)).toEqual(["no-contrast"]);
  });

  it("refuses two series that look swapped, and suggests nothing for phases on two grids", () => {
    const swapped = letb({ pre: images.arterial, arterial: images.pre, liver, references });
    expect(codes(swapped)).toEqual(["phases-swapped"]);
    const aside = filled(grid([10, 10, 10]), () => 50);
    expect(codes(suggestReferences({ pre: aside, arterial: images.arterial, liver }))).toEqual([
      "phases-on-different-grids",
    ]);
  });

  it("compares two time points with both volumes", () => {
    const at = (enhancingMl: number, liverMl: number) => unwrap(letbFromVolumes({ enhancingMl, liverMl }));
    const printed = compareLetb(at(1035, 2823), at(354, 1607));
    const { letbChangePercent, enhancingVolumeChangePercent, liverVolumeChangePercent } = unwrap(printed);
    expect(
      [letbChangePercent, enhancingVolumeChangePercent, liverVolumeChangePercent].map((x) => x.toFixed(1)),
    ).toEqual(["-39.9", "-65.8", "-43.1"]);
    expect(unwrap(printed)).toMatchObject({ oppositeSigns: false, withinMeasurementError: null });
    const shrunk = compareLetb(at(400, 2000), at(350, 1200));
    expect(codes(shrunk)).toEqual(["letb-against-volume"]);
    const a = unwrap(letb({ ...images, liver, references }));
    expect(codes(compareLetb(a, a))).toEqual(["within-measurement-error"]);
    expect(codes(compareLetb(at(0, 1000), at(5, 1000)))).toEqual(["zero-baseline"]);
    expect(codes(compareLetb(at(5, 1000), { ...at(5, 1000), recipe: "ser" }))).toEqual(["not-letb"]);
  });
});
