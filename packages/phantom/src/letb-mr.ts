import { mapResult, type Result } from "@livermark/core";
import type { LetbMrOptions } from "./letb-options.js";
import { between, drawPhases, type LetbVisit, letbScenes, visitOf } from "./letb-scene.js";
import { contrastsOf, subtractionSd, truthOf } from "./letb-truth.js";
import { type MrPhase, renderMr, scaleOf } from "./mr-render.js";
import { MR_GAIN, mrSignals, standardSequence } from "./mr-tissue.js";
import type { SpoiledGradient } from "./spoiled-gradient.js";
import { type PhantomPhase, tissue } from "./tissue.js";

/** A phantom patient on MR. */
export interface LetbMrPhantom {
  readonly patient: string;
  readonly sequence: SpoiledGradient;
  readonly visits: readonly LetbVisit<MrPhase>[];
}

/** Signals of the tissues of one phase under the options. */
function phaseSignals(phase: PhantomPhase, options: LetbMrOptions, lipiodol: boolean): Float64Array {
  const { sequence = standardSequence, tumourMm = 0.35 } = options;
  const of = (at: PhantomPhase): Float64Array =>
    mrSignals(sequence, MR_GAIN, at, at === "late-arterial" ? tumourMm : undefined);
  const signals = of(phase);
  const iso = tissue["lesion-iso"];
  if (phase === "late-arterial") {
    // As many whole units as the parenchyma gains, so that rounding does not make it enhance.
    const before = of("unenhanced");
    signals[iso] = Math.round(before[iso]!) + Math.round(signals[tissue.liver]!) - Math.round(before[tissue.liver]!);
  }
  if (lipiodol) signals[tissue["lesion-core"]] = signals[tissue.lipiodol]!;
  return signals;
}

/**
 * The patient of `letbCtPhantom` on MR: fat-suppressed T₁ spoiled gradient echo before contrast and late arterial, on request
 * portal venous, with Rician noise and coil shading. The truth counts voxels; what it expects the definition to read holds
 * without shading, which gives one tissue different enhancement at different places. Refuses negative noise, a shading outside
 * 0 ≤ s < 1, and what `letbCtPhantom` refuses.
 * Example: `letbMrPhantom({ seed: 1, patient: "P1", body: { kind: "abdomen", size: [96, 80, 36], spacingMm: [3.4, 3.4, 5] },
 * lesions: 6, timePoints: [{ name: "baseline", date: "2024-01-10", enhancingFraction: 0.3 }], noiseSd: 20 })`.
 */
export function letbMrPhantom(options: LetbMrOptions): Result<LetbMrPhantom> {
  const { patient, noiseSd, shading = 0, sequence = standardSequence, scaling = "common" } = options;
  for (const asked of [between("noise", noiseSd, Number.POSITIVE_INFINITY), between("shading", shading, 1)])
    if (!asked.ok) return asked;
  const contrasts = contrastsOf(
    phaseSignals("unenhanced", options, false),
    phaseSignals("late-arterial", options, false),
  );
  return mapResult(letbScenes(options), (scenes) => ({
    patient,
    sequence,
    visits: scenes.map((scene) => {
      const { grid, codes, lesions, label, point, stream } = scene;
      const volumes = drawPhases(scene, options).map(({ phase, drawing }): MrPhase => {
        const signals = phaseSignals(phase, options, point.lipiodol ?? false);
        const disturbance = { noiseSd, shading };
        const names = { label, series: phase };
        return {
          phase,
          ...renderMr(grid, drawing, signals, disturbance, scaleOf(scaling, phase), stream.fork(phase), names),
        };
      });
      const sd = subtractionSd(noiseSd);
      return visitOf(scene, volumes, truthOf(point, grid, codes, lesions, options, contrasts, sd));
    }),
  }));
}
