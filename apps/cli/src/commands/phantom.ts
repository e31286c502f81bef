import { mapResult, ok, type Result, refuse } from "@livermark/core";
import { readMasks, readVolumeFromPath } from "@livermark/dicom";
import type { Mask } from "@livermark/imaging";
import {
  cohortPhantom,
  exampleStudy,
  jsonFile,
  type LetbOptions,
  letbCtPhantom,
  letbMrPatientFiles,
  letbMrPhantom,
  letbPatientFiles,
  letbStudy,
  type PhantomFile,
  paperCohort,
  serMrPhantom,
  serPatientFiles,
} from "@livermark/phantom";
import { writeFolder } from "@livermark/pipeline";
import { type Command, numberOption, onlyOptions, text, usageIssue, type Values } from "../command.js";
import { newFolder } from "../files.js";

type Kind = (seed: number, values: Values) => Promise<Result<readonly PhantomFile[]>>;

/** Numbers of the options of a phantom, with the defaults that `--help` names. */
function numbers<const N extends { readonly [name: string]: number }>(
  values: Values,
  defaults: N,
): Result<{ readonly [K in keyof N]: number }> {
  const read: { [name: string]: number } = {};
  for (const [name, preset] of Object.entries(defaults)) {
    const given = numberOption(values, name);
    if (!given.ok) return given;
    read[name] = given.value ?? preset;
  }
  return ok(read as { readonly [K in keyof N]: number });
}

/** The liver on which a phantom shall lie: a mask, with the image series whose grid it has. */
async function liverOf(values: Values): Promise<Result<Mask | null>> {
  const path = text(values, "liver");
  if (path === undefined) return ok(null);
  const grid = await readVolumeFromPath(text(values, "image") ?? path);
  if (!grid.ok) return grid;
  const masks = await readMasks(path, undefined, grid.value.grid);
  if (!masks.ok) return masks;
  const [liver, second] = masks.value;
  if (liver === undefined || second !== undefined)
    return refuse({
      code: "not-one-liver",
      message: "The liver mask must hold one label.",
      got: `${masks.value.length} labels`,
      wanted: "one",
      where: { file: path },
    });
  return ok(liver);
}

/** Settings that CT and MR phantoms of LETB share. */
function letbOptions(
  seed: number,
  values: Values,
  liver: Result<Mask | null>,
  preset: { readonly noise: number },
): Result<LetbOptions & { readonly noise: number }> {
  if (!liver.ok) return liver;
  const read = numbers(values, { fraction: 0.3, "follow-up": 0.2, lesions: 6, breathing: 0, bend: 0, ...preset });
  if (!read.ok) return read;
  const { fraction, noise, lesions, breathing, bend } = read.value;
  return ok({
    seed,
    patient: "P01",
    body:
      liver.value === null
        ? { kind: "abdomen", size: [96, 96, 40], spacingMm: [3.6, 3.6, 5] }
        : { kind: "around-mask", liver: liver.value },
    lesions,
    noise,
    motion: { shiftMm: [0, 0, breathing], bendMm: bend },
    phases: ["unenhanced", "late-arterial", "portal-venous"],
    timePoints: [
      { name: "baseline", date: "2024-01-10", enhancingFraction: fraction },
      { name: "follow-up-1", date: "2024-03-20", enhancingFraction: read.value["follow-up"] },
    ],
  });
}

/** The files of a phantom and what is known of its visits. */
const withTruth = (
  files: readonly PhantomFile[],
  visits: readonly { readonly truth: unknown }[],
): readonly PhantomFile[] => [
  ...files,
  jsonFile(
    "truth.json",
    visits.map(({ truth }) => truth),
  ),
];

const kinds: Readonly<Record<string, Kind>> = {
  async example(seed) {
    return mapResult(exampleStudy({ seed }), ({ files }) => files);
  },
  async "letb-ct"(seed, values) {
    const read = letbOptions(seed, values, await liverOf(values), { noise: 10 });
    if (!read.ok) return read;
    const { noise, ...options } = read.value;
    return mapResult(letbCtPhantom({ ...options, noise: { sd: noise } }), (made) =>
      withTruth(letbPatientFiles(made), made.visits),
    );
  },
  async "letb-mr"(seed, values) {
    const read = letbOptions(seed, values, await liverOf(values), { noise: 20 });
    if (!read.ok) return read;
    const { noise, ...options } = read.value;
    return mapResult(letbMrPhantom({ ...options, noiseSd: noise }), (made) =>
      withTruth(letbMrPatientFiles(made), made.visits),
    );
  },
  async "letb-study"(seed, values) {
    const read = numbers(values, { fraction: 0.3, "follow-up": 0.15, noise: 10, breathing: 9, bend: 0 });
    if (!read.ok) return read;
    const { fraction, noise, breathing, bend } = read.value;
    const made = letbStudy({
      seed,
      fractions: [fraction, read.value["follow-up"]],
      noiseSd: noise,
      motion: { shiftMm: [2, -3, breathing], bendMm: bend },
    });
    return mapResult(made, ({ files }) => files);
  },
  async "ser-mr"(seed, values) {
    const read = numbers(values, { ser: 1.2, "follow-up": 0.8, noise: 6 });
    if (!read.ok) return read;
    const phantom = serMrPhantom({
      seed,
      patient: "P01",
      size: [96, 96, 24],
      spacingMm: [3.6, 3.6, 6],
      noiseSd: read.value.noise,
      timePoints: [
        { name: "baseline", date: "2024-01-10", ser: read.value.ser },
        { name: "follow-up-1", date: "2024-03-20", ser: read.value["follow-up"] },
      ],
    });
    return mapResult(phantom, (made) => withTruth(serPatientFiles(made), made.visits));
  },
  async cohort(seed, values) {
    const protocol = text(values, "of");
    if (protocol !== undefined) {
      const drawn = numbers(values, { lesions: 1 });
      return drawn.ok ? mapResult(paperCohort(protocol, seed, drawn.value), ({ files }) => files) : drawn;
    }
    const read = numbers(values, { patients: 100, "hazard-ratio": 0.5 });
    if (!read.ok) return read;
    const hazardRatio = read.value["hazard-ratio"];
    const phantom = cohortPhantom({
      seed,
      patients: read.value.patients,
      marker: {
        biomarker: "ser",
        unit: "1",
        timePoint: "baseline",
        mean: 1.04,
        sd: 0.4,
        decimals: 2,
        minimum: 0.05,
        effect: { kind: "cut", cut: 1.04, hazardRatio },
      },
      death: { medianMonths: 16, shape: 1.2 },
      progression: { medianMonths: 9, shape: 1.2 },
    });
    return mapResult(phantom, ({ files }) => files);
  },
};

const LETB_OPTIONS = ["fraction", "follow-up", "noise", "lesions", "breathing", "bend", "liver", "image"];

/** The options that a phantom looks at, beside `--out` and `--seed`. */
const optionsOf = (kind: string, values: Values): readonly string[] => {
  switch (kind) {
    case "letb-ct":
    case "letb-mr":
      return text(values, "liver") === undefined ? LETB_OPTIONS.filter((option) => option !== "image") : LETB_OPTIONS;
    case "letb-study":
      return ["fraction", "follow-up", "noise", "breathing", "bend"];
    case "ser-mr":
      return ["ser", "follow-up", "noise"];
    case "cohort":
      return text(values, "of") === undefined ? ["patients", "hazard-ratio"] : ["of", "lesions"];
    default:
      return [];
  }
};

const number = { type: "string" } as const;

export const command: Command = {
  usage: `${Object.keys(kinds).join("|")} --out DIR [--seed N] [--json]`,
  help: [
    "Makes images and cohorts whose truth is known; the same seed gives the same bytes. A folder that exists is refused.",
    "",
    "  example   the study of `npm start`: CT of a few patients at two time points, tables of many",
    "  letb-ct   CT of three phases at two time points [--fraction 0.3] [--follow-up 0.2] [--noise 10] [--lesions 6] [--breathing 0] [--bend 0]",
    "            [--liver MASK [--image SERIES]]",
    "  letb-mr   the same on T1 MR, with noise of 20",
    "  letb-study  a bundle of one patient before and after treatment, phases apart, no reference region [--fraction 0.3] [--follow-up 0.15]",
    "            [--noise 10] [--breathing 9] [--bend 0]",
    "  ser-mr    T1 before contrast and portal venous [--ser 1.2] [--follow-up 0.8] [--noise 6]",
    "  cohort    tables with a set hazard ratio [--patients 100] [--hazard-ratio 0.5]; with --of PROTOCOL a bundle for a built-in",
    "            protocol, as large as its paper's cohort and with the counts that the paper prints [--lesions 1]",
    "",
    "Example:\n  livermark phantom letb-ct --out phantom --fraction 0.25 --seed 7",
  ].join("\n"),
  options: {
    out: { type: "string" },
    of: { type: "string" },
    seed: number,
    fraction: number,
    "follow-up": number,
    noise: number,
    lesions: number,
    ser: number,
    patients: number,
    "hazard-ratio": number,
    breathing: number,
    bend: number,
    liver: { type: "string" },
    image: { type: "string" },
  },
  async run(positionals, values) {
    const [name] = positionals;
    const kind = name !== undefined && Object.hasOwn(kinds, name) ? kinds[name] : undefined;
    const out = text(values, "out");
    if (kind === undefined || positionals.length > 1 || out === undefined)
      return usageIssue(`phantom wants one of ${Object.keys(kinds).join(", ")}, and --out DIR.`);
    const used = onlyOptions(`phantom ${name}`, command, values, ["out", "seed", ...optionsOf(name ?? "", values)]);
    if (!used.ok) return used;
    const free = newFolder(out);
    if (!free.ok) return free;
    const seed = numbers(values, { seed: 1 });
    if (!seed.ok) return seed;
    if (!Number.isInteger(seed.value.seed)) return usageIssue("--seed wants a whole number.");
    const files = await kind(seed.value.seed, values);
    if (!files.ok) return files;
    writeFolder(out, files.value);
    const bytes = files.value.reduce((sum, file) => sum + file.bytes.length, 0);
    return ok({
      json: { out, files: files.value.map((file) => file.path) },
      text: `wrote ${files.value.length} files (${Math.round(bytes / 1e5) / 10} MB) to ${out}`,
      issues: files.issues,
    });
  },
};
