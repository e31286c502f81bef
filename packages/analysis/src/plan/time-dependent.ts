import { DAYS_PER_MONTH, warningIssue } from "@livermark/core";
import { z } from "zod";
import { patientOf, startDays, treatmentOf } from "../design/subject.js";
import { joinParts, part } from "../part.js";
import { survivalData } from "../survival-data.js";
import { timeDependentPart } from "../time-dependent-part.js";
import { defineStep } from "./define.js";
import { type AddedColumn, layerOf } from "./step.js";

const switchPlan = z.strictObject({
  id: z.string(),
  label: z.string(),
  endpoint: z.string(),
  /** Event of events.csv with which the state begins, or the n-th procedure of the treatment. */
  begins: z.union([z.literal("new-therapy"), z.strictObject({ procedure: z.int().min(2) })]),
  /** The column that states it as if known at the start, for comparison. */
  fixed: z.string().optional(),
  adjust: z.array(z.string()).default([]),
});

/** Covariates that look into the future, fitted from the day on which they begin. */
export const timeDependentStep = defineStep({
  key: "time_dependent",
  place: 85,
  schema: z.array(switchPlan).default([]),
  run: (context, plans) => {
    const starts = startDays(context);
    const columns: AddedColumn[] = [];
    return {
      part: joinParts(
        plans.map((plan) => {
          const layer = layerOf(context.layers, plan.endpoint);
          const endpoint = layer?.endpoints.find(({ name }) => name === plan.endpoint);
          const { records } = context;
          if (layer === undefined || endpoint === undefined || records === null)
            return part({
              issues: [
                warningIssue({
                  code: "unknown-endpoint",
                  message: `${plan.label}: there is no such endpoint, or no dates.`,
                  got: plan.endpoint,
                  wanted: "an endpoint of a study with events and procedures",
                  path: `plan.time_dependent.${plan.id}`,
                }),
              ],
            });
          const survival = survivalData(layer.data, endpoint);
          if (!survival.ok) return part({ issues: survival.issues });
          const begins = survival.value.rows.map((row): number | null => {
            const key = layer.data.rows[row] ?? "";
            const patient = patientOf(key, layer.data.unit);
            const treatment = treatmentOf(key, layer.data.unit);
            const start = starts.get(`${patient}/${treatment}`);
            if (start === undefined) return null;
            const days =
              plan.begins === "new-therapy"
                ? records.tables.events.rows
                    .filter((one) => one.patient === patient && one.event === "new-therapy" && one.when.day >= start)
                    .map((one) => one.when.day)
                : records.tables.procedures.rows
                    .filter((one) => one.patient === patient && one.when.day >= start)
                    .map((one) => one.when.day)
                    .sort((a, b) => a - b)
                    .slice(plan.begins.procedure - 1);
            return days.length === 0 ? null : (Math.min(...days) - start) / DAYS_PER_MONTH;
          });
          const outcome = timeDependentPart(
            layer.data,
            survival.value,
            begins,
            { id: plan.id, label: plan.label, fixed: plan.fixed ?? null, adjust: plan.adjust },
            context.conventions.ties,
          );
          columns.push(...outcome.columns.map((column) => ({ data: layer.data.id, column })));
          return outcome.part;
        }),
      ),
      columns,
    };
  },
});
