import { ok, type Result, refuse } from "@livermark/core";
import type { Vec3 } from "../../volume.js";
import type { ModelCard } from "./model-card.js";
import type { PatchModel } from "./sliding-window.js";

interface TensorLike {
  readonly data: unknown;
}
interface SessionLike {
  readonly inputNames: readonly string[];
  readonly outputNames: readonly string[];
  run(feeds: { readonly [name: string]: TensorLike }): Promise<{ readonly [name: string]: TensorLike }>;
}
/** The part of onnxruntime that is used, so that nothing depends on its being installed. */
export interface OnnxRuntime {
  readonly InferenceSession: { create(model: Uint8Array): Promise<SessionLike> };
  readonly Tensor: new (type: "float32", data: Float32Array, dims: readonly number[]) => TensorLike;
}

const isRuntime = (value: unknown): value is OnnxRuntime =>
  typeof value === "object" &&
  value !== null &&
  "InferenceSession" in value &&
  "Tensor" in value &&
  typeof value.Tensor === "function";

/** Loads a module by name; replaced in tests. */
export type ImportModule = (name: string) => Promise<unknown>;

// The name is not a literal: no bundler may pull the runtime in, and none needs it installed.
const importByName: ImportModule = (name) => import(/* @vite-ignore */ name);

/**
 * The ONNX runtime where one is installed: `onnxruntime-node`, else `onnxruntime-web`. Nothing is ever downloaded.
 * Refuses, saying what to install, where there is none. Example: `const runtime = await findOnnxRuntime();`
 */
export async function findOnnxRuntime(importModule: ImportModule = importByName): Promise<Result<OnnxRuntime>> {
  for (const name of ["onnxruntime-node", "onnxruntime-web"])
    try {
      const found = await importModule(name);
      if (isRuntime(found)) return ok(found);
      if (typeof found === "object" && found !== null && "default" in found && isRuntime(found.default))
        return ok(found.default);
    } catch {
      // Not installed, or not for this machine: the next one may be.
    }
  return refuse({
    code: "onnx-runtime-missing",
    message: "No ONNX runtime is installed; models cannot be run.",
    got: "neither onnxruntime-node nor onnxruntime-web",
    wanted: "one of them beside Livermark",
    mend: "npm install onnxruntime-node, or use --method classical or seeds.",
  });
}

/** Values with x fastest as values with z fastest, and back. */
function swapOrder(values: Float32Array, [nx, ny, nz]: Vec3, channels: number, toZFastest: boolean): Float32Array {
  const out = new Float32Array(values.length);
  const voxels = nx * ny * nz;
  for (let c = 0; c < channels; c++)
    for (let k = 0; k < nz; k++)
      for (let j = 0; j < ny; j++)
        for (let i = 0; i < nx; i++) {
          const xFast = c * voxels + (k * ny + j) * nx + i;
          const zFast = c * voxels + (i * ny + j) * nz + k;
          if (toZFastest) out[zFast] = values[xFast]!;
          else out[xFast] = values[zFast]!;
        }
  return out;
}

/**
 * A model file as a `PatchModel`, with the tensor names and the axis order of its card.
 * Refuses bytes that the runtime cannot read and a model without the card's input or output.
 */
export async function onnxPatchModel(
  runtime: OnnxRuntime,
  bytes: Uint8Array,
  card: ModelCard,
): Promise<Result<PatchModel>> {
  let session: SessionLike;
  try {
    session = await runtime.InferenceSession.create(bytes);
  } catch (error) {
    return refuse({
      code: "onnx-model",
      message: `The model ${card.name} cannot be read.`,
      got: error instanceof Error ? error.message : String(error),
      wanted: "an ONNX file that the installed runtime knows",
    });
  }
  for (const [wanted, names] of [
    [card.inputName, session.inputNames],
    [card.outputName, session.outputNames],
  ] as const)
    if (!names.includes(wanted))
      return refuse({
        code: "onnx-tensor",
        message: `The model ${card.name} has no tensor of the name in its card.`,
        got: names.join(", "),
        wanted,
        mend: "Correct inputName or outputName in the model card.",
      });
  return ok(async (patch, size) => {
    const [nx, ny, nz] = size;
    const zFastest = card.axisOrder === "xyz";
    const fed = zFastest ? swapOrder(patch, size, 1, true) : patch;
    const dims = zFastest ? [1, 1, nx, ny, nz] : [1, 1, nz, ny, nx];
    const result = await session.run({ [card.inputName]: new runtime.Tensor("float32", fed, dims) });
    const data = result[card.outputName]?.data;
    if (!(data instanceof Float32Array)) throw new Error(`the model's output ${card.outputName} is not float32`);
    return zFastest ? swapOrder(data, size, card.channels, false) : data;
  });
}
