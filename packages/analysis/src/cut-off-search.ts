import { type Passport, random } from "@livermark/core";
import { quantiles } from "@livermark/statistics";
import { binaryOutcome } from "./binary-outcome.js";
import { columnId, columnOf, type Dataset, type NumberColumn } from "./dataset.js";
import type { GroupDefinition } from "./group-rules.js";
import type { Layer } from "./plan/step.js";
import { type CutRule, deriveCuts } from "./recipe/cuts.js";
import { type SurvivalData, survivalData } from "./survival-data.js";

/** Values of a data set that the search for a cut-off reads; `time` and `event` or `outcome` by the rule. */
export interface CutOffSearch {
  readonly rule: CutRule;
  readonly marker: Float64Array;
  readonly columns: ReadonlyMap<string, Float64Array>;
  readonly inputs: Passport["inputs"];
  readonly survival: SurvivalData | null;
  readonly outcome: Float64Array | null;
}

const refs = (data: Dataset, names: readonly string[]): Passport["inputs"] =>
  names.flatMap((name) => {
    const column = columnOf(data, name);
    return column.ok ? [{ kind: "result" as const, id: columnId(data, column.value) }] : [];
  });

const flat = (column: NumberColumn): Float64Array => Float64Array.from(column.values, (value) => value ?? Number.NaN);

/** What a derived group's rule looks at in one layer; a word when the layer cannot serve it. */
export function searchIn(layer: Layer, group: GroupDefinition, marker: NumberColumn): CutOffSearch | string {
  const { data, endpoints } = layer;
  const base = { marker: flat(marker), survival: null, outcome: null };
  if (group.rule === "median" || group.rule === "quartiles")
    return { ...base, rule: { kind: group.rule }, columns: new Map(), inputs: refs(data, [group.of]) };
  if (group.rule === "fixed")
    return { ...base, rule: { kind: "fixed", cuts: group.cuts }, columns: new Map(), inputs: refs(data, [group.of]) };
  if (group.outcome === null) return "no outcome is named; give it in `plan.cut_offs`";
  const { name, event } = group.outcome;
  if (group.rule === "youden") {
    const column = columnOf(data, name);
    const coded = column.ok ? binaryOutcome(data, column.value, event) : null;
    if (coded === null) return `${name} is not a yes/no column of the ${data.id}`;
    const outcome = new Float64Array(data.rows.length).fill(Number.NaN);
    coded.rows.forEach((row, i) => {
      outcome[row] = coded.values[i] ?? Number.NaN;
    });
    return {
      ...base,
      outcome,
      rule: { kind: "youden", outcome: "outcome", direction: group.direction },
      columns: new Map([["outcome", outcome]]),
      inputs: refs(data, [group.of, name]),
    };
  }
  const endpoint = endpoints.find((one) => one.name === name);
  const survival = endpoint === undefined ? null : survivalData(data, endpoint);
  if (endpoint === undefined || survival?.ok !== true) return `${name} is not an endpoint of the ${data.id}`;
  const time = new Float64Array(data.rows.length).fill(Number.NaN);
  const flags = new Float64Array(data.rows.length).fill(Number.NaN);
  survival.value.rows.forEach((row, i) => {
    time[row] = survival.value.months[i] ?? Number.NaN;
    flags[row] = survival.value.event[i] ?? Number.NaN;
  });
  return {
    ...base,
    survival: survival.value,
    rule: { kind: "maximally-selected", time: "time", event: "event", smallestShare: group.smallestShare },
    columns: new Map([
      ["time", time],
      ["event", flags],
    ]),
    inputs: refs(data, [group.of, endpoint.time, endpoint.event]),
  };
}

/** Percentile interval (`level`) of the first cut over bootstrap samples; null where fewer than half gave one. */
export function bootstrapCut(
  search: CutOffSearch,
  replicates: number,
  seed: number,
  level: number,
): { readonly low: number; readonly high: number } | null {
  if (replicates < 20) return null;
  const stream = random(seed);
  const n = search.marker.length;
  const found: number[] = [];
  for (let b = 0; b < replicates; b++) {
    const rows = Int32Array.from({ length: n }, () => stream.integer(n));
    const at = (values: Float64Array): Float64Array => Float64Array.from(rows, (row) => values[row] ?? Number.NaN);
    const cuts = deriveCuts(search.rule, at(search.marker), (name) => {
      const values = search.columns.get(name);
      return values === undefined ? null : at(values);
    });
    if (cuts.ok && cuts.value[0] !== undefined) found.push(cuts.value[0]);
  }
  if (found.length < replicates / 2) return null;
  const [low, high] = quantiles(found, [(1 - level) / 2, (1 + level) / 2], 7);
  return low === undefined || high === undefined ? null : { low, high };
}
