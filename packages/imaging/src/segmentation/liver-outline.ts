import { exponential } from "../portable-math.js";
import type { Grid } from "../volume.js";
import { type Body, eachPoint } from "./body.js";
import { componentsWith, fillHoles, largestComponent } from "./components.js";
import type { LiverModel } from "./liver-model.js";
import { dilate, erode, flagsOf } from "./morphology.js";
import { randomWalker, type WalkerResult } from "./random-walker.js";

/** Settings of the outline on the working grid; CT and MR have their own values. */
export interface OutlineSettings {
  /** Half-width of the liver's intensity band in robust SDs, and its least value in intensity units. */
  readonly bandSds: number;
  readonly leastBand: number;
  /** Radius by which the band is opened to part the liver from its neighbours, mm. */
  readonly openMm: number;
  /** How far beyond the opened band the boundary may lie, mm. */
  readonly reachMm: number;
  /** Radius of bays that are filled when they hold soft tissue, mm. */
  readonly closeMm: number;
}

/** What an outline starts from. */
export interface Scene {
  readonly grid: Grid;
  readonly image: Float32Array;
  readonly body: Body;
  readonly allowed: Uint8Array;
  readonly bound: Uint8Array;
  readonly model: LiverModel;
  /** Tissue that may be tumour: lowest and highest intensity. */
  readonly tumour: { readonly low: number; readonly high: number };
  /** Intensities below are never liver (fat, gas). */
  readonly darkest: number;
  /** Front edge of the spine along patient y, mm; null where no bone is seen. */
  readonly spineFrontMm: number | null;
}

/** One outline on the working grid. */
export interface Outline {
  readonly probability: Float32Array;
  readonly inside: Uint8Array;
  readonly walker: Omit<WalkerResult, "probability">;
}

/** The outline without tumours: band, opening, walker. */
export function parenchyma(scene: Scene, p: OutlineSettings): Outline {
  const { grid, image, body, allowed, model } = scene;
  const half = Math.max(p.leastBand, p.bandSds * model.sd);
  const total = image.length;
  const away = (v: number): number => Math.abs(image[v]! - model.mean);
  const band = flagsOf(total, (v) => allowed[v] === 1 && away(v) <= half);
  const parted = componentsWith(grid, erode(grid, band, p.openMm), model.core);
  const candidate = dilate(grid, parted, p.openMm);
  for (let v = 0; v < total; v++) if (band[v] === 0) candidate[v] = 0;
  const near = dilate(grid, fillHoles(grid, candidate), p.reachMm);
  const inside = flagsOf(total, (v) => parted[v] === 1 || model.core[v] === 1);
  // The cores of other soft tissue; partial volume at their rims looks like liver, and the walker gives it to them.
  const other = erode(
    grid,
    flagsOf(total, (v) => body.inside[v] === 1 && image[v]! > scene.darkest && away(v) > 1.25 * half),
    4,
  );
  const outside = flagsOf(
    total,
    (v) =>
      inside[v] === 0 &&
      (other[v] === 1 || image[v]! < scene.darkest || away(v) > 5 * half || (near[v] === 1 && allowed[v] === 0)),
  );
  const probability = new Float32Array(total);
  eachPoint(grid, (v, x) => {
    const d = (1.6 * (image[v]! - model.mean)) / half;
    const left = Math.max(0, (x - body.midlineMm) / 60);
    probability[v] = near[v] === 1 ? exponential(-0.5 * (d * d + left * left)) : 0;
  });
  const { probability: walked, ...walker } = randomWalker({
    grid,
    image,
    domain: near,
    inside,
    outside,
    stepScale: Math.max(0.5 * half, 2 * model.sd),
    prior: { probability, weight: 0.02 },
  });
  const found = flagsOf(total, (v) => walked[v]! >= 0.5);
  const single = largestComponent(grid, found);
  return { probability: walked, inside: fillHoles(grid, fillHoles(grid, single), true), walker };
}
