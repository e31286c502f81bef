import type { Volume } from "../volume.js";
import { type Body, findBody } from "./body.js";
import type { Coarse } from "./coarse-grid.js";
import { ctBands, findLiverModel, relativeBands, widened } from "./liver-model.js";
import type { Scene } from "./liver-outline.js";
import { medianFilter } from "./median-filter.js";
import { close, flagsOf } from "./morphology.js";
import { withoutShading } from "./slow-shading.js";
import { liverTerritory } from "./territory.js";

/** How bright tumours are looked for, above the parenchyma. */
export interface TumourRange {
  readonly tumourAbove: number;
}

/** The scene of a CT in HU, or null where no liver is found. Body above −300 HU, gas below −400, compact bone above 240. */
export function ctScene({ grid, data }: Coarse, { tumourAbove }: TumourRange): Scene | null {
  const image = medianFilter(grid, data);
  const body = findBody(
    grid,
    flagsOf(image.length, (v) => image[v]! > -300),
    (v) => image[v]! < -400,
  );
  if (body.widthMm === 0) return null;
  const bone = flagsOf(image.length, (v) => data[v]! > 240);
  const { allowed, bound, spineFrontMm } = liverTerritory(grid, body, bone);
  const model =
    findLiverModel(grid, image, body, allowed, ctBands) ?? findLiverModel(grid, image, body, allowed, widened(ctBands));
  if (model === null) return null;
  const tumour = { low: 22, high: model.mean + tumourAbove };
  return { grid, image, body, allowed, bound, model, tumour, darkest: -20, spineFrontMm };
}

/** The value below which a share of some sorted numbers lies. */
const quantile = (sorted: Float32Array, share: number): number => sorted[Math.floor(share * (sorted.length - 1))]!;

/** Signal that parts body from air: twice the median of the frame of every slice, at least a fifth of the median above that. */
function airLimit({ grid, data }: Coarse): number {
  const [nx, ny] = grid.size;
  const frame = data.filter((_, v) => {
    const i = v % nx;
    const j = Math.floor(v / nx) % ny;
    return i < 2 || j < 2 || i >= nx - 2 || j >= ny - 2;
  });
  const noise = 2 * quantile(frame.sort(), 0.5);
  const above = data.filter((value) => value > noise).sort();
  return above.length === 0 ? noise : Math.max(noise, 0.2 * quantile(above, 0.5));
}

/**
 * The scene of an MR image, in per cent of the liver's own signal at each place, or null where no liver is found. Coil shading
 * is fitted on the liver found so far and divided out, twice. Nothing is assumed about the weighting: the liver is the largest
 * uniform organ of the right side, whatever its signal.
 */
export function mrScene(coarse: Coarse, { tumourAbove }: TumourRange): Scene | null {
  const { grid } = coarse;
  const raw = medianFilter(grid, coarse.data, grid.spacingMm[2] > 5);
  const limit = airLimit(coarse);
  const solid = close(
    grid,
    flagsOf(raw.length, (v) => raw[v]! > limit),
    1.5 * Math.max(grid.spacingMm[0], grid.spacingMm[1]),
  );
  const found = findBody(grid, solid, (v) => raw[v]! <= limit);
  if (found.widthMm === 0) return null;
  // Suppressed fat is as dark as lung and touches it: on MR the diaphragm is not read from the lungs.
  const body: Body = { ...found, lungs: new Uint8Array(raw.length) };
  const { allowed } = liverTerritory(grid, body, new Uint8Array(raw.length));
  // Without lungs and bone the wall is only a guess: leaning on it proves nothing.
  const bound = new Uint8Array(raw.length);
  const inBody = raw.filter((_, v) => allowed[v] === 1 && raw[v]! > limit).sort();
  if (inBody.length === 0) return null;
  let image = raw;
  let model = findLiverModel(grid, raw, body, allowed, relativeBands(quantile(inBody, 0.2), quantile(inBody, 0.98)), 8);
  for (let round = 0; round < 2 && model !== null; round++) {
    image = withoutShading(grid, raw, model.core);
    model = findLiverModel(grid, image, body, allowed, [{ center: 100, half: 20 }], 8);
  }
  if (model === null) return null;
  const tumour = { low: 55, high: model.mean + tumourAbove };
  return { grid, image, body, allowed, bound, model, tumour, darkest: 30, spineFrontMm: null };
}

/** Whether a volume is read as CT or MR; null where neither the unit nor the modality says so. */
export function modalityOf(volume: Volume): "ct" | "mr" | null {
  if (volume.unit === "HU") return "ct";
  return volume.modality === "MR" ? "mr" : null;
}
