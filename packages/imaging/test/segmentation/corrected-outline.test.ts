import { random, unwrap } from "@livermark/core";
import { fullSize, sized } from "testkit";
import { describe, expect, it } from "vitest";
import { correctedOutline, dice, liverDraft } from "../../src/segmentation/index.js";
import type { Mask } from "../../src/volume.js";
import { filled, grid, maskOf } from "../make.js";
import { burdenOptions, hardPhantom } from "./hard-phantom.js";
import { letbError } from "./letb-error.js";
import { correction } from "./scribbles.js";

// An organ of two lobes, each of its own tissue, with another organ against the second; all in fat.
const g = grid([48, 32, 28], [3, 3, 3]);
const within = (i: number, j: number, k: number, [a, b, c]: readonly number[], radius: number): boolean =>
  Math.hypot(i - a!, j - b!, k - c!) < radius;
const first = (i: number, j: number, k: number): boolean => within(i, j, k, [15, 16, 14], 9);
const second = (i: number, j: number, k: number): boolean => !first(i, j, k) && within(i, j, k, [28, 16, 14], 8);
const other = (i: number, j: number, k: number): boolean =>
  !first(i, j, k) && !second(i, j, k) && within(i, j, k, [38, 16, 14], 6);
const noise = random(5);
const image = filled(g, (i, j, k) => {
  const value = first(i, j, k) ? 100 : second(i, j, k) ? 45 : other(i, j, k) ? 150 : -100;
  return value + 6 * noise.normal();
});
const none = maskOf(g, () => false, "none");
const draft = (inside: (i: number, j: number, k: number) => boolean): Mask => ({
  ...maskOf(g, inside, "draft"),
  outline: { method: "draft", estimatedDice: 0.8, usable: false },
});
const lobes = maskOf(g, (i, j, k) => first(i, j, k) || second(i, j, k));
const dot = (center: readonly number[]): Mask => maskOf(g, (i, j, k) => within(i, j, k, center, 2));

describe("an outline corrected by strokes", () => {
  it("takes in a lobe that was left out, up to its edge, by one stroke", () => {
    const { mask, walker } = unwrap(correctedOutline(image, draft(first), dot([29, 16, 14]), none));
    expect(dice(mask.data, lobes.data)).toBeGreaterThan(0.97);
    expect(walker.residual).toBeLessThan(1e-3);
    expect(mask.outline).toEqual({ method: "edited", from: "draft" });
  });

  it("gives up another organ that was taken in, by one stroke", () => {
    const all = draft((i, j, k) => first(i, j, k) || second(i, j, k) || other(i, j, k));
    const { mask } = unwrap(correctedOutline(image, all, none, dot([39, 16, 14])));
    expect(dice(mask.data, lobes.data)).toBeGreaterThan(0.97);
  });

  it("stays as it is, but for its edge, under a stroke that says nothing new", () => {
    const right = draft((i, j, k) => first(i, j, k) || second(i, j, k));
    const { mask } = unwrap(correctedOutline(image, right, dot([15, 16, 14]), none));
    expect(dice(mask.data, lobes.data)).toBeGreaterThan(0.97);
    expect(unwrap(correctedOutline(image, right, dot([15, 16, 14]), none)).mask.data).toEqual(mask.data);
  });

  it("claims nothing about an outline of which nobody knows who drew it", () => {
    const { outline: _, ...unknown } = draft(first);
    expect(unwrap(correctedOutline(image, unknown, dot([29, 16, 14]), none)).mask).not.toHaveProperty("outline");
  });

  it.each([
    ["no stroke at all", draft(first), none, "no-strokes"],
    ["an empty outline", none, dot([29, 16, 14]), "no-outline"],
    ["strokes on another grid", draft(first), maskOf(grid([4, 4, 4]), () => true), "strokes-grid"],
  ])("is refused: %s", (_, outline, inside, code) => {
    const refused = correctedOutline(image, outline, inside, none);
    expect(refused).not.toHaveProperty("value");
    expect(refused.issues.map((issue) => issue.code)).toEqual([code]);
  });

  it("mends the draft of a liver that is mostly tumour, by at most ten strokes", () => {
    const count = sized(2, 10);
    for (const seed of sized([820], [803, 806, 807, 811, 820])) {
      const phantom = hardPhantom(burdenOptions(seed));
      const { mask: drafted } = unwrap(liverDraft(phantom.volume));
      const empty = maskOf(drafted.grid, () => false);
      let strokes = { inside: empty, outside: empty };
      let found = drafted;
      for (let n = 0; n < count; n++) {
        const next = correction(phantom.liver, found.data, strokes, 5);
        if (next === null) break;
        strokes = next;
        found = unwrap(correctedOutline(phantom.volume, drafted, strokes.inside, strokes.outside)).mask;
      }
      expect(dice(found.data, phantom.liver.data)).toBeGreaterThan(dice(drafted.data, phantom.liver.data));
      expect(dice(found.data, phantom.liver.data)).toBeGreaterThan(0.95);
      if (fullSize) expect(Math.abs(letbError(phantom, found.data))).toBeLessThan(3);
    }
  }, 3_000_000);
});
