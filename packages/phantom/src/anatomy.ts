import { random } from "@livermark/core";
import type { Mask, Vec3 } from "@livermark/imaging";
import { forEachVoxel } from "./grid.js";
import { liverCenter, liverSolids, neighbours, type Organ, ribs, spine } from "./organs.js";
import { column, superquadric } from "./shape.js";
import { tissue } from "./tissue.js";

/** A body without lesions: which tissue lies at a patient point (LPS, mm). */
export interface Anatomy {
  readonly tissueAt: (x: number, y: number, z: number) => number;
}

/** How the parametric body differs from the standard one. */
export interface AbdomenOptions {
  /** Varies organ sizes and places by a few percent, so that each patient has a body of their own; 0 is the standard body. */
  readonly seed: number;
  /** Linear size of the liver about its centre; 1 is about 1.5 litres. */
  readonly liverScale?: number;
  /** Linear size of everything. */
  readonly bodyScale?: number;
}

/** The tissue of a point, 0 where there is none. */
type Part = Anatomy["tissueAt"];

const nothing: Part = () => 0;

/**
 * What every body has in common: skin, fat, wall, lungs over a diaphragm. `given` (of the point itself) lies before all else,
 * `liver` (of the point in the standard body) inside the cavity before the other organs.
 */
function body(given: Part, liver: Part, organs: readonly Organ[], scale: number): Part {
  const skin = column([0, 0], [158, 116], 2.35);
  const fat = column([0, 0], [155.5, 113.5], 2.35);
  const wall = column([0, 2], [143, 101], 2.4);
  const cavity = column([0, 0], [130, 88], 2.4);
  const midline = spine();
  const rings = ribs();
  const heart = superquadric([22, -38, 92], [52, 38, 30], 2.2, 0.4);
  const aorta = column([13, 34], [11.5, 11.5]);
  const cava = column([-22, 27], [14, 10.5]);
  const pick = (from: readonly Organ[], x: number, y: number, z: number): number => {
    for (const { code, inside } of from) if (inside(x, y, z)) return code;
    return 0;
  };
  return (px, py, pz) => {
    const x = px / scale;
    const y = py / scale;
    const z = pz / scale;
    const own = given(px, py, pz);
    if (own !== 0) return own;
    if (!skin(x, y, z)) return tissue.air;
    if (!fat(x, y, z)) return tissue.skin;
    const back = y > 40 && x > -62 && x < 62 ? pick(midline, x, y, z) : 0;
    if (back !== 0) return back;
    if (!cavity(x, y, z)) {
      const bone = pick(rings, x, y, z);
      if (bone !== 0) return bone;
      return wall(x, y, z) ? tissue.muscle : tissue.fat;
    }
    if (aorta(x, y, z)) return tissue.aorta;
    if (cava(x, y, z)) return tissue["inferior-cava"];
    const hepatic = liver(x, y, z);
    if (hepatic !== 0) return hepatic;
    const side = x < -8 ? (x + 62) / 62 : (x - 66) / 60;
    const front = (y + 4) / 92;
    const diaphragm = (x < -8 ? 84 : 78) - 46 * side * side - 40 * front * front;
    if (z > diaphragm) return heart(x, y, z) ? tissue.heart : tissue.lung;
    const organ = pick(organs, x, y, z);
    return organ === 0 ? tissue.fat : organ;
  };
}

/**
 * A parametric upper abdomen in LPS millimetres about its own origin: body wall, ribs, spine, lung bases, heart, aorta,
 * cava, liver with portal and hepatic veins, gallbladder, spleen, kidneys, stomach, pancreas, bowel.
 * Example: `abdomen({ seed: 0 }).tissueAt(-60, 0, 0)` is a voxel of liver.
 */
export function abdomen({ seed, liverScale = 1, bodyScale = 1 }: AbdomenOptions): Anatomy {
  const stream = random(seed);
  const vary = (spread: number): number => (seed === 0 ? 1 : 1 + spread * (2 * stream.uniform() - 1));
  const { liver, portal, veins, bladder } = liverSolids(vary);
  const [cx, cy, cz] = liverCenter;
  const cava = column([-22, 27], [14.6, 11.2]);
  const inLiver = (x: number, y: number, z: number): number => {
    if (bladder(x, y, z)) return tissue.gallbladder;
    const u = cx + (x - cx) / liverScale;
    const v = cy + (y - cy) / liverScale;
    const w = cz + (z - cz) / liverScale;
    if (!liver(u, v, w) || cava(x, y, z)) return portal(u, v, w) ? tissue["portal-vein"] : 0;
    if (portal(u, v, w)) return tissue["portal-branch"];
    return veins(u, v, w) ? tissue["hepatic-vein"] : tissue.liver;
  };
  const s = bodyScale;
  return { tissueAt: body(nothing, inLiver, neighbours(vary), s) };
}

/** Lowest and highest patient coordinates of the set voxel centres. */
function maskBounds({ grid, data }: Mask): readonly [Vec3, Vec3] {
  const low: [number, number, number] = [Infinity, Infinity, Infinity];
  const high: [number, number, number] = [-Infinity, -Infinity, -Infinity];
  forEachVoxel(grid, (offset, x, y, z) => {
    if (data[offset] === 0) return;
    low[0] = Math.min(low[0], x);
    low[1] = Math.min(low[1], y);
    low[2] = Math.min(low[2], z);
    high[0] = Math.max(high[0], x);
    high[1] = Math.max(high[1], y);
    high[2] = Math.max(high[2], z);
  });
  return [low, high];
}

/**
 * The same body built around a given liver mask (for example a real one), which must not be empty: where the mask is 1 there
 * is liver, elsewhere the standard body, as large as it must be to hold it and placed so that the liver lies where it does in
 * the standard body. With `vessels` the standard portal and hepatic veins run through the mask as far as it reaches.
 */
export function abdomenAround(mask: Mask, vessels = false): Anatomy {
  const { grid } = mask;
  const [nx, ny, nz] = grid.size;
  const [ax, ay, az] = grid.axes;
  const [sx, sy, sz] = grid.spacingMm;
  const [px, py, pz] = grid.originMm;
  const [low, high] = maskBounds(mask);
  // The standard liver spans 196 by 170 mm about (−40, −8).
  const scale = Math.max((high[0] - low[0]) / 196, (high[1] - low[1]) / 170);
  const ox = (low[0] + high[0]) / 2 + 40 * scale;
  const oy = (low[1] + high[1]) / 2 + 8 * scale;
  const oz = (low[2] + high[2]) / 2;
  const same = (): number => 1;
  const { portal, veins } = liverSolids(same);
  const inMask: Part = (x, y, z) => {
    const dx = x + ox - px;
    const dy = y + oy - py;
    const dz = z + oz - pz;
    const i = Math.round((dx * ax[0] + dy * ax[1] + dz * ax[2]) / sx);
    const j = Math.round((dx * ay[0] + dy * ay[1] + dz * ay[2]) / sy);
    const k = Math.round((dx * az[0] + dy * az[1] + dz * az[2]) / sz);
    if (i < 0 || j < 0 || k < 0 || i >= nx || j >= ny || k >= nz) return 0;
    if (mask.data[(k * ny + j) * nx + i] !== 1) return 0;
    if (!vessels) return tissue.liver;
    const [u, v, w] = [x / scale, y / scale, z / scale];
    if (portal(u, v, w)) return tissue["portal-branch"];
    return veins(u, v, w) ? tissue["hepatic-vein"] : tissue.liver;
  };
  const tissueAt = body(inMask, nothing, neighbours(same), scale);
  return { tissueAt: (x, y, z) => tissueAt(x - ox, y - oy, z - oz) };
}
