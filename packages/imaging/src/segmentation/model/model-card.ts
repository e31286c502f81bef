import { errorIssue, type Issue, type Json, ok, type Result, refuseWith } from "@livermark/core";
import type { Vec3 } from "../../volume.js";

/** What must be known of a model before it may see an image. Written by whoever exports the model, beside the `.onnx` file. */
export interface ModelCard {
  readonly name: string;
  readonly version: string;
  readonly modality: "ct" | "mr";
  /** Voxel spacing the model was trained on, along its own axes x, y, z. */
  readonly spacingMm: Vec3;
  /** Where the model's axes x, y, z point: three letters of R/L, A/P, S/I in any order, e.g. "RAS" or "LPS". */
  readonly orientation: string;
  /** Values are clipped to this window and mapped linearly onto `to` (or onto mean 0 and SD 1 of the given numbers). */
  readonly intensity:
    | { readonly kind: "window"; readonly low: number; readonly high: number; readonly to: readonly [number, number] }
    | {
        readonly kind: "standardise";
        readonly low: number;
        readonly high: number;
        readonly mean: number;
        readonly sd: number;
      };
  /** Voxels of one patch along x, y, z. */
  readonly patch: Vec3;
  /** Share of a patch that neighbouring patches have in common (0.5). */
  readonly overlap: number;
  /** Whether x or z is the fastest axis of the tensor: "zyx" is [1, 1, z, y, x] with x fastest, as nnU-Net and MONAI on DICOM order. */
  readonly axisOrder: "zyx" | "xyz";
  readonly output: "softmax" | "sigmoid" | "logits";
  readonly channels: number;
  /** Channel number of each label. */
  readonly labels: { readonly [label: string]: number };
  readonly inputName: string;
  readonly outputName: string;
}

type Field = { readonly [key: string]: Json };

const isObject = (value: Json | undefined): value is Field =>
  typeof value === "object" && value !== null && !Array.isArray(value);
const numbers = (value: Json | undefined, length: number, good: (x: number) => boolean): readonly number[] | null =>
  Array.isArray(value) &&
  value.length === length &&
  value.every((x) => typeof x === "number" && Number.isFinite(x) && good(x))
    ? value.filter((x) => typeof x === "number")
    : null;

/** Whether three letters name three different body axes. */
const isOrientation = (code: string): boolean =>
  /^[RLAPSI]{3}$/.test(code) &&
  ["RL", "AP", "SI"].every((pair) => [...code].filter((letter) => pair.includes(letter)).length === 1);

function intensityOf(value: Json | undefined): ModelCard["intensity"] | null {
  if (!isObject(value)) return null;
  const { low, high, to, mean, sd } = value;
  if (typeof low !== "number" || typeof high !== "number" || !(low < high)) return null;
  if (value.kind === "window") {
    const range = numbers(to ?? [0, 1], 2, () => true);
    return range === null ? null : { kind: "window", low, high, to: [range[0]!, range[1]!] };
  }
  if (value.kind === "standardise" && typeof mean === "number" && typeof sd === "number" && sd > 0)
    return { kind: "standardise", low, high, mean, sd };
  return null;
}

/**
 * Reads a model card. Refuses, naming every field at once, what is missing or cannot be: a model without its card is not run,
 * since a wrong window or orientation gives a wrong liver without any error.
 * Example: `parseModelCard({ name: "liver", version: "1", modality: "ct", spacingMm: [1.5, 1.5, 1.5], orientation: "RAS",
 * intensity: { kind: "window", low: -160, high: 240 }, patch: [96, 96, 96], channels: 2, labels: { liver: 1 } })`.
 */
export function parseModelCard(json: Json): Result<ModelCard> {
  const card: Field = isObject(json) ? json : {};
  const issues: Issue[] = [];
  const need = <T>(field: string, value: T | null, wanted: string): T | null => {
    if (value === null)
      issues.push(
        errorIssue({
          code: "model-card",
          path: field,
          message: `The model card's ${field} is missing or wrong.`,
          got: JSON.stringify(card[field] ?? null),
          wanted,
        }),
      );
    return value;
  };
  const text = (field: string, otherwise: string | null): string | null => {
    const value = card[field] ?? otherwise;
    return typeof value === "string" && value !== "" ? value : null;
  };
  const oneOf = <T extends string>(field: string, values: readonly T[], otherwise: T | null): T | null =>
    values.find((value) => value === (card[field] ?? otherwise)) ?? null;
  const name = need("name", text("name", null), "a name");
  const version = need("version", text("version", null), "a version");
  const modality = need("modality", oneOf<"ct" | "mr">("modality", ["ct", "mr"], null), "ct or mr");
  const spacing = need(
    "spacingMm",
    numbers(card.spacingMm, 3, (x) => x > 0),
    "three numbers above 0",
  );
  const code = text("orientation", null);
  const orientation = need(
    "orientation",
    code !== null && isOrientation(code) ? code : null,
    "three letters, e.g. RAS or LPS",
  );
  const intensity = need(
    "intensity",
    intensityOf(card.intensity),
    "{kind: window, low, high, to?} or {kind: standardise, low, high, mean, sd}",
  );
  const patch = need(
    "patch",
    numbers(card.patch, 3, (x) => Number.isInteger(x) && x >= 2),
    "three whole numbers from 2",
  );
  const share = card.overlap ?? 0.5;
  const overlap = need(
    "overlap",
    typeof share === "number" && share >= 0 && share < 1 ? share : null,
    "0 or more and less than 1",
  );
  const axisOrder = need("axisOrder", oneOf<"zyx" | "xyz">("axisOrder", ["zyx", "xyz"], "zyx"), "zyx or xyz");
  const output = need(
    "output",
    oneOf<"softmax" | "sigmoid" | "logits">("output", ["softmax", "sigmoid", "logits"], "softmax"),
    "softmax, sigmoid or logits",
  );
  const count = card.channels;
  const channels = need(
    "channels",
    typeof count === "number" && Number.isInteger(count) && count >= 1 ? count : null,
    "a whole number from 1",
  );
  const pairs = isObject(card.labels) ? Object.entries(card.labels) : [];
  const labels: { [label: string]: number } = {};
  for (const [label, channel] of pairs)
    if (typeof channel === "number" && Number.isInteger(channel) && channel >= 0 && channel < (channels ?? 0))
      labels[label] = channel;
  need(
    "labels",
    pairs.length > 0 && Object.keys(labels).length === pairs.length ? labels : null,
    "label names with channels below `channels`",
  );
  const inputName = need("inputName", text("inputName", "input"), "the tensor's name");
  const outputName = need("outputName", text("outputName", "output"), "the tensor's name");
  if (
    name === null ||
    version === null ||
    modality === null ||
    spacing === null ||
    orientation === null ||
    intensity === null ||
    patch === null ||
    overlap === null ||
    axisOrder === null ||
    output === null ||
    channels === null ||
    inputName === null ||
    outputName === null ||
    issues.length > 0
  )
    return refuseWith(issues);
  const three = (list: readonly number[]): Vec3 => [list[0]!, list[1]!, list[2]!];
  return ok({
    name,
    version,
    modality,
    spacingMm: three(spacing),
    orientation,
    intensity,
    patch: three(patch),
    overlap,
    axisOrder,
    output,
    channels,
    labels,
    inputName,
    outputName,
  });
}
