import { warningIssue } from "@livermark/core";
import { z } from "zod";
import { externalValidationPart } from "../external-validation-part.js";
import { readPortableModel } from "../models/portable.js";
import { publishedModel, publishedModels } from "../models/published.js";
import { joinParts, type Part, part } from "../part.js";
import { defineStep } from "./define.js";
import { layerOf, layerWith } from "./step.js";

const validationPlan = z.strictObject({
  id: z.string(),
  label: z.string(),
  /** Id of a published model, or a whole portable model (`livermark.model/1`). */
  model: z.union([z.string(), z.record(z.string(), z.unknown())]),
  /** A yes/no column (logistic) or an endpoint (Cox) of this study. */
  outcome: z.string(),
  event: z.array(z.string()).default([]),
  /** Input of the model → column of this study, where their names differ. */
  columns: z.record(z.string(), z.string()).default({}),
  /** Months at which a Cox model's survival is judged. */
  months: z.number().positive().default(24),
});

/** A model of elsewhere on the patients of this study: discrimination, calibration, recalibration, net benefit. */
export const externalValidationStep = defineStep({
  key: "external_validation",
  place: 92,
  schema: z.array(validationPlan).default([]),
  run: ({ layers, conventions }, plans) => ({
    part: joinParts(
      plans.map((plan): Part => {
        const path = `plan.external_validation.${plan.id}`;
        const published = typeof plan.model === "string" ? publishedModel(plan.model) : undefined;
        const read = typeof plan.model === "string" ? null : readPortableModel(plan.model, path);
        if (read !== null && !read.ok)
          return part({ issues: read.issues.map((issue) => ({ ...issue, severity: "warning" as const })) });
        const model = published ?? (read?.ok === true ? read.value : undefined);
        if (model === undefined)
          return part({
            issues: [
              warningIssue({
                code: "unknown-model",
                message: `${plan.label}: there is no published model of this id.`,
                got: String(plan.model),
                wanted: publishedModels.map(({ id }) => id).join(", "),
                path,
              }),
            ],
          });
        const layer = model.kind === "cox" ? layerOf(layers, plan.outcome) : layerWith(layers, plan.outcome);
        return layer === undefined
          ? part({
              issues: [
                warningIssue({
                  code: model.kind === "cox" ? "unknown-endpoint" : "unknown-column",
                  message: `${plan.label}: the study does not have this outcome.`,
                  got: plan.outcome,
                  wanted: model.kind === "cox" ? "an endpoint" : "a yes/no column",
                  path,
                }),
              ],
            })
          : externalValidationPart(layer, plan, model, conventions.survival.level);
      }),
    ),
  }),
});
