import { contrastT1Ms, type SpoiledGradient, spoiledGradientSignal } from "./spoiled-gradient.js";
import { type TissueName, tissueNames } from "./tissue.js";

/**
 * T₁ in ms at 1.5 T (de Bazelaire 2004 for liver 586, spleen 1057, muscle 1008, kidney 966 and 1412, pancreas 584, marrow
 * 549, fat 343), visible proton density of a fat-suppressed breath-hold sequence, and gadolinium in mM in the portal venous
 * phase. The last two are settings that look right, not reference values.
 */
const MR = {
  air: [1000, 0, 0],
  fat: [343, 0.12, 0.02],
  muscle: [1008, 0.78, 0.12],
  skin: [900, 0.3, 0.1],
  cortical: [1000, 0.04, 0],
  marrow: [549, 0.3, 0.15],
  canal: [2200, 0.95, 0.02],
  lung: [1200, 0.05, 0.3],
  heart: [1200, 0.85, 1.1],
  liver: [586, 0.85, 0.48],
  "portal-branch": [1441, 0.85, 1.5],
  "portal-vein": [1441, 0.85, 1.5],
  "hepatic-vein": [1441, 0.85, 1.4],
  "inferior-cava": [1441, 0.85, 1.3],
  aorta: [1441, 0.85, 1.4],
  spleen: [1057, 0.95, 0.95],
  "kidney-cortex": [966, 0.9, 1.6],
  "kidney-medulla": [1412, 0.95, 1.5],
  pancreas: [584, 0.8, 0.4],
  gallbladder: [2300, 1, 0.01],
  stomach: [2500, 0.9, 0],
  wall: [1000, 0.75, 0.5],
  gas: [1000, 0, 0],
  "lesion-viable": [900, 0.95, 0.6],
  "lesion-core": [1300, 0.95, 0.03],
  lipiodol: [400, 0.5, 0],
} as const satisfies Record<TissueName, readonly [number, number, number]>;

/** T₁ of viable tumour before contrast, ms. */
export const tumourT1Ms: number = MR["lesion-viable"][0];

/** Relaxivity of a gadolinium chelate in blood at 1.5 T, 1/(mM·s) (Rohrer 2005: 4–5). */
export const relaxivityPerMmS = 4.5;

/**
 * Signal of each tissue code, in the scanner's arbitrary units (`gain` for full magnetisation at 90°), without contrast
 * (`tumourMm` null) or in the portal venous phase with `tumourMm` mM in viable tumour.
 */
export function mrSignals(sequence: SpoiledGradient, gain: number, tumourMm: number | null): Float64Array {
  return Float64Array.from(tissueNames, (name) => {
    const [t1, density, portalMm] = MR[name];
    const concentration = tumourMm === null ? 0 : name === "lesion-viable" ? tumourMm : portalMm;
    return gain * density * spoiledGradientSignal(sequence, contrastT1Ms(t1, relaxivityPerMmS, concentration));
  });
}
