import type { Issue } from "@livermark/core";
import type { Grid } from "@livermark/imaging";
import { stackGeometry } from "./geometry.js";
import type { FrameFacts, InstanceHeader } from "./header.js";
import { mosaicFrames } from "./mosaic.js";

/** One frame of one file. */
export interface FrameRef {
  readonly instance: InstanceHeader;
  /** 0-based frame number in its file. */
  readonly frame: number;
  readonly facts: FrameFacts;
  readonly rows: number;
  readonly columns: number;
  /** Where a mosaic's tile lies in its image; null for an ordinary frame. */
  readonly tile: { readonly firstRow: number; readonly firstColumn: number; readonly imageColumns: number } | null;
  /** Rank by instance number and file name, to break ties the same way everywhere. */
  readonly order: number;
}

/** The frames of a series that belong to one volume: one echo, one b-value, one time point, one orientation. */
export interface Stack {
  /** What distinguishes it, e.g. `b 800` or `echo 4.6 ms`; empty where the series is one stack. */
  readonly label: string;
  /** In the order of the grid's slices. */
  readonly frames: readonly FrameRef[];
  readonly grid: Grid | null;
  readonly bValue: number | null;
  readonly echoTimeMs: number | null;
  readonly issues: readonly Issue[];
}

const round = (value: number, digits: number): number => Number(value.toFixed(digits));

/**
 * b-values below 1 s/mm² are how some scanners number repeated b = 0 images: as diffusion weighting they are 0.
 * Example: 0.003 gives 0, 799.6 gives 800.
 */
export const nominalBValue = (b: number): number => Math.round(b);

/** Facts by which frames always belong to different volumes. */
const KINDS: readonly ((frame: FrameRef) => string)[] = [
  (f) => `${f.columns} × ${f.rows}`,
  (f) => {
    const axes = [f.facts.rowAxis, f.facts.columnAxis];
    return axes.map((axis) => axis?.map((x) => round(x, 3) + 0).join(" ") ?? "none").join(" / ");
  },
  (f) => f.facts.spacingMm?.map((s) => round(s, 4)).join(" × ") ?? "no spacing",
  (f) => ({ M: "magnitude", P: "phase", R: "real", I: "imaginary" })[f.instance.component] ?? f.instance.component,
  (f) => (f.facts.diffusion === null ? "" : `b ${nominalBValue(f.facts.diffusion.bValue)}`),
  (f) => (f.facts.echoTimeMs === null ? "" : `echo ${round(f.facts.echoTimeMs, 3)} ms`),
];

/** Facts that tell images at one position apart, in the order in which they are tried. */
const REPEATS: readonly ((frame: FrameRef) => string)[] = [
  (f) => f.facts.diffusion?.direction?.map((x) => round(x, 3)).join(" ") ?? "",
  (f) => (f.facts.temporalPosition === null ? "" : `time point ${f.facts.temporalPosition}`),
  (f) => (f.facts.diffusion === null ? "" : `b ${f.facts.diffusion.bValue}`),
  (f) => (f.instance.acquisitionNumber === null ? "" : `acquisition ${f.instance.acquisitionNumber}`),
  (f) => (f.facts.triggerTimeMs === null ? "" : `trigger ${f.facts.triggerTimeMs} ms`),
  (f) => f.facts.stackId ?? "",
  (f) => f.instance.imageType.slice(2).join("/"),
  (f) => (f.facts.acquisitionSeconds === null ? "" : `at ${f.facts.acquisitionSeconds} s`),
];

function partition(frames: readonly FrameRef[], key: (frame: FrameRef) => string): ReadonlyMap<string, FrameRef[]> {
  const groups = new Map<string, FrameRef[]>();
  for (const frame of frames) {
    const name = key(frame);
    const group = groups.get(name);
    if (group === undefined) groups.set(name, [frame]);
    else group.push(frame);
  }
  return groups;
}

const place = (frame: FrameRef): string => frame.facts.positionMm?.map((x) => round(x, 2) + 0).join(" ") ?? "";

function hasRepeats(frames: readonly FrameRef[]): boolean {
  return new Set(frames.map(place)).size < frames.length;
}

interface Labelled {
  readonly label: readonly string[];
  readonly frames: readonly FrameRef[];
}

function split(parts: readonly Labelled[], key: (frame: FrameRef) => string): Labelled[] {
  return parts.flatMap(({ label, frames }) => {
    const groups = partition(frames, key);
    if (groups.size === 1) return [{ label, frames }];
    return [...groups].map(([name, group]) => ({ label: name === "" ? label : [...label, name], frames: group }));
  });
}

/** Splits repeats by a fact only where that leaves volumes with the same positions each. */
function splitRepeats(part: Labelled): Labelled[] {
  if (!hasRepeats(part.frames)) return [part];
  for (const key of REPEATS) {
    const parts = split([part], key);
    if (parts.length < 2) continue;
    const clean = parts.every(({ frames }) => !hasRepeats(frames));
    const sizes = new Set(parts.map(({ frames }) => frames.length));
    if (clean && sizes.size === 1) return parts;
    if (parts.length <= part.frames.length / 2 && parts.some(({ frames }) => frames.length < part.frames.length)) {
      const deeper = parts.flatMap(splitRepeats);
      if (deeper.every(({ frames }) => !hasRepeats(frames))) return deeper;
    }
  }
  return [part];
}

const commonOf = <T>(frames: readonly FrameRef[], read: (frame: FrameRef) => T): T | null => {
  const first = read(frames[0]!);
  return frames.every((frame) => read(frame) === first) ? first : null;
};

/**
 * Splits the images of one series into volumes: by matrix, orientation, pixel size, magnitude or phase, b-value and
 * echo time; and, where positions still repeat, by direction, time point, acquisition, trigger time, stack, image type
 * or time, provided that each part is then complete. Images that nothing tells apart stay together, and the geometry
 * of that stack says `duplicate-slices`. Largest stacks first, then by b-value, echo time and label.
 */
export function stacksOf(instances: readonly InstanceHeader[]): readonly Stack[] {
  const frames: FrameRef[] = [];
  for (const instance of instances) {
    if (instance.pixels === null) continue;
    if (instance.mosaic !== null) {
      frames.push(...mosaicFrames(instance, instance.mosaic, frames.length));
      continue;
    }
    const { rows, columns } = instance.pixels;
    instance.frames.forEach((facts, frame) => {
      frames.push({ instance, frame, facts, rows, columns, tile: null, order: frames.length });
    });
  }
  if (frames.length === 0) return [];
  let parts: Labelled[] = [{ label: [], frames }];
  for (const key of KINDS) parts = split(parts, key);
  parts = parts.flatMap(splitRepeats);
  return parts
    .map(({ label, frames: own }): Stack => {
      const geometry = stackGeometry(own);
      const b = commonOf(own, (f) => (f.facts.diffusion === null ? null : nominalBValue(f.facts.diffusion.bValue)));
      return {
        label: label.join(", "),
        frames: geometry.frames,
        grid: geometry.grid,
        bValue: b,
        echoTimeMs: commonOf(own, (f) => f.facts.echoTimeMs),
        issues: geometry.issues,
      };
    })
    .sort(
      (a, b) =>
        b.frames.length - a.frames.length ||
        (a.bValue ?? -1) - (b.bValue ?? -1) ||
        (a.echoTimeMs ?? -1) - (b.echoTimeMs ?? -1) ||
        a.frames[0]!.order - b.frames[0]!.order,
    );
}
