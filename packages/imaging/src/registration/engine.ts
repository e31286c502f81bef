import type { Result } from "@livermark/core";
import type { Vec3 } from "../volume.js";
import type { ParameterMap } from "./parameter-maps.js";

/** An image in the working frame: axes along those of the fixed image, origin at its first working voxel. */
export interface EngineImage {
  readonly size: Vec3;
  readonly spacingMm: Vec3;
  readonly originMm: Vec3;
  readonly data: Float32Array;
}

/** One step of a registration, on top of the steps that were made before. */
export interface EngineJob {
  readonly fixed: EngineImage;
  readonly moving: EngineImage;
  readonly step: ParameterMap;
  /** Transform parameter maps of the earlier steps. */
  readonly initial: readonly ParameterMap[];
}

/** What finds a transform; it answers with the transform parameter maps of all steps so far. */
export interface RegistrationEngine {
  /** Name and version, for the passport. */
  readonly name: string;
  readonly run: (job: EngineJob) => Promise<Result<readonly ParameterMap[]>>;
}
