import { ok, type Result, refuse } from "@livermark/core";
import { type CountTable, tableMargins } from "./contingency.js";
import { EQUAL_PROBABILITY } from "./discrete-distributions.js";
import { logFactorial } from "./gamma-function.js";

/** One way to fill a column: the rest of the row totals, sorted, and −Σ ln cell!, for `ways` orders of equal rows. */
interface Step {
  readonly next: readonly number[];
  readonly key: string;
  readonly term: number;
  ways: number;
}

/** Node of the network: row totals still to be filled when `stage` columns are done, with the range of Σ terms to the end. */
interface Node {
  readonly rest: readonly number[];
  readonly steps: readonly Step[];
  readonly longest: number;
  readonly shortest: number;
}

/** Probabilities of partial tables closer than 1e-9 on log scale are added up; far below the tolerance of the comparison. */
const MERGE_PER_UNIT = 1e9;

/** Distinct ways to take `total` from the row totals, up to permutation of the rests. */
function stepsFrom(rest: readonly number[], total: number, logFactorials: Float64Array): Step[] {
  const found = new Map<string, Step>();
  const after = [...rest];
  const room = rest.map((_, i) => rest.slice(i).reduce((sum, r) => sum + r, 0));
  const fill = (i: number, left: number, term: number): void => {
    if (i === rest.length) {
      const next = [...after].sort((a, b) => a - b);
      const key = next.join(",");
      const id = `${key}|${Math.round(term * MERGE_PER_UNIT)}`;
      const known = found.get(id);
      if (known === undefined) found.set(id, { next, key, term, ways: 1 });
      else known.ways++;
      return;
    }
    const later = room[i + 1] ?? 0;
    for (let take = Math.max(0, left - later); take <= Math.min(rest[i]!, left); take++) {
      after[i] = rest[i]! - take;
      fill(i + 1, left - take, term - logFactorials[take]!);
    }
    after[i] = rest[i]!;
  };
  fill(0, total, 0);
  return [...found.values()];
}

/** Nodes of every stage by key; null when more than `limit` steps would be kept. */
function network(
  rows: readonly number[],
  columns: readonly number[],
  logFactorials: Float64Array,
  limit: number,
): Map<string, Node>[] | null {
  const stages: Map<string, Node>[] = columns.map(() => new Map());
  stages.push(new Map());
  let kept = 0;
  const build = (stage: number, rest: readonly number[], key: string): Node | null => {
    const known = stages[stage]!.get(key);
    if (known !== undefined) return known;
    const steps = stage === columns.length ? [] : stepsFrom(rest, columns[stage]!, logFactorials);
    kept += steps.length;
    if (kept > limit) return null;
    let longest = stage === columns.length ? 0 : Number.NEGATIVE_INFINITY;
    let shortest = stage === columns.length ? 0 : Number.POSITIVE_INFINITY;
    for (const step of steps) {
      const child = build(stage + 1, step.next, step.key);
      if (child === null) return null;
      longest = Math.max(longest, step.term + child.longest);
      shortest = Math.min(shortest, step.term + child.shortest);
    }
    const node = { rest, steps, longest, shortest };
    stages[stage]!.set(key, node);
    return node;
  };
  const start = [...rows].sort((a, b) => a - b);
  return build(0, start, start.join(",")) === null ? null : stages;
}

/**
 * Fisher's exact test of an r×c table (Freeman and Halton 1951): probability, given the margins, of all tables not more likely
 * than the observed one. Network algorithm of Mehta and Patel 1983: columns are filled one after another, a node is the sorted
 * rest of the row totals, and a partial table whose completions all count, or none, is settled at once by the node's range.
 * Refuses what is no table of counts, and tables whose network exceeds `workLimit`. R: `fisher.test(m)$p.value`.
 * Example: `fisherExact([[1, 2, 0], [0, 2, 1]]).value` is 1.
 */
export function fisherExact(table: CountTable, workLimit = 4e6): Result<number> {
  const margins = tableMargins(table);
  if (!margins.ok) return margins;
  const present = {
    rows: margins.value.rows.filter((t) => t > 0),
    columns: margins.value.columns.filter((t) => t > 0),
  };
  const swap = present.rows.length > present.columns.length;
  const rows = swap ? present.columns : present.rows;
  const columns = [...(swap ? present.rows : present.columns)].sort((a, b) => b - a);
  const { n } = margins.value;
  const logFactorials = Float64Array.from({ length: n + 1 }, (_, k) => logFactorial(k));
  const sumLog = (counts: readonly number[]): number => counts.reduce((sum, k) => sum + logFactorials[k]!, 0);
  const observed = -sumLog(table.flat()) + Math.log(EQUAL_PROBABILITY);
  const tooLarge = refuse({
    code: "table-too-large",
    message: "The exact test of this table would take too much work.",
    got: `${n} observations in ${present.rows.length} by ${present.columns.length}`,
    wanted: "a smaller table",
    mend: "Use the chi-square test, whose approximation is good for large counts.",
  });
  const stages = network(rows, columns, logFactorials, workLimit / 4);
  if (stages === null) return tooLarge;
  // ln of all tables' total weight is ln n! − Σ ln row! − Σ ln column!
  const logTotal = logFactorials[n]! - sumLog(rows) - sumLog(columns);
  let p = 0;
  let work = 0;
  let current = new Map<string, Map<number, { past: number; ways: number }>>();
  current.set([...rows].sort((a, b) => a - b).join(","), new Map([[0, { past: 0, ways: 1 }]]));
  for (let stage = 0; stage <= columns.length; stage++) {
    const following = new Map<string, Map<number, { past: number; ways: number }>>();
    const left = columns.slice(stage);
    const leftTotal = left.reduce((sum, c) => sum + c, 0);
    for (const [key, pasts] of current) {
      const node = stages[stage]!.get(key)!;
      const completions = logFactorials[leftTotal]! - sumLog(node.rest) - sumLog(left);
      for (const { past, ways } of pasts.values()) {
        if (past + node.shortest > observed) continue;
        if (past + node.longest <= observed) {
          p += ways * Math.exp(past + completions - logTotal);
          continue;
        }
        work += node.steps.length;
        if (work > workLimit) return tooLarge;
        for (const step of node.steps) {
          let bucket = following.get(step.key);
          if (bucket === undefined) {
            bucket = new Map();
            following.set(step.key, bucket);
          }
          const sum = past + step.term;
          const id = Math.round(sum * MERGE_PER_UNIT);
          const same = bucket.get(id);
          if (same === undefined) bucket.set(id, { past: sum, ways: ways * step.ways });
          else same.ways += ways * step.ways;
        }
      }
    }
    current = following;
  }
  return ok(Math.min(1, p));
}
