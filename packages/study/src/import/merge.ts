import { errorIssue, type Issue } from "@livermark/core";
import { csvText } from "../csv-out.js";
import type { RawTable } from "../tables/csv.js";
import type { ImportedTable } from "./import-table.js";
import { keyColumns, recordKey } from "./keys.js";

/** A correction that an import asks for, of a record that is there already. */
export interface ProposedAmendment {
  readonly line: number;
  readonly column: string;
  readonly was: string;
  readonly now: string;
}

/** A bundle's table with an import added at its end. */
export interface MergedTable {
  readonly csv: string;
  /** Rows that were added, with their lines in the new file. */
  readonly added: readonly { readonly line: number; readonly cells: readonly string[] }[];
  /** Rows that say what the table says already. */
  readonly same: number;
  readonly amendments: readonly ProposedAmendment[];
  readonly issues: readonly Issue[];
}

/**
 * Adds imported rows to a table. Rows that are there stay as they are: a record of the same key and content is counted
 * as the same; one of the same key and other content is not written but proposed as an amendment, which `amend` allows
 * and which is an Issue otherwise. An empty imported cell changes nothing. `existing` is the table as its file has it,
 * `current` as its history leaves it.
 */
export function mergeTable(
  existing: RawTable | null,
  current: RawTable | null,
  imported: ImportedTable,
  amend: boolean,
): MergedTable {
  const { table, rows, sourceLines } = imported;
  const issues: Issue[] = [];
  const amendments: ProposedAmendment[] = [];
  // A table without rows (a new bundle's) has no layout to keep.
  const own = existing === null || existing.rows.length === 0 ? [] : existing.header;
  const header = [...own, ...imported.header.filter((name) => !own.includes(name))];
  const columns = keyColumns(table, header);
  const inTable = new Map((current ?? existing)?.header.map((name, i) => [name, i]) ?? []);
  const inImport = new Map(imported.header.map((name, i) => [name, i]));
  const cellOf = (cells: readonly string[], at: ReadonlyMap<string, number>, column: string): string =>
    cells[at.get(column) ?? -1] ?? "";
  const known = new Map(
    ((current ?? existing)?.rows ?? []).map((row) => [
      recordKey(columns, (column) => cellOf(row.cells, inTable, column)),
      row,
    ]),
  );
  const lastLine = Math.max(1, ...(existing?.rows ?? []).map(({ line }) => line));
  const added: { line: number; cells: readonly string[] }[] = [];
  let same = 0;
  rows.forEach((cells, i) => {
    const key = recordKey(columns, (column) => cellOf(cells, inImport, column));
    const before = known.get(key);
    if (before === undefined) {
      added.push({
        line: lastLine + 1 + added.length,
        cells: header.map((column) => cellOf(cells, inImport, column)),
      });
      return;
    }
    const differs = imported.header.filter((column) => {
      const now = cellOf(cells, inImport, column);
      return now !== "" && now !== cellOf(before.cells, inTable, column);
    });
    if (differs.length === 0) same += 1;
    else if (amend)
      for (const column of differs)
        amendments.push({
          line: before.line,
          column,
          was: cellOf(before.cells, inTable, column),
          now: cellOf(cells, inImport, column),
        });
    else
      issues.push(
        errorIssue({
          code: "record-exists",
          message: `Row ${sourceLines[i]} says otherwise than line ${before.line} of ${imported.file}, which stays.`,
          got: differs
            .map(
              (column) =>
                `${column} "${cellOf(cells, inImport, column)}" for "${cellOf(before.cells, inTable, column)}"`,
            )
            .join(", "),
          wanted: "a new record, or the same content",
          mend: "Import with --amend and --why to correct the record and keep its earlier value.",
          where: { table, line: before.line, column: differs[0]! },
        }),
      );
  });
  const kept = new Map((existing?.rows ?? []).map((row) => [row.line, row.cells]));
  const lines: (readonly string[])[] = [header];
  // Blank lines of the old file stay, because records are known by their line.
  for (let line = 2; kept.size > 0 && line <= lastLine; line++) {
    const cells = kept.get(line) ?? [];
    lines.push(cells.length === 0 ? [] : header.map((_, i) => cells[i] ?? ""));
    line += cells.reduce((breaks, cell) => breaks + (cell.match(/\r\n|\n|\r/g)?.length ?? 0), 0);
  }
  return { csv: csvText([...lines, ...added.map(({ cells }) => cells)]), added, same, amendments, issues };
}
