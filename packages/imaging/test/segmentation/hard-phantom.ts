import { random } from "@livermark/core";
import {
  attenuation,
  centredGrid,
  forEachVoxel,
  noiseField,
  type PhantomPhase,
  type TissueName,
} from "@livermark/phantom";
import { organTexture } from "../../../phantom/src/noise.js";
import { draw, paint } from "../../../phantom/src/paint.js";
import type { Mask, Vec3, Volume } from "../../src/volume.js";
import { drawnBody, type HardBodyOptions, masksOf } from "./hard-body.js";

/** How the CT of a hard body is taken. */
export interface HardPhantomOptions extends HardBodyOptions {
  readonly phase: PhantomPhase;
  readonly size?: Vec3;
  readonly spacingMm?: Vec3;
  readonly noiseSd: number;
  readonly values?: { readonly [name in TissueName]?: number };
}

/** What is known of it; the liver holds its vessels and lesions. */
export interface HardPhantom {
  readonly volume: Volume;
  readonly liver: Mask;
  readonly viable: Mask;
}

const standardSize: Vec3 = [104, 84, 52];
const standardSpacingMm: Vec3 = [3.3, 3.1, 3.7];

/** The phantom CT of one phase, rounded to whole HU. */
export function hardPhantom(options: HardPhantomOptions): HardPhantom {
  const { seed, phase, size = standardSize, spacingMm = standardSpacingMm, values = {} } = options;
  const grid = centredGrid(size, spacingMm);
  const stream = random(seed).fork("set");
  const { codes, tissueAt } = drawnBody(grid, options);
  const viableHu = phase === "late-arterial" ? 120 : 84;
  const hu = attenuation(phase, { "lesion-viable": viableHu, "lesion-core": 28, ...values });
  const data = paint(draw(grid, codes, tissueAt, 2), hu);
  const texture = organTexture(3, stream.fork("texture"));
  const noise = noiseField(grid, { sd: options.noiseSd, grain: true }, stream.fork("noise"));
  forEachVoxel(grid, (v, x, y, z) => {
    const value = data[v]!;
    data[v] = Math.round(value + (value >= 0 && value <= 400 ? texture(x, y, z) : 0) + noise[v]!);
  });
  return {
    volume: {
      grid,
      data,
      unit: "HU",
      modality: "CT",
      scale: { id: "HU", proven: true, reason: "CT numbers are Hounsfield units", filters: [] },
      source: { seriesUid: `hard ${seed}`, frameOfReferenceUid: null, description: phase, files: size[2], sha256: "" },
    },
    ...masksOf(grid, codes),
  };
}

/** Options drawn at random for a seed: phase by turns, contrast, noise and burden of every kind. */
export function randomOptions(seed: number): HardPhantomOptions {
  const stream = random(seed).fork("options");
  const between = (a: number, b: number): number => a + (b - a) * stream.uniform();
  const phase = (["portal-venous", "late-arterial", "portal-venous", "late-arterial"] as const)[seed % 4]!;
  const liver = phase === "portal-venous" ? between(80, 125) : between(60, 90);
  const tumour = seed % 3 === 0 ? 0 : seed % 3 === 1 ? between(0.03, 0.25) : between(0.3, 0.8);
  return {
    seed,
    phase,
    gapMm: between(4, 12),
    warpMm: between(4, 14),
    noiseSd: between(8, 22),
    lesions: tumour === 0 ? 0 : 3 + Math.floor(between(0, 10)),
    tumour,
    enhancing: tumour * between(0.2, 1),
    liverScale: between(0.85, 1.15),
    values: {
      liver,
      muscle: between(52, 68),
      spleen: liver + (phase === "portal-venous" ? between(-5, 25) : between(10, 45)),
      stomach: between(8, 45),
      pancreas: between(60, 100),
      "lesion-viable": liver + between(-35, 60),
      "lesion-core": between(22, 45),
    },
  };
}

/** A liver of which half to four fifths is tumour, in each shape by turns. */
export function burdenOptions(seed: number): HardPhantomOptions {
  const stream = random(seed).fork("burden");
  const between = (a: number, b: number): number => a + (b - a) * stream.uniform();
  const tumour = between(0.5, 0.8);
  return {
    ...randomOptions(seed),
    shape: (["nodules", "mass", "infiltrating"] as const)[Math.floor(seed / 4) % 3]!,
    noiseSd: between(8, 18),
    lesions: 4 + Math.floor(between(0, 12)),
    tumour,
    enhancing: tumour * between(0.3, 1),
  };
}
