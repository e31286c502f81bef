import { errorIssue, type Issue, type Result, refuse } from "@livermark/core";
import {
  appendEntries,
  csvText,
  type ImportedTable,
  type JournalDraft,
  type JournalEntry,
  journalCsv,
  mergeTable,
  parseDelimited,
  type RawTable,
  rowsHash,
  type TableName,
} from "@livermark/study";
import { type BundleTables, isLocked } from "./bundle-tables.js";
import { text, type Values } from "./command.js";

/** Who writes, when, and why. */
export interface Act {
  readonly by: string;
  readonly at: string;
  readonly why: string;
}

/** Who imports, when, and why. The clock is read here, at the edge: it enters the history and no result. */
export const actOf = (values: Values): Act => ({
  by: text(values, "by") ?? process.env.LIVERMARK_USER ?? "unnamed",
  at: text(values, "at") ?? new Date().toISOString(),
  why: text(values, "why") ?? "",
});

/** What an import does to a bundle. */
export interface PlannedImport {
  /** New contents under `tables/`. */
  readonly files: ReadonlyMap<string, string>;
  readonly tables: readonly {
    readonly table: TableName;
    readonly added: number;
    readonly same: number;
    readonly amended: number;
    readonly refused: number;
  }[];
  readonly issues: readonly Issue[];
}

/** Rows that one entry of the history vouches for. */
const BLOCK = 500;

const CODEBOOK = ["table", "column", "label", "type", "unit", "levels", "missing_codes"] as const;

function codebookOf(bundle: BundleTables, imported: readonly ImportedTable[]): ImportedTable | null {
  const known = new Set(bundle.protocol.covariates.map((one) => `${one.table}\u0000${one.column}`));
  const rows = new Map<string, readonly string[]>();
  for (const { table, covariates } of imported)
    for (const { name, label, type, unit, levels } of covariates)
      if (!known.has(`${table}\u0000${name}`))
        rows.set(`${table}\u0000${name}`, [table, name, label, type, unit, levels.join("|"), ""]);
  if (rows.size === 0) return null;
  const list = [...rows.values()];
  return {
    table: "codebook",
    file: "codebook.csv",
    header: CODEBOOK,
    rows: list,
    csv: csvText([CODEBOOK, ...list]),
    sourceLines: list.map(() => 0),
    keyTable: new Map(),
    covariates: [],
    issues: [],
  };
}

/**
 * Adds imported tables to those of a bundle: rows at the end, corrections (`amend`) as entries of the history, and a
 * record of everything in the history. Refuses locked tables without a reason.
 */
export function planImport(
  bundle: BundleTables,
  imported: readonly ImportedTable[],
  act: Act,
  amend: boolean,
): Result<PlannedImport> {
  const codebook = codebookOf(bundle, imported);
  const all = codebook === null ? imported : [...imported, codebook];
  const lockedTable = all.find(({ table, rows }) => rows.length > 0 && isLocked(bundle.journal, table));
  if (lockedTable !== undefined && act.why === "")
    return refuse({
      code: "table-locked",
      message: `${lockedTable.file} is locked.`,
      wanted: "a reason for adding to it",
      mend: "Give the reason with --why.",
      where: { file: `tables/${lockedTable.file}` },
    });
  const issues: Issue[] = imported.flatMap((one) => one.issues);
  const raws = new Map<TableName, RawTable>(bundle.files);
  const current = new Map<TableName, RawTable>(bundle.current);
  const files = new Map<string, string>();
  const drafts: JournalDraft[] = [];
  const tables: { table: TableName; added: number; same: number; amended: number; refused: number }[] = [];
  for (const one of all) {
    const before = raws.get(one.table) ?? null;
    const mixed = before !== null && before.rows.length > 0 && otherAxis(before.header, one.header);
    if (mixed) {
      issues.push(
        errorIssue({
          code: "mixed-time-axes",
          message: `${one.file} has ${mixed.has}, the import has ${mixed.brings}; nothing was added to it.`,
          got: mixed.brings,
          wanted: mixed.has,
          mend: "Map the column to the one that the bundle uses.",
          where: { file: `tables/${one.file}` },
        }),
      );
      continue;
    }
    const merged = mergeTable(before, current.get(one.table) ?? null, one, amend);
    issues.push(...merged.issues);
    tables.push({
      table: one.table,
      added: merged.added.length,
      same: merged.same,
      amended: merged.amendments.length,
      refused: merged.issues.length + one.issues.filter(({ severity }) => severity === "error").length,
    });
    const entry = { at: act.at, by: act.by, why: act.why, table: one.table, column: "", was: "" };
    if (merged.added.length > 0) {
      const raw = parseDelimited(merged.csv, one.file);
      if (!raw.ok) throw new Error(`merged ${one.file} cannot be read back`);
      raws.set(one.table, raw.value);
      current.set(one.table, {
        ...raw.value,
        rows: [...(current.get(one.table)?.rows ?? []), ...raw.value.rows.slice(before?.rows.length ?? 0)],
      });
      files.set(one.file, merged.csv);
      const fresh = raw.value.rows.slice(before?.rows.length ?? 0);
      for (let i = 0; i < fresh.length; i += BLOCK) {
        const block = fresh.slice(i, i + BLOCK);
        drafts.push({
          ...entry,
          action: "record",
          line: block[0]!.line,
          last_line: block[block.length - 1]!.line,
          now: rowsHash(block),
        });
      }
    }
    for (const { line, column, was, now } of merged.amendments)
      drafts.push({ ...entry, action: "amend", line, last_line: null, column, was, now });
  }
  if (drafts.length > 0) files.set("history.csv", journalCsv(appendEntries(bundle.journal, drafts)));
  return { ok: true, value: { files, tables, issues }, issues: [] };
}

function otherAxis(has: readonly string[], brings: readonly string[]): { has: string; brings: string } | false {
  for (const [one, other] of [
    ["date", "day"],
    ["day", "date"],
  ] as const)
    if (has.includes(one) && !has.includes(other) && brings.includes(other)) return { has: one, brings: other };
  return false;
}

/** Journal with one more act. */
export const withEntries = (journal: readonly JournalEntry[], drafts: readonly JournalDraft[]): string =>
  journalCsv(appendEntries(journal, drafts));
