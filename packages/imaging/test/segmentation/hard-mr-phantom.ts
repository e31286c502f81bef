import { random } from "@livermark/core";
import { centredGrid, forEachVoxel, type TissueName, tissue, tissueNames } from "@livermark/phantom";
import { renderMr } from "../../../phantom/src/mr-render.js";
import { t2Signals } from "../../../phantom/src/mr-t2.js";
import { mrSignals } from "../../../phantom/src/mr-tissue.js";
import { organTexture } from "../../../phantom/src/noise.js";
import { draw } from "../../../phantom/src/paint.js";
import type { Vec3 } from "../../src/volume.js";
import { drawnBody, type HardBodyOptions, masksOf } from "./hard-body.js";
import type { HardPhantom } from "./hard-phantom.js";

/** How the MR image of a hard body is taken. */
export interface HardMrOptions extends HardBodyOptions {
  readonly weighting: "T1" | "T1 portal venous" | "T2" | "T2 fat-suppressed";
  readonly noiseSd: number;
  /** Loss of signal from the surface to the middle by coil sensitivity, as a share. */
  readonly shading: number;
  readonly spacingMm: Vec3;
  readonly size: Vec3;
  /** Slow unevenness of the signal along one direction (surface coil), as the factor between the body's ends (1). */
  readonly slope?: number;
  /** Slow variation inside organs, as a share of their signal (0). */
  readonly texture?: number;
  /** Factors by which tissues shine more or less than the tables say. */
  readonly factors: { readonly [name in TissueName]?: number };
}

function signalsOf(weighting: HardMrOptions["weighting"]): Float64Array {
  const sequence = { repetitionMs: 4, flipDeg: 12 };
  if (weighting === "T1") return mrSignals(sequence, 12000, "unenhanced");
  if (weighting === "T1 portal venous") return mrSignals(sequence, 12000, "portal-venous");
  return t2Signals(2600, 85, weighting === "T2" ? "shown" : "suppressed");
}

/** The MR image with its masks. */
export function hardMrPhantom(options: HardMrOptions): HardPhantom {
  const grid = centredGrid(options.size, options.spacingMm);
  const { codes, tissueAt } = drawnBody(grid, options);
  const signals = signalsOf(options.weighting).map(
    (signal, code) => signal * (options.factors[tissueNames[code]!] ?? 1),
  );
  const { volume } = renderMr(
    grid,
    draw(grid, codes, tissueAt, 2),
    signals,
    { noiseSd: options.noiseSd, shading: options.shading },
    { slope: 1, intercept: 0, scaleSlope: 1 },
    random(options.seed).fork("noise"),
    { label: `hard ${options.seed}`, series: options.weighting },
  );
  const { slope = 1, texture = 0 } = options;
  const stream = random(options.seed).fork("field");
  const direction = [stream.normal(), stream.normal(), stream.normal()] as const;
  const rate = Math.log(slope) / (280 * Math.hypot(...direction));
  const wave = organTexture(texture, stream);
  const data = Float32Array.from(volume.data);
  forEachVoxel(grid, (v, x, y, z) => {
    const along = direction[0] * x + direction[1] * y + direction[2] * z;
    data[v] = Math.round(data[v]! * Math.exp(rate * along) * (1 + wave(x, y, z)));
  });
  return { volume: { ...volume, data }, ...masksOf(grid, codes) };
}

/**
 * Options drawn at random for a seed: weighting by turns, shading of coils, noise, slices of 5 to 8 mm (T₂) or 3 to 5 mm, and a burden in
 * every third. As on ordinary liver MR bowel hangs together with stomach and spleen, and in two of three bodies some of it has
 * about the liver's signal.
 */
export function randomMrOptions(seed: number): HardMrOptions {
  const stream = random(seed).fork("mr");
  const between = (a: number, b: number): number => a + (b - a) * stream.uniform();
  const weighting = (["T2 fat-suppressed", "T1", "T2", "T1 portal venous"] as const)[seed % 4]!;
  const tumour = seed % 3 === 0 ? between(0.1, 0.5) : seed % 3 === 1 ? 0 : between(0.02, 0.1);
  const thick = weighting.startsWith("T2");
  const slice = thick ? between(5, 8) : between(3, 5);
  const pixel = between(2.6, 3.4);
  const signals = signalsOf(weighting);
  /** The factor that gives a tissue a share of the liver's signal. */
  const ofLiver = (name: TissueName, share: number): number =>
    (share * signals[tissue.liver]!) / Math.max(1, signals[tissue[name]]!);
  const liver = between(0.8, 1.25);
  const alike = seed % 3 !== 2;
  return {
    seed,
    weighting,
    gapMm: between(4, 12),
    warpMm: between(4, 14),
    lesions: tumour === 0 ? 0 : 2 + Math.floor(between(0, 8)),
    tumour,
    enhancing: tumour * between(0.3, 1),
    shape: (["nodules", "mass", "infiltrating"] as const)[Math.floor(seed / 12) % 3]!,
    liverScale: between(0.85, 1.15),
    bowel: between(0.3, 0.75),
    noiseSd: between(8, 25) * (weighting === "T2 fat-suppressed" || weighting === "T2" ? 0.8 : 1),
    shading: between(0, 0.4),
    slope: between(1, 1.8),
    texture: between(0.01, 0.04),
    spacingMm: [pixel, pixel, slice],
    size: [Math.ceil(345 / pixel), Math.ceil(262 / pixel), Math.ceil(195 / slice)],
    factors: {
      liver,
      muscle: between(0.85, 1.1),
      spleen: alike ? ofLiver("spleen", liver * between(0.9, 1.7)) : between(0.9, 1.2),
      wall: alike ? ofLiver("wall", liver * between(0.75, 1.35)) : between(0.8, 1.2),
      stomach: alike ? ofLiver("stomach", liver * between(0.7, 2)) : between(0.2, 1),
      pancreas: between(0.85, 1.15),
    },
  };
}
