import { errorIssue, ok, type Result, refuseWith } from "@livermark/core";
import { z } from "zod";
import { endpointRules, type Protocol, responseRules, treatmentRules } from "./protocol/schema.js";
import { parseYamlWith } from "./protocol/yaml-file.js";
import { PROFILE_NAMES } from "./response/profiles.js";
import { parseIsoTime, type StudyTime, studyDay } from "./time.js";

/**
 * The protocol's rules without their defaults, all optional: what a study leaves out stays as the protocol says.
 * Listed field by field, because a schema's own `partial()` would still fill in defaults.
 */
const overridesSchema = z.strictObject({
  response: z
    .strictObject({
      profile: z.union([z.enum(PROFILE_NAMES), z.array(z.enum(PROFILE_NAMES)).min(1)]).optional(),
      confirmation_days: z.number().nonnegative().optional(),
      stable_min_days: z.number().nonnegative().optional(),
      stable_from: z.enum(["baseline", "first-treatment"]).optional(),
      max_not_evaluable_between: z.int().nonnegative().optional(),
      after_pr: z.enum(["own", "eortc"]).optional(),
      territory: z.enum(["all", "treated"]).optional(),
    })
    .optional(),
  endpoints: z
    .strictObject({
      PFS_censor_at: z.enum(["last-contact", "last-scan", "new-therapy"]).optional(),
      PFS_death: z.enum(["any", "tumour"]).optional(),
      early_progression_months: z.number().positive().optional(),
      overlap: z.enum(["runs-on", "censor-at-next-treatment"]).optional(),
    })
    .optional(),
  treatments: z
    .strictObject({
      kinds: z.array(z.string()).optional(),
      within_months: z.number().positive().optional(),
      within_months_from: z.enum(["first", "previous"]).optional(),
      clock_from: z.enum(["first", "last"]).optional(),
      patient_from: z.enum(["first", "best", "last"]).optional(),
    })
    .optional(),
  statistics: z.strictObject({ conventions: z.enum(["r", "spss"]).optional() }).optional(),
});

const dateText = z.string().regex(/^\d{4}-\d{2}-\d{2}$/, "YYYY-MM-DD");

export const studyFileSchema = z.strictObject({
  title: z.string().min(1),
  protocol: z.string().min(1),
  lock_date: dateText.optional(),
  lock_day: z.int().optional(),
  seed: z.int().nonnegative().default(1),
  ethics: z.union([z.string(), z.record(z.string(), z.unknown())]).optional(),
  readers: z
    .array(
      z.strictObject({
        id: z.union([z.string(), z.number()]).transform(String),
        role: z.string().optional(),
        years: z.number().nonnegative().optional(),
      }),
    )
    .default([]),
  given: z
    .strictObject({
      endpoints: z
        .record(
          z.string(),
          z.strictObject({
            time: z.string().min(1),
            event: z.string().min(1),
            unit: z.enum(["days", "months"]).default("days"),
          }),
        )
        .default({}),
    })
    .prefault({}),
  notes: z.union([z.string(), z.array(z.string())]).optional(),
  overrides: overridesSchema.prefault({}),
});

/** `study.yaml`, checked. */
export type StudyFile = z.output<typeof studyFileSchema> & { readonly lock: StudyTime | null };

/**
 * Reads `study.yaml`. Refuses unknown fields and words (with the nearest known one), and a file that gives both a
 * lock date and a lock day. Example: `parseStudyFile("title: T\nprotocol: letb-tace\n", "study.yaml")`.
 */
export function parseStudyFile(text: string, file: string): Result<StudyFile> {
  const parsed = parseYamlWith(studyFileSchema, text, file);
  if (!parsed.ok) return parsed;
  const { value, yaml } = parsed.value;
  const at = (key: string): { readonly file: string; readonly line: number } => ({ file, line: yaml.lineOf([key]) });
  if (value.lock_date !== undefined && value.lock_day !== undefined)
    return refuseWith([
      errorIssue({
        code: "two-locks",
        path: "lock_day",
        message: "The study has a lock date and a lock day.",
        got: `${value.lock_date} and day ${value.lock_day}`,
        wanted: "lock_date in a dated bundle, lock_day in a day bundle",
        mend: "Remove one of the two.",
        where: at("lock_day"),
      }),
    ]);
  const lock = value.lock_date === undefined ? null : parseIsoTime(value.lock_date);
  if (value.lock_date !== undefined && lock === null)
    return refuseWith([
      errorIssue({
        code: "wrong-value",
        path: "lock_date",
        message: "There is no such day.",
        got: value.lock_date,
        wanted: "YYYY-MM-DD",
        mend: "Correct lock_date.",
        where: at("lock_date"),
      }),
    ]);
  return ok({ ...value, lock: value.lock_day === undefined ? lock : studyDay(value.lock_day) });
}

/** The protocol with the study's overrides in place; what was overridden is listed for the report. */
export function applyOverrides(
  protocol: Protocol,
  study: StudyFile,
): { readonly protocol: Protocol; readonly changed: readonly { readonly path: string; readonly value: string }[] } {
  const { response, endpoints, treatments, statistics } = study.overrides;
  const { profile, ...responseRest } = response ?? {};
  const profiles = profile === undefined ? {} : { profiles: typeof profile === "string" ? [profile] : profile };
  const changed = Object.entries(study.overrides).flatMap(([section, values]) =>
    Object.entries(values ?? {}).map(([key, value]) => ({ path: `${section}.${key}`, value: String(value) })),
  );
  return {
    protocol: {
      ...protocol,
      treatments: treatmentRules.parse({ ...protocol.treatments, ...treatments }),
      response: responseRules.parse({ ...protocol.response, ...responseRest, ...profiles }),
      endpoint_rules: endpointRules.parse({ ...protocol.endpoint_rules, ...endpoints }),
      conventions: { statistics: statistics?.conventions ?? protocol.conventions.statistics },
    },
    changed,
  };
}
