import { type Issue, ok, type Result, refuse, refuseWith } from "@livermark/core";
import { ordinaryVoxels, sameGrid, type Volume, type VoxelAllocator } from "@livermark/imaging";
import { describeGrid } from "../masks/match-grid.js";
import type { SeriesEntry } from "./index-folder.js";
import { readVolume } from "./read-volume.js";
import type { Stack } from "./stacks.js";
import { isAdcMap } from "./values.js";

/** A diffusion-weighted set: one volume per b-value, ascending. */
export interface DwiSet {
  /** s/mm². */
  readonly bValues: readonly number[];
  /** On one grid and one scale; several directions or repeats of one b-value are averaged geometrically. */
  readonly volumes: readonly Volume[];
  /** Series that contributed, by b-value. */
  readonly seriesUids: readonly string[];
  /** How many images were averaged, by b-value. */
  readonly averaged: readonly number[];
}

interface Weighted {
  readonly series: SeriesEntry;
  readonly stack: Stack;
  readonly number: number;
  readonly bValue: number;
  readonly trace: boolean;
}

function weightedStacks(all: readonly SeriesEntry[]): readonly Weighted[] {
  return all.flatMap((series) =>
    series.stacks.flatMap((stack, number): Weighted[] => {
      const frame = stack.frames[0]!;
      if (stack.bValue === null || isAdcMap(frame.instance)) return [];
      return [{ series, stack, number, bValue: stack.bValue, trace: frame.facts.diffusion?.trace ?? false }];
    }),
  );
}

/**
 * What proves that series are b-values of one diffusion acquisition, which a scanner receives with one gain: equal
 * study, protocol, acquisition number, echo and repetition time. Null where one of them is missing or differs.
 */
function acquisitionOf(stacks: readonly Weighted[]): string | null {
  const keys = new Set(
    stacks.map(({ series, stack }) => {
      const { acquisition, acquisitionNumber } = stack.frames[0]!.instance;
      const { protocolName, repetitionTimeMs } = acquisition;
      const facts = [series.studyUid, protocolName, acquisitionNumber, stack.echoTimeMs, repetitionTimeMs];
      return facts.includes(null) ? "" : facts.join("/");
    }),
  );
  const [key = ""] = keys;
  return keys.size === 1 && key !== "" ? key : null;
}

/** Geometric mean voxel by voxel, which is what the trace image of several directions is; zero where any is zero. */
function geometricMean(volumes: readonly Volume[], memory: VoxelAllocator): Volume {
  const first = volumes[0]!;
  if (volumes.length === 1) return first;
  const data = memory.float32(first.data.length);
  for (let p = 0; p < data.length; p++) {
    let sum = 0;
    for (const volume of volumes) {
      const v = volume.data[p]!;
      sum += v > 0 ? Math.log(v) : Number.NEGATIVE_INFINITY;
    }
    data[p] = sum === Number.NEGATIVE_INFINITY ? 0 : Math.exp(sum / volumes.length);
  }
  return { ...first, data };
}

/** Volumes of one acquisition share its scale, unless their headers prove one already. */
function onOneScale(volumes: readonly Volume[], acquisition: string | null): readonly Volume[] {
  const proven = volumes.every(({ scale }) => scale.proven && scale.id === volumes[0]!.scale.id);
  if (proven || acquisition === null) return volumes;
  const reason =
    "b-values of one diffusion acquisition: equal study, protocol, acquisition number, echo and repetition time";
  return volumes.map((volume) => ({
    ...volume,
    scale: { ...volume.scale, id: `diffusion:${acquisition}`, proven: true, reason },
  }));
}

/**
 * Assembles a diffusion-weighted set from one series or from several (one per b-value): b-values from the standard's
 * and the vendors' private elements. Scanner ADC maps among the series are left out. Where a b-value occurs both as
 * trace and as single directions, the trace is taken; several directions or repeats are averaged geometrically.
 * `memory` says where the voxels go.
 * Refuses series without b-values, fewer than two b-values, different grids, frames of reference, studies or patients.
 */
export async function assembleDwi(
  all: readonly SeriesEntry[],
  memory: VoxelAllocator = ordinaryVoxels,
): Promise<Result<DwiSet>> {
  const stacks = weightedStacks(all);
  const patients = new Set(stacks.map(({ series }) => `${series.instances[0]!.patientMark} ${series.studyUid}`));
  if (patients.size > 1) {
    return refuse({
      code: "mixed-studies",
      message: "The diffusion series belong to different studies or patients.",
      wanted: "series of one study",
    });
  }
  const byB = new Map<number, Weighted[]>();
  for (const weighted of stacks) byB.set(weighted.bValue, [...(byB.get(weighted.bValue) ?? []), weighted]);
  const bValues = [...byB.keys()].sort((a, b) => a - b);
  if (bValues.length < 2) {
    return refuse({
      code: "too-few-b-values",
      message: "The series do not hold two different b-values.",
      got: bValues.length === 0 ? "none" : `b ${bValues.join(", ")}`,
      wanted: "at least two b-values",
      mend: "Give all series of the diffusion set, with their private elements kept.",
    });
  }
  const issues: Issue[] = [];
  const volumes: Volume[] = [];
  const averaged: number[] = [];
  const seriesUids: string[] = [];
  for (const b of bValues) {
    const here = byB.get(b)!;
    const traces = here.filter(({ trace }) => trace);
    const chosen = traces.length > 0 ? traces : here;
    const read: Volume[] = [];
    for (const { series, number } of chosen) {
      const volume = await readVolume(series, { stack: number, memory });
      if (!volume.ok) return refuseWith(volume.issues);
      issues.push(...volume.issues.filter((issue) => !issues.some((known) => known.code === issue.code)));
      read.push(volume.value);
    }
    const reference = volumes[0] ?? read[0]!;
    const other = read.find((volume) => !sameGrid(reference.grid, volume.grid));
    if (other !== undefined) {
      return refuse({
        code: "grid-mismatch",
        message: `The images of b ${b} lie on other voxels than those of b ${bValues[0]}.`,
        got: describeGrid(other.grid),
        wanted: describeGrid(reference.grid),
        where: { series: other.source.seriesUid },
      });
    }
    const frames = new Set([reference, ...read].map((volume) => volume.source.frameOfReferenceUid ?? ""));
    if (frames.size > 1) {
      return refuse({
        code: "frame-of-reference",
        message: `The images of b ${b} have another frame of reference than those of b ${bValues[0]}.`,
        wanted: "one frame of reference",
        where: { series: read[0]!.source.seriesUid },
      });
    }
    volumes.push(geometricMean(read, memory));
    averaged.push(read.length);
    seriesUids.push(chosen[0]!.series.uid);
  }
  const acquisition = acquisitionOf(stacks);
  return ok({ bValues, volumes: onOneScale(volumes, acquisition), seriesUids, averaged }, issues);
}
