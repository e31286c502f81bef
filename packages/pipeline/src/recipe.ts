import { all, type Issue, locate, mapResult, ok, type Result, refuse, refuseWith } from "@livermark/core";
import {
  adc,
  adcFromMap,
  diameters,
  letb,
  type Mask,
  type Measurement,
  middlePicture,
  qeasl,
  type RecipeName,
  regionStats,
  ser,
  t2Sir,
  type Volume,
} from "@livermark/imaging";
import {
  COMBINE,
  checkInputs,
  EXTREMES,
  isNumber,
  isNumbers,
  KINDS,
  MODELS,
  RECIPE_INPUTS,
  type RecipeParameters,
  type RecipeSources,
} from "./recipe-inputs.js";

const numberAt = (parameters: RecipeParameters, name: string): number | undefined => {
  const value = parameters[name];
  return isNumber(value) ? value : undefined;
};
const flagAt = (parameters: RecipeParameters, name: string): boolean | undefined => {
  const value = parameters[name];
  return typeof value === "boolean" ? value : undefined;
};
const textAt = (parameters: RecipeParameters, name: string): string | undefined => {
  const value = parameters[name];
  return typeof value === "string" ? value : undefined;
};
const wordAt = <const T extends string>(
  parameters: RecipeParameters,
  name: string,
  words: readonly T[],
): T | undefined => words.find((word) => word === parameters[name]);

/** Only what is set: recipes have their own defaults, which they print. */
const given = <T extends object>(options: T): { [K in keyof T]?: Exclude<T[K], undefined> } =>
  Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined)) as {
    [K in keyof T]?: Exclude<T[K], undefined>;
  };

/**
 * Runs one recipe on named inputs. Refuses missing or unknown inputs and parameters by name; what the recipe itself
 * refuses comes back as it is. Example: `runRecipe("letb", sources, { k: 2 })`.
 */
export async function runRecipe(
  recipe: RecipeName,
  sources: RecipeSources,
  parameters: RecipeParameters = {},
): Promise<Result<Measurement>> {
  const checked = checkInputs(recipe, sources, parameters);
  if (!checked.ok) return refuseWith(await besideImage(checked.issues, sources));
  switch (recipe) {
    case "region-stats":
      return withVolumes(sources, ["image"], async ([volume]) =>
        withMasks(recipe, sources, [["region", volume]], async ([region]) =>
          regionStats({ volume, region: first(region) }),
        ),
      );
    case "ser":
      return withVolumes(sources, ["pre", "portal"], async ([pre, portal]) =>
        withMasks(
          recipe,
          sources,
          [
            ["tumour", pre],
            ["tumour", portal],
          ],
          async ([before, after]) =>
            ser(
              {
                pre,
                portal,
                lesions: before.flatMap((mask, i) => (after[i] ? [{ pre: mask, portal: after[i] }] : [])),
              },
              given({
                combine: wordAt(parameters, "combine", COMBINE),
                scaleOverride: textAt(parameters, "scale_override"),
              }),
            ),
        ),
      );
    case "adc":
      return runAdc(sources, parameters);
    case "t2-sir":
      return withVolumes(sources, ["t2"], async ([volume]) =>
        withMasks(
          recipe,
          sources,
          [
            ["tumour", volume],
            ["muscle", volume],
          ],
          async ([tumour, muscle]) => t2Sir({ volume, tumour, muscle }),
        ),
      );
    case "letb":
      return withVolumes(sources, ["pre", "arterial"], async ([pre, arterial]) =>
        withMasks(
          recipe,
          sources,
          [
            ["liver", arterial],
            ["reference", arterial],
            ["tumour", arterial],
            ["vessel", arterial],
            ["segment", arterial],
          ],
          async ([liver, references, tumours, vessels, regions]) =>
            letb(
              {
                pre,
                arterial,
                liver: first(liver),
                references,
                ...(tumours.length > 0 ? { tumours } : {}),
                ...(vessels[0] ? { vessels: vessels[0] } : {}),
                ...(regions.length > 0 ? { regions } : {}),
              },
              given({
                k: numberAt(parameters, "k"),
                smoothingMm: numberAt(parameters, "smoothing_mm"),
                surfaceMm: numberAt(parameters, "surface_mm"),
                edgeInInterval: flagAt(parameters, "edge_in_interval"),
                registrationErrorMm: numberAt(parameters, "registration_error_mm"),
                scaleOverride: textAt(parameters, "scale_override"),
                contrastOverride: textAt(parameters, "contrast_override"),
                cutLiverOverride: textAt(parameters, "cut_liver_override"),
                partsOverride: textAt(parameters, "parts_override"),
                motionOverride: textAt(parameters, "motion_override"),
                outlineOverride: textAt(parameters, "outline_override"),
              }),
            ),
        ),
      );
    case "diameters":
      return withVolumes(sources, ["image"], async ([volume]) =>
        withMasks(
          recipe,
          sources,
          [
            ["tumour", volume],
            ["viable", volume],
          ],
          async ([tumours, viable]) =>
            diameters(
              { volume, lesions: tumours.map((mask, i) => ({ mask, ...(viable[i] ? { viable: viable[i] } : {}) })) },
              given({ kind: wordAt(parameters, "kind", KINDS) }),
            ),
        ),
      );
    case "qeasl":
      return withVolumes(sources, ["pre", "arterial"], async ([pre, arterial]) =>
        withMasks(
          recipe,
          sources,
          [
            ["tumour", arterial],
            ["reference", arterial],
          ],
          async ([lesions, references]) =>
            qeasl(
              { pre, arterial, lesions, references },
              given({ k: numberAt(parameters, "k"), scaleOverride: textAt(parameters, "scale_override") }),
            ),
        ),
      );
  }
}

/** Where an input is missing, the middle of the first image that is there: it may be the missing one under another name. */
async function besideImage(issues: readonly Issue[], sources: RecipeSources): Promise<readonly Issue[]> {
  const there = sources.images.find((name) => name !== "dwi");
  if (there === undefined || !issues.some(({ code }) => code === "recipe-input-missing")) return issues;
  const volume = await sources.volume(there);
  return volume.ok ? issues.map((issue) => locate(issue, middlePicture(volume.value))) : issues;
}

async function runAdc(sources: RecipeSources, parameters: RecipeParameters): Promise<Result<Measurement>> {
  const extremes = wordAt(parameters, "extremes", EXTREMES);
  if (sources.images.includes("adc"))
    return withVolumes(sources, ["adc"], async ([map]) =>
      withMasks("adc", sources, [["tumour", map]], async ([regions]) =>
        adcFromMap({ map, regions }, given({ extremes })),
      ),
    );
  const dwi = await sources.dwi("dwi");
  if (!dwi.ok) return dwi;
  const start = dwi.value[0];
  if (start === undefined)
    return refuse({
      code: "no-dwi",
      message: "There is no diffusion-weighted image.",
      wanted: "at least two b-values",
    });
  const measured = await withMasks("adc", sources, [["tumour", start.volume]], async ([regions]) =>
    adc(
      { dwi: dwi.value, regions },
      given({
        extremes,
        model: wordAt(parameters, "model", MODELS),
        b: isNumbers(parameters.b) ? parameters.b : undefined,
      }),
    ),
  );
  return measured.ok ? withWarnings(measured, dwi) : measured;
}

type Volumes<N extends readonly string[]> = { readonly [K in keyof N]: Volume };
type MaskLists<N extends readonly unknown[]> = { readonly [K in keyof N]: readonly Mask[] };

async function withVolumes<const N extends readonly string[]>(
  sources: RecipeSources,
  names: N,
  run: (volumes: Volumes<N>) => Promise<Result<Measurement>>,
): Promise<Result<Measurement>> {
  const loaded: Result<Volume>[] = [];
  for (const name of names) loaded.push(await sources.volume(name));
  const volumes = all(loaded);
  if (!volumes.ok) return volumes;
  return withWarnings(await run(volumes.value as Volumes<N>), volumes);
}

/** An input that is not there has no masks; whether it may be absent was checked before. */
async function withMasks<const N extends readonly (readonly [string, Volume])[]>(
  recipe: RecipeName,
  sources: RecipeSources,
  wanted: N,
  run: (masks: MaskLists<N>) => Promise<Result<Measurement>>,
): Promise<Result<Measurement>> {
  const loaded: Result<readonly Mask[]>[] = [];
  for (const [name, volume] of wanted)
    loaded.push(sources.regions.includes(name) ? await sources.masks(name, volume) : ok([]));
  const masks = all(loaded);
  if (!masks.ok) return masks;
  for (const [i, [name]] of wanted.entries()) {
    const found = masks.value[i]?.length ?? 0;
    const tooMany = RECIPE_INPUTS[recipe].single?.includes(name) === true && found > 1;
    if (sources.regions.includes(name) && (found === 0 || tooMany))
      return refuse({
        code: "region-count",
        message: `The input "${name}" of ${recipe} needs ${tooMany ? "one region only" : "a region"}.`,
        got: `${found} regions`,
        wanted: tooMany ? "one; name its label where a mask has several" : "at least one",
      });
  }
  return withWarnings(await run(masks.value as MaskLists<N>), masks);
}

/** Puts the warnings of reading in front of those of measuring, also inside the Measurement. */
function withWarnings(measured: Result<Measurement>, read: Result<unknown>): Result<Measurement> {
  if (read.issues.length === 0) return measured;
  if (!measured.ok) return refuseWith([...read.issues, ...measured.issues]);
  const issues = [...read.issues, ...measured.issues];
  return mapResult({ ...measured, issues }, (value) => ({ ...value, issues }));
}

/** The mask of an input that was checked to have one. */
function first(masks: readonly Mask[]): Mask {
  const [mask] = masks;
  if (mask === undefined) throw new Error("an input without a mask went through");
  return mask;
}
