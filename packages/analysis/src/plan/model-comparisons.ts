import { warningIssue } from "@livermark/core";
import { z } from "zod";
import { modelComparisonPart } from "../model-comparison-part.js";
import { joinParts, type Part, part } from "../part.js";
import { defineStep } from "./define.js";
import { layerWith } from "./step.js";

const comparisonPlan = z.strictObject({
  id: z.string(),
  label: z.string(),
  /** A yes/no column. */
  outcome: z.string(),
  event: z.array(z.string()).default([]),
  /** Predictions of models (`risk:<model>`), numeric columns, or groups of two levels. */
  markers: z.array(z.string()).min(1),
  /** Pairs of markers whose areas are compared; every pair unless given. */
  pairs: z.array(z.tuple([z.string(), z.string()])).optional(),
  /** A category: the area of each marker in each of its levels, compared between levels (unpaired). */
  by: z.string().optional(),
});

/** Markers and models side by side on one outcome: areas, DeLong's tests, joint ROC and decision curves. */
export const modelComparisonStep = defineStep({
  key: "model_comparisons",
  place: 85,
  schema: z.array(comparisonPlan).default([]),
  run: ({ layers, conventions }, plans) => ({
    part: joinParts(
      plans.map((plan): Part => {
        const layer = layerWith(layers, plan.outcome);
        return layer === undefined
          ? part({
              issues: [
                warningIssue({
                  code: "unknown-column",
                  message: `${plan.label}: the outcome does not exist.`,
                  got: plan.outcome,
                  wanted: "a yes/no column",
                  path: `plan.model_comparisons.${plan.id}`,
                }),
              ],
            })
          : modelComparisonPart(layer.data, plan, conventions.survival.level);
      }),
    ),
  }),
});
