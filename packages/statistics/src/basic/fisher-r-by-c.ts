import { ok, type Result, refuse } from "@livermark/core";
import { type CountTable, tableMargins } from "./contingency.js";
import { EQUAL_PROBABILITY } from "./discrete-distributions.js";
import { logFactorial } from "./gamma-function.js";

/** Fillings of some columns whose row totals are given, by Σ −ln cell!, ascending. */
interface Fillings {
  readonly terms: Float64Array;
  /** How many fillings share each term. */
  readonly ways: Float64Array;
  /** Largest term; weights are taken relative to it, since exp(term) itself may underflow. */
  readonly top: number;
  /** Total of ways × exp(term − top) of the entries before each, and of all at the end. */
  readonly weightBefore: Float64Array;
}

class WorkExceeded extends Error {}

/** Terms closer than this are one term; far below the 1e-7 within which probabilities count as equal. */
const SAME_TERM = 1e-9;

/** Calls `visit` with every vector 0 ≤ take ≤ limits of the given total; the vector is reused. */
function forEachSplit(limits: readonly number[], total: number, visit: (take: readonly number[]) => void): void {
  const take = new Array<number>(limits.length).fill(0);
  const room = limits.map((_, i) => limits.slice(i + 1).reduce((sum, limit) => sum + limit, 0));
  const fill = (i: number, left: number): void => {
    if (i === limits.length) {
      visit(take);
      return;
    }
    for (let t = Math.max(0, left - room[i]!); t <= Math.min(limits[i]!, left); t++) {
      take[i] = t;
      fill(i + 1, left - t);
    }
  };
  fill(0, total);
}

const ascending = (values: readonly number[]): number[] => [...values].sort((a, b) => a - b);

/** Joins equal terms of an ascending list and adds up their weights. */
function merge(terms: Float64Array, ways: Float64Array | null): Fillings {
  const kept = new Float64Array(terms.length);
  const counts = new Float64Array(terms.length);
  let size = 0;
  for (let i = 0; i < terms.length; i++) {
    const share = ways === null ? 1 : ways[i]!;
    if (size > 0 && terms[i]! - kept[size - 1]! < SAME_TERM) counts[size - 1]! += share;
    else {
      kept[size] = terms[i]!;
      counts[size++] = share;
    }
  }
  const weightBefore = new Float64Array(size + 1);
  const top = kept[size - 1]!;
  for (let i = 0; i < size; i++) weightBefore[i + 1] = weightBefore[i]! + counts[i]! * Math.exp(kept[i]! - top);
  return { terms: kept.slice(0, size), ways: counts.slice(0, size), top, weightBefore };
}

/** Remembers by sorted row totals, as one number where that fits, else as text. */
function remembered<T>(n: number, compute: (sorted: readonly number[]) => T): (rows: readonly number[]) => T {
  const known = new Map<number | string, T>();
  return (rows) => {
    const sorted = ascending(rows);
    const fits = (n + 1) ** sorted.length < Number.MAX_SAFE_INTEGER;
    const key = fits ? sorted.reduce((sum, total) => sum * (n + 1) + total, 0) : sorted.join(",");
    const found = known.get(key);
    if (found !== undefined) return found;
    const answer = compute(sorted);
    known.set(key, answer);
    return answer;
  };
}

/** Fillings of the columns for any row totals; `spend` counts the work. */
function fillingsOf(
  columns: readonly number[],
  n: number,
  logFactorials: Float64Array,
  spend: (work: number) => void,
): (rows: readonly number[]) => Fillings {
  const term = (counts: readonly number[]): number => {
    let sum = 0;
    for (const count of counts) sum -= logFactorials[count]!;
    return sum;
  };
  if (columns.length === 1) return remembered(n, (rows) => merge(Float64Array.of(term(rows)), null));
  if (columns.length === 2) {
    return remembered(n, (rows) => {
      const terms: number[] = [];
      forEachSplit(rows, columns[0]!, (take) => {
        let sum = 0;
        for (let i = 0; i < take.length; i++) sum -= logFactorials[take[i]!]! + logFactorials[rows[i]! - take[i]!]!;
        terms.push(sum);
      });
      spend(terms.length);
      return merge(Float64Array.from(terms).sort(), null);
    });
  }
  const rest = fillingsOf(columns.slice(1), n, logFactorials, spend);
  return remembered(n, (rows) => {
    const found: { term: number; ways: number }[] = [];
    forEachSplit(rows, columns[0]!, (take) => {
      const first = term(take);
      const later = rest(rows.map((total, i) => total - take[i]!));
      spend(later.terms.length);
      for (let i = 0; i < later.terms.length; i++) found.push({ term: first + later.terms[i]!, ways: later.ways[i]! });
    });
    found.sort((a, b) => a.term - b.term);
    return merge(
      Float64Array.from(found, (f) => f.term),
      Float64Array.from(found, (f) => f.ways),
    );
  });
}

/** Number of vectors 0 ≤ take ≤ limits with the given total. */
function countSplits(limits: readonly number[], total: number): number {
  let counts = new Float64Array(total + 1);
  counts[0] = 1;
  for (const limit of limits) {
    const next = new Float64Array(total + 1);
    for (let sum = 0; sum <= total; sum++) {
      for (let t = Math.max(0, sum - limit); t <= sum; t++) next[sum]! += counts[t]!;
    }
    counts = next;
  }
  return counts[total]!;
}

/** Roughly how many look-ups the halves need: the splits of the rows times the fillings of the average split. */
function expectedWork(rows: readonly number[], columns: readonly number[], half: number): number {
  const leftTotal = columns.slice(0, half).reduce((sum, c) => sum + c, 0);
  const n = rows.reduce((sum, r) => sum + r, 0);
  let rest = rows.map((total) => Math.ceil((total * leftTotal) / n));
  let fillings = 1;
  for (const column of columns.slice(0, half - 1)) {
    fillings *= Math.max(1, countSplits(rest, column));
    rest = rest.map((total) => Math.ceil(total * (1 - column / leftTotal)));
  }
  return countSplits(rows, leftTotal) * fillings;
}

/** Total weight, relative to the top, of fillings with term ≤ limit. */
function weightUpTo({ terms, weightBefore }: Fillings, limit: number): number {
  let low = 0;
  let high = terms.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (terms[middle]! <= limit) low = middle + 1;
    else high = middle;
  }
  return weightBefore[low]!;
}

/**
 * Fisher's exact test of an r×c table (Freeman and Halton 1951): probability, given the margins, of all tables not more likely
 * than the observed one. The columns are cut into two halves; for every way to share the row totals between them, the fillings
 * of one half are looked up in the sorted fillings of the other, so that work adds up instead of multiplying (the nodes are
 * those of the network of Mehta and Patel 1983). Refuses what is no table of counts, and tables above `workLimit` look-ups.
 * R: `fisher.test(m)$p.value`. Example: `fisherExact([[1, 2, 0], [0, 2, 1]]).value` is 1.
 */
export function fisherExact(table: CountTable, workLimit = 5e7): Result<number> {
  const margins = tableMargins(table);
  if (!margins.ok) return margins;
  const present = {
    rows: margins.value.rows.filter((t) => t > 0),
    columns: margins.value.columns.filter((t) => t > 0),
  };
  const swap = present.rows.length > present.columns.length;
  const rows = swap ? present.columns : present.rows;
  const columns = ascending(swap ? present.rows : present.columns);
  if (rows.length < 2) return ok(1);
  const { n } = margins.value;
  const logFactorials = Float64Array.from({ length: n + 1 }, (_, k) => logFactorial(k));
  const sumLog = (counts: readonly number[]): number => counts.reduce((sum, k) => sum + logFactorials[k]!, 0);
  const observed = -sumLog(table.flat()) + Math.log(EQUAL_PROBABILITY);
  // ln of the total weight of all tables is ln n! − Σ ln row! − Σ ln column!
  const logTotal = logFactorials[n]! - sumLog(rows) - sumLog(columns);
  const tooLarge = refuse({
    code: "table-too-large",
    message: "The exact test of this table would take too much work.",
    got: `${n} observations in ${present.rows.length} by ${present.columns.length}`,
    wanted: "a smaller table",
    mend: "Use the chi-square test, whose approximation is good for large counts.",
  });
  const half = Math.floor(columns.length / 2);
  if (expectedWork(rows, columns, half) > 4 * workLimit) return tooLarge;
  let work = 0;
  const spend = (amount: number): void => {
    work += amount;
    if (work > workLimit) throw new WorkExceeded();
  };
  const left = fillingsOf(columns.slice(0, half), n, logFactorials, spend);
  const right = fillingsOf(columns.slice(half), n, logFactorials, spend);
  let p = 0;
  try {
    const leftTotal = columns.slice(0, half).reduce((sum, c) => sum + c, 0);
    forEachSplit(rows, leftTotal, (take) => {
      const later = right(rows.map((total, i) => total - take[i]!));
      const { terms, ways } = left(take);
      spend(terms.length);
      for (let i = 0; i < terms.length; i++) {
        p += ways[i]! * Math.exp(terms[i]! + later.top - logTotal) * weightUpTo(later, observed - terms[i]!);
      }
    });
  } catch (error) {
    if (!(error instanceof WorkExceeded)) throw error;
    return tooLarge;
  }
  return ok(Math.min(1, p));
}
