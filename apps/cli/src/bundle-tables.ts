import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { andThen, errorIssue, type Issue, ok, type Result, refuse, refuseWith } from "@livermark/core";
import { findProtocol } from "@livermark/pipeline";
import {
  applyJournal,
  type JournalEntry,
  journalOf,
  type Protocol,
  parseDelimited,
  parseStudyFile,
  type RawTable,
  readTable,
  type StudyFile,
  type TableName,
  tableNameOf,
} from "@livermark/study";
import { readTextFile } from "./files.js";

/** The tables of a bundle as cells, for commands that add to them. */
export interface BundleTables {
  readonly study: StudyFile;
  readonly protocol: Protocol;
  /** As their files have them. */
  readonly files: ReadonlyMap<TableName, RawTable>;
  /** As the history leaves them. */
  readonly current: ReadonlyMap<TableName, RawTable>;
  readonly journal: readonly JournalEntry[];
}

/** Reads study.yaml, the protocol and the CSV tables of a bundle; refuses tables that cannot be added to. */
export function openTables(bundle: string): Result<BundleTables> {
  const file = join(bundle, "study.yaml");
  if (!existsSync(file))
    return refuse({
      code: "no-study-file",
      message: "The folder holds no study.yaml.",
      got: bundle,
      wanted: "a study bundle",
      mend: "Make one with `livermark new`.",
      where: { file: "study.yaml" },
    });
  const study = andThen(readTextFile(file), (content) => parseStudyFile(content, "study.yaml"));
  if (!study.ok) return study;
  const found = findProtocol(study.value.protocol, bundle);
  if (!found.ok) return found;
  const folder = join(bundle, "tables");
  const files = new Map<TableName, RawTable>();
  const issues: Issue[] = [];
  for (const name of existsSync(folder) ? readdirSync(folder).sort() : []) {
    const table = tableNameOf(name);
    if (table === null || name.startsWith(".")) continue;
    if (!name.toLowerCase().endsWith(".csv")) {
      issues.push(
        errorIssue({
          code: "table-is-a-workbook",
          message: `tables/${name} is a workbook; rows can be added to CSV only.`,
          got: name,
          wanted: `${table}.csv`,
          mend: "Save it as CSV.",
          where: { file: `tables/${name}` },
        }),
      );
      continue;
    }
    const raw = andThen(readTextFile(join(folder, name)), (content) => parseDelimited(content, `tables/${name}`));
    issues.push(...(raw.ok ? raw.value.issues : raw.issues));
    if (raw.ok) files.set(table, raw.value);
  }
  const historyText = join(folder, "history.csv");
  const history = existsSync(historyText)
    ? readTable("history", readFileSync(historyText), "tables/history.csv")
    : null;
  const journal = journalOf(history?.table.rows ?? []);
  const applied = applyJournal(files, journal, "tables/history.csv");
  issues.push(...(history?.issues ?? []), ...applied.issues);
  if (issues.some(({ severity }) => severity === "error")) return refuseWith(issues);
  return ok({ study: study.value, protocol: found.value.protocol, files, current: applied.tables, journal });
}

/** Whether a table, or the whole study, is locked. */
export const isLocked = (journal: readonly JournalEntry[], table: string): boolean =>
  journal.some((entry) => entry.action === "lock" && (entry.table === "" || entry.table === table));
