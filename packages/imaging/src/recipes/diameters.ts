import {
  canonicalJson,
  type Issue,
  ok,
  type ProvenanceInput,
  type Result,
  refuse,
  refuseWith,
  sha256Hex,
} from "@livermark/core";
import { axialDiameters, type DiameterDefinition } from "../diameter.js";
import { diameterInterval, pixelAlong } from "../diameter-interval.js";
import { checkMask, maskInput, volumeInput } from "../mask.js";
import type { Measurement } from "../measurement.js";
import { lineLengthMm } from "../rasterise.js";
import type { Region } from "../region.js";
import { regionWarnings } from "../region-statistics.js";
import { viableDiameter } from "../viable-diameter.js";
import type { Mask, Volume } from "../volume.js";
import { measured } from "./shared.js";

type Line = Extract<Region, { kind: "line" }>;

/** A lesion to measure: outlined, or by a line along its long axis (and a second one across). */
export type LesionToMeasure =
  | { readonly mask: Mask; readonly viable?: Mask }
  | { readonly line: Line; readonly across?: Line };

/**
 * Which length counts. `longest`: RECIST longest axial diameter; `short`: its perpendicular (lymph nodes); `viable`: mRECIST,
 * the longest run through the viable mask.
 */
export type DiameterKind = "longest" | "short" | "viable";

interface Measured {
  readonly name: string;
  readonly longestAxialMm: number;
  readonly shortAxisMm: number | null;
  readonly viableMm: number | null;
  readonly slice: number | null;
  /** Length of a pixel along the diameter; null for a line. */
  readonly pixelMm: number | null;
  readonly inputs: readonly ProvenanceInput[];
  readonly issues: readonly Issue[];
}

/**
 * Diameters of one or several lesions in mm; the value is the sum over the lesions of the chosen kind (one lesion: its
 * diameter). Each part names the definition of the outline (`voxel-centres` unless another is asked for; see
 * `axialDiameters`). The interval is that of the drawn outline's own diameters and covers the voxel size only (not the
 * reader); none for lines.
 * Refuses no lesion, an empty mask, a mask on another grid or frame, `viable` without a viable mask, `short` without a
 * short axis, and a lesion so small that the definition finds no outline.
 * Example: `diameters({ volume, lesions: [{ mask }] })`.
 */
export function diameters(
  inputs: { readonly volume: Volume; readonly lesions: readonly LesionToMeasure[] },
  parameters: { readonly definition?: DiameterDefinition; readonly kind?: DiameterKind } = {},
): Result<Measurement> {
  const { volume, lesions } = inputs;
  const { definition = "voxel-centres", kind = "longest" } = parameters;
  if (lesions.length === 0)
    return refuse({
      code: "no-region",
      message: "There is no lesion to measure.",
      got: "0 lesions",
      wanted: "at least 1",
    });
  const results = lesions.map((lesion) =>
    "mask" in lesion ? measureMask(volume, lesion, definition) : measureLine(volume, lesion),
  );
  const found = results.flatMap((r) => (r.ok ? [r.value] : []));
  if (found.length < results.length) return refuseWith(results.flatMap((r) => r.issues));
  const length = (m: Measured): number | null =>
    kind === "longest" ? m.longestAxialMm : kind === "short" ? m.shortAxisMm : m.viableMm;
  const lengths = found.map(length);
  const missing = found.find((_, n) => lengths[n] === null);
  if (missing !== undefined)
    return refuse({
      code: kind === "viable" ? "no-viable-mask" : "no-short-axis",
      message: `Lesion ${missing.name} has no ${kind === "viable" ? "viable part" : "short axis"} to measure.`,
      wanted: kind === "viable" ? "a mask of its viable part" : "a mask, or a second line across",
    });
  const value = lengths.reduce<number>((sum, x) => sum + (x ?? 0), 0);
  const pixels = found.flatMap(({ pixelMm }) => (pixelMm === null ? [] : [pixelMm]));
  const interval =
    kind === "longest" && pixels.length === found.length ? diameterInterval(value, pixels, definition) : null;
  return measured({
    recipe: "diameters",
    version: "2",
    value,
    unit: "mm",
    parts: {
      lesions: found.map(({ name, longestAxialMm, shortAxisMm, viableMm, slice }) => ({
        name,
        longestAxialMm,
        shortAxisMm,
        viableMm,
        slice,
      })),
      sumMm: value,
    },
    interval,
    inputs: [volumeInput(volume), ...found.flatMap((m) => m.inputs)],
    parameters: { definition, kind, lesions: found.length },
    issues: found.flatMap((m) => m.issues),
  });
}

function measureMask(
  volume: Volume,
  { mask, viable }: { readonly mask: Mask; readonly viable?: Mask },
  definition: DiameterDefinition,
): Result<Measured> {
  const checks = [checkMask(volume, mask), ...(viable === undefined ? [] : [checkMask(volume, viable)])];
  if (checks.some((r) => !r.ok)) return refuseWith(checks.flatMap((r) => r.issues));
  const axes = axialDiameters(mask, definition);
  if (axes === null)
    return refuse({
      code: "no-outline",
      message: `Lesion ${mask.name} is too small for the definition ${definition}.`,
      wanted: "a larger mask, or the definition voxel-centres",
    });
  return ok({
    name: mask.name,
    longestAxialMm: axes.longestAxialMm,
    shortAxisMm: axes.shortAxisMm,
    viableMm: viable === undefined ? null : (viableDiameter(viable)?.diameterMm ?? 0),
    slice: axes.slice,
    pixelMm: pixelAlong(axes, mask.grid),
    inputs: [maskInput(mask), ...(viable === undefined ? [] : [maskInput(viable)])],
    issues: regionWarnings(volume, mask, 0),
  });
}

function measureLine(
  volume: Volume,
  { line, across }: { readonly line: Line; readonly across?: Line },
): Result<Measured> {
  const long = lineLengthMm(line, volume.grid);
  const short = across === undefined ? null : lineLengthMm(across, volume.grid);
  if (!long.ok) return long;
  if (short !== null && !short.ok) return short;
  const asInput = (drawn: Line): ProvenanceInput => ({
    kind: "region",
    name: drawn.name ?? "line",
    sha256: sha256Hex(canonicalJson(drawn)),
  });
  return ok({
    name: line.name ?? "line",
    longestAxialMm: long.value,
    shortAxisMm: short === null ? null : short.value,
    viableMm: null,
    slice: null,
    pixelMm: null,
    inputs: [asInput(line), ...(across === undefined ? [] : [asInput(across)])],
    issues: [],
  });
}
