import { type Issue, warningIssue } from "@livermark/core";
import { z } from "zod";
import type { Dataset } from "../dataset.js";
import { joinParts, part } from "../part.js";
import { type EndpointColumns, survivalData } from "../survival-data.js";
import { survivalPart } from "../survival-part.js";
import { defineStep } from "./define.js";
import { layerOf } from "./step.js";

const LANDMARK_MONTHS = [12, 24, 36];

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

export const comparisonPlan = z.strictObject({
  id: z.string(),
  label: z.string(),
  endpoint: z.string(),
  /** A category of the analysis set, a group, or a risk class that a model of the plan makes (`risk-class:<model>`). */
  by: z.string(),
});

/** Survival of every endpoint, over all and by each comparison. */
export const survivalStep = defineStep({
  key: "comparisons",
  place: 40,
  schema: z.array(comparisonPlan).default([]),
  run: ({ layers, conventions }, comparisons) => {
    const issues: Issue[] = comparisons
      .filter(({ endpoint }) => layerOf(layers, endpoint) === undefined)
      .map(({ id, endpoint }) =>
        warningIssue({
          code: "unknown-endpoint",
          message: "A comparison names an endpoint that the study does not have.",
          got: endpoint,
          wanted: layers.flatMap((layer) => layer.endpoints.map(({ name }) => name)).join(", "),
          path: `plan.comparisons.${id}`,
        }),
      );
    const parts = layers
      .filter((layer) => layer.endpoints.length > 0 && layer.data.rows.length > 0)
      .map((layer) =>
        survivalPart(layer.data, {
          endpoints: layer.endpoints,
          comparisons: comparisons.filter((one) => layer.endpoints.some((e) => e.name === one.endpoint)),
          landmarkMonths: landmarks(layer.data, layer.endpoints),
          conventions: conventions.survival,
        }),
      );
    return { part: joinParts([part({ issues }), ...parts]) };
  },
});
