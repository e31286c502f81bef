import type { Random } from "@livermark/core";
import { uidFromSeed } from "@livermark/dicom";
import type { Grid, Volume } from "@livermark/imaging";
import { forEachVoxel } from "./grid.js";
import { type Drawing, paint } from "./paint.js";
import type { PhantomPhase } from "./tissue.js";

/** How the stored whole numbers become signal: (stored·slope + intercept)/(slope·scaleSlope), Philips' floating value. */
export interface StoredScale {
  readonly slope: number;
  readonly intercept: number;
  readonly scaleSlope: number;
}

/** Stored numbers that are the signal itself. */
export const plainScale: StoredScale = { slope: 1, intercept: 0, scaleSlope: 1 };

/** An MR image: what a perfect reader should get (`volume`, in signal units) and what is stored in the file. */
export interface MrImage {
  readonly volume: Volume;
  readonly stored: Int16Array;
  readonly scale: StoredScale;
}

/** One phase of a contrast series. */
export interface MrPhase extends MrImage {
  readonly phase: PhantomPhase;
}

/** `common`: every phase stores the signal itself. `philips`: each phase has slopes of its own. */
export type MrScaling = "common" | "philips";

/** How a phase is stored. */
export const scaleOf = (scaling: MrScaling, phase: PhantomPhase): StoredScale => {
  if (scaling === "common") return plainScale;
  return phase === "unenhanced"
    ? { slope: 1.25, intercept: 0, scaleSlope: 0.9 }
    : { slope: 2.5, intercept: 0, scaleSlope: 0.36 };
};

/** What disturbs an MR image. */
export interface MrDisturbance {
  /** SD of the Gaussian noise in each of the two channels; the magnitude is Rician. */
  readonly noiseSd: number;
  /** Loss of signal from the surface to the middle by coil sensitivity, as a share. */
  readonly shading: number;
}

/** Names of an image: `label` is that of the visit (frame, common scale), `series` that of the series. */
export interface MrName {
  readonly label: string;
  readonly series: string;
}

/** Coil sensitivity: about 1 at the skin, 1 − `shading` in the middle of the body. */
export const coilSensitivity = (shading: number, x: number, y: number): number =>
  shading === 0 ? 1 : 1 - shading * Math.exp(-(x * x) / (2 * 90 * 90) - (y * y) / (2 * 65 * 65));

/** Renders the signals of a drawing: partial volume, coil sensitivity, Rician noise, rounding to stored whole numbers. */
export function renderMr(
  grid: Grid,
  drawing: Drawing,
  signals: Float64Array,
  { noiseSd, shading }: MrDisturbance,
  scale: StoredScale,
  stream: Random,
  { label, series }: MrName,
): MrImage {
  const values = paint(drawing, signals);
  const stored = new Int16Array(values.length);
  forEachVoxel(grid, (offset, x, y) => {
    const signal = values[offset]! * coilSensitivity(shading, x, y);
    const magnitude =
      noiseSd === 0 ? signal : Math.hypot(signal + noiseSd * stream.normal(), noiseSd * stream.normal());
    const whole = Math.round((magnitude * scale.slope * scale.scaleSlope - scale.intercept) / scale.slope);
    stored[offset] = Math.min(32767, whole);
    values[offset] = (stored[offset]! * scale.slope + scale.intercept) / (scale.slope * scale.scaleSlope);
  });
  const volume: Volume = {
    grid,
    data: values,
    unit: "a.u.",
    modality: "MR",
    scale: { id: `${label}/common`, proven: true, reason: "phantom: one gain for all series", filters: [] },
    source: {
      seriesUid: uidFromSeed(`${label}/${series}`),
      frameOfReferenceUid: uidFromSeed(`${label}/frame`),
      description: series,
      files: grid.size[2],
      sha256: "",
    },
  };
  return { volume, stored, scale };
}
