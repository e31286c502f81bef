import type { Issue, Result } from "@livermark/core";
import type { Running } from "@livermark/statistics";
import { binaryOutcome } from "./binary-outcome.js";
import { columnOf, type DataColumn } from "./dataset.js";
import type { GroupDefinition } from "./group-rules.js";
import type { Layer } from "./plan/step.js";
import type { ChooseRule } from "./recipe/choose.js";
import type { CutRule } from "./recipe/cuts.js";
import type { Frame, FrameColumn } from "./recipe/frame.js";
import type { Candidate, Recipe } from "./recipe/recipe.js";
import { type Outcome, outcomeRows } from "./regression.js";
import { survivalData } from "./survival-data.js";

/** One model of a plan: candidates one by one, then the chosen ones together. */
export interface ModelPlan {
  readonly id: string;
  readonly label: string;
  readonly outcomeName: string;
  /** The outcome in words. */
  readonly outcomeLabel: string;
  readonly outcomeColumns: readonly string[];
  /** Levels that count as the event of a logistic model. */
  readonly event: readonly string[];
  readonly outcome: Outcome;
  readonly covariates: readonly string[];
  readonly rules: readonly ChooseRule[];
  readonly strata: readonly string[];
  readonly level: number;
  readonly groups: ReadonlyMap<string, GroupDefinition>;
  /** Null = complete cases. */
  readonly impute: { readonly imputations: number; readonly iterations: number } | null;
  readonly riskCut: Recipe["riskCut"];
  /** Resamples in which the whole recipe is repeated; 0 = none. */
  readonly replicates: number;
  /** Also with the numbers behind the groups. */
  readonly continuous: boolean;
  /** Months at which a Cox model's predictions are judged; null = none. */
  readonly horizon: number | null;
  /** Risks at which a decision curve is drawn. */
  readonly thresholds: readonly number[];
  readonly seed: number;
  readonly running: Running;
}

/** A column of the data at the rows that have the outcome. */
export function frameColumn(column: DataColumn, rows: readonly number[]): FrameColumn {
  if (column.type === "number")
    return {
      kind: "number",
      name: column.name,
      values: Float64Array.from(rows, (row) => column.values[row] ?? Number.NaN),
    };
  return {
    kind: "category",
    name: column.name,
    levels: column.levels,
    codes: Int16Array.from(rows, (row) => {
      const value = column.values[row];
      return value === null || value === undefined ? -1 : column.levels.indexOf(value);
    }),
  };
}

/** A column of a frame as a column of the data, for the tables of a model; rows without outcome have no value. */
export function dataColumn(column: FrameColumn, like: DataColumn, rows: readonly number[], length: number): DataColumn {
  if (column.kind === "number" && like.type === "number") {
    const values = new Array<number | null>(length).fill(null);
    rows.forEach((row, i) => {
      const value = column.values[i] ?? Number.NaN;
      values[row] = Number.isNaN(value) ? null : value;
    });
    return { ...like, values };
  }
  if (column.kind === "category" && like.type === "category") {
    const values = new Array<string | null>(length).fill(null);
    rows.forEach((row, i) => {
      values[row] = column.levels[column.codes[i] ?? -1] ?? null;
    });
    return { ...like, values };
  }
  return like;
}

/** The search of a derived group, and the columns that it reads, in the frame. */
function searchOf(
  { data, endpoints }: Layer,
  group: GroupDefinition,
  rows: readonly number[],
): { readonly rule: CutRule; readonly columns: readonly FrameColumn[] } | null {
  if (group.rule === "median" || group.rule === "quartiles") return { rule: { kind: group.rule }, columns: [] };
  if (group.rule === "fixed") return { rule: { kind: "fixed", cuts: group.cuts }, columns: [] };
  if (group.outcome === null) return null;
  const at = new Map(rows.map((row, i) => [row, i]));
  const spread = (name: string, from: readonly number[], values: readonly number[]): FrameColumn => {
    const made = new Float64Array(rows.length).fill(Number.NaN);
    from.forEach((row, i) => {
      const place = at.get(row);
      if (place !== undefined) made[place] = values[i] ?? Number.NaN;
    });
    return { kind: "number", name, values: made };
  };
  if (group.rule === "youden") {
    const column = columnOf(data, group.outcome.name);
    const coded = column.ok ? binaryOutcome(data, column.value, group.outcome.event) : null;
    if (coded === null) return null;
    const outcome = `outcome of ${group.id}`;
    return {
      rule: { kind: "youden", outcome, direction: group.direction },
      columns: [spread(outcome, coded.rows, coded.values)],
    };
  }
  const endpoint = endpoints.find((one) => one.name === group.outcome?.name);
  const survival = endpoint === undefined ? null : survivalData(data, endpoint);
  if (survival?.ok !== true) return null;
  const [time, event] = [`time of ${group.id}`, `event of ${group.id}`];
  return {
    rule: { kind: "maximally-selected", time, event, smallestShare: group.smallestShare },
    columns: [
      spread(time, survival.value.rows, survival.value.months),
      spread(event, survival.value.rows, survival.value.event),
    ],
  };
}

/** The data of a model as a frame, and its recipe. Candidates that the data do not have are Issues and stay out. */
export function recipeOf(
  layer: Layer,
  plan: ModelPlan,
): {
  readonly frame: Frame;
  readonly recipe: Recipe;
  readonly columns: readonly DataColumn[];
  readonly issues: readonly Issue[];
} {
  const { data } = layer;
  const rows = outcomeRows(plan.outcome);
  const frameColumns = new Map<string, FrameColumn>();
  const candidates: Candidate[] = [];
  const filled = new Set<string>();
  const columns: DataColumn[] = [];
  const issues: Issue[] = [];
  const add = (found: Result<DataColumn>): boolean => {
    if (!found.ok) {
      issues.push(...found.issues.map((issue) => ({ ...issue, severity: "warning" as const })));
      return false;
    }
    frameColumns.set(found.value.name, frameColumn(found.value, rows));
    return true;
  };
  for (const name of new Set(plan.covariates)) {
    const column = columnOf(data, name);
    if (!add(column) || !column.ok) continue;
    columns.push(column.value);
    const group = plan.groups.get(name);
    const search = group?.derived === true ? searchOf(layer, group, rows) : null;
    const marker = group === undefined ? null : columnOf(data, group.of);
    if (group !== undefined && search !== null && marker?.ok === true) {
      frameColumns.delete(name);
      add(marker);
      for (const one of search.columns) frameColumns.set(one.name, one);
      filled.add(group.of);
      const { labels, reference, equalGoes } = group;
      candidates.push({ name, cut: { of: group.of, rule: search.rule, labels, reference, equalGoes } });
    } else {
      filled.add(name);
      candidates.push({ name, cut: null });
    }
  }
  const { outcome } = plan;
  const frame: Frame = {
    n: rows.length,
    columns: frameColumns,
    outcome:
      outcome.kind === "logistic"
        ? { kind: "logistic", y: Float64Array.from(outcome.values) }
        : {
            kind: "cox",
            time: Float64Array.from(outcome.survival.months),
            event: Float64Array.from(outcome.survival.event),
            ties: outcome.ties,
          },
    ids: Int32Array.from(rows, (_, i) => i),
  };
  return {
    frame,
    columns,
    issues,
    recipe: {
      candidates,
      choose: plan.rules,
      impute: plan.impute === null ? null : { seed: plan.seed, ...plan.impute, columns: [...filled] },
      riskCut: plan.riskCut,
    },
  };
}

/** Clusters of the model's rows as numbers, for resampling; null when every row stands for itself. */
export function clustersOf(plan: ModelPlan): Int32Array | null {
  const { cluster } = plan.outcome;
  if (cluster === null) return null;
  const numbers = new Map<string, number>();
  return Int32Array.from(outcomeRows(plan.outcome), (row) => {
    const name = cluster[row] ?? "";
    const known = numbers.get(name) ?? numbers.size;
    numbers.set(name, known);
    return known;
  });
}
