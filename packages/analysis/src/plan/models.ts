import { random, warningIssue } from "@livermark/core";
import { z } from "zod";
import { binaryOutcome } from "../binary-outcome.js";
import type { Conventions } from "../conventions.js";
import { columnOf, type Dataset } from "../dataset.js";
import type { ModelPlan } from "../model-recipe.js";
import { type ModelOutcome, modelPart } from "../models-part.js";
import { joinParts, type Part, part } from "../part.js";
import type { ChooseRule } from "../recipe/choose.js";
import type { Outcome } from "../regression.js";
import { survivalData } from "../survival-data.js";
import { definedGroups } from "./cut-offs.js";
import { defineStep } from "./define.js";
import { type AddedColumn, layerOf, layerWith, type PlanContext, sectionOf } from "./step.js";

const p = z.number().gt(0).lt(1);
const removal = z.enum(["wald", "likelihood-ratio", "conditional"]);

/** One rule of choosing covariates; rules are applied one after the other. */
export const chooseRule = z.discriminatedUnion("rule", [
  z.strictObject({ rule: z.literal("all") }),
  z.strictObject({
    rule: z.literal("univariable-p"),
    enter_p: p.default(0.1),
    test: z.enum(["wald", "likelihood-ratio"]).default("wald"),
  }),
  z.strictObject({ rule: z.literal("backward"), stay_p: p.default(0.1), test: removal.optional() }),
  z.strictObject({
    rule: z.literal("forward"),
    enter_p: p.default(0.05),
    entry: z.enum(["score", "likelihood-ratio"]).default("score"),
  }),
  z.strictObject({
    rule: z.literal("stepwise-p"),
    enter_p: p.default(0.05),
    stay_p: p.default(0.1),
    entry: z.enum(["score", "likelihood-ratio"]).default("score"),
    test: removal.optional(),
  }),
  z.strictObject({
    rule: z.literal("stepwise-aic"),
    direction: z.enum(["backward", "forward", "both"]).default("both"),
  }),
  z.strictObject({
    rule: z.literal("lasso"),
    lambda: z.enum(["min", "1se"]).default("min"),
    folds: z.int().min(3).default(10),
  }),
]);

export const modelEntry = z.strictObject({
  id: z.string(),
  label: z.string(),
  kind: z.enum(["cox", "logistic"]),
  /** An endpoint (Cox), or a yes/no column (logistic). */
  outcome: z.string(),
  /** Levels of the outcome that count as the event; the second of two unless given. */
  event: z.array(z.string()).default([]),
  /** Candidates: columns, groups, or `set:<id>` of the section `sets`. */
  covariates: z.array(z.string()).min(1),
  /** Short form of `choose`. */
  select: z.enum(["all", "univariable-p", "backward", "forward", "stepwise", "lasso"]).default("all"),
  enter_p: p.optional(),
  choose: z.array(chooseRule).optional(),
  missing: z
    .union([
      z.literal("complete-case"),
      z.strictObject({ imputations: z.int().min(2).default(20), iterations: z.int().positive().default(10) }),
    ])
    .default("complete-case"),
  /** Categories with their own baseline hazards (Cox). */
  strata: z.array(z.string()).default([]),
  /** `auto`: a patient's treatments belong together; `none`; or a column whose equal values belong together. */
  cluster: z.string().default("auto"),
  /** Cut of the predicted risk: it gives `risk-class:<id>` for comparisons. */
  risk_cut: z.union([z.enum(["youden", "median"]), z.number()]).optional(),
  /** Resamples in which the whole recipe is repeated. */
  validate: z.int().nonnegative().default(0),
  /** Also with the numbers behind the groups. */
  continuous: z.boolean().default(true),
  /** Months at which a Cox model's predictions are judged. */
  horizon_months: z.number().positive().optional(),
});

export type ModelEntry = z.output<typeof modelEntry>;

/** Named sets of candidates. */
export const setStep = defineStep({
  key: "sets",
  place: 0,
  schema: z
    .array(z.strictObject({ id: z.string(), label: z.string().default(""), columns: z.array(z.string()).min(1) }))
    .default([]),
  run: () => ({ part: part({}) }),
});

const THRESHOLDS = Array.from({ length: 99 }, (_, k) => (k + 1) / 100);

/** One written rule as the recipe takes it; what it leaves open comes from the conventions. */
function ruleOf(rule: z.output<typeof chooseRule>, test: Conventions["removalTest"], seed: number): ChooseRule {
  switch (rule.rule) {
    case "all":
      return { rule: "all" };
    case "univariable-p":
      return { rule: rule.rule, enterP: rule.enter_p, test: rule.test };
    case "backward":
      return { rule: rule.rule, stayP: rule.stay_p, test: rule.test ?? test };
    case "forward":
      return { rule: rule.rule, enterP: rule.enter_p, stayP: 1 - 1e-9, entry: rule.entry, test };
    case "stepwise-p":
      return { rule: rule.rule, enterP: rule.enter_p, stayP: rule.stay_p, entry: rule.entry, test: rule.test ?? test };
    case "stepwise-aic":
      return { rule: rule.rule, direction: rule.direction };
    case "lasso":
      return { rule: rule.rule, lambda: rule.lambda, folds: rule.folds, seed };
  }
}

function rulesOf(entry: ModelEntry, conventions: Conventions, seed: number): readonly ChooseRule[] {
  const { removalTest } = conventions;
  if (entry.choose !== undefined) return entry.choose.map((rule) => ruleOf(rule, removalTest, seed));
  switch (entry.select) {
    case "all":
      return [];
    case "univariable-p":
      return [{ rule: "univariable-p", enterP: entry.enter_p ?? 0.1, test: "wald" }];
    case "backward":
      return [{ rule: "backward", stayP: entry.enter_p ?? 0.1, test: removalTest }];
    case "forward":
      return [{ rule: "forward", enterP: entry.enter_p ?? 0.05, stayP: 1 - 1e-9, entry: "score", test: removalTest }];
    case "stepwise":
      return [{ rule: "stepwise-aic", direction: "both" }];
    case "lasso":
      return [{ rule: "lasso", lambda: "min", folds: 10, seed }];
  }
}

/** Cluster of each row, or null when every row stands for itself. */
function clusterOf(data: Dataset, asked: string): readonly string[] | null {
  if (asked === "none") return null;
  if (asked === "auto") {
    if (data.unit !== "treatment") return null;
    const patients = data.rows.map((row) => row.slice(0, row.lastIndexOf("/")));
    return new Set(patients).size < patients.length ? patients : null;
  }
  const column = columnOf(data, asked);
  return column.ok ? data.rows.map((row, i) => String(column.value.values[i] ?? row)) : null;
}

/** Labels of the strata of each row: all named categories together; null where one is missing. */
function strataOf(data: Dataset, names: readonly string[]): readonly (string | null)[] | null {
  if (names.length === 0) return null;
  const columns = names.flatMap((name) => {
    const column = columnOf(data, name);
    return column.ok ? [column.value] : [];
  });
  return data.rows.map((_, row) => {
    const values = columns.map((column) => column.values[row] ?? null);
    return values.some((value) => value === null) ? null : values.join(", ");
  });
}

/** A model entry made ready, or the part that says why it is left out. */
export function modelPlanOf(
  context: PlanContext,
  entry: ModelEntry,
): { readonly plan: ModelPlan; readonly layer: PlanContext["layers"][number] } | Part {
  const { layers, conventions } = context;
  const absent = (code: string, message: string, got: string, wanted: string): Part =>
    part({
      issues: [warningIssue({ code, message: `${entry.label}: ${message}`, got, wanted, path: `models.${entry.id}` })],
    });
  const sets = sectionOf(context, setStep) ?? [];
  const covariates = entry.covariates.flatMap((name) =>
    name.startsWith("set:") ? (sets.find(({ id }) => `set:${id}` === name)?.columns ?? [name]) : [name],
  );
  const seed = random(context.seed)
    .fork(`model ${entry.id}`)
    .integer(2 ** 31);
  const cut = entry.risk_cut;
  const common = {
    id: entry.id,
    label: entry.label,
    outcomeName: entry.outcome,
    event: entry.event,
    covariates,
    rules: rulesOf(entry, conventions, seed),
    strata: entry.strata,
    level: conventions.survival.level,
    groups: definedGroups(context),
    impute: entry.missing === "complete-case" ? null : entry.missing,
    riskCut: cut === undefined ? null : typeof cut === "number" ? ({ rule: "fixed", at: cut } as const) : { rule: cut },
    replicates: Math.min(entry.validate, context.mostResamples),
    continuous: entry.continuous,
    horizon: entry.horizon_months ?? null,
    thresholds: THRESHOLDS,
    seed,
    running: context.running,
  };
  if (entry.kind === "cox") {
    const layer = layerOf(layers, entry.outcome);
    const endpoint = layer?.endpoints.find((one) => one.name === entry.outcome);
    if (layer === undefined || endpoint === undefined)
      return absent(
        "unknown-endpoint",
        "there is no such endpoint.",
        entry.outcome,
        layers.flatMap((one) => one.endpoints.map((e) => e.name)).join(", "),
      );
    const times = survivalData(layer.data, endpoint);
    if (!times.ok) return part({ issues: times.issues.map((issue) => ({ ...issue, severity: "warning" as const })) });
    const outcome: Outcome = {
      kind: "cox",
      survival: times.value,
      ties: conventions.ties,
      cluster: clusterOf(layer.data, entry.cluster),
      strata: strataOf(layer.data, entry.strata),
    };
    return {
      layer,
      plan: { ...common, outcomeLabel: endpoint.label, outcomeColumns: [endpoint.time, endpoint.event], outcome },
    };
  }
  const layer = layerWith(layers, entry.outcome) ?? layers[0];
  const column = layer === undefined ? null : columnOf(layer.data, entry.outcome);
  if (layer === undefined || column === null || !column.ok)
    return part({ issues: (column?.issues ?? []).map((issue) => ({ ...issue, severity: "warning" as const })) });
  const coded = binaryOutcome(layer.data, column.value, entry.event);
  if (coded === null)
    return absent(
      "outcome-not-binary",
      "the outcome is not a yes/no column.",
      entry.outcome,
      "a number 0/1 or a category of two levels",
    );
  if (new Set(coded.values).size < 2)
    return absent(
      "outcome-of-one-class",
      "every row has the same outcome.",
      entry.outcome,
      "rows with and without the event",
    );
  return {
    layer,
    plan: {
      ...common,
      outcomeLabel: column.value.label,
      outcomeColumns: [entry.outcome],
      outcome: { kind: "logistic", name: entry.outcome, ...coded, cluster: clusterOf(layer.data, entry.cluster) },
    },
  };
}

/** Regression models: candidates one by one, then the chosen ones together. */
export const modelStep = defineStep({
  key: "models",
  place: 80,
  schema: z.array(modelEntry).default([]),
  run: (context, models) => {
    const parts: Part[] = [];
    const columns: AddedColumn[] = [];
    for (const entry of models) {
      const ready = modelPlanOf(context, entry);
      if (!("plan" in ready)) {
        parts.push(ready);
        continue;
      }
      const done: ModelOutcome = modelPart(ready.layer, ready.plan);
      parts.push(done.part);
      columns.push(...done.columns);
    }
    return { part: joinParts(parts), columns };
  },
});
