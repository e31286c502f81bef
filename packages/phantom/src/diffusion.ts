import { type TissueName, tissueNames } from "./tissue.js";

/** Bi-exponential diffusion: S(b)/S(0) = f·exp(−b·D*) + (1 − f)·exp(−b·D), D and D* in mm²/s (Le Bihan 1988). */
export interface Diffusion {
  readonly d: number;
  readonly f: number;
  readonly dStar: number;
}

/** Diffusion without perfusion. */
export const monoExponential = (d: number): Diffusion => ({ d, f: 0, dStar: 0.05 });

/** Means found in the literature for liver, muscle and kidney; the rest are round values of the usual size. */
const KNOWN: { readonly [name in TissueName]?: Diffusion } = {
  liver: { d: 1.09e-3, f: 0.23, dStar: 0.07 },
  muscle: { d: 1.47e-3, f: 0.1, dStar: 0.031 },
  "kidney-cortex": { d: 1.89e-3, f: 0.19, dStar: 0.041 },
  "kidney-medulla": { d: 1.75e-3, f: 0.15, dStar: 0.04 },
  spleen: { d: 0.8e-3, f: 0.1, dStar: 0.05 },
  pancreas: { d: 1.2e-3, f: 0.2, dStar: 0.03 },
  fat: monoExponential(0.1e-3),
  marrow: monoExponential(0.4e-3),
  canal: monoExponential(3e-3),
  gallbladder: monoExponential(2.9e-3),
  stomach: monoExponential(2.6e-3),
  "lesion-core": monoExponential(2.1e-3),
};

/** Share of the signal left at a b-value (s/mm²). Example: D 1e-3 without perfusion at b 1000 leaves 0.368. */
export const attenuationAt = ({ d, f, dStar }: Diffusion, b: number): number =>
  f * Math.exp(-b * dStar) + (1 - f) * Math.exp(-b * d);

/** Share left of each tissue code, with the tumour's own diffusion. Flowing blood is gone above b 20. */
export function diffusionShares(b: number, tumour: Diffusion): Float64Array {
  return Float64Array.from(tissueNames, (name) => {
    if (name === "lesion-viable") return attenuationAt(tumour, b);
    if (/vein|branch|cava|aorta|heart/.test(name)) return Math.exp(-b * 0.08);
    return attenuationAt(KNOWN[name] ?? monoExponential(1.3e-3), b);
  });
}

/**
 * What an unweighted straight line through ln S over b finds without noise: the ADC of a bi-exponential tissue depends on
 * the b-values, that of a mono-exponential one is D. Wants two different b-values.
 */
export function logLinearAdc(diffusion: Diffusion, bValues: readonly number[]): number {
  const mean = bValues.reduce((sum, b) => sum + b, 0) / bValues.length;
  let top = 0;
  let bottom = 0;
  for (const b of bValues) {
    top += (b - mean) * Math.log(attenuationAt(diffusion, b));
    bottom += (b - mean) ** 2;
  }
  return -top / bottom;
}
