import { type Issue, type Result, refuse, warningIssue } from "@livermark/core";
import {
  type Grid,
  indexToPatient,
  patientToIndex,
  sameGrid,
  type Vec3,
  type VoxelArray,
  voxelVolumeMm3,
} from "@livermark/imaging";

/** How the axes of one grid run along those of another: reference axis n is `axis[n]` of the source, maybe reversed. */
interface AxisMap {
  readonly axis: readonly [number, number, number];
  readonly reversed: readonly [boolean, boolean, boolean];
}

/** One line per grid, for refusals that print both. */
export function describeGrid(grid: Grid): string {
  const list = (v: readonly number[]): string => v.map((x) => Number(x.toFixed(3)) + 0).join(", ");
  return `${grid.size.join(" × ")} voxels of ${grid.spacingMm.map((s) => Number(s.toFixed(4))).join(" × ")} mm, origin (${list(grid.originMm)}), axes (${grid.axes.map(list).join(") (")})`;
}

function axisMap(source: Grid, reference: Grid): AxisMap | null {
  const axis: number[] = [];
  const reversed: boolean[] = [];
  for (const wanted of reference.axes) {
    const dots = source.axes.map((own) => own[0] * wanted[0] + own[1] * wanted[1] + own[2] * wanted[2]);
    const best = dots.findIndex((dot) => Math.abs(dot) > 0.999);
    if (best < 0 || axis.includes(best)) return null;
    axis.push(best);
    reversed.push(dots[best]! < 0);
  }
  return { axis: [axis[0]!, axis[1]!, axis[2]!], reversed: [reversed[0]!, reversed[1]!, reversed[2]!] };
}

/** The source grid with its axes in the reference's order and direction. */
function turned(source: Grid, map: AxisMap): Grid {
  const pick = <T>(values: readonly [T, T, T]): [T, T, T] => [
    values[map.axis[0]]!,
    values[map.axis[1]]!,
    values[map.axis[2]]!,
  ];
  const corner: [number, number, number] = [0, 0, 0];
  map.axis.forEach((own, n) => {
    if (map.reversed[n]!) corner[own] = source.size[own]! - 1;
  });
  const axes = pick(source.axes).map((v, n): Vec3 => (map.reversed[n]! ? [-v[0], -v[1], -v[2]] : v));
  return {
    size: pick(source.size as [number, number, number]),
    originMm: indexToPatient(source, ...corner),
    spacingMm: pick(source.spacingMm as [number, number, number]),
    axes: [axes[0]!, axes[1]!, axes[2]!],
  };
}

/**
 * Copies voxels of `source` into the order of `reference`, where both grids hold the same voxels up to the order and
 * direction of their axes (a mask drawn on a reversed or sagittal view). Returns null where they do not; it never moves
 * a voxel by a part of its size.
 */
export function reorder(data: VoxelArray, source: Grid, reference: Grid): VoxelArray | null {
  const map = axisMap(source, reference);
  if (map === null || !sameGrid(reference, turned(source, map))) return null;
  const straight = map.axis.every((own, n) => own === n) && !map.reversed.includes(true);
  if (straight) return data;
  const strides: Vec3 = [1, source.size[0], source.size[0] * source.size[1]];
  let base = 0;
  const step = map.axis.map((own, n) => {
    if (map.reversed[n]!) base += (source.size[own]! - 1) * strides[own]!;
    return map.reversed[n]! ? -strides[own]! : strides[own]!;
  });
  const out = data.slice();
  const [ni, nj, nk] = reference.size;
  let to = 0;
  for (let k = 0; k < nk; k++) {
    for (let j = 0; j < nj; j++) {
      let from = base + k * step[2]! + j * step[1]!;
      for (let i = 0; i < ni; i++, from += step[0]!) out[to++] = data[from]!;
    }
  }
  return out;
}

/** The refusal of a mask that lies on another grid, with both geometries. */
export const gridMismatch = (name: string, source: Grid, reference: Grid, file: string): Result<never> =>
  refuse({
    code: "grid-mismatch",
    message: `The mask ${name} does not lie on the image's voxels.`,
    got: describeGrid(source),
    wanted: describeGrid(reference),
    mend: "Draw or export the mask on this image, or ask for resampling (measure --resample-masks) knowingly.",
    where: { file },
  });

/**
 * Nearest-voxel resampling of a mask onto the reference grid: a reference voxel belongs to the mask where its centre
 * lies in a mask voxel. Returns the mask and a warning that states the volume before and after. Only on request.
 */
export function resampleMask(
  data: Uint8Array,
  source: Grid,
  reference: Grid,
  name: string,
): { data: Uint8Array; issue: Issue } {
  const [ni, nj, nk] = reference.size;
  const [si, sj, sk] = source.size;
  const out = new Uint8Array(ni * nj * nk);
  const start = patientToIndex(source, reference.originMm);
  const along = [1, 0, 0].map((_, n) => {
    const unit: Vec3 = [n === 0 ? 1 : 0, n === 1 ? 1 : 0, n === 2 ? 1 : 0];
    const there = patientToIndex(source, indexToPatient(reference, ...unit));
    return [there[0] - start[0], there[1] - start[1], there[2] - start[2]] as const;
  });
  let to = 0;
  let after = 0;
  for (let k = 0; k < nk; k++) {
    for (let j = 0; j < nj; j++) {
      for (let i = 0; i < ni; i++, to++) {
        const at = (n: 0 | 1 | 2): number =>
          Math.round(start[n] + i * along[0]![n] + j * along[1]![n] + k * along[2]![n]);
        const [x, y, z] = [at(0), at(1), at(2)];
        if (x < 0 || y < 0 || z < 0 || x >= si || y >= sj || z >= sk) continue;
        if (data[x + si * (y + sj * z)] === 0) continue;
        out[to] = 1;
        after++;
      }
    }
  }
  const before = (data.reduce((sum, v) => sum + v, 0) * voxelVolumeMm3(source)) / 1000;
  const now = (after * voxelVolumeMm3(reference)) / 1000;
  return {
    data: out,
    issue: warningIssue({
      code: "mask-resampled",
      message: `The mask ${name} was resampled onto the image's voxels, which may change its volume.`,
      got: `${now.toFixed(3)} ml`,
      wanted: `${before.toFixed(3)} ml before resampling`,
    }),
  };
}
