import type { Issue } from "@livermark/core";
import type { Grid, Mask, Volume } from "../volume.js";
import type { LocalShift } from "./local-shift.js";
import type { RegistrationParameters, RegistrationSteps } from "./parameter-maps.js";
import type { RegistrationGate, RegistrationQuality, RegistrationVerdict } from "./quality.js";
import type { PointMap } from "./resample.js";
import type { SurfaceDistance } from "./surface-distance.js";
import type { Transform } from "./transform.js";

/** What is registered: two images, the liver on the fixed one, and what is known besides. */
export interface RegistrationInputs {
  readonly fixed: Volume;
  readonly moving: Volume;
  readonly liver: Mask;
  /** Tumours on the fixed image, whose volume must not change. */
  readonly tumours?: readonly Mask[];
  /** The liver as drawn on the moving image; gives the distance of the two surfaces. */
  readonly movingLiver?: Mask;
}

/** One step that was tried, with its verdict. */
export interface RegistrationTrial {
  readonly steps: RegistrationSteps;
  /** Of the B-spline's control points, mm; null for a rigid step. */
  readonly controlSpacingMm: number | null;
  readonly transform: Transform;
  readonly quality: RegistrationQuality;
  /** Displacement still seen with it. */
  readonly left: LocalShift;
}

/** A registration with everything that was tried. `map` takes patient points of the fixed image to the moving one. */
export interface Registration {
  readonly engine: string;
  readonly parameters: RegistrationParameters;
  readonly gate: Required<RegistrationGate>;
  /** Of the step that is used; `refused` leaves the pair as the headers place it. */
  readonly verdict: RegistrationVerdict;
  readonly reason: string;
  readonly used: RegistrationSteps | "none";
  /** In the working frame: millimetres along the fixed image's axes from the first voxel of `frame`. Empty when none is used. */
  readonly transform: Transform;
  readonly frame: Grid;
  readonly map: PointMap;
  readonly trials: readonly RegistrationTrial[];
  readonly similarity: { readonly before: number; readonly after: number };
  /** Displacement seen in the images before and after, inside the liver and 10 mm around it. */
  readonly shift: { readonly before: LocalShift; readonly after: LocalShift };
  /** Between the outlines, where the moving one is known. */
  readonly surface: { readonly before: SurfaceDistance | null; readonly after: SurfaceDistance | null } | null;
  readonly issues: readonly Issue[];
}
