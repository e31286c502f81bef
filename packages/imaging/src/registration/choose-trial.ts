import type { RegistrationVerdict } from "./quality.js";
import type { RegistrationTrial } from "./registration.js";

/** A B-spline has to leave this much less displacement than the rigid step to be worth its freedom, mm. */
const LEAST_GAIN_MM = 0.2;

/** The accepted rigid step, or the B-spline where it leaves clearly less displacement and makes the images more alike. */
export function chosen(trials: readonly RegistrationTrial[]): RegistrationTrial | null {
  let best: RegistrationTrial | null = null;
  for (const trial of trials) {
    if (trial.quality.verdict !== "accepted") continue;
    const nearer = (best?.left.meanMm ?? Infinity) - (trial.left.meanMm ?? Infinity) > LEAST_GAIN_MM;
    if (best === null || (nearer && trial.quality.similarityAfter > best.quality.similarityAfter)) best = trial;
  }
  return best;
}

/** The verdict over all that was tried, with its reason. */
export function verdictOf(
  aligned: boolean,
  trials: readonly RegistrationTrial[],
  best: RegistrationTrial | null,
): readonly [RegistrationVerdict, string] {
  if (aligned) return ["already-aligned", "no displacement is seen in the images"];
  if (best !== null) return ["accepted", best.quality.reason];
  const still = trials.find(({ quality }) => quality.verdict === "already-aligned");
  if (still !== undefined) return ["already-aligned", still.quality.reason];
  return ["refused", trials.map(({ steps, quality }) => `${steps}: ${quality.reason}`).join("; ")];
}
