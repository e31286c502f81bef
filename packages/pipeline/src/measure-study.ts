import { join } from "node:path";
import {
  all,
  canonicalJson,
  compareStrings,
  type Issue,
  locate,
  mapResult,
  ok,
  type Passport,
  type Result,
  refuse,
  refuseWith,
} from "@livermark/core";
import { assembleDwi, readVolume } from "@livermark/dicom";
import {
  type DwiImage,
  type Mask,
  type Measurement,
  type Vec3,
  type Volume,
  type VoxelAllocator,
  voxelAllocator,
  voxelCount,
} from "@livermark/imaging";
import type { BiomarkerRule, Protocol, Row, StudyRecords } from "@livermark/study";
import { reasonOf } from "./image-decisions.js";
import { letbPhases, onPhases } from "./letb-phases.js";
import type { LinkedSeries } from "./link-images.js";
import { RECIPE_INPUTS, type RecipeParameters, type RecipeSources, runRecipe } from "./recipe.js";
import { masksOf, type RegionReference } from "./regions.js";
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

export interface MeasureContext {
  readonly bundle: string;
  readonly protocol: Protocol;
  readonly records: StudyRecords;
  readonly linked: readonly LinkedSeries[];
  readonly progress: (done: number, total: number, what: string) => void;
  /** Ends a registration that is under way, and with it the run. */
  readonly signal?: AbortSignal;
}

/** Where something was measured: one patient, time point and, where there are several, treatment. */
interface Occasion {
  readonly patient: string;
  readonly timePoint: string;
  readonly treatment: number | null;
}

const occasionKey = (o: Occasion): string => `${o.patient}\u0000${o.timePoint}\u0000${o.treatment ?? ""}`;

/** Part of an id: letters, digits, hyphens. */
const slug = (text: string): string => text.replace(/[^A-Za-z0-9-]+/g, "-");

export const measurementId = (o: Occasion, biomarker: string, reader: string | null): string =>
  [
    "measurement",
    slug(o.patient),
    o.timePoint,
    ...(o.treatment === null ? [] : [`t${o.treatment}`]),
    biomarker,
    ...(reader === null ? [] : [slug(reader)]),
  ].join(".");

/** Every occasion that has images or regions, in a fixed order. */
function occasions(context: MeasureContext): readonly Occasion[] {
  const found = new Map<string, Occasion>();
  const add = (o: Occasion): void => {
    if (!found.has(occasionKey(o))) found.set(occasionKey(o), o);
  };
  for (const { patient, timePoint, treatment } of context.linked) add({ patient, timePoint, treatment });
  for (const row of context.records.tables.regions.rows)
    add({ patient: row.patient, timePoint: row.time_point, treatment: row.treatment });
  return [...found.values()].sort(
    (a, b) =>
      compareStrings(a.patient, b.patient) ||
      compareStrings(a.timePoint, b.timePoint) ||
      (a.treatment ?? 0) - (b.treatment ?? 0),
  );
}

interface OccasionImages {
  readonly volume: (imageId: string) => Promise<Result<Volume>>;
  readonly dwi: (imageId: string) => Promise<Result<readonly DwiImage[]>>;
  /** Reasons for which a person vouches for the intensity scale of the series behind an image. */
  readonly scaleReasons: (imageId: string) => readonly string[];
}

/**
 * Room in the kernels' memory for every volume of one occasion and for as many masks as there are regions, so that nothing is
 * copied to be measured. It is only reserved: what is never read costs nothing.
 */
function roomFor(series: readonly LinkedSeries[], regions: number): VoxelAllocator {
  const voxels = series.flatMap((one) =>
    one.series.stacks.map(({ grid, sheared }) => {
      const own = grid ?? sheared?.grid;
      return own === undefined ? 0 : voxelCount(own);
    }),
  );
  const largest = voxels.reduce((most, n) => Math.max(most, n), 0);
  const bytes = voxels.reduce((sum, n) => sum + 4 * n + 64, 0) + regions * (largest + 64);
  return voxelAllocator(bytes);
}

/** The images of one occasion by the protocol's image ids; each volume is read once. */
function imagesOf(
  protocol: Protocol,
  series: readonly LinkedSeries[],
  occasion: Occasion,
  memory: VoxelAllocator,
): OccasionImages {
  const read = new Map<string, Promise<Result<Volume>>>();
  const where = { patient: occasion.patient };

  const candidates = (imageId: string): Result<readonly LinkedSeries[]> => {
    const wanted = protocol.images.find((image) => image.id === imageId);
    if (wanted === undefined) throw new Error(`protocol without image ${imageId} passed validation`);
    const fitting = series.filter(
      (one) => one.role === wanted.role && (wanted.phase === undefined || one.phase === wanted.phase),
    );
    if (fitting.length > 0) return ok(fitting);
    const there = series.map((one) => `${one.role} ${one.phase} (${one.series.description || one.series.uid})`);
    return refuse({
      code: "missing-image",
      message: `${wanted.label} is missing at ${occasion.timePoint}.`,
      got: there.length === 0 ? "no series" : there.join("; "),
      wanted: `${wanted.role}${wanted.phase === undefined ? "" : ` ${wanted.phase}`}`,
      mend: "Add the series, or give its role and phase in images.csv.",
      where,
    });
  };

  return {
    async volume(imageId) {
      const fitting = candidates(imageId);
      if (!fitting.ok) return fitting;
      const [one, second] = fitting.value;
      if (one === undefined || second !== undefined)
        return refuse({
          code: "ambiguous-image",
          message: `Several series could be ${imageId} at ${occasion.timePoint}.`,
          got: fitting.value.map((candidate) => candidate.series.uid).join(", "),
          wanted: "one series",
          mend: "Name the right one in images.csv with its role and phase.",
          where,
        });
      const volume =
        read.get(one.series.uid) ??
        readVolume(one.series, { memory, resampleTilt: one.overrules.some(({ fact }) => fact === "tilt") });
      read.set(one.series.uid, volume);
      return volume;
    },
    scaleReasons(imageId) {
      const fitting = candidates(imageId);
      if (!fitting.ok) return [];
      return fitting.value.flatMap(({ overrules }) =>
        overrules.flatMap(({ fact, why, by }) => (fact === "scale" ? [reasonOf(why, by)] : [])),
      );
    },
    async dwi(imageId) {
      const fitting = candidates(imageId);
      if (!fitting.ok) return fitting;
      return mapResult(
        await assembleDwi(
          fitting.value.map((one) => one.series),
          memory,
        ),
        ({ bValues, volumes }) =>
          volumes.flatMap((volume, i) => {
            const b = bValues[i];
            return b === undefined ? [] : [{ b, volume }];
          }),
      );
    },
  };
}

/** Region rows of an occasion that a region id of the protocol means, for one reader (rows without reader serve all). */
function regionRows(
  context: MeasureContext,
  occasion: Occasion,
  regionId: string,
  reader: string | null,
): readonly Row<"regions">[] {
  const rule = context.protocol.regions.find((region) => region.id === regionId);
  if (rule === undefined) throw new Error(`protocol without region ${regionId} passed validation`);
  return context.records.tables.regions.rows
    .filter(
      (row) =>
        row.patient === occasion.patient &&
        row.time_point === occasion.timePoint &&
        (row.treatment === null || row.treatment === occasion.treatment) &&
        row.purpose === rule.purpose &&
        (row.reader === null || row.reader === reader),
    )
    .sort(
      (a, b) => compareStrings(a.lesion ?? "", b.lesion ?? "") || (a.repeat ?? 0) - (b.repeat ?? 0) || a.line - b.line,
    );
}

function referenceOf(context: MeasureContext, row: Row<"regions">): RegionReference {
  const shown = `regions/${row.path.replace(/^regions\//, "")}`;
  const name = [
    row.purpose,
    row.lesion,
    row.repeat === null ? null : `placement ${row.repeat}`,
    row.reader === null ? null : `reader ${row.reader}`,
  ]
    .filter((part) => part !== null)
    .join(" ");
  return {
    path: join(context.bundle, ...shown.split("/")),
    shown,
    name,
    ...(row.label === null ? {} : { label: row.label }),
  };
}

/** Readers who drew something for this biomarker; null = nobody is named. */
function readersOf(context: MeasureContext, occasion: Occasion, marker: BiomarkerRule): readonly (string | null)[] {
  const purposes = new Set(
    Object.values(marker.regions).map((id) => context.protocol.regions.find((region) => region.id === id)?.purpose),
  );
  const named = context.records.tables.regions.rows
    .filter(
      (row) => row.patient === occasion.patient && row.time_point === occasion.timePoint && purposes.has(row.purpose),
    )
    .map((row) => row.reader)
    .filter((reader) => reader !== null);
  return named.length === 0 ? [null] : [...new Set(named)].sort(compareStrings);
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

/** Inputs of one biomarker at one occasion for one reader; null when nobody drew a region for it. */
function sourcesOf(
  context: MeasureContext,
  occasion: Occasion,
  images: OccasionImages,
  memory: VoxelAllocator,
  marker: BiomarkerRule,
  reader: string | null,
): RecipeSources | null {
  const regions = new Map(
    Object.entries(marker.regions).map(([input, id]) => [input, regionRows(context, occasion, id, reader)]),
  );
  if ([...regions.values()].every((rows) => rows.length === 0)) return null;
  return {
    images: Object.keys(marker.images),
    regions: [...regions].filter(([, rows]) => rows.length > 0).map(([input]) => input),
    volume: (input) => images.volume(marker.images[input] ?? ""),
    dwi: (input) => images.dwi(marker.images[input] ?? ""),
    masks: async (input, volume) => {
      const lists: Result<readonly Mask[]>[] = [];
      for (const row of regions.get(input) ?? []) {
        const masks = await masksOf(referenceOf(context, row), volume, memory);
        const where = { patient: occasion.patient, table: "regions", line: row.line };
        lists.push(masks.ok ? masks : refuseWith(masks.issues.map((issue) => locate(issue, where))));
      }
      return mapResult(all(lists), (masks) => masks.flat());
    },
  };
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
  const everywhere = occasions(context);
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
    async (volume) => {
      const lists: Result<readonly Mask[]>[] = [];
      for (const row of rows) lists.push(await masksOf(referenceOf(context, row), volume, memory));
      return mapResult(all(lists), (masks) => masks.flat());
    },
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
