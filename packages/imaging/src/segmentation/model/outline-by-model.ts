import { ok, type Result, refuse } from "@livermark/core";
import { modelOutline } from "../../mask-outline.js";
import { exponential } from "../../portable-math.js";
import { type Mask, type Volume, voxelCount, voxelVolumeMm3 } from "../../volume.js";
import { countSet } from "../morphology.js";
import { modalityOf } from "../scene.js";
import type { ModelCard } from "./model-card.js";
import { modelGrid, sampleLinear } from "./model-grid.js";
import { type PatchModel, slidingWindow } from "./sliding-window.js";

/** One outlined label. */
export interface ModelOutline {
  readonly label: string;
  readonly mask: Mask;
  readonly volumeMl: number;
}

/** Settings of a run. */
export interface ModelRun {
  /** How the volume is to be read where it does not say itself (NIfTI). */
  readonly modality?: "ct" | "mr";
  readonly onProgress?: (share: number) => void;
  readonly isCancelled?: () => boolean;
}

/** Memory that the channels may take, bytes. */
const MOST_BYTES = 2 ** 31;

/** Values as the model wants them. */
function prepared(values: Float32Array, intensity: ModelCard["intensity"]): Float32Array {
  return values.map((value) => {
    const clipped = Math.min(intensity.high, Math.max(intensity.low, value));
    if (intensity.kind === "standardise") return (clipped - intensity.mean) / intensity.sd;
    const [from, to] = intensity.to;
    return from + ((to - from) * (clipped - intensity.low)) / (intensity.high - intensity.low);
  });
}

/** Turns blended outputs into probabilities in place: softmax over the channels of each voxel, or a sigmoid of each. */
function toProbabilities(blended: Float32Array, channels: number, output: ModelCard["output"]): void {
  if (output !== "logits") return;
  const voxels = blended.length / channels;
  for (let v = 0; v < voxels; v++) {
    if (channels === 1) {
      blended[v] = 1 / (1 + exponential(-blended[v]!));
      continue;
    }
    let most = Number.NEGATIVE_INFINITY;
    for (let c = 0; c < channels; c++) most = Math.max(most, blended[c * voxels + v]!);
    let sum = 0;
    for (let c = 0; c < channels; c++) sum += exponential(blended[c * voxels + v]! - most);
    for (let c = 0; c < channels; c++) blended[c * voxels + v] = exponential(blended[c * voxels + v]! - most) / sum;
  }
}

/**
 * Outlines by a user's model: the volume resampled to the model's orientation and spacing, its values mapped as the card says,
 * windows blended, probabilities resampled back, and every label's voxels those with at least one half. Outputs are blended
 * before a softmax of logits, as nnU-Net does. The model is any function; `onnxPatchModel` makes one of an ONNX file.
 * Refuses another modality than the card's, a volume whose channels would take more than 2 GiB, a model whose output is not what
 * its card says, and a cancelled run.
 * Example: `await outlineByModel(ct, card, unwrap(await onnxPatchModel(runtime, bytes, card)))`.
 */
export async function outlineByModel(
  volume: Volume,
  card: ModelCard,
  model: PatchModel,
  run: ModelRun = {},
): Promise<Result<readonly ModelOutline[]>> {
  const where = { series: volume.source.seriesUid };
  const modality = run.modality ?? modalityOf(volume);
  if (modality !== card.modality)
    return refuse({
      code: "model-modality",
      message: `The model ${card.name} was made for another kind of image.`,
      got: modality ?? `${volume.modality}, ${volume.unit}`,
      wanted: card.modality,
      mend: "Give a series of the model's kind, or name the modality of a file that does not.",
      where,
    });
  const grid = modelGrid(volume.grid, card.orientation, card.spacingMm);
  const voxels = voxelCount(grid);
  if (4 * voxels * card.channels > MOST_BYTES)
    return refuse({
      code: "model-memory",
      message: `All ${card.channels} channels of ${card.name} do not fit into memory on this volume.`,
      got: `${((4 * voxels * card.channels) / 2 ** 30).toFixed(1)} GiB`,
      wanted: "at most 2 GiB",
      mend: "Crop the series to the liver, or export a model with fewer labels.",
      where,
    });
  const padded = card.intensity.low;
  const image = prepared(sampleLinear(volume.data, volume.grid, grid, padded), card.intensity);
  const padding = prepared(Float32Array.of(padded), card.intensity)[0]!;
  let blended: Float32Array | null;
  try {
    const { patch, overlap, channels } = card;
    blended = await slidingWindow(
      { image, size: grid.size, padding, patch, overlap, channels, ...watched(run) },
      model,
    );
  } catch (error) {
    return refuse({
      code: "model-failed",
      message: `The model ${card.name} failed.`,
      got: error instanceof Error ? error.message : String(error),
      wanted: "an output of the shape in its card",
      where,
    });
  }
  if (blended === null) return refuse({ code: "cancelled", message: "The model's run was stopped.", where });
  toProbabilities(blended, card.channels, card.output);
  const voxelMl = voxelVolumeMm3(volume.grid) / 1000;
  const outlines: ModelOutline[] = [];
  for (const [label, channel] of Object.entries(card.labels)) {
    const own = blended.subarray(channel * voxels, (channel + 1) * voxels);
    const shares = sampleLinear(own, grid, volume.grid, 0);
    const data = new Uint8Array(shares.length);
    for (let v = 0; v < data.length; v++) data[v] = shares[v]! >= 0.5 ? 1 : 0;
    const mask = { name: label, grid: volume.grid, data, outline: modelOutline(`${card.name} ${card.version}`) };
    outlines.push({ label, mask, volumeMl: countSet(data) * voxelMl });
  }
  return ok(outlines);
}

const watched = ({ onProgress, isCancelled }: ModelRun): Pick<ModelRun, "onProgress" | "isCancelled"> => ({
  ...(onProgress === undefined ? {} : { onProgress }),
  ...(isCancelled === undefined ? {} : { isCancelled }),
});
