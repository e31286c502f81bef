import type { IssueWhere } from "@livermark/core";
import { eachRun } from "./mask-runs.js";
import type { Mask, Volume } from "./volume.js";

/** Where to look at one voxel: its series and its slice, counted from 1. */
export const pictureAt = (volume: Volume, voxel: number): IssueWhere => ({
  series: volume.source.seriesUid,
  slice: 1 + Math.floor(voxel / (volume.grid.size[0] * volume.grid.size[1])),
});

/**
 * The picture that shows most voxels of a mask for which `shows` holds (all voxels unless given); only the series where there
 * is none. Example: `pictureOf(arterial, reference)`.
 */
export function pictureOf(volume: Volume, mask: Mask, shows: (voxel: number) => boolean = () => true): IssueWhere {
  const area = volume.grid.size[0] * volume.grid.size[1];
  const found = new Map<number, number>();
  eachRun(mask, (from, to) => {
    const slice = Math.floor(from / area);
    for (let v = from; v < to; v++) if (shows(v)) found.set(slice, (found.get(slice) ?? 0) + 1);
  });
  let best = -1;
  for (const [slice, n] of found) if (best < 0 || n > found.get(best)!) best = slice;
  return best < 0 ? { series: volume.source.seriesUid } : pictureAt(volume, best * area);
}
