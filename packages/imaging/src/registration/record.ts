import type { Json } from "@livermark/core";
import type { Registration } from "./registration.js";

/** A registration as plain JSON for a passport or a file: engine, parameters, limits, transform, and what it did. */
export function registrationRecord(registration: Registration): { readonly [name: string]: Json } {
  const { engine, parameters, gate, verdict, reason, used, transform, frame, similarity, shift, surface, trials } =
    registration;
  const json = (value: unknown): Json => JSON.parse(JSON.stringify(value)) as Json;
  return {
    engine,
    parameters: json(parameters),
    gate: json(gate),
    verdict,
    reason,
    used,
    similarity,
    shift: json(shift),
    surface: json(surface),
    trials: trials.map(
      ({
        steps,
        controlSpacingMm,
        left,
        quality: { verdict: own, reason: why, deformation, uncoveredShare, tumours, ...q },
      }) => ({
        steps,
        controlSpacingMm,
        verdict: own,
        reason: why,
        similarityAfter: q.similarityAfter,
        left: json(left),
        deformation: json(deformation),
        uncoveredShare,
        tumours: json(tumours),
      }),
    ),
    transform: transform.map((step) =>
      step.kind === "rigid" ? json(step) : json({ ...step, coefficients: Array.from(step.coefficients) }),
    ),
    frame: json(frame),
  };
}
