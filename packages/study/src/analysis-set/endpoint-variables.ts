import type { EndpointDefinition } from "../endpoints/definitions.js";
import type { EndpointRow } from "../endpoints/endpoint.js";
import { givenKey } from "../endpoints/given-endpoints.js";
import { type AnalysisCell, type AnalysisEndpoint, cell, fromRow, missingCell } from "./types.js";
import { type AnalysisInputs, column, perPatient, type Variable } from "./variables.js";

/** What can end the clock of an endpoint. */
const causesOf = ({ progression, untreatable, death }: EndpointDefinition): readonly string[] => [
  ...(progression === "none" ? [] : ["progression"]),
  ...(untreatable ? ["untreatable"] : []),
  ...(death === "none" ? [] : ["death"]),
];

/** Time and event columns of every endpoint in force, and yes/no outcomes. */
export function endpointVariables({ endpoints, definitions, given, protocol }: AnalysisInputs): {
  readonly variables: readonly (Variable & { readonly per: "patient" | "treatment" })[];
  readonly endpoints: readonly (AnalysisEndpoint & { readonly per: "patient" | "treatment" })[];
} {
  const givenNames = new Set(given.rows.map((row) => row.name));
  // Rows of the endpoints that get columns, by name and patient; what is derived besides is not looked at again.
  const index = new Map<string, Map<string, EndpointRow[]>>();
  const perTreatmentNames = new Set<string>();
  for (const row of endpoints) {
    if (!row.listed && !givenNames.has(row.name)) continue;
    const own = index.get(row.name) ?? new Map<string, EndpointRow[]>();
    index.set(row.name, own);
    const rows = own.get(row.patient);
    if (rows === undefined) own.set(row.patient, [row]);
    else rows.push(row);
    if (row.treatment !== null) perTreatmentNames.add(row.name);
  }
  const inForce = [
    ...definitions.filter(({ name }) => index.has(name)),
    ...[...givenNames]
      .filter((name) => !definitions.some((definition) => definition.name === name))
      .map((name) => ({ name, label: name, version: "given", withinMonths: null })),
  ];
  const built = inForce.map((definition) => {
    const { name, label, version } = definition;
    const perTreatment = perTreatmentNames.has(name);
    const own = index.get(name);
    const per: "patient" | "treatment" = perTreatment ? "treatment" : "patient";
    const find = (patient: string, treatment: number): EndpointRow | undefined => {
      const wanted = perTreatment ? treatment : null;
      return own?.get(patient)?.findLast((row) => row.treatment === wanted);
    };
    const isGiven = givenNames.has(name);
    const unit = isGiven
      ? ([...given.written.entries()].find(([key]) => key.startsWith(`${name}|`))?.[1].unit ?? "days")
      : "days";
    // Time, event and cause of one row are asked for one after the other, and share their sources.
    let last: { readonly row: EndpointRow; readonly sources: AnalysisCell["sources"] } | null = null;
    const sourcesOf = (row: EndpointRow): AnalysisCell["sources"] => {
      if (last?.row !== row) last = { row, sources: sourcesFrom(row) };
      return last.sources;
    };
    const sourcesFrom = (row: EndpointRow): AnalysisCell["sources"] =>
      "line" in row.deciding
        ? [fromRow(row.deciding.table, row.deciding.line, row.deciding.column)]
        : "timePoint" in row.deciding
          ? (row.deciding.lines ?? []).map((line) => fromRow(row.deciding.table, line))
          : [];
    const shared = (variable: Variable): Variable & { readonly per: "patient" | "treatment" } =>
      perTreatment
        ? { ...variable, per }
        : { ...perPatient(variable.column, (patient) => variable.at(patient, 1)), per };
    if (definition.withinMonths !== null) {
      const outcome: Variable = {
        column: column({ name, label, type: "category", levels: ["no", "yes"], role: "outcome", afterBaseline: true }),
        at: (patient, treatment) => {
          const row = find(patient, treatment);
          if (row === undefined || row.event === null) return missingCell(row?.why ?? "not derived");
          return cell(row.event === 1 ? "yes" : "no", sourcesOf(row), row.why);
        },
      };
      return { variables: [shared(outcome)], endpoints: [] };
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
        const written = isGiven
          ? given.written.get(givenKey(name, patient, perTreatment ? treatment : null))
          : undefined;
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
    const causes = isGiven || !("progression" in definition) ? [] : causesOf(definition);
    if (causes.length < 2) return { variables: [shared(time), shared(event)], endpoints: [endpoint] };
    const cause: Variable = {
      column: column({
        name: `${name}_cause`,
        label: `${label}, what ended it`,
        type: "category",
        levels: ["censored", ...causes],
        role: "endpoint-cause",
        afterBaseline: true,
      }),
      at: (patient, treatment) => {
        const row = find(patient, treatment);
        if (row === undefined || row.event === null) return missingCell("not derived");
        return cell(row.cause ?? "censored", sourcesOf(row), row.why);
      },
    };
    return {
      variables: [shared(time), shared(event), shared(cause)],
      endpoints: [{ ...endpoint, cause: `${name}_cause` }],
    };
  });
  const order = protocol.endpoints.map((entry) => (typeof entry === "string" ? entry : entry.name));
  built.sort((a, b) => order.indexOf(a.endpoints[0]?.name ?? "") - order.indexOf(b.endpoints[0]?.name ?? ""));
  return { variables: built.flatMap((one) => one.variables), endpoints: built.flatMap((one) => one.endpoints) };
}
