import { describe, expect, it } from "vitest";
import {
  deformation,
  guidedResample,
  localShift,
  mapPoint,
  mutualInformation,
  parameterText,
  parseParameterText,
  registrationQuality,
  resample,
  surfaceDistance,
} from "../../src/registration/index.js";
import { type Grid, indexToPatient, type Mask, type Vec3, type Volume } from "../../src/volume.js";

const grid: Grid = {
  size: [20, 18, 12],
  originMm: [-10, 4, 7],
  spacingMm: [2, 2.5, 4],
  axes: [
    [1, 0, 0],
    [0, 1, 0],
    [0, 0, 1],
  ],
};
const volumeOf = (at: (p: Vec3) => number, on = grid): Volume => {
  const data = new Float32Array(on.size[0] * on.size[1] * on.size[2]);
  let v = 0;
  for (let k = 0; k < on.size[2]; k++)
    for (let j = 0; j < on.size[1]; j++)
      for (let i = 0; i < on.size[0]; i++) data[v++] = at(indexToPatient(on, i, j, k));
  return {
    grid: on,
    data,
    unit: "HU",
    modality: "CT",
    scale: { id: "HU", proven: true, reason: "test", filters: [] },
    source: { seriesUid: "1.2", frameOfReferenceUid: null, description: "", files: 1, sha256: "" },
  };
};
const whole: Mask = { name: "all", grid, data: new Uint8Array(20 * 18 * 12).fill(1) };

describe("transforms", () => {
  it("turns about the centre in the order Ry, Rx, Rz", () => {
    const quarter = Math.PI / 2;
    const step = (anglesRad: Vec3) => [
      { kind: "rigid" as const, anglesRad, translationMm: [1, 0, 0] as const, centerMm: [10, 0, 0] as const },
    ];
    const close = (a: Vec3, b: Vec3): void => {
      for (const n of [0, 1, 2]) expect(a[n]).toBeCloseTo(b[n]!, 12);
    };
    close(mapPoint(step([0, 0, quarter]), [11, 0, 0]), [11, 1, 0]);
    close(mapPoint(step([quarter, 0, 0]), [10, 1, 0]), [11, 0, 1]);
    close(mapPoint(step([0, quarter, 0]), [10, 0, 1]), [12, 0, 0]);
    close(mapPoint(step([quarter, 0, quarter]), [10, 1, 0]), [11, 0, 1]);
  });
  it("reproduces a linear displacement by B-splines, and leaves points outside the control grid", () => {
    const size = [7, 7, 7] as const;
    const coefficients = new Float64Array(3 * 343);
    for (let n = 0; n < 343; n++) coefficients[343 + n] = 0.1 * (-20 + 10 * (n % 7));
    const spline = [
      {
        kind: "b-spline" as const,
        size,
        originMm: [-20, -20, -20] as const,
        spacingMm: [10, 10, 10] as const,
        coefficients,
      },
    ];
    const q = mapPoint(spline, [13, 4, 5]);
    expect(q[0]).toBe(13);
    expect(q[1]).toBeCloseTo(4 + 1.3, 12);
    expect(mapPoint(spline, [90, 0, 0])).toEqual([90, 0, 0]);
  });
});

describe("resample", () => {
  it("is exact for a linear field under any shift and grid, and counts what lies outside", () => {
    const field = (p: Vec3): number => 3 * p[0] - 2 * p[1] + 0.5 * p[2] + 7;
    const moving = volumeOf(field);
    const finer: Grid = { ...grid, size: [15, 12, 10], originMm: [-5, 8, 12], spacingMm: [1.1, 1.7, 2.3] };
    const { volume, outsideVoxels } = resample(moving, finer, ([x, y, z]) => [x + 1, y - 2, z + 3]);
    const wanted = volumeOf(([x, y, z]) => field([x + 1, y - 2, z + 3]), finer);
    expect(outsideVoxels).toBe(0);
    for (let v = 0; v < wanted.data.length; v++) expect(volume.data[v]).toBeCloseTo(wanted.data[v]!, 3);
    const away = resample(moving, grid, ([x, y, z]) => [x + 1000, y, z]);
    expect(away.outsideVoxels).toBe(20 * 18 * 12);
    expect(away.volume.data[0]).toBe(-1000);
  });
  it("leaves a volume as it is on its own grid", () => {
    const moving = volumeOf(([x, y, z]) => Math.sin(x) + y * z);
    expect(resample(moving, grid).volume.data).toEqual(moving.data);
  });
});

describe("quality", () => {
  const pattern = ([x, y, z]: Vec3): number => 100 * Math.sin(x / 5) * Math.cos(y / 6) + 40 * Math.cos(z / 9);
  const fixed = volumeOf(pattern);
  const moving = volumeOf(([x, y, z]) => -0.5 * pattern([x - 3, y, z]));
  it("has the greatest mutual information at the true shift, whatever the contrast", () => {
    const at = (shift: number): number =>
      mutualInformation(fixed, resample(moving, grid, ([x, y, z]) => [x + shift, y, z]).volume, null);
    expect(at(3)).toBeGreaterThan(at(1));
    expect(at(3)).toBeGreaterThan(at(5));
    expect(
      mutualInformation(
        fixed,
        volumeOf(() => 4),
        null,
      ),
    ).toBe(0);
    expect(mutualInformation(fixed, moving, whole)).toBeCloseTo(mutualInformation(moving, fixed, whole), 12);
  });
  it("measures displacement and volume change", () => {
    const shifted = deformation(([x, y, z]) => [x + 3, y + 4, z], whole);
    expect(shifted.meanMm).toBeCloseTo(5, 12);
    expect(shifted.volumeRatio).toBeCloseTo(1, 12);
    expect(deformation(([x, y, z]) => [1.2 * x, y, z], whole).jacobianLow).toBeCloseTo(1.2, 10);
    expect(deformation((p) => p, { ...whole, data: new Uint8Array(whole.data.length) }).points).toBe(0);
  });
  const inner: Mask = { ...whole, data: whole.data.map((_, v) => (v % 20 > 3 && v % 20 < 15 ? 1 : 0)) };
  it.each([
    ["the true shift", ([x, y, z]: Vec3): Vec3 => [x + 3, y, z], "accepted"],
    ["a worse shift", ([x, y, z]: Vec3): Vec3 => [x - 4, y, z], "refused"],
    ["a fold", ([x, y, z]: Vec3): Vec3 => [-x, y, z], "refused"],
    ["a squeeze", ([x, y, z]: Vec3): Vec3 => [0.4 * x, y, z], "refused"],
    ["a step out of the image", ([x, y, z]: Vec3): Vec3 => [x + 60, y, z], "refused"],
    ["nothing", (p: Vec3): Vec3 => p, "already-aligned"],
  ] as const)("judges %s", (_, map, verdict) => {
    const quality = registrationQuality(fixed, moving, map, inner);
    expect(quality.verdict).toBe(verdict);
    expect(quality.issues.length).toBe(verdict === "refused" ? 1 : 0);
  });
});

describe("liver-guided resampling", () => {
  const ball: Mask = {
    name: "liver",
    grid,
    data: Uint8Array.from(whole.data, (_, v) => {
      const [x, y, z] = indexToPatient(grid, v % 20, Math.floor(v / 20) % 18, Math.floor(v / 360));
      return Number(Math.hypot(x - 9, y - 25, z - 29) < 14);
    }),
  };
  const organ = volumeOf(([x, y, z]) => (Math.hypot(x - 9, y - 25, z - 29) < 14 ? 55 : -100));
  const values = (data: ArrayLike<number>): number[] => Array.from(data).filter((_, v) => ball.data[v] === 1);

  it("keeps what surrounds the liver out of it", () => {
    const half = ([x, y, z]: Vec3): Vec3 => [x + 0.7, y - 0.6, z + 1];
    const moved = volumeOf(([x, y, z]) => (Math.hypot(x - 9.7, y - 24.4, z - 30) < 14 ? 55 : -100));
    const plain = resample(moved, grid, half).volume.data;
    const guided = guidedResample(moved, grid, half, { liver: ball });
    expect(Math.min(...values(plain))).toBeLessThan(20);
    expect(Math.min(...values(guided.volume.data))).toBeCloseTo(55, 4);
    const { cubic, linear, widened } = guided.liverVoxels;
    expect(cubic).toBeGreaterThan(0);
    expect(cubic + linear + widened).toBe(values(plain).length);
  });
  it("is plain linear interpolation without a liver, and rounds HU that were stored whole", () => {
    const shift = ([x, y, z]: Vec3): Vec3 => [x + 1.3, y, z - 2];
    const a = guidedResample(organ, grid, shift);
    const b = resample(organ, grid, shift);
    expect(a.outsideVoxels).toBe(b.outsideVoxels);
    a.volume.data.forEach((value, v) => {
      expect(value).toBeCloseTo(b.volume.data[v]!, 3);
    });
    const stored = { ...organ, data: Int16Array.from(organ.data) };
    expect(guidedResample(stored, grid, shift, { liver: ball }).volume.data).toBeInstanceOf(Int16Array);
  });
  it("is exact for a cubic's inner voxels when nothing moves", () => {
    const wavy = volumeOf(([x, y, z]) => Math.sin(x / 4) * 40 + y - z);
    const still = guidedResample(wavy, grid, (p) => p, { liver: ball }).volume.data;
    const inner = values(still.map((x, v) => Math.abs(x - wavy.data[v]!))).filter((x) => x < 1e-3);
    expect(inner.length).toBeGreaterThan(200);
  });
});

describe("what is seen of a displacement", () => {
  const texture = ([x, y, z]: Vec3): number => 60 * Math.sin(x / 4) * Math.cos(y / 5) + 50 * Math.cos(z / 6);
  const fixed = volumeOf(texture);
  it("is nothing for an image beside itself, and grows with the shift", () => {
    const seen = (shift: number): number =>
      localShift(
        fixed,
        volumeOf(([x, y, z]) => texture([x - shift, y, z])),
        (p) => p,
        whole,
        0,
      ).meanMm ?? -1;
    expect(seen(0)).toBeLessThan(0.3);
    expect(seen(1.5)).toBeGreaterThan(seen(0) + 0.3);
    const none = { ...whole, data: new Uint8Array(whole.data.length) };
    expect(localShift(fixed, fixed, (p) => p, none, 0)).toEqual({ meanMm: null, maxMm: null, parts: 0 });
  });
  it("is the distance of two outlines", () => {
    const box = (from: number): Mask => ({
      ...whole,
      data: whole.data.map((_, v) => Number(v % 20 >= from && v % 20 < from + 8 && Math.floor(v / 20) % 18 > 5)),
    });
    expect(surfaceDistance(box(4), box(4), (p) => p)?.meanMm).toBe(0);
    expect(surfaceDistance(box(4), box(6), (p) => p)?.meanMm).toBeGreaterThan(0.5);
    expect(surfaceDistance(box(4), box(6), ([x, y, z]) => [x + 4, y, z])?.meanMm).toBe(0);
    expect(surfaceDistance({ ...whole, data: new Uint8Array(whole.data.length) }, box(4), (p) => p)).toBeNull();
  });
});

describe("elastix's parameter files", () => {
  it("are written and read back", () => {
    const map = { Transform: ["EulerTransform"], Spacing: ["1.5", "-2e-3"], UseDirectionCosines: ["true"] };
    expect(parameterText(map)).toContain('(Transform "EulerTransform")');
    expect(parseParameterText(`// a comment\n\n${parameterText(map)}`)).toEqual(map);
  });
});
