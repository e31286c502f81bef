import { guidedResample, registerPair } from "@livermark/imaging";
import { wasmElastix } from "../../imaging/src/registration/elastix.js";
import type { Register } from "./letb-grid-run.js";

/** The registration of `livermark register`, B-spline step included. */
export const registerPhases: Register = async (fixed, moving, liver, tumours) => {
  const found = await registerPair({ fixed, moving, liver, tumours }, wasmElastix, { steps: "rigid+b-spline" });
  if (!found.ok || found.value.verdict !== "accepted") return null;
  const { map } = found.value;
  return { map, volume: guidedResample(moving, fixed.grid, map, { liver }).volume };
};
