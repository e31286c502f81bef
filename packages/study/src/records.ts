import { errorIssue, type Issue, warningIssue } from "@livermark/core";
import type { Protocol } from "./protocol/schema.js";
import type { StudyFile } from "./study-file.js";
import { didYouMean } from "./suggest.js";
import type { CovariateSpec } from "./tables/cells.js";
import { codebookOf, EMPTY_CODEBOOK } from "./tables/codebook.js";
import type { RawTable } from "./tables/csv.js";
import { type Row, TABLE_NAMES, type TableName, tableDefinition } from "./tables/definitions.js";
import { emptyTable, readTable, type Table, typeTable } from "./tables/read-table.js";
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
function knownColumns(protocol: Protocol, study: StudyFile, name: TableName): readonly CovariateSpec[] {
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

/**
 * Reads the tables of a bundle, the codebook first, and joins them into records. Issues name file, line and column;
 * what can be read is kept. Also checked: patients that patients.csv does not know (left out), repeated patients, and
 * tables that use different time axes.
 */
export function readRecords(files: readonly TableFile[], protocol: Protocol, study: StudyFile): StudyRecords {
  const issues: Issue[] = [];
  const read = <N extends TableName>(name: N, codebook = EMPTY_CODEBOOK): Table<N> => {
    const file = files.find((candidate) => candidate.name === name);
    if (file === undefined) return emptyTable(name);
    const context = { codebook, known: knownColumns(protocol, study, name) };
    const result = isRaw(file.content)
      ? typeTable(name, file.content, file.file, context)
      : readTable(name, file.content, file.file, context);
    issues.push(...result.issues);
    return result.table;
  };
  const codebookTable = read("codebook");
  const { codebook, issues: codebookIssues } = codebookOf(codebookTable.rows, codebookTable.file);
  issues.push(...codebookIssues);
  return joinRecords(
    {
      codebook: codebookTable,
      patients: read("patients", codebook),
      images: read("images", codebook),
      regions: read("regions", codebook),
      "time-points": read("time-points", codebook),
      procedures: read("procedures", codebook),
      lesions: read("lesions", codebook),
      responses: read("responses", codebook),
      measurements: read("measurements", codebook),
      features: read("features", codebook),
      board: read("board", codebook),
      labs: read("labs", codebook),
      events: read("events", codebook),
      "adverse-events": read("adverse-events", codebook),
      screening: read("screening", codebook),
      given: read("given", codebook),
    },
    issues,
  );
}

const PATIENT_TABLES = TABLE_NAMES.filter((name) => Object.hasOwn(tableDefinition(name).columns, "patient"));

function joinRecords(tables: StudyTables, readIssues: readonly Issue[]): StudyRecords {
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
  return { tables: admitted, patients, axis, issues };
}

/** Rows by patient, in file order. */
export function byPatient<R extends { readonly patient: string }>(
  rows: readonly R[],
): ReadonlyMap<string, readonly R[]> {
  const groups = new Map<string, R[]>();
  for (const row of rows) {
    const group = groups.get(row.patient);
    if (group === undefined) groups.set(row.patient, [row]);
    else group.push(row);
  }
  return groups;
}
