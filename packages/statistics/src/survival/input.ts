import {
  compareStrings,
  errorIssue,
  type Issue,
  type IssueDraft,
  ok,
  type Refused,
  type Result,
  refuseWith,
  warningIssue,
} from "@livermark/core";

/** A grouping column: one label per row; null, undefined, NaN and "" mean missing. */
export type LabelColumn = ArrayLike<number | string | null | undefined>;

/** Follow-up as columns of equal length. NaN means missing; such rows are left out and counted. */
export interface SurvivalColumns {
  /** Time from the origin to the event or to the end of follow-up, in any one unit. */
  readonly time: ArrayLike<number>;
  /** 1 = event, 0 = censored. */
  readonly event: ArrayLike<number>;
  /** Time at which the row comes under observation (delayed entry); before it the row is not at risk. */
  readonly entry?: ArrayLike<number> | undefined;
  /** Case weights, above 0. */
  readonly weights?: ArrayLike<number> | undefined;
}

/** Checked rows without missing values; arrays are copies in the order of the input. */
export interface SurvivalRows {
  readonly n: number;
  readonly missing: number;
  /** Kept rows as indexes into the input. */
  readonly rows: Uint32Array;
  readonly time: Float64Array;
  readonly event: Uint8Array;
  readonly entry: Float64Array | null;
  readonly weights: Float64Array | null;
  readonly issues: readonly Issue[];
}

/** Labels as codes 0 … levels − 1; −1 = missing. */
export interface Levels {
  readonly levels: readonly string[];
  readonly codes: Int32Array;
}

const isMissingLabel = (label: number | string | null | undefined): label is null | undefined | "" =>
  label === null || label === undefined || label === "" || (typeof label === "number" && Number.isNaN(label));

/** Whole-number labels below this are looked up in a table rather than in a map. */
const SMALL = 256;

/**
 * Codes a grouping column. Without `levels` the order is ascending, by number when all labels are numbers, else by
 * code unit. With `levels`, labels outside the list count as missing.
 */
export function encodeLevels(column: LabelColumn, levels?: readonly (number | string)[]): Levels {
  const codes = new Int32Array(column.length);
  const codeOf = new Map<number | string, number>();
  if (levels !== undefined) {
    levels.forEach((level, code) => {
      codeOf.set(String(level), code);
      const asNumber = Number(level);
      if (typeof level === "number" || String(asNumber) === level) codeOf.set(asNumber, code);
    });
    for (let i = 0; i < column.length; i++) {
      const label = column[i];
      codes[i] = isMissingLabel(label) ? -1 : (codeOf.get(label) ?? -1);
    }
    return { levels: levels.map(String), codes };
  }
  const shortcut = new Int32Array(SMALL).fill(-1);
  let previous: number | string | undefined;
  let previousCode = -1;
  for (let i = 0; i < column.length; i++) {
    const label = column[i];
    if (isMissingLabel(label)) {
      codes[i] = -1;
      continue;
    }
    if (label === previous) {
      codes[i] = previousCode;
      continue;
    }
    const small = typeof label === "number" && label >= 0 && label < SMALL && (label | 0) === label;
    let code = small && shortcut[label]! >= 0 ? shortcut[label] : codeOf.get(label);
    if (code === undefined) {
      code = codeOf.size;
      codeOf.set(label, code);
    }
    if (small) shortcut[label] = code;
    codes[i] = code;
    previous = label;
    previousCode = code;
  }
  const found = [...codeOf.keys()];
  const rank = found
    .map((_, i) => i)
    .sort((a, b) => {
      const x = found[a]!;
      const y = found[b]!;
      return typeof x === "number" && typeof y === "number" ? x - y : compareStrings(String(x), String(y));
    });
  const place = new Int32Array(found.length);
  rank.forEach((old, i) => {
    place[old] = i;
  });
  for (let i = 0; i < codes.length; i++) if (codes[i]! >= 0) codes[i] = place[codes[i]!]!;
  return { levels: rank.map((old) => String(found[old])), codes };
}

/** Leaves out levels that no kept row has, so that degrees of freedom count real groups. */
export function takeLevels(encoded: Levels, rows: Uint32Array): Levels {
  const seen = new Uint8Array(encoded.levels.length);
  for (let i = 0; i < rows.length; i++) seen[encoded.codes[rows[i]!]!] = 1;
  const place = new Int32Array(encoded.levels.length);
  const levels: string[] = [];
  encoded.levels.forEach((level, code) => {
    place[code] = levels.length;
    if (seen[code] === 1) levels.push(level);
  });
  const codes = new Int32Array(rows.length);
  for (let i = 0; i < rows.length; i++) codes[i] = place[encoded.codes[rows[i]!]!]!;
  return { levels, codes };
}

const wrongRow = (draft: IssueDraft, row: number): Refused =>
  refuseWith([errorIssue({ ...draft, where: { line: row + 2 } })]);

/**
 * Checks follow-up columns and leaves out rows with a missing value in them, in `numeric` or in `labels`.
 * Refuses columns of unequal length, events other than 0 and 1, negative or infinite times, entry not before time, and
 * weights that are not positive. Example: `readSurvival({ time: [1, 2], event: [1, 0] })` keeps both rows.
 */
export function readSurvival(
  columns: SurvivalColumns,
  numeric: readonly ArrayLike<number>[] = [],
  labels: readonly Levels[] = [],
): Result<SurvivalRows> {
  const { time, event, entry, weights } = columns;
  const total = time.length;
  const lengths = [event, entry, weights, ...numeric, ...labels.map((label) => label.codes)];
  for (const column of lengths) {
    if (column !== undefined && column.length !== total) {
      return refuseWith([
        errorIssue({
          code: "unequal-columns",
          message: "The columns do not have the same number of rows.",
          got: `${total} times and another column with ${column.length} rows`,
          wanted: "one value per row in every column",
        }),
      ]);
    }
  }
  const keep = new Uint8Array(total).fill(1);
  let kept = 0;
  for (let i = 0; i < total; i++) {
    const e = event[i]!;
    if (Number.isNaN(time[i]!) || Number.isNaN(e)) keep[i] = 0;
    else if (e !== 0 && e !== 1) {
      return wrongRow(
        {
          code: "bad-event",
          message: "An event indicator is neither 0 nor 1.",
          got: e,
          wanted: "1 = event, 0 = censored",
        },
        i,
      );
    }
  }
  for (const column of [entry, weights, ...numeric]) {
    if (column !== undefined) for (let i = 0; i < total; i++) if (Number.isNaN(column[i]!)) keep[i] = 0;
  }
  for (const { codes } of labels) for (let i = 0; i < total; i++) if (codes[i]! < 0) keep[i] = 0;
  for (let i = 0; i < total; i++) kept += keep[i]!;
  const rows = new Uint32Array(kept);
  const keptTime = new Float64Array(kept);
  const keptEvent = new Uint8Array(kept);
  const keptEntry = entry === undefined ? null : new Float64Array(kept);
  const keptWeights = weights === undefined ? null : new Float64Array(kept);
  let k = 0;
  for (let i = 0; i < total; i++) {
    if (keep[i] === 0) continue;
    const t = time[i]!;
    if (!(t >= 0 && t < Number.POSITIVE_INFINITY)) {
      return wrongRow(
        {
          code: "bad-time",
          message: "A follow-up time is negative or infinite.",
          got: t,
          wanted: "a number of at least 0",
          mend: "Correct the dates of this row.",
        },
        i,
      );
    }
    if (keptEntry !== null) {
      const from = entry![i]!;
      if (!(from < t)) {
        return wrongRow(
          {
            code: "entry-not-before-time",
            message: "A row enters observation at or after its own end.",
            got: `entry ${from}, time ${t}`,
            wanted: "entry before time",
          },
          i,
        );
      }
      keptEntry[k] = from;
    }
    if (keptWeights !== null) {
      const w = weights![i]!;
      if (!(w > 0 && w < Number.POSITIVE_INFINITY)) {
        return wrongRow(
          { code: "bad-weight", message: "A case weight is not above 0.", got: w, wanted: "a positive number" },
          i,
        );
      }
      keptWeights[k] = w;
    }
    rows[k] = i;
    keptTime[k] = t;
    keptEvent[k] = event[i]!;
    k++;
  }
  if (kept === 0) {
    return refuseWith([
      errorIssue({
        code: "no-rows",
        message: "No row has all values that are needed.",
        got: `${total} rows, all with a missing value`,
        wanted: "at least one complete row",
      }),
    ]);
  }
  const issues =
    kept === total
      ? []
      : [
          warningIssue({
            code: "rows-with-missing-values",
            message: `${total - kept} of ${total} rows have a missing value and were left out.`,
            got: total - kept,
          }),
        ];
  return ok(
    {
      n: kept,
      missing: total - kept,
      rows,
      time: keptTime,
      event: keptEvent,
      entry: keptEntry,
      weights: keptWeights,
      issues,
    },
    issues,
  );
}
