import { warningIssue } from "@livermark/core";
import { z } from "zod";
import { joinParts, type Part, part } from "../part.js";
import { subgroupPart } from "../subgroup-part.js";
import { defineStep } from "./define.js";
import { modelEntry, modelPlanOf } from "./models.js";

const subgroupPlan = z.strictObject({
  id: z.string(),
  label: z.string(),
  kind: z.enum(["cox", "logistic"]),
  outcome: z.string(),
  event: z.array(z.string()).default([]),
  /** The covariate whose effect is looked at: a number or a group of two levels. */
  effect: z.string(),
  /** Categories in whose levels the effect is estimated; each with its test of interaction. */
  by: z.array(z.string()).min(1),
  /** Covariates that every fit is adjusted for. */
  adjust: z.array(z.string()).default([]),
});

/** The effect of one covariate in the levels of others, always with the test of interaction (forest plot). */
export const subgroupStep = defineStep({
  key: "subgroups",
  place: 88,
  schema: z.array(subgroupPlan).default([]),
  run: (context, plans) => ({
    part: joinParts(
      plans.map((plan): Part => {
        const { id, label, kind, outcome, event, effect, adjust } = plan;
        const entry = modelEntry.safeParse({
          id,
          label,
          kind,
          outcome,
          event,
          covariates: [effect, ...adjust],
          continuous: false,
        });
        if (!entry.success)
          return part({
            issues: [
              warningIssue({
                code: "invalid-plan",
                message: `${label}: the subgroup analysis cannot be read.`,
                path: `plan.subgroups.${id}`,
              }),
            ],
          });
        const ready = modelPlanOf(context, entry.data);
        return "plan" in ready ? subgroupPart(ready.layer.data, ready.plan, plan) : ready;
      }),
    ),
  }),
});
