import { random, unwrap } from "@livermark/core";
import { type LetbCtOptions, letbCtPhantom } from "@livermark/phantom";
import { sized } from "testkit";
import { describe, expect, it } from "vitest";
import {
  addWrapped,
  close,
  coarsen,
  components,
  countSet,
  dice,
  dilate,
  erode,
  fillHoles,
  largestComponent,
  liverDraft,
  medianFilter,
  open,
  randomWalker,
  refineAbove,
  seedsOutline,
  squaredDistance,
} from "../../src/segmentation/index.js";
import type { Grid, Mask } from "../../src/volume.js";
import { strokesFrom } from "./scribbles.js";

const grid: Grid = {
  size: [14, 11, 9],
  originMm: [0, 0, 0],
  spacingMm: [1, 1.5, 2.5],
  axes: [
    [1, 0, 0],
    [0, 1, 0],
    [0, 0, 1],
  ],
};
const total = 14 * 11 * 9;
const point = (v: number): readonly [number, number, number] => [
  v % 14,
  1.5 * (Math.floor(v / 14) % 11),
  2.5 * Math.floor(v / 154),
];
const noise = (share: number, seed = 3): Uint8Array => {
  const stream = random(seed);
  return Uint8Array.from({ length: total }, () => Number(stream.uniform() < share));
};
const ball = (center: readonly [number, number, number], radius: number): Uint8Array =>
  Uint8Array.from({ length: total }, (_, v) => {
    const p = point(v);
    return Number(Math.hypot(p[0] - center[0], p[1] - center[1], p[2] - center[2]) <= radius);
  });

describe("squaredDistance", () => {
  it("equals the search over all voxels", () => {
    const inside = noise(0.01);
    const set = Array.from({ length: total }, (_, v) => v).filter((v) => inside[v] === 1);
    const found = squaredDistance(grid, inside);
    for (let v = 0; v < total; v += 7) {
      const p = point(v);
      const best = Math.min(...set.map((u) => point(u).reduce((sum, x, axis) => sum + (x - p[axis]!) ** 2, 0)));
      expect(found[v]).toBeCloseTo(best, 9);
    }
  });
  it("keeps slices apart on request", () => {
    const inside = new Uint8Array(total);
    inside[0] = 1;
    const found = squaredDistance(grid, inside, [true, true, false]);
    expect(found[1]).toBe(1);
    expect(found[154]).toBeGreaterThan(1e10);
  });
});

describe("morphology", () => {
  const blob = ball([7, 7, 10], 5);
  it("is ordered, dual and idempotent", () => {
    const ragged = noise(0.3);
    const inOrder = (a: Uint8Array, b: Uint8Array) => a.every((flag, v) => flag <= b[v]!);
    expect(inOrder(erode(grid, ragged, 1.6), ragged)).toBe(true);
    expect(inOrder(ragged, dilate(grid, ragged, 1.6))).toBe(true);
    expect(inOrder(open(grid, ragged, 1.6), ragged)).toBe(true);
    expect(open(grid, open(grid, ragged, 1.6), 1.6)).toEqual(open(grid, ragged, 1.6));
    const flipped = ragged.map((flag) => 1 - flag);
    expect(erode(grid, ragged, 2)).toEqual(dilate(grid, flipped, 2).map((flag) => 1 - flag));
  });
  it("fills a hole, closes a gap and leaves a blob alone", () => {
    const hollow = blob.slice();
    const middle = 4 * 154 + 5 * 14 + 7;
    hollow[middle] = 0;
    expect(fillHoles(grid, hollow)).toEqual(blob);
    expect(close(grid, hollow, 1.6)[middle]).toBe(1);
    expect(fillHoles(grid, blob, true)).toEqual(blob);
  });
});

describe("components", () => {
  const two = Uint8Array.from(ball([3, 4, 5], 2.6), (flag, v) => Math.max(flag, ball([11, 11, 15], 2)[v]!));
  it("finds every piece and the largest", () => {
    const { sizes } = components(grid, two);
    expect(sizes.length).toBe(3);
    expect(sizes[1]! + sizes[2]!).toBe(countSet(two));
    expect(largestComponent(grid, two)).toEqual(ball([3, 4, 5], 2.6));
    expect(countSet(largestComponent(grid, new Uint8Array(total)))).toBe(0);
  });
});

describe("coarsen and refineAbove", () => {
  it("averages blocks, keeps the geometry and comes back to a smooth shape", () => {
    const data = Float32Array.from({ length: total }, (_, v) => point(v)[0] + point(v)[2]);
    const coarse = coarsen(grid, data, 3);
    expect(coarse.factors).toEqual([3, 2, 1]);
    expect(coarse.grid.originMm).toEqual([1, 0.75, 0]);
    expect(coarse.data[0]).toBeCloseTo(1, 6);
    const back = refineAbove(coarse, coarse.data, grid, 8);
    for (let v = 0; v < total; v++) {
      const [x, , z] = point(v);
      if (x >= 1 && x <= 10 && Math.abs(x + z - 8) > 1e-3) expect(back[v]).toBe(Number(x + z > 8));
    }
  });
});

describe("medianFilter", () => {
  it("removes a spike and keeps a step", () => {
    const step = Float32Array.from({ length: total }, (_, v) => (v % 14 < 7 ? 10 : 90));
    const spiked = step.slice();
    spiked[4 * 154 + 5 * 14 + 3] = 900;
    expect(medianFilter(grid, spiked)).toEqual(step);
  });
});

describe("randomWalker", () => {
  const line: Grid = { ...grid, size: [5, 1, 1] };
  const one = (at: number) => Uint8Array.from({ length: 5 }, (_, v) => Number(v === at));
  it("falls linearly along a uniform line, as the gambler's ruin says", () => {
    const { probability, residual } = randomWalker({
      grid: line,
      image: new Float32Array(5),
      domain: new Uint8Array(5).fill(1),
      inside: one(0),
      outside: one(4),
      stepScale: 1,
      tolerance: 1e-10,
    });
    expect(residual).toBeLessThan(1e-9);
    for (const [v, wanted] of [1, 0.75, 0.5, 0.25, 0].entries()) expect(probability[v]).toBeCloseTo(wanted, 5);
  });
  it("stops at an edge, and follows the prior where there is no seed's voice", () => {
    const image = Float32Array.from([0, 0, 0, 50, 50]);
    const base = { grid: line, image, domain: new Uint8Array(5).fill(1), stepScale: 5 };
    const { probability } = randomWalker({ ...base, inside: one(0), outside: one(4) });
    expect(probability[2]).toBeGreaterThan(0.99);
    expect(probability[3]).toBeLessThan(0.01);
    const prior = { probability: Float32Array.from([1, 1, 0, 0, 0]), weight: 100 };
    const led = randomWalker({ ...base, inside: new Uint8Array(5), outside: new Uint8Array(5), prior }).probability;
    expect(led[1]).toBeGreaterThan(0.95);
    expect(led[2]).toBeLessThan(0.05);
  });
});

describe("addWrapped", () => {
  it("takes a piece in a bay of the organ and leaves one that only touches it", () => {
    const big: Grid = { ...grid, size: [30, 30, 12], spacingMm: [1, 1, 1] };
    const at = (test: (x: number, y: number) => boolean) =>
      Uint8Array.from({ length: 30 * 30 * 12 }, (_, v) =>
        Number(test(v % 30, Math.floor(v / 30) % 30) && v >= 900 && v < 9900),
      );
    const bay = at((x, y) => x >= 12 && x < 18 && y >= 10 && y < 16);
    const organ = at((x, y) => x >= 4 && x < 26 && y >= 4 && y < 16 && !(x >= 12 && x < 18 && y >= 10));
    const touching = at((x, y) => x >= 4 && x < 12 && y >= 17 && y < 27);
    const other = bay.map((flag, v) => Math.max(flag, touching[v]!));
    const grown = addWrapped(big, organ, other, { partMm: 0.5, leastContact: 0.4, leastMl: 0.01 });
    expect(bay.every((flag, v) => flag <= grown[v]!)).toBe(true);
    expect(touching.some((flag, v) => flag === 1 && grown[v] === 1)).toBe(false);
  });
});

describe("the liver on phantom CT", () => {
  const options = (seed: number, phase: "late-arterial" | "portal-venous"): LetbCtOptions => ({
    seed,
    patient: "P1",
    body: { kind: "abdomen", size: [88, 72, 40], spacingMm: [3.7, 3.5, 4.4] },
    lesions: 5,
    timePoints: [{ name: "baseline", date: "2024-01-10", enhancingFraction: 0.1, tumourFraction: 0.14 }],
    noise: { sd: 10, grain: true },
    textureHu: 3,
    phases: [phase],
  });
  it.each(
    sized(
      [[21, "portal-venous"]],
      [
        [21, "portal-venous"],
        [22, "late-arterial"],
        [23, "portal-venous"],
        [24, "late-arterial"],
      ],
    ) as [number, "late-arterial" | "portal-venous"][],
  )(
    "body %i, %s: draft and seeds find it",
    (seed, phase) => {
      const visit = unwrap(letbCtPhantom(options(seed, phase))).visits[0]!;
      const { volume } = visit.volumes[0]!;
      const draft = unwrap(liverDraft(volume));
      expect(dice(draft.mask.data, visit.liver.data)).toBeGreaterThan(0.87);
      expect(draft.usable).toBe(true);
      const { inside, outside } = strokesFrom(visit.liver, 8);
      const outline = unwrap(seedsOutline(volume, inside, outside));
      expect(dice(outline.mask.data, visit.liver.data)).toBeGreaterThan(0.85);
    },
    600_000,
  );
  it("refuses what is not CT, what holds no liver, and strokes that are missing or lie elsewhere", () => {
    const visit = unwrap(letbCtPhantom(options(21, "portal-venous"))).visits[0]!;
    const { volume } = visit.volumes[0]!;
    const code = (result: { readonly ok: boolean; readonly issues: readonly { readonly code: string }[] }) =>
      result.ok ? "" : result.issues[0]!.code;
    expect(code(liverDraft({ ...volume, unit: "a.u.", modality: "OT" }))).toBe("modality-unknown");
    const [a, b, c] = volume.grid.axes;
    expect(code(liverDraft({ ...volume, grid: { ...volume.grid, axes: [a, c, b] } }))).toBe("not-axial");
    expect(code(liverDraft(volume, {}, { isCancelled: () => true }))).toBe("cancelled");
    const shares: number[] = [];
    liverDraft(
      { ...volume, data: new Int16Array(volume.data.length).fill(-1000) },
      {},
      { onProgress: (p) => shares.push(p.share) },
    );
    expect(shares).toEqual([...shares].sort((p, q) => p - q));
    expect(shares[0]).toBe(0);
    expect(code(liverDraft({ ...volume, data: new Int16Array(volume.data.length).fill(-1000) }))).toBe(
      "no-liver-found",
    );
    const empty: Mask = { ...visit.liver, data: new Uint8Array(visit.liver.data.length) };
    expect(code(seedsOutline(volume, empty, visit.liver))).toBe("no-strokes");
    expect(code(seedsOutline(volume, { name: "m", grid, data: noise(0.5) }, visit.liver))).toBe("strokes-grid");
  });
});
