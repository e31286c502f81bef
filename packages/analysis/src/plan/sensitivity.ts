import { inSentence, warningIssue } from "@livermark/core";
import { z } from "zod";
import { cellLedger, columnInputs, pContent, ratioContent } from "../cell-ledger.js";
import { columnOf } from "../dataset.js";
import { modelPart } from "../models-part.js";
import { joinParts, type Part, part } from "../part.js";
import type { Cell, Computation, ResultRow } from "../results.js";
import { defineStep } from "./define.js";
import { type ModelEntry, modelEntry, modelPlanOf, modelStep } from "./models.js";
import { type PlanContext, sectionOf } from "./step.js";

const change = z.strictObject({
  label: z.string(),
  /** Fields of the model that are different here. */
  covariates: z.array(z.string()).min(1).optional(),
  outcome: z.string().optional(),
  event: z.array(z.string()).optional(),
  missing: modelEntry.shape.missing.optional(),
  strata: z.array(z.string()).optional(),
  cluster: z.string().optional(),
  ties: z.enum(["efron", "breslow"]).optional(),
  /** `replace: { from, to }` puts another covariate in the place of one, e.g. another cut-off of the same marker. */
  replace: z.strictObject({ from: z.string(), to: z.string() }).optional(),
  /** Leaves out the rows with these levels. */
  without: z.strictObject({ column: z.string(), levels: z.array(z.string()).min(1) }).optional(),
});

const sensitivityPlan = z.strictObject({
  id: z.string(),
  label: z.string(),
  /** Id of a model of the plan. */
  model: z.string(),
  /** The covariates whose effect is followed through the variants. */
  effects: z.array(z.string()).min(1),
  variants: z.array(change).min(1),
});

type Variant = z.output<typeof change>;

/** The data without the rows that a variant leaves out: their outcome is taken away. */
function contextOf(context: PlanContext, { ties, without }: Variant, outcome: string): PlanContext {
  const conventions =
    ties === undefined
      ? context.conventions
      : { ...context.conventions, ties, survival: { ...context.conventions.survival, ties } };
  if (without === undefined) return { ...context, conventions };
  const levels = new Set(without.levels);
  const layers = context.layers.map((layer) => {
    const column = columnOf(layer.data, without.column);
    if (!column.ok) return layer;
    const gone = (row: number): boolean => levels.has(String(column.value.values[row] ?? ""));
    const times = layer.endpoints.filter((endpoint) => endpoint.name === outcome).map((endpoint) => endpoint.time);
    return {
      ...layer,
      data: {
        ...layer.data,
        columns: layer.data.columns.map((one) => {
          if (one.name !== outcome && !times.includes(one.name)) return one;
          return one.type === "number"
            ? { ...one, values: one.values.map((value, row) => (gone(row) ? null : value)) }
            : { ...one, values: one.values.map((value, row) => (gone(row) ? null : value)) };
        }),
      },
    };
  });
  return { ...context, conventions, layers };
}

function varied(entry: ModelEntry, variant: Variant): ModelEntry {
  const { replace } = variant;
  const covariates = variant.covariates ?? entry.covariates;
  return {
    ...entry,
    covariates:
      replace === undefined ? covariates : covariates.map((name) => (name === replace.from ? replace.to : name)),
    outcome: variant.outcome ?? entry.outcome,
    event: variant.event ?? entry.event,
    missing: variant.missing ?? entry.missing,
    strata: variant.strata ?? entry.strata,
    cluster: variant.cluster ?? entry.cluster,
    validate: 0,
    continuous: false,
  };
}

/** A model again under other choices, one line for each, so that a reader sees what the result hangs on. */
export const sensitivityStep = defineStep({
  key: "sensitivity",
  place: 89,
  schema: z.array(sensitivityPlan).default([]),
  run: (context, plans) => ({
    part: joinParts(
      plans.map((plan): Part => {
        const entry = (sectionOf(context, modelStep) ?? []).find(({ id }) => id === plan.model);
        if (entry === undefined)
          return part({
            issues: [
              warningIssue({
                code: "unknown-model",
                message: `${plan.label}: there is no model of this id.`,
                got: plan.model,
                wanted: (sectionOf(context, modelStep) ?? []).map(({ id }) => id).join(", "),
                path: `plan.sensitivity.${plan.id}`,
              }),
            ],
          });
        const issues: Part["issues"][number][] = [];
        const passports: Part["passports"][number][] = [];
        const rows: ResultRow[] = [];
        const computations: Computation[] = [];
        const all: readonly Variant[] = [{ label: "As planned" }, ...plan.variants];
        all.forEach((variant, k) => {
          const asked = varied(entry, variant);
          const ready = modelPlanOf(contextOf(context, variant, asked.outcome), asked);
          if (!("plan" in ready)) {
            issues.push(...ready.issues);
            return;
          }
          const done = modelPart(ready.layer, ready.plan);
          issues.push(...done.part.issues);
          // Rows that a variant leaves out stay in the table of the recomputation.
          if (variant.without === undefined)
            computations.push(
              ...done.part.computations
                .filter(({ id }) => id === `model.${entry.id}.multi.all`)
                .map((one) => ({ ...one, id: `sensitivity.${plan.id}.${k + 1}` })),
            );
          const effects = [...plan.effects, ...(variant.replace === undefined ? [] : [variant.replace.to])];
          const table = done.part.tables.find(({ id }) => id === `model.${entry.id}`);
          const ledger = cellLedger(
            "sensitivity",
            "1",
            columnInputs(ready.layer.data, [...ready.plan.outcomeColumns, ...ready.plan.covariates]),
          );
          const lines = (table?.rows ?? []).filter((row) => {
            const id = row.cells["multi.ratio"]?.id ?? "";
            return effects.some((name) => id.startsWith(`model.${entry.id}.multi.${name}.`));
          });
          const cell = (row: ResultRow, key: string, what: string, line: number): Cell => {
            const id = `sensitivity.${plan.id}.${k + 1}.${line + 1}.${what}`;
            const found = row.cells[key];
            if (found === undefined) return { id: null, kind: "not-estimable", why: "not in the model" };
            const { id: _, ...content } = found;
            if (content.kind === "estimate")
              return ledger.issued(id, ratioContent(content, { level: content.level }), {
                variant: variant.label,
              });
            if (content.kind === "p") return ledger.issued(id, pContent(content.value), { variant: variant.label });
            return { id: null, ...content };
          };
          rows.push({
            label: variant.label,
            cells:
              lines.length === 0
                ? { ratio: { id: null, kind: "not-estimable", why: "the covariate was not kept" } }
                : {},
          });
          lines.forEach((row, line) => {
            rows.push({
              label: row.label,
              indent: 1,
              cells: { ratio: cell(row, "multi.ratio", "ratio", line), p: cell(row, "multi.p", "p", line) },
            });
          });
          passports.push(...ledger.passports);
        });
        return part({
          issues: issues.map((issue) => ({ ...issue, message: `${plan.label}: ${issue.message}` })),
          passports,
          computations,
          tables: [
            {
              id: `sensitivity.${plan.id}`,
              title: plan.label,
              columns: [
                { key: "ratio", label: `${entry.kind === "cox" ? "HR" : "OR"} (95 % CI)` },
                { key: "p", label: "p" },
              ],
              rows,
              footnotes: [`Each line fits ${entry.label} again with one choice changed.`],
            },
          ],
          methods: [
            `The model “${entry.label}” was fitted again under other choices: ${plan.variants.map(({ label }) => inSentence(label)).join("; ")}.`,
          ],
        });
      }),
    ),
  }),
});
