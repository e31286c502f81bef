import { dirname, join } from "node:path";
import { describeIssue, type Issue, ok, type Result, refuse, refuseWith } from "@livermark/core";
import {
  csvText,
  type ImportedTable,
  importFile,
  mappingsFor,
  parseDelimited,
  parseMappings,
  type RedcapField,
  redcapDictionary,
  type TableMapping,
} from "@livermark/study";
import { openTables } from "../bundle-tables.js";
import { type Command, flag, text, usageIssue, type Values } from "../command.js";
import { draftMapping, knownIn } from "../draft-mapping.js";
import { readBytes, readTextFile } from "../files.js";
import { keyTableFile, lockNote, pseudonyms } from "../import-identities.js";
import { actOf, planImport } from "../import-tables.js";
import { importTerms } from "../import-terms.js";
import { replaceFiles } from "../replace-files.js";

function dictionaryOf(
  mappings: readonly TableMapping[],
  mappingFile: string,
  values: Values,
): Result<readonly RedcapField[] | undefined> {
  const named = mappings.map(({ source }) => source.redcap?.dictionary).find((one) => one !== undefined);
  const path = text(values, "dictionary") ?? (named === undefined ? undefined : join(dirname(mappingFile), named));
  if (path === undefined) return ok(undefined);
  const content = readTextFile(path);
  if (!content.ok) return content;
  const raw = parseDelimited(content.value, path);
  return raw.ok ? redcapDictionary(raw.value, path) : raw;
}

const refusedCsv = (issues: readonly Issue[]): string =>
  csvText([
    ["file", "sheet", "row", "column", "code", "found", "wanted", "mend"],
    ...issues.map(({ where, code, got, wanted, mend }) => [
      where.file ?? "",
      where.table ?? "",
      where.line ?? null,
      where.column ?? "",
      code,
      got,
      wanted,
      mend,
    ]),
  ]);

export const command: Command = {
  usage:
    "TABLE… --mapping FILE --into BUNDLE [--key-file FILE] [--shift-dates] [--dictionary FILE] [--amend --why TEXT] [--by NAME] [--json] | TABLE… --suggest FILE [--into BUNDLE] | SHEET --ctcae CTCAE-5.0|CTCAE-6.0 --into BUNDLE",
  help: [
    "Brings foreign tables (CSV in any encoding, XLSX, REDCap exports) into a bundle by a saved mapping. Rows are added at the end of the",
    "bundle's tables; what is there stays. A record that is there with other content is refused, or with --amend --why corrected in the",
    "history, which keeps the earlier value. Every refused cell is listed with sheet, row and column (--refused FILE saves the list);",
    "the rest is imported. Columns marked `identifier: true` become keyed pseudonyms (--key-file, as for the images); the key table is",
    "written beside the bundle (--key-table FILE). --shift-dates moves every date by the patient's keyed days, as in the images.",
    "--ctcae brings the terms and grades of the official CTCAE spreadsheet, against which adverse events are then checked.",
    "--suggest FILE drafts a mapping from the tables' headers and cells instead, to be read and corrected.",
    "Examples:\n  livermark import clinic.xlsx --suggest clinic.yaml --into my-study",
    "  livermark import clinic.xlsx --mapping clinic.yaml --into my-study --key-file site.key --shift-dates",
  ].join("\n"),
  options: {
    mapping: { type: "string" },
    into: { type: "string" },
    suggest: { type: "string" },
    ctcae: { type: "string" },
    dictionary: { type: "string" },
    "key-file": { type: "string" },
    "key-table": { type: "string" },
    "shift-dates": { type: "boolean" },
    amend: { type: "boolean" },
    by: { type: "string" },
    why: { type: "string" },
    at: { type: "string" },
    refused: { type: "string" },
  },
  async run(positionals, values) {
    const bundle = text(values, "into");
    const mappingFile = text(values, "mapping");
    const scale = text(values, "ctcae");
    if (scale !== undefined) return importTerms(positionals, bundle, scale, values);
    const draft = text(values, "suggest");
    if (positionals.length === 0) return usageIssue("import wants at least one TABLE.");
    if (draft !== undefined)
      return mappingFile === undefined
        ? draftMapping(positionals, draft, bundle)
        : usageIssue("import wants --mapping or --suggest, not both.");
    if (mappingFile === undefined || bundle === undefined)
      return usageIssue("import wants --mapping FILE and --into BUNDLE, or --suggest FILE.");
    const why = text(values, "why") ?? "";
    if (flag(values, "amend") && why === "") return usageIssue("--amend wants its reason: --why TEXT.");
    const content = readTextFile(mappingFile);
    if (!content.ok) return content;
    const mappings = parseMappings(content.value, mappingFile);
    if (!mappings.ok) return mappings;
    const opened = openTables(bundle);
    if (!opened.ok) return opened;
    const names = pseudonyms(mappings.value, values);
    if (!names.ok) return names;
    const dictionary = dictionaryOf(mappings.value, mappingFile, values);
    if (!dictionary.ok) return dictionary;

    const imported: ImportedTable[] = [];
    for (const path of positionals) {
      const bytes = readBytes(path);
      if (!bytes.ok) return bytes;
      const own = mappingsFor(mappings.value, path);
      if (own.length === 0)
        return refuse({
          code: "no-mapping",
          message: "No part of the mapping is for this file.",
          got: path,
          wanted: mappings.value.map(({ source }) => source.file).join(", "),
          mend: "Correct source.file in the mapping, or leave it out.",
          where: { file: mappingFile },
        });
      for (const mapping of own) {
        const table = await importFile(path, bytes.value, mapping, {
          pseudonyms: names.value,
          known: knownIn(opened.value),
          dictionary: dictionary.value,
        });
        if (!table.ok) return refuseWith(table.issues);
        imported.push(table.value);
      }
    }
    const plan = planImport(opened.value, imported, actOf(values), flag(values, "amend"));
    if (!plan.ok) return plan;
    const keyTable = keyTableFile(bundle, imported, values);
    if (!keyTable.ok) return keyTable;
    const issues = [...plan.value.issues, ...lockNote(bundle, values)];
    const refused = text(values, "refused");
    replaceFiles([
      ...[...plan.value.files].map(([name, bytes]) => ({ path: join(bundle, "tables", name), bytes })),
      ...(keyTable.value === null ? [] : [keyTable.value]),
      ...(refused === undefined ? [] : [{ path: refused, bytes: refusedCsv(issues) }]),
    ]);
    const files = [...plan.value.files.keys()].map((name) => `tables/${name}`);
    return ok({
      json: { into: bundle, files, tables: plan.value.tables, keyTable: keyTable.value?.path ?? null, issues },
      text: [
        ...plan.value.tables.map(
          ({ table, added, same, amended, refused: left }) =>
            `${table}.csv: ${added} rows added, ${same} there already, ${amended} cells amended, ${left} refused`,
        ),
        ...(keyTable.value === null ? [] : [`key table: ${keyTable.value.path} (keep it apart from the study)`]),
        ...issues.map(describeIssue),
      ].join("\n"),
      issues: [],
    });
  },
};
