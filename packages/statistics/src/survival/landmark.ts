import { type Issue, ok, type Result, refuse, warningIssue } from "@livermark/core";
import { readSurvival, type SurvivalColumns } from "./input.js";

/** Those still under observation at a landmark, with time counted from it. */
export interface Landmark {
  readonly at: number;
  readonly rule: "time >= landmark, time reset to zero there";
  /** Kept rows as indexes into the input: use them for covariates and groups. */
  readonly rows: readonly number[];
  readonly time: Float64Array;
  readonly event: Uint8Array;
  readonly n: number;
  readonly events: number;
  /** Rows that ended before the landmark. */
  readonly excluded: number;
  readonly missing: number;
  readonly issues: readonly Issue[];
}

/**
 * Prepares a landmark analysis: rows that ended before the landmark are left out, so that a group known only at the
 * landmark (a response at three months) cannot profit from the time that it took to become known (immortal time).
 * An event exactly at the landmark is kept, at time 0. Refuses a landmark that is not positive or leaves nobody, and what
 * `readSurvival` refuses. Not for covariates that change later: use counting-process rows.
 * Source: Anderson, Cain and Gelber 1983. Example: `landmark({ time: [2, 5], event: [1, 0] }, 3)` keeps row 1 with time 2.
 */
export function landmark(columns: SurvivalColumns, at: number): Result<Landmark> {
  if (!(at > 0 && Number.isFinite(at))) {
    return refuse({
      code: "bad-landmark",
      message: "A landmark must be a positive time.",
      got: at,
      wanted: "a number above 0",
    });
  }
  const read = readSurvival(columns);
  if (!read.ok) return read;
  const { n, time, event, rows, missing, issues } = read.value;
  const kept: number[] = [];
  for (let i = 0; i < n; i++) if (time[i]! >= at) kept.push(i);
  if (kept.length === 0) {
    return refuse({
      code: "nobody-at-landmark",
      message: `Nobody is under observation at the landmark ${at}.`,
      got: `${n} rows, all shorter`,
      wanted: "an earlier landmark",
    });
  }
  const keptEvent = Uint8Array.from(kept, (i) => event[i]!);
  const events = keptEvent.reduce((sum, e) => sum + e, 0);
  const all =
    events > 0
      ? issues
      : [
          ...issues,
          warningIssue({ code: "no-events", message: `No event follows the landmark ${at}.`, got: kept.length }),
        ];
  return ok(
    {
      at,
      rule: "time >= landmark, time reset to zero there",
      rows: kept.map((i) => rows[i]!),
      time: Float64Array.from(kept, (i) => time[i]! - at),
      event: keptEvent,
      n: kept.length,
      events,
      excluded: n - kept.length,
      missing,
      issues: all,
    },
    all,
  );
}
