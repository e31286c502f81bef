import { ok, type Result } from "@livermark/core";
import { type CovariateSpec, knownColumns, suggestMapping, type TableName } from "@livermark/study";
import { type BundleTables, openTables } from "./bundle-tables.js";
import type { Output } from "./command.js";
import { newFiles } from "./files.js";
import { foreignTables } from "./foreign-tables.js";
import { replaceFiles } from "./replace-files.js";

/** Extra columns that the bundle explains: by its protocol, study.yaml and codebook. */
export function knownIn({ protocol, study, files }: BundleTables): (table: TableName) => readonly CovariateSpec[] {
  const codebook = files.get("codebook");
  const at = (name: string): number => codebook?.header.indexOf(name) ?? -1;
  return (table) => [
    ...knownColumns(protocol, study, table),
    ...(codebook?.rows ?? [])
      .filter(({ cells }) => [table, `${table}.csv`, ""].includes(cells[at("table")] ?? ""))
      .map(({ cells }): CovariateSpec => {
        const type = cells[at("type")] ?? "";
        return {
          name: cells[at("column")] ?? "",
          label: cells[at("label")] ?? "",
          type: type === "number" || type === "category" || type === "date" ? type : "text",
          unit: cells[at("unit")] ?? "",
          levels: (cells[at("levels")] ?? "").split(/[|;]/).filter((level) => level !== ""),
          missingCodes: [],
        };
      }),
  ];
}

/** Drafts a mapping from foreign tables into a new file, with the columns that a bundle explains where one is named. */
export async function draftMapping(
  paths: readonly string[],
  to: string,
  bundle: string | undefined,
): Promise<Result<Output>> {
  const free = newFiles([to]);
  if (!free.ok) return free;
  const opened = bundle === undefined ? null : openTables(bundle);
  if (opened !== null && !opened.ok) return opened;
  const tables = await foreignTables(paths);
  if (!tables.ok) return tables;
  const draft = suggestMapping(
    tables.value,
    opened === null ? undefined : knownIn(opened.value),
    opened?.value.protocol.treatments.kinds[0],
  );
  replaceFiles([{ path: to, bytes: draft }]);
  return ok({ json: { mapping: to, draft }, text: `${draft}wrote ${to}`, issues: [] });
}
