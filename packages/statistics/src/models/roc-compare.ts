import { type Issue, ok, type Result, warningIssue } from "@livermark/core";
import { normalQuantile, normalTwoSided, studentTwoSided } from "../basic/distributions.js";
import { checkFraction, missingWarning, type NumericColumn, outcomeRows } from "./columns.js";
import { type LimitsOrReason, limits, type NotEstimable, notEstimable } from "./estimability.js";
import {
  areaFromGroups,
  delongVariance,
  groupIndex,
  type MarkerDirection,
  type MarkerGroups,
} from "./marker-groups.js";
import { turnMarker } from "./roc.js";

/** Two markers of the same patients, compared by their areas. */
export interface PairedRocTest {
  readonly method: "DeLong, paired";
  readonly n: number;
  readonly cases: number;
  readonly controls: number;
  readonly missing: number;
  readonly areas: readonly [number, number];
  readonly directions: readonly [MarkerDirection, MarkerDirection];
  readonly variances: readonly [number | null, number | null];
  readonly covariance: number | null;
  readonly difference: number;
  readonly interval: LimitsOrReason;
  readonly test: { readonly estimable: true; readonly z: number; readonly p: number } | NotEstimable;
}

/** One marker in two groups of different patients. */
export interface UnpairedRocTest {
  readonly method: "DeLong, unpaired";
  readonly areas: readonly [number, number];
  readonly directions: readonly [MarkerDirection, MarkerDirection];
  readonly variances: readonly [number | null, number | null];
  readonly n: readonly [number, number];
  readonly difference: number;
  readonly test:
    | { readonly estimable: true; readonly d: number; readonly df: number; readonly p: number }
    | NotEstimable;
}

export interface RocTestOptions {
  readonly directions?: readonly [MarkerDirection | "auto", MarkerDirection | "auto"];
  readonly level?: number;
}

/** Placement of each group's cases among the controls (0 … 1), and of its controls among the cases. */
function placements(groups: MarkerGroups): { readonly ofCases: Float64Array; readonly ofControls: Float64Array } {
  const size = groups.values.length;
  const ofCases = new Float64Array(size);
  const ofControls = new Float64Array(size);
  let controlsBelow = 0;
  let casesBelow = 0;
  for (let g = 0; g < size; g++) {
    const c = groups.cases[g]!;
    const k = groups.controls[g]!;
    ofCases[g] = (controlsBelow + k / 2) / groups.nControls;
    ofControls[g] = (groups.nCases - casesBelow - c / 2) / groups.nCases;
    controlsBelow += k;
    casesBelow += c;
  }
  return { ofCases, ofControls };
}

const degenerate = (what: string): Issue =>
  warningIssue({
    code: "auc-comparison-not-estimable",
    message: `The two areas cannot be compared by DeLong's test: ${what}.`,
    got: what,
    wanted: "a positive variance of the difference",
    mend: "Report both areas with their counts, without a test.",
  });

/**
 * DeLong's test of two areas from the same patients; p from the normal distribution.
 * Refuses an outcome that is not 0/1 or has one class. Source: DeLong, DeLong and Clarke-Pearson 1988, equations 4–6;
 * placements by ranks as in Sun and Xu 2014, O(n log n).
 * Example: `rocTestPaired(response, ser, adc).value.test`.
 */
export function rocTestPaired(
  outcome: NumericColumn,
  first: NumericColumn,
  second: NumericColumn,
  options: RocTestOptions = {},
): Result<PairedRocTest> {
  const level = options.level ?? 0.95;
  const fraction = checkFraction(level, "level");
  if (!fraction.ok) return fraction;
  const complete = outcomeRows(outcome, [
    { name: "first marker", values: first },
    { name: "second marker", values: second },
  ]);
  if (!complete.ok) return complete;
  const { y, columns } = complete.value;
  const side = (column: Float64Array, wanted: MarkerDirection | "auto") => {
    const turned = turnMarker(y, column, wanted);
    const area = areaFromGroups(turned.groups);
    const sign = turned.direction === "higher-in-cases" ? 1 : -1;
    return {
      ...turned,
      area,
      variance: delongVariance(turned.groups, area),
      sign,
      column,
      ...placements(turned.groups),
    };
  };
  const a = side(columns[0]!, options.directions?.[0] ?? "auto");
  const b = side(columns[1]!, options.directions?.[1] ?? "auto");
  const { nCases, nControls } = a.groups;
  let overCases = 0;
  let overControls = 0;
  for (let i = 0; i < y.length; i++) {
    const ga = groupIndex(a.groups.values, a.sign * a.column[i]!);
    const gb = groupIndex(b.groups.values, b.sign * b.column[i]!);
    if (y[i] === 1) overCases += (a.ofCases[ga]! - a.area) * (b.ofCases[gb]! - b.area);
    else overControls += (a.ofControls[ga]! - a.area) * (b.ofControls[gb]! - b.area);
  }
  const covariance =
    a.variance === null ? null : overCases / ((nCases - 1) * nCases) + overControls / ((nControls - 1) * nControls);
  const difference = a.area - b.area;
  const variance =
    a.variance === null || b.variance === null || covariance === null ? null : a.variance + b.variance - 2 * covariance;
  const usable = variance !== null && variance > 1e-12 * (a.variance! + b.variance!);
  const why =
    variance === null ? "fewer than two cases or two controls" : "the difference of the areas has no variance";
  const issues = [...missingWarning(complete.value.missing, y.length), ...(usable ? [] : [degenerate(why)])];
  const se = usable ? Math.sqrt(variance) : 0;
  const half = normalQuantile(1 - (1 - level) / 2) * se;
  return ok(
    {
      method: "DeLong, paired",
      n: y.length,
      cases: nCases,
      controls: nControls,
      missing: complete.value.missing,
      areas: [a.area, b.area],
      directions: [a.direction, b.direction],
      variances: [a.variance, b.variance],
      covariance,
      difference,
      interval: usable ? limits("DeLong normal", level, difference - half, difference + half) : notEstimable(why),
      test: usable ? { estimable: true, z: difference / se, p: normalTwoSided(difference / se) } : notEstimable(why),
    },
    issues,
  );
}

/**
 * Compares the areas of two independent samples; the difference over its standard error is referred to Student's t with
 * Satterthwaite's degrees of freedom over the two sample sizes. Variances as in DeLong et al. 1988. Refuses an outcome that is
 * not 0/1 or has one class in either sample. R: `pROC::roc.test(roc1, roc2, paired = FALSE)`.
 * Example: `rocTestUnpaired({ outcome: a, marker: x }, { outcome: b, marker: z })`.
 */
export function rocTestUnpaired(
  first: { readonly outcome: NumericColumn; readonly marker: NumericColumn },
  second: { readonly outcome: NumericColumn; readonly marker: NumericColumn },
  options: RocTestOptions = {},
): Result<UnpairedRocTest> {
  const sides = [];
  const issues: Issue[] = [];
  for (const [k, sample] of [first, second].entries()) {
    const complete = outcomeRows(sample.outcome, [{ name: "marker", values: sample.marker }]);
    if (!complete.ok) return complete;
    const { y, columns } = complete.value;
    issues.push(...missingWarning(complete.value.missing, y.length));
    const turned = turnMarker(y, columns[0]!, options.directions?.[k] ?? "auto");
    const area = areaFromGroups(turned.groups);
    sides.push({ area, direction: turned.direction, variance: delongVariance(turned.groups, area), n: y.length });
  }
  const [a, b] = [sides[0]!, sides[1]!];
  const variance = a.variance === null || b.variance === null ? null : a.variance + b.variance;
  const usable = variance !== null && variance > 0;
  const why = variance === null ? "fewer than two cases or two controls in a group" : "both areas have no variance";
  if (!usable) issues.push(degenerate(why));
  const difference = a.area - b.area;
  let test: UnpairedRocTest["test"] = notEstimable(why);
  if (usable) {
    const df = variance ** 2 / (a.variance! ** 2 / (a.n - 1) + b.variance! ** 2 / (b.n - 1));
    const d = difference / Math.sqrt(variance);
    test = { estimable: true, d, df, p: studentTwoSided(d, df) };
  }
  return ok(
    {
      method: "DeLong, unpaired",
      areas: [a.area, b.area],
      directions: [a.direction, b.direction],
      variances: [a.variance, b.variance],
      n: [a.n, b.n],
      difference,
      test,
    },
    issues,
  );
}
