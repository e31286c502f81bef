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
}

const comparison = z.object({ id: z.string(), label: z.string(), endpoint: z.string(), by: z.string() });
const model = z.object({
  id: z.string(),
  label: z.string(),
  kind: z.enum(["cox", "logistic"]),
  outcome: z.string(),
  covariates: z.array(z.string()),
  select: z.string().default("all"),
});
const sweep = z.object({
  label: z.string(),
  of: z.string(),
  thresholds: z.array(z.unknown()),
  endpoints: z.array(z.string()),
});
const roc = z.object({ id: z.string(), label: z.string(), marker: z.string(), outcome: z.string() });
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

/** What a plan asks for, section by section, as the guards see it. */
export const askedOf = (context: Pick<DesignContext, "sections">) => ({
  comparisons: entriesOf(context, "comparisons", comparison),
  models: entriesOf(context, "models", model),
  sweeps: entriesOf(context, "sweeps", sweep),
  rocs: entriesOf(context, "rocs", roc),
  landmarks: entriesOf(context, "landmarks", landmark),
  subsets: entriesOf(context, "subsets", subset),
  /** Whether per-treatment tests are repeated by resampling patients. */
  clusters: context.sections.clusters !== undefined,
});
