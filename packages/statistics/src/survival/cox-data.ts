import { type Issue, ok, type Result, refuse } from "@livermark/core";
import type { CoxRows } from "./cox-risk-sets.js";
import { encodeLevels, type LabelColumn, readSurvival, type SurvivalColumns, takeLevels } from "./input.js";
import { fallingEntries, gather, partitionOrder, snapTimes, sortOrder } from "./order.js";

/** One column of the design. Columns of one factor share `term`. */
export interface CoxCovariate {
  readonly name: string;
  /** NaN = missing. */
  readonly values: ArrayLike<number>;
  /** Name of the variable that the column codes (the column's own name unless given). */
  readonly term?: string;
  /** For a dummy: the level it codes and the reference level. */
  readonly level?: string;
  readonly reference?: string;
}

export interface CoxColumns extends SurvivalColumns {
  readonly covariates: readonly CoxCovariate[];
  /** Separate baseline hazards. */
  readonly strata?: LabelColumn | undefined;
  /** Rows that belong together (a patient's treatments): robust variance is summed over them. */
  readonly cluster?: LabelColumn | undefined;
  /** Added to the linear predictor with coefficient 1. */
  readonly offset?: ArrayLike<number> | undefined;
}

/** Rows sorted once (by stratum, then time) with centred and scaled covariates, ready for any number of fits. */
export interface CoxData extends CoxRows {
  readonly missing: number;
  readonly events: number;
  readonly covariates: readonly Omit<CoxCovariate, "values">[];
  /** Each column of x is (value − centre) / scale. */
  readonly centre: Float64Array;
  readonly scale: Float64Array;
  /** Weighted column means, 0 for columns that hold only −1, 0 and 1: the reference of predictions, as in R. */
  readonly means: Float64Array;
  readonly constant: readonly boolean[];
  /** Labels of the strata; null when the model has none. */
  readonly strata: readonly string[] | null;
  readonly clusters: { readonly codes: Int32Array; readonly count: number } | null;
  /** Input row of each sorted position. */
  readonly rows: Uint32Array;
  readonly issues: readonly Issue[];
}

/**
 * Dummy columns of a factor: one for each level but the first, which is the reference.
 * Missing labels, and labels outside `levels`, give NaN. Example: `dummyCovariates("sex", ["f", "m"], ["f", "m"])`
 * is one column named "sexm" with values 0, 1.
 */
export function dummyCovariates(
  term: string,
  column: LabelColumn,
  levels?: readonly (number | string)[],
): CoxCovariate[] {
  const encoded = encodeLevels(column, levels);
  const reference = encoded.levels[0] ?? "";
  return encoded.levels.slice(1).map((level, i) => ({
    name: `${term}${level}`,
    term,
    level,
    reference,
    values: Float64Array.from(encoded.codes, (code) => (code < 0 ? Number.NaN : code === i + 1 ? 1 : 0)),
  }));
}

interface ColumnFacts {
  readonly centre: number;
  readonly scale: number;
  readonly mean: number;
  readonly constant: boolean;
}

/** Two-pass mean and spread, so that an offset of 1e9 costs no digits. */
function columnFacts(values: ArrayLike<number>, rows: Uint32Array, weights: Float64Array | null): ColumnFacts {
  let sum = 0;
  let total = 0;
  let indicator = true;
  for (let i = 0; i < rows.length; i++) {
    const w = weights === null ? 1 : weights[i]!;
    const v = values[rows[i]!]!;
    sum += w * v;
    total += w;
    if (indicator && v !== 0 && v !== 1 && v !== -1) indicator = false;
  }
  let centre = sum / total;
  let residual = 0;
  let squares = 0;
  let largest = 0;
  for (let i = 0; i < rows.length; i++) {
    const w = weights === null ? 1 : weights[i]!;
    const v = values[rows[i]!]! - centre;
    residual += w * v;
    squares += w * v * v;
    if (Math.abs(v) > largest) largest = Math.abs(v);
  }
  centre += residual / total;
  const spread = Math.sqrt(squares / total);
  const constant = !(largest > 1e-13 * Math.abs(centre)) || spread === 0;
  return { centre, scale: constant ? 1 : spread, mean: indicator ? 0 : centre, constant };
}

/**
 * Checks and sorts the columns of a Cox model. Rows with a missing value in any column are left out and counted.
 * Refuses what `readSurvival` refuses, infinite covariates, no covariate, and data without any event.
 * Example: `prepareCox({ time, event, covariates: [{ name: "age", values: age }] })`.
 */
export function prepareCox(columns: CoxColumns): Result<CoxData> {
  const { covariates } = columns;
  const allStrata = columns.strata === undefined ? null : encodeLevels(columns.strata);
  const allClusters = columns.cluster === undefined ? null : encodeLevels(columns.cluster);
  const numeric = covariates.map((covariate) => covariate.values);
  if (columns.offset !== undefined) numeric.push(columns.offset);
  const labels = [allStrata, allClusters].filter((column) => column !== null);
  const read = readSurvival(columns, numeric, labels);
  if (!read.ok) return read;
  const kept = read.value;
  const { n, rows } = kept;
  const p = covariates.length;
  let events = 0;
  for (let i = 0; i < n; i++) events += kept.event[i]!;
  if (events === 0) {
    return refuse({
      code: "no-events",
      message: "Nobody in the rows with complete covariates had the event: no hazard ratio can be estimated.",
      got: `${n} censored rows`,
      wanted: "at least one event",
    });
  }

  const facts = covariates.map((covariate) => columnFacts(covariate.values, rows, kept.weights));
  const infinite = facts.findIndex((fact) => !Number.isFinite(fact.centre) || !Number.isFinite(fact.scale));
  if (infinite >= 0) return refuseInfinite(covariates[infinite]!, rows);

  const strata = allStrata === null ? null : takeLevels(allStrata, rows);
  const clusters = allClusters === null ? null : takeLevels(allClusters, rows);
  const byTime = sortOrder(kept.time);
  const order = strata === null ? byTime : partitionOrder(byTime, strata.codes, strata.levels.length);
  const starts = [0];
  if (strata !== null) {
    for (let i = 1; i < n; i++) if (strata.codes[order[i]!] !== strata.codes[order[i - 1]!]) starts.push(i);
  }
  const strataStarts = Uint32Array.from([...starts, n]);
  const { time, entry } = sortedTimes(kept.time, kept.entry, byTime, order);

  const x = standardised(covariates, facts, rows, order);
  const event = new Uint8Array(n);
  for (let i = 0; i < n; i++) event[i] = kept.event[order[i]!]!;
  return ok(
    {
      n,
      p,
      missing: kept.missing,
      events,
      covariates: covariates.map(({ values: _, ...facts }) => facts),
      x,
      centre: Float64Array.from(facts, (fact) => fact.centre),
      scale: Float64Array.from(facts, (fact) => fact.scale),
      means: Float64Array.from(facts, (fact) => fact.mean),
      constant: facts.map((fact) => fact.constant),
      time,
      event,
      weights: kept.weights === null ? null : gather(kept.weights, order),
      counts: null,
      offset: columns.offset === undefined ? null : offsetOf(columns.offset, rows, order),
      entry,
      byEntry: entry === null ? null : fallingEntries(entry, strataStarts),
      strataStarts,
      strata: strata === null ? null : strata.levels,
      clusters:
        clusters === null
          ? null
          : { codes: Int32Array.from(order, (row) => clusters.codes[row]!), count: clusters.levels.length },
      rows: inputRows(rows, order),
      issues: kept.issues,
    },
    kept.issues,
  );
}

function inputRows(rows: Uint32Array, order: Uint32Array): Uint32Array {
  const sorted = new Uint32Array(order.length);
  for (let i = 0; i < sorted.length; i++) sorted[i] = rows[order[i]!]!;
  return sorted;
}

/** Rows that are read together while their places in the sorted matrix are in the cache. */
const CHUNK = 1024;

/**
 * The matrix in sorted order. Columns are read in the order of the input and each value is put where its row goes: rows
 * are narrow, so this touches memory far less often than fetching every value of a sorted row from its column.
 */
function standardised(
  covariates: readonly CoxCovariate[],
  facts: readonly ColumnFacts[],
  rows: Uint32Array,
  order: Uint32Array,
): Float64Array {
  const n = order.length;
  const p = covariates.length;
  const x = new Float64Array(n * p);
  const place = new Uint32Array(n);
  for (let i = 0; i < n; i++) place[order[i]!] = i * p;
  for (let from = 0; from < n; from += CHUNK) {
    const to = Math.min(n, from + CHUNK);
    for (let j = 0; j < p; j++) {
      const { centre, scale, constant } = facts[j]!;
      if (!constant) fill(x, covariates[j]!.values, rows, place, from, to, j, centre, 1 / scale);
    }
  }
  return x;
}

function fill(
  x: Float64Array,
  values: ArrayLike<number>,
  rows: Uint32Array,
  place: Uint32Array,
  from: number,
  to: number,
  column: number,
  centre: number,
  factor: number,
): void {
  for (let i = from; i < to; i++) x[place[i]! + column] = (values[rows[i]!]! - centre) * factor;
}

function refuseInfinite({ name, values }: CoxCovariate, rows: Uint32Array): Result<CoxData> {
  const row = rows.find((each) => !Number.isFinite(values[each]!)) ?? 0;
  return refuse({
    code: "infinite-covariate",
    message: `Covariate ${name} holds a value that is not finite, or values too large to be squared.`,
    got: values[row]!,
    wanted: "finite numbers, NaN for missing",
    where: { column: name, line: row + 2 },
  });
}

function offsetOf(offset: ArrayLike<number>, rows: Uint32Array, order: Uint32Array): Float64Array {
  const sorted = new Float64Array(order.length);
  for (let i = 0; i < sorted.length; i++) sorted[i] = offset[rows[order[i]!]!]!;
  return sorted;
}

/** Times and entries in the final order, after making times that differ by rounding one time across all strata. */
function sortedTimes(
  time: Float64Array,
  entry: Float64Array | null,
  byTime: Uint32Array,
  order: Uint32Array,
): { time: Float64Array; entry: Float64Array | null } {
  const ascending = gather(time, byTime);
  const byEntry = entry === null ? null : sortOrder(entry);
  const entries = entry === null || byEntry === null ? null : gather(entry, byEntry);
  snapTimes(ascending, entries);
  if (entry !== null && entries !== null && byEntry !== null) {
    for (let i = 0; i < entries.length; i++) entry[byEntry[i]!] = entries[i]!;
  }
  if (order === byTime) return { time: ascending, entry: entry === null ? null : gather(entry, order) };
  for (let i = 0; i < ascending.length; i++) time[byTime[i]!] = ascending[i]!;
  return { time: gather(time, order), entry: entry === null ? null : gather(entry, order) };
}
