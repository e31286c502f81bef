import { contrastT1Ms, type SpoiledGradient, spoiledGradientSignal } from "./spoiled-gradient.js";
import { type PhantomPhase, type TissueName, tissueNames } from "./tissue.js";

/**
 * T₁ in ms at 1.5 T (de Bazelaire 2004 for liver 586, spleen 1057, muscle 1008, kidney 966 and 1412, pancreas 584, marrow
 * 549, fat 343), visible proton density of a fat-suppressed breath-hold sequence, and gadolinium in mM in the portal venous
 * and in the late arterial phase. The last three are settings that look right, not reference values.
 */
const MR = {
  air: [1000, 0, 0, 0],
  fat: [343, 0.12, 0.02, 0.01],
  muscle: [1008, 0.78, 0.12, 0.05],
  skin: [900, 0.3, 0.1, 0.05],
  cortical: [1000, 0.04, 0, 0],
  marrow: [549, 0.3, 0.15, 0.06],
  canal: [2200, 0.95, 0.02, 0.01],
  lung: [1200, 0.05, 0.3, 0.3],
  heart: [1200, 0.85, 1.1, 1.9],
  liver: [586, 0.85, 0.48, 0.1],
  "portal-branch": [1441, 0.85, 1.5, 0.9],
  "portal-vein": [1441, 0.85, 1.5, 0.9],
  "hepatic-vein": [1441, 0.85, 1.4, 0.08],
  "inferior-cava": [1441, 0.85, 1.3, 0.5],
  aorta: [1441, 0.85, 1.4, 2.6],
  spleen: [1057, 0.95, 0.95, 1.0],
  "kidney-cortex": [966, 0.9, 1.6, 1.9],
  "kidney-medulla": [1412, 0.95, 1.5, 0.4],
  pancreas: [584, 0.8, 0.4, 0.75],
  gallbladder: [2300, 1, 0.01, 0],
  stomach: [2500, 0.9, 0, 0],
  wall: [1000, 0.75, 0.5, 0.35],
  gas: [1000, 0, 0, 0],
  "lesion-viable": [900, 0.95, 0.6, 0.35],
  "lesion-core": [1300, 0.95, 0.03, 0.02],
  lipiodol: [400, 0.5, 0, 0],
  "lesion-iso": [780, 0.9, 0.48, 0.1],
  "lesion-hypo": [950, 0.93, 0.2, 0.04],
} as const satisfies Record<TissueName, readonly [number, number, number, number]>;

/** The sequence used where none is set, and the gain that puts its unenhanced liver near 500. */
export const standardSequence: SpoiledGradient = { repetitionMs: 4, flipDeg: 12 };
export const MR_GAIN = 12000;

/** T₁ of viable tumour before contrast, ms. */
export const tumourT1Ms: number = MR["lesion-viable"][0];

/** Relaxivity of a gadolinium chelate in blood at 1.5 T, 1/(mM·s) (Rohrer 2005: 4–5). */
export const relaxivityPerMmS = 4.5;

/** Column of the contrast concentration of each phase. */
const COLUMN: Readonly<Record<PhantomPhase, 2 | 3 | null>> = {
  unenhanced: null,
  "portal-venous": 2,
  "late-arterial": 3,
};

/**
 * Signal of each tissue code in a phase, in the scanner's arbitrary units (`gain` for full magnetisation at 90°); after
 * contrast `tumourMm` replaces the concentration in viable tumour, in mM.
 * Example: `mrSignals({ repetitionMs: 4, flipDeg: 12 }, 12000, "unenhanced")[tissue.liver]` is about 506.
 */
export function mrSignals(
  sequence: SpoiledGradient,
  gain: number,
  phase: PhantomPhase,
  tumourMm?: number,
): Float64Array {
  const column = COLUMN[phase];
  return Float64Array.from(tissueNames, (name) => {
    const [t1, density] = MR[name];
    const own = name === "lesion-viable" ? tumourMm : undefined;
    const concentration = column === null ? 0 : (own ?? MR[name][column]);
    return gain * density * spoiledGradientSignal(sequence, contrastT1Ms(t1, relaxivityPerMmS, concentration));
  });
}
