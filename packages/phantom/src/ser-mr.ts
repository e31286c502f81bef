import { ok, type Random, type Result, random, refuse } from "@livermark/core";
import { uidFromSeed } from "@livermark/dicom";
import { type Grid, indexToPatient, type Mask, type Region, type Vec3, type Volume } from "@livermark/imaging";
import { abdomen } from "./anatomy.js";
import { centredGrid, forEachVoxel } from "./grid.js";
import { type Lesion, scatterLesions, withLesions } from "./lesion.js";
import { mrSignals, relaxivityPerMmS, tumourT1Ms } from "./mr-tissue.js";
import { type Drawing, draw, paint, type TissueAt, tissueMap } from "./paint.js";
import { concentrationForSer, type SpoiledGradient } from "./spoiled-gradient.js";
import { type PhantomPhase, tissue } from "./tissue.js";

/** How the stored whole numbers become signal: (stored·slope + intercept)/(slope·scaleSlope), Philips' floating value. */
export interface StoredScale {
  readonly slope: number;
  readonly intercept: number;
  readonly scaleSlope: number;
}

/** Settings of a T₁ pair before contrast and in the portal venous phase. */
export interface SerMrOptions {
  readonly seed: number;
  readonly patient: string;
  readonly size: Vec3;
  readonly spacingMm: Vec3;
  readonly timePoints: readonly { readonly name: string; readonly date: string; readonly ser: number }[];
  readonly tumourRadiusMm?: number;
  /** SD of the noise in each of the two channels, in the units of the signal (liver is about 500). */
  readonly noiseSd: number;
  readonly sequence?: SpoiledGradient;
  /** `common`: both phases store the signal itself. `philips`: each phase has slopes of its own. */
  readonly scaling?: "common" | "philips";
  /** Another matrix for the portal venous phase. */
  readonly portalGrid?: { readonly size: Vec3; readonly spacingMm: Vec3 };
  /** Loss of signal from the surface to the middle by coil sensitivity, as a share (0). */
  readonly shading?: number;
}

/** One phase: what a perfect reader should get (`volume`, in signal units) and what is stored in the file. */
export interface MrPhase {
  readonly phase: PhantomPhase;
  readonly volume: Volume;
  readonly stored: Int16Array;
  readonly scale: StoredScale;
}

/** One visit. `region` is an ellipse in the solid tumour on the axial slice of its greatest extent. */
export interface SerMrVisit {
  readonly name: string;
  readonly date: string;
  readonly phases: readonly MrPhase[];
  readonly tumour: Mask;
  readonly region: Region;
  readonly truth: {
    readonly timePoint: string;
    readonly date: string;
    readonly ser: number;
    /** Mean signal of the region expected before and after contrast, noise included: √(S² + σ²) for Rician data. */
    readonly siPre: number;
    readonly siPortal: number;
    readonly serExpected: number;
    readonly concentrationMm: number;
    readonly tumour: Lesion;
  };
}

/** A phantom patient. */
export interface SerMrPhantom {
  readonly patient: string;
  readonly sequence: SpoiledGradient;
  readonly visits: readonly SerMrVisit[];
}

const standardSequence: SpoiledGradient = { repetitionMs: 4, flipDeg: 12 };
/** Gain that puts liver before contrast near 500. */
const GAIN = 12000;

const scaleOf = (scaling: SerMrOptions["scaling"], phase: PhantomPhase): StoredScale =>
  scaling === "philips"
    ? phase === "unenhanced"
      ? { slope: 1.25, intercept: 0, scaleSlope: 0.9 }
      : { slope: 2.5, intercept: 0, scaleSlope: 0.36 }
    : { slope: 1, intercept: 0, scaleSlope: 1 };

/** Points spread over a unit ball (golden-angle spiral, shells of equal volume). */
const ballPoints: readonly Vec3[] = Array.from({ length: 240 }, (_, n) => {
  const radius = Math.cbrt(((n * 7) % 240) / 240);
  const height = 1 - (2 * n + 1) / 240;
  const ring = Math.sqrt(1 - height * height);
  return [radius * ring * Math.cos(2.399963 * n), radius * ring * Math.sin(2.399963 * n), radius * height];
});

/** A tumour in the liver whose inner three quarters are, if any place allows it, all liver without vessels. */
function placeTumour(grid: Grid, tissueAt: TissueAt, radiusMm: number, stream: Random): Lesion | null {
  const codes = tissueMap(grid, tissueAt);
  let best: Lesion | null = null;
  let most = -1;
  for (let attempt = 0; attempt < 60 && most < ballPoints.length; attempt++) {
    const [seed] = scatterLesions(grid, codes, 1, stream);
    if (seed === undefined) return null;
    const radiiMm: Vec3 = [radiusMm, radiusMm * 0.85, radiusMm * 0.9];
    const [x, y, z] = seed.centerMm;
    const inside = ballPoints.filter(
      ([u, v, w]) =>
        tissueAt(x + 0.75 * u * radiiMm[0], y + 0.75 * v * radiiMm[1], z + 0.75 * w * radiiMm[2]) === tissue.liver,
    ).length;
    if (inside > most) {
      most = inside;
      best = { ...seed, id: "T1", radiiMm };
    }
  }
  return best;
}

/** Coil sensitivity: 1 at the skin, 1 − `shading` in the middle of the body. */
const sensitivity = (shading: number, x: number, y: number): number =>
  1 - shading * Math.exp(-(x * x) / (2 * 90 * 90) - (y * y) / (2 * 65 * 65));

function renderPhase(
  grid: Grid,
  drawing: Drawing,
  signals: Float64Array,
  phase: PhantomPhase,
  options: SerMrOptions,
  stream: Random,
  label: string,
): MrPhase {
  const values = paint(drawing, signals);
  const scale = scaleOf(options.scaling, phase);
  const stored = new Int16Array(values.length);
  const { noiseSd, shading = 0 } = options;
  forEachVoxel(grid, (offset, x, y) => {
    const signal = values[offset]! * (shading === 0 ? 1 : sensitivity(shading, x, y));
    const magnitude =
      noiseSd === 0 ? signal : Math.hypot(signal + noiseSd * stream.normal(), noiseSd * stream.normal());
    const whole = Math.round((magnitude * scale.slope * scale.scaleSlope - scale.intercept) / scale.slope);
    stored[offset] = Math.min(32767, whole);
    values[offset] = (stored[offset]! * scale.slope + scale.intercept) / (scale.slope * scale.scaleSlope);
  });
  const seriesUid = uidFromSeed(`${label}/${phase}`);
  const volume: Volume = {
    grid,
    data: values,
    unit: "a.u.",
    modality: "MR",
    scale: { id: `${label}/common`, proven: true, reason: "phantom: both phases have one gain", filters: [] },
    source: {
      seriesUid,
      frameOfReferenceUid: uidFromSeed(`${label}/frame`),
      description: phase,
      files: grid.size[2],
      sha256: "",
    },
  };
  return { phase, volume, stored, scale };
}

/**
 * T₁-weighted spoiled-gradient MR of one patient before contrast and in the portal venous phase, with a tumour whose signal
 * enhancement ratio is set exactly at each time point, Rician noise, and on request slopes or a matrix that differ between
 * the phases. Refuses an SER beyond what the sequence can show and a grid without liver.
 * Example: `serMrPhantom({ seed: 1, patient: "P1", size: [96, 96, 32], spacingMm: [3.4, 3.4, 5],
 * timePoints: [{ name: "baseline", date: "2024-01-10", ser: 1.2 }], noiseSd: 10 })`.
 */
export function serMrPhantom(options: SerMrOptions): Result<SerMrPhantom> {
  const sequence = options.sequence ?? standardSequence;
  const grid = centredGrid(options.size, options.spacingMm);
  const portalGrid = options.portalGrid ? centredGrid(options.portalGrid.size, options.portalGrid.spacingMm) : grid;
  const { tissueAt } = abdomen({ seed: options.seed });
  const root = random(options.seed).fork("ser");
  const tumour = placeTumour(grid, tissueAt, options.tumourRadiusMm ?? 22, root.fork("tumour"));
  if (tumour === null)
    return refuse({
      code: "phantom-no-room",
      message: "The grid holds no liver to put a tumour in.",
      got: options.size.join(" x "),
      wanted: "a grid that covers the liver",
      mend: "Use a larger matrix or spacing.",
      where: { patient: options.patient },
    });
  const diseased = withLesions(tissueAt, [tumour]);
  const codes = tissueMap(grid, diseased);
  const drawing = draw(grid, codes, diseased, 2);
  const portalDrawing = portalGrid === grid ? drawing : draw(portalGrid, tissueMap(portalGrid, diseased), diseased, 2);
  const tumourMask: Mask = { name: "tumour T1", grid, data: new Uint8Array(codes.length) };
  for (let v = 0; v < codes.length; v++) if (codes[v] === tissue["lesion-viable"]) tumourMask.data[v] = 1;

  const visits: SerMrVisit[] = [];
  for (const { name, date, ser } of options.timePoints) {
    const concentration = concentrationForSer(sequence, tumourT1Ms, relaxivityPerMmS, ser);
    if (!concentration.ok) return concentration;
    const label = `${options.patient}/${options.seed}/${name}`;
    const stream = root.fork(name);
    const before = mrSignals(sequence, GAIN, null);
    const after = mrSignals(sequence, GAIN, concentration.value);
    const phases = [
      renderPhase(grid, drawing, before, "unenhanced", options, stream.fork("pre"), label),
      renderPhase(portalGrid, portalDrawing, after, "portal-venous", options, stream.fork("portal"), label),
    ];
    const slice = Math.round((tumour.centerMm[2] - grid.originMm[2]) / grid.spacingMm[2]);
    const center: Vec3 = [tumour.centerMm[0], tumour.centerMm[1], indexToPatient(grid, 0, 0, slice)[2]];
    const expected = (signals: Float64Array): number => Math.hypot(signals[tissue["lesion-viable"]]!, options.noiseSd);
    const siPre = expected(before);
    const siPortal = expected(after);
    visits.push({
      name,
      date,
      phases,
      tumour: tumourMask,
      region: {
        kind: "ellipse",
        center,
        axis1: [0.55 * tumour.radiiMm[0], 0, 0],
        axis2: [0, 0.55 * tumour.radiiMm[1], 0],
        name: "T1",
      },
      truth: {
        timePoint: name,
        date,
        ser,
        siPre,
        siPortal,
        serExpected: (siPortal - siPre) / siPre,
        concentrationMm: concentration.value,
        tumour,
      },
    });
  }
  return ok({ patient: options.patient, sequence, visits });
}
