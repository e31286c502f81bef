import type { AuditBlock, Results } from "@livermark/analysis";
import { ok, type Result, refuse } from "@livermark/core";
import { formatCell } from "@livermark/report";

/** Tables of `results.json` as the report prints them: a heading row, then one row each, a column label per cell. */
function tableBlocks(results: Results): readonly AuditBlock[] {
  return results.tables.flatMap(({ columns, rows }, index): readonly AuditBlock[] => {
    const block = (cells: readonly string[]): AuditBlock => ({
      kind: "row",
      table: index + 1,
      line: 1,
      text: cells.join(" | "),
      cells,
    });
    const body = rows.map(({ label, cells }) =>
      block([
        label,
        ...columns.map(({ key }) => {
          const cell = cells[key];
          return cell === undefined ? "" : formatCell(cell);
        }),
      ]),
    );
    return [block(["", ...columns.map(({ label }) => label)]), ...body];
  });
}

/** A `results.json` that Livermark wrote; refuses any other JSON. */
export function resultsBlocks(file: string, text: string): Result<readonly AuditBlock[]> {
  let value: unknown = null;
  try {
    value = JSON.parse(text);
  } catch {
    // Not JSON at all: refused below with the same words.
  }
  const schema = typeof value === "object" && value !== null && "schema" in value ? value.schema : undefined;
  if (schema === "livermark.results/1") return ok(tableBlocks(value as Results));
  return refuse({
    code: "wrong-schema",
    message: "Of JSON files the auditor reads only the results that Livermark wrote.",
    got: String(schema),
    wanted: "livermark.results/1",
    where: { file },
  });
}
