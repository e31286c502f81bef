import { ok, type Result, random, refuse } from "@livermark/core";
import { type DiffusionStyle, uidFromSeed, writeSeries } from "@livermark/dicom";
import type { Mask, Region, Vec3 } from "@livermark/imaging";
import { abdomen } from "./anatomy.js";
import { type Diffusion, diffusionShares, logLinearAdc } from "./diffusion.js";
import type { PhantomFile } from "./files.js";
import { centredGrid } from "./grid.js";
import { type Lesion, withLesions } from "./lesion.js";
import { type MrImage, plainScale, renderMr } from "./mr-render.js";
import { t2Signals } from "./mr-t2.js";
import { draw, tissueMap } from "./paint.js";
import { noRoomForTumour, placeTumour, tumourEllipse, tumourMask } from "./tumour.js";

/** Settings of a diffusion-weighted set. A b-value may occur more than once (repeats); b 0 may be missing. */
export interface DwiMrOptions {
  readonly seed: number;
  readonly patient: string;
  readonly date: string;
  readonly size: Vec3;
  readonly spacingMm: Vec3;
  readonly bValues: readonly number[];
  readonly tumour: Diffusion;
  readonly noiseSd: number;
  readonly shading?: number;
}

/** The images in the order of `bValues`, the tumour and what a fit should find. */
export interface DwiMrPhantom {
  readonly patient: string;
  readonly date: string;
  readonly images: readonly { readonly bValue: number; readonly image: MrImage }[];
  readonly tumour: Mask;
  readonly region: Region;
  readonly truth: {
    readonly diffusion: Diffusion;
    readonly bValues: readonly number[];
    /** Log-linear ADC without noise, mm²/s. */
    readonly adcLogLinear: number;
    readonly tumour: Lesion;
  };
}

const GAIN = 2600;
const ECHO_MS = 62;

/**
 * Abdominal diffusion-weighted MR (fat-suppressed, Rician noise) with a tumour of set diffusion.
 * Refuses fewer than two different b-values, negative ones, and a grid without liver.
 * Example: `dwiMrPhantom({ seed: 1, patient: "P1", date: "2024-01-10", size: [80, 72, 24], spacingMm: [4, 4, 7],
 * bValues: [50, 400, 800], tumour: { d: 1.0e-3, f: 0.1, dStar: 0.03 }, noiseSd: 6 })`.
 */
export function dwiMrPhantom(options: DwiMrOptions): Result<DwiMrPhantom> {
  const { patient, date, bValues, noiseSd, shading = 0 } = options;
  if (new Set(bValues).size < 2 || bValues.some((b) => !(b >= 0)))
    return refuse({
      code: "phantom-b-values",
      message: "A diffusion-weighted set wants two different b-values of 0 or more.",
      got: bValues.join(", "),
      wanted: "e.g. 50, 400, 800 s/mm2",
      mend: "Correct the b-values.",
      where: { patient },
    });
  const grid = centredGrid(options.size, options.spacingMm);
  const { tissueAt } = abdomen({ seed: options.seed });
  const root = random(options.seed).fork("dwi");
  const tumour = placeTumour(grid, tissueAt, 22, root.fork("tumour"));
  if (tumour === null) return noRoomForTumour(patient, options.size);
  const diseased = withLesions(tissueAt, [tumour]);
  const codes = tissueMap(grid, diseased);
  const drawing = draw(grid, codes, diseased, 2);
  const unweighted = t2Signals(GAIN, ECHO_MS, "suppressed");
  const label = `${patient}/${options.seed}/dwi`;
  const images = bValues.map((bValue, n) => {
    const shares = diffusionShares(bValue, options.tumour);
    const signals = unweighted.map((signal, code) => signal * shares[code]!);
    const name = { label, series: `b ${bValue} image ${n + 1}` };
    const stream = root.fork(`noise ${n}`);
    return { bValue, image: renderMr(grid, drawing, signals, { noiseSd, shading }, plainScale, stream, name) };
  });
  return ok({
    patient,
    date,
    images,
    tumour: tumourMask(grid, codes),
    region: tumourEllipse(grid, tumour),
    truth: {
      diffusion: options.tumour,
      bValues,
      adcLogLinear: logLinearAdc(options.tumour, bValues),
      tumour,
    },
  });
}

const MANUFACTURER = {
  standard: "Livermark phantom",
  siemens: "SIEMENS",
  ge: "GE MEDICAL SYSTEMS",
  philips: "Philips Medical Systems",
} as const satisfies Record<DiffusionStyle["style"], string>;

/**
 * The set as classic DICOM in a vendor's words for b-values: one series for all (`together`) or one for each image, as some
 * archives send it.
 */
export function dwiPatientFiles(
  { patient, date, images }: DwiMrPhantom,
  style: DiffusionStyle["style"],
  series: "together" | "per-image" = "together",
): readonly PhantomFile[] {
  const study = `${patient}/${date}/dwi`;
  return images.flatMap(({ bValue, image: { volume } }, n) =>
    writeSeries(volume, {
      patientId: patient,
      studyUid: uidFromSeed(`${study}/study`),
      seriesUid: volume.source.seriesUid,
      frameOfReferenceUid: volume.source.frameOfReferenceUid ?? uidFromSeed(`${study}/frame`),
      modality: "MR",
      description: "ep2d_diff liver",
      seriesNumber: series === "together" ? 5 : 5 + n,
      studyDate: date.replaceAll("-", ""),
      acquisitionTime: `10${String(10 + n).padStart(2, "0")}00`,
      studyTime: "100000",
      identityRemoved: true,
      manufacturer: MANUFACTURER[style],
      scanningSequence: "EP",
      sequenceName: "ep_b",
      repetitionTimeMs: 4000,
      echoTimeMs: ECHO_MS,
      flipAngleDegrees: 90,
      diffusion: { bValue, style },
      // Instance UIDs come from each image's own series UID; the tag then joins them into one series.
      ...(series === "together" ? { extra: [[0x0020000e, "UI", uidFromSeed(`${study}/series`)] as const] } : {}),
    }).map(({ name, bytes }) => ({
      path: `images/${patient}/dwi/${series === "together" ? "" : `${n + 1}/`}image-${n + 1}-${name}`,
      bytes,
    })),
  );
}
