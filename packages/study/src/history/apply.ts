import { errorIssue, type Issue, type IssueWhere } from "@livermark/core";
import type { RawRow, RawTable } from "../tables/csv.js";
import { TABLE_NAMES, type TableName } from "../tables/definitions.js";
import { type JournalEntry, rowsHash, verifyJournal } from "./journal.js";

/** A correction that is in force, with what stood there before. */
export interface Amendment {
  readonly table: string;
  readonly line: number;
  /** null: the whole row was retracted. */
  readonly column: string | null;
  readonly was: string;
  readonly now: string;
  readonly at: string;
  readonly by: string;
  readonly why: string;
  readonly entry: number;
}

/** Tables as the history leaves them. */
export interface AmendedTables {
  readonly tables: ReadonlyMap<TableName, RawTable>;
  readonly amendments: readonly Amendment[];
  readonly issues: readonly Issue[];
}

const isTable = (name: string): name is TableName => TABLE_NAMES.some((known) => known === name);

/**
 * Applies a journal to the tables as they stand in their files: amended cells take their newest value, retracted rows
 * go; the files themselves are never changed. Issues name a broken chain, recorded rows that were changed without an
 * amendment, amendments whose earlier value is not in the file, and rows added after a lock.
 */
export function applyJournal(
  tables: ReadonlyMap<TableName, RawTable>,
  journal: readonly JournalEntry[],
  file: string,
): AmendedTables {
  const issues: Issue[] = [...verifyJournal(journal, file)];
  const amendments: Amendment[] = [];
  const rows = new Map<TableName, Map<number, RawRow>>();
  const headers = new Map<TableName, readonly string[]>();
  for (const [name, table] of tables) {
    rows.set(name, new Map(table.rows.map((row) => [row.line, row])));
    headers.set(name, table.header);
  }
  const recordedTo = new Map<TableName, number>();
  const locked = new Set<TableName>();
  for (const [i, entry] of journal.entries()) {
    const where: IssueWhere = { file, table: "history", line: i + 2 };
    const complain = (code: string, message: string, got: string, wanted: string, mend: string): void => {
      issues.push(errorIssue({ code, message, got, wanted, mend, where }));
    };
    if (entry.action === "lock") {
      for (const name of entry.table === "" ? TABLE_NAMES : TABLE_NAMES.filter((one) => one === entry.table))
        locked.add(name);
      continue;
    }
    if (!isTable(entry.table) || !tables.has(entry.table)) {
      complain(
        "unknown-table",
        `Entry ${entry.entry} is about a table that is not there.`,
        entry.table,
        "a table of the bundle",
        "Restore the table.",
      );
      continue;
    }
    const name = entry.table;
    const own = rows.get(name)!;
    const line = entry.line ?? 0;
    if (entry.action === "record") {
      const last = entry.last_line ?? line;
      const original = tables.get(name)!.rows.filter((row) => row.line >= line && row.line <= last);
      recordedTo.set(name, Math.max(last, recordedTo.get(name) ?? 0));
      if (rowsHash(original) !== entry.now)
        issues.push(
          errorIssue({
            code: "changed-record",
            message: `Lines ${line} to ${last} of ${name} are not what ${entry.by} recorded at ${entry.at}.`,
            got: `${original.length} rows, changed since`,
            wanted: `the rows that entry ${entry.entry} of the history recorded`,
            mend: "Restore the rows and correct them with `livermark amend`, which keeps the earlier value.",
            where: { file: `${name}.csv`, table: name, line },
          }),
        );
      continue;
    }
    const row = own.get(line);
    if (row === undefined) {
      complain(
        "no-such-record",
        `Entry ${entry.entry} amends a row that is not there.`,
        `${name}, line ${line}`,
        "a row of the table",
        "Restore the row.",
      );
      continue;
    }
    if (entry.action === "retract") {
      own.delete(line);
      amendments.push({ ...pick(entry), table: name, line, column: null, was: row.cells.join(", "), now: "" });
      continue;
    }
    const header = headers.get(name)!;
    const at = header.indexOf(entry.column);
    const here = at < 0 ? "" : (row.cells[at] ?? "");
    if (here !== entry.was) {
      complain(
        "amendment-mismatch",
        `Entry ${entry.entry} corrects another value than the one that stands in ${name}, line ${line}, column ${entry.column}; it was not applied.`,
        here,
        entry.was,
        "Restore the row as it was recorded.",
      );
      continue;
    }
    const place = at < 0 ? header.length : at;
    if (at < 0) headers.set(name, [...header, entry.column]);
    const cells = [...row.cells];
    while (cells.length <= place) cells.push("");
    cells[place] = entry.now;
    own.set(line, { line, cells });
    amendments.push({ ...pick(entry), table: name, line, column: entry.column, was: entry.was, now: entry.now });
  }
  for (const name of locked) {
    const late = tables.get(name)?.rows.find((row) => row.line > (recordedTo.get(name) ?? 1));
    if (late !== undefined && recordedTo.has(name))
      issues.push(
        errorIssue({
          code: "record-after-lock",
          message: `${name} is locked, but line ${late.line} was added without being recorded.`,
          got: `line ${late.line}`,
          wanted: `rows up to line ${recordedTo.get(name)}`,
          mend: "Remove the row, or record it with `livermark import` and a reason.",
          where: { file: `${name}.csv`, table: name, line: late.line },
        }),
      );
  }
  return {
    tables: new Map(
      [...tables].map(([name, table]) => [
        name,
        { ...table, header: headers.get(name)!, rows: [...rows.get(name)!.values()] },
      ]),
    ),
    amendments,
    issues,
  };
}

const pick = ({ at, by, why, entry }: JournalEntry): Pick<Amendment, "at" | "by" | "why" | "entry"> => ({
  at,
  by,
  why,
  entry,
});

/** An amendment in one line. Example: `cause was "unknown" until 2026-03-01T10:00:00Z (A: autopsy report)`. */
export const amendmentText = ({ column, was, now, at, by, why }: Amendment): string =>
  column === null
    ? `retracted at ${at} by ${by}: ${why}; it read ${was}`
    : `${column} was "${was}", is "${now}" since ${at} by ${by}: ${why}`;
