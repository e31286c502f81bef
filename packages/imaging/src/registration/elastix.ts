import { ok, refuse } from "@livermark/core";
import type { EngineImage, RegistrationEngine } from "./engine.js";
import type { ParameterMap } from "./parameter-maps.js";

/** An image in the form that the WebAssembly build reads. */
const itkImage = (name: string, { size, spacingMm, originMm, data }: EngineImage) => ({
  imageType: { dimension: 3, componentType: "float32" as const, pixelType: "Scalar" as const, components: 1 },
  name,
  origin: [...originMm],
  spacing: [...spacingMm],
  direction: Float64Array.from([1, 0, 0, 0, 1, 0, 0, 0, 1]),
  size: [...size],
  metadata: new Map(),
  data,
});

/** A copy in the engine's own, mutable type. */
const mutable = (map: ParameterMap): { [name: string]: string[] } =>
  Object.fromEntries(Object.entries(map).map(([name, values]) => [name, [...values]]));

/**
 * elastix compiled to WebAssembly (@itk-wasm/elastix), for Node. It runs in the thread that calls it and cannot be stopped
 * there: give it a thread of its own. Refuses what made the engine stop, memory included.
 */
export const wasmElastix: RegistrationEngine = {
  name: "@itk-wasm/elastix 1.0.1",
  async run({ fixed, moving, step, initial }) {
    const { elastixNode } = await import("@itk-wasm/elastix");
    try {
      const { transformParameterObject } = await elastixNode([mutable(step)], {
        fixed: itkImage("fixed", fixed),
        moving: itkImage("moving", moving),
        ...(initial.length === 0 ? {} : { initialTransformParameterObject: initial.map(mutable) }),
      });
      return ok(transformParameterObject as unknown as readonly ParameterMap[]);
    } catch (failure) {
      return refuse({
        code: "registration-engine",
        message: "The registration engine stopped without a result.",
        got: failure instanceof Error ? failure.message : String(failure),
        wanted: "a transform",
        mend: "Use a coarser working size, or measure on the unregistered pair.",
      });
    }
  },
};
