import { compareStrings, type Issue } from "@livermark/core";
import type { EndpointDefinition } from "../endpoints/definitions.js";
import type { EndpointRow } from "../endpoints/endpoint.js";
import { type GivenEndpoints, givenKey } from "../endpoints/given-endpoints.js";
import { indexDefinition } from "../indices/definitions.js";
import type { DerivedIndices } from "../indices/derive-indices.js";
import type { Protocol } from "../protocol/schema.js";
import { responseVariable, variableAt } from "../protocol/variables.js";
import { analysisReader } from "../readers.js";
import { byPatient, type StudyRecords } from "../records.js";
import type { DerivedResponse } from "../response/derive-response.js";
import { OVERALL_RESPONSES } from "../response/overall.js";
import { parseNumber } from "../tables/cells.js";
import { completedYears } from "../time.js";
import type { Treatment, Treatments } from "../treatments.js";
import { type BiomarkerLookup, biomarkerLookup, type ComputedMeasurement } from "./biomarkers.js";
import { speakingTreatment } from "./patient-from.js";
import {
  type AnalysisCell,
  type AnalysisColumn,
  type AnalysisEndpoint,
  type AnalysisRow,
  type AnalysisSet,
  cell,
  fromRow,
  missingCell,
} from "./types.js";

/** What the analysis set is made from. */
export interface AnalysisInputs {
  readonly records: StudyRecords;
  readonly protocol: Protocol;
  readonly readerOrder: readonly string[];
  /** Columns of given.csv that are times and events, not covariates. */
  readonly endpointColumns: ReadonlySet<string>;
  readonly treatments: Treatments;
  readonly responses: DerivedResponse;
  readonly endpoints: readonly EndpointRow[];
  readonly definitions: readonly EndpointDefinition[];
  readonly given: GivenEndpoints;
  readonly indices: DerivedIndices;
  readonly computed: readonly ComputedMeasurement[];
}

/** One column with the way to its cells. */
interface Variable {
  readonly column: AnalysisColumn;
  readonly at: (patient: string, treatment: number) => AnalysisCell;
}

const column = (parts: Partial<AnalysisColumn> & Pick<AnalysisColumn, "name" | "label" | "role">): AnalysisColumn => ({
  unit: "",
  type: "number",
  levels: null,
  afterBaseline: false,
  ...parts,
});

/** A variable that does not depend on the treatment: its cell is made once for all rows of a patient. */
function perPatient(column: AnalysisColumn, of: (patient: string) => AnalysisCell): Variable {
  let last: { readonly patient: string; readonly cell: AnalysisCell } | null = null;
  return {
    column,
    at: (patient) => {
      if (last?.patient !== patient) last = { patient, cell: of(patient) };
      return last.cell;
    },
  };
}

/**
 * Builds the analysis set: one row per patient and one per treatment, each cell with its sources. In the table of
 * patients, what belongs to a treatment comes from the one that the protocol lets speak for the patient.
 */
export function buildAnalysisSet(inputs: AnalysisInputs): {
  readonly set: AnalysisSet;
  readonly issues: readonly Issue[];
} {
  const { records, protocol, treatments } = inputs;
  const { lookup, issues } = biomarkerLookup(records, protocol, inputs.readerOrder, inputs.computed);
  const base: Variable[] = [
    ...covariates(inputs),
    ...counts(inputs),
    ...features(inputs),
    ...biomarkers(inputs, lookup),
    ...indices(inputs),
    ...responses(inputs),
  ];
  const known = new Map(base.map((variable) => [variable.column.name, variable]));
  const outcomes = endpointVariables(inputs);
  const all = [...base, ...groups(protocol, known)];
  const rowOf = (patient: string, treatment: number, per: "patient" | "treatment"): AnalysisRow => {
    const cells: { [name: string]: AnalysisCell } = {};
    for (const variable of all) cells[variable.column.name] = variable.at(patient, treatment);
    for (const variable of outcomes.variables)
      if (variable.per === "patient" || per === "treatment")
        cells[variable.column.name] = variable.at(patient, treatment);
    return { patient, treatment: per === "patient" ? null : treatment, cells };
  };
  const columnsFor = (per: "patient" | "treatment"): readonly AnalysisColumn[] => [
    ...all.map((variable) => variable.column),
    ...outcomes.variables
      .filter((variable) => variable.per === "patient" || per === "treatment")
      .map((variable) => variable.column),
  ];
  const table = (per: "patient" | "treatment", rows: readonly AnalysisRow[]): AnalysisSet["patients"] => ({
    unit: per,
    columns: withLevels(columnsFor(per), rows),
    endpoints: outcomes.endpoints
      .filter((endpoint) => endpoint.per === "patient" || per === "treatment")
      .map(({ per: _, ...endpoint }) => endpoint),
    rows,
  });
  const speaks = speakingTreatment(inputs.responses.best, protocol, treatments);
  const patientRows: AnalysisRow[] = [];
  const treatmentRows: AnalysisRow[] = [];
  for (const patient of records.patients) {
    patientRows.push(rowOf(patient, speaks(patient), "patient"));
    for (const { number } of treatments.byPatient.get(patient) ?? [])
      treatmentRows.push(rowOf(patient, number, "treatment"));
  }
  return {
    set: { patients: table("patient", patientRows), treatments: table("treatment", treatmentRows) },
    issues,
  };
}

function covariates({ records, protocol, treatments, endpointColumns }: AnalysisInputs): readonly Variable[] {
  const { patients, given } = records.tables;
  const rows = new Map(patients.rows.map((row) => [row.patient, row]));
  const variables: Variable[] = [];
  const later = new Set(protocol.covariates.filter((one) => one.after_baseline).map((one) => one.column));
  const inFile = (name: string): boolean => patients.columns.includes(name);
  if (inFile("sex"))
    variables.push(
      perPatient(
        column({ name: "sex", label: "Sex", type: "category", levels: ["M", "F"], role: "covariate" }),
        (patient) => {
          const row = rows.get(patient);
          if (row === undefined || row.sex === null) return missingCell("empty");
          return cell(row.sex, [fromRow("patients", row.line, "sex")]);
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

function counts({ treatments }: AnalysisInputs): readonly Variable[] {
  const of = (patient: string): readonly Treatment[] => treatments.byPatient.get(patient) ?? [];
  return [
    {
      column: column({ name: "treatments", label: "Treatments", role: "count", afterBaseline: true }),
      at: (patient) =>
        cell(
          of(patient).length,
          of(patient).flatMap(({ procedures }) => procedures.map((row) => fromRow("procedures", row.line))),
        ),
    },
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

function features({ records, protocol, readerOrder }: AnalysisInputs): readonly Variable[] {
  const index = byPatient(records.tables.features.rows);
  return protocol.features.flatMap((feature) =>
    feature.time_points.map(
      (timePoint): Variable => ({
        column: column({
          name: variableAt(feature.id, timePoint),
          label: feature.time_points.length > 1 ? `${feature.label}, ${timePoint}` : feature.label,
          type: "category",
          levels: feature.categories,
          role: "feature",
          afterBaseline: timePoint !== protocol.response.baseline,
        }),
        at: (patient, treatment) => {
          const rows = (index.get(patient) ?? []).filter(
            (row) =>
              row.feature === feature.id &&
              row.time_point === timePoint &&
              (row.treatment === null || row.treatment === treatment),
          );
          const readers = [...new Set(rows.map(({ reader }) => reader))];
          const reader = analysisReader(readers, protocol.readers.analysis, readerOrder);
          const row = rows.find((one) => one.reader === reader);
          if (row === undefined || row.value === null) return missingCell("not read");
          const sources = [fromRow("features", row.line, "value")];
          const value = feature.categories.find((category) => category.toLowerCase() === row.value?.toLowerCase());
          return value === undefined ? missingCell(`unknown category ${row.value}`, sources) : cell(value, sources);
        },
      }),
    ),
  );
}

function biomarkers({ records, protocol, computed }: AnalysisInputs, lookup: BiomarkerLookup): readonly Variable[] {
  const labelOf = new Map(protocol.time_points.map(({ id, label }) => [id, label]));
  const baseline = protocol.response.baseline;
  const defined = protocol.biomarkers.flatMap((marker) =>
    marker.time_points.map((timePoint) => ({ id: marker.id, label: marker.label, unit: marker.unit, timePoint })),
  );
  const known = new Set(defined.map(({ id, timePoint }) => variableAt(id, timePoint)));
  const others = new Map<string, { id: string; label: string; unit: string; timePoint: string }>();
  const measured = [
    ...records.tables.measurements.rows.map((row) => ({
      id: row.biomarker,
      unit: row.unit ?? "",
      timePoint: row.time_point,
    })),
    ...computed.map((one) => ({ id: one.biomarker, unit: one.unit, timePoint: one.timePoint })),
  ];
  for (const one of measured) {
    const name = variableAt(one.id, one.timePoint);
    if (!known.has(name) && !others.has(name)) others.set(name, { ...one, label: one.id });
  }
  const variables: Variable[] = [...defined, ...[...others.values()].sort((a, b) => compareStrings(a.id, b.id))].map(
    ({ id, label, unit, timePoint }) => ({
      column: column({
        name: variableAt(id, timePoint),
        label: `${label}, ${labelOf.get(timePoint) ?? timePoint}`,
        unit,
        role: "biomarker",
        afterBaseline: timePoint !== baseline,
      }),
      at: (patient, treatment) => lookup(patient, treatment, id, timePoint),
    }),
  );
  for (const change of protocol.changes) {
    const unit = change.as === "percent" ? "%" : (protocol.biomarkers.find(({ id }) => id === change.of)?.unit ?? "");
    variables.push({
      column: column({ name: change.id, label: change.label, unit, role: "change", afterBaseline: true }),
      at: (patient, treatment) => {
        const from = lookup(patient, treatment, change.of, change.from);
        const to = lookup(patient, treatment, change.of, change.to);
        const sources = [...from.sources, ...to.sources];
        if (typeof from.value !== "number") return missingCell(`${change.from}: ${from.missing}`, sources);
        if (typeof to.value !== "number") return missingCell(`${change.to}: ${to.missing}`, sources);
        if (change.as === "rise") return cell(to.value - from.value, sources, `${change.to} − ${change.from}`);
        if (change.as === "fall") return cell(from.value - to.value, sources, `${change.from} − ${change.to}`);
        if (from.value === 0) return missingCell(`no change defined: ${change.from} is 0`, sources);
        const percent = ((to.value - from.value) / from.value) * 100;
        return cell(percent, sources, `(${change.to} − ${change.from}) / ${change.from} × 100`);
      },
    });
  }
  return variables;
}

function indices({ indices: derived, protocol }: AnalysisInputs): readonly Variable[] {
  return protocol.indices.names.map((name): Variable => {
    const definition = indexDefinition(name);
    return {
      column: column({
        name,
        label: definition.label,
        type: definition.levels === null ? "number" : "category",
        levels: definition.levels,
        role: "index",
      }),
      at: (patient) => derived.of(patient, name),
    };
  });
}

function responses({ responses: derived, protocol, readerOrder }: AnalysisInputs): readonly Variable[] {
  const { time_point: timePoint, groupings } = protocol.response;
  const byTreatment = byPatient<{
    readonly patient: string;
    readonly treatment: number;
    readonly profile: string;
    readonly reader: string | null;
    readonly value: string;
    readonly why: string;
    readonly table: string;
    readonly lines: readonly number[];
  }>(
    timePoint === undefined
      ? derived.best.map((row) => ({ ...row, value: row.best, table: "lesions", lines: [] }))
      : derived.timePoints
          .filter((row) => row.timePoint === timePoint)
          .map((row) => ({ ...row, value: row.overall, table: row.source.table, lines: row.source.lines })),
  );
  const find = (patient: string, treatment: number, profile: string): AnalysisCell => {
    const rows = (byTreatment.get(patient) ?? []).filter(
      (row) => row.treatment === treatment && row.profile === profile,
    );
    const reader = analysisReader(
      rows.map((row) => row.reader),
      protocol.readers.analysis,
      readerOrder,
    );
    const row = rows.find((one) => one.reader === reader);
    if (row === undefined) return missingCell("no assessment");
    return cell(
      row.value,
      row.lines.map((line) => fromRow(row.table, line)),
      row.why,
    );
  };
  return protocol.response.profiles.flatMap((profile): readonly Variable[] => [
    {
      column: column({
        name: responseVariable(profile),
        label: `Response (${profile})${timePoint === undefined ? ", best" : `, ${timePoint}`}`,
        type: "category",
        levels: OVERALL_RESPONSES,
        role: "response",
        afterBaseline: true,
      }),
      at: (patient, treatment) => find(patient, treatment, profile),
    },
    ...groupings.map(
      (grouping): Variable => ({
        column: column({
          name: `${grouping.id}:${profile}`,
          label: `${grouping.label} (${profile})`,
          type: "category",
          levels: ["no", "yes"],
          role: "response",
          afterBaseline: true,
        }),
        at: (patient, treatment) => {
          const found = find(patient, treatment, profile);
          const text = String(found.value);
          if (grouping.yes.includes(text)) return { ...found, value: "yes" };
          return grouping.no.includes(text)
            ? { ...found, value: "no" }
            : missingCell(found.missing || `${text} is in neither group`, found.sources);
        },
      }),
    ),
  ]);
}

function groups(protocol: Protocol, known: ReadonlyMap<string, Variable>): readonly Variable[] {
  return protocol.groups.flatMap((group): readonly Variable[] => {
    const of = known.get(group.of);
    const { cuts } = group;
    if (of === undefined || cuts === undefined) return [];
    const rest = group.labels.filter((label) => label !== group.reference);
    const how = `${group.of}, cut ${cuts.join(", ")}`;
    const classify = (found: AnalysisCell): AnalysisCell => {
      const { value } = found;
      if (typeof value !== "number") return missingCell(found.missing || "no number", found.sources);
      const above = cuts.filter((cut) => (group.equal_goes === "up" ? value >= cut : value > cut)).length;
      return cell(group.labels[above]!, found.sources, how);
    };
    let last: { readonly found: AnalysisCell; readonly cell: AnalysisCell } | null = null;
    return [
      {
        column: column({
          name: group.id,
          label: group.label,
          type: "category",
          levels: [group.reference, ...rest],
          role: "group",
          afterBaseline: of.column.afterBaseline,
        }),
        at: (patient, treatment) => {
          const found = of.at(patient, treatment);
          if (last?.found !== found) last = { found, cell: classify(found) };
          return last.cell;
        },
      },
    ];
  });
}

function endpointVariables({ endpoints, definitions, given, protocol }: AnalysisInputs): {
  readonly variables: readonly (Variable & { readonly per: "patient" | "treatment" })[];
  readonly endpoints: readonly (AnalysisEndpoint & { readonly per: "patient" | "treatment" })[];
} {
  const index = new Map(endpoints.map((row) => [givenKey(row.name, row.patient, row.treatment), row]));
  const givenNames = new Set(given.rows.map((row) => row.name));
  const listedNames = new Set(endpoints.filter((row) => row.listed || givenNames.has(row.name)).map((row) => row.name));
  const inForce = [
    ...definitions.filter(({ name }) => listedNames.has(name)),
    ...[...givenNames]
      .filter((name) => !definitions.some((definition) => definition.name === name))
      .map((name) => ({ name, label: name, version: "given", withinMonths: null })),
  ];
  const built = inForce.map((definition) => {
    const { name, label, version } = definition;
    const perTreatment = endpoints.some((row) => row.name === name && row.treatment !== null);
    const per: "patient" | "treatment" = perTreatment ? "treatment" : "patient";
    const find = (patient: string, treatment: number): EndpointRow | undefined =>
      index.get(givenKey(name, patient, perTreatment ? treatment : null));
    const isGiven = givenNames.has(name);
    const unit = isGiven
      ? ([...given.written.entries()].find(([key]) => key.startsWith(`${name}|`))?.[1].unit ?? "days")
      : "days";
    const sourcesOf = (row: EndpointRow): AnalysisCell["sources"] =>
      "line" in row.deciding
        ? [fromRow(row.deciding.table, row.deciding.line, row.deciding.column)]
        : "timePoint" in row.deciding
          ? (row.deciding.lines ?? []).map((line) => fromRow(row.deciding.table, line))
          : [];
    if (definition.withinMonths !== null) {
      const outcome: Variable = {
        column: column({ name, label, type: "category", levels: ["no", "yes"], role: "outcome", afterBaseline: true }),
        at: (patient, treatment) => {
          const row = find(patient, treatment);
          if (row === undefined || row.event === null) return missingCell(row?.why ?? "not derived");
          return cell(row.event === 1 ? "yes" : "no", sourcesOf(row), row.why);
        },
      };
      return { variables: [{ ...outcome, per }], endpoints: [] };
    }
    const time: Variable = {
      column: column({
        name: `${name}_time`,
        label: `${label}, time`,
        unit,
        role: "endpoint-time",
        afterBaseline: true,
      }),
      at: (patient, treatment) => {
        const row = find(patient, treatment);
        if (row === undefined) return missingCell("not derived");
        const written = given.written.get(givenKey(name, patient, perTreatment ? treatment : null));
        return cell(written?.value ?? row.timeDays, sourcesOf(row), row.why);
      },
    };
    const event: Variable = {
      column: column({ name: `${name}_event`, label: `${label}, event`, role: "endpoint-event", afterBaseline: true }),
      at: (patient, treatment) => {
        const row = find(patient, treatment);
        return row === undefined || row.event === null
          ? missingCell("not derived")
          : cell(row.event, sourcesOf(row), row.why);
      },
    };
    const endpoint = { name, label, version, time: `${name}_time`, event: `${name}_event`, unit, given: isGiven, per };
    return {
      variables: [
        { ...time, per },
        { ...event, per },
      ],
      endpoints: [endpoint],
    };
  });
  const order = protocol.endpoints.map((entry) => (typeof entry === "string" ? entry : entry.name));
  built.sort((a, b) => order.indexOf(a.endpoints[0]?.name ?? "") - order.indexOf(b.endpoints[0]?.name ?? ""));
  return { variables: built.flatMap((one) => one.variables), endpoints: built.flatMap((one) => one.endpoints) };
}

/** Category columns without stated levels take the values met, numbers in numeric order. */
function withLevels(columns: readonly AnalysisColumn[], rows: readonly AnalysisRow[]): readonly AnalysisColumn[] {
  return columns.map((one) => {
    if (one.type !== "category" || (one.levels !== null && one.levels.length > 0)) return one;
    const met = [
      ...new Set(
        rows.map((row) => row.cells[one.name]?.value).filter((value) => value !== null && value !== undefined),
      ),
    ];
    const levels = met.map(String).sort((a, b) => {
      const x = parseNumber(a);
      const y = parseNumber(b);
      return x !== null && y !== null ? x - y : compareStrings(a, b);
    });
    return { ...one, levels };
  });
}
