import { type Json, ok, type Result, refuse } from "@livermark/core";
import type { DwiImage, Mask, RecipeName, Volume } from "@livermark/imaging";

/** What a recipe reads, by the names that protocol files and command options use for its inputs. */
export interface RecipeSources {
  /** Names of the image inputs that are there. */
  readonly images: readonly string[];
  /** Names of the region inputs that are there. */
  readonly regions: readonly string[];
  readonly volume: (input: string) => Promise<Result<Volume>>;
  /** Images of all b-values behind one image input. */
  readonly dwi: (input: string) => Promise<Result<readonly DwiImage[]>>;
  /** The voxels of a region input on the grid of a volume. */
  readonly masks: (input: string, volume: Volume) => Promise<Result<readonly Mask[]>>;
}

/** Options of a recipe as protocol files and commands give them. */
export type RecipeParameters = { readonly [name: string]: Json };

interface RecipeInput {
  readonly images: readonly string[];
  readonly regions: readonly string[];
  readonly optionalImages?: readonly string[];
  readonly optionalRegions?: readonly string[];
  /** Region inputs that may hold one region only. */
  readonly single?: readonly string[];
  readonly parameters: { readonly [name: string]: ParameterKind };
}

/** A parameter is a number, a list of numbers, yes or no, free text (a reason), or one of a few words. */
type ParameterKind = "number" | "numbers" | "flag" | "text" | readonly string[];

/** Words that parameters of recipes may have. */
export const EXTREMES = ["mean-of-ROI-extremes", "extreme-of-ROI-means", "pooled-voxel"] as const;
export const MODELS = ["log-linear", "nonlinear", "two-point"] as const;
export const KINDS = ["longest", "short", "viable"] as const;
export const COMBINE = ["mean-signal", "mean-ser"] as const;

/** Inputs of each recipe. `adc` takes `dwi` or `adc`. */
export const RECIPE_INPUTS: Readonly<Record<RecipeName, RecipeInput>> = {
  "region-stats": { images: ["image"], regions: ["region"], single: ["region"], parameters: {} },
  ser: { images: ["pre", "portal"], regions: ["tumour"], parameters: { combine: COMBINE, scale_override: "text" } },
  adc: {
    images: [],
    optionalImages: ["dwi", "adc"],
    regions: ["tumour"],
    parameters: { model: MODELS, b: "numbers", extremes: EXTREMES },
  },
  "t2-sir": { images: ["t2"], regions: ["tumour", "muscle"], parameters: {} },
  letb: {
    images: ["pre", "arterial"],
    regions: ["liver", "reference"],
    optionalRegions: ["tumour", "vessel", "segment"],
    single: ["liver", "vessel"],
    parameters: {
      k: "number",
      smoothing_mm: "number",
      surface_mm: "number",
      edge_in_interval: "flag",
      registration_error_mm: "number",
      scale_override: "text",
      contrast_override: "text",
      cut_liver_override: "text",
      parts_override: "text",
      motion_override: "text",
      outline_override: "text",
    },
  },
  diameters: { images: ["image"], regions: ["tumour"], optionalRegions: ["viable"], parameters: { kind: KINDS } },
  qeasl: {
    images: ["pre", "arterial"],
    regions: ["tumour", "reference"],
    parameters: { k: "number", scale_override: "text" },
  },
};

export const isNumber = (value: Json | undefined): value is number => typeof value === "number";
export const isNumbers = (value: Json | undefined): value is readonly number[] =>
  Array.isArray(value) && value.every(isNumber);

const fits = (value: Json | undefined, kind: ParameterKind): boolean =>
  kind === "number"
    ? isNumber(value)
    : kind === "numbers"
      ? isNumbers(value)
      : kind === "flag"
        ? typeof value === "boolean"
        : typeof value === "string" && (kind === "text" || kind.includes(value));

/** Refuses inputs that are missing or unknown, and parameters of the wrong kind, by name. */
export function checkInputs(recipe: RecipeName, sources: RecipeSources, parameters: RecipeParameters): Result<null> {
  const wants = RECIPE_INPUTS[recipe];
  const lacking = [
    ...wants.images.filter((name) => !sources.images.includes(name)).map((name) => `image "${name}"`),
    ...wants.regions.filter((name) => !sources.regions.includes(name)).map((name) => `region "${name}"`),
    ...(recipe === "adc" && !sources.images.some((name) => name === "dwi" || name === "adc")
      ? ['image "dwi" or "adc"']
      : []),
  ];
  if (lacking.length > 0)
    return refuse({
      code: "recipe-input-missing",
      message: `The recipe ${recipe} lacks an input.`,
      got: `images ${sources.images.join(", ") || "none"}; regions ${sources.regions.join(", ") || "none"}`,
      wanted: lacking.join(", "),
      mend: "Name the images and regions that are lacking.",
    });
  const known = {
    images: [...wants.images, ...(wants.optionalImages ?? [])],
    regions: [...wants.regions, ...(wants.optionalRegions ?? [])],
  };
  const strange = [
    ...sources.images.filter((name) => !known.images.includes(name)),
    ...sources.regions.filter((name) => !known.regions.includes(name)),
    ...Object.keys(parameters).filter((name) => !Object.hasOwn(wants.parameters, name)),
  ];
  if (strange.length > 0)
    return refuse({
      code: "recipe-input-unknown",
      message: `The recipe ${recipe} does not know an input or parameter.`,
      got: strange.join(", "),
      wanted: [...known.images, ...known.regions, ...Object.keys(wants.parameters)].join(", "),
    });
  for (const [name, value] of Object.entries(parameters)) {
    const kind = wants.parameters[name];
    if (kind !== undefined && !fits(value, kind))
      return refuse({
        code: "recipe-parameter",
        message: `The parameter ${name} of ${recipe} has a value that it cannot have.`,
        got: JSON.stringify(value),
        wanted: typeof kind === "string" ? kind : kind.join(" | "),
        path: name,
      });
  }
  return ok(null);
}
