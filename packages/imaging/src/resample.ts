import { ok, type Result, refuse, warningIssue } from "@livermark/core";
import { snapIndex } from "./region-outline.js";
import {
  type Grid,
  indexToPatient,
  type Mask,
  patientToIndex,
  type Vec3,
  type Volume,
  type VoxelArray,
  voxelCount,
  voxelVolumeMm3,
} from "./volume.js";

/** `nearest` keeps stored values (masks, labels); `linear` mixes the eight neighbours. */
export type Interpolation = "nearest" | "linear";

/** What resampling cost. */
export interface ResamplingLoss {
  /** Voxels of the new grid that lie outside the old volume. */
  readonly voxelsOutside: number;
  /** Root-mean-square difference after going there and back, over the old voxels that come back; in the volume's unit. */
  readonly roundTripRms: number;
  /** Greatest such difference. */
  readonly roundTripMax: number;
}

/**
 * A volume on another grid, with what that cost. Nothing in this room resamples unless it is asked to by this function.
 * Voxels outside the old volume are NaN (their number is in the loss), so that no invented value is measured.
 * Refuses grids that do not overlap. Example: `resampleVolume(arterial, precontrast.grid, "linear")`.
 */
export function resampleVolume(
  volume: Volume,
  grid: Grid,
  interpolation: Interpolation,
): Result<{ readonly volume: Volume; readonly loss: ResamplingLoss }> {
  const there = sampled(volume.data, volume.grid, grid, interpolation);
  const outside = countNaN(there) - countNaN(volume.data);
  if (outside >= voxelCount(grid) || countNaN(there) === there.length)
    return refuse({
      code: "no-overlap",
      message: "The volume and the grid it should be resampled to do not overlap.",
      got: `${grid.size.join("×")} voxels from ${grid.originMm.map((x) => x.toFixed(1)).join(", ")} mm`,
      wanted: "a grid that overlaps the volume",
      mend: "Check the frames of reference; register the series first.",
      where: { series: volume.source.seriesUid },
    });
  const back = sampled(there, grid, volume.grid, interpolation);
  let squares = 0;
  let n = 0;
  let roundTripMax = 0;
  for (let v = 0; v < back.length; v++) {
    const difference = Math.abs(back[v]! - volume.data[v]!);
    if (!Number.isFinite(difference)) continue;
    n++;
    squares += difference * difference;
    if (difference > roundTripMax) roundTripMax = difference;
  }
  const loss = {
    voxelsOutside: Math.max(0, outside),
    roundTripRms: n === 0 ? 0 : Math.sqrt(squares / n),
    roundTripMax,
  };
  return ok({ volume: { ...volume, grid, data: there }, loss }, [
    warningIssue({
      code: "resampled",
      message: `The volume was resampled (${interpolation}); going there and back changes it by ${loss.roundTripRms.toPrecision(3)} ${volume.unit} (root mean square).`,
      got: `${volume.grid.spacingMm.map((s) => Number(s.toFixed(3))).join("×")} mm to ${grid.spacingMm.map((s) => Number(s.toFixed(3))).join("×")} mm`,
      where: { series: volume.source.seriesUid },
    }),
  ]);
}

/** What resampling did to a mask. */
export interface MaskResamplingLoss {
  readonly volumeMlBefore: number;
  readonly volumeMlAfter: number;
  /** Overlap (Dice) of the mask with itself after going there and back. */
  readonly roundTripDice: number;
}

/**
 * A mask on another grid: a voxel is inside where the mask, interpolated linearly, is above one half (`linear`), or where the
 * nearest old voxel is (`nearest`). The loss is reported. Refuses an overlap that leaves no voxel.
 * Example: `resampleMask(liver, arterial.grid, "linear")`.
 */
export function resampleMask(
  mask: Mask,
  grid: Grid,
  interpolation: Interpolation,
): Result<{ readonly mask: Mask; readonly loss: MaskResamplingLoss }> {
  const onGrid = (own: VoxelArray, from: Grid, to: Grid): Uint8Array => {
    const values = sampled(own, from, to, interpolation);
    const inside = new Uint8Array(values.length);
    for (let v = 0; v < inside.length; v++) if (values[v]! > 0.5) inside[v] = 1;
    return inside;
  };
  const data = onGrid(mask.data, mask.grid, grid);
  const count = (values: Uint8Array): number => values.reduce((sum, x) => sum + (x === 0 ? 0 : 1), 0);
  const after = count(data);
  if (after === 0)
    return refuse({
      code: "empty-region",
      message: `Mask ${mask.name} covers no voxel of the grid it should be resampled to.`,
      got: "0 voxels",
      wanted: "at least 1 voxel",
      mend: "Check that both belong to one patient position; a mask thinner than the new voxels is lost.",
    });
  const back = onGrid(data, grid, mask.grid);
  let common = 0;
  for (let v = 0; v < back.length; v++) if (back[v] !== 0 && mask.data[v] !== 0) common++;
  const before = count(mask.data);
  const loss = {
    volumeMlBefore: (before * voxelVolumeMm3(mask.grid)) / 1000,
    volumeMlAfter: (after * voxelVolumeMm3(grid)) / 1000,
    roundTripDice: (2 * common) / (before + count(back)),
  };
  return ok({ mask: { ...mask, grid, data }, loss }, [
    warningIssue({
      code: "resampled",
      message: `Mask ${mask.name} was resampled (${interpolation}): ${loss.volumeMlBefore.toFixed(2)} ml became ${loss.volumeMlAfter.toFixed(2)} ml.`,
      got: `Dice ${loss.roundTripDice.toFixed(3)} after going there and back`,
    }),
  ]);
}

function countNaN(data: VoxelArray): number {
  let n = 0;
  for (let v = 0; v < data.length; v++) if (Number.isNaN(data[v])) n++;
  return n;
}

/** Values at the centres of `to`; NaN further than half a voxel outside `from`. */
function sampled(data: VoxelArray, from: Grid, to: Grid, interpolation: Interpolation): Float32Array | Float64Array {
  const n = voxelCount(to);
  // 32 bits hold every 16-bit integer and every stored 32-bit float.
  const wide = data instanceof Float64Array || data instanceof Int32Array || data instanceof Uint32Array;
  const out = wide ? new Float64Array(n) : new Float32Array(n);
  const start = patientToIndex(from, to.originMm);
  const step = (i: number, j: number, k: number): Vec3 => {
    const p = patientToIndex(from, indexToPatient(to, i, j, k));
    return [p[0] - start[0], p[1] - start[1], p[2] - start[2]];
  };
  const [di, dj, dk] = [step(1, 0, 0), step(0, 1, 0), step(0, 0, 1)];
  const value = interpolation === "nearest" ? nearestValue : linearValue;
  const [columns, rows, slices] = to.size;
  let v = 0;
  for (let k = 0; k < slices; k++)
    for (let j = 0; j < rows; j++)
      for (let i = 0; i < columns; i++) {
        const x = snapIndex(start[0] + i * di[0] + j * dj[0] + k * dk[0]);
        const y = snapIndex(start[1] + i * di[1] + j * dj[1] + k * dk[1]);
        const z = snapIndex(start[2] + i * di[2] + j * dj[2] + k * dk[2]);
        const inside =
          x >= -0.5 &&
          y >= -0.5 &&
          z >= -0.5 &&
          x <= from.size[0] - 0.5 &&
          y <= from.size[1] - 0.5 &&
          z <= from.size[2] - 0.5;
        out[v++] = inside ? value(data, from.size, x, y, z) : Number.NaN;
      }
  return out;
}

const held = (index: number, n: number): number => Math.max(0, Math.min(n - 1, index));

function nearestValue(data: VoxelArray, size: Vec3, x: number, y: number, z: number): number {
  const i = held(Math.ceil(x - 0.5), size[0]);
  const j = held(Math.ceil(y - 0.5), size[1]);
  const k = held(Math.ceil(z - 0.5), size[2]);
  return data[(k * size[1] + j) * size[0] + i]!;
}

function linearValue(data: VoxelArray, size: Vec3, x: number, y: number, z: number): number {
  const x0 = held(Math.floor(x), size[0]);
  const y0 = held(Math.floor(y), size[1]);
  const z0 = held(Math.floor(z), size[2]);
  const fx = Math.max(0, x - x0);
  const fy = Math.max(0, y - y0);
  const fz = Math.max(0, z - z0);
  const x1 = held(x0 + 1, size[0]);
  const y1 = held(y0 + 1, size[1]);
  const z1 = held(z0 + 1, size[2]);
  const row = (j: number, k: number): number => {
    const at = (k * size[1] + j) * size[0];
    const a = data[at + x0]!;
    return fx === 0 ? a : a + fx * (data[at + x1]! - a);
  };
  const plane = (k: number): number => {
    const a = row(y0, k);
    return fy === 0 ? a : a + fy * (row(y1, k) - a);
  };
  const a = plane(z0);
  return fz === 0 ? a : a + fz * (plane(z1) - a);
}
