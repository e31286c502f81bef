import { unwrap } from "@livermark/core";
import { serMrPhantom, t2MrPhantom } from "@livermark/phantom";
import { sized } from "testkit";
import { describe, expect, it } from "vitest";
import { findBody } from "../../src/segmentation/body.js";
import { aboveDiaphragm } from "../../src/segmentation/diaphragm.js";
import { estimatedDice, isUsable, liverDraft, piecesBeside } from "../../src/segmentation/index.js";
import { insideWall } from "../../src/segmentation/inner-wall.js";
import { withoutShading } from "../../src/segmentation/slow-shading.js";
import type { Grid } from "../../src/volume.js";
import { maskOf } from "../make.js";

/** 60 × 50 × 30 voxels of 4 mm about the patient origin. */
const grid: Grid = {
  size: [60, 50, 30],
  originMm: [-118, -98, -58],
  spacingMm: [4, 4, 4],
  axes: [
    [1, 0, 0],
    [0, 1, 0],
    [0, 0, 1],
  ],
};
const at = (i: number, j: number, k: number) => [-118 + 4 * i, -98 + 4 * j, -58 + 4 * k] as const;
const where = (test: (x: number, y: number, z: number) => boolean): Uint8Array =>
  maskOf(grid, (i, j, k) => test(...at(i, j, k))).data;
const inTrunk = (x: number, y: number): boolean => Math.hypot(x / 110, y / 90) <= 1;
/** A trunk with lungs above z = 20 mm that leave the middle (heart) and the wall of 20 mm free. */
const lung = (x: number, y: number, z: number): boolean =>
  z > 20 && Math.hypot(x / 90, y / 70) <= 1 && Math.hypot(x - 10, y + 10) > 32;
const lungFlags = where((x, y, z) => lung(x, y, z));

describe("general anatomy", () => {
  const found = findBody(
    grid,
    where((x, y, z) => inTrunk(x, y) && !lung(x, y, z)),
    (v) => lungFlags[v] === 1,
  );
  it("fills the body, tells lungs from gas lower down, and measures it", () => {
    expect(found.inside).toEqual(where((x, y) => inTrunk(x, y)));
    expect(found.lungs).toEqual(lungFlags);
    expect([found.midlineMm, found.widthMm]).toEqual([0, 212]);
    expect(findBody(grid, new Uint8Array(90000), () => false).widthMm).toBe(0);
  });
  it("takes the wall from the lungs where they are, and from ribs below", () => {
    const none = new Uint8Array(found.inside.length);
    const byLung = insideWall(grid, found, { bone: none, ribReachMm: 15 });
    const middle = (x: number, y: number, z: number) =>
      Math.round((z + 58) / 4) * 3000 + Math.round((y + 98) / 4) * 60 + Math.round((x + 118) / 4);
    expect(byLung[middle(-82, 2, 42)]).toBe(1);
    expect(byLung[middle(-102, 2, 42)]).toBe(0);
    const bone = where(
      (x, y, z) => z < 0 && Math.abs(z % 24) < 6 && Math.abs(Math.hypot(x / 110, y / 90) - 0.88) < 0.05,
    );
    const byRib = insideWall(grid, found, { bone, ribReachMm: 15 });
    for (const z of [-38, -26, -14]) {
      expect(byRib[middle(-102, 2, z)]).toBe(0);
      expect(byRib[middle(-78, 2, z)]).toBe(1);
    }
  });
  it("puts heart and lungs above the diaphragm, and the liver under the right lung below", () => {
    const above = aboveDiaphragm(grid, found);
    for (const [v, flag] of above.entries()) if (lungFlags[v] === 1) expect(flag).toBe(1);
    const heart = where((x, y, z) => z > 36 && Math.hypot(x - 14, y + 10) < 12);
    expect(heart.every((flag, v) => flag === 0 || above[v] === 1)).toBe(true);
    const liver = where((x, y, z) => z < 10 && x < -20 && inTrunk(x, y));
    expect(liver.every((flag, v) => flag === 0 || above[v] === 0)).toBe(true);
    expect(aboveDiaphragm(grid, { ...found, lungs: new Uint8Array(above.length) }).includes(1)).toBe(false);
  });
});

describe("withoutShading", () => {
  it("makes an exponential of a quadratic field flat, with other tissue in proportion", () => {
    const sample = where((x, y, z) => Math.hypot(x + 50, y, z) <= 40);
    const field = where(() => true);
    const image = Float32Array.from(field, (_, v) => {
      const i = (v % 60) / 30 - 1;
      return 300 * Math.exp(0.3 * i - 0.2 * i * i) * (sample[v] === 1 ? 1 : 0.5);
    });
    const flat = withoutShading(grid, image, sample);
    for (let v = 0; v < flat.length; v += 11) {
      const x = at(v % 60, 0, 0)[0];
      if (x < 0) expect(Math.abs(flat[v]! - (sample[v] === 1 ? 100 : 50))).toBeLessThan(3);
    }
    expect(withoutShading(grid, image, new Uint8Array(image.length))).toEqual(image);
  });
});

describe("piecesBeside", () => {
  it("a block on a plane has a sixth of its surface in contact, one sunk to five sixths of its height 13/18", () => {
    const slab = where((_, __, z) => z < 0);
    const block = where((x, y, z) => Math.abs(x) <= 10 && Math.abs(y) <= 10 && z > 0 && z < 24);
    const on = piecesBeside(grid, slab, block, 1);
    expect(on.contact[1]! / on.surface[1]!).toBeCloseTo(1 / 6, 6);
    expect(on.ml[1]).toBeCloseTo(216 * 0.064, 9);
    const around = block.map((flag, v) => Number(flag === 0 && Math.floor(v / 3000) < 20 ? 1 : 0));
    const sunk = piecesBeside(grid, around, block, 1);
    expect(sunk.contact[1]! / sunk.surface[1]!).toBeCloseTo(13 / 18, 6);
  });
});

describe("the estimate", () => {
  const good = { tumourAgreement: 1, openSurface: 0.02, otherTissue: 0.08, leftOut: 0.02, lookalikes: 0.3 };
  it("falls with every bad sign and stays between 0 and 1", () => {
    expect(isUsable(good)).toBe(true);
    for (const worse of [
      { tumourAgreement: 0.6 },
      { openSurface: 0.7 },
      { leftOut: 2 },
      { lookalikes: 4 },
      { otherTissue: 0.5 },
    ]) {
      expect(estimatedDice({ ...good, ...worse })).toBeLessThan(estimatedDice(good));
      expect(isUsable({ ...good, ...worse })).toBe(false);
    }
    expect(estimatedDice({ ...good, leftOut: 99 })).toBe(0);
  });
});

describe("the liver on phantom MR", () => {
  const options = { seed: 31, patient: "P1", size: [88, 72, 34] as const, spacingMm: [3.8, 3.6, 5] as const };
  // The MR phantoms carry no liver mask: the abdomen's liver is 1.2 to 1.8 l, and the draft must lie where it is.
  it.each(sized(["T2"], ["T2", "T1"]))(
    "%s: a draft of plausible size on the right side",
    (weighting) => {
      const volume =
        weighting === "T2"
          ? unwrap(t2MrPhantom({ ...options, date: "2024-01-10", sir: 1.6, noiseSd: 12, shading: 0.3 })).image.volume
          : unwrap(
              serMrPhantom({
                ...options,
                timePoints: [{ name: "baseline", date: "2024-01-10", ser: 1 }],
                noiseSd: 15,
                shading: 0.3,
              }),
            ).visits[0]!.phases[0]!.volume;
      const draft = unwrap(liverDraft(volume));
      expect(draft.mean).toBeCloseTo(100, -1);
      expect(draft.volumeMl).toBeGreaterThan(1000);
      expect(draft.volumeMl).toBeLessThan(2100);
    },
    600_000,
  );
});
