import { random, unwrap } from "@livermark/core";
import {
  adc,
  adcChange,
  adcFromMap,
  adcMap,
  diameters,
  enhancementThreshold,
  enhancementThresholdOfRegion,
  type IntensityScale,
  letb,
  type Mask,
  qeasl,
  rasterise,
  regionStatistics,
  regionStats,
  ser,
  t2Sir,
  type Volume,
} from "@livermark/imaging";
import { describe, expect, it } from "vitest";
import { codes, filled, grid, maskOf, volume } from "./make.js";

const g = grid([24, 20, 8], [1, 1, 2]);
const box = (low: number, high: number, name = "roi"): Mask =>
  maskOf(g, (i, j, k) => [i, j].every((x) => x >= low && x <= high) && k >= 2 && k <= 4, name);
const scale = (id: string, proven = true): IntensityScale => ({ id, proven, reason: "header", filters: [] });
const mr = { unit: "a.u.", modality: "MR", scale: scale("s1") } as const;
const flat = (value: number, rest: Partial<Volume> = mr): Volume => filled(g, () => value, rest);

describe("region statistics", () => {
  it("gives the fields of the command line's contract", () => {
    const region = maskOf(g, (i, j, k) => i >= 4 && i <= 7 && j >= 3 && j <= 5 && k === 3, "block");
    const s = unwrap(
      regionStatistics(
        filled(g, (i, j) => i + 10 * j),
        region,
      ),
    );
    expect(s).toEqual({
      name: "block",
      label: null,
      voxels: 12,
      volumeMl: 0.024,
      areaMm2: 12,
      mean: 45.5,
      sd: expect.closeTo(Math.sqrt((8 * 100 + 12 * 1.25) / 11), 12),
      sdPopulation: expect.closeTo(Math.sqrt((8 * 100 + 12 * 1.25) / 12), 12),
      min: 34,
      max: 57,
      median: 45.5,
      p10: 35.1,
      p90: 55.9,
      unit: "HU",
      longestAxialMm: Math.sqrt(13),
      shortAxisMm: expect.closeTo(12 / Math.sqrt(13), 12),
      longestAxialSlice: 3,
      ignoredNonFinite: 0,
    });
  });

  it("takes the first slice on a tie, counts voxels without a value, and gives no SD of one voxel", () => {
    expect(unwrap(regionStatistics(flat(1), box(4, 9))).longestAxialSlice).toBe(2);
    const holes = filled(g, (i) => (i === 5 ? Number.NaN : i));
    const s = regionStatistics(holes, box(4, 6));
    expect(s.ok && s.value).toMatchObject({ voxels: 27, ignoredNonFinite: 9, mean: 5, min: 4, max: 6 });
    expect(codes(s)).toEqual(["non-finite-voxels"]);
    const one = maskOf(g, (i, j, k) => i === 5 && j === 5 && k === 5);
    expect(unwrap(regionStatistics(flat(7), one))).toMatchObject({
      sd: null,
      sdPopulation: 0,
      longestAxialMm: 0,
      shortAxisMm: 0,
    });
    expect(
      codes(
        regionStatistics(
          filled(g, () => Number.NaN),
          one,
        ),
      ),
    ).toEqual(["no-finite-value"]);
  });

  it("warns of a cut region and of slices that are not axial", () => {
    const sagittal = grid([24, 20, 8], [1, 1, 2], {
      axes: [
        [0, 1, 0],
        [0, 0, -1],
        [1, 0, 0],
      ],
    });
    const mask = maskOf(sagittal, (i, j, k) => i < 3 && j === 4 && k === 3);
    expect(
      codes(
        regionStatistics(
          filled(sagittal, () => 1),
          mask,
        ),
      ),
    ).toEqual(["mask-touches-edge", "slices-not-axial"]);
  });

  it("makes a measurement with interval and passport", () => {
    const m = unwrap(regionStats({ volume: filled(g, (i) => i), region: box(4, 9) }));
    expect(m).toMatchObject({ recipe: "region-stats", value: 6.5, unit: "HU", parts: { voxels: 108 } });
    expect(m.interval!.low).toBeLessThan(6.5);
    expect(m.passport.inputs.map((input) => input.kind)).toEqual(["series", "region"]);
    expect(m.passport.id).toBe(unwrap(regionStats({ volume: filled(g, (i) => i), region: box(4, 9) })).passport.id);
  });
});

describe("SER", () => {
  const roi = box(4, 9, "lesion");
  const lesions = [{ pre: roi, portal: roi }];

  it("is the ratio of means, and its interval knows that the voxels are paired", () => {
    const pre = filled(g, (i) => 100 + i, mr);
    const portal = filled(g, (i) => 2 * (100 + i), mr);
    const m = unwrap(ser({ pre, portal, lesions }));
    expect(m).toMatchObject({ value: 1, unit: "1", parts: { siPre: 106.5, siPortal: 213 } });
    expect(m.interval!.high - m.interval!.low).toBeLessThan(1e-12);
  });

  it("does not change with a common scale", () => {
    const draw = random(3);
    const pre = filled(g, () => 100 + 10 * draw.normal(), mr);
    const portal = filled(g, () => 220 + 10 * draw.normal(), mr);
    const times = (v: Volume, f: number): Volume => ({ ...v, data: Float64Array.from(v.data, (x) => f * x) });
    const a = unwrap(ser({ pre, portal, lesions })).value;
    expect(unwrap(ser({ pre: times(pre, 4), portal: times(portal, 4), lesions })).value).toBe(a);
  });

  it("wants one proven scale, or a person's reason", () => {
    const pre = flat(100);
    for (const [other, code] of [
      [flat(200, { ...mr, scale: scale("s2") }), "scale-mismatch"],
      [flat(200, { ...mr, scale: scale("s1", false) }), "unproven-scale"],
    ] as const) {
      expect(codes(ser({ pre, portal: other, lesions }))).toEqual([code]);
      const forced = ser({ pre, portal: other, lesions }, { scaleOverride: "same protocol, checked by phone" });
      expect(forced.ok && forced.value.value).toBe(1);
      expect(codes(forced)).toEqual([code]);
      expect(unwrap(forced).passport.parameters).toMatchObject({ scaleOverride: "same protocol, checked by phone" });
    }
  });

  it("refuses small, empty, foreign and baseless regions", () => {
    const tiny = maskOf(g, (i, j, k) => i < 4 && j === 0 && k === 0);
    const none = maskOf(g, () => false);
    const elsewhere = maskOf(grid([24, 20, 9], [1, 1, 2]), () => true);
    const foreign: Mask = { ...roi, source: { sha256: "1", frameOfReferenceUid: "9.9" } };
    const refused = (mask: Mask, pre = flat(100)): string[] =>
      codes(ser({ pre, portal: flat(200), lesions: [{ pre: mask, portal: roi }] }));
    expect(refused(tiny)).toEqual(["too-few-voxels"]);
    expect(refused(none)).toEqual(["empty-region"]);
    expect(refused(elsewhere)).toEqual(["other-grid"]);
    expect(refused(foreign)).toEqual(["other-frame-of-reference"]);
    expect(refused(roi, flat(0))).toEqual(["non-positive-baseline"]);
    expect(codes(ser({ pre: flat(100), portal: flat(1, { ...mr, unit: "HU" }), lesions }))).toEqual(["unit-mismatch"]);
    expect(codes(ser({ pre: flat(100), portal: flat(200), lesions: [] }))).toEqual(["no-region"]);
  });
});

describe("T2 signal ratio", () => {
  it("averages the tumour regions and divides by muscle", () => {
    const v = filled(g, (i) => (i < 10 ? 300 : i < 15 ? 400 : 100), mr);
    const at = (from: number, to: number, k = 3): Mask =>
      maskOf(g, (i, j, z) => i >= from && i <= to && j < 4 && z === k);
    const m = unwrap(t2Sir({ volume: v, tumour: [at(2, 5), at(11, 13)], muscle: [at(16, 20)] }));
    expect(m).toMatchObject({ value: 3.5, unit: "1", parts: { siTumour: 350, siMuscle: 100 }, issues: [] });
    expect(codes(t2Sir({ volume: v, tumour: [at(2, 5)], muscle: [at(16, 20, 4)] }))).toEqual(["muscle-on-other-slice"]);
    expect(codes(t2Sir({ volume: v, tumour: [], muscle: [at(16, 20)] }))).toEqual(["no-region"]);
    expect(codes(t2Sir({ volume: flat(0), tumour: [at(2, 5)], muscle: [at(16, 20)] }))).toEqual([
      "non-positive-baseline",
    ]);
  });
});

describe("ADC", () => {
  const bs = [0, 100, 400, 800];
  const truth = (i: number, j: number): number => 0.8e-3 + 1e-5 * i + 2e-5 * j;
  const dwi = (b: number): Volume => filled(g, (i, j) => 1000 * Math.exp(-b * truth(i, j)), mr);
  const images = bs.map((b) => ({ b, volume: dwi(b) }));

  it.each(["log-linear", "nonlinear", "two-point"] as const)("recovers a noise-free exponential: %s", (model) => {
    const m = unwrap(adc({ dwi: images, regions: [box(4, 9)] }, { model }));
    expect(m.value).toBeCloseTo(truth(6.5, 6.5), 12);
    expect(m.passport.parameters).toMatchObject({ model, b: bs });
  });

  it("stores the extremes by all three definitions", () => {
    const m = unwrap(adc({ dwi: images, regions: [box(2, 4, "a"), box(6, 10, "b")] }, { extremes: "pooled-voxel" }));
    const close = (x: number) => expect.closeTo(x, 12);
    expect(m.parts).toMatchObject({
      adcMin: close(truth(2, 2)),
      adcMax: close(truth(10, 10)),
      extremes: {
        "pooled-voxel": { min: close(truth(2, 2)), max: close(truth(10, 10)) },
        "extreme-of-ROI-means": { min: close(truth(3, 3)), max: close(truth(8, 8)) },
        "mean-of-ROI-extremes": {
          min: close((truth(2, 2) + truth(6, 6)) / 2),
          max: close((truth(4, 4) + truth(10, 10)) / 2),
        },
      },
    });
    expect(m.parts.adcHeterogeneity).toBeCloseTo((truth(10, 10) - truth(2, 2)) / m.value, 10);
  });

  it("uses the asked b-values, drops signals at the noise floor, and maps with residuals", () => {
    const floored = images.map(({ b, volume: v }) => ({
      b,
      volume: { ...v, data: Float64Array.from(v.data, (s) => Math.max(s, 480)) },
    }));
    const region = [box(4, 9)];
    expect(unwrap(adc({ dwi: floored, regions: region })).value).toBeLessThan(truth(6.5, 6.5) * 0.95);
    expect(unwrap(adc({ dwi: floored, regions: region }, { b: [0, 400] })).value).toBeCloseTo(truth(6.5, 6.5), 12);
    const kept = adc({ dwi: floored, regions: region }, { noiseFloor: { kind: "exclude-below", level: 480 } });
    expect(unwrap(kept).value).toBeCloseTo(truth(6.5, 6.5), 12);
    const map = unwrap(adcMap(images));
    expect(map.adc.unit).toBe("mm2/s");
    expect(map.adc.data[3 + 24 * 5]).toBeCloseTo(truth(3, 5), 9);
    expect(map.residual!.data.every((r) => r < 1e-6)).toBe(true);
    expect(unwrap(adcFromMap({ map: map.adc, regions: region })).value).toBeCloseTo(truth(6.5, 6.5), 9);
    expect(codes(adcFromMap({ map: flat(1), regions: region }))).toEqual(["unit-mismatch"]);
  });

  it("counts voxels that cannot be fitted instead of inventing them", () => {
    const dark = images.map(({ b, volume: v }) => ({
      b,
      volume: { ...v, data: Float64Array.from(v.data, (s, n) => (n % 24 === 5 ? 0 : s)) },
    }));
    const m = adc({ dwi: dark, regions: [box(4, 9)] });
    expect(codes(m)).toEqual(["voxels-without-fit"]);
    expect(unwrap(adcMap(dark)).voxelsWithoutFit).toBe(160);
  });

  it("refuses what cannot be fitted", () => {
    const regions = [box(4, 9)];
    const refused = (images_: { b: number; volume: Volume }[], b?: number[]): string[] =>
      codes(adc({ dwi: images_, regions }, b === undefined ? {} : { b }));
    expect(refused([images[0]!])).toEqual(["one-b-value"]);
    expect(refused([images[0]!, images[0]!])).toEqual(["b-values-equal"]);
    expect(refused(images, [0, 500])).toEqual(["b-value-not-found"]);
    expect(refused([{ b: -1, volume: dwi(0) }, images[1]!])).toEqual(["bad-b-value"]);
    expect(refused([images[0]!, { b: 800, volume: filled(grid([4, 4, 4]), () => 1, mr) }])).toEqual(["other-grid"]);
    expect(refused([images[0]!, { b: 800, volume: flat(1, { ...mr, scale: scale("x") }) }])).toEqual([
      "scale-mismatch",
    ]);
    expect(codes(adc({ dwi: images, regions: [] }))).toEqual(["no-region"]);
  });

  it("warns of an ADC in another unit and knows the published repeatability", () => {
    const micro = flat(1100, { ...mr, unit: "mm2/s" });
    expect(codes(adcFromMap({ map: micro, regions: [box(4, 9)] }))).toEqual(["adc-outside-usual-range"]);
    expect(unwrap(adcChange(1e-3, 1.2e-3))).toMatchObject({ withinMeasurementError: true });
    expect(unwrap(adcChange(1e-3, 1.3e-3))).toMatchObject({ withinMeasurementError: false });
    expect(codes(adcChange(0, 1e-3))).toEqual(["non-positive-baseline"]);
  });
});

describe("diameters", () => {
  it("sums lesions by the asked kind", () => {
    const a = maskOf(g, (i, j, k) => i >= 2 && i <= 12 && j >= 5 && j <= 9 && k === 3, "a");
    const line = {
      kind: "line",
      points: [
        [0, 0, 0],
        [30, 40, 0],
      ],
      name: "b",
    } as const;
    const m = unwrap(diameters({ volume: flat(1), lesions: [{ mask: a }, { line }] }));
    expect(m.value).toBeCloseTo(Math.sqrt(116) + 50, 10);
    expect(m.interval).toBeNull();
    expect(codes(diameters({ volume: flat(1), lesions: [{ line }] }, { kind: "short" }))).toEqual(["no-short-axis"]);
    expect(codes(diameters({ volume: flat(1), lesions: [{ mask: a }] }, { kind: "viable" }))).toEqual([
      "no-viable-mask",
    ]);
    expect(codes(diameters({ volume: flat(1), lesions: [] }))).toEqual(["no-region"]);
  });
});

describe("LETB and qEASL", () => {
  const liver = maskOf(g, (i, j, k) => i > 1 && i < 22 && j > 1 && j < 18 && k > 0 && k < 7, "liver");
  const tumour = maskOf(g, (i, j, k) => i >= 12 && i <= 15 && j >= 6 && j <= 9 && k >= 2 && k <= 4, "tumour");
  const reference = maskOf(g, (i, j, k) => i >= 3 && i <= 6 && j >= 3 && j <= 6 && k >= 2 && k <= 4, "cube");
  const texture = (i: number, j: number): number => (i + j) % 2;
  const pre = filled(g, () => 50);
  const arterial = filled(
    g,
    (i, j, k) => 60 + texture(i, j) + (tumour.data[(k * 20 + j) * 24 + i] === 1 && i < 14 ? 40 : 0),
  );

  it("counts voxels strictly above mean + k SD inside the liver", () => {
    const m = unwrap(letb({ pre, arterial, liver, references: [reference, reference, reference] }));
    expect(m.value).toBeCloseTo((100 * 24) / (20 * 16 * 6), 12);
    expect(m.parts).toMatchObject({ liverVolumeMl: 3.84, enhancingVolumeMl: 0.048, placementSd: 0, liverVoxels: 1920 });
    expect(m.passport.parameters).toMatchObject({ k: 2, sd: "n-1", comparison: ">" });
    const at = filled(g, (i, j, k) => (reference.data[(k * 20 + j) * 24 + i] === 1 ? 60 : 60));
    expect(unwrap(letb({ pre, arterial: at, liver, references: [reference] })).value).toBe(0);
  });

  it("does not change when both phases are shifted, or the volume cropped", () => {
    const up = (v: Volume): Volume => ({ ...v, data: Float64Array.from(v.data, (x) => x + 1000) });
    const value = unwrap(letb({ pre, arterial, liver, references: [reference] })).value;
    expect(unwrap(letb({ pre: up(pre), arterial: up(arterial), liver, references: [reference] })).value).toBe(value);
  });

  it("refuses what would make a wrong number", () => {
    const run = (change: Partial<Parameters<typeof letb>[0]>, k = 2): string[] =>
      codes(letb({ pre, arterial, liver, references: [reference], ...change }, { k }));
    expect(run({ references: [] })).toEqual(["no-reference-region"]);
    expect(run({}, 0)).toEqual(["bad-k"]);
    expect(run({ pre: filled(grid([24, 20, 8], [1, 1, 3]), () => 1) })).toEqual(["phases-on-different-grids"]);
    expect(run({ liver: maskOf(g, () => true) })).toEqual(["mask-touches-edge"]);
    expect(run({ liver: maskOf(g, () => false) })).toEqual(["empty-region"]);
    expect(run({ references: [maskOf(g, (i) => i < 2)] })).toEqual(["reference-outside-liver"]);
    expect(run({ tumours: [reference] })).toEqual(["reference-touches-tumour"]);
    expect(run({ vessels: reference })).toEqual(["reference-touches-vessel"]);
    expect(run({ references: [maskOf(g, (i, j, k) => i === 5 && j < 6 && j > 2 && k === 3)] })).toEqual([
      "too-few-voxels",
    ]);
  });

  it("gives the same threshold from a region that is dragged as from its mask", () => {
    for (const region of [
      { kind: "cube", unit: "voxel", center: [8, 9, 4], volumeCm3: 0.2 },
      { kind: "sphere", unit: "voxel", center: [10.3, 8.1, 3.2], volumeCm3: 0.3 },
      { kind: "disc", unit: "voxel", center: [0.4, 9, 2], radiusMm: 4 },
    ] as const) {
      const mask = unwrap(rasterise(region, g));
      const { effectiveVoxels, ...same } = unwrap(enhancementThreshold(pre, arterial, mask, 2));
      expect(unwrap(enhancementThresholdOfRegion(pre, arterial, region, 2))).toEqual(same);
      expect(effectiveVoxels).toBeLessThanOrEqual(same.voxels);
    }
    const small = { kind: "disc", center: [8, 9, 4], radiusMm: 0.5 } as const;
    expect(codes(enhancementThresholdOfRegion(pre, arterial, small, 2))).toEqual(["too-few-voxels"]);
  });

  it("reads the lesion's own share, area and viable diameter", () => {
    const m = unwrap(qeasl({ pre, arterial, lesions: [tumour], references: [reference] }));
    expect(m.value).toBe(50);
    expect(m.parts).toMatchObject({
      lesions: [{ name: "tumour", enhancingAreaMm2: 8, viableDiameterMm: Math.sqrt(10), percent: 50 }],
    });
    expect(codes(qeasl({ pre, arterial, lesions: [reference], references: [reference] }))).toEqual([
      "reference-touches-tumour",
    ]);
  });

  it("works on whole-number storage as on fractions", () => {
    const whole = (v: Volume): Volume => volume(g, Int16Array.from(v.data));
    const a = unwrap(letb({ pre, arterial, liver, references: [reference] }));
    const b = unwrap(letb({ pre: whole(pre), arterial: whole(arterial), liver, references: [reference] }));
    expect(b.value).toBe(a.value);
  });
});
