import type { Grid, Mask } from "@livermark/imaging";
import type { PhantomFile } from "./files.js";

/** The 352 bytes before the voxels of a single-file NIfTI-1 (nifti1.h, Cox 2004); positions are RAS, hence the signs. */
function header(grid: Grid, datatype: number, bitsPerVoxel: number, description: string): Uint8Array {
  const bytes = new Uint8Array(352);
  const view = new DataView(bytes.buffer);
  const little = true;
  view.setInt32(0, 348, little);
  const dimensions = [3, ...grid.size, 1, 1, 1, 1];
  for (const [n, size] of dimensions.entries()) view.setInt16(40 + 2 * n, size, little);
  view.setInt16(70, datatype, little);
  view.setInt16(72, bitsPerVoxel, little);
  for (const [n, spacing] of [1, ...grid.spacingMm].entries()) view.setFloat32(76 + 4 * n, spacing, little);
  view.setFloat32(108, 352, little);
  view.setFloat32(112, 1, little);
  bytes[123] = 2;
  for (let n = 0; n < Math.min(79, description.length); n++) bytes[148 + n] = description.charCodeAt(n) & 127;
  view.setInt16(254, 1, little);
  const toRas = [-1, -1, 1];
  for (let row = 0; row < 3; row++) {
    for (let axis = 0; axis < 3; axis++)
      view.setFloat32(280 + 16 * row + 4 * axis, toRas[row]! * grid.axes[axis]![row]! * grid.spacingMm[axis]!, little);
    view.setFloat32(280 + 16 * row + 12, toRas[row]! * grid.originMm[row]!, little);
  }
  bytes.set([0x6e, 0x2b, 0x31], 344);
  return bytes;
}

/** A mask as an uncompressed NIfTI-1 file of unsigned bytes, so that the same mask gives the same bytes everywhere. */
export function niftiMask(path: string, mask: Mask): PhantomFile {
  const head = header(mask.grid, 2, 8, mask.name);
  const bytes = new Uint8Array(head.length + mask.data.length);
  bytes.set(head);
  bytes.set(mask.data, head.length);
  return { path, bytes };
}
