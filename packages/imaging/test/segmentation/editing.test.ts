import { random, unwrap } from "@livermark/core";
import { describe, expect, it } from "vitest";
import {
  applyEdit,
  brushEdit,
  editBetween,
  editedVoxels,
  grow,
  keepLargest,
  lesionFromStroke,
  outlineFromContours,
  record,
  redo,
  shrink,
  smooth,
  startHistory,
  thresholdWithin,
  undo,
  withoutHoles,
} from "../../src/segmentation/index.js";
import type { Mask, Vec3 } from "../../src/volume.js";
import { filled, grid, maskOf, turnedAxes, volume } from "../make.js";

const g = grid([24, 20, 12], [1, 1.25, 2.5]);
const ball = (centre: Vec3, radius: number): Mask =>
  maskOf(g, (i, j, k) => Math.hypot(i - centre[0], 1.25 * j - centre[1], 2.5 * k - centre[2]) <= radius);
const empty = maskOf(g, () => false);
const ragged = (seed: number): Mask => {
  const stream = random(seed);
  return maskOf(g, () => stream.uniform() < 0.4);
};
const code = (result: { readonly ok: boolean; readonly issues: readonly { readonly code: string }[] }): string =>
  result.ok ? "" : result.issues[0]!.code;

describe("edits", () => {
  it("undo after do is the identity, redo after undo too, whatever the edits", () => {
    const start = ragged(1);
    let history = startHistory(start);
    const seen: Mask[] = [start];
    for (const seed of [2, 3, 4]) {
      history = record(history, editBetween(history.mask.data, ragged(seed).data, `edit ${seed}`));
      seen.push(history.mask);
    }
    for (const seed of [3, 2, 1]) {
      history = undo(history);
      expect(history.mask.data).toEqual(seen[seed - 1]!.data);
    }
    expect(history.mask.data).toEqual(start.data);
    expect(undo(history)).toBe(history);
    for (const seed of [1, 2, 3]) {
      history = redo(history);
      expect(history.mask.data).toEqual(seen[seed]!.data);
    }
    expect(redo(history)).toBe(history);
    expect(history.past.map(({ name }) => name)).toEqual(["edit 2", "edit 3", "edit 4"]);
  });
  it("an edit is its own inverse, is small, and changes no given mask", () => {
    const before = ragged(5);
    const copy = before.data.slice();
    const edit = editBetween(before.data, ball([8, 8, 12], 4).data, "ball");
    expect(applyEdit(applyEdit(before, edit), edit).data).toEqual(copy);
    expect(before.data).toEqual(copy);
    const one = unwrap(brushEdit(empty, { points: [[8, 8, 12.5]], radiusMm: 3, shape: "disc", paint: true }));
    expect(one.runs.byteLength).toBeLessThan(100);
    expect(editedVoxels(one)).toBe(applyEdit(empty, one).data.reduce((sum, flag) => sum + flag, 0));
  });
  it("forgets what was undone when something else is done, and takes no empty step", () => {
    const first = record(startHistory(empty), editBetween(empty.data, ball([8, 8, 12], 4).data, "ball"));
    const back = undo(first);
    expect(back.future).toHaveLength(1);
    expect(record(back, editBetween(empty.data, empty.data, "nothing"))).toBe(back);
    expect(record(back, editBetween(empty.data, ragged(1).data, "other")).future).toEqual([]);
  });
  it("drops the hash of a file whose voxels these no longer are", () => {
    const read: Mask = { ...ball([8, 8, 12], 4), source: { sha256: "ab" } };
    expect(applyEdit(read, editBetween(read.data, empty.data, "clear")).source).toBeUndefined();
  });
  it("turn a draft into an edited one, whatever changes a voxel, until all is undone", () => {
    const draft: Mask = { ...ball([8, 8, 12], 4), outline: { method: "draft", estimatedDice: 0.8, usable: false } };
    const edited = { method: "edited", from: "draft" };
    const stroke = unwrap(brushEdit(draft, { points: [[12, 10, 12.5]], radiusMm: 3, shape: "disc", paint: true }));
    const history = record(startHistory(draft), stroke);
    expect(history.mask.outline).toEqual(edited);
    expect(undo(history).mask.outline).toEqual(draft.outline);
    expect(redo(undo(history)).mask.outline).toEqual(edited);
    const twice = record(
      history,
      unwrap(brushEdit(history.mask, { points: [[2, 2, 5]], radiusMm: 2, shape: "disc", paint: true })),
    );
    expect(undo(twice).mask.outline).toEqual(edited);
    expect(unwrap(grow(draft, 2)).outline).toEqual(edited);
    expect(withoutHoles(draft).outline).toEqual(draft.outline);
    expect(keepLargest(draft).outline).toEqual(draft.outline);
    expect(record(startHistory(empty), stroke).mask).not.toHaveProperty("outline");
  });
});

describe("brushEdit", () => {
  const at: Vec3 = [8, 10, 12.5];
  it("covers a closed disc in one slice and a closed ball over slices", () => {
    const disc = applyEdit(empty, unwrap(brushEdit(empty, { points: [at], radiusMm: 4, shape: "disc", paint: true })));
    expect(disc.data).toEqual(maskOf(g, (i, j, k) => k === 5 && Math.hypot(i - 8, 1.25 * j - 10) <= 4).data);
    const sphere = unwrap(brushEdit(empty, { points: [at], radiusMm: 5, shape: "sphere", paint: true }));
    expect(applyEdit(empty, sphere).data).toEqual(ball(at, 5).data);
  });
  it("covers the line between two points, and erases what it painted", () => {
    const stroke = { points: [[5, 10, 12.5] as Vec3, [15, 10, 12.5] as Vec3], radiusMm: 2, shape: "disc" as const };
    const painted = applyEdit(empty, unwrap(brushEdit(empty, { ...stroke, paint: true })));
    expect([5, 8, 12, 15].map((i) => painted.data[(5 * 20 + 8) * 24 + i])).toEqual([1, 1, 1, 1]);
    expect(editedVoxels(unwrap(brushEdit(painted, { ...stroke, paint: true })))).toBe(0);
    expect(applyEdit(painted, unwrap(brushEdit(painted, { ...stroke, paint: false }))).data).toEqual(empty.data);
  });
  it("stays within a range of values, and follows an oblique grid", () => {
    const ramp = filled(g, (i) => i);
    const some = unwrap(
      brushEdit(empty, {
        points: [at],
        radiusMm: 4,
        shape: "disc",
        paint: true,
        within: { volume: ramp, low: 8, high: 99 },
      }),
    );
    expect(applyEdit(empty, some).data).toEqual(
      maskOf(g, (i, j, k) => k === 5 && i >= 8 && Math.hypot(i - 8, 1.25 * j - 10) <= 4).data,
    );
    const turned = grid([24, 20, 12], [1, 1.25, 2.5], { axes: turnedAxes(0.4, true) });
    const [a, b, c] = turned.axes;
    const centre = [0, 1, 2].map((n) => 8 * a[n]! + 10 * b[n]! + 12.5 * c[n]!) as [number, number, number];
    const none = maskOf(turned, () => false);
    const edit = unwrap(brushEdit(none, { points: [centre], radiusMm: 4.9, shape: "sphere", paint: true }));
    expect(applyEdit(none, edit).data).toEqual(ball(at, 4.9).data);
  });
  it.each([
    ["brush-radius", { radiusMm: 0 }],
    ["brush-radius", { radiusMm: Number.NaN }],
    ["brush-points", { points: [] }],
    ["brush-points", { points: [[Number.NaN, 0, 0]] }],
    [
      "brush-slice",
      {
        points: [
          [5, 5, 5],
          [5, 5, 20],
        ],
      },
    ],
    ["brush-outside", { points: [[500, 5, 5]] }],
    ["other-grid", { within: { volume: filled(grid([2, 2, 2]), () => 0), low: 0, high: 1 } }],
  ])("refuses: %s", (wanted, change) => {
    const stroke = { points: [at], radiusMm: 4, shape: "disc" as const, paint: true, ...change } as Parameters<
      typeof brushEdit
    >[1];
    expect(code(brushEdit(empty, stroke))).toBe(wanted);
  });
});

describe("operations on masks", () => {
  const within = (a: Mask, b: Mask): boolean => a.data.every((flag, v) => flag <= b.data[v]!);
  const mask = ball([11, 12, 14], 7);
  it("grow and shrink are ordered and dual; smoothing, filling and the largest piece are idempotent", () => {
    expect(within(mask, unwrap(grow(mask, 2)))).toBe(true);
    expect(within(unwrap(shrink(mask, 2)), mask)).toBe(true);
    expect(unwrap(shrink(unwrap(grow(mask, 0)), 0)).data).toEqual(mask.data);
    const rough = ragged(9);
    const once = unwrap(smooth(rough, 1.3));
    expect(unwrap(smooth(once, 1.3)).data).toEqual(once.data);
    expect(withoutHoles(withoutHoles(rough)).data).toEqual(withoutHoles(rough).data);
    expect(keepLargest(keepLargest(rough)).data).toEqual(keepLargest(rough).data);
    expect(within(keepLargest(rough), rough)).toBe(true);
  });
  it("a small mask in a corner is treated as in the whole volume", () => {
    const corner = maskOf(g, (i, j, k) => i < 3 && j < 3 && k < 2);
    expect(unwrap(grow(corner, 1.25)).data).toEqual(
      maskOf(g, (i, j, k) => (i < 4 && j < 3 && k < 2) || (i < 3 && j < 4 && k < 2)).data,
    );
    expect(unwrap(shrink(corner, 1)).data).toEqual(maskOf(g, (i, j, k) => i < 2 && j < 3 && k < 2).data);
    expect(keepLargest(empty).data).toEqual(empty.data);
  });
  it("fills a tunnel only by slices, and thresholds inside", () => {
    const tube = maskOf(g, (i, j) => Math.hypot(i - 11, j - 10) <= 7 && Math.hypot(i - 11, j - 10) > 2);
    const solid = maskOf(g, (i, j) => Math.hypot(i - 11, j - 10) <= 7);
    expect(withoutHoles(tube).data).toEqual(tube.data);
    expect(withoutHoles(tube, true).data).toEqual(solid.data);
    const ramp = filled(g, (i) => i);
    expect(unwrap(thresholdWithin(ramp, mask, 10, 13)).data).toEqual(
      mask.data.map((flag, v) => Number(flag === 1 && v % 24 >= 10 && v % 24 <= 13)),
    );
    expect(code(thresholdWithin(ramp, mask, 2, 1))).toBe("range");
    expect(
      code(
        thresholdWithin(
          filled(grid([2, 2, 2]), () => 0),
          mask,
          0,
          1,
        ),
      ),
    ).toBe("other-grid");
    expect(code(grow(mask, -1))).toBe("radius");
    expect(code(smooth(mask, Number.NaN))).toBe("radius");
  });
});

describe("outlineFromContours", () => {
  const square = (z: number, from: number, to: number) => ({
    kind: "polygon" as const,
    points: [
      [from, from, z],
      [to, from, z],
      [to, to, z],
      [from, to, z],
    ] as Vec3[],
  });
  it("fills the slices between, and a polygon inside another is a hole", () => {
    const mask = unwrap(outlineFromContours([square(2.5, 3.5, 15.5), square(12.5, 3.5, 15.5)], g, "liver"));
    const counts = Array.from({ length: 12 }, (_, k) =>
      mask.data.subarray(k * 480, (k + 1) * 480).reduce((s, f) => s + f, 0),
    );
    expect(counts[0]).toBe(0);
    expect(counts.slice(1, 6)).toEqual(Array(5).fill(counts[1]));
    expect(counts[6]).toBe(0);
    const holed = unwrap(outlineFromContours([square(2.5, 3.5, 15.5), square(2.5, 6.5, 10.5)], g, "ring"));
    expect(holed.data[480 + 6 * 24 + 8]).toBe(0);
    expect(holed.data[480 + 4 * 24 + 5]).toBe(1);
  });
  it("refuses no contour, other shapes, contours that cancel and contours off the volume", () => {
    expect(code(outlineFromContours([], g, "liver"))).toBe("contours");
    expect(code(outlineFromContours([{ kind: "sphere", center: [5, 5, 5], volumeCm3: 1 }], g, "liver"))).toBe(
      "contours",
    );
    const one = square(2.5, 3.5, 15.5);
    expect(code(outlineFromContours([one, one], g, "liver"))).toBe("empty-region");
    expect(outlineFromContours([square(900, 3, 9)], g, "liver").ok).toBe(false);
  });
});

describe("lesionFromStroke", () => {
  const fine = grid([56, 56, 20], [1, 1, 2]);
  const noise = random(7);
  const lesion = maskOf(fine, (i, j, k) => ((i - 28) / 12) ** 2 + ((j - 26) / 8) ** 2 + ((2 * k - 20) / 9) ** 2 <= 1);
  const core = maskOf(fine, (i, j, k) => Math.hypot(i - 28, j - 26, 2 * k - 20) <= 3);
  const arterial = volume(
    fine,
    Float32Array.from(
      lesion.data,
      (flag, v) => (flag === 1 ? (core.data[v] === 1 ? 40 : 130) : 80) + 10 * noise.normal(),
    ),
  );
  const pre = volume(
    fine,
    Float32Array.from(lesion.data, () => 50 + 10 * noise.normal()),
  );
  const ends: readonly [Vec3, Vec3] = [
    [16, 26, 20],
    [40, 26, 20],
  ];
  it("outlines it, with axes and the viable part", () => {
    const found = unwrap(lesionFromStroke(arterial, ends, { enhancement: { pre, threshold: 55 } }));
    const both = found.mask.data.reduce((sum, flag, v) => sum + flag * lesion.data[v]!, 0);
    const sizes = [found.mask, lesion].map(({ data }) => data.reduce((s, f) => s + f, 0));
    expect((2 * both) / (sizes[0]! + sizes[1]!)).toBeGreaterThan(0.85);
    expect(Math.abs(found.longestAxialMm - 24)).toBeLessThanOrEqual(3);
    expect(Math.abs(found.shortAxisMm - 16)).toBeLessThanOrEqual(3);
    expect(found.viable!.volumeMl).toBeLessThan(found.volumeMl);
    expect(found.viable!.volumeMl).toBeGreaterThan(0.6 * found.volumeMl);
    expect(found.viable!.diameterMm).toBeLessThanOrEqual(found.longestAxialMm);
    expect(found.viable!.mask.data.every((flag, v) => flag <= found.mask.data[v]!)).toBe(true);
  });
  it("stays in the organ, and does not depend on the stroke's direction", () => {
    const within = maskOf(fine, (_, j) => j < 28);
    const found = unwrap(lesionFromStroke(arterial, ends, { within }));
    expect(found.mask.data.every((flag, v) => flag <= within.data[v]!)).toBe(true);
    expect(found.viable).toBeNull();
    const turned = unwrap(lesionFromStroke(arterial, [ends[1], ends[0]], { within }));
    expect(turned.mask.data).toEqual(found.mask.data);
  });
  it("warns where there is no edge", () => {
    const flat = volume(
      fine,
      Float32Array.from(lesion.data, () => 80),
    );
    expect(lesionFromStroke(flat, ends).issues.map((issue) => issue.code)).toContain("lesion-no-edge");
  });
  it("refuses a stroke that is short, off the image or outside the organ, and helpers on another grid", () => {
    expect(
      code(
        lesionFromStroke(arterial, [
          [20, 20, 20],
          [22, 20, 20],
        ]),
      ),
    ).toBe("stroke-short");
    expect(
      code(
        lesionFromStroke(arterial, [
          [20, 20, 20],
          [200, 20, 20],
        ]),
      ),
    ).toBe("stroke-outside");
    expect(code(lesionFromStroke(arterial, ends, { within: maskOf(fine, () => false) }))).toBe("no-lesion");
    expect(code(lesionFromStroke(arterial, ends, { within: empty }))).toBe("other-grid");
  });
});
