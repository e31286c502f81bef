import type { Grid } from "../volume.js";
import { type Body, eachPoint } from "./body.js";

/** Number of directions around the body in which the wall is measured. */
const BINS = 96;

/** Direction of (dx, dy) as a bin; the "diamond angle" needs no arctangent, whose last bits differ between engines. */
function binOf(dx: number, dy: number): number {
  const sum = Math.abs(dx) + Math.abs(dy);
  if (sum === 0) return 0;
  const t = dy / sum;
  const turn = dx >= 0 ? (dy >= 0 ? t : 4 + t) : 2 - t;
  return Math.min(BINS - 1, Math.floor((turn / 4) * BINS));
}

/** Mean of the known values (≥ 0) around each unknown cell of a (slice, direction) map, `rounds` cells far; `rest` beyond. */
function fillMap(map: Float64Array, slices: number, rounds: number, rest: number): Float64Array {
  let now = map;
  const cells = (k: number, b: number): number => k * BINS + ((b + BINS) % BINS);
  for (let round = 0; round < rounds && now.some((value) => value < 0); round++) {
    const next = now.slice();
    for (let k = 0; k < slices; k++)
      for (let b = 0; b < BINS; b++) {
        if (now[cells(k, b)]! >= 0) continue;
        let sum = 0;
        let n = 0;
        for (let dk = -1; dk <= 1; dk++)
          for (let db = -1; db <= 1; db++) {
            if (k + dk < 0 || k + dk >= slices) continue;
            const value = now[cells(k + dk, b + db)]!;
            if (value >= 0) {
              sum += value;
              n++;
            }
          }
        if (n > 0) next[cells(k, b)] = sum / n;
      }
    now = next;
  }
  return now.map((value) => (value < 0 ? rest : value));
}

/** Median of each cell's 5 slices × 3 directions, which removes single wrong rays. */
function smoothMap(map: Float64Array, slices: number): Float64Array {
  const out = map.slice();
  for (let k = 0; k < slices; k++)
    for (let b = 0; b < BINS; b++) {
      const window: number[] = [];
      for (let dk = -2; dk <= 2; dk++)
        for (let db = -1; db <= 1; db++)
          window.push(map[Math.min(slices - 1, Math.max(0, k + dk)) * BINS + ((b + db + BINS) % BINS)]!);
      out[k * BINS + b] = window.sort((p, q) => p - q)[7]!;
    }
  return out;
}

/** What the wall is measured by, besides the body itself. */
export interface WallMarks {
  /** Compact bone; empty where it cannot be told (MR). */
  readonly bone: Uint8Array;
  /** Slices within this distance share their ribs, mm: ribs are oblique, and between them lies muscle. */
  readonly ribReachMm: number;
  /** How many directions or slices the thickness is carried beyond ribs and lungs (4, which is 15 degrees). */
  readonly carriedCells?: number;
}

/**
 * The space inside the body's wall: nearer to the middle than the ribs' inner side and the lungs' outer side in each of 96
 * directions; the thickness of skin, fat and muscle is carried over `carriedCells` cells, `slackMm` thinner. Farther from ribs and
 * lungs (the front below the ribs' arch) only the thinnest wall of this body is taken off: the tenth percentile of what is
 * known, at most 15 mm.
 */
export function insideWall(
  grid: Grid,
  body: Body,
  { bone, ribReachMm, carriedCells = 4 }: WallMarks,
  slackMm = 3,
): Uint8Array {
  const [nx, ny, nz] = grid.size;
  const plane = nx * ny;
  const skin = new Float64Array(nz * BINS);
  const lung = new Float64Array(nz * BINS).fill(-1);
  const outermost = new Float64Array(nz * BINS).fill(-1);
  const radii = new Float32Array(plane * nz);
  const bins = new Uint8Array(plane * nz);
  const cx = body.midlineMm;
  const cy = (body.box.front + body.box.rear) / 2;
  eachPoint(grid, (v, x, y) => {
    if (body.inside[v] === 0) return;
    const r = Math.sqrt((x - cx) * (x - cx) + (y - cy) * (y - cy));
    radii[v] = r;
    bins[v] = binOf(x - cx, y - cy);
    const at = Math.floor(v / plane) * BINS + bins[v]!;
    if (r > skin[at]!) skin[at] = r;
    if (body.lungs[v] === 1 && r > lung[at]!) lung[at] = r;
    if (bone[v] === 1 && r > outermost[at]!) outermost[at] = r;
  });
  const inner = new Float64Array(nz * BINS).fill(-1);
  for (let v = 0; v < radii.length; v++) {
    if (bone[v] !== 1 || body.inside[v] === 0) continue;
    const at = Math.floor(v / plane) * BINS + bins[v]!;
    // Only the outermost bone of a direction is a rib, and only far from the middle: spine and bright vessels are not.
    if (outermost[at]! < 0.6 * skin[at]! || radii[v]! < outermost[at]! - 14) continue;
    if (inner[at]! < 0 || radii[v]! < inner[at]!) inner[at] = radii[v]!;
  }
  const reach = Math.round(ribReachMm / grid.spacingMm[2]);
  const thickness = new Float64Array(nz * BINS).fill(-1);
  for (let k = 0; k < nz; k++)
    for (let b = 0; b < BINS; b++) {
      const at = k * BINS + b;
      let best = lung[at]! > 0.5 * skin[at]! ? skin[at]! - lung[at]! : -1;
      for (let dk = -reach; dk <= reach; dk++) {
        const other = (k + dk) * BINS + b;
        if (k + dk < 0 || k + dk >= nz || inner[other]! < 0) continue;
        const rib = Math.max(0, skin[at]! - inner[other]!);
        if (best < 0 || rib < best) best = rib;
      }
      thickness[at] = best;
    }
  const known = thickness.map((value) => Number(value >= 0));
  const sorted = thickness.filter((value) => value >= 0).sort();
  const thinnest = Math.min(15, sorted[Math.floor(sorted.length / 10)] ?? 15);
  const filled = fillMap(thickness, nz, carriedCells, thinnest);
  const smooth = smoothMap(filled, nz);
  const within = new Uint8Array(radii.length);
  for (let v = 0; v < radii.length; v++) {
    if (body.inside[v] === 0) continue;
    const at = Math.floor(v / plane) * BINS + bins[v]!;
    if (radii[v]! <= skin[at]! - smooth[at]! + (known[at] === 1 ? 0 : slackMm)) within[v] = 1;
  }
  return within;
}
