import { errorIssue, ok, type Result, refuseWith } from "@livermark/core";
import { z } from "zod";

const rocPlan = z.strictObject({
  id: z.string(),
  label: z.string(),
  /** A numeric column of the analysis set. */
  marker: z.string(),
  /** A category whose `event` levels count as the event, or a 0/1 number. */
  outcome: z.string(),
  event: z.array(z.string()).default([]),
  direction: z.enum(["auto", "higher-in-cases", "lower-in-cases"]).default("auto"),
});

const sweepPlan = z.strictObject({
  id: z.string(),
  label: z.string(),
  /** The column that is cut at each threshold in turn; below = first group. */
  of: z.string(),
  thresholds: z.array(z.union([z.number(), z.literal("median")])).min(1),
  endpoints: z.array(z.string()).min(1),
});

/** What a protocol's `plan:` may ask for beyond its comparisons and models. */
export const planSchema = z.strictObject({
  /** Table of best or chosen-time-point response by every profile, with ORR and DCR. */
  response: z.boolean().default(false),
  rocs: z.array(rocPlan).default([]),
  sweeps: z.array(sweepPlan).default([]),
});

export type AnalysisPlan = z.output<typeof planSchema>;
export type RocPlan = AnalysisPlan["rocs"][number];
export type SweepPlan = AnalysisPlan["sweeps"][number];

/** Reads the `plan:` of a protocol; an absent plan asks for nothing. Refuses unknown keys and wrong values with their path. */
export function parsePlan(plan: unknown, protocol: string): Result<AnalysisPlan> {
  const parsed = planSchema.safeParse(plan ?? {});
  if (parsed.success) return ok(parsed.data);
  return refuseWith(
    parsed.error.issues.map((issue) =>
      errorIssue({
        code: "invalid-plan",
        message: `The plan of protocol ${protocol} cannot be read: ${issue.message}.`,
        got: "received" in issue ? String(issue.received) : "",
        wanted: "docs/protocols.md, section plan",
        path: ["plan", ...issue.path.map(String)].join("."),
      }),
    ),
  );
}
