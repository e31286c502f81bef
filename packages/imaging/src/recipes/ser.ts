import { type Issue, ok, type Result, refuse, refuseWith } from "@livermark/core";
import { effectiveVoxels } from "../effective-voxels.js";
import { maskInput, volumeInput } from "../mask.js";
import type { Measurement, MeasurementInterval } from "../measurement.js";
import { type Moments, moments } from "../moments.js";
import type { Mask, Volume } from "../volume.js";
import {
  errorOfMean,
  measured,
  type RegionSignal,
  regionSignal,
  sameScale,
  sameUnit,
  satterthwaite,
  symmetricInterval,
} from "./shared.js";

/**
 * How several lesions become one SER. `mean-signal`: the signals are averaged over the lesions first (Zheng's way);
 * `mean-ser`: each lesion has its own SER and these are averaged. Both are kept in the parts.
 */
export type SerCombination = "mean-signal" | "mean-ser";

/** Mean signal of one lesion before contrast and in the portal-venous phase. */
export interface SerSignals {
  readonly siPre: number;
  readonly siPortal: number;
}

/** One lesion outlined on both phases (each on the grid of its own series). */
export interface SerLesion {
  readonly pre: Mask;
  readonly portal: Mask;
}

/**
 * (portal − pre) / pre of two signals, dimensionless.
 * Refuses signals that are not finite and pre ≤ 0. Source: Zheng 2022, "Image analysis".
 * Example: `signalEnhancementRatio(297, 709)` gives 1.3872.
 */
export function signalEnhancementRatio(siPre: number, siPortal: number): Result<number> {
  if (!Number.isFinite(siPre) || !Number.isFinite(siPortal))
    return refuse({
      code: "signal-not-finite",
      message: "A signal is not a number.",
      got: `pre ${siPre}, portal ${siPortal}`,
      wanted: "two finite signals",
    });
  if (!(siPre > 0))
    return refuse({
      code: "non-positive-baseline",
      message: "The unenhanced signal is not above zero, so a ratio to it has no meaning.",
      got: siPre,
      wanted: "a signal above 0",
      mend: "Check the region and the image's intensity scaling.",
    });
  return ok((siPortal - siPre) / siPre);
}

/**
 * Fall of the SER from baseline to follow-up: SER_b − SER_f, positive when enhancement fell. Computed from the numbers as
 * given; a paper that subtracts rounded ratios subtracts rounded ratios. Example: `deltaSer(1.39, 1.25)` is 0.14.
 */
export function deltaSer(baseline: number, followUp: number): Result<number> {
  if (Number.isFinite(baseline) && Number.isFinite(followUp)) return ok(baseline - followUp);
  return refuse({
    code: "ser-not-finite",
    message: "The change of SER needs both values.",
    got: `${baseline}, ${followUp}`,
    wanted: "two finite values",
  });
}

/**
 * SER from given signals, one entry per lesion; dimensionless, no interval (there are no voxels).
 * Refuses an empty list and what `signalEnhancementRatio` refuses.
 * Example: `serFromSignals([{ siPre: 297, siPortal: 709 }])` has value 1.3872.
 */
export function serFromSignals(
  signals: readonly SerSignals[],
  parameters: { readonly combine?: SerCombination } = {},
): Result<Measurement> {
  return finish(signals, parameters.combine ?? "mean-signal", { inputs: [], interval: null, issues: [], given: true });
}

/**
 * SER of one or several lesions from two volumes: mean signal of the region in each phase, (portal − pre) / pre.
 * The interval covers noise and the sampling of the region; where both masks hold the same voxels it takes their pairing
 * into account. Refuses regions of fewer than 5 voxels, other grids or frames, a baseline ≤ 0, different units, and scales
 * that are unproven or differ, unless `scaleOverride` gives a person's reason (kept as a warning).
 * Not a perfusion measure. Example: `ser({ pre, portal, lesions: [{ pre: roi, portal: roi }] })`.
 */
export function ser(
  inputs: { readonly pre: Volume; readonly portal: Volume; readonly lesions: readonly SerLesion[] },
  parameters: { readonly combine?: SerCombination; readonly scaleOverride?: string } = {},
): Result<Measurement> {
  const { pre, portal, lesions } = inputs;
  const combine = parameters.combine ?? "mean-signal";
  const checks = [
    sameUnit(pre, portal, ["unenhanced", "portal-venous"]),
    sameScale(pre, portal, parameters.scaleOverride),
  ];
  const before = lesions.map((lesion) => regionSignal(pre, lesion.pre));
  const after = lesions.map((lesion) => regionSignal(portal, lesion.portal));
  const everything = [...checks, ...before, ...after];
  const issues = everything.flatMap((r) => r.issues);
  if (everything.some((r) => !r.ok)) return refuseWith(issues);
  const pairs: SignalPair[] = [];
  for (const [n, a] of before.entries()) {
    const b = after[n];
    const lesion = lesions[n];
    if (a.ok && b?.ok && lesion)
      pairs.push({ pre: a.value, portal: b.value, residualWorth: residualWorth(lesion, pre, portal) });
  }
  const signals = pairs.map((p) => ({ siPre: p.pre.moments.mean, siPortal: p.portal.moments.mean }));
  return finish(signals, combine, {
    inputs: [volumeInput(pre), volumeInput(portal), ...lesions.flatMap((l) => [maskInput(l.pre), maskInput(l.portal)])],
    interval: serInterval(pairs, combine),
    issues,
    given: false,
    names: pairs.map((p) => p.pre.name),
    voxels: pairs.map((p) => [p.pre.moments.n, p.portal.moments.n] as const),
    ...(parameters.scaleOverride === undefined ? {} : { scaleOverride: parameters.scaleOverride }),
  });
}

interface SignalPair {
  readonly pre: RegionSignal;
  readonly portal: RegionSignal;
  /** Where voxel n of one list is voxel n of the other: what the residuals portal − ratio · pre are worth; else null. */
  readonly residualWorth: ((ratio: number, residuals: Moments) => number) | null;
}

const residualWorth = (lesion: SerLesion, pre: Volume, portal: Volume): SignalPair["residualWorth"] =>
  sameVoxels(lesion)
    ? (ratio, residuals) => effectiveVoxels(lesion.pre, (v) => portal.data[v]! - ratio * pre.data[v]!, residuals)
    : null;

const sameVoxels = ({ pre, portal }: SerLesion): boolean =>
  pre.data === portal.data ||
  (pre.data.length === portal.data.length && pre.data.every((inside, v) => inside === portal.data[v]));

/** First-order variance of the ratio of means; for paired voxels that of portal − ratio · pre (Cochran 1977, ch. 6). */
function ratioVariance(
  { pre, portal, residualWorth: worth }: SignalPair,
  ratio: number,
): readonly { readonly variance: number; readonly df: number }[] {
  if (worth !== null && pre.values.length === portal.values.length) {
    const residuals = moments(portal.values.map((x, v) => x - ratio * pre.values[v]!));
    return [errorOfMean(residuals, worth(ratio, residuals))];
  }
  const before = errorOfMean(pre.moments, pre.effective);
  return [errorOfMean(portal.moments, portal.effective), { variance: ratio * ratio * before.variance, df: before.df }];
}

function serInterval(pairs: readonly SignalPair[], combine: SerCombination): MeasurementInterval | null {
  const n = pairs.length;
  const mean = (f: (p: SignalPair) => number): number => pairs.reduce((sum, p) => sum + f(p), 0) / n;
  const pre = mean((p) => p.pre.moments.mean);
  const ratio = mean((p) => p.portal.moments.mean) / pre;
  const own = (p: SignalPair): number => p.portal.moments.mean / p.pre.moments.mean;
  if (n === 0 || !(pre > 0)) return null;
  const terms = pairs.flatMap((p) => {
    const base = combine === "mean-signal" ? pre : p.pre.moments.mean;
    return ratioVariance(p, combine === "mean-signal" ? ratio : own(p)).map(({ variance, df }) => ({
      variance: variance / (base * base * n * n),
      df,
    }));
  });
  const value = (combine === "mean-signal" ? ratio : mean(own)) - 1;
  const variance = terms.reduce((sum, t) => sum + t.variance, 0);
  return symmetricInterval(value, variance, satterthwaite(terms), ["roi-sampling", "noise"]);
}

function finish(
  signals: readonly SerSignals[],
  combine: SerCombination,
  facts: {
    readonly inputs: Parameters<typeof measured>[0]["inputs"];
    readonly interval: MeasurementInterval | null;
    readonly issues: readonly Issue[];
    readonly given: boolean;
    readonly names?: readonly string[];
    readonly voxels?: readonly (readonly [number, number])[];
    readonly scaleOverride?: string;
  },
): Result<Measurement> {
  if (signals.length === 0)
    return refuse({
      code: "no-region",
      message: "SER needs at least one lesion.",
      got: "0 lesions",
      wanted: "at least 1",
    });
  const own: number[] = [];
  for (const { siPre, siPortal } of signals) {
    const one = signalEnhancementRatio(siPre, siPortal);
    if (!one.ok) return one;
    own.push(one.value);
  }
  const mean = (values: readonly number[]): number => values.reduce((sum, x) => sum + x, 0) / values.length;
  const siPre = mean(signals.map((s) => s.siPre));
  const siPortal = mean(signals.map((s) => s.siPortal));
  const ofMeanSignal = (siPortal - siPre) / siPre;
  const meanOfSers = mean(own);
  return measured({
    recipe: "ser",
    version: "1",
    value: combine === "mean-signal" ? ofMeanSignal : meanOfSers,
    unit: "1",
    parts: {
      siPre,
      siPortal,
      serOfMeanSignal: ofMeanSignal,
      meanOfSers,
      lesions: signals.map((s, n) => ({
        name: facts.names?.[n] ?? `lesion ${n + 1}`,
        siPre: s.siPre,
        siPortal: s.siPortal,
        ser: own[n]!,
        voxelsPre: facts.voxels?.[n]?.[0] ?? null,
        voxelsPortal: facts.voxels?.[n]?.[1] ?? null,
      })),
    },
    interval: facts.interval,
    inputs: facts.inputs,
    parameters: {
      formula: "(siPortal - siPre) / siPre",
      combine,
      ...(facts.given ? { signals: signals.map((s) => ({ siPre: s.siPre, siPortal: s.siPortal })) } : {}),
      ...(facts.scaleOverride === undefined ? {} : { scaleOverride: facts.scaleOverride }),
    },
    issues: facts.issues,
  });
}
