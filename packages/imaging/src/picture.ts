import type { IssueWhere } from "@livermark/core";
import { eachRun } from "./mask-runs.js";
import type { Mask, Volume } from "./volume.js";

/** Where a volume is: its series, or the file that it came from where that has none (NIfTI, NRRD, MetaImage). */
export const placeOf = ({ source }: Volume): IssueWhere =>
  source.seriesUid !== ""
    ? { series: source.seriesUid }
    : source.description === ""
      ? {}
      : { file: source.description };

/** The slice in the middle of a volume, for what concerns all of it. */
export const middlePicture = (volume: Volume): IssueWhere => ({
  ...placeOf(volume),
  slice: 1 + Math.floor(volume.grid.size[2] / 2),
});

/** Where to look at one voxel: its series (or file) and its slice, counted from 1. */
export const pictureAt = (volume: Volume, voxel: number): IssueWhere => ({
  ...placeOf(volume),
  slice: 1 + Math.floor(voxel / (volume.grid.size[0] * volume.grid.size[1])),
});

/**
 * The picture that shows most voxels of a mask for which `shows` holds (all voxels unless given); only the series where
 * there is none. Example: `pictureOf(arterial, reference)`.
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
  return best < 0 ? placeOf(volume) : pictureAt(volume, best * area);
}
