import { ok, type Result, refuse } from "@livermark/core";
import { median, quantiles, scanCutPoints } from "@livermark/statistics";

/** How the cut-offs of a group are found. Outcomes are names of columns of the frame. */
export type CutRule =
  | { readonly kind: "fixed"; readonly cuts: readonly number[] }
  | { readonly kind: "median" }
  | { readonly kind: "quartiles" }
  | {
      readonly kind: "youden";
      readonly outcome: string;
      readonly direction: "auto" | "higher-in-cases" | "lower-in-cases";
    }
  | {
      readonly kind: "maximally-selected";
      readonly time: string;
      readonly event: string;
      readonly smallestShare: number;
    };

/** Values of named columns at the rows that a rule looks at. */
export type ColumnValues = (name: string) => Float64Array | null;

const none = (rule: string, got: string, wanted: string): Result<never> =>
  refuse({
    code: "cut-not-derived",
    message: "The cut-off could not be taken from the data.",
    got: `rule ${rule}: ${got}`,
    wanted,
    mend: "Give fixed cuts in the protocol, or another rule in `plan.cut_offs`.",
  });

/** The Youden cut of a marker: midway between neighbouring values, the lowest of equally good ones. */
export function youdenCut(
  marker: Float64Array,
  outcome: Float64Array,
  direction: "auto" | "higher-in-cases" | "lower-in-cases",
): number | null {
  const rows: number[] = [];
  for (let i = 0; i < marker.length; i++)
    if (!Number.isNaN(marker[i]) && (outcome[i] === 0 || outcome[i] === 1)) rows.push(i);
  rows.sort((a, b) => (marker[a] ?? 0) - (marker[b] ?? 0));
  let cases = 0;
  for (const row of rows) cases += outcome[row] ?? 0;
  const controls = rows.length - cases;
  if (cases === 0 || controls === 0) return null;
  let sign = direction === "lower-in-cases" ? -1 : 1;
  if (direction === "auto") {
    const of = (kind: number): number[] => rows.filter((row) => outcome[row] === kind).map((row) => marker[row] ?? 0);
    sign = median(of(0)) <= median(of(1)) ? 1 : -1;
  }
  let below = 0;
  let controlsBelow = 0;
  let best = Number.NEGATIVE_INFINITY;
  let cut: number | null = null;
  for (let i = 0; i + 1 < rows.length; i++) {
    const here = rows[i] ?? 0;
    if (outcome[here] === 1) below++;
    else controlsBelow++;
    const value = marker[here] ?? 0;
    const next = marker[rows[i + 1] ?? 0] ?? 0;
    if (next === value) continue;
    const youden = sign * (controlsBelow / controls - below / cases);
    if (youden > best + 1e-12) {
      best = youden;
      cut = (value + next) / 2;
    }
  }
  return cut;
}

/** The cut of the largest standardised log-rank score, midway to the next value above. */
export function maximallySelectedCut(
  marker: Float64Array,
  time: Float64Array,
  event: Float64Array,
  smallestShare: number,
): number | null {
  const scan = scanCutPoints({ time, event, marker }, { smallestShare, largestShare: 1 - smallestShare });
  return scan.ok ? betweenValues(marker, scan.value.rank.cut) : null;
}

/** Midway between a value and the next larger one of the marker, so that neither side depends on who owns equality. */
export function betweenValues(marker: ArrayLike<number>, cut: number): number {
  let next = Number.POSITIVE_INFINITY;
  for (let i = 0; i < marker.length; i++) {
    const value = marker[i] ?? Number.NaN;
    if (value > cut && value < next) next = value;
  }
  return Number.isFinite(next) ? (cut + next) / 2 : cut;
}

/**
 * Cut-offs of a marker by a rule, in ascending order. Refuses a marker with fewer than two different values, equal cuts,
 * an outcome of one class and a follow-up without events. Youden 1950; Lausen and Schumacher 1992; quantiles of type 7.
 */
export function deriveCuts(rule: CutRule, marker: Float64Array, column: ColumnValues): Result<readonly number[]> {
  if (rule.kind === "fixed") return ok(rule.cuts);
  const known = marker.filter((value) => !Number.isNaN(value));
  if (new Set(known).size < 2) return none(rule.kind, `${known.length} values`, "at least two different values");
  if (rule.kind === "median") return ok([median([...known])]);
  if (rule.kind === "quartiles") {
    const cuts = quantiles([...known], [0.25, 0.5, 0.75], 7);
    return new Set(cuts).size < 3
      ? none(rule.kind, `equal cut-offs ${cuts.join(", ")}`, "three different quartiles")
      : ok(cuts);
  }
  if (rule.kind === "youden") {
    const outcome = column(rule.outcome);
    const cut = outcome === null ? null : youdenCut(marker, outcome, rule.direction);
    return cut === null ? none(rule.kind, "no rows of both classes", "an outcome with both classes") : ok([cut]);
  }
  const time = column(rule.time);
  const event = column(rule.event);
  const cut = time === null || event === null ? null : maximallySelectedCut(marker, time, event, rule.smallestShare);
  return cut === null
    ? none(rule.kind, "no admissible cut", `events, and groups of at least ${100 * rule.smallestShare} %`)
    : ok([cut]);
}

/** Index of the interval that a value falls into; a value equal to a cut goes where the rule says. */
export function intervalOf(value: number, cuts: readonly number[], equalGoes: "up" | "down"): number {
  return cuts.filter((cut) => (equalGoes === "up" ? value >= cut : value > cut)).length;
}
