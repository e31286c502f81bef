import { createHash } from "node:crypto";
import { type Issue, locate, type Result, warningIssue } from "@livermark/core";
import { hostIsLittleEndian } from "./files/host.js";
import { decodePixels, type StoredPixels } from "./pixels/decode.js";
import type { AcquisitionFacts, InstanceHeader } from "./series/header.js";
import { classifyPhasesByImage } from "./series/image-phases.js";
import { type FolderIndex, indexFolder, type RefusedFile, type SeriesEntry } from "./series/index-folder.js";
import { intensityScale } from "./series/intensity-scale.js";
import { classifyPhases, type PhaseGuess, volumePhases } from "./series/phase.js";
import { type SeriesRole, seriesRole } from "./series/role.js";
import { type SeriesAcquisition, seriesAcquisition } from "./series/series-acquisition.js";
import { valueScale } from "./series/values.js";

/** One series as `inspect --json` prints it. */
export interface InspectedSeries {
  readonly uid: string;
  readonly studyUid: string;
  readonly patient: string;
  readonly number: number | null;
  readonly description: string;
  readonly modality: string;
  readonly files: number;
  readonly rows: number | null;
  readonly columns: number | null;
  /** Slices of the largest volume in the series. */
  readonly slices: number;
  readonly frames: number;
  readonly spacingMm: readonly number[] | null;
  readonly orientation: readonly number[] | null;
  readonly originMm: readonly number[] | null;
  readonly role: SeriesRole["role"];
  readonly roleConfidence: number;
  readonly roleReason: string;
  readonly phase: PhaseGuess;
  readonly bValues: readonly number[];
  readonly transferSyntaxes: readonly string[];
  readonly scale: {
    readonly slope: number;
    readonly intercept: number;
    readonly kind: string;
    readonly unit: string;
  } | null;
  /** The volumes that the series holds; one, unless phases, echoes or b-values share it. */
  readonly volumes: readonly {
    readonly label: string;
    readonly slices: number;
    readonly bValue: number | null;
    readonly echoTimeMs: number | null;
    readonly phase: PhaseGuess;
  }[];
  /** Of the first image. */
  readonly acquisition: AcquisitionFacts;
  /** Agreed over all images; what they disagree in stands in `mixed`. */
  readonly seriesAcquisition: SeriesAcquisition;
  readonly intensityFilters: readonly string[];
  readonly issues: readonly Issue[];
}

/** One image as `inspect --json --pixels` prints it. */
export interface InspectedInstance {
  readonly file: string;
  readonly sopInstanceUid: string;
  readonly transferSyntax: string;
  readonly rows: number;
  readonly columns: number;
  readonly frames: number;
  readonly min: number | null;
  readonly max: number | null;
  readonly mean: number | null;
  readonly sum: number | null;
  /** SHA-256 of the stored values as 32-bit little-endian integers; null for floating-point and colour images. */
  readonly sha256Int32le: string | null;
}

/** What `inspect --json` prints. */
export interface Inspection {
  readonly series: readonly InspectedSeries[];
  /** Only with pixels. */
  readonly instances?: readonly InspectedInstance[];
  readonly refused: readonly RefusedFile[];
}

function inspectSeries(series: SeriesEntry, phase: PhaseGuess): InspectedSeries {
  const stack = series.stacks[0];
  const first = stack?.frames[0]?.instance ?? series.instances[0]!;
  const facts = stack?.frames[0]?.facts;
  const scale = facts === undefined ? null : valueScale(first, facts);
  const role = seriesRole(series);
  // The frames of a segmentation overlap by nature; they are placed one by one.
  const stackIssues = series.modality === "SEG" ? [] : series.stacks.flatMap((own) => own.issues);
  const unproven =
    role.role.startsWith("t1") && scale !== null && !intensityScale(series, scale).proven ? [unprovenScale()] : [];
  const seen = new Set<string>();
  const issues = [...series.issues, ...stackIssues, ...(scale?.issues ?? []), ...unproven]
    .filter((issue) => !seen.has(`${issue.code} ${issue.got}`) && seen.add(`${issue.code} ${issue.got}`))
    .map((issue) => locate(issue, { series: series.uid }));
  const phasesOfVolumes = volumePhases(series);
  // GE writes a b-value of 0 into every image; it means something in diffusion series only.
  const bValues = role.role === "dwi" ? series.stacks.flatMap((own) => (own.bValue === null ? [] : [own.bValue])) : [];
  return {
    uid: series.uid,
    studyUid: series.studyUid,
    patient: series.patient,
    number: series.number,
    description: series.description,
    modality: series.modality,
    files: series.instances.length,
    // Of the slices: a mosaic's picture holds many.
    rows: stack?.frames[0]?.rows ?? first.pixels?.rows ?? null,
    columns: stack?.frames[0]?.columns ?? first.pixels?.columns ?? null,
    slices: stack?.grid?.size[2] ?? stack?.frames.length ?? 0,
    frames: series.instances.reduce((sum, instance) => sum + instance.frames.length, 0),
    spacingMm: stack?.grid?.spacingMm ?? facts?.spacingMm ?? null,
    orientation: facts?.rowAxis && facts.columnAxis ? [...facts.rowAxis, ...facts.columnAxis] : null,
    originMm: stack?.grid?.originMm ?? facts?.positionMm ?? null,
    role: role.role,
    roleConfidence: role.confidence,
    roleReason: role.reason,
    phase,
    bValues: [...new Set(bValues)].sort((a, b) => a - b),
    transferSyntaxes: [...new Set(series.instances.map((instance) => instance.transferSyntax))].sort(),
    scale:
      scale === null ? null : { slope: scale.slope, intercept: scale.intercept, kind: scale.kind, unit: scale.unit },
    volumes: series.stacks.map((own, n) => ({
      label: own.label,
      slices: own.frames.length,
      bValue: own.bValue,
      echoTimeMs: own.echoTimeMs,
      phase: series.stacks.length === 1 ? phase : phasesOfVolumes[n]!,
    })),
    acquisition: first.acquisition,
    seriesAcquisition: seriesAcquisition(series),
    intensityFilters: [...new Set(series.instances.flatMap((instance) => instance.receive.filters))].sort(),
    issues,
  };
}

const unprovenScale = (): Issue =>
  warningIssue({
    code: "unproven-scale",
    message:
      "Nothing in the header proves that another phase was received on the same scale; an enhancement ratio across series needs a person's word.",
    wanted: "phases of one series, Philips scale slopes, or equal GE receive gains and prescan",
  });

function statistics(instance: InstanceHeader, pixels: StoredPixels): InspectedInstance {
  const { values, rows, columns, frames, samples } = pixels;
  const base = {
    file: instance.source.file,
    sopInstanceUid: instance.sopInstanceUid,
    transferSyntax: instance.transferSyntax,
    rows,
    columns,
    frames,
  };
  if (samples !== 1) return { ...base, min: null, max: null, mean: null, sum: null, sha256Int32le: null };
  let min = Number.POSITIVE_INFINITY;
  let max = Number.NEGATIVE_INFINITY;
  let sum = 0;
  let finite = 0;
  for (let p = 0; p < values.length; p++) {
    const v = values[p]!;
    if (!Number.isFinite(v)) continue;
    finite++;
    sum += v;
    if (v < min) min = v;
    if (v > max) max = v;
  }
  if (finite === 0) return { ...base, min: null, max: null, mean: null, sum: null, sha256Int32le: null };
  const float = values instanceof Float32Array || values instanceof Float64Array;
  return { ...base, min, max, mean: sum / finite, sum, sha256Int32le: float ? null : int32Hash(values) };
}

function int32Hash(values: StoredPixels["values"]): string {
  const hash = createHash("sha256");
  const step = 1 << 18;
  for (let at = 0; at < values.length; at += step) {
    const part = Int32Array.from(values.subarray(at, at + step));
    const bytes = Buffer.from(part.buffer);
    hash.update(hostIsLittleEndian ? bytes : bytes.swap32());
  }
  return hash.digest("hex");
}

/**
 * What lies under a path, as `livermark inspect --json` prints it: the series with their geometry, role, contrast
 * phase, b-values, scale and Issues, and the refused files with their reasons. With `pixels`, every image is decoded,
 * its stored values are hashed and summed, and phases that nothing else decides are looked for in the images; images that cannot be decoded move to `refused`. Patients appear only
 * as the `patient` field (Patient ID). Refuses a path that does not exist.
 */
export async function inspect(path: string, options: { readonly pixels?: boolean } = {}): Promise<Result<Inspection>> {
  const index = indexFolder(path);
  if (!index.ok) return index;
  const { series, refused } = index.value;
  const guesses = classifyPhases(series);
  const phases = options.pixels === true ? await classifyPhasesByImage(series, guesses) : guesses;
  const listed = series.map((entry, n) => inspectSeries(entry, phases[n]!));
  if (options.pixels !== true) return { ...index, value: { series: listed, refused } };
  const { instances, undecodable } = await inspectPixels(index.value);
  return { ...index, value: { series: listed, instances, refused: [...refused, ...undecodable] } };
}

async function inspectPixels(
  index: FolderIndex,
): Promise<{ instances: readonly InspectedInstance[]; undecodable: readonly RefusedFile[] }> {
  const instances: InspectedInstance[] = [];
  const undecodable: RefusedFile[] = [];
  for (const instance of index.series.flatMap((entry) => [...entry.instances, ...entry.leftOut])) {
    if (instance.pixels === null) continue;
    const pixels = await decodePixels(instance);
    if (pixels.ok) instances.push(statistics(instance, pixels.value));
    else {
      undecodable.push({
        file: instance.source.file,
        issue: locate(pixels.issues[0]!, { file: instance.source.file }),
      });
    }
  }
  instances.sort((a, b) => (a.file < b.file ? -1 : a.file > b.file ? 1 : 0));
  return { instances, undecodable };
}
