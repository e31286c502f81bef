import {
  errorIssue,
  type Issue,
  ok,
  type Result,
  readableJson,
  refuse,
  refuseWith,
  warningIssue,
} from "@livermark/core";
import { imageFileBytes, readVolumeFromPath } from "@livermark/dicom";
import { type Mask, type RegistrationSteps, type Volume, voxelCount } from "@livermark/imaging";
import {
  type EngineName,
  masksOf,
  movedSeriesFiles,
  type RegisteredImages,
  regionArgument,
  registerImages,
  sharedVoxels,
  writeFolder,
} from "@livermark/pipeline";
import { type Command, numberOption, text, texts, usageIssue, type Values } from "../command.js";
import { newFiles } from "../files.js";
import { replaceFiles } from "../replace-files.js";

const STEPS: Readonly<Record<string, RegistrationSteps>> = { rigid: "rigid", "b-spline": "rigid+b-spline" };
const ENGINES = ["wasm", "native"] as const satisfies readonly EngineName[];

const one = { type: "string" } as const;

export const command: Command = {
  usage:
    "FIXED MOVING --out FILE|FOLDER [--liver FILE] [--tumour FILE …] [--steps rigid|b-spline] [--engine native] [--json]",
  help: [
    "Registers MOVING to FIXED (precontrast to arterial phase, follow-up to baseline) from where the headers place them, and writes MOVING",
    "on the grid of FIXED: NIfTI (.nii, .nii.gz), MetaImage (.mha), NRRD (.nrrd), or a new folder with a DICOM series.",
    "",
    "  --liver FILE[#LABEL]   the liver on FIXED; without it the middle of the image is registered",
    "  --tumour FILE …        tumours on FIXED: a transform that changes their volume by more than 5 % is not used",
    "  --moving-liver FILE    the liver on MOVING: the distance of the two outlines is printed",
    "  --steps                rigid, or b-spline: rigid and then B-spline where that is better (default)",
    "  --engine               wasm: elastix built in (default); native: the elastix installed here",
    "  --seed N               of the random sampling (121212); the same seed gives the same bytes",
    "  --transform FILE       writes the passport: engine, parameters, every step tried, transform",
    "",
    "Printed: mutual information before and after, displacement still seen, range of the Jacobian, folding, tumour volumes. A result that",
    "folds, squeezes, or does not make the images more alike is refused and nothing is written. Images that lie together are left as they",
    "are. Ctrl-C ends it and leaves nothing.",
    "Example:\n  livermark register arterial/ precontrast/ --liver liver.nii.gz --out precontrast-on-arterial/",
  ].join("\n"),
  options: {
    out: one,
    liver: one,
    tumour: { type: "string", multiple: true },
    "moving-liver": one,
    steps: one,
    engine: one,
    seed: one,
    transform: one,
  },
  async run(positionals, values, terminal) {
    const [fixedPath, movingPath] = positionals;
    const out = text(values, "out");
    if (fixedPath === undefined || movingPath === undefined || positionals.length > 2 || out === undefined)
      return usageIssue("register wants FIXED, MOVING and --out FILE or FOLDER.");
    const steps = STEPS[text(values, "steps") ?? "b-spline"];
    if (steps === undefined) return usageIssue(`--steps wants one of ${Object.keys(STEPS).join(", ")}.`);
    const engine = ENGINES.find((name) => name === (text(values, "engine") ?? "wasm"));
    if (engine === undefined) return usageIssue(`--engine wants one of ${ENGINES.join(", ")}.`);
    const seed = numberOption(values, "seed");
    if (!seed.ok) return seed;
    if (seed.value !== undefined && !(Number.isInteger(seed.value) && seed.value > 0))
      return usageIssue("--seed wants a whole number above 0.");
    const transform = text(values, "transform");
    const free = newFiles([out, ...(transform === undefined ? [] : [transform])]);
    if (!free.ok) return free;

    const cancel = new AbortController();
    const stop = (): void => cancel.abort();
    process.once("SIGINT", stop);
    try {
      terminal.progress(0, 100, "reading");
      const fixed = await readVolumeFromPath(fixedPath, { memory: sharedVoxels });
      const moving = await readVolumeFromPath(movingPath, { memory: sharedVoxels });
      if (!fixed.ok || !moving.ok) return refuseWith([...fixed.issues, ...moving.issues]);
      const masks = await masksFor(values, fixed.value, moving.value);
      if (!masks.ok) return masks;
      const registered = await registerImages(
        { fixed: fixed.value, moving: moving.value, ...masks.value },
        {
          parameters: { steps, ...(seed.value === undefined ? {} : { seed: seed.value }) },
          engine,
          signal: cancel.signal,
          progress: terminal.progress,
        },
      );
      if (!registered.ok) return registered;
      const issues = [...fixed.issues, ...moving.issues, ...masks.issues, ...registered.issues];
      const { registration } = registered.value;
      if (registration.verdict === "refused") return refuseWith(issues.map(asError));
      const deidentified = !moving.issues.some((issue) => issue.code === "not-deidentified");
      const written = write(out, movingPath, registered.value, deidentified);
      if (!written.ok) return written;
      if (transform !== undefined) replaceFiles([{ path: transform, bytes: readableJson(registered.value.passport) }]);
      terminal.progress(100, 100, "done");
      return ok({
        json: { out, ...summary(registered.value), passport: registered.value.passport, issues },
        text: words(out, registered.value),
        issues,
      });
    } finally {
      process.removeListener("SIGINT", stop);
    }
  },
};

/** A refused step is only a warning where another one is used; here none is. */
const asError = (issue: Issue): Issue => (issue.code === "registration-refused" ? errorIssue(issue) : issue);

async function masksFor(
  values: Values,
  fixed: Volume,
  moving: Volume,
): Promise<Result<{ readonly liver: Mask; readonly tumours: readonly Mask[]; readonly movingLiver?: Mask }>> {
  const issues: Issue[] = [];
  const read = async (argument: string, on: Volume): Promise<Result<readonly Mask[]>> => {
    const masks = await masksOf(regionArgument(argument), on);
    issues.push(...masks.issues);
    return masks;
  };
  const single = async (option: string, on: Volume): Promise<Result<Mask | undefined>> => {
    const argument = text(values, option);
    if (argument === undefined) return ok(undefined);
    const masks = await read(argument, on);
    if (!masks.ok) return masks;
    const [mask, second] = masks.value;
    return mask !== undefined && second === undefined
      ? ok(mask)
      : refuse({
          code: "region-count",
          message: `--${option} needs one region.`,
          got: `${masks.value.length} regions`,
          wanted: "one; name its label as FILE#LABEL",
          where: { file: argument },
        });
  };
  const liver = await single("liver", fixed);
  if (!liver.ok) return liver;
  const movingLiver = await single("moving-liver", moving);
  if (!movingLiver.ok) return movingLiver;
  const tumours: Mask[] = [];
  for (const argument of texts(values, "tumour")) {
    const masks = await read(argument, fixed);
    if (!masks.ok) return masks;
    tumours.push(...masks.value);
  }
  if (liver.value === undefined)
    issues.push(
      warningIssue({
        code: "liver-not-given",
        message:
          "Without a liver mask the middle of the image is registered, and resampling cannot tell liver from what surrounds it.",
        wanted: "--liver FILE",
        mend: "Outline the liver on the fixed image, e.g. by `livermark segment liver`.",
      }),
    );
  return ok(
    {
      liver: liver.value ?? middleOf(fixed),
      tumours,
      ...(movingLiver.value === undefined ? {} : { movingLiver: movingLiver.value }),
    },
    issues,
  );
}

/** The middle 60 % of the image along each axis. */
function middleOf({ grid }: Volume): Mask {
  const [nx, ny, nz] = grid.size;
  const data = new Uint8Array(voxelCount(grid));
  const [i0, i1] = [Math.floor(0.2 * nx), Math.ceil(0.8 * nx)];
  for (let k = Math.floor(0.2 * nz); k < Math.ceil(0.8 * nz); k++)
    for (let j = Math.floor(0.2 * ny); j < Math.ceil(0.8 * ny); j++)
      data.fill(1, (k * ny + j) * nx + i0, (k * ny + j) * nx + i1);
  return { name: "middle of the image", grid, data };
}

function write(
  out: string,
  movingPath: string,
  { volume, passport }: RegisteredImages,
  deidentified: boolean,
): Result<null> {
  // A name without the ending of an image file is a new folder for a DICOM series.
  const bytes = imageFileBytes(volume, out);
  if (bytes !== null) {
    replaceFiles([{ path: out, bytes }]);
    return ok(null);
  }
  const files = movedSeriesFiles(volume, movingPath, passport, deidentified);
  if (!files.ok) return files;
  writeFolder(out, files.value);
  return ok(null);
}

const summary = ({ registration, resampling }: RegisteredImages) => {
  const { verdict, reason, used, engine, parameters, similarity, shift, surface, trials } = registration;
  const kept = trials.find(({ steps }) => steps === used)?.quality ?? null;
  return {
    verdict,
    reason,
    used,
    engine,
    parameters,
    similarity,
    displacementSeenMm: { before: shift.before.meanMm, after: shift.after.meanMm },
    surfaceMm:
      surface === null ? null : { before: surface.before?.meanMm ?? null, after: surface.after?.meanMm ?? null },
    deformation: kept?.deformation ?? null,
    tumours: kept?.tumours ?? [],
    tried: trials.map(({ steps, quality }) => ({ steps, verdict: quality.verdict, reason: quality.reason })),
    resampling,
  };
};

function words(out: string, registered: RegisteredImages): string {
  const { verdict, reason, used, engine, similarity, displacementSeenMm, surfaceMm, deformation, tumours, tried } =
    summary(registered);
  const mm = (value: number | null): string => (value === null ? "unknown" : `${value.toFixed(1)} mm`);
  return [
    `wrote ${out}: ${verdict} (${used}; ${reason}), ${engine}`,
    `mutual information ${similarity.before.toFixed(3)} before, ${similarity.after.toFixed(3)} after; displacement seen ${mm(displacementSeenMm.before)} before, ${mm(displacementSeenMm.after)} after`,
    ...(surfaceMm === null
      ? []
      : [`distance of the outlines ${mm(surfaceMm.before)} before, ${mm(surfaceMm.after)} after`]),
    ...(deformation === null
      ? []
      : [
          `moved ${deformation.meanMm.toFixed(1)} mm on average, ${deformation.maxMm.toFixed(1)} mm at most; Jacobian ${deformation.jacobianLow.toFixed(2)} to ${deformation.jacobianHigh.toFixed(2)}, folded ${(100 * deformation.foldedShare).toFixed(1)} %`,
        ]),
    ...tumours.map(({ name, volumeRatio }) => `${name}: volume × ${volumeRatio.toFixed(3)}`),
    ...tried.filter((trial) => trial.verdict === "refused").map((trial) => `${trial.steps} not used: ${trial.reason}`),
  ].join("\n");
}
