import { type Issue, type Result, refuse, refuseWith, warningIssue } from "@livermark/core";
import { maskBox, maskInput, volumeInput } from "../mask.js";
import type { Measurement } from "../measurement.js";
import type { Mask, Volume } from "../volume.js";
import { errorOfMean, measured, type RegionSignal, regionSignal, satterthwaite, symmetricInterval } from "./shared.js";

/**
 * T2 signal-intensity ratio: mean of the tumour regions' means over the mean of the muscle regions' means, dimensionless.
 * Both come from one series, so that no intensity scale has to be proven. Paper 002: three tumour regions, one in the erector
 * spinae of the same slice; a muscle region on a slice without tumour gives a warning.
 * Refuses no region, fewer than 5 voxels, other grids or frames, and a muscle signal ≤ 0.
 * Example: `t2Sir({ volume, tumour: [roi1, roi2, roi3], muscle: [muscle] })`.
 */
export function t2Sir(inputs: {
  readonly volume: Volume;
  readonly tumour: readonly Mask[];
  readonly muscle: readonly Mask[];
}): Result<Measurement> {
  const { volume, tumour, muscle } = inputs;
  if (tumour.length === 0 || muscle.length === 0)
    return refuse({
      code: "no-region",
      message: "The T2 signal ratio needs a tumour region and a muscle region.",
      got: `${tumour.length} tumour, ${muscle.length} muscle`,
      wanted: "at least 1 of each",
    });
  const found = [...tumour, ...muscle].map((mask) => regionSignal(volume, mask));
  const issues: Issue[] = found.flatMap((r) => r.issues);
  const signals: RegionSignal[] = [];
  for (const r of found) if (r.ok) signals.push(r.value);
  if (signals.length < found.length) return refuseWith(issues);

  const tumourMean = meanOfMeans(signals.slice(0, tumour.length));
  const muscleMean = meanOfMeans(signals.slice(tumour.length));
  if (!(muscleMean.mean > 0))
    return refuse({
      code: "non-positive-baseline",
      message: "The muscle signal is not above zero, so a ratio to it has no meaning.",
      got: muscleMean.mean,
      wanted: "a signal above 0",
      mend: "Check the muscle region.",
      where: { series: volume.source.seriesUid },
    });
  if (!shareSlice(tumour, muscle))
    issues.push(
      warningIssue({
        code: "muscle-on-other-slice",
        message: "The muscle region lies on a slice without tumour region.",
        wanted: "muscle and tumour on the same slice",
        mend: "Draw the muscle region on the tumour's slice: coil sensitivity changes along the body.",
        where: { series: volume.source.seriesUid },
      }),
    );
  const value = tumourMean.mean / muscleMean.mean;
  const m2 = muscleMean.mean * muscleMean.mean;
  const terms = [
    ...tumourMean.terms.map((t) => ({ ...t, variance: t.variance / m2 })),
    ...muscleMean.terms.map((t) => ({ ...t, variance: (t.variance * value * value) / m2 })),
  ];
  const variance = terms.reduce((sum, t) => sum + t.variance, 0);
  return measured({
    recipe: "t2-sir",
    version: "1",
    value,
    unit: "1",
    parts: {
      siTumour: tumourMean.mean,
      siMuscle: muscleMean.mean,
      tumour: describe(signals.slice(0, tumour.length)),
      muscle: describe(signals.slice(tumour.length)),
    },
    interval: symmetricInterval(value, variance, satterthwaite(terms), ["roi-sampling", "noise"]),
    inputs: [volumeInput(volume), ...tumour.map(maskInput), ...muscle.map(maskInput)],
    parameters: { formula: "mean of tumour ROI means / mean of muscle ROI means" },
    issues,
  });
}

function meanOfMeans(signals: readonly RegionSignal[]) {
  const n = signals.length;
  return {
    mean: signals.reduce((sum, s) => sum + s.moments.mean, 0) / n,
    terms: signals.map((s) => {
      const { variance, df } = errorOfMean(s.moments, s.effective);
      return { variance: variance / (n * n), df };
    }),
  };
}

const describe = (signals: readonly RegionSignal[]) =>
  signals.map(({ name, moments: m }) => ({ name, voxels: m.n, mean: m.mean, sd: m.sd, min: m.min, max: m.max }));

/** Whether every muscle region reaches into the slices of the tumour regions. */
function shareSlice(tumour: readonly Mask[], muscle: readonly Mask[]): boolean {
  const spans = tumour.flatMap((mask) => maskBox(mask) ?? []);
  return muscle.every((mask) => {
    const box = maskBox(mask);
    return box !== null && spans.some((span) => span.low[2] <= box.high[2] && box.low[2] <= span.high[2]);
  });
}
