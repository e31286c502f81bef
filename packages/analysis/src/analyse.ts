import { errorIssue, type Issue, type Passport, warningIssue } from "@livermark/core";
import type { AnalysisSet, AnalysisTable, Protocol } from "@livermark/study";
import { datasetOf } from "./analysis-dataset.js";
import { baselineTable } from "./baseline.js";
import { binaryOutcome } from "./binary-outcome.js";
import { columnId, columnOf, columnPassports, type Dataset } from "./dataset.js";
import { withDerivedGroups } from "./derived-groups.js";
import { modelPart } from "./models-part.js";
import { joinParts, type Part, part } from "./part.js";
import { parsePlan } from "./plan.js";
import { type CodedOutcome, distinctComputations, recomputeTable } from "./recompute.js";
import type { Selection } from "./regression.js";
import { responsePart } from "./response-part.js";
import type { RecomputePlan } from "./results.js";
import { rocPart } from "./roc-part.js";
import { type EndpointColumns, survivalData } from "./survival-data.js";
import { type SurvivalConventions, survivalPart } from "./survival-part.js";
import { sweepPart } from "./sweep-part.js";

/** The named conventions of a preset; all of them are printed. */
export function conventionsOf(preset: "r" | "spss"): {
  readonly survival: SurvivalConventions;
  readonly ties: "efron" | "breslow";
  readonly printed: { readonly [name: string]: string };
} {
  const spss = preset === "spss";
  const ties = spss ? "breslow" : "efron";
  return {
    survival: { intervalType: "log", medianRule: spss ? "spss" : "r", ties, level: 0.95 },
    ties,
    printed: {
      preset,
      survivalInterval: "log",
      medianRule: spss ? "spss" : "r",
      ties,
      coxInterval: "wald",
      quantileType: "7",
      level: "0.95",
    },
  };
}

const LANDMARK_MONTHS = [12, 24, 36];

const endpointsOf = (table: AnalysisTable): readonly EndpointColumns[] =>
  table.endpoints.map(({ name, label, time, event }) => ({ name, label, time, event }));

/** Landmarks that somebody reached. */
function landmarks(data: Dataset, endpoints: readonly EndpointColumns[]): readonly number[] {
  const last = Math.max(
    0,
    ...endpoints.flatMap((endpoint) => {
      const survival = survivalData(data, endpoint);
      return survival.ok ? [survival.value.months.reduce((most, month) => Math.max(most, month), 0)] : [];
    }),
  );
  return LANDMARK_MONTHS.filter((month) => month <= last);
}

/** One table of the analysis set with its endpoints. */
interface Layer {
  readonly data: Dataset;
  readonly endpoints: readonly EndpointColumns[];
}

/** The layer that owns an endpoint: patients, if the endpoint is one per patient, else treatments. */
const layerOf = (layers: readonly Layer[], endpoint: string): Layer | undefined =>
  layers.find((layer) => layer.endpoints.some((one) => one.name === endpoint));

function selectionOf(model: Protocol["models"][number], preset: "r" | "spss"): Selection | null {
  switch (model.select) {
    case "all":
      return { rule: "all" };
    case "univariable-p":
      return { rule: "univariable-p", enterP: model.enter_p ?? 0.1 };
    case "backward":
      return { rule: "backward", stayP: model.enter_p ?? 0.1, test: preset === "spss" ? "likelihood-ratio" : "wald" };
    case "stepwise":
      return { rule: "stepwise" };
    case "lasso":
      return null;
  }
}

function modelsPart(layers: readonly Layer[], protocol: Protocol): Part {
  const { ties, survival } = conventionsOf(protocol.conventions.statistics);
  return joinParts(
    protocol.models.map((model): Part => {
      const absent = (code: string, message: string, got: string, wanted: string): Part =>
        part({
          issues: [
            warningIssue({ code, message: `${model.label}: ${message}`, got, wanted, path: `models.${model.id}` }),
          ],
        });
      const selection = selectionOf(model, protocol.conventions.statistics);
      if (selection === null)
        return absent(
          "selection-unknown",
          "this way of choosing covariates is not there; the model was left out.",
          model.select,
          "all | univariable-p | backward | stepwise",
        );
      const common = {
        id: model.id,
        label: model.label,
        outcomeName: model.outcome,
        covariates: model.covariates,
        selection,
        level: survival.level,
      };
      if (model.kind === "cox") {
        const layer = layerOf(layers, model.outcome);
        const endpoint = layer?.endpoints.find((one) => one.name === model.outcome);
        if (layer === undefined || endpoint === undefined)
          return absent(
            "unknown-endpoint",
            "there is no such endpoint.",
            model.outcome,
            layers.flatMap((one) => one.endpoints.map((e) => e.name)).join(", "),
          );
        const times = survivalData(layer.data, endpoint);
        if (!times.ok) return part({ issues: times.issues });
        const cluster =
          layer.data.unit === "treatment" ? layer.data.rows.map((row) => row.slice(0, row.lastIndexOf("/"))) : null;
        const repeated = cluster !== null && new Set(cluster).size < cluster.length;
        return modelPart(layer.data, {
          ...common,
          outcomeColumns: [endpoint.time, endpoint.event],
          outcome: { kind: "cox", survival: times.value, ties, cluster: repeated ? cluster : null },
        });
      }
      const [patients] = layers;
      const column = patients === undefined ? null : columnOf(patients.data, model.outcome);
      if (patients === undefined || column === null || !column.ok) return part({ issues: column?.issues ?? [] });
      const coded = binaryOutcome(patients.data, column.value);
      if (coded === null)
        return absent(
          "outcome-not-binary",
          "the outcome is not a yes/no column.",
          model.outcome,
          "a number 0/1 or a category of two levels",
        );
      return modelPart(patients.data, {
        ...common,
        outcomeColumns: [model.outcome],
        outcome: { kind: "logistic", name: model.outcome, ...coded },
      });
    }),
  );
}

/** What an analysis leaves: tables, figures, notes and passports, and the data with the computations to be repeated in R. */
export interface Analysis extends Part {
  readonly recompute: RecomputePlan;
}

/**
 * Runs what the protocol asks for on the analysis set without the excluded patients: baseline table, response, survival of
 * every endpoint with its comparisons, threshold sweeps, ROC curves and regression models. What cannot be computed becomes an Issue; the rest goes on. Every number and
 * every column of the data has a passport.
 */
export function analyse(set: AnalysisSet, protocol: Protocol, excluded: ReadonlySet<string> = new Set()): Analysis {
  const conventions = conventionsOf(protocol.conventions.statistics);
  const groups = [set.patients, set.treatments].map((table) => {
    const rows = table.rows.filter((row) => !excluded.has(row.patient));
    return { table, ...withDerivedGroups(datasetOf({ ...table, rows }), protocol.groups) };
  });
  const patientEndpoints = new Set(set.patients.endpoints.map((endpoint) => endpoint.name));
  const layers = groups.map(
    ({ table, data }): Layer => ({
      data,
      endpoints: endpointsOf(table).filter(
        (endpoint) => table.unit === "patient" || !patientEndpoints.has(endpoint.name),
      ),
    }),
  );
  const issues: Issue[] = [];
  const [patients] = layers;
  if (set.patients.rows.length > 0 && patients?.data.rows.length === 0)
    issues.push(
      errorIssue({
        code: "nobody-eligible",
        message: "The protocol's rules exclude every patient, so there is nothing to analyse.",
        got: `${excluded.size} of ${set.patients.rows.length} excluded`,
        wanted: "at least one patient",
        mend: "Look at the rules that failed with `livermark derive`, and correct the tables or the protocol.",
      }),
    );
  const baseline =
    patients === undefined || patients.data.rows.length === 0
      ? part({})
      : baselineTable(
          patients.data,
          protocol.baseline_table.flatMap((name) => {
            const column = columnOf(patients.data, name);
            issues.push(...column.issues.map((issue) => ({ ...issue, severity: "warning" as const })));
            return column.ok ? [column.value] : [];
          }),
          [{ key: "all", label: "All", rows: patients.data.rows.map((_, row) => row) }],
        );
  const survival = layers
    .filter((layer) => layer.endpoints.length > 0 && layer.data.rows.length > 0)
    .map((layer) =>
      survivalPart(layer.data, {
        endpoints: layer.endpoints,
        comparisons: protocol.comparisons.filter((one) => layer.endpoints.some((e) => e.name === one.endpoint)),
        landmarkMonths: landmarks(layer.data, layer.endpoints),
        conventions: conventions.survival,
      }),
    );
  const plan = parsePlan(protocol.plan, protocol.id);
  if (!plan.ok) issues.push(...plan.issues);
  const asked = plan.ok ? plan.value : null;
  for (const name of asked?.sweeps.flatMap((sweep) => sweep.endpoints) ?? [])
    if (layerOf(layers, name) === undefined)
      issues.push(
        warningIssue({
          code: "unknown-endpoint",
          message: "A threshold sweep names an endpoint that the study does not have.",
          got: name,
          wanted: layers.flatMap((layer) => layer.endpoints.map((endpoint) => endpoint.name)).join(", "),
          path: "plan.sweeps",
        }),
      );
  const [perPatient, perTreatment] = layers;
  const responders =
    perTreatment !== undefined && perTreatment.data.rows.length > (perPatient?.data.rows.length ?? 0)
      ? perTreatment
      : perPatient;
  const done = joinParts([
    ...groups.map((group) => group.part),
    part({ issues }),
    baseline,
    ...(asked?.response && responders !== undefined ? [responsePart(responders.data)] : []),
    ...survival,
    ...(asked === null
      ? []
      : layers.map((layer) =>
          sweepPart(
            layer.data,
            layer.endpoints,
            asked.sweeps.map((sweep) => ({
              ...sweep,
              endpoints: sweep.endpoints.filter((name) => layerOf(layers, name) === layer),
            })),
            conventions.survival,
          ),
        )),
    ...(asked === null || perPatient === undefined ? [] : [rocPart(perPatient.data, asked.rocs)]),
    modelsPart(layers, protocol),
  ]);
  const coded = (data: Dataset): readonly CodedOutcome[] =>
    data.unit === "treatment"
      ? []
      : [
          ...(asked?.rocs ?? []),
          ...protocol.models
            .filter((model) => model.kind === "logistic")
            .map(({ outcome }) => ({ outcome, event: [] })),
        ];
  return {
    ...done,
    passports: [...done.passports, ...usedColumns(layers, done.passports)],
    recompute: {
      tables: layers.map(({ data, endpoints }) => recomputeTable(data, endpoints, coded(data))),
      computations: distinctComputations(done.computations),
    },
  };
}

/** Passports of the data columns that results name, and of the columns that those were made from. */
function usedColumns(layers: readonly Layer[], passports: readonly Passport[]): readonly Passport[] {
  const columns = new Map(
    layers.flatMap(({ data }) => data.columns.map((column) => [columnId(data, column), { data, column }] as const)),
  );
  const used = new Map<string, readonly Passport[]>();
  let open = passports;
  while (open.length > 0) {
    const found: Passport[] = [];
    for (const { inputs } of open)
      for (const input of inputs) {
        const named = input.kind === "result" ? columns.get(input.id) : undefined;
        if (input.kind !== "result" || named === undefined || used.has(input.id)) continue;
        const own = columnPassports(named.data, named.column);
        used.set(input.id, own);
        found.push(...own);
      }
    open = found;
  }
  return [...used.values()].flat();
}
