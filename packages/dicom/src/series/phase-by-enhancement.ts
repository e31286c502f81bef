import type { PhaseGuess } from "./phase.js";

/** Mean CT values of three places in one series, HU. */
export interface VesselEnhancement {
  readonly aortaHu: number;
  readonly portalVeinHu: number;
  readonly liverHu: number;
}

/**
 * Contrast phase of a CT series from the enhancement of aorta, portal vein and liver: unenhanced below 80 HU in both
 * vessels; early arterial where the aorta stands far above an unenhanced portal vein; late arterial where the portal
 * vein fills but stays well below the aorta; portal venous where both are alike and high; delayed where both have
 * fallen together. The limits are those of clinical protocols and overlap: the confidence says by how much.
 */
export function phaseByEnhancement(places: VesselEnhancement): PhaseGuess {
  const { aortaHu, portalVeinHu, liverHu } = places;
  const said = `aorta ${Math.round(aortaHu)}, portal vein ${Math.round(portalVeinHu)}, liver ${Math.round(liverHu)} HU`;
  const guess = (value: PhaseGuess["value"], confidence: number): PhaseGuess => ({ value, confidence, reason: said });
  if (![aortaHu, portalVeinHu, liverHu].every(Number.isFinite))
    return { value: "unknown", confidence: 0, reason: "not measured" };
  if (aortaHu < 80 && portalVeinHu < 80) return guess("unenhanced", aortaHu < 60 ? 0.95 : 0.7);
  const ratio = portalVeinHu / aortaHu;
  if (aortaHu >= 180 && ratio < 0.4) return guess("early-arterial", ratio < 0.3 ? 0.9 : 0.7);
  if (aortaHu >= 180 && ratio < 0.8) return guess("late-arterial", ratio > 0.7 ? 0.6 : 0.9);
  if (portalVeinHu >= 120) return guess("portal-venous", ratio > 0.9 ? 0.9 : 0.7);
  return guess("delayed", portalVeinHu < 110 ? 0.8 : 0.6);
}
