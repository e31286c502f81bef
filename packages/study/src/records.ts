import { errorIssue, type Issue, ok, type Result, warningIssue } from "@livermark/core";
import { doubtfulRows } from "./doubtful-rows.js";
import { type AmendedTables, type Amendment, applyJournal } from "./history/apply.js";
import { journalOf } from "./history/journal.js";
import type { Protocol } from "./protocol/schema.js";
import type { StudyFile } from "./study-file.js";
import { didYouMean } from "./suggest.js";
import type { CovariateSpec } from "./tables/cells.js";
import { codebookOf, EMPTY_CODEBOOK } from "./tables/codebook.js";
import { decodeUtf8, parseDelimited, type RawTable } from "./tables/csv.js";
import { type Row, TABLE_NAMES, type TableName, tableDefinition } from "./tables/definitions.js";
import { emptyTable, type Table, typeTable } from "./tables/read-table.js";
import type { TimeAxis } from "./time.js";

/** All tables of a study, read and typed; an absent file is an empty table. */
export type StudyTables = { readonly [N in TableName]: Table<N> };

/** The records of a study: its tables, its patients, and its time axis. */
export interface StudyRecords {
  readonly tables: StudyTables;
  /** Patients in the order of patients.csv, or of first mention where that table is absent. */
  readonly patients: readonly string[];
  /** null when no table carries a time. */
  readonly axis: TimeAxis | null;
  /** Corrections of history.csv that are in force, in the order made. */
  readonly amendments: readonly Amendment[];
  readonly issues: readonly Issue[];
}

/** One file of `tables/`: its table name, and its content as CSV text, bytes, or a sheet that was read already. */
export interface TableFile {
  readonly name: TableName;
  readonly file: string;
  readonly content: string | Uint8Array | RawTable;
}

/** The table that a file name stands for, or null. Example: `tableNameOf("tables/events.csv")` is `events`. */
export function tableNameOf(path: string): TableName | null {
  const base = (path.split("/").pop() ?? path).replace(/\.(csv|xlsx)$/i, "");
  return TABLE_NAMES.find((name) => name === base) ?? null;
}

/** Extra columns that the protocol and study.yaml explain, by table. */
export function knownColumns(protocol: Protocol, study: StudyFile, name: TableName): readonly CovariateSpec[] {
  const fromProtocol = protocol.covariates
    .filter((covariate) => covariate.table === name)
    .map(({ column, label, type, unit, levels }) => ({ name: column, label, type, unit, levels, missingCodes: [] }));
  if (name !== "given") return fromProtocol;
  const endpoints = Object.entries(study.given.endpoints).flatMap(([endpoint, { time, event, unit }]) => [
    plainColumn(time, `${endpoint} time`, unit),
    plainColumn(event, `${endpoint} event`, ""),
  ]);
  return [...endpoints, ...fromProtocol];
}

const plainColumn = (name: string, label: string, unit: string): CovariateSpec => ({
  name,
  label,
  type: "number",
  unit,
  levels: [],
  missingCodes: [],
});

const isRaw = (content: TableFile["content"]): content is RawTable =>
  typeof content !== "string" && !(content instanceof Uint8Array);

/** A file as text cells; a file that is no table gives its Issues. */
function rawOf({ content, file }: TableFile): Result<RawTable> {
  if (isRaw(content)) return ok(content);
  const decoded = typeof content === "string" ? ok(content) : decodeUtf8(content, file);
  return decoded.ok ? parseDelimited(decoded.value, file) : decoded;
}

/**
 * Reads the tables of a bundle, the codebook first, and joins them into records. What `history.csv` amends or retracts
 * is applied before anything is typed. Issues name file, line and column; what can be read is kept. Also checked:
 * patients that patients.csv does not know (left out), repeated patients, and tables that use different time axes.
 * Example: `readRecords([{ name: "patients", file: "tables/patients.csv", content: text }], protocol, study).tables.patients.rows`.
 */
export function readRecords(files: readonly TableFile[], protocol: Protocol, study: StudyFile): StudyRecords {
  const issues: Issue[] = [];
  const byName = new Map<TableName, TableFile>();
  for (const file of files) if (!byName.has(file.name)) byName.set(file.name, file);
  const parse = (name: TableName): RawTable | undefined => {
    const file = byName.get(name);
    if (file === undefined) return undefined;
    const raw = rawOf(file);
    if (raw.ok) return raw.value;
    issues.push(...raw.issues);
    return undefined;
  };
  const typed = <N extends TableName>(name: N, raw: RawTable | undefined, codebook = EMPTY_CODEBOOK): Table<N> => {
    const file = byName.get(name)?.file;
    if (raw === undefined) return file === undefined ? emptyTable(name) : { ...emptyTable(name), file };
    const result = typeTable(name, raw, file ?? name, { codebook, known: knownColumns(protocol, study, name) });
    issues.push(...result.issues);
    return result.table;
  };
  const historyTable = typed("history", parse("history"));
  const history = historyTable.rows.length === 0 ? null : amended(historyTable, parse, byName);
  issues.push(...(history?.issues ?? []));
  // Without a history each table is parsed when its turn comes, so that only one is held as text.
  const current = (name: TableName): RawTable | undefined =>
    history === null ? parse(name) : history.tables.get(name);
  const codebookTable = typed("codebook", current("codebook"));
  const { codebook, issues: codebookIssues } = codebookOf(codebookTable.rows, codebookTable.file);
  issues.push(...codebookIssues);
  const read = <N extends TableName>(name: N): Table<N> => typed(name, current(name), codebook);
  return joinRecords(
    {
      codebook: codebookTable,
      history: historyTable,
      patients: read("patients"),
      images: read("images"),
      regions: read("regions"),
      "time-points": read("time-points"),
      procedures: read("procedures"),
      lesions: read("lesions"),
      responses: read("responses"),
      measurements: read("measurements"),
      features: read("features"),
      board: read("board"),
      labs: read("labs"),
      events: read("events"),
      "adverse-events": read("adverse-events"),
      "ae-terms": read("ae-terms"),
      screening: read("screening"),
      given: read("given"),
    },
    history?.amendments ?? [],
    issues,
  );
}

function amended(
  history: Table<"history">,
  parse: (name: TableName) => RawTable | undefined,
  files: ReadonlyMap<TableName, TableFile>,
): AmendedTables {
  const raws = new Map<TableName, RawTable>();
  for (const name of files.keys()) {
    const raw = name === "history" ? undefined : parse(name);
    if (raw !== undefined) raws.set(name, raw);
  }
  return applyJournal(raws, journalOf(history.rows), history.file);
}

const PATIENT_TABLES = TABLE_NAMES.filter((name) => Object.hasOwn(tableDefinition(name).columns, "patient"));

function joinRecords(
  tables: StudyTables,
  amendments: readonly Amendment[],
  readIssues: readonly Issue[],
): StudyRecords {
  const issues: Issue[] = [...readIssues];
  const patients: string[] = [];
  const known = new Set<string>();
  const listed = tables.patients.columns.length > 0;
  const kept = new Set<Row<"patients">>();
  for (const row of tables.patients.rows) {
    if (known.has(row.patient)) {
      issues.push(
        errorIssue({
          code: "repeated-patient",
          message: `Patient ${row.patient} stands in patients.csv twice; the first row holds.`,
          got: row.patient,
          wanted: "one row per patient",
          mend: "Remove the row that is wrong.",
          where: { patient: row.patient, file: tables.patients.file, table: "patients", line: row.line },
        }),
      );
      continue;
    }
    kept.add(row);
    known.add(row.patient);
    patients.push(row.patient);
  }
  const complained = new Set<string>();
  const admit = <N extends TableName>(table: Table<N>): Table<N> => {
    const rows = table.rows.filter((row) => {
      if (!("patient" in row) || typeof row.patient !== "string") return true;
      if (known.has(row.patient)) return true;
      if (!listed) {
        known.add(row.patient);
        patients.push(row.patient);
        return true;
      }
      if (!complained.has(row.patient)) {
        complained.add(row.patient);
        issues.push(
          errorIssue({
            code: "unknown-patient",
            message: `Patient ${row.patient} is in ${table.file} but not in patients.csv; the rows were left out.`,
            got: row.patient,
            wanted: "a patient of patients.csv",
            mend: didYouMean(row.patient, patients.slice(0, 2000)) || "Add the patient to patients.csv.",
            where: { patient: row.patient, file: table.file, table: table.name, line: row.line, column: "patient" },
          }),
        );
      }
      return false;
    });
    return rows.length === table.rows.length ? table : { ...table, rows };
  };
  const admitted: StudyTables = {
    ...tables,
    patients: { ...tables.patients, rows: tables.patients.rows.filter((row) => kept.has(row)) },
    given: admit(tables.given),
    procedures: admit(tables.procedures),
    "time-points": admit(tables["time-points"]),
    images: admit(tables.images),
    regions: admit(tables.regions),
    lesions: admit(tables.lesions),
    responses: admit(tables.responses),
    measurements: admit(tables.measurements),
    features: admit(tables.features),
    labs: admit(tables.labs),
    events: admit(tables.events),
    board: admit(tables.board),
    "adverse-events": admit(tables["adverse-events"]),
  };
  const axes = PATIENT_TABLES.filter((name) => tables[name].axis !== null);
  const axis = axes[0] === undefined ? null : tables[axes[0]].axis;
  for (const name of axes)
    if (tables[name].axis !== axis)
      issues.push(
        errorIssue({
          code: "mixed-time-axes",
          message: `${tables[name].file} uses ${tables[name].axis}, ${tables[axes[0]!].file} uses ${axis}.`,
          got: tables[name].axis,
          wanted: `${axis} in every table of the bundle`,
          mend: "Use one of date and day in the whole bundle.",
          where: { file: tables[name].file, table: name, line: 1 },
        }),
      );
  for (const name of axes)
    for (const row of tables[name].rows)
      if ("when" in row && row.when !== null && row.when.precision !== "day")
        issues.push(
          warningIssue({
            code: "partial-date",
            message: `The date is known to the ${row.when.precision} only; the middle of the ${row.when.precision} was used.`,
            got: row.when.text,
            wanted: "YYYY-MM-DD",
            mend: "Complete the date if it is known.",
            where: { file: tables[name].file, table: name, line: row.line, column: "date" },
          }),
        );
  issues.push(...doubtfulRows(admitted));
  return { tables: admitted, patients, axis, amendments, issues };
}

const grouped = new WeakMap<object, ReadonlyMap<string, readonly { readonly patient: string }[]>>();

/** Rows by patient, in file order. The groups of one list are made once. */
export function byPatient<R extends { readonly patient: string }>(
  rows: readonly R[],
): ReadonlyMap<string, readonly R[]> {
  const known = grouped.get(rows);
  // What was stored for this very list was made from its own rows.
  if (known !== undefined) return known as ReadonlyMap<string, readonly R[]>;
  const groups = new Map<string, R[]>();
  for (const row of rows) {
    const group = groups.get(row.patient);
    if (group === undefined) groups.set(row.patient, [row]);
    else group.push(row);
  }
  grouped.set(rows, groups);
  return groups;
}
