import { join } from "node:path";
import { ok, refuse } from "@livermark/core";
import { appendEntries, type JournalDraft, journalCsv, type TableName, tableNameOf } from "@livermark/study";
import { openTables } from "../bundle-tables.js";
import { type Command, flag, numberOption, text, texts, usageIssue } from "../command.js";
import { replaceFiles } from "../replace-files.js";

export const command: Command = {
  usage:
    "BUNDLE --table NAME --line N (--set COLUMN=VALUE … | --retract) --by NAME --why TEXT | BUNDLE --lock [--table NAME] --by NAME --why TEXT",
  help: [
    "Corrects a record without overwriting it: the row stays as it was written, the correction goes to tables/history.csv with who, when,",
    "why and the earlier value, chained by SHA-256. derive and run use the newest value; explain shows the earlier ones. --retract takes a",
    "row out of the study. --lock closes a table (or the whole study): from then on rows are only added with a reason.",
    "Example:\n  livermark amend my-study --table events --line 12 --set cause=tumour --by reader-1 --why 'autopsy report'",
  ].join("\n"),
  options: {
    table: { type: "string" },
    line: { type: "string" },
    set: { type: "string", multiple: true },
    retract: { type: "boolean" },
    lock: { type: "boolean" },
    by: { type: "string" },
    why: { type: "string" },
    at: { type: "string" },
  },
  async run(positionals, values) {
    const [bundle] = positionals;
    const by = text(values, "by");
    const why = text(values, "why");
    if (bundle === undefined || positionals.length > 1) return usageIssue("amend wants one BUNDLE.");
    if (by === undefined || why === undefined || why.trim() === "")
      return usageIssue("amend wants --by NAME and --why TEXT: nothing is changed without who and why.");
    const named = text(values, "table");
    const table: TableName | null = named === undefined ? null : tableNameOf(named);
    if (named !== undefined && table === null) return usageIssue(`There is no table "${named}".`);
    const line = numberOption(values, "line");
    if (!line.ok) return line;
    const sets = texts(values, "set");
    const opened = openTables(bundle);
    if (!opened.ok) return opened;
    // The clock is read here, at the edge: it says when the correction was made and enters no result.
    const act = { at: text(values, "at") ?? new Date().toISOString(), by, why };
    const blank = { line: null, last_line: null, column: "", was: "", now: "" };
    const drafts: JournalDraft[] = [];
    if (flag(values, "lock")) drafts.push({ ...act, ...blank, action: "lock", table: table ?? "" });
    else {
      if (table === null || line.value === undefined || (sets.length === 0) === !flag(values, "retract"))
        return usageIssue("amend wants --table, --line, and either --set COLUMN=VALUE or --retract.");
      const current = opened.value.current.get(table);
      const row = current?.rows.find((one) => one.line === line.value);
      if (current === undefined || row === undefined)
        return refuse({
          code: "no-such-record",
          message: `${table}.csv has no record on line ${line.value}, or it was retracted.`,
          got: line.value,
          wanted: `a line from 2 to ${Math.max(2, ...(current?.rows ?? []).map((one) => one.line))}`,
          mend: "`livermark explain` names file and line of every deciding record.",
          where: { file: `tables/${table}.csv`, line: line.value },
        });
      const base = { ...act, ...blank, table, line: line.value };
      if (flag(values, "retract")) drafts.push({ ...base, action: "retract" });
      for (const one of sets) {
        const at = one.indexOf("=");
        if (at < 1) return usageIssue(`--set wants COLUMN=VALUE, found "${one}".`);
        const column = one.slice(0, at);
        const index = current.header.indexOf(column);
        if (index < 0)
          return refuse({
            code: "unknown-column",
            message: `${table}.csv has no column "${column}".`,
            got: column,
            wanted: current.header.join(", "),
            where: { file: `tables/${table}.csv`, line: 1, column },
          });
        drafts.push({ ...base, action: "amend", column, was: row.cells[index] ?? "", now: one.slice(at + 1) });
      }
    }
    const journal = appendEntries(opened.value.journal, drafts);
    replaceFiles([{ path: join(bundle, "tables", "history.csv"), bytes: journalCsv(journal) }]);
    const entries = journal.slice(-drafts.length);
    return ok({
      json: { entries },
      text: entries
        .map(({ entry, action, table: name, line: at, column, was, now }) =>
          action === "amend"
            ? `entry ${entry}: ${name}.csv, line ${at}, ${column}: "${was}" is now "${now}"`
            : action === "retract"
              ? `entry ${entry}: ${name}.csv, line ${at} retracted`
              : `entry ${entry}: ${name === "" ? "the study" : `${name}.csv`} locked`,
        )
        .join("\n"),
      issues: [],
    });
  },
};
