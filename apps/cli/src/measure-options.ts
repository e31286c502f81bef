import type { RecipeName } from "@livermark/imaging";
import { RECIPE_INPUTS } from "@livermark/pipeline";

/** Recipes that `livermark measure` runs. */
export const RECIPES = [
  "region-stats",
  "ser",
  "adc",
  "t2-sir",
  "letb",
  "diameters",
  "qeasl",
] as const satisfies readonly RecipeName[];

/** Which command option feeds which input of a recipe. */
interface Feeding {
  readonly images: { readonly [input: string]: string };
  readonly regions: { readonly [input: string]: string };
}

/** The options that feed each recipe. */
export const FEEDING: Readonly<Record<RecipeName, Feeding>> = {
  "region-stats": { images: { image: "image" }, regions: { region: "region" } },
  ser: { images: { pre: "pre", portal: "portal" }, regions: { tumour: "region" } },
  adc: { images: { adc: "image" }, regions: { tumour: "region" } },
  "t2-sir": { images: { t2: "image" }, regions: { tumour: "tumour", muscle: "muscle" } },
  letb: {
    images: { pre: "pre", arterial: "arterial" },
    regions: { liver: "liver", reference: "reference", tumour: "tumour", vessel: "vessel", segment: "segment" },
  },
  diameters: { images: { image: "image" }, regions: { tumour: "region", viable: "viable" } },
  qeasl: { images: { pre: "pre", arterial: "arterial" }, regions: { tumour: "tumour", reference: "reference" } },
};

/** Numbers that two recipes take instead of images. */
export const NUMBERS: { readonly [R in RecipeName]?: readonly [string, string] } = {
  ser: ["si-pre", "si-portal"],
  letb: ["enhancing-ml", "liver-ml"],
};

const PARAMETER_OPTIONS: readonly string[] = Object.values(RECIPE_INPUTS).flatMap(({ parameters }) =>
  Object.keys(parameters).map((name) => name.replaceAll("_", "-")),
);

/** The options that a recipe looks at, given those that were used. Example: `optionsOf("ser", ["si-pre"])` is the pair of signals. */
export function optionsOf(recipe: RecipeName, given: readonly string[]): readonly string[] {
  const numbers = NUMBERS[recipe] ?? [];
  if (numbers.some((option) => given.includes(option))) return numbers;
  return [
    ...Object.values(FEEDING[recipe].images),
    ...Object.values(FEEDING[recipe].regions),
    // The recipe itself refuses those parameters of others that are none of its own.
    ...(recipe === "region-stats" ? [] : PARAMETER_OPTIONS),
    "resample-masks",
    ...(recipe === "letb" ? ["register", "suggest", ...(given.includes("register") ? ["steps"] : [])] : []),
    ...(recipe === "region-stats" ? ["ibsi"] : []),
  ];
}
