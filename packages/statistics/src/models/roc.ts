import { type Issue, ok, type Result, refuse, warningIssue } from "@livermark/core";
import { betaQuantile, normalQuantile, normalTwoSided } from "../basic/distributions.js";
import { checkFraction, countEvents, missingWarning, type NumericColumn, outcomeRows } from "./columns.js";
import { type Limits, type LimitsOrReason, limits, type NotEstimable, notEstimable } from "./estimability.js";
import {
  areaFromGroups,
  delongVariance,
  type MarkerDirection,
  type MarkerGroups,
  markerGroups,
  splitByOutcome,
} from "./marker-groups.js";
import {
  closestTopLeftPoints,
  type PartialArea,
  partialArea,
  type RocCurve,
  type RocPoint,
  rocCurve,
  youdenPoints,
} from "./roc-curve.js";

export interface RocOptions {
  /** `auto` looks at the medians: "higher-in-cases" when the controls' median is not above the cases'. */
  readonly direction?: MarkerDirection | "auto";
  readonly level?: number;
}

/** A marker judged against a 0/1 outcome. */
export interface RocAnalysis {
  readonly method: "roc";
  readonly cases: number;
  readonly controls: number;
  readonly missing: number;
  readonly direction: MarkerDirection;
  readonly directionRule: "given" | "medians";
  readonly area: number;
  /** DeLong's variance; null with fewer than two cases or two controls. */
  readonly delongVariance: number | null;
  readonly standardErrors: {
    readonly delong: number | null;
    /** Hanley and McNeil 1982 with the negative-exponential form of Q1 and Q2. */
    readonly hanleyMcNeil: number;
    /** Hanley and McNeil 1982 with Q1 and Q2 counted from the data. */
    readonly hanleyMcNeilNonparametric: number;
    /** Under area 1/2. */
    readonly underChance: number;
  };
  readonly intervals: {
    /** Normal on DeLong's standard error, cut at 0 and 1. */
    readonly delong: LimitsOrReason;
    readonly delongUnclipped: LimitsOrReason;
    readonly logit: LimitsOrReason;
    /** Clopper–Pearson on area × n, a rough bound that stays meaningful at area 1. */
    readonly exactBinomial: Limits;
  };
  /** Two-sided p against area 1/2, by DeLong's standard error. */
  readonly pAgainstChance: { readonly estimable: true; readonly p: number; readonly z: number } | NotEstimable;
  readonly youden: readonly RocPoint[];
  readonly closestTopLeft: readonly RocPoint[];
  readonly partialAreaSpecificity90: PartialArea;
  readonly curve: RocCurve;
}

const medianOfSorted = (x: Float64Array): number =>
  x.length % 2 === 1 ? x[(x.length - 1) / 2]! : (x[x.length / 2 - 1]! + x[x.length / 2]!) / 2;

/** Groups turned so that higher speaks for the event. */
export interface TurnedMarker {
  readonly groups: MarkerGroups;
  readonly direction: MarkerDirection;
  readonly rule: "given" | "medians";
}

/** Sorts once, chooses the direction, and turns the marker by it. */
export function turnMarker(
  outcome: Float64Array,
  marker: Float64Array,
  wanted: MarkerDirection | "auto",
): TurnedMarker {
  const given = wanted !== "auto";
  const { cases, controls } = splitByOutcome(outcome, marker, wanted === "lower-in-cases" ? -1 : 1);
  let groups = markerGroups(cases, controls);
  if (given) return { groups, direction: wanted, rule: "given" };
  if (medianOfSorted(controls) <= medianOfSorted(cases))
    return { groups, direction: "higher-in-cases", rule: "medians" };
  const last = groups.values.length - 1;
  groups = {
    ...groups,
    values: groups.values.map((_, i) => -groups.values[last - i]!),
    cases: groups.cases.map((_, i) => groups.cases[last - i]!),
    controls: groups.controls.map((_, i) => groups.controls[last - i]!),
  };
  return { groups, direction: "lower-in-cases", rule: "medians" };
}

/** Q1 and Q2 of Hanley and McNeil 1982, counted over the groups with ties shared out evenly. */
function countedQ(groups: MarkerGroups): { readonly q1: number; readonly q2: number } {
  const { nCases, nControls } = groups;
  let casesAbove = nCases;
  let controlsBelow = 0;
  let q1 = 0;
  let q2 = 0;
  for (let g = 0; g < groups.values.length; g++) {
    const c = groups.cases[g]!;
    const k = groups.controls[g]!;
    casesAbove -= c;
    q1 += k * (casesAbove * casesAbove + casesAbove * c + (c * c) / 3);
    q2 += c * (controlsBelow * controlsBelow + controlsBelow * k + (k * k) / 3);
    controlsBelow += k;
  }
  return { q1: q1 / (nControls * nCases * nCases), q2: q2 / (nCases * nControls * nControls) };
}

function hanleyMcNeil(area: number, q1: number, q2: number, nCases: number, nControls: number): number {
  const variance =
    (area * (1 - area) + (nCases - 1) * (q1 - area * area) + (nControls - 1) * (q2 - area * area)) /
    (nCases * nControls);
  return Math.sqrt(Math.max(0, variance));
}

/** Clopper–Pearson limits for `x` of `n`, x not necessarily whole (Clopper and Pearson 1934). */
function clopperPearson(x: number, n: number, level: number): Limits {
  const alpha = (1 - level) / 2;
  const low = x <= 0 ? 0 : betaQuantile(alpha, x, n - x + 1);
  const high = x >= n ? 1 : betaQuantile(1 - alpha, x + 1, n - x);
  return limits("Clopper-Pearson on area × n", level, low, high);
}

const logit = (p: number): number => Math.log(p / (1 - p));
const expit = (x: number): number => 1 / (1 + Math.exp(-x));

/**
 * Receiver operating characteristic of a marker for a 0/1 outcome: every threshold, area with DeLong, logit and
 * Hanley–McNeil uncertainty, Youden and closest-to-corner thresholds with all ties, and the area at specificity ≥ 0.9.
 * Refuses an outcome that is not 0/1 or has one class, and infinite markers. An area of 1, or one case, gives
 * "not estimable" with the exact binomial bound instead of an interval of no width.
 * Sources: DeLong et al. 1988; Sun and Xu 2014; Hanley and McNeil 1982; McClish 1989; Youden 1950.
 * Example: outcomes `[0, 0, 1]` with markers `[1, 2, 3]` have area 1 and threshold 2.5.
 */
export function rocAnalysis(
  outcome: NumericColumn,
  marker: NumericColumn,
  options: RocOptions = {},
): Result<RocAnalysis> {
  const level = options.level ?? 0.95;
  const fraction = checkFraction(level, "level");
  if (!fraction.ok) return fraction;
  const complete = outcomeRows(outcome, [{ name: "marker", values: marker }]);
  if (!complete.ok) return complete;
  const { y, columns } = complete.value;
  const x = columns[0]!;
  const { groups, direction, rule } = turnMarker(y, x, options.direction ?? "auto");
  const { nCases, nControls } = groups;
  const area = areaFromGroups(groups);
  const variance = delongVariance(groups, area);
  const se = variance === null ? null : Math.sqrt(variance);
  const z = normalQuantile(1 - (1 - level) / 2);
  const curve = rocCurve(groups, direction);
  const q = countedQ(groups);
  const why =
    se === null
      ? "fewer than two cases or two controls"
      : area === 1 || area === 0
        ? `area ${area}: the sample separates completely, so DeLong's variance is 0`
        : se === 0
          ? "DeLong's variance is 0: the marker does not vary within the classes"
          : null;
  const interval = (make: (se: number) => LimitsOrReason): LimitsOrReason =>
    why === null && se !== null ? make(se) : notEstimable(why ?? "no standard error");
  const issues: Issue[] = [...missingWarning(complete.value.missing, y.length)];
  const exactBinomial = clopperPearson(area * y.length, y.length, level);
  if (why !== null) {
    issues.push(
      warningIssue({
        code: "auc-interval-not-estimable",
        message: `The area's interval is not estimable: ${why}.`,
        got: `area ${area} with ${nCases} cases and ${nControls} controls`,
        wanted: "classes that overlap, with at least two patients each",
        mend: "Report the exact binomial bound by name, and the two counts.",
      }),
    );
  }
  if (groups.values.length === 1) {
    issues.push(
      warningIssue({
        code: "constant-marker",
        message: "The marker has the same value in every patient.",
        got: groups.values[0],
        wanted: "at least two distinct values",
        mend: "Leave this marker out.",
      }),
    );
  }
  return ok(
    {
      method: "roc",
      cases: nCases,
      controls: nControls,
      missing: complete.value.missing,
      direction,
      directionRule: rule,
      area,
      delongVariance: variance,
      standardErrors: {
        delong: se,
        hanleyMcNeil: hanleyMcNeil(area, area / (2 - area), (2 * area * area) / (1 + area), nCases, nControls),
        hanleyMcNeilNonparametric: hanleyMcNeil(area, q.q1, q.q2, nCases, nControls),
        underChance: Math.sqrt((nCases + nControls + 1) / (12 * nCases * nControls)),
      },
      intervals: {
        delong: interval((s) =>
          limits("DeLong normal, cut at 0 and 1", level, Math.max(0, area - z * s), Math.min(1, area + z * s)),
        ),
        delongUnclipped: interval((s) => limits("DeLong normal", level, area - z * s, area + z * s)),
        logit: interval((s) => {
          const half = (z * s) / (area * (1 - area));
          return limits("DeLong on the logit", level, expit(logit(area) - half), expit(logit(area) + half));
        }),
        exactBinomial,
      },
      pAgainstChance:
        why === null && se !== null
          ? { estimable: true, p: normalTwoSided((area - 0.5) / se), z: (area - 0.5) / se }
          : notEstimable(why ?? "no standard error"),
      youden: youdenPoints(curve),
      closestTopLeft: closestTopLeftPoints(curve),
      partialAreaSpecificity90: partialArea(curve, 0.9, 1),
      curve,
    },
    issues,
  );
}

/**
 * The area and DeLong's standard error alone: one sort, no curve. For large n. The columns must be complete: refuses unequal
 * lengths, values that are not finite, and an outcome that is not 0/1 or has one class. Sun and Xu 2014.
 * Example: `aucDelong(Float64Array.of(0, 0, 1), Float64Array.of(1, 2, 3), "higher-in-cases")`.
 */
export function aucDelong(
  outcome: Float64Array,
  marker: Float64Array,
  direction: MarkerDirection,
): Result<{
  readonly area: number;
  readonly variance: number | null;
  readonly cases: number;
  readonly controls: number;
}> {
  if (outcome.length !== marker.length) {
    return refuse({
      code: "unequal-lengths",
      message: "Outcome and marker differ in length.",
      got: marker.length,
      wanted: `${outcome.length}`,
    });
  }
  for (let i = 0; i < marker.length; i++) {
    if (!Number.isFinite(marker[i])) {
      return refuse({
        code: "value-not-finite",
        message: `The marker of row ${i + 1} is not a finite number.`,
        got: marker[i],
        wanted: "complete finite columns",
        mend: "Leave incomplete rows out first.",
      });
    }
  }
  const counted = countEvents(outcome, "outcome");
  if (!counted.ok) return counted;
  const { groups } = turnMarker(outcome, marker, direction);
  const area = areaFromGroups(groups);
  return ok({ area, variance: delongVariance(groups, area), cases: groups.nCases, controls: groups.nControls });
}
