import { errorIssue, type Issue } from "@livermark/core";
import type { CovariateSpec } from "./cells.js";
import { rangeOf } from "./columns.js";
import { type Row, TABLE_NAMES, TABLES, type TableName } from "./definitions.js";

/** What `codebook.csv` says about columns that the canonical tables do not know. */
export interface Codebook {
  /** Specs by table name; the empty name holds for every table. */
  readonly columns: ReadonlyMap<string, ReadonlyMap<string, CovariateSpec>>;
}

/** A codebook that explains nothing. */
export const EMPTY_CODEBOOK: Codebook = { columns: new Map() };

const list = (text: string | null): readonly string[] =>
  text === null
    ? []
    : text
        .split(text.includes("|") ? "|" : ";")
        .map((part) => part.trim())
        .filter((part) => part !== "");

/**
 * The codebook of a bundle from the rows of `codebook.csv`. A column explained twice for the same table is an Issue;
 * the first explanation holds.
 */
export function codebookOf(
  rows: readonly Row<"codebook">[],
  file: string,
): { readonly codebook: Codebook; readonly issues: readonly Issue[] } {
  const columns = new Map<string, Map<string, CovariateSpec>>();
  const issues: Issue[] = [];
  for (const row of rows) {
    const table = (row.table ?? "").replace(/\.csv$/, "");
    const specs = columns.get(table) ?? new Map<string, CovariateSpec>();
    columns.set(table, specs);
    if (specs.has(row.column)) {
      issues.push(
        errorIssue({
          code: "codebook-repeats",
          message: `Column "${row.column}" is explained twice; the first explanation holds.`,
          got: row.column,
          wanted: "one row for each column",
          mend: "Remove one of the rows.",
          where: { file, line: row.line, column: "column" },
        }),
      );
      continue;
    }
    const levels = list(row.levels);
    specs.set(row.column, {
      name: row.column,
      label: row.label ?? row.column,
      type: row.type ?? (levels.length > 0 ? "category" : "number"),
      unit: row.unit ?? "",
      levels,
      missingCodes: list(row.missing_codes),
    });
  }
  return { codebook: { columns }, issues };
}

/** The spec of one column of one table, or null. */
export const covariateSpec = (codebook: Codebook, table: TableName, column: string): CovariateSpec | null =>
  codebook.columns.get(table)?.get(column) ?? codebook.columns.get("")?.get(column) ?? null;

/** The canonical tables and columns as Markdown, for `docs/tables.md`. */
export function tablesMarkdown(): string {
  const lines = [
    "# Tables of a study bundle",
    "",
    "UTF-8 CSV with a header row; an empty cell is missing. A time is an ISO `date` (YYYY-MM-DD, or YYYY-MM / YYYY, whose",
    "precision is kept) or an integer `day` from the patient's first treatment; a bundle uses one of the two.",
    "Columns beyond these are read where `codebook.csv` names them. This page is printed from the code.",
  ];
  for (const name of TABLE_NAMES) {
    const table = TABLES[name];
    lines.push("", `## ${table.file}`, "", `${table.title}.`, "", "| column | type | meaning |", "| --- | --- | --- |");
    if (table.time !== "none")
      lines.push(`| \`date\` or \`day\`${table.time === "required" ? " (required)" : ""} | time | When |`);
    for (const [column, spec] of Object.entries(table.columns)) {
      const words = "words" in spec ? spec.words.join(", ") : spec.kind;
      const unit = spec.unit === "" ? "" : ` (${spec.unit})`;
      lines.push(
        `| \`${column}\`${spec.required ? " (required)" : ""} | ${words}${rangeOf(spec)} | ${spec.label}${unit} |`,
      );
    }
  }
  return `${lines.join("\n")}\n`;
}
