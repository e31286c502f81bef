import { type Json, locate, ok, type Result, refuse } from "@livermark/core";
import { basicCases } from "./basic.js";
import type { CaseMethods, CaseSpec, CaseTable } from "./contract.js";
import { modelCases } from "./models.js";
import { survivalCases } from "./survival.js";
import { filterCaseTable } from "./table.js";

/** One statistic to compute: the method's name, its table (a file name) or null, and its options. */
export interface StatisticCase {
  readonly method: string;
  readonly data: string | null;
  readonly spec: CaseSpec;
}

/** Every method of `livermark stat` by name. */
export const caseMethods: CaseMethods = { ...basicCases, ...survivalCases, ...modelCases };

/** Files that `data` stands for: `imp1..5.csv` is imp1.csv, imp2.csv … imp5.csv. */
function filesOf(data: string | null): readonly string[] {
  if (data === null) return [];
  const series = /^(.*?)(\d+)\.\.(\d+)(\.\w+)$/.exec(data);
  if (series === null) return [data];
  const [from, to] = [Number(series[2]), Number(series[3])];
  return Array.from({ length: Math.max(0, to - from + 1) }, (_, i) => `${series[1]}${from + i}${series[4]}`);
}

function filtered(table: CaseTable, spec: CaseSpec): Result<CaseTable> {
  const filter = spec.filter;
  if (filter === undefined || filter === null) return ok(table);
  if (typeof filter === "object" && !Array.isArray(filter)) {
    const { column, equals } = filter as CaseSpec;
    if (typeof column === "string" && (typeof equals === "string" || typeof equals === "number")) {
      return filterCaseTable(table, column, equals);
    }
  }
  return refuse({
    code: "case-filter",
    message: "The filter of the case is not of the form { column, equals }.",
    got: JSON.stringify(filter),
    path: "spec.filter",
  });
}

/**
 * Computes one case: loads its table, applies `filter`, and answers the fields that the method's `expected` names.
 * `load` reads a table by file name. Refuses an unknown method, a table that `load` refuses, and what the method refuses.
 * Example: `runCase({ method: "proportion", data: null, spec: { x: 7, n: 20 } }, load)`.
 */
export function runCase(given: StatisticCase, load: (file: string) => Result<CaseTable>): Result<Json> {
  const method = Object.hasOwn(caseMethods, given.method) ? caseMethods[given.method] : undefined;
  if (method === undefined) {
    return refuse({
      code: "unknown-method",
      message: "No statistic has this name.",
      got: given.method,
      wanted: Object.keys(caseMethods).sort().join(", "),
      path: "method",
    });
  }
  const files = filesOf(given.data);
  const file = files[0];
  if (file === undefined || files.length > 1) return method({ spec: given.spec, table: null, files, load });
  const loaded = load(file);
  const table = loaded.ok ? filtered(loaded.value, given.spec) : loaded;
  if (!table.ok) return table;
  const answer = method({ spec: given.spec, table: table.value, files, load });
  return { ...answer, issues: answer.issues.map((issue) => locate(issue, { file })) };
}
