import { errorIssue, type Issue, type IssueWhere, warningIssue } from "@livermark/core";
import { keyColumns, recordKey } from "./keys.js";
import type { TableMapping } from "./mapping.js";

/** Tables in which one day may well hold two different records of the same name. */
const SEVERAL_A_DAY: ReadonlySet<string> = new Set(["labs", "adverse-events", "board"]);

/** Rows without those that repeat or contradict an earlier row of the same source; what was left out goes to `issues`. */
export function withoutRepeats<R extends { readonly line: number; readonly cells: readonly string[] }>(
  rows: readonly R[],
  header: readonly string[],
  mapping: TableMapping,
  place: IssueWhere,
  issues: Issue[],
): readonly R[] {
  const at = new Map(header.map((name, i) => [name, i]));
  const columns = keyColumns(mapping.table, header);
  const seen = new Map<string, R>();
  return rows.filter((row) => {
    const key = recordKey(columns, (column) => row.cells[at.get(column) ?? -1] ?? "");
    const before = seen.get(key);
    if (before === undefined) {
      seen.set(key, row);
      return true;
    }
    const differs = header.filter((_, i) => row.cells[i] !== before.cells[i]);
    const where = { ...place, line: row.line };
    if (differs.length === 0)
      issues.push(
        warningIssue({
          code: "repeated-row",
          message: `Row ${row.line} says the same as row ${before.line}; it was left out.`,
          wanted: "each record once",
          mend: "Remove one of the rows.",
          where,
        }),
      );
    else if (SEVERAL_A_DAY.has(mapping.table)) {
      issues.push(
        warningIssue({
          code: "several-on-one-day",
          message: `Rows ${before.line} and ${row.line} give the same ${columns.join(", ")} differently; both were imported.`,
          got: differs
            .map((name) => `${name} "${row.cells[at.get(name)!]}" for "${before.cells[at.get(name)!]}"`)
            .join(", "),
          wanted: "one row, or two that are both right",
          mend: "Check the two rows.",
          where,
        }),
      );
      return true;
    } else
      issues.push(
        errorIssue({
          code: "contradicting-row",
          message: `Row ${row.line} contradicts row ${before.line} about the same record; the first was imported.`,
          got: differs
            .map((name) => `${name} "${row.cells[at.get(name)!]}" for "${before.cells[at.get(name)!]}"`)
            .join(", "),
          wanted: `one row for each ${columns.join(", ")}`,
          mend: "Remove or correct one of the rows.",
          where: { ...where, column: differs[0]! },
        }),
      );
    return false;
  });
}
