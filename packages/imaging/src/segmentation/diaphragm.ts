import type { Grid } from "../volume.js";
import { type Body, topSlice } from "./body.js";

/**
 * 1 where a voxel lies above the diaphragm. In columns with lung that is everything from the lower end of the uppermost run
 * of lung upwards (gaps up to 10 mm are vessels); between the lungs and to the left, where the heart lies, the surface is
 * continued smoothly (Laplace's equation in the plane) with `slackMm` to spare. To the right of the midline a column without
 * lung is left alone: there the scan may begin inside the liver's dome. Only lungs in the front `leadShare` of the body's depth
 * lead the surface: behind, they reach far down beside the liver. Nothing is continued from less than 300 ml of lung: such a
 * scan may begin below the heart.
 */
export function aboveDiaphragm(grid: Grid, body: Body, slackMm = 10, leadShare = 0.5): Uint8Array {
  const [nx, ny, nz] = grid.size;
  const plane = nx * ny;
  const above = new Uint8Array(plane * nz);
  const down = topSlice(grid) === 0 ? 1 : -1;
  const gap = Math.max(1, Math.round(10 / grid.spacingMm[2]));
  /** Steps from the top slice to the first slice below the lung; −1 where the column holds no lung. */
  const depth = new Float64Array(plane).fill(-1);
  for (let c = 0; c < plane; c++) {
    let last = -1;
    for (let step = 0; step < nz; step++) {
      const v = (topSlice(grid) + down * step) * plane + c;
      if (body.lungs[v] === 1) last = step;
      else if (last >= 0 && step - last > gap) break;
    }
    if (last >= 0) depth[c] = last + 1;
  }
  let lungVoxels = 0;
  for (const flag of body.lungs) lungVoxels += flag;
  const continued = (lungVoxels * grid.spacingMm[0] * grid.spacingMm[1] * grid.spacingMm[2]) / 1000 >= 300;
  const [ay, by] = [grid.axes[0][1] * grid.spacingMm[0], grid.axes[1][1] * grid.spacingMm[1]];
  const rearmost = body.box.front + leadShare * body.depthMm;
  const leads = (c: number): boolean =>
    depth[c]! >= 0 && grid.originMm[1] + (c % nx) * ay + Math.floor(c / nx) * by < rearmost;
  const column = new Uint8Array(plane);
  for (let v = 0; v < plane * nz; v++) if (body.inside[v] === 1) column[v % plane] = 1;
  const surface = depth.slice();
  let mean = 0;
  let n = 0;
  for (let c = 0; c < plane; c++)
    if (leads(c)) {
      mean += depth[c]!;
      n++;
    }
  for (let c = 0; c < plane; c++) if (!leads(c)) surface[c] = n === 0 ? 0 : mean / n;
  // Over-relaxed sweeps; the field is 100 to 130 voxels wide, and half a voxel is good enough.
  for (let sweep = 0; sweep < 120; sweep++)
    for (let c = nx; c < plane - nx; c++) {
      if (!continued || leads(c) || column[c] === 0) continue;
      let sum = 0;
      let count = 0;
      for (const other of [c - 1, c + 1, c - nx, c + nx])
        if (column[other] === 1) {
          sum += surface[other]!;
          count++;
        }
      if (count > 0) surface[c]! += 1.8 * (sum / count - surface[c]!);
    }
  const slack = slackMm / grid.spacingMm[2];
  const [ax, bx] = [grid.axes[0][0] * grid.spacingMm[0], grid.axes[1][0] * grid.spacingMm[1]];
  for (let c = 0; c < plane; c++) {
    if (column[c] === 0) continue;
    const x = grid.originMm[0] + (c % nx) * ax + Math.floor(c / nx) * bx;
    const seen = depth[c]! >= 0;
    if (!seen && (!continued || n === 0)) continue;
    if (!seen && x < body.midlineMm - 0.06 * body.widthMm) continue;
    const end = seen ? depth[c]! : surface[c]! - slack;
    for (let step = 0; step < nz && step < end; step++) above[(topSlice(grid) + down * step) * plane + c] = 1;
  }
  return above;
}
