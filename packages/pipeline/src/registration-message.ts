import type { Issue } from "@livermark/core";
import type {
  Registration,
  RegistrationGate,
  RegistrationInputs,
  RegistrationParameters,
  Volume,
  VoxelArray,
} from "@livermark/imaging";

/** Which elastix finds the transform: the one that is built in, or the one installed on this machine. */
export type EngineName = "wasm" | "native";

/** What the registration thread is asked to do; all voxels lie in shared memory. */
export interface RegistrationJob {
  readonly inputs: RegistrationInputs;
  readonly parameters: Partial<RegistrationParameters>;
  readonly gate: RegistrationGate;
  readonly engine: EngineName;
  /** Leave the moving image where it is, on its own grid, when nothing is to be gained. */
  readonly guardMm: number;
}

/** How the moving image was brought onto the fixed grid. */
export interface Resampling {
  readonly interpolation: "none" | "liver-guided cubic";
  readonly guardMm: number;
  readonly outsideVoxels: number;
  readonly liverVoxels: { readonly cubic: number; readonly linear: number; readonly widened: number };
}

/** A registration as it crosses between threads: functions stay behind. */
export type RegistrationFacts = Omit<Registration, "map">;

/** What the registration thread says. */
export type RegistrationMessage =
  | { readonly kind: "progress"; readonly done: number; readonly total: number; readonly what: string }
  /** A program was started that has to be ended when the registration is cancelled. */
  | { readonly kind: "started"; readonly pid: number }
  | { readonly kind: "refused"; readonly issues: readonly Issue[] }
  | {
      readonly kind: "done";
      readonly registration: RegistrationFacts;
      readonly resampling: Resampling;
      /** Voxels of the moving image on the fixed grid; null when it stays as it is. */
      readonly moved: { readonly data: VoxelArray; readonly source: Omit<Volume, "data" | "grid"> } | null;
    };
