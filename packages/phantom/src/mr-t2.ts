import { type TissueName, tissueNames } from "./tissue.js";

/**
 * T₂ in ms at 1.5 T (de Bazelaire 2004 for liver 46, spleen 79, muscle 35, kidney 87 and 85, pancreas 46, marrow 49, fat 58)
 * and visible proton density, that of fat for a sequence without fat suppression.
 */
const T2 = {
  air: [50, 0],
  fat: [58, 0.95],
  muscle: [35, 0.78],
  skin: [40, 0.4],
  cortical: [20, 0.05],
  marrow: [49, 0.6],
  canal: [900, 1],
  lung: [40, 0.06],
  heart: [60, 0.5],
  liver: [46, 0.85],
  "portal-branch": [200, 0.15],
  "portal-vein": [200, 0.15],
  "hepatic-vein": [200, 0.15],
  "inferior-cava": [200, 0.12],
  aorta: [200, 0.08],
  spleen: [79, 0.95],
  "kidney-cortex": [87, 0.9],
  "kidney-medulla": [85, 0.95],
  pancreas: [46, 0.85],
  gallbladder: [500, 1],
  stomach: [600, 0.95],
  wall: [50, 0.7],
  gas: [50, 0],
  "lesion-viable": [75, 0.95],
  "lesion-core": [180, 0.98],
  lipiodol: [40, 0.3],
  "lesion-iso": [70, 0.93],
  "lesion-hypo": [85, 0.95],
} as const satisfies Record<TissueName, readonly [number, number]>;

/** Whether fat shines: `suppressed` leaves 8 % of it, marrow half. */
export type FatSignal = "shown" | "suppressed";

/** T₂-weighted signal gain·ρ·exp(−TE/T₂) of each tissue code; `tumourT2Ms` replaces that of viable tumour. */
export function t2Signals(gain: number, echoMs: number, fat: FatSignal, tumourT2Ms?: number): Float64Array {
  return Float64Array.from(tissueNames, (name) => {
    const [t2, density] = T2[name];
    const shown = fat === "shown" ? 1 : name === "fat" ? 0.08 : name === "marrow" ? 0.5 : 1;
    const own = name === "lesion-viable" ? (tumourT2Ms ?? t2) : t2;
    return gain * density * shown * Math.exp(-echoMs / own);
  });
}

/** Proton density of viable tumour. */
export const tumourDensity: number = T2["lesion-viable"][1];
