import { ok, type Result, refuse } from "@livermark/core";

/** Timing of a spoiled gradient echo sequence. */
export interface SpoiledGradient {
  readonly repetitionMs: number;
  readonly flipDeg: number;
}

/**
 * Steady-state signal of a spoiled gradient echo for full magnetisation 1:
 * sin α · (1 − E₁)/(1 − E₁ cos α), E₁ = exp(−TR/T₁) (Ernst and Anderson 1966; T₂* left to the proton density).
 * Example: TR 4 ms, 12°, T₁ 590 ms gives 0.0495.
 */
export function spoiledGradientSignal({ repetitionMs, flipDeg }: SpoiledGradient, t1Ms: number): number {
  const flip = (flipDeg * Math.PI) / 180;
  const e1 = Math.exp(-repetitionMs / t1Ms);
  return (Math.sin(flip) * (1 - e1)) / (1 - e1 * Math.cos(flip));
}

/** T₁ in the presence of contrast agent: 1/T₁ = 1/T₁₀ + r₁·C, with r₁ in 1/(mM·s) and C in mM. */
export const contrastT1Ms = (t1Ms: number, relaxivity: number, concentrationMm: number): number =>
  1000 / (1000 / t1Ms + relaxivity * concentrationMm);

/**
 * Contrast concentration (mM) that raises the signal by `ser`, (after − before)/before; the inverse of the two functions
 * above. Refuses an enhancement that the sequence cannot show: no concentration lifts the signal above sin α.
 */
export function concentrationForSer(
  sequence: SpoiledGradient,
  t1Ms: number,
  relaxivity: number,
  ser: number,
): Result<number> {
  const flip = (sequence.flipDeg * Math.PI) / 180;
  const share = (spoiledGradientSignal(sequence, t1Ms) * (1 + ser)) / Math.sin(flip);
  if (!(share > 0 && share < 1))
    return refuse({
      code: "phantom-ser",
      message: "This sequence cannot show such an enhancement.",
      got: ser,
      wanted: `more than -1 and less than ${(Math.sin(flip) / spoiledGradientSignal(sequence, t1Ms) - 1).toFixed(2)}`,
      mend: "Set a smaller signal enhancement ratio or a larger flip angle.",
    });
  const e1 = (1 - share) / (1 - share * Math.cos(flip));
  const t1After = -sequence.repetitionMs / Math.log(e1);
  return ok((1000 / t1After - 1000 / t1Ms) / relaxivity);
}
