import type { Issue } from "@livermark/core";
import type { Grid } from "@livermark/imaging";
import type { FrameRef } from "./frame-ref.js";
import { stackGeometry } from "./geometry.js";
import type { InstanceHeader } from "./header.js";
import { mosaicFrames } from "./mosaic.js";
import type { ShearedStack } from "./untilt.js";

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
  /** How the slices lie where nothing but a gantry tilt keeps them from one grid; null otherwise. */
  readonly sheared: ShearedStack | null;
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
  (f) => (f.facts.diffusion === null ? "" : `b ${round(f.facts.diffusion.bValue, 4)}`),
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

/** Seconds between two passes over the slices, at the least; a breath-hold is longer. */
const LEAST_PAUSE_S = 2;

/**
 * Passes over the slices where every image has its own time: frames in the order of time, cut wherever a position
 * would repeat. Accepted only if each pass has every position once and the pauses between passes are longer than the
 * steps within. Null otherwise.
 */
function passes(part: Labelled, positions: number): Labelled[] | null {
  const time = (frame: FrameRef): number | null => frame.facts.acquisitionSeconds;
  if (part.frames.some((frame) => time(frame) === null)) return null;
  const ordered = [...part.frames].sort((a, b) => time(a)! - time(b)! || a.order - b.order);
  if (ordered.length % positions !== 0) return null;
  const runs = Array.from({ length: ordered.length / positions }, (_, n) =>
    ordered.slice(n * positions, (n + 1) * positions),
  );
  const steps = runs.flatMap((run) => run.slice(1).map((frame, n) => time(frame)! - time(run[n]!)!));
  const within = steps.reduce((most, step) => Math.max(most, step), 0);
  const pauses = runs.slice(1).map((run, n) => time(run[0]!)! - time(runs[n]![positions - 1]!)!);
  const clear = pauses.every((pause) => pause >= LEAST_PAUSE_S && pause > within);
  if (!clear || runs.some(hasRepeats)) return null;
  return runs.map((frames) => ({ label: [...part.label, `from ${time(frames[0]!)} s`], frames }));
}

/** Splits repeats by a fact only where each part then has every position once. */
function splitRepeats(part: Labelled): Labelled[] {
  const positions = new Set(part.frames.map(place)).size;
  if (positions === part.frames.length) return [part];
  for (const key of REPEATS) {
    const parts = split([part], key);
    if (parts.length < 2) continue;
    if (parts.every(({ frames }) => frames.length === positions && !hasRepeats(frames))) return parts;
    const coarse = parts.every(({ frames }) => frames.length > positions && frames.length % positions === 0);
    const deeper = coarse ? parts.flatMap(splitRepeats) : [];
    if (deeper.length > 0 && deeper.every(({ frames }) => !hasRepeats(frames))) return deeper;
  }
  return passes(part, positions) ?? [part];
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
        sheared: geometry.sheared,
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
