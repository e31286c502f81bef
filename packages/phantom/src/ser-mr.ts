import { ok, type Result, random } from "@livermark/core";
import type { Grid, Mask, Region, Vec3 } from "@livermark/imaging";
import { abdomen } from "./anatomy.js";
import { centredGrid } from "./grid.js";
import { type Lesion, withLesions } from "./lesion.js";
import { type MrPhase, type MrScaling, renderMr, scaleOf } from "./mr-render.js";
import { MR_GAIN, mrSignals, relaxivityPerMmS, standardSequence, tumourT1Ms } from "./mr-tissue.js";
import { type Drawing, draw, maskOf, tissueMap } from "./paint.js";
import { concentrationForSer, type SpoiledGradient } from "./spoiled-gradient.js";
import { isLiver, type PhantomPhase, tissue } from "./tissue.js";
import { noRoomForTumour, placeTumour, tumourEllipse, tumourMask } from "./tumour.js";

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
  readonly scaling?: MrScaling;
  /** Another matrix for the portal venous phase. */
  readonly portalGrid?: { readonly size: Vec3; readonly spacingMm: Vec3 };
  /** Loss of signal from the surface to the middle by coil sensitivity, as a share (0). */
  readonly shading?: number;
}

/** One visit. `region` is an ellipse in the solid tumour on the axial slice of its greatest extent. */
export interface SerMrVisit {
  readonly name: string;
  readonly date: string;
  readonly phases: readonly MrPhase[];
  readonly tumour: Mask;
  /** The liver on the unenhanced phase's grid, its vessels left out. */
  readonly liver: Mask;
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
  if (tumour === null) return noRoomForTumour(options.patient, options.size);
  const diseased = withLesions(tissueAt, [tumour]);
  const codes = tissueMap(grid, diseased);
  const drawing = draw(grid, codes, diseased, 2);
  const portalDrawing = portalGrid === grid ? drawing : draw(portalGrid, tissueMap(portalGrid, diseased), diseased, 2);
  const tumourVoxels = tumourMask(grid, codes);
  const liver = maskOf("liver", grid, codes, isLiver);

  const visits: SerMrVisit[] = [];
  for (const { name, date, ser } of options.timePoints) {
    const concentration = concentrationForSer(sequence, tumourT1Ms, relaxivityPerMmS, ser);
    if (!concentration.ok) return concentration;
    const label = `${options.patient}/${options.seed}/${name}`;
    const stream = root.fork(name);
    const before = mrSignals(sequence, MR_GAIN, "unenhanced");
    const after = mrSignals(sequence, MR_GAIN, "portal-venous", concentration.value);
    const disturbance = { noiseSd: options.noiseSd, shading: options.shading ?? 0 };
    const render = (phase: PhantomPhase, on: Grid, as: Drawing, signals: Float64Array): MrPhase => ({
      phase,
      ...renderMr(on, as, signals, disturbance, scaleOf(options.scaling ?? "common", phase), stream.fork(phase), {
        label,
        series: phase,
      }),
    });
    const phases = [
      render("unenhanced", grid, drawing, before),
      render("portal-venous", portalGrid, portalDrawing, after),
    ];
    const expected = (signals: Float64Array): number => Math.hypot(signals[tissue["lesion-viable"]]!, options.noiseSd);
    const siPre = expected(before);
    const siPortal = expected(after);
    visits.push({
      name,
      date,
      phases,
      tumour: tumourVoxels,
      liver,
      region: tumourEllipse(grid, tumour),
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
