import { byPatient } from "../records.js";
import { completedYears } from "../time.js";
import type { Treatment } from "../treatments.js";
import { cell, fromRow, missingCell } from "./types.js";
import { type AnalysisInputs, column, perPatient, type Variable } from "./variables.js";

/** The letters of patients.csv in the words that a table prints. */
const SEXES = { M: "male", F: "female" } as const;

/** Sex, age, and the columns that the codebook or the protocol names, from patients.csv and given.csv. */
export function covariateVariables({
  records,
  protocol,
  treatments,
  endpointColumns,
}: AnalysisInputs): readonly Variable[] {
  const { patients, given } = records.tables;
  const rows = new Map(patients.rows.map((row) => [row.patient, row]));
  const variables: Variable[] = [];
  const later = new Set(protocol.covariates.filter((one) => one.after_baseline).map((one) => one.column));
  const inFile = (name: string): boolean => patients.columns.includes(name);
  if (inFile("sex"))
    variables.push(
      perPatient(
        column({ name: "sex", label: "Sex", type: "category", levels: Object.values(SEXES), role: "covariate" }),
        (patient) => {
          const row = rows.get(patient);
          if (row === undefined || row.sex === null) return missingCell("empty");
          return cell(SEXES[row.sex], [fromRow("patients", row.line, "sex")]);
        },
      ),
    );
  if (inFile("age") || inFile("birth_date"))
    variables.push(
      perPatient(column({ name: "age", label: "Age", unit: "years", role: "covariate" }), (patient) => {
        const row = rows.get(patient);
        if (row === undefined) return missingCell("empty");
        if (row.age !== null) return cell(row.age, [fromRow("patients", row.line, "age")]);
        const start = treatments.byPatient.get(patient)?.[0]?.startDay;
        if (row.birth_date === null || start === undefined || records.axis !== "date") return missingCell("empty");
        return cell(
          completedYears(row.birth_date.day, start),
          [fromRow("patients", row.line, "birth_date")],
          "completed years at the first treatment",
        );
      }),
    );
  const givenRows = byPatient(given.rows);
  const specs = [
    ...patients.extra.map((spec) => ({ spec, table: "patients" as const })),
    ...given.extra
      .filter((spec) => !endpointColumns.has(spec.name) && !patients.extra.some(({ name }) => name === spec.name))
      .map((spec) => ({ spec, table: "given" as const })),
  ];
  for (const { spec, table } of specs)
    variables.push({
      column: column({
        name: spec.name,
        label: spec.label,
        unit: spec.unit,
        type: spec.type === "number" ? "number" : spec.type === "category" ? "category" : "text",
        levels: spec.type === "category" ? spec.levels : null,
        role: "covariate",
        afterBaseline: later.has(spec.name),
      }),
      at: (patient, treatment) => {
        const row =
          table === "patients"
            ? rows.get(patient)
            : (givenRows.get(patient) ?? []).find((one) => one.treatment === null || one.treatment === treatment);
        if (row === undefined) return missingCell(`no row in ${table}.csv`);
        const found = row.extra[spec.name];
        const sources = [fromRow(table, row.line, spec.name)];
        return found === undefined || found.value === null
          ? missingCell(found?.missing ?? "empty", sources)
          : cell(found.value, sources, "", found.censored);
      },
    });
  return variables;
}

/** How many treatments the patient had, and how many procedures this treatment. */
export function countVariables({ treatments }: AnalysisInputs): readonly Variable[] {
  const of = (patient: string): readonly Treatment[] => treatments.byPatient.get(patient) ?? [];
  return [
    perPatient(column({ name: "treatments", label: "Treatments", role: "count", afterBaseline: true }), (patient) =>
      cell(
        of(patient).length,
        of(patient).flatMap(({ procedures }) => procedures.map((row) => fromRow("procedures", row.line))),
      ),
    ),
    {
      column: column({ name: "procedures", label: "Procedures of the treatment", role: "count", afterBaseline: true }),
      at: (patient, treatment) => {
        const procedures = of(patient).find(({ number }) => number === treatment)?.procedures ?? [];
        return cell(
          procedures.length,
          procedures.map((row) => fromRow("procedures", row.line)),
        );
      },
    },
  ];
}
