import { warningIssue } from "@livermark/core";
import { z } from "zod";
import type { NumberColumn } from "../dataset.js";
import { patientOf, treatmentOf } from "../design/subject.js";
import { joinParts, type Part, part } from "../part.js";
import { risksPart } from "../risks-part.js";
import { survivalData } from "../survival-data.js";
import { defineStep } from "./define.js";
import { type AddedColumn, layerOf, type PlanContext } from "./step.js";

const risksPlan = z.strictObject({
  id: z.string(),
  label: z.string(),
  /** An endpoint that ends with an event of interest or with death, e.g. hepatic-PFS. */
  endpoint: z.string(),
  by: z.string().optional(),
  covariates: z.array(z.string()).default([]),
  months: z.array(z.number().positive()).default([6, 12, 24]),
});

/** 0 censored, 1 the endpoint's own event, 2 death, by row of the layer; null where nothing is known. */
function statusColumn(
  context: PlanContext,
  endpoint: string,
): { readonly data: string; readonly column: NumberColumn } | null {
  const layer = layerOf(context.layers, endpoint);
  const own = layer?.endpoints.find(({ name }) => name === endpoint);
  if (layer === undefined || own === undefined || context.derived === null) return null;
  const { data } = layer;
  const causes = new Map(
    context.derived.endpoints
      .filter((row) => row.name === endpoint)
      .map((row) => [`${row.patient}/${row.treatment ?? 1}`, row] as const),
  );
  const rowOf = (row: number) => {
    const key = data.rows[row] ?? "";
    return causes.get(`${patientOf(key, data.unit)}/${treatmentOf(key, data.unit)}`);
  };
  const event = data.columns.find((column) => column.name === own.event);
  return {
    data: data.id,
    column: {
      name: `${endpoint}.status`,
      label: `${own.label}: 0 censored, 1 event, 2 death`,
      type: "number",
      unit: "",
      origin: (row) => event?.origin(row) ?? [],
      values: data.rows.map((_, row) => {
        const found = rowOf(row);
        if (found === undefined || found.event === null) return null;
        return found.event === 0 ? 0 : found.cause === "death" ? 2 : 1;
      }),
    },
  };
}

/** Death as a competing risk of an endpoint; needs the derivations of the study, which know what ended each clock. */
export const competingRisksStep = defineStep({
  key: "competing_risks",
  place: 55,
  schema: z.array(risksPlan).default([]),
  run: (context, plans) => {
    const columns: AddedColumn[] = [];
    const parts = plans.map((plan): Part => {
      const layer = layerOf(context.layers, plan.endpoint);
      const status = statusColumn(context, plan.endpoint);
      const endpoint = layer?.endpoints.find(({ name }) => name === plan.endpoint);
      if (layer === undefined || endpoint === undefined || status === null)
        return part({
          issues: [
            warningIssue({
              code: "unknown-endpoint",
              message: `${plan.label}: there is no such endpoint with known causes.`,
              got: plan.endpoint,
              wanted: "an endpoint that the study derives",
              path: `plan.competing_risks.${plan.id}`,
            }),
          ],
        });
      if (!columns.some((one) => one.column.name === status.column.name)) columns.push(status);
      const survival = survivalData(layer.data, endpoint);
      if (!survival.ok) return part({ issues: survival.issues });
      const data = { ...layer.data, columns: [...layer.data.columns, status.column] };
      return risksPart(
        data,
        survival.value,
        survival.value.rows.map((row) => status.column.values[row] ?? 0),
        {
          ...plan,
          by: plan.by ?? null,
          causes: [endpoint.label.replace(/ progression-free survival$/i, " progression"), "Death without it"],
          statusColumn: status.column.name,
        },
        context.conventions.ties,
      );
    });
    return { part: joinParts(parts), columns };
  },
});
