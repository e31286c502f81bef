import { existsSync, readFileSync } from "node:fs";
import { type Json, mapResult, ok, type Result, refuse, refuseWith } from "@livermark/core";
import { imageFileBytes, indexFolder, readMasks, readVolumeFromPath, writeSeg } from "@livermark/dicom";
import {
  correctedOutline,
  findOnnxRuntime,
  liverDraft,
  type Mask,
  onnxPatchModel,
  outlineByModel,
  parseModelCard,
  seedsOutline,
  unionMasks,
  type Volume,
} from "@livermark/imaging";
import { type Command, type Output, onlyOptions, type Terminal, text, usageIssue, type Values } from "../command.js";
import { newFiles, readJsonFile } from "../files.js";
import { replaceFiles } from "../replace-files.js";

/** A mask with what its method says about it. */
interface Segmented {
  readonly mask: Mask;
  readonly volumeMl: number;
  readonly facts: { readonly [name: string]: unknown };
  /** One sentence after the volume. */
  readonly advice: string;
}

const modalityIn = (values: Values): "ct" | "mr" | undefined => {
  const named = text(values, "modality");
  return named === "ct" || named === "mr" ? named : undefined;
};

/** The automatic draft. */
function classical(volume: Volume, values: Values, terminal: Terminal): Result<Segmented> {
  const modality = modalityIn(values);
  const drafted = liverDraft(volume, modality === undefined ? {} : { modality }, {
    onProgress: ({ share, step }) => terminal.progress(Math.round(100 * share), 100, step),
  });
  return mapResult(drafted, ({ mask, volumeMl, mean, signs, estimatedDice, usable, parameters }) => ({
    mask,
    volumeMl,
    facts: { mean, signs, estimatedDice, usable, parameters },
    advice: `expected Dice ${estimatedDice.toFixed(2)}; ${usable ? "look at it" : "redraw it"} before you measure`,
  }));
}

/** All labels of a mask file as one. */
async function strokes(volume: Volume, path: string): Promise<Result<Mask>> {
  const masks = await readMasks(path, undefined, volume.grid);
  if (!masks.ok) return masks;
  const [first, ...rest] = masks.value;
  if (first === undefined)
    return refuse({ code: "no-strokes", message: "The file holds no strokes.", where: { file: path } });
  let all: Mask = first;
  for (const one of rest) {
    const joined = unionMasks(all, one);
    if (!joined.ok) return joined;
    all = joined.value;
  }
  return ok(all, masks.issues);
}

/** The strokes that an option names, an empty mask where it names none. */
async function strokesOf(volume: Volume, path: string | undefined): Promise<Result<Mask>> {
  if (path !== undefined) return strokes(volume, path);
  return ok({ name: "no strokes", grid: volume.grid, data: new Uint8Array(volume.data.length) });
}

/** The outline from strokes in mask files: from nothing, or of an outline that they correct. */
async function seeds(volume: Volume, values: Values): Promise<Result<Segmented>> {
  const [inside, outside, start] = ["inside", "outside", "correct"].map((option) => text(values, option));
  if (start === undefined && (inside === undefined || outside === undefined))
    return usageIssue(
      "--method seeds wants --inside MASK and --outside MASK with the strokes, or --correct MASK and one of them.",
    );
  const within = await strokesOf(volume, inside);
  if (!within.ok) return within;
  const without = await strokesOf(volume, outside);
  if (!without.ok) return without;
  const before = await strokesOf(volume, start);
  if (!before.ok) return before;
  const outlined =
    start === undefined
      ? seedsOutline(volume, within.value, without.value)
      : correctedOutline(volume, before.value, within.value, without.value);
  if (!outlined.ok) return outlined;
  const { mask, volumeMl, parameters, walker } = outlined.value;
  return ok(
    { mask, volumeMl, facts: { parameters, walker }, advice: "look at it before you measure" },
    outlined.issues,
  );
}

/** The outline by a user's model. */
async function onnx(volume: Volume, values: Values, terminal: Terminal): Promise<Result<Segmented>> {
  const [modelPath, cardPath] = [text(values, "model"), text(values, "card")];
  if (modelPath === undefined || cardPath === undefined)
    return usageIssue("--method onnx wants --model FILE.onnx and --card FILE.json.");
  const json = readJsonFile(cardPath);
  if (!json.ok) return json;
  const card = parseModelCard(json.value as Json);
  if (!card.ok) return card;
  if (!existsSync(modelPath))
    return refuse({
      code: "file-not-found",
      message: "There is no such model.",
      got: modelPath,
      where: { file: modelPath },
    });
  const wanted = text(values, "label") ?? "liver";
  if (card.value.labels[wanted] === undefined)
    return refuse({
      code: "model-label",
      message: "The model does not know this label.",
      got: Object.keys(card.value.labels).join(", "),
      wanted,
      mend: "Name one of the card's labels with --label.",
      where: { file: cardPath },
    });
  const runtime = await findOnnxRuntime();
  if (!runtime.ok) return runtime;
  const model = await onnxPatchModel(runtime.value, new Uint8Array(readFileSync(modelPath)), card.value);
  if (!model.ok) return model;
  const modality = modalityIn(values);
  const outlines = await outlineByModel(volume, card.value, model.value, {
    onProgress: (share) => terminal.progress(Math.round(100 * share), 100, "model"),
    ...(modality === undefined ? {} : { modality }),
  });
  if (!outlines.ok) return outlines;
  const found = outlines.value.find(({ label }) => label === wanted);
  if (found === undefined) return refuse({ code: "model-label", message: "The model gave no such label.", wanted });
  return ok({
    mask: found.mask,
    volumeMl: found.volumeMl,
    facts: { card: card.value },
    advice: "look at it before you measure",
  });
}

/** The bytes of a mask in the format of the file's name. */
function encoded(mask: Mask, out: string, series: string, method: string): Result<Uint8Array> {
  const bytes = imageFileBytes(mask, out);
  if (bytes !== null) return ok(bytes);
  const index = indexFolder(series);
  if (!index.ok) return index;
  const images = index.value.series.filter(({ stacks, modality }) => stacks.length > 0 && modality !== "SEG");
  if (images.length !== 1)
    return refuse({
      code: "not-one-series",
      message: "A DICOM segmentation belongs to one DICOM series.",
      got: `${images.length} series`,
      wanted: "a folder with one image series",
      mend: "Write .nii.gz or .nrrd, or give one series.",
    });
  return writeSeg([{ ...mask, name: "liver" }], images[0]!, {
    seed: `segment ${method}`,
    seriesNumber: 900,
    description: `liver, ${method}`,
    // The same series gives the same file: its own day stands for today's. DICOM wants some day where the series has none.
    date: (images[0]!.instances[0]?.acquisition.studyDate ?? "19000101").replaceAll("-", ""),
    time: "000000",
    algorithm: { type: method === "seeds" ? "SEMIAUTOMATIC" : "AUTOMATIC", name: `livermark ${method}` },
  });
}

/** The options of each method, beside `--out`. */
const METHODS: Readonly<Record<string, readonly string[]>> = {
  classical: ["modality"],
  seeds: ["inside", "outside", "correct"],
  onnx: ["modality", "model", "card", "label"],
};

export const command: Command = {
  usage:
    "liver SERIES --out FILE.nii[.gz]|.nrrd|.dcm [--method classical|seeds|onnx] [--modality ct|mr] [--inside MASK --outside MASK] [--correct MASK] [--model FILE.onnx --card FILE.json [--label NAME]] [--json]",
  help: [
    "Outlines the liver, tumours included, and writes the mask as NIfTI, NRRD or (for a DICOM series) DICOM SEG.",
    "classical: an automatic draft on contrast CT and on T1 or T2 MR. It says of itself what Dice it expects; below 0.91 redraw it.",
    "seeds: from strokes inside and outside in mask files; with --correct, the outline of that file corrected by them (one kind is enough).",
    "onnx: a model of your own with its card, where onnxruntime is installed.",
    "The file keeps who drew it and what a draft expects of itself: measure letb puts that into its interval, and refuses a draft to redraw.",
    "NIfTI and NRRD do not say what they show: name --modality. A file that exists is refused.",
    "Example:\n  livermark segment liver portal/ --out liver-draft.nii.gz",
  ].join("\n"),
  options: {
    out: { type: "string" },
    method: { type: "string" },
    modality: { type: "string" },
    inside: { type: "string" },
    outside: { type: "string" },
    correct: { type: "string" },
    model: { type: "string" },
    card: { type: "string" },
    label: { type: "string" },
  },
  async run(positionals, values, terminal): Promise<Result<Output>> {
    const [organ, path] = positionals;
    const out = text(values, "out");
    const method = text(values, "method") ?? "classical";
    const modality = text(values, "modality");
    if (
      organ !== "liver" ||
      path === undefined ||
      positionals.length > 2 ||
      out === undefined ||
      !/\.(nii|nii\.gz|nrrd|dcm)$/.test(out)
    )
      return usageIssue("segment wants `liver`, a SERIES, and --out FILE.nii, .nii.gz, .nrrd or .dcm.");
    const own = Object.hasOwn(METHODS, method) ? METHODS[method] : undefined;
    if (own === undefined) return usageIssue(`--method is one of ${Object.keys(METHODS).join(", ")}.`);
    const used = onlyOptions(`segment --method ${method}`, command, values, ["out", "method", ...own]);
    if (!used.ok) return used;
    if (modality !== undefined && modalityIn(values) === undefined) return usageIssue("--modality is ct or mr.");
    const free = newFiles([out]);
    if (!free.ok) return free;
    const volume = await readVolumeFromPath(path);
    if (!volume.ok) return volume;
    const segmented =
      method === "classical"
        ? classical(volume.value, values, terminal)
        : method === "seeds"
          ? await seeds(volume.value, values)
          : await onnx(volume.value, values, terminal);
    if (!segmented.ok) return segmented;
    const { mask, volumeMl, facts, advice } = segmented.value;
    const bytes = encoded(mask, out, path, method);
    if (!bytes.ok) return refuseWith(bytes.issues);
    replaceFiles([{ path: out, bytes: bytes.value }]);
    const issues = [...volume.issues, ...segmented.issues];
    return ok({
      json: { out, method, volumeMl, outline: mask.outline, ...facts, issues },
      text: `wrote ${out}: ${volumeMl.toFixed(1)} ml; ${advice}`,
      issues,
    });
  },
};
