import { warningIssue } from "@livermark/core";
import { z } from "zod";
import { landmarkPart } from "../landmark-part.js";
import { joinParts, part } from "../part.js";
import { defineStep } from "./define.js";
import { type AddedColumn, layerOf } from "./step.js";

const landmarkPlan = z.strictObject({
  id: z.string(),
  label: z.string(),
  endpoint: z.string(),
  by: z.string(),
  /** Months after the start at which the group is known for everybody. */
  months: z.number().positive(),
});

/** Landmark analyses of markers that are known only after the start. */
export const landmarkStep = defineStep({
  key: "landmarks",
  place: 46,
  schema: z.array(landmarkPlan).default([]),
  run: ({ layers, conventions }, plans) => {
    const columns: AddedColumn[] = [];
    const parts = plans.map((plan) => {
      const layer = layerOf(layers, plan.endpoint);
      const endpoint = layer?.endpoints.find(({ name }) => name === plan.endpoint);
      if (layer === undefined || endpoint === undefined)
        return part({
          issues: [
            warningIssue({
              code: "unknown-endpoint",
              message: `${plan.label}: there is no such endpoint.`,
              got: plan.endpoint,
              wanted: layers.flatMap((one) => one.endpoints.map(({ name }) => name)).join(", "),
              path: `plan.landmarks.${plan.id}`,
            }),
          ],
        });
      const outcome = landmarkPart(layer.data, endpoint, plan, conventions.survival);
      for (const column of outcome.columns)
        if (!columns.some((one) => one.column.name === column.name)) columns.push({ data: layer.data.id, column });
      return outcome.part;
    });
    return { part: joinParts(parts), columns };
  },
});
