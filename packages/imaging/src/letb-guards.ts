import { type Issue, ok, type Result, refuse, warningIssue } from "@livermark/core";
import { countAbove, type EnhancementThreshold } from "./enhancement.js";
import { touchesEdge } from "./mask.js";
import { eachRun } from "./mask-runs.js";
import { moments, valuesInMask } from "./moments.js";
import { type Mask, type Volume, voxelVolumeMm3 } from "./volume.js";

/**
 * Refuses an arterial phase that looks like a second unenhanced one: the parenchyma gained less than 3 HU (5 % of its signal on
 * MR) and fewer than 1 in 1000 voxels of the liver lie more than 4 SD above it.
 */
export function hasContrast(
  differences: Float64Array,
  thresholds: readonly EnhancementThreshold[],
  pre: Volume,
  references: readonly Mask[],
  override: string | undefined,
): Result<null> {
  const mean = (values: readonly number[]): number => values.reduce((sum, x) => sum + x, 0) / values.length;
  const gain = mean(thresholds.map((t) => t.mean));
  const least =
    pre.unit === "HU" ? 3 : 0.05 * Math.abs(mean(references.map((r) => moments(valuesInMask(pre, r).values).mean)));
  const bright = countAbove(differences, mean(thresholds.map((t) => t.mean + 4 * t.sd)));
  if (gain >= least || bright >= differences.length / 1000) return ok(null);
  const draft = {
    code: "no-contrast",
    message: "Nothing enhances from the precontrast to the arterial series; the arterial series may have no contrast.",
    got: `parenchyma +${gain.toFixed(1)} ${pre.unit}`,
    wanted: "an arterial phase",
  };
  if (override === undefined)
    return refuse({ ...draft, mend: "Check which series is which; where it is right, say so with a reason." });
  return ok(null, [warningIssue({ ...draft, message: `${draft.message} Accepted by override: ${override}` })]);
}

/**
 * Warns when two MR series went through different intensity filters (surface-coil correction and the like): their numbers may
 * then differ by place even where their scale is one.
 */
export function sameFilters(pre: Volume, arterial: Volume): Issue[] {
  const [before, after] = [pre.scale.filters.join(", "), arterial.scale.filters.join(", ")];
  if (before === after) return [];
  return [
    warningIssue({
      code: "filters-differ",
      message: "The two series went through different intensity filters, so their difference may depend on the place.",
      got: after || "none",
      wanted: before || "none",
      mend: "Use series that were reconstructed alike.",
      where: { series: arterial.source.seriesUid },
    }),
  ];
}

/** Unenhanced liver and tumour stay well below this; lipiodol and calcification do not. */
const DENSE_HU = 130;

/** What is dense before contrast (lipiodol, calcification), and LETB without it. */
export interface DenseDeposits {
  readonly ml: number;
  /** How much of it the thresholds count as enhancing, averaged over them. */
  readonly enhancingMl: number;
  /** LETB in percent when it is left out of both volumes; null when nothing else is left. */
  readonly letbWithout: number | null;
}

/** Deposits that are dense before contrast; null where there are none or the unit is not HU. */
export function denseDeposits(
  pre: Volume,
  arterial: Volume,
  liver: Mask,
  thresholds: readonly number[],
): DenseDeposits | null {
  if (pre.unit !== "HU") return null;
  let [dense, denseOver, voxels, over] = [0, 0, 0, 0];
  eachRun(liver, (from, to) => {
    for (let v = from; v < to; v++) {
      const d = arterial.data[v]! - pre.data[v]!;
      let counted = 0;
      for (let t = 0; t < thresholds.length; t++) if (d > thresholds[t]!) counted++;
      voxels++;
      over += counted;
      if (pre.data[v]! <= DENSE_HU) continue;
      dense++;
      denseOver += counted;
    }
  });
  if (dense === 0) return null;
  const ml = voxelVolumeMm3(liver.grid) / 1000;
  const rest = voxels - dense;
  return {
    ml: dense * ml,
    enhancingMl: (denseOver / thresholds.length) * ml,
    letbWithout: rest === 0 ? null : (100 * (over - denseOver)) / (thresholds.length * rest),
  };
}

/** Warnings about voxels without a value and about deposits that are dense before contrast. */
export function liverWarnings(pre: Volume, dense: DenseDeposits | null, withoutValue: number): Issue[] {
  const issues: Issue[] = [];
  if (withoutValue > 0)
    issues.push(
      warningIssue({
        code: "non-finite-voxels",
        message: `${withoutValue} voxels of the liver have no finite value and count as not enhancing.`,
        got: withoutValue,
        wanted: "0",
      }),
    );
  const denseMl = dense?.ml ?? 0;
  if (denseMl >= 0.5)
    issues.push(
      warningIssue({
        code: "dense-before-contrast",
        message: `${denseMl.toFixed(1)} ml of the liver are denser than ${DENSE_HU} HU before contrast (lipiodol, calcification); enhancement cannot be judged there.`,
        got: `${denseMl.toFixed(1)} ml; LETB without them ${dense?.letbWithout?.toFixed(1) ?? "undefined"} %`,
        mend: "Look at these places; LETB without them is given beside LETB (part `dense`).",
        where: { series: pre.source.seriesUid },
      }),
    );
  return issues;
}

/** Refuses a liver mask that is cut by the volume's edge, unless a person gives a reason. */
export function notCut(liver: Mask, override: string | undefined): Result<null> {
  if (!touchesEdge(liver)) return ok(null);
  const draft = {
    code: "mask-touches-edge",
    message: `Liver mask ${liver.name} touches the edge of the volume, so part of the liver is missing.`,
    wanted: "the whole liver inside the volume",
  };
  if (override === undefined)
    return refuse({ ...draft, mend: "Use a series that covers the liver, or give a reason to go on with the part." });
  return ok(null, [warningIssue({ ...draft, message: `${draft.message} Accepted by override: ${override}` })]);
}
