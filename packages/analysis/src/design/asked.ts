import { z } from "zod";
import type { DesignContext } from "./subject.js";

/** A comparison of a plan, as far as the guards need it. */
export interface Comparison {
  readonly id: string;
  readonly label: string;
  readonly endpoint: string;
  readonly by: string;
}

/** A model of a plan, as far as the guards need it. */
export interface ModelAsked {
  readonly id: string;
  readonly label: string;
  readonly kind: "cox" | "logistic";
  readonly outcome: string;
  readonly covariates: readonly string[];
  readonly select: string;
  /** Resamples in which the whole recipe is repeated. */
  readonly validate: number;
}

const comparison = z.object({ id: z.string(), label: z.string(), endpoint: z.string(), by: z.string() });
const model = z.object({
  id: z.string(),
  label: z.string(),
  kind: z.enum(["cox", "logistic"]),
  outcome: z.string(),
  covariates: z.array(z.string()),
  select: z.string().default("all"),
  choose: z.array(z.object({ rule: z.string() })).optional(),
  validate: z.number().default(0),
});
const sweep = z.object({
  label: z.string(),
  of: z.string(),
  thresholds: z.array(z.unknown()),
  endpoints: z.array(z.string()),
});
const roc = z.object({
  id: z.string(),
  label: z.string(),
  marker: z.string(),
  outcome: z.string(),
  event: z.array(z.string()).default([]),
  direction: z.enum(["auto", "higher-in-cases", "lower-in-cases"]).default("auto"),
});
const judged = z.object({
  label: z.string(),
  outcome: z.string(),
  event: z.array(z.string()).default([]),
  by: z.string(),
});
const landmark = z.object({ endpoint: z.string(), by: z.string(), months: z.number() });
const subset = z.object({ label: z.string() });

/** Entries of a section that have the fields the guards look at; the section's own step judges the rest. */
function entriesOf<S extends z.ZodType>(
  { sections }: Pick<DesignContext, "sections">,
  key: string,
  schema: S,
): readonly z.output<S>[] {
  const section = sections[key];
  if (!Array.isArray(section)) return [];
  return section.flatMap((entry: unknown) => {
    const parsed = schema.safeParse(entry);
    return parsed.success ? [parsed.data] : [];
  });
}

const set = z.object({ id: z.string(), columns: z.array(z.string()) });

/** Models with their named sets of candidates written out. */
function modelsOf(context: Pick<DesignContext, "sections">): readonly ModelAsked[] {
  const sets = new Map<string, readonly string[]>(
    entriesOf(context, "sets", set).map((one) => [`set:${one.id}`, one.columns] as const),
  );
  return entriesOf(context, "models", model).map(({ choose, ...one }) => ({
    ...one,
    select: choose === undefined ? one.select : choose.map(({ rule }) => rule).join(", "),
    covariates: one.covariates.flatMap((name) => sets.get(name) ?? [name]),
  }));
}

/** What a plan asks for, section by section, as the guards see it. */
export const askedOf = (context: Pick<DesignContext, "sections">) => ({
  comparisons: entriesOf(context, "comparisons", comparison),
  models: modelsOf(context),
  sweeps: entriesOf(context, "sweeps", sweep),
  rocs: entriesOf(context, "rocs", roc),
  /** Areas of markers within the levels of a category. */
  areasBy: entriesOf(context, "model_comparisons", judged),
  landmarks: entriesOf(context, "landmarks", landmark),
  subsets: entriesOf(context, "subsets", subset),
  /** Whether per-treatment tests are repeated by resampling patients. */
  clusters: context.sections.clusters !== undefined,
});
