import { canonicalJson, ok, type ProvenanceInput, type Result, refuse, sha256 } from "@livermark/core";
import { eachRun, firstCovered } from "./mask-runs.js";
import { middlePicture } from "./picture.js";
import { indexToPatient, type Mask, sameGrid, type Vec3, type Volume } from "./volume.js";

/** First and last index along i, j, k, all inclusive. */
export interface IndexBox {
  readonly low: readonly [number, number, number];
  readonly high: readonly [number, number, number];
}

/** The smallest box that holds every voxel of the mask; null for an empty mask. */
export function maskBox(mask: Mask): IndexBox | null {
  const [columns, rows, slices] = mask.grid.size;
  const low: [number, number, number] = [columns, rows, slices];
  const high: [number, number, number] = [-1, -1, -1];
  eachRun(mask, (from, to) => {
    const row = Math.floor(from / columns);
    const start = row * columns;
    const j = row % rows;
    const k = Math.floor(row / rows);
    if (from - start < low[0]) low[0] = from - start;
    if (to - 1 - start > high[0]) high[0] = to - 1 - start;
    if (j < low[1]) low[1] = j;
    if (j > high[1]) high[1] = j;
    if (k < low[2]) low[2] = k;
    if (k > high[2]) high[2] = k;
  });
  return high[2] < 0 ? null : { low, high };
}

/** Mean of the mask's voxel centres in patient mm; null for an empty mask. Example: `maskCentre(liver)`. */
export function maskCentre(mask: Mask): Vec3 | null {
  const [columns, rows] = mask.grid.size;
  let [i, j, k, n] = [0, 0, 0, 0];
  eachRun(mask, (from, to) => {
    const row = Math.floor(from / columns);
    const voxels = to - from;
    // First and last column of the run stand for its mean.
    i += (voxels * (from + to - 1 - 2 * row * columns)) / 2;
    j += voxels * (row % rows);
    k += voxels * Math.floor(row / rows);
    n += voxels;
  });
  return n === 0 ? null : indexToPatient(mask.grid, i / n, j / n, k / n);
}

/** Whether a voxel of the mask lies on the outermost layer of a volume that is more than one voxel thick there. */
export function touchesEdge(mask: Mask): boolean {
  const box = maskBox(mask);
  if (box === null) return false;
  return [0, 1, 2].some(
    (axis) => mask.grid.size[axis]! > 1 && (box.low[axis] === 0 || box.high[axis] === mask.grid.size[axis]! - 1),
  );
}

function combine(a: Mask, b: Mask, name: string, rule: (x: number, y: number) => boolean): Result<Mask> {
  if (!sameGrid(a.grid, b.grid))
    return refuse({
      code: "other-grid",
      message: `Masks ${a.name} and ${b.name} lie on different grids.`,
      got: `${b.grid.size.join("×")} voxels`,
      wanted: `the grid of ${a.name}, ${a.grid.size.join("×")} voxels`,
      mend: "Draw or resample both on one series.",
    });
  const data = new Uint8Array(a.data.length);
  for (let v = 0; v < data.length; v++) data[v] = rule(a.data[v]!, b.data[v]!) ? 1 : 0;
  return ok({ name, grid: a.grid, data });
}

/** Voxels in either mask. Refuses masks on different grids. */
export const unionMasks = (a: Mask, b: Mask, name = `${a.name} ∪ ${b.name}`): Result<Mask> =>
  combine(a, b, name, (x, y) => x !== 0 || y !== 0);

/** Voxels in both masks. Refuses masks on different grids. */
export const intersectMasks = (a: Mask, b: Mask, name = `${a.name} ∩ ${b.name}`): Result<Mask> =>
  combine(a, b, name, (x, y) => x !== 0 && y !== 0);

/** Voxels of the first mask that are not in the second. Refuses masks on different grids. */
export const subtractMasks = (a: Mask, b: Mask, name = `${a.name} ∖ ${b.name}`): Result<Mask> =>
  combine(a, b, name, (x, y) => x !== 0 && y === 0);

/** Whether two masks on one grid share a voxel. */
export function masksOverlap(a: Mask, b: Mask): boolean {
  let overlap = false;
  eachRun(a, (from, to) => {
    for (let v = from; v < to && !overlap; v++) overlap = b.data[v] !== 0;
  });
  return overlap;
}

/** Whether every voxel of the first mask lies in the second, on one grid. */
export function maskWithin(a: Mask, b: Mask): boolean {
  let within = true;
  eachRun(a, (from, to) => {
    for (let v = from; v < to && within; v++) within = b.data[v] !== 0;
  });
  return within;
}

/** SHA-256 over the grid and the run lengths of the mask: the same voxels give the same hash, however the mask was made. */
export function maskDigest(mask: Mask): string {
  const { size, originMm, spacingMm, axes } = mask.grid;
  const hash = sha256().update(ascii(canonicalJson({ size, originMm, spacingMm, axes })));
  let runs: number[] = [];
  let at = 0;
  let value = 0;
  while (at < mask.data.length) {
    const next = mask.data.indexOf(1 - value, at);
    const end = next < 0 ? mask.data.length : next;
    runs.push(end - at);
    if (runs.length === 4096) {
      hash.update(ascii(`${runs.join()},`));
      runs = [];
    }
    at = end;
    value = 1 - value;
  }
  return hash.update(ascii(runs.join())).hex();
}

const ascii = (text: string): Uint8Array => Uint8Array.from(text, (character) => character.charCodeAt(0));

/** A mask as the input of a passport. */
export const maskInput = (mask: Mask): ProvenanceInput => ({
  kind: "region",
  name: mask.name,
  sha256: mask.source?.sha256 ?? maskDigest(mask),
  ...(mask.source?.path === undefined ? {} : { path: mask.source.path }),
});

/** A volume as the input of a passport. */
export const volumeInput = (volume: Volume): ProvenanceInput => ({
  kind: "series",
  seriesUid: volume.source.seriesUid,
  files: volume.source.files,
  sha256: volume.source.sha256,
});

/** Refuses a mask that is not on the volume's grid, is drawn on another frame of reference, or is empty. */
export function checkMask(volume: Volume, mask: Mask): Result<Mask> {
  const place = middlePicture(volume);
  const frame = mask.source?.frameOfReferenceUid;
  const volumeFrame = volume.source.frameOfReferenceUid;
  if (typeof frame === "string" && volumeFrame !== null && frame !== volumeFrame)
    return refuse({
      code: "other-frame-of-reference",
      message: `Region ${mask.name} was drawn on another frame of reference than the image.`,
      got: frame,
      wanted: volumeFrame,
      mend: "Register the two series first, or draw the region on this one.",
      where: place,
    });
  if (!sameGrid(volume.grid, mask.grid))
    return refuse({
      code: "other-grid",
      message: `Mask ${mask.name} does not lie on the grid of the image.`,
      got: describeGrid(mask),
      wanted: describeGrid(volume),
      mend: "Use the mask that was drawn on this series, or ask for resampling.",
      where: place,
    });
  if (firstCovered(mask.data) < 0)
    return refuse({
      code: "empty-region",
      message: `Region ${mask.name} covers no voxel.`,
      got: "0 voxels",
      wanted: "at least 1 voxel",
      mend: "Draw it on this series.",
      where: place,
    });
  return ok(mask);
}

const describeGrid = ({ grid }: { readonly grid: Mask["grid"] }): string =>
  `${grid.size.join("×")} voxels of ${grid.spacingMm.map((s) => Number(s.toFixed(4))).join("×")} mm from ${grid.originMm
    .map((x) => Number(x.toFixed(2)))
    .join(", ")} mm`;
