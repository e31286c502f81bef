import type { ResponseRules } from "../protocol/schema.js";
import { type NewLesion, type NonTargetResponse, newLesions, nonTargetResponse } from "./other-lesions.js";
import { type OverallResponse, overallResponse } from "./overall.js";
import type { ResponseProfile } from "./profiles.js";
import { inLiver, sizeBasis, sumTargets, type TargetSum, TOO_SMALL_MM } from "./sum.js";
import { type TargetResponse, targetResponse } from "./target.js";
import type { LesionRow, Visit } from "./timeline.js";

/** The verdict on one follow-up visit. */
export interface VisitVerdict {
  readonly timePoint: string;
  readonly day: number | null;
  readonly sum: TargetSum;
  readonly baselineMm: number | null;
  readonly nadirMm: number | null;
  readonly target: TargetResponse | null;
  readonly nonTarget: NonTargetResponse | null;
  readonly newLesion: boolean;
  /** New lesions that count at this visit. */
  readonly newLesions: readonly string[];
  /** Sum of the longest diameters of the new lesions here, for iRECIST. */
  readonly newLesionSumMm: number;
  readonly overall: OverallResponse;
  readonly why: string;
  readonly lines: readonly number[];
}

/** The verdicts on one series of visits. */
export interface SeriesVerdict {
  readonly visits: readonly VisitVerdict[];
  /**
   * Index into `visits` of the visit to which progression is dated, or null: the first visit that is PD, or an
   * earlier one at which a new lesion, equivocal then, was first seen.
   */
  readonly progression: number | null;
  readonly measurable: boolean;
  readonly flags: readonly string[];
}

/**
 * Applies a diameter-based profile to a series: `visits[0]` is the baseline, whose rows of role `target` and
 * `non-target` are followed. Nadir is the smallest earlier complete sum, baseline included.
 */
export function evaluateSeries(
  profile: ResponseProfile,
  visits: readonly Visit<LesionRow>[],
  rules: Pick<ResponseRules, "after_pr">,
): SeriesVerdict {
  const baseline = visits[0]?.rows ?? [];
  const targets = baseline.filter((row) => row.role === "target");
  const nonTargets = baseline.filter((row) => row.role === "non-target");
  const baselineSum = sumTargets(profile, targets, baseline);
  const fresh = newLesions(visits, inLiver, profile.newLiverNodule);
  const verdicts: VisitVerdict[] = [];
  let nadir = baselineSum.sumMm;
  let completeBefore = false;
  let partialBefore = false;
  for (let index = 1; index < visits.length; index++) {
    const visit = visits[index]!;
    const sum = sumTargets(profile, targets, visit.rows);
    const target = judgeTargets(profile, targets, sum, baselineSum, nadir, completeBefore);
    const nonTarget = nonTargetResponse(nonTargets, visit.rows);
    const here = newHere(fresh, visit, index);
    const own = overallResponse(target?.response ?? null, nonTarget.response, here.length > 0);
    const overall: OverallResponse = rules.after_pr === "eortc" && own === "SD" && partialBefore ? "PR" : own;
    const newRows = visit.rows.filter((row) => row.role === "new");
    verdicts.push({
      timePoint: visit.timePoint,
      day: visit.day,
      sum,
      baselineMm: baselineSum.sumMm,
      nadirMm: nadir,
      target: target?.response ?? null,
      nonTarget: nonTarget.response,
      newLesion: here.length > 0,
      newLesions: here.map(({ lesion }) => lesion),
      newLesionSumMm: newRows.reduce((total, row) => total + (row.longest_mm ?? 0), 0),
      overall,
      why: [
        target?.why,
        tooSmall(sum),
        nonTarget.why,
        here.length > 0 ? `new lesion ${here.map(({ lesion }) => lesion).join(", ")}` : "",
        pending(fresh, visit, index, profile),
        overall === own ? "" : "SD after PR stays PR (EORTC)",
        `overall ${overall}`,
      ]
        .filter((part) => part !== undefined && part !== "")
        .join("; "),
      lines: visit.rows.map((row) => row.line),
    });
    if (sum.sumMm !== null && (nadir === null || sum.sumMm < nadir))
      nadir = baselineSum.sumMm === null ? null : sum.sumMm;
    completeBefore ||= target?.response === "CR";
    partialBefore ||= overall === "PR";
  }
  return {
    visits: verdicts,
    progression: progressionIndex(verdicts, fresh),
    measurable: targets.length > 0,
    flags: flagsOf(profile, targets, baselineSum),
  };
}

/** Targets that entered the sum with a set size, because they were too small to measure. */
const tooSmall = (sum: TargetSum): string => {
  const names = sum.parts.filter((part) => part.tooSmall).map((part) => part.lesion);
  return names.length === 0 ? "" : `${names.join(", ")} too small to measure: ${TOO_SMALL_MM} mm`;
};

function judgeTargets(
  profile: ResponseProfile,
  targets: readonly LesionRow[],
  sum: TargetSum,
  baseline: TargetSum,
  nadir: number | null,
  completeBefore: boolean,
): { readonly response: TargetResponse; readonly why: string } | null {
  if (targets.length === 0) return null;
  if (baseline.sumMm === null || nadir === null)
    return { response: "NE", why: `target ${baseline.notAssessed.join(", ")} has no size at baseline → NE` };
  return targetResponse(profile, sum, baseline.sumMm, nadir, completeBefore);
}

/** New lesions that count at a visit: seen here, and called new here or before. */
function newHere(fresh: readonly NewLesion[], visit: Visit<LesionRow>, index: number): readonly NewLesion[] {
  return fresh.filter(
    (lesion) =>
      lesion.confirmedAt !== null &&
      lesion.confirmedAt <= index &&
      visit.rows.some(
        (row) =>
          row.role === "new" &&
          row.lesion === lesion.lesion &&
          row.status !== "absent" &&
          row.status !== "not-assessed",
      ),
  );
}

/** New nodules that do not count yet, and why. */
function pending(
  fresh: readonly NewLesion[],
  visit: Visit<LesionRow>,
  index: number,
  { newLiverNodule: rule }: ResponseProfile,
): string {
  const waiting = fresh.filter(
    (lesion) =>
      (lesion.confirmedAt === null || lesion.confirmedAt > index) &&
      visit.rows.some((row) => row.role === "new" && row.lesion === lesion.lesion && row.status !== "absent"),
  );
  if (waiting.length === 0) return "";
  const names = waiting.map(({ lesion }) => lesion).join(", ");
  return rule === null
    ? `${names} equivocal: not counted as new`
    : `${names} not counted as new: equivocal, or below ${rule.leastMm} mm with enhancement and ${rule.growthMm} mm of growth`;
}

function progressionIndex(verdicts: readonly VisitVerdict[], fresh: readonly NewLesion[]): number | null {
  const first = verdicts.findIndex(({ overall }) => overall === "PD");
  const dated = fresh
    .filter((lesion) => lesion.confirmedAt !== null && lesion.confirmedAt > 0)
    .map((lesion) => Math.max(0, lesion.firstSeen - 1));
  const all = first < 0 ? dated : [...dated, first];
  return all.length === 0 ? null : Math.min(...all);
}

function flagsOf(profile: ResponseProfile, targets: readonly LesionRow[], baseline: TargetSum): readonly string[] {
  const flags: string[] = [];
  if (profile.sums === "viable-diameters") {
    const whole = targets.filter((row) => inLiver(row) && sizeBasis(profile, row) === "longest");
    if (whole.length > 0)
      flags.push(`${whole.map((row) => row.lesion).join(", ")} without arterial enhancement: whole diameter used`);
    if (baseline.mixed) flags.push("the sum mixes viable and whole diameters");
  }
  if (baseline.parts.some((part) => part.tooSmall)) flags.push("a target is too small to measure at baseline");
  return flags;
}
