import { existsSync } from "node:fs";
import { andThen, type Issue, ok, passport, type Result, refuse } from "@livermark/core";
import { adcQuantity, imageFileBytes, type MapQuantity, type SeriesEntry, writeParametricMap } from "@livermark/dicom";
import { type AdcMap, adcMap, type DwiSet, dwiSet, type Volume, volumeInput, voxelAllocator } from "@livermark/imaging";
import { type DiffusionImages, diffusionImages, readBValues } from "@livermark/pipeline";
import { type Command, type Output, text, texts, usageIssue, type Values } from "../command.js";
import { newFiles, readTextFile } from "../files.js";
import { replaceFiles } from "../replace-files.js";

const MODELS = ["log-linear", "nonlinear", "two-point"] as const;

/** Room in the kernels' memory for the volumes; ordinary memory serves beyond it. */
const ROOM_BYTES = 2 ** 31;

const FORMAT = /\.(nii|nii\.gz|nrrd|mha|dcm)$/;

export const command: Command = {
  usage:
    "PATH … --out FILE.nii[.gz]|.nrrd|.mha|.dcm … [--model log-linear|nonlinear|two-point] [--b 0,500] [--bvals LIST|FILE] [--residual FILE] [--json]",
  help: [
    "Writes the map of apparent diffusion coefficients of diffusion-weighted images, in mm²/s: DICOM folders (b-values of the standard's and",
    "the vendors' elements), or NIfTI, NRRD and MetaImage files with their b-values. A voxel that cannot be fitted has no value (NaN).",
    "",
    "  --out FILE       may be repeated; .dcm is a DICOM parametric map, which only DICOM images can have",
    "  --model          log-linear (default), nonlinear, or two-point: the lowest and the highest b",
    "  --b 0,500        uses these b-values only",
    "  --bvals          b-values of the volumes of image files: a list or a file; otherwise the .bval beside each NIfTI is read",
    "  --residual FILE  the root mean square of what the model leaves, in signal units",
    "",
    "Printed: model, b-values, where they were read, voxels without a value, the passport. A file that exists is refused.",
    "Example:\n  livermark adc dwi/ --model log-linear --b 50,400,800 --out adc.nii.gz --out adc.dcm",
  ].join("\n"),
  options: {
    out: { type: "string", multiple: true },
    residual: { type: "string" },
    model: { type: "string" },
    b: { type: "string" },
    bvals: { type: "string" },
  },
  async run(positionals, values, terminal): Promise<Result<Output>> {
    const outs = texts(values, "out");
    const residual = text(values, "residual");
    const model = MODELS.find((name) => name === (text(values, "model") ?? "log-linear"));
    if (positionals.length === 0 || outs.length === 0 || !outs.every((out) => FORMAT.test(out)))
      return usageIssue("adc wants images and --out FILE.nii, .nii.gz, .nrrd, .mha or .dcm.");
    if (residual !== undefined && (!FORMAT.test(residual) || residual.endsWith(".dcm")))
      return usageIssue("--residual wants FILE.nii, .nii.gz, .nrrd or .mha.");
    if (model === undefined) return usageIssue(`--model wants one of ${MODELS.join(", ")}.`);
    const files = [...outs, ...(residual === undefined ? [] : [residual])];
    const free = newFiles(files);
    if (!free.ok) return free;
    const lists = bValueLists(values);
    if (!lists.ok) return lists;
    const { b, bValues } = lists.value;
    terminal.progress(0, 2, "reading");
    const read = await diffusionImages(positionals, {
      memory: voxelAllocator(ROOM_BYTES),
      ...(bValues === undefined ? {} : { bValues }),
    });
    if (!read.ok) return read;
    terminal.progress(1, 2, "fitting");
    const map = adcMap(read.value.images, {
      model,
      residualMap: residual !== undefined,
      ...(b === undefined ? {} : { b }),
    });
    if (!map.ok) return map;
    const used = dwiSet(read.value.images, b);
    if (!used.ok) return used;
    const bUsed = used.value.b;
    const fitted = model === "two-point" ? [Math.min(...bUsed), Math.max(...bUsed)] : bUsed;
    const written = write(outs, residual, map.value, adcQuantity(fitted, model), read.value.series);
    if (!written.ok) return written;
    terminal.progress(2, 2, "done");
    return described(files, read.value, map.value, model, used.value, [...read.issues, ...map.issues]);
  },
};

/** The b-values to use, and those of files, where options give them. */
function bValueLists(
  values: Values,
): Result<{ readonly b: readonly number[] | undefined; readonly bValues: readonly number[] | undefined }> {
  const [use, given] = [text(values, "b"), text(values, "bvals")];
  const b = use === undefined ? ok(undefined) : readBValues(use, "--b");
  if (!b.ok) return usageIssue(`--b wants b-values such as 0,500, found "${use}".`);
  if (given === undefined) return ok({ b: b.value, bValues: undefined });
  const bValues = existsSync(given)
    ? andThen(readTextFile(given), (content) => readBValues(content, given))
    : readBValues(given, "--bvals");
  return bValues.ok ? ok({ b: b.value, bValues: bValues.value }) : bValues;
}

/** The bytes of a volume in the format of a file's name. */
function encoded(volume: Volume, path: string, quantity: MapQuantity, series: SeriesEntry | null): Result<Uint8Array> {
  const bytes = imageFileBytes(volume, path);
  if (bytes !== null) return ok(bytes);
  if (series === null)
    return refuse({
      code: "not-one-series",
      message: "A DICOM map belongs to DICOM images.",
      got: path,
      wanted: "DICOM images",
      mend: "Write .nii.gz, .nrrd or .mha.",
    });
  return writeParametricMap(volume, series, {
    ...quantity,
    seed: `adc ${volume.source.description}`,
    seriesNumber: 901,
    description: volume.source.description.slice(0, 64),
    // The same images give the same file: their own day stands for today's. DICOM wants some day where they have none.
    date: (series.instances[0]?.acquisition.studyDate ?? "19000101").replaceAll("-", ""),
    time: "000000",
  });
}

/** Writes all files, or none. */
function write(
  outs: readonly string[],
  residual: string | undefined,
  map: AdcMap,
  quantity: MapQuantity,
  series: SeriesEntry | null,
): Result<null> {
  const wanted: (readonly [path: string, volume: Volume])[] = outs.map((path) => [path, map.adc]);
  if (residual !== undefined && map.residual !== null) wanted.push([residual, map.residual]);
  const files: { path: string; bytes: Uint8Array }[] = [];
  for (const [path, volume] of wanted) {
    const bytes = encoded(volume, path, quantity, series);
    if (!bytes.ok) return bytes;
    files.push({ path, bytes: bytes.value });
  }
  replaceFiles(files);
  return ok(null);
}

function described(
  files: readonly string[],
  { bValuesFrom }: DiffusionImages,
  { adc, voxelsWithoutFit }: AdcMap,
  model: string,
  { b: bValues, images }: DwiSet,
  issues: readonly Issue[],
): Result<Output> {
  const fitted = Float64Array.from(adc.data.filter(Number.isFinite)).sort();
  const median = fitted.length === 0 ? null : fitted[Math.floor((fitted.length - 1) / 2)]!;
  const voxels = adc.data.length;
  return ok({
    json: {
      out: files,
      model,
      bValues,
      bValuesFrom,
      unit: adc.unit,
      size: adc.grid.size,
      spacingMm: adc.grid.spacingMm,
      voxels,
      voxelsWithoutFit,
      passport: passport({
        function: "adc-map",
        version: "1",
        inputs: images.map(({ volume }) => volumeInput(volume)),
        parameters: { model, b: bValues },
      }),
      issues,
    },
    text: [
      `wrote ${files.join(", ")}: ADC in mm²/s, ${model}, b ${bValues.join(", ")} s/mm² (${bValuesFrom})`,
      `${voxels - voxelsWithoutFit} of ${voxels} voxels have a value${median === null ? "" : `, median ${(1000 * median).toFixed(3)} × 10⁻³ mm²/s`}`,
    ].join("\n"),
    issues,
  });
}
