import { z } from "zod";
import { joinParts } from "../part.js";
import { survivalModelsPart } from "../survival-models-part.js";
import { defineStep } from "./define.js";

/** Cox models of one outcome side by side; runs after the models. */
export const survivalModelsStep = defineStep({
  key: "survival_models",
  place: 90,
  schema: z
    .array(
      z.strictObject({
        id: z.string(),
        label: z.string(),
        /** Ids of Cox models of the plan. */
        models: z.array(z.string()).min(1),
        months: z.number().positive().default(24),
      }),
    )
    .default([]),
  run: (context, plans) => ({ part: joinParts(plans.map((plan) => survivalModelsPart(context, plan))) }),
});
