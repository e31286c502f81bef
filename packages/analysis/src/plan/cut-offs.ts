import { z } from "zod";
import { cutOffPart } from "../cut-off-part.js";
import { groupDefinitions } from "../group-rules.js";
import { defineStep } from "./define.js";
import { type PlanContext, sectionOf } from "./step.js";

export const cutOffPlan = z.strictObject({
  /** A group of the protocol, or a new one (then `of` is wanted, and `label`, `labels`, `reference` say how to print it). */
  id: z.string(),
  rule: z.enum(["fixed", "median", "quartiles", "youden", "maximally-selected"]),
  label: z.string().optional(),
  of: z.string().optional(),
  /** From low to high; `low, high` or `Q1 … Q4` unless given. */
  labels: z.array(z.string()).min(2).optional(),
  reference: z.string().optional(),
  /** Whom a value equal to the cut belongs to. */
  equal_goes: z.enum(["up", "down"]).optional(),
  /** Of the rule `fixed`. */
  cuts: z.array(z.number()).min(1).optional(),
  /** What the cut is searched on: of `youden` a yes/no column, of `maximally-selected` an endpoint. */
  outcome: z.string().optional(),
  event: z.array(z.string()).default([]),
  direction: z.enum(["auto", "higher-in-cases", "lower-in-cases"]).default("auto"),
  /** Least share of rows on either side, for `maximally-selected`. */
  smallest_share: z.number().gt(0).lt(0.5).default(0.1),
  /** Bootstrap samples for the interval of the cut; 0 = none. */
  replicates: z.int().nonnegative().default(200),
});

/** Groups whose cut-off is taken from the data, as columns for the steps after it. */
export const cutOffStep = defineStep({
  key: "cut_offs",
  place: 20,
  schema: z.array(cutOffPlan).default([]),
  run: ({ layers, protocol, seed }, cutOffs) => {
    const named = new Set(cutOffs.map(({ id }) => id));
    const groups = [...groupDefinitions(protocol, cutOffs).values()].filter(
      (group) => group.derived || named.has(group.id),
    );
    return cutOffPart(layers, groups, seed);
  },
});

/** All groups that a plan can name, by id. */
export const definedGroups = (context: Pick<PlanContext, "protocol" | "sections">) =>
  groupDefinitions(context.protocol, sectionOf(context, cutOffStep) ?? []);
