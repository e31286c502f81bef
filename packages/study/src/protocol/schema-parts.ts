import { z } from "zod";

/** A name that files and columns can carry: letters, digits and hyphens. */
export const identifier = z
  .string()
  .regex(/^[A-Za-z0-9][A-Za-z0-9./-]*$/, "letters, digits, hyphens, dots and slashes, starting with a letter or digit");

export const label = z.string().min(1);

/** Where a time window is counted from. */
export const anchor = z.enum(["first-procedure", "last-procedure"]);

/** Bounds of a window around its anchor; months by the calendar, inclusive. */
const windowShape = {
  anchor: anchor.default("first-procedure"),
  from_days: z.number().optional(),
  to_days: z.number().optional(),
  from_months: z.number().optional(),
  to_months: z.number().optional(),
};

export const timePoint = z.strictObject({
  id: identifier,
  label,
  ...windowShape,
  /** Middle of the window, for the follow-up calendar. */
  target_days: z.number().optional(),
  target_months: z.number().optional(),
});

export const imageRole = z.strictObject({
  id: identifier,
  label,
  role: z.enum(["ct", "t1", "t1-in", "t1-opposed", "t2", "t2-fs", "dwi", "adc"]),
  phase: z
    .enum(["unenhanced", "early-arterial", "late-arterial", "portal-venous", "delayed", "hepatobiliary"])
    .optional(),
  time_points: z.array(identifier).min(1),
  required: z.boolean().default(true),
});

export const acquisitionRule = z.strictObject({
  id: identifier,
  label,
  images: z.array(identifier).min(1),
  field: z.enum([
    "slice-thickness-mm",
    "spacing-mm",
    "kvp",
    "field-strength-t",
    "b-values",
    "same-scanner",
    "same-parameters",
    "contrast-agent",
  ]),
  at_most: z.number().optional(),
  at_least: z.number().optional(),
  one_of: z.array(z.union([z.number(), z.string()])).optional(),
});

export const regionRule = z.strictObject({
  id: identifier,
  label,
  purpose: z.enum(["liver", "tumour", "viable", "reference", "muscle", "vessel", "segment"]),
  drawn_on: identifier,
  time_points: z.array(identifier).min(1),
  shape: z.enum(["freehand", "mask", "cube", "sphere", "disc", "ellipse"]).default("freehand"),
  volumes_cm3: z.array(z.number().positive()).optional(),
  repeats: z.int().positive().default(1),
  lesions: z.enum(["none", "largest", "two-targets", "all-targets"]).default("none"),
  instruction: z.string().optional(),
});

/** A biomarker made from others that were measured. */
export const formula = z.discriminatedUnion("kind", [
  z.strictObject({ kind: z.literal("relative-rise"), of: identifier, over: identifier }),
  z.strictObject({ kind: z.literal("ratio"), of: identifier, over: identifier }),
  z.strictObject({ kind: z.literal("percent-share"), of: identifier, over: identifier }),
  z.strictObject({ kind: z.literal("spread"), max: identifier, min: identifier, mean: identifier }),
]);

export const combineRule = z.strictObject({
  repeats: z.enum(["mean", "median", "first"]).default("mean"),
  lesions: z.enum(["mean", "largest", "sum"]).default("mean"),
});

export const biomarker = z.strictObject({
  id: identifier,
  label,
  unit: z.enum(["HU", "a.u.", "mm2/s", "1", "%", "ml", "mm", "mm2"]),
  time_points: z.array(identifier).min(1),
  recipe: z.enum(["region-stats", "ser", "adc", "t2-sir", "letb", "diameters", "qeasl"]).optional(),
  /** Recipe input → image id. */
  images: z.record(z.string(), identifier).default({}),
  /** Recipe input → region id. */
  regions: z.record(z.string(), identifier).default({}),
  parameters: z.record(z.string(), z.union([z.number(), z.string(), z.boolean()])).default({}),
  /** Which named part of the recipe is the value; absent = the recipe's value. */
  part: z.string().optional(),
  formula: formula.optional(),
  combine: combineRule.prefault({}),
});

export const change = z.strictObject({
  id: identifier,
  label,
  of: identifier,
  from: identifier,
  to: identifier,
  /** `percent` = (to − from) / from × 100, `rise` = to − from, `fall` = from − to. */
  as: z.enum(["percent", "rise", "fall"]),
});

export const group = z.strictObject({
  id: identifier,
  label,
  /** A variable of the analysis set: `biomarker@time-point`, a change, an index, a covariate. */
  of: z.string(),
  /** Fixed cut-offs in ascending order, or a rule that the analysis derives from the data. */
  cuts: z.array(z.number()).min(1).optional(),
  derive: z.enum(["median", "quartiles", "youden", "maximally-selected"]).optional(),
  /** Whom a value equal to the cut belongs to. */
  equal_goes: z.enum(["up", "down"]).default("up"),
  /** Labels from low to high, one more than there are cuts. */
  labels: z.array(label).min(2),
  reference: label,
  /** Which side is expected to do better, as published; `disputed` where the source contradicts itself. */
  better: z.enum(["high", "low", "disputed", "unknown"]).default("unknown"),
});

export const feature = z.strictObject({
  id: identifier,
  label,
  /** Categories in order, the first being the reference. */
  categories: z.array(z.string().min(1)).min(2),
  time_points: z.array(identifier).min(1),
  definition: z.string().optional(),
});

export const covariate = z.strictObject({
  column: z.string().min(1),
  label,
  type: z.enum(["number", "category", "text", "date"]),
  unit: z.string().default(""),
  levels: z.array(z.string()).default([]),
  table: z.enum(["patients", "procedures", "given"]).default("patients"),
  /** Known only after the treatment began: not a baseline covariate. */
  after_baseline: z.boolean().default(false),
});
