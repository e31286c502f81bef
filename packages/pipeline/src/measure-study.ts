import { canonicalJson, type Issue, locate, ok, type Passport, type Result, refuse } from "@livermark/core";
import type { Measurement, Vec3, VoxelAllocator } from "@livermark/imaging";
import type { BiomarkerRule } from "@livermark/study";
import { letbPhases, onPhases } from "./letb-phases.js";
import { type MeasureContext, measurementId, type Occasion, occasionKey, occasionsOf } from "./occasion.js";
import { imagesOf, type OccasionImages, roomFor } from "./occasion-images.js";
import { drawnMasks, readersOf, sourcesOf } from "./occasion-regions.js";
import { runRecipe } from "./recipe.js";
import { RECIPE_INPUTS, type RecipeParameters, type RecipeSources } from "./recipe-inputs.js";
import type { StudyRegistration } from "./registration-table.js";
import { muscleCheck, otherFilters } from "./scale-checks.js";

/** One biomarker that was measured on images. */
export interface StudyMeasurement {
  /** Id of its passport, e.g. `measurement.P01.baseline.letb`. */
  readonly id: string;
  readonly patient: string;
  readonly timePoint: string;
  readonly treatment: number | null;
  readonly reader: string | null;
  readonly biomarker: string;
  readonly value: number;
  readonly measurement: Measurement;
}

export interface MeasuredStudy {
  readonly measurements: readonly StudyMeasurement[];
  readonly registrations: readonly StudyRegistration[];
  readonly passports: readonly Passport[];
  readonly issues: readonly Issue[];
}

/** The rule's own parameters, and a person's word for the intensity scale of its images where images.csv has one. */
function parametersOf(marker: BiomarkerRule, images: OccasionImages): RecipeParameters {
  if (marker.recipe === undefined || !Object.hasOwn(RECIPE_INPUTS[marker.recipe].parameters, "scale_override"))
    return marker.parameters;
  const reasons = [...new Set(Object.values(marker.images).flatMap((id) => images.scaleReasons(id)))];
  return reasons.length === 0 ? marker.parameters : { ...marker.parameters, scale_override: reasons.join("; ") };
}

/** The value that the protocol asks for: the recipe's own, or one of its named parts. */
function askedValue(marker: BiomarkerRule, measurement: Measurement): Result<number> {
  if (marker.part === undefined) return ok(measurement.value);
  const value = measurement.parts[marker.part];
  if (typeof value === "number") return ok(value);
  return refuse({
    code: "unknown-part",
    message: `The recipe ${measurement.recipe} has no number of this name.`,
    got: marker.part,
    wanted: Object.entries(measurement.parts)
      .filter(([, part]) => typeof part === "number")
      .map(([name]) => name)
      .join(", "),
    path: `biomarkers.${marker.id}.part`,
  });
}

/** The value under its own id, with the recipe's passport; refuses a unit that the protocol does not expect. */
function recordOf(
  occasion: Occasion,
  marker: BiomarkerRule,
  reader: string | null,
  measurement: Measurement,
): Result<{ readonly record: StudyMeasurement; readonly passport: Passport }> {
  const value = askedValue(marker, measurement);
  if (!value.ok) return value;
  if (marker.part === undefined && measurement.unit !== marker.unit)
    return refuse({
      code: "biomarker-unit",
      message: `${marker.label} was measured in another unit than the protocol gives.`,
      got: measurement.unit,
      wanted: marker.unit,
      mend: "Correct the unit in the protocol.",
      path: `biomarkers.${marker.id}.unit`,
    });
  const id = measurementId(occasion, marker.id, reader);
  const { passport } = measurement;
  const part = marker.part === undefined ? {} : { part: marker.part };
  return ok({
    record: { id, ...occasion, reader, biomarker: marker.id, value: value.value, measurement },
    passport: {
      ...passport,
      id,
      parameters: { ...passport.parameters, value: value.value, unit: marker.unit, ...part },
    },
  });
}

/**
 * Measures every biomarker of the protocol that has a recipe, wherever images and regions are there. One that refuses
 * becomes an Issue that names patient and time point; the others go on. An occasion without any region for a biomarker
 * is left to measurements.csv. Biomarkers that are parts of one recipe run (liver volume, LETB) share that run.
 */
export async function measureStudy(context: MeasureContext): Promise<MeasuredStudy> {
  const measurements: StudyMeasurement[] = [];
  const passports: Passport[] = [];
  const issues: Issue[] = [];
  const registrations: StudyRegistration[] = [];
  const sites = new Map<string, readonly Vec3[]>();
  const everywhere = occasionsOf(context);
  for (const [done, occasion] of everywhere.entries()) {
    context.progress(done, everywhere.length, `measuring ${occasion.patient} ${occasion.timePoint}`);
    const series = context.linked.filter((one) => occasionKey(one) === occasionKey(occasion));
    const rows = context.records.tables.regions.rows.filter((row) => row.patient === occasion.patient);
    const memory = roomFor(series, rows.length);
    const images = imagesOf(context.protocol, series, occasion, memory);
    const where = { patient: occasion.patient };
    const runs = new Map<string, Result<Measurement>>();
    for (const marker of context.protocol.biomarkers) {
      if (marker.recipe === undefined || !marker.time_points.includes(occasion.timePoint)) continue;
      for (const reader of readersOf(context, occasion, marker)) {
        const sources = sourcesOf(context, occasion, images, memory, marker, reader);
        if (sources === null) continue;
        const parameters = parametersOf(marker, images);
        const key = canonicalJson([marker.recipe, marker.images, marker.regions, parameters, reader]);
        let run = runs.get(key);
        if (run === undefined) {
          const { recipe } = marker;
          run =
            recipe === "letb"
              ? await registeredLetb(context, occasion, reader, sources, parameters, registrations, sites)
              : await runRecipe(recipe, sources, parameters);
          runs.set(key, run);
          for (const issue of run.issues) issues.push(locate(issue, where));
          if (recipe === "ser" && run.ok) {
            const doubt = await muscleDoubt(context, occasion, images, memory, marker);
            if (doubt !== null) issues.push(doubt);
          }
        }
        if (!run.ok) continue;
        const recorded = recordOf(occasion, marker, reader, run.value);
        if (recorded.ok) {
          measurements.push(recorded.value.record);
          passports.push(recorded.value.passport);
        } else issues.push(...recorded.issues.map((issue) => locate(issue, where)));
      }
    }
  }
  context.progress(everywhere.length, everywhere.length, "measured");
  passports.push(...registrations.map(({ id, found }) => ({ ...found.passport, id })));
  const { kept, issues: filtered } = otherFilters(context.protocol, context.linked, measurements);
  return { measurements: kept, registrations, passports, issues: [...issues, ...filtered] };
}

/** What muscle says about the scale of the two phases of an enhancement ratio, where somebody drew it. */
async function muscleDoubt(
  context: MeasureContext,
  occasion: Occasion,
  images: OccasionImages,
  memory: VoxelAllocator,
  marker: BiomarkerRule,
): Promise<Issue | null> {
  const rows = context.records.tables.regions.rows.filter(
    (row) =>
      row.patient === occasion.patient &&
      row.time_point === occasion.timePoint &&
      (row.treatment === null || row.treatment === occasion.treatment) &&
      row.purpose === "muscle",
  );
  if (rows.length === 0) return null;
  const { pre = "", portal = "" } = marker.images;
  return muscleCheck(
    await images.volume(pre),
    await images.volume(portal),
    (volume) => drawnMasks(context, rows, volume, memory),
    occasion.patient,
  );
}

/** LETB on phases that were brought together as the protocol says; suggested places serve the patient's later time points. */
async function registeredLetb(
  context: MeasureContext,
  occasion: Occasion,
  reader: string | null,
  sources: RecipeSources,
  parameters: RecipeParameters,
  registrations: StudyRegistration[],
  sites: Map<string, readonly Vec3[]>,
): Promise<Result<Measurement>> {
  const id = measurementId(occasion, "registration", reader);
  const course = canonicalJson([occasion.patient, occasion.treatment, reader]);
  const known = sites.get(course);
  const phases = await letbPhases(sources, parameters, {
    id,
    progress: (done, total, what) =>
      context.progress(done, total, `${occasion.patient} ${occasion.timePoint}: ${what}`),
    ...(context.signal === undefined ? {} : { signal: context.signal }),
    ...(known === undefined ? {} : { sites: known }),
  });
  if (!phases.ok) return phases;
  const { registered } = phases.value;
  if (registered !== null) registrations.push({ id, ...occasion, reader, found: registered });
  if (known === undefined && phases.value.sites !== null) sites.set(course, phases.value.sites);
  return onPhases(phases.value, (prepared, own) => runRecipe("letb", prepared, own));
}
