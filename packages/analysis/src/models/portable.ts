import { errorIssue, ok, type Result, refuseWith } from "@livermark/core";
import { z } from "zod";

const limit = z.number().nullable().optional();

const groupOf = z.object({
  /** The number behind the group, and its unit. */
  of: z.string(),
  label: z.string().default(""),
  unit: z.string().default(""),
  cuts: z.array(z.number()).min(1),
  equalGoes: z.enum(["up", "down"]).default("up"),
  labels: z.array(z.string()).min(2),
  low: limit,
  high: limit,
});

const term = z.object({
  term: z.string(),
  label: z.string().default(""),
  unit: z.string().default(""),
  /** The level against the reference; null for a number. */
  level: z.string().nullable(),
  reference: z.string().nullable().default(null),
  coefficient: z.number(),
  standardError: z.number().nullable().default(null),
  low: limit,
  high: limit,
  levels: z.array(z.string()).optional(),
  group: groupOf.optional(),
});

const place = z.object({ where: z.string(), says: z.string() });

/** A model that can be carried from one study to another (`livermark.model/1`); more fields may be there. */
export const portableModel = z.object({
  schema: z.literal("livermark.model/1"),
  id: z.string(),
  label: z.string(),
  kind: z.enum(["logistic", "cox"]),
  outcome: z.string(),
  event: z.array(z.string()).default([]),
  n: z.number().nullable().default(null),
  events: z.number().nullable().default(null),
  /** Logistic: null where the source prints none, and then there is no absolute risk. */
  intercept: z.number().nullable().default(null),
  terms: z.array(term).min(1),
  covariance: z.array(z.array(z.number())).nullable().default(null),
  baseline: z
    .object({ timeLabel: z.string().default("months"), time: z.array(z.number()), survival: z.array(z.number()) })
    .optional(),
  /** At or above = high. */
  riskCut: z
    .object({ value: z.number(), scale: z.enum(["risk", "linear predictor"]) })
    .nullable()
    .default(null),
  /** Whether the source says everywhere the same of which side is worse. */
  direction: z.enum(["stated", "disputed"]).default("stated"),
  /** Whether the printed counts, ratios and intervals fit each other. */
  margins: z.enum(["agree", "disagree", "not-checkable"]).default("not-checkable"),
  /** Where the source says what; both sides where it contradicts itself. */
  places: z.array(place).default([]),
  source: z.string().default(""),
  cohort: z.string().default(""),
  /** `reconstructed` = not printed by the source but solved from what it prints. */
  status: z.enum(["fitted", "published", "reconstructed"]).default("fitted"),
  validation: z.string().default("not validated"),
  cautions: z.array(z.string()).default([]),
});

export type PortableModel = z.output<typeof portableModel>;
export type PortableTerm = PortableModel["terms"][number];

/**
 * Reads a portable model (`livermark.model/1`), as it stands in `results.json` under `models`. Refuses what is none, with the
 * field that is wrong. Example: `readPortableModel(JSON.parse(text), "model.json")`.
 */
export function readPortableModel(json: unknown, where: string): Result<PortableModel> {
  const parsed = portableModel.safeParse(json);
  if (parsed.success) return ok(parsed.data);
  return refuseWith(
    parsed.error.issues.map((issue) =>
      errorIssue({
        code: "not-a-model",
        message: `This is no portable model: ${issue.message}.`,
        got: issue.path.map(String).join(".") || "the whole",
        wanted: "livermark.model/1, as results.json holds it under `models`",
        mend: "A model whose equation has a coefficient without estimate cannot be used.",
        path: issue.path.map(String).join("."),
        where: { file: where },
      }),
    ),
  );
}
