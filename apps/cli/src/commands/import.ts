import { existsSync, readFileSync } from "node:fs";
import { dirname, join, relative, resolve } from "node:path";
import { all, describeIssue, type Issue, ok, type Result, refuse, refuseWith, warningIssue } from "@livermark/core";
import { dateOffsetDays, pseudonymOf } from "@livermark/dicom";
import {
  type CovariateSpec,
  csvText,
  ctcaeTable,
  ctcaeTerms,
  type ForeignTable,
  foreignTable,
  guessEncoding,
  type ImportedTable,
  importFile,
  knownColumns,
  mappingsFor,
  type Pseudonyms,
  parseDelimited,
  parseMappings,
  parseStudyFile,
  type RedcapField,
  redcapDictionary,
  sheetNames,
  suggestMapping,
  type TableMapping,
  type TableName,
} from "@livermark/study";
import { type BundleTables, openTables } from "../bundle-tables.js";
import { type Command, flag, type Output, text, usageIssue, type Values } from "../command.js";
import { readBytes, readTextFile } from "../files.js";
import { type Act, planImport } from "../import-tables.js";
import { type NewFile, replaceFiles } from "../replace-files.js";
import { readSiteKey } from "../site-key.js";

/** Extra columns that the bundle explains: by its protocol, study.yaml and codebook. */
function knownIn({ protocol, study, files }: BundleTables): (table: TableName) => readonly CovariateSpec[] {
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

/** Every sheet of every table, read as far as it can be without a mapping. */
async function foreignTables(paths: readonly string[]): Promise<Result<readonly ForeignTable[]>> {
  const found: Result<readonly ForeignTable[]>[] = [];
  for (const path of paths) {
    const bytes = readBytes(path);
    if (!bytes.ok) return bytes;
    const plain = { skip_rows: 0, header_rows: 1, decimal: "." } as const;
    if (path.toLowerCase().endsWith(".xlsx")) {
      const sheets = await sheetNames(bytes.value, path);
      if (!sheets.ok) return sheets;
      for (const sheet of sheets.value) {
        const raw = await foreignTable(path, bytes.value, { source: { ...plain, sheet } });
        found.push(
          raw.ok
            ? ok([{ file: path, sheet: sheets.value.length > 1 ? sheet : null, encoding: null, raw: raw.value }])
            : raw,
        );
      }
      continue;
    }
    const encoding = guessEncoding(bytes.value, path);
    if (!encoding.ok) return encoding;
    const raw = await foreignTable(path, bytes.value, { source: { ...plain, encoding: encoding.value } });
    found.push(raw.ok ? ok([{ file: path, sheet: null, encoding: encoding.value, raw: raw.value }]) : raw);
  }
  const tables = all(found);
  return tables.ok ? ok(tables.value.flat(), tables.issues) : tables;
}

async function suggest(paths: readonly string[], to: string, bundle: string | undefined): Promise<Result<Output>> {
  if (existsSync(to))
    return refuse({
      code: "file-exists",
      message: "There is a mapping of this name already.",
      got: to,
      wanted: "a new file",
      mend: "Choose another name, or correct the file that is there.",
    });
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

function pseudonyms(mappings: readonly TableMapping[], values: Values): Result<Pseudonyms | null> {
  const shift = flag(values, "shift-dates");
  const asked = shift || mappings.some(({ columns }) => columns.some(({ identifier }) => identifier));
  if (!asked) return ok(null);
  const key = readSiteKey(values);
  if (!key.ok) return key;
  if (key.value.length < 16)
    return refuse({
      code: "key-too-short",
      message: "The site's key is too short to keep pseudonyms secret.",
      got: `${key.value.length} characters`,
      wanted: "at least 16 characters",
    });
  return ok({
    of: (id) => pseudonymOf(key.value, id),
    shiftDays: (id) => (shift ? dateOffsetDays(key.value, id) : 0),
  });
}

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

/** The key table beside the bundle, with new identifiers added; null when none were replaced. */
function keyTableFile(bundle: string, imported: readonly ImportedTable[], values: Values): Result<NewFile | null> {
  const fresh = new Map(imported.flatMap(({ keyTable }) => [...keyTable]));
  if (fresh.size === 0) return ok(null);
  const path = text(values, "key-table") ?? `${resolve(bundle)}.key-table.csv`;
  if (!relative(resolve(bundle), resolve(path)).startsWith(".."))
    return refuse({
      code: "key-table-in-bundle",
      message: "The key table would lie in the bundle, and go wherever the bundle goes.",
      got: path,
      wanted: "a path outside the bundle",
      mend: "Choose another --key-table.",
    });
  const before = existsSync(path) ? parseDelimited(readFileSync(path, "utf8"), path) : null;
  if (before !== null && !before.ok) return before;
  const rows = new Map([
    ...(before?.value.rows ?? []).map(({ cells }) => [cells[0] ?? "", cells[1] ?? ""] as const),
    ...fresh,
  ]);
  return ok({ path, bytes: csvText([["identifier", "pseudonym"], ...rows]), secret: true });
}

/** Who imports, when, and why. The clock is read here, at the edge: it enters the history and no result. */
const actOf = (values: Values): Act => ({
  by: text(values, "by") ?? process.env.LIVERMARK_USER ?? "unnamed",
  at: text(values, "at") ?? new Date().toISOString(),
  why: text(values, "why") ?? "",
});

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
        ? suggest(positionals, draft, bundle)
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

/** The terms of the official CTCAE spreadsheet, from whichever of its sheets holds them. */
async function importTerms(
  paths: readonly string[],
  bundle: string | undefined,
  scale: string,
  values: Values,
): Promise<Result<Output>> {
  const [path] = paths;
  if (
    path === undefined ||
    paths.length > 1 ||
    bundle === undefined ||
    (scale !== "CTCAE-5.0" && scale !== "CTCAE-6.0")
  )
    return usageIssue("--ctcae wants CTCAE-5.0 or CTCAE-6.0, one SHEET, and --into BUNDLE.");
  const opened = openTables(bundle);
  if (!opened.ok) return opened;
  const sheets = await foreignTables([path]);
  if (!sheets.ok) return sheets;
  const read = sheets.value.map(({ raw }) => ctcaeTerms(raw, path));
  const terms = read.find((one) => one.ok) ?? read[0];
  if (terms === undefined || !terms.ok) return terms ?? usageIssue("The workbook is empty.");
  const plan = planImport(opened.value, [ctcaeTable(terms.value, scale)], actOf(values), false);
  if (!plan.ok) return plan;
  replaceFiles([...plan.value.files].map(([name, bytes]) => ({ path: join(bundle, "tables", name), bytes })));
  return ok({
    json: { into: bundle, tables: plan.value.tables, issues: plan.value.issues },
    text: `${terms.value.length} terms of ${scale}: ${plan.value.tables.map(({ added, same }) => `${added} added, ${same} there already`).join()}`,
    issues: plan.value.issues,
  });
}

/** Dates that move patient by patient cannot be held against one lock date. */
function lockNote(bundle: string, values: Values): readonly Issue[] {
  if (!flag(values, "shift-dates")) return [];
  const study = parseStudyFile(readFileSync(join(bundle, "study.yaml"), "utf8"), "study.yaml");
  if (!study.ok || study.value.lock_date === undefined) return [];
  return [
    warningIssue({
      code: "lock-with-shifted-dates",
      message: "Each patient's dates were moved by other days, but study.yaml has one lock date for all.",
      got: study.value.lock_date,
      wanted: "no lock_date, and tables that end at the lock",
      mend: "Cut the tables at the lock before importing, and remove lock_date.",
      where: { file: "study.yaml" },
    }),
  ];
}
