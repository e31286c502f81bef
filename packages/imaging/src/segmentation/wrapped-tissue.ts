import type { Grid } from "../volume.js";
import { components, fillHoles, largestComponent } from "./components.js";
import { erode, flagsOf } from "./morphology.js";

/** When a piece of other tissue counts as part of the organ. */
export interface WrapRule {
  /** Radius by which pieces are parted from each other, mm. */
  readonly partMm: number;
  /** Least share of a piece's surface that lies against the organ. */
  readonly leastContact: number;
  /** How much a surface that lies against the wall counts, once a fifth lies against the organ (0). */
  readonly wallShare?: number;
  readonly leastMl: number;
}

/** Grows labels through `free` voxels by shared faces, `steps` voxels far; the label that arrives first stays. */
function regrow(grid: Grid, labels: Int32Array, free: Uint8Array, steps: number): void {
  const [nx, ny, nz] = grid.size;
  const plane = nx * ny;
  let front: number[] = [];
  for (let v = 0; v < labels.length; v++) if (labels[v] !== 0) front.push(v);
  for (let step = 0; step < steps && front.length > 0; step++) {
    const next: number[] = [];
    const reach = (from: number, to: number): void => {
      if (labels[to] !== 0 || free[to] === 0) return;
      labels[to] = labels[from]!;
      next.push(to);
    };
    for (const v of front) {
      const i = v % nx;
      const j = Math.floor(v / nx) % ny;
      if (i > 0) reach(v, v - 1);
      if (i < nx - 1) reach(v, v + 1);
      if (j > 0) reach(v, v - nx);
      if (j < ny - 1) reach(v, v + nx);
      if (v >= plane) reach(v, v - plane);
      if (v < plane * (nz - 1)) reach(v, v + plane);
    }
    front = next;
  }
}

/** Pieces of other tissue beside an organ, by label (0 is none). Areas in mm². */
export interface Pieces {
  readonly labels: Int32Array;
  readonly ml: Float64Array;
  readonly surface: Float64Array;
  /** Surface against the organ. */
  readonly contact: Float64Array;
  /** Surface against the wall. */
  readonly leaning: Float64Array;
}

/**
 * The pieces of `other` tissue outside an organ: components after erosion by `partMm`, grown back to their size. The surface is
 * the area of voxel faces; a face is in contact when the organ (else the wall) is at most two voxels away across it, since
 * between lies partial volume. Example: a ball half sunk into the organ has a contact of half of its surface.
 */
export function piecesBeside(
  grid: Grid,
  organ: Uint8Array,
  other: Uint8Array,
  partMm: number,
  wall?: Uint8Array,
): Pieces {
  const [nx, ny, nz] = grid.size;
  const [sx, sy, sz] = grid.spacingMm;
  const free = flagsOf(organ.length, (v) => other[v] === 1 && organ[v] === 0);
  const { labels, sizes } = components(grid, erode(grid, free, partMm));
  const empty = (): Float64Array => new Float64Array(sizes.length);
  const pieces: Pieces = { labels, ml: empty(), surface: empty(), contact: empty(), leaning: empty() };
  if (sizes.length === 1) return pieces;
  regrow(grid, labels, free, Math.ceil(partMm / Math.min(sx, sy, sz)));
  const { ml, surface, contact, leaning } = pieces;
  const sides = [
    { stride: 1, n: nx, area: sy * sz },
    { stride: nx, n: ny, area: sx * sz },
    { stride: nx * ny, n: nz, area: sx * sy },
  ] as const;
  for (let v = 0; v < labels.length; v++) {
    const label = labels[v]!;
    if (label === 0) continue;
    ml[label]! += (sx * sy * sz) / 1000;
    for (const { stride, n, area } of sides) {
      const at = Math.floor(v / stride) % n;
      for (const step of [-1, 1]) {
        const u = v + step * stride;
        const within = at + step >= 0 && at + step < n;
        if (within && labels[u] === label) continue;
        surface[label]! += area;
        if (!within) continue;
        const beyond = at + 2 * step >= 0 && at + 2 * step < n ? u + step * stride : u;
        if (organ[u] === 1 || organ[beyond] === 1) contact[label]! += area;
        else if (wall !== undefined && (wall[u] === 1 || wall[beyond] === 1)) leaning[label]! += area;
      }
    }
  }
  return pieces;
}

/**
 * Adds to an organ the pieces of `other` tissue that it wraps: a tumour lies against the organ with a good part of its own
 * surface, a neighbouring organ only with a small part. `wall` marks what bounds the cavity: a thick tumour between organ and
 * wall has the wall on its other side, where a neighbouring organ has fat.
 */
export function addWrapped(
  grid: Grid,
  organ: Uint8Array,
  other: Uint8Array,
  rule: WrapRule,
  wall?: Uint8Array,
): Uint8Array {
  const { labels, ml, surface, contact, leaning } = piecesBeside(grid, organ, other, rule.partMm, wall);
  const wallShare = rule.wallShare ?? 0;
  const accepted = surface.map((area, label) =>
    Number(
      label > 0 &&
        ml[label]! >= rule.leastMl &&
        contact[label]! >= Math.min(0.2, rule.leastContact) * area &&
        contact[label]! + wallShare * leaning[label]! >= rule.leastContact * area,
    ),
  );
  if (!accepted.includes(1)) return organ;
  const joined = flagsOf(organ.length, (v) => organ[v] === 1 || accepted[labels[v]!] === 1);
  // One voxel of partial volume may lie between a piece and the organ; bridging it keeps the piece with the organ.
  const [nx, ny, nz] = grid.size;
  for (let v = 0; v < joined.length; v++) {
    if (joined[v] === 1 || other[v] === 0) continue;
    for (const [stride, n] of [
      [1, nx],
      [nx, ny],
      [nx * ny, nz],
    ] as const) {
      const at = Math.floor(v / stride) % n;
      if (at > 0 && at < n - 1 && joined[v - stride] === 1 && joined[v + stride] === 1) joined[v] = 1;
    }
  }
  return fillHoles(grid, largestComponent(grid, joined), true);
}
