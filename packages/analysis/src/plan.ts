import { errorIssue, type Issue, ok, type Result, refuseWith } from "@livermark/core";
import type { Protocol } from "@livermark/study";
import { z } from "zod";
import type { PlanSections } from "./plan/step.js";
import { planSteps } from "./plan/steps.js";

/** Version of the plan language that this engine writes; older plans are migrated when they are read. */
export const PLAN_SCHEMA = "livermark.plan/3";

const OLDER = ["livermark.plan/1", "livermark.plan/2"];

const isRecord = (value: unknown): value is { readonly [key: string]: unknown } =>
  typeof value === "object" && value !== null && !Array.isArray(value);

/** What a plan's sections are, and what is wrong with them. A section that cannot be read is left out. */
export interface PlanReading {
  readonly sections: PlanSections;
  readonly issues: readonly Issue[];
}

/**
 * Reads the `plan:` of a protocol section by section; an absent plan asks for nothing. A section that cannot be read is left out and
 * is an Issue with its path. Example: `readPlan({ response: true }, "mine").sections` has the section `response`.
 */
export function readPlan(plan: unknown, protocol: string): PlanReading {
  const wrong = (message: string, path: string, got: string, wanted: string): Issue =>
    errorIssue({
      code: "invalid-plan",
      message: `The plan of protocol ${protocol} cannot be read: ${message}`,
      got,
      wanted,
      mend: "docs/plan.md lists every section and field.",
      path,
    });
  if (plan === undefined || plan === null) return { sections: {}, issues: [] };
  if (!isRecord(plan))
    return { sections: {}, issues: [wrong("it is not a list of sections.", "plan", typeof plan, "sections by name")] };
  const { schema, ...written } = plan;
  const issues: Issue[] = [];
  if (schema !== undefined && schema !== PLAN_SCHEMA && !OLDER.includes(String(schema)))
    issues.push(wrong("its schema is not known.", "plan.schema", String(schema), PLAN_SCHEMA));
  const sections: { [key: string]: unknown } = {};
  for (const [key, section] of Object.entries(written)) {
    const step = planSteps.find((one) => one.key === key);
    if (step === undefined) {
      issues.push(
        wrong(
          `there is no section "${key}".`,
          `plan.${key}`,
          key,
          planSteps
            .map((one) => one.key)
            .sort()
            .join(", "),
        ),
      );
      continue;
    }
    const found = step.check(section);
    if (found.length === 0) sections[key] = section;
    issues.push(...found);
  }
  return { sections, issues };
}

const entries = (section: unknown): readonly unknown[] => (Array.isArray(section) ? section : []);
const idOf = (entry: unknown): unknown => (isRecord(entry) ? entry.id : undefined);

/**
 * The plan of a protocol in schema v3: what stands in the protocol's own `baseline_table`, `comparisons` and `models`
 * comes first, and what the plan's sections of those names say comes after it; an entry of the plan replaces the
 * protocol's entry of the same id.
 */
export function planOf(protocol: Protocol): PlanReading {
  const { sections, issues } = readPlan(protocol.plan, protocol.id);
  const merged = (older: readonly unknown[], key: string): readonly unknown[] => {
    const own = entries(sections[key]);
    const ids = new Set(own.map(idOf));
    return [...older.filter((entry) => !ids.has(idOf(entry))), ...own];
  };
  return {
    sections: {
      ...sections,
      baseline: [...protocol.baseline_table, ...entries(sections.baseline)],
      comparisons: merged(protocol.comparisons, "comparisons"),
      models: merged(protocol.models, "models"),
    },
    issues,
  };
}

/**
 * The sections of a plan. Refuses a plan of which any section cannot be read, with every Issue and its path.
 * Example: `parsePlan({ responses: true }, "mine")` is refused: there is no section "responses".
 */
export function parsePlan(plan: unknown, protocol: string): Result<PlanSections> {
  const { sections, issues } = readPlan(plan, protocol);
  return issues.length > 0 ? refuseWith(issues) : ok(sections);
}

/** The plan language as JSON Schema (draft 2020-12), for editors and for `docs/schema/plan.json`. */
export const planJsonSchema = (): unknown =>
  z.toJSONSchema(
    z.strictObject({
      schema: z.literal(PLAN_SCHEMA).optional(),
      ...Object.fromEntries(planSteps.map((step) => [step.key, step.schema])),
    }),
    { io: "input", unrepresentable: "any" },
  );
