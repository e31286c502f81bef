import { createHash } from "node:crypto";
import { compareStrings, type Issue, locate, ok, type Result, refuse, refuseWith } from "@livermark/core";
import { ordinaryVoxels, type Volume, type VoxelAllocator, type VoxelArray } from "@livermark/imaging";
import { memorySource } from "../files/source.js";
import { decodePixels } from "../pixels/decode.js";
import { meaningfulBits, type StoredValues } from "../pixels/native.js";
import type { FrameRef } from "./frame-ref.js";
import type { InstanceHeader } from "./header.js";
import type { SeriesEntry } from "./index-folder.js";
import { intensityScale } from "./intensity-scale.js";
import { adcPlausibility, typicalPositive } from "./plausibility.js";
import type { Stack } from "./stacks.js";
import { type ShearedStack, untilted } from "./untilt.js";
import { type ValueScale, valueScale } from "./values.js";

/** Which of a series' volumes to read. */
export interface ReadVolumeOptions {
  /** Label or 0-based number of the stack; needed where a series holds several volumes. */
  readonly stack?: string | number;
  /** Where the voxels go: ordinary arrays unless given, or the kernels' memory (`voxelAllocator`). */
  readonly memory?: VoxelAllocator;
  /** Resample a tilted CT onto an untilted grid, with the loss reported; it is refused otherwise. */
  readonly resampleTilt?: boolean;
}

/** Modalities whose numbers Livermark measures; OT covers parametric maps. */
const MEASURED = new Set(["CT", "MR", "OT", ""]);

/** The stack a caller means, or a refusal that lists those there are. */
export function chooseStack(series: SeriesEntry, wanted: string | number | undefined): Result<Stack> {
  const where = { series: series.uid };
  if (series.stacks.length === 0) {
    return refuse({ code: "no-pixels", message: "The series holds no images.", got: series.modality, where });
  }
  if (wanted === undefined && series.stacks.length === 1) return ok(series.stacks[0]!);
  const chosen = series.stacks.find((stack, n) => stack.label === wanted || n === wanted);
  if (chosen !== undefined) return ok(chosen);
  return refuse({
    code: "several-volumes",
    message: "The series holds several volumes, which must not be mixed.",
    got: series.stacks
      .map((stack) => `${stack.label || "rest"} (${stack.frames.length})`)
      .slice(0, 12)
      .join("; "),
    wanted: "one volume",
    mend: "Name the volume, or export the phases, echoes or b-values as separate series.",
    where,
  });
}

/** The sheared slices of a CT, where resampling them was asked for. */
const shearedCt = (series: SeriesEntry, stack: Stack, asked: boolean | undefined): ShearedStack | null =>
  asked === true && series.modality === "CT" ? stack.sheared : null;

function checkSeries(series: SeriesEntry, stack: Stack, resampled: boolean): Result<null> {
  const where = { series: series.uid };
  const errors = [...series.issues, ...stack.issues].filter(
    (issue) => issue.severity === "error" && !(resampled && issue.code === "gantry-tilt"),
  );
  if (errors.length > 0) return refuseWith(errors.map((issue) => locate(issue, where)));
  if (!MEASURED.has(series.modality)) {
    return refuse({
      code: "modality-not-measured",
      message: "Livermark measures CT and MR images only.",
      got: series.modality,
      wanted: "CT or MR",
      where,
    });
  }
  const first = stack.frames[0]!.instance;
  if (first.pixels!.samples !== 1) {
    return refuse({
      code: "colour-image",
      message: "The images are in colour; they hold no measurable values.",
      got: first.pixels!.photometric,
      wanted: "grey-level images",
      where: { ...where, file: first.source.file },
    });
  }
  return ok(null);
}

/** SHA-256 over the sorted `sopInstanceUid:sha256OfFile` lines. */
function sourceHash(lines: readonly string[]): string {
  return createHash("sha256")
    .update([...lines].sort(compareStrings).join("\n"))
    .digest("hex");
}

/** Collects slices in the narrowest array that holds them all: Int16, else Int32, else floating point. */
class Slices {
  data: VoxelArray;
  private readonly perSlice: number;

  constructor(slices: number, perSlice: number, kind: "integer" | "float32" | "float64", memory: VoxelAllocator) {
    const n = slices * perSlice;
    this.perSlice = perSlice;
    this.data = kind === "integer" ? memory.int16(n) : kind === "float32" ? memory.float32(n) : new Float64Array(n);
  }

  put(k: number, stored: StoredValues, from: number, scale: ValueScale): void {
    const { slope, intercept } = scale;
    const n = this.perSlice;
    if (this.data instanceof Int16Array) {
      const narrow = stored instanceof Int16Array || stored instanceof Uint8Array || stored instanceof Int8Array;
      if (slope === 1 && intercept === 0 && narrow) {
        this.data.set(stored.subarray(from, from + n), k * n);
        return;
      }
      let low = Number.POSITIVE_INFINITY;
      let high = Number.NEGATIVE_INFINITY;
      for (let p = from; p < from + n; p++) {
        const v = stored[p]!;
        if (v < low) low = v;
        if (v > high) high = v;
      }
      const ends = [slope * low + intercept, slope * high + intercept];
      if (Math.min(...ends) < -32768 || Math.max(...ends) > 32767)
        this.widen(Math.max(Math.abs(ends[0]!), Math.abs(ends[1]!)));
    } else if (this.data instanceof Int32Array && Math.abs(slope) * 2 ** 32 + Math.abs(intercept) > 2 ** 31 - 1) {
      let most = 0;
      for (let p = from; p < from + n; p++) most = Math.max(most, Math.abs(slope * stored[p]! + intercept));
      if (most > 2 ** 31 - 1) this.widen(most);
    }
    const { data } = this;
    const to = k * n;
    for (let p = 0; p < n; p++) data[to + p] = slope * stored[from + p]! + intercept;
  }

  private widen(most: number): void {
    this.data = most <= 2 ** 31 - 1 ? Int32Array.from(this.data) : Float64Array.from(this.data);
  }
}

function scalesOf(frames: readonly FrameRef[]): readonly ValueScale[] {
  return frames.map((frame) => valueScale(frame.instance, frame.facts));
}

function storageOf(frames: readonly FrameRef[], scales: readonly ValueScale[]): "integer" | "float32" | "float64" {
  const { element, bitsAllocated } = frames[0]!.instance.pixels!;
  if (element.tag === 0x7fe00008 || element.tag === 0x7fe00009) return bitsAllocated === 64 ? "float64" : "float32";
  const whole = scales.every((scale) => Number.isInteger(scale.slope) && Number.isInteger(scale.intercept));
  return whole ? "integer" : "float32";
}

/**
 * Reads one volume of a series: frames in the order of their positions along the slice normal, stored values turned
 * into physical ones (HU for CT, mm²/s for ADC maps, arbitrary units for other MR). Integer storage where the values
 * are whole numbers. `source.sha256` is that of the files actually read.
 * Refuses a series with several volumes unless one is named, gaps, duplicates, irregular spacing, tilt (unless a CT
 * shall be resampled), mixed patients, other modalities, colour, and frames of different units.
 * Example: `unwrap(await readVolume(series)).grid.spacingMm`.
 */
export async function readVolume(series: SeriesEntry, options: ReadVolumeOptions = {}): Promise<Result<Volume>> {
  const chosen = chooseStack(series, options.stack);
  if (!chosen.ok) return chosen;
  const stack = chosen.value;
  const sheared = shearedCt(series, stack, options.resampleTilt);
  const checked = checkSeries(series, stack, sheared !== null);
  if (!checked.ok) return checked;
  const grid = sheared?.grid ?? stack.grid!;
  const scales = scalesOf(stack.frames);
  const wrong = scales.flatMap((scale) => scale.issues).filter((issue) => issue.severity === "error");
  if (wrong.length > 0) return refuseWith(wrong.slice(0, 1));
  const scale = scales[0]!;
  if (scales.some((other) => other.unit !== scale.unit || other.kind !== scale.kind)) {
    return refuse({
      code: "mixed-units",
      message: "The images of one volume are written in different units.",
      got: [...new Set(scales.map((other) => `${other.kind} ${other.unit}`))].join(", "),
      wanted: "one unit",
      where: { series: series.uid },
    });
  }
  const { memory = ordinaryVoxels } = options;
  const perSlice = sheared === null ? grid.size[0] * grid.size[1] : sheared.frame[0] * sheared.frame[1];
  // Slices that will be resampled need no room in the kernels' memory: their copy does.
  const room = sheared === null ? memory : ordinaryVoxels;
  const slices = new Slices(grid.size[2], perSlice, storageOf(stack.frames, scales), room);
  const lines: string[] = [];
  const slotsOf = new Map<InstanceHeader, number[]>();
  stack.frames.forEach((frame, k) => {
    const slots = slotsOf.get(frame.instance);
    if (slots === undefined) slotsOf.set(frame.instance, [k]);
    else slots.push(k);
  });
  // One piece of memory for all files: thousands of large buffers would keep the collector busy.
  const scratch = new Uint8Array([...slotsOf.keys()].reduce((most, { source }) => Math.max(most, source.size), 0));
  for (const [instance, slots] of slotsOf) {
    const bytes = instance.source.read(0, instance.source.size, scratch);
    lines.push(`${instance.sopInstanceUid}:${createHash("sha256").update(bytes).digest("hex")}`);
    const pixels = await decodePixels(instance, memorySource(bytes, instance.source.file));
    if (!pixels.ok) {
      return refuseWith(
        pixels.issues.map((issue) => locate(issue, { file: instance.source.file, series: series.uid })),
      );
    }
    const values = meaningfulBits(pixels.value.values, instance.pixels!);
    const perFrame = pixels.value.rows * pixels.value.columns;
    for (const k of slots) {
      const { frame, tile, rows, columns } = stack.frames[k]!;
      if (tile === null) slices.put(k, values, frame * perFrame, scales[k]!);
      else slices.put(k, tileValues(values, tile, rows, columns), 0, scales[k]!);
    }
  }
  const straight = sheared === null ? null : untilted(slices.data, sheared, memory);
  const issues: Issue[] = [
    ...series.issues,
    ...stack.issues.filter((issue) => straight === null || issue.code !== "gantry-tilt"),
    ...(straight === null ? [] : [straight.issue]),
    ...firstOfEachCode(scales.flatMap((s) => s.issues)),
  ];
  const typical = scale.kind === "adc" ? typicalPositive(slices.data) : null;
  const implausible = typical === null ? null : adcPlausibility(typical, {});
  if (implausible !== null && (typical! < 0.02e-3 || typical! > 40e-3)) issues.push(implausible);
  return ok(
    {
      grid,
      data: straight?.data ?? slices.data,
      unit: scale.unit,
      modality: series.modality === "" ? "OT" : series.modality,
      scale: intensityScale(series, scale),
      source: {
        seriesUid: series.uid,
        frameOfReferenceUid: stack.frames[0]!.instance.frameOfReferenceUid,
        description: series.description,
        files: slotsOf.size,
        sha256: sourceHash(lines),
      },
    },
    issues.map((issue) => locate(issue, { series: series.uid })),
  );
}

/** One tile of a mosaic as an image of its own. */
function tileValues(
  values: StoredValues,
  tile: NonNullable<FrameRef["tile"]>,
  rows: number,
  columns: number,
): StoredValues {
  const out = new Int32Array(rows * columns);
  for (let row = 0; row < rows; row++) {
    const from = (tile.firstRow + row) * tile.imageColumns + tile.firstColumn;
    out.set(values.subarray(from, from + columns), row * columns);
  }
  return out;
}

function firstOfEachCode(issues: readonly Issue[]): readonly Issue[] {
  const seen = new Set<string>();
  return issues.filter((issue) => !seen.has(issue.code) && seen.add(issue.code));
}
