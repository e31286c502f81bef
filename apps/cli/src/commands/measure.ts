import { all, describeIssue, type Issue, type Json, locate, mapResult, ok, type Result } from "@livermark/core";
import { readVolumeFromPath } from "@livermark/dicom";
import {
  type IbsiFeatures,
  ibsiFirstOrder,
  letbFromVolumes,
  type Mask,
  type Measurement,
  type RecipeName,
  type RegionStatistics,
  regionStatistics,
  serFromSignals,
  type Volume,
  type VoxelAllocator,
  voxelAllocator,
} from "@livermark/imaging";
import {
  diffusionImages,
  letbPhases,
  masksOf,
  onPhases,
  type RecipeParameters,
  type RecipeSources,
  type RegionReference,
  regionArgument,
  runRecipe,
} from "@livermark/pipeline";
import {
  type Command,
  flag,
  numberOption,
  type Output,
  onlyOptions,
  text,
  texts,
  usageIssue,
  type Values,
} from "../command.js";
import { FEEDING, NUMBERS, optionsOf, RECIPES } from "../measure-options.js";

const paths = { type: "string" } as const;
const several = { type: "string", multiple: true } as const;

export const command: Command = {
  usage: "region-stats|ser|adc|t2-sir|letb|diameters|qeasl … [--json]",
  help: [
    "One measurement from images and regions. Images: a DICOM folder or zip, NIfTI, NRRD or MHA. Regions: a region file (JSON), a mask",
    "file or a mask folder, each FILE or FILE#LABEL; options that take regions may be repeated.",
    "",
    "  region-stats --image PATH --region FILE[#LABEL] … [--ibsi: also the IBSI first-order features]",
    "  ser --pre PATH --portal PATH --region FILE …            or  ser --si-pre 297 --si-portal 709",
    "  adc PATH … --region FILE … [--b 0,500] [--model log-linear|nonlinear|two-point]   or  adc --image ADC-MAP --region FILE …",
    "  t2-sir --image PATH --tumour FILE … --muscle FILE",
    "  letb --pre PATH --arterial PATH --liver FILE --reference FILE … [--tumour FILE …] [--vessel FILE] [--segment FILE …] [--k 2]",
    "    [--smoothing-mm 0] [--surface-mm 0] [--edge-in-interval] [--registration-error-mm 0] [--contrast-override REASON] [--cut-liver-override REASON]",
    "    [--parts-override REASON] [--motion-override REASON] [--outline-override REASON]",
    "                                                          or  letb --enhancing-ml 2012 --liver-ml 4495",
    "  diameters --image PATH --region FILE … [--kind longest|short|viable] [--viable FILE …]",
    "  qeasl --pre PATH --arterial PATH --tumour FILE … --reference FILE … [--k 2]",
    "",
    "adc reads its PATHs as `livermark adc` does: DICOM, or NIfTI with a .bval file beside each.",
    "--scale-override REASON accepts series whose intensity scales are not proven equal; the reason is kept in the passport.",
    "--resample-masks puts masks on another grid onto the image's voxels and says how their volume changed; they are refused otherwise.",
    "letb --register [--steps rigid|b-spline] registers the precontrast to the arterial phase first; --suggest places the reference regions where none",
    "is given: look at each place that is printed.",
    "Example:\n  livermark measure letb --pre pre/ --arterial art/ --liver liver.nii.gz --reference roi1.json --reference roi2.json --json",
  ].join("\n"),
  options: {
    image: paths,
    pre: paths,
    portal: paths,
    arterial: paths,
    region: several,
    liver: several,
    reference: several,
    tumour: several,
    muscle: several,
    vessel: several,
    segment: several,
    viable: several,
    "si-pre": { type: "string" },
    "si-portal": { type: "string" },
    "enhancing-ml": { type: "string" },
    "liver-ml": { type: "string" },
    b: { type: "string" },
    k: { type: "string" },
    model: { type: "string" },
    kind: { type: "string" },
    combine: { type: "string" },
    extremes: { type: "string" },
    "scale-override": { type: "string" },
    "contrast-override": { type: "string" },
    "cut-liver-override": { type: "string" },
    "parts-override": { type: "string" },
    "motion-override": { type: "string" },
    "outline-override": { type: "string" },
    "smoothing-mm": { type: "string" },
    "surface-mm": { type: "string" },
    "registration-error-mm": { type: "string" },
    "edge-in-interval": { type: "boolean" },
    register: { type: "boolean" },
    steps: { type: "string" },
    suggest: { type: "boolean" },
    ibsi: { type: "boolean" },
    "resample-masks": { type: "boolean" },
  },
  async run(positionals, values, { progress }) {
    const [name, ...rest] = positionals;
    const recipe = RECIPES.find((candidate) => candidate === name);
    if (recipe === undefined) return usageIssue(`measure wants a recipe: ${RECIPES.join(", ")}.`);
    if (rest.length > 0 && recipe !== "adc") return usageIssue(`measure ${recipe} takes its images by options.`);
    const used = onlyOptions(`measure ${recipe}`, command, values, optionsOf(recipe, Object.keys(values)));
    if (!used.ok) return used;
    if (recipe === "region-stats") return regionStatsOutput(values);
    const given = fromNumbers(recipe, values);
    if (given !== null) return mapResult(given, measurementOutput);
    const parameters = parametersOf(values);
    if (!parameters.ok) return parameters;
    const sources = sourcesOf(recipe, values, rest);
    if (recipe !== "letb") return mapResult(await runRecipe(recipe, sources, parameters.value), measurementOutput);
    const phases = await letbPhases(sources, { ...parameters.value, ...phasesOf(values) }, { progress });
    if (!phases.ok) return phases;
    const measured = await onPhases(phases.value, (prepared, own) => runRecipe(recipe, prepared, own));
    const { passport: registration } = phases.value;
    return mapResult(measured, (measurement) => {
      const output = measurementOutput(measurement);
      return registration === null ? output : { ...output, json: { ...measurement, registration } };
    });
  },
};

const measurementOutput = (measurement: Measurement): Output => ({
  json: measurement,
  text: [
    `${measurement.recipe} ${measurement.value} ${measurement.unit}`,
    `parameters ${JSON.stringify(measurement.passport.parameters)}`,
    ...(measurement.interval === null
      ? []
      : [
          `95 % interval ${measurement.interval.low} to ${measurement.interval.high} (${measurement.interval.sources.join(", ")})`,
        ]),
    JSON.stringify(measurement.parts, null, 2),
    `passport ${JSON.stringify(measurement.passport)}`,
  ].join("\n"),
  issues: measurement.issues,
});

/** Recipes that also take the numbers themselves; null when no number was given. */
function fromNumbers(recipe: RecipeName, values: Values): Result<Measurement> | null {
  const pair = NUMBERS[recipe];
  if (pair === undefined || pair.every((option) => values[option] === undefined)) return null;
  const numbers = all(pair.map((option) => numberOption(values, option)));
  if (!numbers.ok) return numbers;
  const [first, second] = numbers.value;
  if (first === undefined || second === undefined) return usageIssue(`--${pair[0]} and --${pair[1]} go together.`);
  return recipe === "ser"
    ? serFromSignals([{ siPre: first, siPortal: second }])
    : letbFromVolumes({ enhancingMl: first, liverMl: second });
}

/** How LETB brings its phases together and where its reference regions come from, where an option says so. */
const phasesOf = (values: Values): RecipeParameters => ({
  ...(flag(values, "register") ? { registration: text(values, "steps") ?? "rigid" } : {}),
  ...(flag(values, "suggest") ? { references: "suggested" } : {}),
});

function parametersOf(values: Values): Result<RecipeParameters> {
  const parameters: { [name: string]: Json } = {};
  for (const option of ["k", "smoothing-mm", "surface-mm", "registration-error-mm"]) {
    const given = numberOption(values, option);
    if (!given.ok) return given;
    if (given.value !== undefined) parameters[option.replaceAll("-", "_")] = given.value;
  }
  if (flag(values, "edge-in-interval")) parameters.edge_in_interval = true;
  const b = text(values, "b");
  if (b !== undefined) {
    const list = b.split(",").map(Number);
    if (list.some((value) => !Number.isFinite(value)))
      return usageIssue(`--b wants b-values such as 0,500, found "${b}".`);
    parameters.b = list;
  }
  for (const option of [
    "model",
    "kind",
    "combine",
    "extremes",
    ...Object.keys(command.options).filter((option) => option.endsWith("-override")),
  ]) {
    const value = text(values, option);
    if (value !== undefined) parameters[option.replaceAll("-", "_")] = value;
  }
  return ok(parameters);
}

/** Room in the kernels' memory for one measurement's volumes and masks; only reserved, and ordinary memory serves beyond it. */
const ROOM_BYTES = 2 ** 31;

/** Inputs from the command line; each image is read once. */
function sourcesOf(recipe: RecipeName, values: Values, dwiPaths: readonly string[]): RecipeSources {
  const { images, regions } = FEEDING[recipe];
  const read = new Map<string, Promise<Result<Volume>>>();
  const memory = voxelAllocator(ROOM_BYTES);
  const volume = (path: string): Promise<Result<Volume>> => {
    const known = read.get(path) ?? readVolumeFromPath(path, { memory });
    read.set(path, known);
    return known;
  };
  return {
    images: [
      ...Object.keys(images).filter((input) => text(values, images[input] ?? "") !== undefined),
      ...(dwiPaths.length > 0 ? ["dwi"] : []),
    ],
    regions: Object.keys(regions).filter((input) => texts(values, regions[input] ?? "").length > 0),
    volume: (input) => volume(text(values, images[input] ?? "") ?? ""),
    dwi: async () => mapResult(await diffusionImages(dwiPaths, { memory }), ({ images: set }) => set),
    masks: (input, on) => readMasksOf(regionsOf(values, regions[input] ?? ""), on, memory),
  };
}

/** The regions that an option names, resampled where that was asked for. */
const regionsOf = (values: Values, option: string): readonly RegionReference[] =>
  texts(values, option).map((argument) => ({
    ...regionArgument(argument),
    ...(flag(values, "resample-masks") ? { resample: true } : {}),
  }));

/** Masks of several regions, in their order. */
async function readMasksOf(
  references: readonly RegionReference[],
  volume: Volume,
  memory: VoxelAllocator,
): Promise<Result<readonly Mask[]>> {
  const lists: Result<readonly Mask[]>[] = [];
  for (const reference of references) lists.push(await masksOf(reference, volume, memory));
  return mapResult(all(lists), (masks) => masks.flat());
}

async function regionStatsOutput(values: Values): Promise<Result<Output>> {
  const image = text(values, "image");
  const references = regionsOf(values, "region");
  if (image === undefined || references.length === 0)
    return usageIssue("region-stats wants --image PATH and --region FILE.");
  const volume = await readVolumeFromPath(image);
  if (!volume.ok) return volume;
  const regions: (RegionStatistics & { readonly ibsi?: IbsiFeatures })[] = [];
  const issues: Issue[] = [...volume.issues];
  for (const reference of references) {
    const masks = await masksOf(reference, volume.value);
    if (!masks.ok) return masks;
    issues.push(...masks.issues);
    for (const mask of masks.value) {
      const statistics = regionStatistics(volume.value, mask);
      if (!statistics.ok)
        return { ok: false, issues: statistics.issues.map((issue) => locate(issue, { file: reference.shown })) };
      issues.push(...statistics.issues);
      const ibsi = flag(values, "ibsi") ? ibsiFirstOrder(volume.value, mask) : null;
      if (ibsi !== null && !ibsi.ok) return ibsi;
      regions.push(ibsi === null ? statistics.value : { ...statistics.value, ibsi: ibsi.value });
    }
  }
  return ok({
    json: { regions, issues },
    text: [
      ...regions.map(
        (r) =>
          `${r.name}: ${r.voxels} voxels, ${r.volumeMl} ml, mean ${r.mean} ${r.unit}, SD ${r.sd}, ${r.min} to ${r.max}, longest axial ${r.longestAxialMm} mm`,
      ),
      ...issues.map(describeIssue),
    ].join("\n"),
    issues: [],
  });
}
