import { errorIssue, type Issue } from "@livermark/core";
import type { z } from "zod";
import { part } from "../part.js";
import type { PlanContext, PlanStep, StepOutcome } from "./step.js";

const show = (value: unknown): string => {
  const text = typeof value === "string" ? value : (JSON.stringify(value) ?? "nothing");
  return text.length > 80 ? `${text.slice(0, 77)}...` : text;
};

function at(value: unknown, path: readonly PropertyKey[]): unknown {
  let here = value;
  for (const key of path) {
    if (typeof here !== "object" || here === null) return undefined;
    here = Object.getOwnPropertyDescriptor(here, key)?.value;
  }
  return here;
}

/**
 * A section of the plan language. `schema` must accept an absent section (a default), which asks for nothing; `run` gets
 * the section as read. A section that cannot be read is Issues, and the rest of the plan goes on.
 * Example: `defineStep({ key: "rocs", place: 60, schema: z.array(rocPlan).default([]), run: (context, rocs) => … })`.
 */
export function defineStep<S extends z.ZodType>(step: {
  readonly key: string;
  readonly place: number;
  readonly schema: S;
  readonly run: (context: PlanContext, section: z.output<S>) => StepOutcome;
}): PlanStep & { readonly schema: S } {
  const check = (section: unknown): readonly Issue[] => {
    const parsed = step.schema.safeParse(section);
    return parsed.success
      ? []
      : parsed.error.issues.map((issue) =>
          errorIssue({
            code: "invalid-plan",
            message: `The section ${step.key} of the plan cannot be read: ${issue.message}.`,
            got: show(at(section, issue.path)),
            wanted: `docs/plan.md, section ${step.key}`,
            path: ["plan", step.key, ...issue.path.map(String)].join("."),
          }),
        );
  };
  return {
    key: step.key,
    place: step.place,
    schema: step.schema,
    check,
    run: (context) => {
      const parsed = step.schema.safeParse(context.sections[step.key]);
      return parsed.success ? step.run(context, parsed.data) : { part: part({}) };
    },
  };
}
