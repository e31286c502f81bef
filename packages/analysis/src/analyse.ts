import { errorIssue, type Issue, type Passport } from "@livermark/core";
import type { Running } from "@livermark/statistics";
import type { AnalysisSet, AnalysisTable, Derived, Protocol, StudyRecords } from "@livermark/study";
import { datasetOf } from "./analysis-dataset.js";
import { conventionsOf } from "./conventions.js";
import { columnId, columnPassports } from "./dataset.js";
import { joinParts, type Part, part } from "./part.js";
import { type Layer, type PlanContext, withColumns } from "./plan/step.js";
import { planSteps } from "./plan/steps.js";
import { planOf } from "./plan.js";
import { distinctComputations, recomputeTable } from "./recompute.js";
import type { RecomputePlan } from "./results.js";
import type { EndpointColumns } from "./survival-data.js";

const endpointsOf = (table: AnalysisTable): readonly EndpointColumns[] =>
  table.endpoints.map(({ name, label, time, event }) => ({ name, label, time, event }));

/** What the caller may add to the analysis set and the protocol. */
export interface AnalyseOptions extends Running {
  /** Patients that the eligibility rules exclude. */
  readonly excluded?: ReadonlySet<string>;
  /** Seed of the study; 1 unless given. */
  readonly seed?: number;
  /** Most resamples of any one bootstrap, for a quick look; what the plan asks for unless given. */
  readonly mostResamples?: number;
  /** Records and derivations, for sections that need more than the analysis set (readings, adverse events). */
  readonly records?: StudyRecords;
  readonly derived?: Derived;
}

/** What an analysis leaves: tables, figures, notes and passports, and the data with the computations to be repeated in R. */
export interface Analysis extends Part {
  readonly recompute: RecomputePlan;
}

/** The analysis set without the excluded patients, endpoints that are one per patient only with the patients. */
function layersOf(set: AnalysisSet, excluded: ReadonlySet<string>): readonly Layer[] {
  const perPatient = new Set(set.patients.endpoints.map((endpoint) => endpoint.name));
  return [set.patients, set.treatments].map((table) => ({
    data: datasetOf({ ...table, rows: table.rows.filter((row) => !excluded.has(row.patient)) }),
    endpoints: endpointsOf(table).filter((endpoint) => table.unit === "patient" || !perPatient.has(endpoint.name)),
  }));
}

/**
 * Runs what the protocol's plan asks for on the analysis set without the excluded patients, step by step: derived
 * cut-offs, baseline table, response, models, survival and its comparisons, threshold sweeps, ROC curves and every other
 * section of the plan language (docs/plan.md). What cannot be computed becomes an Issue; the rest goes on. Every number
 * and every column of the data has a passport. Example: `analyse(derived.analysisSet, protocol, { seed: 1 }).tables`.
 */
export function analyse(set: AnalysisSet, protocol: Protocol, options: AnalyseOptions = {}): Analysis {
  const excluded = options.excluded ?? new Set<string>();
  const plan = planOf(protocol);
  const issues: Issue[] = [...plan.issues];
  let layers = layersOf(set, excluded);
  if (set.patients.rows.length > 0 && layers[0]?.data.rows.length === 0)
    issues.push(
      errorIssue({
        code: "nobody-eligible",
        message: "The protocol's rules exclude every patient, so there is nothing to analyse.",
        got: `${excluded.size} of ${set.patients.rows.length} excluded`,
        wanted: "at least one patient",
        mend: "Look at the rules that failed with `livermark derive`, and correct the tables or the protocol.",
      }),
    );
  const shared = {
    set,
    protocol,
    sections: plan.sections,
    conventions: conventionsOf(protocol.conventions.statistics),
    seed: options.seed ?? 1,
    running: options,
    mostResamples: options.mostResamples ?? Number.POSITIVE_INFINITY,
    excluded,
    records: options.records ?? null,
    derived: options.derived ?? null,
  };
  const done: { readonly place: number; readonly part: Part }[] = [{ place: 0, part: part({ issues }) }];
  for (const step of planSteps) {
    const context: PlanContext = { ...shared, layers, before: joinParts(done.map((one) => one.part)) };
    const outcome = step.run(context);
    done.push({ place: step.place, part: outcome.part });
    layers = withColumns(layers, outcome.columns ?? []);
  }
  const printed = joinParts([...done].sort((a, b) => a.place - b.place).map((one) => one.part));
  const tables = layers.map(({ data, endpoints }) => recomputeTable(data, endpoints, printed.codedOutcomes));
  const named = new Set(tables.map(({ name }) => name));
  return {
    ...printed,
    passports: [...printed.passports, ...usedColumns(layers, printed.passports)],
    recompute: {
      tables,
      // Numbers of other tables (procedures) are not repeated.
      computations: distinctComputations(printed.computations).filter(({ data }) => named.has(data)),
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
