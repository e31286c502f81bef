import {
  type Issue,
  type IssueWhere,
  type Json,
  locate,
  ok,
  type Result,
  refuse,
  refuseWith,
  warningIssue,
} from "@livermark/core";
import type { Measurement } from "../measurement.js";
import { letbChange } from "./letb-values.js";
import { withinIntervals } from "./measurement-change.js";

/** Two LETB measurements of one patient side by side. Changes are in percent of the baseline. */
export interface LetbComparison {
  readonly letbChangePercent: number;
  readonly enhancingVolumeChangePercent: number;
  readonly liverVolumeChangePercent: number;
  /** LETB and enhancing volume went in opposite directions, as happens when the liver shrinks or swells. */
  readonly oppositeSigns: boolean;
  /** The difference lies within the two intervals together; null where one of them has none. */
  readonly withinMeasurementError: boolean | null;
}

/** The picture that a LETB names for its liver. */
function pictureIn({ parts }: Measurement): IssueWhere {
  const { picture } = parts;
  if (typeof picture !== "object" || picture === null || Array.isArray(picture)) return {};
  const { series, file, slice } = picture as { readonly [name: string]: Json };
  return {
    ...(typeof series === "string" ? { series } : {}),
    ...(typeof file === "string" ? { file } : {}),
    ...(typeof slice === "number" ? { slice } : {}),
  };
}

/**
 * Change of LETB with the changes of both volumes that make it, since a shrinking liver hides response. Warns when LETB and the
 * enhancing volume went in opposite directions, and when the change lies within the measurement error,
 * |f − b| ≤ √(h_b² + h_f²) with h the half interval on the side of the other value.
 * Refuses measurements that are not LETB, and a baseline of 0.
 * Example: `compareLetb(baseline, followUp)` with 1035/2823 and 354/1607 ml gives −39.9, −65.8 and −43.1 %.
 */
export function compareLetb(baseline: Measurement, followUp: Measurement): Result<LetbComparison> {
  const volume = (m: Measurement, name: string): number => {
    const value = m.parts[name];
    return typeof value === "number" ? value : Number.NaN;
  };
  const [b, f] = [baseline, followUp].map((m) => ({
    enhancing: volume(m, "enhancingVolumeMl"),
    liver: volume(m, "liverVolumeMl"),
  }));
  const isLetb = [baseline, followUp].every((m) => m.recipe === "letb");
  if (!isLetb || b === undefined || f === undefined || ![b, f].every((v) => v.liver > 0 && v.enhancing >= 0))
    return refuse({
      code: "not-letb",
      message: "Only two LETB measurements with their volumes can be compared.",
      got: `${baseline.recipe}, ${followUp.recipe}`,
      wanted: "letb, letb",
    });
  const change = letbChange(baseline.value, followUp.value);
  if (!change.ok) return refuseWith(change.issues.map((issue) => locate(issue, pictureIn(baseline))));
  const enhancingVolumeChangePercent = (100 * (f.enhancing - b.enhancing)) / b.enhancing;
  const comparison: LetbComparison = {
    letbChangePercent: change.value,
    enhancingVolumeChangePercent,
    liverVolumeChangePercent: (100 * (f.liver - b.liver)) / b.liver,
    oppositeSigns: change.value * enhancingVolumeChangePercent < 0,
    withinMeasurementError: withinIntervals(baseline, followUp),
  };
  const issues: Issue[] = [];
  if (comparison.oppositeSigns)
    issues.push(
      warningIssue({
        code: "letb-against-volume",
        message: "LETB and the enhancing volume changed in opposite directions, because the liver's volume changed.",
        got: `LETB ${change.value.toFixed(1)} %, enhancing volume ${enhancingVolumeChangePercent.toFixed(1)} %, liver ${comparison.liverVolumeChangePercent.toFixed(1)} %`,
        mend: "Read the three changes together.",
      }),
    );
  if (comparison.withinMeasurementError === true)
    issues.push(
      warningIssue({
        code: "within-measurement-error",
        message: "The change of LETB lies within the measurement error.",
        got: `${baseline.value.toFixed(2)} % to ${followUp.value.toFixed(2)} %`,
      }),
    );
  return ok(comparison, issues);
}
