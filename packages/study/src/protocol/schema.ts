import { z } from "zod";
import { INDEX_NAMES } from "../indices/definitions.js";
import { PROFILE_NAMES } from "../response/profiles.js";
import {
  acquisitionRule,
  biomarker,
  change,
  covariate,
  feature,
  group,
  identifier,
  imageRole,
  label,
  regionRule,
  timePoint,
} from "./schema-parts.js";

/** How procedures become treatments. A study may override each of these. */
export const treatmentRules = z.strictObject({
  /** Kinds of `procedures.csv` that are the study treatment; empty = every kind. */
  kinds: z.array(z.string()).default([]),
  within_months: z.number().positive().default(6),
  within_months_from: z.enum(["first", "previous"]).default("first"),
  clock_from: z.enum(["first", "last"]).default("first"),
  /** Which treatment's measurements stand for the patient. */
  patient_from: z.enum(["first", "best", "last"]).default("first"),
});

export const responseRules = z.strictObject({
  /** The first profile is the one that progression is taken from. */
  profiles: z.array(z.enum(PROFILE_NAMES)).min(1).default(["recist-1.1"]),
  baseline: identifier.default("baseline"),
  /** Time point of the response table; absent = best overall response. */
  time_point: identifier.optional(),
  territory: z.enum(["all", "treated"]).default("all"),
  confirmation_days: z.number().nonnegative().default(28),
  stable_min_days: z.number().nonnegative().default(42),
  stable_from: z.enum(["baseline", "first-treatment"]).default("baseline"),
  max_not_evaluable_between: z.int().nonnegative().default(1),
  after_pr: z.enum(["own", "eortc"]).default("own"),
  groupings: z
    .array(z.strictObject({ id: identifier, label, yes: z.array(z.string()), no: z.array(z.string()) }))
    .default([]),
});

/** An endpoint by name from the library, the same with changes, or a new one. */
export const endpointEntry = z.union([
  identifier,
  z.strictObject({
    name: identifier,
    label: label.optional(),
    per: z.enum(["patient", "treatment"]).optional(),
    progression: z.enum(["none", "any", "hepatic"]).optional(),
    death: z.enum(["none", "any", "tumour"]).optional(),
    untreatable: z.boolean().optional(),
    within_months: z.number().positive().optional(),
    /** Where the clock starts, when it is not as `treatments.clock_from` says. */
    start: z.enum(["first-procedure", "last-procedure"]).optional(),
    /** Count from so long after the start, and only those who were still at risk then. */
    landmark_days: z.number().positive().optional(),
    landmark_months: z.number().positive().optional(),
    /** Brought along in `given.csv`; never derived. */
    given: z.boolean().optional(),
  }),
]);

export const endpointRules = z.strictObject({
  PFS_censor_at: z.enum(["last-contact", "last-scan", "new-therapy"]).default("last-contact"),
  /** Absent = as each endpoint's definition says. */
  PFS_death: z.enum(["any", "tumour"]).optional(),
  early_progression_months: z.number().positive().default(12),
  overlap: z.enum(["runs-on", "censor-at-next-treatment"]).default("runs-on"),
});

/** The value a rule looks at. */
const ruleSubject = {
  field: z.string().optional(),
  lab: z.string().optional(),
  index: z.enum(INDEX_NAMES).optional(),
  procedures: z.array(z.string()).optional(),
  time_point: identifier.optional(),
  images: z.array(identifier).optional(),
  measurable_lesions: z.literal(true).optional(),
  follow_up: z.literal("months").optional(),
};

export const eligibilityRule = z.strictObject({
  id: identifier,
  label,
  ...ruleSubject,
  at_least: z.number().optional(),
  at_most: z.number().optional(),
  more_than: z.number().optional(),
  less_than: z.number().optional(),
  one_of: z.array(z.union([z.string(), z.number()])).optional(),
  none_of: z.array(z.union([z.string(), z.number()])).optional(),
  /** Bounds are multiples of the row's upper limit of normal. */
  times_uln: z.boolean().default(false),
  /** Unit of the bounds of a lab. */
  unit: z.string().optional(),
  /** Days before and after the first procedure in which a lab counts. */
  window_days: z.tuple([z.number(), z.number()]).default([-30, 0]),
});

export const readerRules = z.strictObject({
  paradigm: z.enum(["independent", "sequential-locked", "simultaneous"]).default("independent"),
  readers: z.int().positive().default(2),
  /** Which read enters the analysis. */
  analysis: z.enum(["consensus", "first", "mean"]).default("consensus"),
  adjudication: z.enum(["third-reader", "joint-consensus", "none"]).default("none"),
  hidden: z.array(z.string()).default([]),
  visible: z.array(z.string()).default([]),
  tolerance: z
    .array(z.strictObject({ of: identifier, absolute: z.number().optional(), percent: z.number().optional() }))
    .default([]),
});

export const adverseEventRules = z.strictObject({
  scale: z.enum(["CTCAE-5.0", "CTCAE-6.0", "SIR"]),
  per: z.enum(["procedure", "patient"]).default("procedure"),
  /** Days after a procedure in which an event belongs to it. */
  window_days: z.number().positive().default(30),
  /** Which relations are counted; absent = every event, whatever its relation. */
  relatedness: z
    .array(z.enum(["unrelated", "unlikely", "possible", "probable", "definite"]))
    .min(1)
    .optional(),
});

export const calendarRule = z.strictObject({
  id: identifier,
  label,
  anchor: z.enum(["first-procedure", "last-procedure"]).default("first-procedure"),
  first_days: z.number().optional(),
  first_months: z.number().optional(),
  every_days: z.number().positive().optional(),
  every_months: z.number().positive().optional(),
  window_days: z.tuple([z.number(), z.number()]),
  /** Number of visits; absent = until the lock or the event. */
  times: z.int().positive().optional(),
});

export const comparison = z.strictObject({ id: identifier, label, endpoint: z.string(), by: z.string() });

export const model = z.strictObject({
  id: identifier,
  label,
  kind: z.enum(["cox", "logistic"]),
  outcome: z.string(),
  covariates: z.array(z.string()).min(1),
  select: z.enum(["all", "univariable-p", "backward", "stepwise", "lasso"]).default("all"),
  enter_p: z.number().gt(0).lt(1).optional(),
});

export const protocolSchema = z.strictObject({
  schema: z.enum(["livermark.protocol/1", "livermark.protocol/2"]),
  id: identifier,
  version: z.string().regex(/^\d+\.\d+\.\d+$/, "three numbers, e.g. 1.0.0"),
  title: label,
  purpose: z.string().optional(),
  source: z.string().optional(),
  /** What in the source is contradictory or misprinted, shown in the report. */
  caveats: z.array(z.string()).default([]),
  treatments: treatmentRules.prefault({}),
  time_points: z.array(timePoint).min(1),
  images: z.array(imageRole).default([]),
  acquisition: z.array(acquisitionRule).default([]),
  regions: z.array(regionRule).default([]),
  biomarkers: z.array(biomarker).default([]),
  changes: z.array(change).default([]),
  features: z.array(feature).default([]),
  covariates: z.array(covariate).default([]),
  indices: z
    .strictObject({
      names: z.array(z.enum(INDEX_NAMES)).default([]),
      window_days: z.tuple([z.number(), z.number()]).default([-14, 0]),
    })
    .prefault({}),
  readers: readerRules.prefault({}),
  response: responseRules.prefault({}),
  endpoint_rules: endpointRules.prefault({}),
  endpoints: z.array(endpointEntry).min(1),
  eligibility: z.array(eligibilityRule).default([]),
  adverse_events: adverseEventRules.optional(),
  calendar: z.array(calendarRule).default([]),
  groups: z.array(group).default([]),
  baseline_table: z.array(z.string()).default([]),
  comparisons: z.array(comparison).default([]),
  models: z.array(model).default([]),
  conventions: z.strictObject({ statistics: z.enum(["r", "spss"]).default("r") }).prefault({}),
  /** The analysis plan; its own schema belongs to the analysis room. */
  plan: z.unknown().optional(),
});

/** A study design: everything that the engine does is said here. */
export type Protocol = z.output<typeof protocolSchema>;
export type AcquisitionRule = z.output<typeof acquisitionRule>;
export type EligibilityRule = z.output<typeof eligibilityRule>;
export type BiomarkerRule = z.output<typeof biomarker>;
export type GroupRule = z.output<typeof group>;
export type EndpointEntry = z.output<typeof endpointEntry>;
export type TreatmentRules = z.output<typeof treatmentRules>;
export type ResponseRules = z.output<typeof responseRules>;
export type EndpointRules = z.output<typeof endpointRules>;

/** The protocol format as JSON Schema (draft 2020-12), for editors and for `docs/schema/protocol.json`. */
export const protocolJsonSchema = (): unknown => z.toJSONSchema(protocolSchema, { io: "input" });
