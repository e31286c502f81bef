import { type Issue, type IssueDraft, ok, type Result, refuse, warningIssue } from "@livermark/core";
import { connectedComponents } from "./components.js";
import { countAbove, type EnhancementThreshold } from "./enhancement.js";
import { touchesEdge } from "./mask.js";
import { eachRun } from "./mask-runs.js";
import { moments, quantile7, sortValues, valuesInMask } from "./moments.js";
import { middlePicture, pictureOf } from "./picture.js";
import { type Mask, type Volume, voxelVolumeMm3 } from "./volume.js";

/**
 * Refuses an arterial phase that looks like a second unenhanced one: the parenchyma gained less than 3 HU (5 % of its signal on
 * MR) and fewer than 1 in 1000 voxels of the liver lie more than 4 SD above it. Refuses two series that look swapped: the
 * parenchyma lost more than that, beyond twice the standard error of the reference regions' mean; contrast takes nothing away.
 */
export function hasContrast(
  differences: Float64Array,
  thresholds: readonly EnhancementThreshold[],
  pre: Volume,
  arterial: Volume,
  references: readonly Mask[],
  override: string | undefined,
): Result<null> {
  const mean = (values: readonly number[]): number => values.reduce((sum, x) => sum + x, 0) / values.length;
  const gain = mean(thresholds.map((t) => t.mean));
  const least =
    pre.unit === "HU" ? 3 : 0.05 * Math.abs(mean(references.map((r) => moments(valuesInMask(pre, r).values).mean)));
  const error =
    Math.sqrt(thresholds.reduce((sum, t) => sum + (t.sd * t.sd) / (t.effectiveVoxels ?? t.voxels), 0)) /
    thresholds.length;
  const swapped = gain < -(least + 2 * error);
  const bright = countAbove(differences, mean(thresholds.map((t) => t.mean + 4 * t.sd)));
  if (!swapped && (gain >= least || bright >= differences.length / 1000)) return ok(null);
  const draft = {
    code: swapped ? "phases-swapped" : "no-contrast",
    message: swapped
      ? "The liver is darker in the arterial series than before contrast; the two series may be swapped."
      : "Nothing enhances from the precontrast to the arterial series; the arterial series may have no contrast.",
    got: `parenchyma ${gain < 0 ? "−" : "+"}${Math.abs(gain).toFixed(1)} ${pre.unit}`,
    wanted: "an arterial phase",
    where: references[0] === undefined ? {} : pictureOf(arterial, references[0]),
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
      where: middlePicture(arterial),
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
export function liverWarnings(pre: Volume, liver: Mask, dense: DenseDeposits | null, withoutValue: number): Issue[] {
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
        where: pictureOf(pre, liver, (v) => pre.data[v]! > DENSE_HU),
      }),
    );
  return issues;
}

/** Refuses a liver mask that is cut by the volume's edge, unless a person gives a reason. */
export function notCut(liver: Mask, on: Volume, override: string | undefined): Result<null> {
  if (!touchesEdge(liver)) return ok(null);
  const [columns, rows, slices] = liver.grid.size;
  const onEdge = (v: number): boolean => {
    const [i, j, k] = [v % columns, Math.floor(v / columns) % rows, Math.floor(v / (columns * rows))];
    const outermost = (at: number, n: number): boolean => n > 1 && (at === 0 || at === n - 1);
    return outermost(i, columns) || outermost(j, rows) || outermost(k, slices);
  };
  return overruled(
    {
      code: "mask-touches-edge",
      message: `Liver mask ${liver.name} touches the edge of the volume, so part of the liver is missing.`,
      got: "voxels of the mask on the outermost slice, row or column",
      wanted: "the whole liver inside the volume",
      mend: "Use a series that covers the liver, or give a reason to go on with the part.",
      where: pictureOf(on, liver, onEdge),
    },
    override,
  );
}

/** Least share of a liver mask that its largest connected part may be. */
const ONE_ORGAN = 0.95;

/** Refuses a liver mask in several parts (by faces), of which the largest is less than 95 %, unless a person gives a reason. */
export function oneOrgan(liver: Mask, on: Volume, override: string | undefined): Result<null> {
  const parts = connectedComponents(liver, 6);
  const [largest = 0] = parts.voxels;
  const all = parts.voxels.reduce((sum, n) => sum + n, 0);
  if (largest >= ONE_ORGAN * all) return ok(null);
  return overruled(
    {
      code: "mask-not-one-organ",
      message: `Liver mask ${liver.name} is not one organ: it falls into ${parts.voxels.length} parts.`,
      got: `${((100 * largest) / all).toFixed(0)} % in the largest part`,
      wanted: `at least ${100 * ONE_ORGAN} %`,
      mend: "Remove what is not liver, or give a reason (a liver in parts after resection).",
      where: pictureOf(on, parts.mask(1)),
    },
    override,
  );
}

/** A voxel of this HU before contrast is fat, gas or lung, not liver or tumour, however fatty the liver. */
const NOT_LIVER_HU = -50;
/**
 * On MR: voxels below this share of the mask's median signal before contrast are air, lung, gas or suppressed fat, which keeps up to
 * a third of the liver's signal; blood, necrosis and tumour keep more. Fat that is not suppressed is brighter than liver, as
 * is much treated tumour: nothing is concluded from bright voxels.
 */
const NOT_LIVER_SHARE = 0.4;
/** Share of a mask that may look like that, by partial volume at its surface and fissures. */
const MOST_NOT_LIVER = 0.03;

/**
 * Refuses phases of which the mask fits only one: more than 3 % of the liver mask is fat, gas or lung on the precontrast phase,
 * because the body moved between the phases (or the mask is wrong). A person's reason overrules it.
 */
export function notMoved(pre: Volume, liver: Mask, override: string | undefined): Result<null> {
  const values = valuesInMask(pre, liver).values;
  const below = pre.unit === "HU" ? NOT_LIVER_HU : NOT_LIVER_SHARE * quantile7(sortValues(values.slice()), 0.5);
  let n = 0;
  for (let v = 0; v < values.length; v++) if (values[v]! < below) n++;
  const share = values.length === 0 ? 0 : n / values.length;
  if (share <= MOST_NOT_LIVER) return ok(null);
  return overruled(
    {
      code: "phases-moved",
      message: "The liver mask does not lie on the liver of the precontrast phase: the body moved between the phases.",
      got: `${(100 * share).toFixed(1)} % of the mask is fat, gas or lung before contrast`,
      wanted: `at most ${100 * MOST_NOT_LIVER} %`,
      mend: "Register the precontrast phase to the arterial phase first, or correct the mask.",
      where: pictureOf(pre, liver, (v) => pre.data[v]! < below),
    },
    override,
  );
}

/** The refusal, or where a person gave a reason, the same as a warning that prints it. */
export function overruled(draft: IssueDraft, override: string | undefined): Result<null> {
  if (override === undefined) return refuse(draft);
  return ok(null, [warningIssue({ ...draft, message: `${draft.message} Accepted by override: ${override}` })]);
}
