import { type Band, findLiverModel, type LiverModel, widened } from "./liver-model.js";
import { type Outline, type OutlineSettings, parenchyma, type Scene } from "./liver-outline.js";
import { flagsOf } from "./morphology.js";

/** Another large tissue of the right side: of a liver that is mostly tumour, either may be found first. */
export interface Companion {
  readonly model: LiverModel;
  readonly outline: Outline;
}

/** What right kidney, gallbladder, stomach and bowel do not reach after the opening by 9 mm, ml. */
const LEAST_CORE_ML = 90;
/** The same in bands of twice the width, which hold kidneys whole. */
const LEAST_WIDE_CORE_ML = 120;

/**
 * Up to three more uniform organs of the right side that the outline does not hold, found as the liver itself is, each with an
 * outline of its own. Nothing else on the right below the diaphragm is that large: a tumour beside the parenchyma, or the
 * parenchyma beside a tumour that was taken for it. Whether they are joined is decided by how they touch (`withTumours`).
 */
export function companionTissues(
  scene: Scene,
  first: Outline,
  p: OutlineSettings,
  bands: readonly Band[],
): readonly Companion[] {
  const { grid, image, body, allowed } = scene;
  const found: Companion[] = [];
  let taken = first.inside;
  while (found.length < 3) {
    const free = flagsOf(image.length, (v) => allowed[v] === 1 && taken[v] === 0);
    const model =
      findLiverModel(grid, image, body, free, bands, 9, LEAST_CORE_ML) ??
      findLiverModel(grid, image, body, free, widened(bands), 9, LEAST_WIDE_CORE_ML);
    if (model === null) break;
    const outline = parenchyma({ ...scene, model, allowed: free }, p);
    found.push({ model, outline });
    const before = taken;
    taken = flagsOf(image.length, (v) => before[v] === 1 || outline.inside[v] === 1 || model.core[v] === 1);
  }
  return found;
}
