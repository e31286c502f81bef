import { type IssueWhere, mapResult, ok, type Result, refuse } from "@livermark/core";
import { assembleDwi, readVolume } from "@livermark/dicom";
import { type DwiImage, type Volume, type VoxelAllocator, voxelAllocator, voxelCount } from "@livermark/imaging";
import type { Protocol } from "@livermark/study";
import { reasonOf } from "./image-decisions.js";
import type { LinkedSeries } from "./link-images.js";
import type { Occasion } from "./occasion.js";

/** The images of one occasion by the protocol's image ids. */
export interface OccasionImages {
  readonly volume: (imageId: string) => Promise<Result<Volume>>;
  readonly dwi: (imageId: string) => Promise<Result<readonly DwiImage[]>>;
  /** Reasons for which a person vouches for the intensity scale of the series behind an image. */
  readonly scaleReasons: (imageId: string) => readonly string[];
}

/**
 * Room in the kernels' memory for every volume of one occasion and for as many masks as there are regions, so that nothing is
 * copied to be measured. It is only reserved: what is never read costs nothing.
 */
export function roomFor(series: readonly LinkedSeries[], regions: number): VoxelAllocator {
  const voxels = series.flatMap((one) =>
    one.series.stacks.map(({ grid, sheared }) => {
      const own = grid ?? sheared?.grid;
      return own === undefined ? 0 : voxelCount(own);
    }),
  );
  const largest = voxels.reduce((most, n) => Math.max(most, n), 0);
  const bytes = voxels.reduce((sum, n) => sum + 4 * n + 64, 0) + regions * (largest + 64);
  return voxelAllocator(bytes);
}

/** The middle of the first series that is there: it may be the one that is missed, under another name. */
function firstPicture([first]: readonly LinkedSeries[]): IssueWhere {
  if (first === undefined) return {};
  const slices = first.series.stacks[0]?.grid?.size[2];
  return { series: first.series.uid, ...(slices === undefined ? {} : { slice: 1 + Math.floor(slices / 2) }) };
}

/** The images of one occasion by the protocol's image ids; each volume is read once. */
export function imagesOf(
  protocol: Protocol,
  series: readonly LinkedSeries[],
  occasion: Occasion,
  memory: VoxelAllocator,
): OccasionImages {
  const read = new Map<string, Promise<Result<Volume>>>();
  const where = { patient: occasion.patient };

  const candidates = (imageId: string): Result<readonly LinkedSeries[]> => {
    const wanted = protocol.images.find((image) => image.id === imageId);
    if (wanted === undefined) throw new Error(`protocol without image ${imageId} passed validation`);
    const fitting = series.filter(
      (one) => one.role === wanted.role && (wanted.phase === undefined || one.phase === wanted.phase),
    );
    if (fitting.length > 0) return ok(fitting);
    const there = series.map((one) => `${one.role} ${one.phase} (${one.series.description || one.series.uid})`);
    return refuse({
      code: "missing-image",
      message: `${wanted.label} is missing at ${occasion.timePoint}.`,
      got: there.length === 0 ? "no series" : there.join("; "),
      wanted: `${wanted.role}${wanted.phase === undefined ? "" : ` ${wanted.phase}`}`,
      mend: "Add the series, or give its role and phase in images.csv.",
      where: { ...where, ...firstPicture(series) },
    });
  };

  return {
    async volume(imageId) {
      const fitting = candidates(imageId);
      if (!fitting.ok) return fitting;
      const [one, second] = fitting.value;
      if (one === undefined || second !== undefined)
        return refuse({
          code: "ambiguous-image",
          message: `Several series could be ${imageId} at ${occasion.timePoint}.`,
          got: fitting.value.map((candidate) => candidate.series.uid).join(", "),
          wanted: "one series",
          mend: "Name the right one in images.csv with its role and phase.",
          where,
        });
      const volume =
        read.get(one.series.uid) ??
        readVolume(one.series, { memory, resampleTilt: one.overrules.some(({ fact }) => fact === "tilt") });
      read.set(one.series.uid, volume);
      return volume;
    },
    scaleReasons(imageId) {
      const fitting = candidates(imageId);
      if (!fitting.ok) return [];
      return fitting.value.flatMap(({ overrules }) =>
        overrules.flatMap(({ fact, why, by }) => (fact === "scale" ? [reasonOf(why, by)] : [])),
      );
    },
    async dwi(imageId) {
      const fitting = candidates(imageId);
      if (!fitting.ok) return fitting;
      return mapResult(
        await assembleDwi(
          fitting.value.map((one) => one.series),
          memory,
        ),
        ({ bValues, volumes }) =>
          volumes.flatMap((volume, i) => {
            const b = bValues[i];
            return b === undefined ? [] : [{ b, volume }];
          }),
      );
    },
  };
}
