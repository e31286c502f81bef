import { random, unwrap } from "@livermark/core";
import { serMrPhantom, t2MrPhantom } from "@livermark/phantom";
import { sized } from "testkit";
import { describe, expect, it } from "vitest";
import { findBody } from "../../src/segmentation/body.js";
import { aboveDiaphragm } from "../../src/segmentation/diaphragm.js";
import {
  addWrapped,
  estimatedDice,
  isUsable,
  liverDraft,
  liverTerritory,
  piecesBeside,
  unevenness,
} from "../../src/segmentation/index.js";
import { insideWall } from "../../src/segmentation/inner-wall.js";
import { withIsland } from "../../src/segmentation/island.js";
import type { Scene } from "../../src/segmentation/liver-outline.js";
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

/** Offset of the voxel at a patient point. */
const voxelAt = (x: number, y: number, z: number): number =>
  Math.round((z + 58) / 4) * 3000 + Math.round((y + 98) / 4) * 60 + Math.round((x + 118) / 4);

// Anatomy on which the first rules failed in two real cases; each test shows the first rule failing and today's passing.
describe("anatomy that the first rules got wrong", () => {
  const trunk = (lungs: (x: number, y: number, z: number) => boolean) =>
    findBody(
      grid,
      where((x, y, z) => inTrunk(x, y) && !lungs(x, y, z)),
      (() => {
        const flags = where((x, y, z) => inTrunk(x, y) && lungs(x, y, z));
        return (v: number) => flags[v] === 1;
      })(),
    );

  it("below the ribs' arch the wall is thin: its thickness at the ribs is not carried round to the front", () => {
    const body = trunk(() => false);
    // Ribs 29 mm deep at both sides and none within 50 degrees of the front; there the liver comes to 18 mm under the skin.
    const bone = where(
      (x, y, z) =>
        Math.abs(z % 24) < 9 &&
        Math.abs(Math.hypot(x / 110, y / 90) - 0.74) < 0.03 &&
        Math.atan2(Math.abs(x), -y) > 0.87,
    );
    const liver = where((x, y) => Math.abs(x) < 25 && y < 0 && Math.hypot(x / 92, y / 72) <= 1);
    const cut = (within: Uint8Array): number =>
      liver.reduce((sum, flag, v) => sum + Number(flag === 1 && within[v] === 0), 0);
    const marks = { bone, ribReachMm: 15 };
    const all = liver.reduce((sum, flag) => sum + flag, 0);
    expect(cut(insideWall(grid, body, { ...marks, carriedCells: 96 })) / all).toBeGreaterThan(0.05);
    expect(cut(insideWall(grid, body, marks)) / all).toBeLessThan(0.01);
    // Between two ribs of a side the wall stays a wall.
    expect(insideWall(grid, body, marks)[voxelAt(-98, 2, 14)]).toBe(0);
  });

  it("behind, the lungs reach down beside the liver: that does not pull the diaphragm down at the front", () => {
    const recessed = (x: number, y: number, z: number): boolean =>
      Math.hypot(x / 90, y / 70) <= 1 && !(Math.abs(x - 10) < 32 && y > -42) && (z > 20 || (z > -50 && y > 4));
    const body = trunk(recessed);
    // The left lobe under the heart, where no lung is seen.
    const lobe = where((x, y, z) => z > -40 && z < 6 && Math.abs(x - 10) < 22 && y > -10 && y < 30);
    const cut = (above: Uint8Array): number =>
      lobe.reduce((sum, flag, v) => sum + Number(flag === 1 && above[v] === 1), 0);
    expect(cut(aboveDiaphragm(grid, body, 10, 1))).toBeGreaterThan(20);
    expect(cut(aboveDiaphragm(grid, body))).toBe(0);
  });

  it("a crus between liver and spine leans on the spine, which is not the wall: it is left out", () => {
    const body = trunk(lung);
    const spine = where((x, y) => Math.abs(x) < 18 && y > 40 && y < 76);
    const { bound } = liverTerritory(grid, body, spine);
    for (const y of [42, 46, 50]) expect(bound[voxelAt(2, y, -10)]).toBe(0);
    const level = (z: number): boolean => z < 0 && z > -50;
    const liver = where((x, y, z) => level(z) && x > -90 && y > -40 && (y < 24 ? x < -10 : y < 40 && x < -22));
    const crus = where((x, y, z) => level(z) && x >= -22 && x < -2 && y >= 24 && y <= 40);
    const rule = { partMm: 5, leastContact: 0.35, wallShare: 0.7, leastMl: 0.3 };
    const takes = (wall: Uint8Array): boolean =>
      addWrapped(grid, liver, crus, rule, wall).some((flag, v) => flag === 1 && crus[v] === 1);
    const withSpine = bound.map((flag, v) => Math.max(flag, spine[v]!));
    expect(takes(withSpine)).toBe(true);
    expect(takes(bound)).toBe(false);
  });
});

describe("islands of another large tissue", () => {
  const all = where(() => true);
  const scene: Scene = {
    grid,
    image: new Float32Array(all.length).fill(60),
    body: findBody(grid, all, () => false),
    allowed: all,
    bound: new Uint8Array(all.length),
    model: { core: all, coreMl: 1, mean: 60, sd: 5 },
    tumour: { low: 22, high: 135 },
    darkest: -20,
    spineFrontMm: null,
  };
  const box = (from: number, to: number): Uint8Array =>
    where((x, y, z) => x > from && x < to && Math.abs(y) < 40 && Math.abs(z) < 40);
  it("are joined where they touch, or across a layer of tissue, and left where fat parts them widely or they only graze", () => {
    const organ = box(-80, -20);
    const count = (flags: Uint8Array): number => flags.reduce((sum, flag) => sum + flag, 0);
    expect(count(withIsland(scene, organ, box(-20, 20)))).toBe(count(box(-80, 20)));
    // The layer between them is filled but for its corners.
    expect(count(withIsland(scene, organ, box(-4, 20)))).toBeGreaterThan(0.95 * count(box(-80, 20)));
    expect(withIsland(scene, organ, box(20, 80))).toEqual(organ);
    const grazing = where((x, y, z) => x > -20 && x < 100 && Math.abs(y + 60) < 24 && Math.abs(z) < 40);
    expect(withIsland(scene, organ, grazing)).toEqual(organ);
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
  const good = {
    tumourAgreement: 1,
    openSurface: 0.02,
    otherTissue: 0.08,
    leftOut: 0.02,
    lookalikes: 0.3,
    unevenness: 6,
    farLeft: 0,
  };
  it("falls with every bad sign and stays between 0 and 1", () => {
    expect(isUsable(good, "ct")).toBe(true);
    for (const worse of [
      { tumourAgreement: 0.6 },
      { openSurface: 0.7 },
      { leftOut: 2 },
      { lookalikes: 4 },
      { otherTissue: 0.5 },
    ]) {
      expect(estimatedDice({ ...good, ...worse }, "ct")).toBeLessThan(estimatedDice(good, "ct"));
      expect(isUsable({ ...good, ...worse }, "ct")).toBe(false);
    }
    expect(estimatedDice({ ...good, leftOut: 99 }, "ct")).toBe(0);
    expect(isUsable({ ...good, unevenness: 20 }, "ct")).toBe(false);
  });
  it("sees two tissues that share the organ, and neither noise nor a small lesion", () => {
    const organ = where((x, y, z) => Math.hypot(x, y, z) < 52);
    const stream = random(4);
    const image = (tumour: (x: number) => boolean): Float32Array =>
      Float32Array.from(
        where((x) => tumour(x)),
        (flag) => 90 - 21 * flag + 10 * stream.normal(),
      );
    expect(
      unevenness(
        grid,
        image(() => false),
        organ,
      ),
    ).toBeLessThan(5);
    expect(
      unevenness(
        grid,
        image((x) => x > 36),
        organ,
      ),
    ).toBeLessThan(7);
    expect(
      Math.abs(
        unevenness(
          grid,
          image((x) => x > 0),
          organ,
        ) - 21,
      ),
    ).toBeLessThan(5);
    expect(
      unevenness(
        grid,
        image(() => false),
        new Uint8Array(organ.length),
      ),
    ).toBe(0);
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
