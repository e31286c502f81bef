import { canonicalJson, errorIssue, type Issue, sha256Hex } from "@livermark/core";
import { csvText } from "../csv-out.js";
import type { RawRow } from "../tables/csv.js";
import type { Row } from "../tables/definitions.js";

/** One entry of `history.csv` before it has its place in the chain. */
export interface JournalDraft {
  /** ISO time, UTC. */
  readonly at: string;
  readonly by: string;
  /**
   * `record`: rows `line` to `last_line` were written, `now` is their hash. `amend`: the cell `was` and is `now`.
   * `retract`: the row no longer counts. `lock`: from here on rows may only be amended.
   */
  readonly action: "record" | "amend" | "retract" | "lock";
  /** Name of a table; empty = the whole study (locks only). */
  readonly table: string;
  readonly line: number | null;
  readonly last_line: number | null;
  readonly column: string;
  readonly was: string;
  readonly now: string;
  readonly why: string;
}

export interface JournalEntry extends JournalDraft {
  readonly entry: number;
  readonly chain: string;
}

const COLUMNS = [
  "entry",
  "at",
  "by",
  "action",
  "table",
  "line_number",
  "last_line",
  "column",
  "was",
  "now",
  "why",
  "chain",
] as const;

const link = (before: string, entry: Omit<JournalEntry, "chain">): string => {
  const { entry: number, at, by, action, table, line, last_line, column, was, now, why } = entry;
  return sha256Hex(
    `${before}\n${canonicalJson([number, at, by, action, table, line, last_line, column, was, now, why])}`,
  );
};

/** Appends entries to a journal: each is numbered and chained to the one before by SHA-256. */
export function appendEntries(
  journal: readonly JournalEntry[],
  drafts: readonly JournalDraft[],
): readonly JournalEntry[] {
  const all = [...journal];
  for (const draft of drafts) {
    const last = all[all.length - 1];
    const entry = { ...draft, entry: (last?.entry ?? 0) + 1 };
    all.push({ ...entry, chain: link(last?.chain ?? "", entry) });
  }
  return all;
}

/** The journal as the text of `history.csv`. */
export const journalCsv = (journal: readonly JournalEntry[]): string =>
  csvText([
    COLUMNS,
    ...journal.map((entry) => COLUMNS.map((column) => (column === "line_number" ? entry.line : entry[column]))),
  ]);

/** Entries of a `history.csv` that was read. */
export const journalOf = (rows: readonly Row<"history">[]): readonly JournalEntry[] =>
  rows.map((row) => ({
    entry: row.entry,
    at: row.at,
    by: row.by,
    action: row.action,
    table: row.table ?? "",
    line: row.line_number,
    last_line: row.last_line,
    column: row.column ?? "",
    was: row.was ?? "",
    now: row.now ?? "",
    why: row.why ?? "",
    chain: row.chain,
  }));

/** Where the chain does not verify: the first entry that was changed, removed, or put in afterwards. */
export function verifyJournal(journal: readonly JournalEntry[], file: string): readonly Issue[] {
  let before = "";
  for (const [i, entry] of journal.entries()) {
    const { chain, ...rest } = entry;
    const expected = link(before, rest);
    if (entry.entry !== i + 1 || chain !== expected)
      return [
        errorIssue({
          code: "broken-history",
          message: `Entry ${entry.entry} of the history is not what was written: it, or the one before it, was changed.`,
          got: chain,
          wanted: expected,
          mend: "Restore history.csv from a copy; entries may only be added at its end.",
          where: { file, table: "history", line: i + 2 },
        }),
      ];
    before = chain;
  }
  return [];
}

/** Cells without the empty ones at the end: a column that is added later leaves the hash of earlier rows as it is. */
const filled = (cells: readonly string[]): readonly string[] =>
  cells.slice(0, cells.findLastIndex((cell) => cell !== "") + 1);

/** Hash of rows by their cells, so that quoting and line ends do not matter. */
export const rowsHash = (rows: readonly RawRow[]): string =>
  sha256Hex(canonicalJson(rows.map(({ line, cells }) => [line, ...filled(cells)])));
