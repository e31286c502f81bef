import { unwrap } from "@livermark/core";
import { guidedResample, registerPair, registrationErrorMm } from "@livermark/imaging";
import { wasmElastix } from "../../imaging/src/registration/elastix.js";
import type { Register } from "./letb-grid-run.js";

/** The registration of `livermark register`, B-spline step included. */
export const registerPhases: Register = async (fixed, moving, liver, tumours) => {
  const found = unwrap(await registerPair({ fixed, moving, liver, tumours }, wasmElastix, { steps: "rigid+b-spline" }));
  const errorMm = registrationErrorMm(found) ?? 0;
  if (found.verdict !== "accepted") return { map: null, volume: moving, errorMm };
  const { map } = found;
  return { map, volume: guidedResample(moving, fixed.grid, map, { liver }).volume, errorMm };
};
