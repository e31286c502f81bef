import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { ok, type Result, refuse } from "@livermark/core";
import { deriveStudy, explain, explanationText } from "@livermark/pipeline";
import { closest, explainValue, explanations, parseDelimited, type RawTable, tableFile } from "@livermark/study";
import type { Output, Terminal } from "./command.js";

/** Ids that say what they explain; other ids are those of printed numbers. */
const DERIVED = /^(endpoint|response|best|eligibility|index|value)\//;

export const isDerivedId = (id: string): boolean => DERIVED.test(id);

/** One record that decided, with what stands in its row. */
export interface ShownRecord {
  readonly file: string;
  readonly line: number;
  readonly cells: { readonly [column: string]: string };
}

async function tableOf(
  bundle: string,
  table: string,
): Promise<{ readonly file: string; readonly raw: RawTable } | null> {
  for (const file of [`tables/${table}.csv`, `tables/${table}.xlsx`]) {
    const path = join(bundle, file);
    if (!existsSync(path)) continue;
    const read = await tableFile(file, readFileSync(path));
    if (!read.ok) return null;
    const { content } = read.value;
    if (typeof content === "object" && "header" in content) return { file, raw: content };
    const text = typeof content === "string" ? content : new TextDecoder().decode(content);
    const raw = parseDelimited(text, file);
    return raw.ok ? { file, raw: raw.value } : null;
  }
  return null;
}

/**
 * One endpoint, response, exclusion, index or value of the analysis set: words and arithmetic, the rows that decided
 * with what stands in them and what stood there before, and for measured values the way down to regions and series.
 */
export async function explainDerived(bundle: string, id: string, terminal: Terminal): Promise<Result<Output>> {
  const study = await deriveStudy(bundle, terminal.progress);
  if (!study.ok) return study;
  const { derived, measured } = study.value;
  const all = explanations(derived);
  const found = all.get(id) ?? explainValue(derived, id);
  if (found === undefined || found === null) {
    const near = closest(id, [...all.keys()].filter((one) => one.split("/")[0] === id.split("/")[0]).slice(0, 5000));
    return refuse({
      code: "unknown-result",
      message: "The study derives nothing of this id.",
      got: id,
      wanted:
        "endpoint/NAME/PATIENT[/TREATMENT], response/PROFILE/PATIENT/TREATMENT/TIME-POINT[/READER], best/PROFILE/PATIENT/TREATMENT, eligibility/PATIENT, index/NAME/PATIENT, value/COLUMN/PATIENT[/TREATMENT]",
      mend: near === null ? "List ids with --find TEXT." : `Did you mean "${near}"?`,
    });
  }
  const tables = new Map<string, Awaited<ReturnType<typeof tableOf>>>();
  const records: ShownRecord[] = [];
  for (const deciding of found.deciding) {
    const lines = "line" in deciding ? [deciding.line] : "timePoint" in deciding ? (deciding.lines ?? []) : [];
    for (const line of lines) {
      if (!tables.has(deciding.table)) tables.set(deciding.table, await tableOf(bundle, deciding.table));
      const table = tables.get(deciding.table);
      const row = table?.raw.rows.find((one) => one.line === line);
      if (table === null || table === undefined || row === undefined) continue;
      if (records.some((one) => one.file === table.file && one.line === line)) continue;
      const cells = table.raw.header
        .map((name, i) => [name, row.cells[i] ?? ""] as const)
        .filter(([, cell]) => cell !== "");
      records.push({ file: table.file, line, cells: Object.fromEntries(cells) });
    }
  }
  const provenance = {
    schema: "livermark.provenance/1" as const,
    passports: Object.fromEntries(measured.passports.map((one) => [one.id, one])),
    files: [],
  };
  const passports = found.results.flatMap((result) => {
    const walked = explain(provenance, result);
    return walked.ok ? [walked.value] : [];
  });
  return ok({
    json: { id, title: found.title, steps: found.steps, deciding: found.deciding, records, measured: passports },
    text: [
      found.title,
      ...found.steps.map((step) => `  ${step}`),
      ...records.map(
        ({ file, line, cells }) =>
          `  ${file}:${line}  ${Object.entries(cells)
            .map(([column, cell]) => `${column}=${cell}`)
            .join(", ")}`,
      ),
      ...passports.map((one) => explanationText(one, "  ")),
    ].join("\n"),
    issues: [],
  });
}
