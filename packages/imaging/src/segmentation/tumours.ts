import { eachPoint } from "./body.js";
import type { Companion } from "./companion-tissue.js";
import { largestComponent } from "./components.js";
import { withIsland } from "./island.js";
import type { Outline, OutlineSettings, Scene } from "./liver-outline.js";
import { close, flagsOf, open } from "./morphology.js";
import { addWrapped, type WrapRule } from "./wrapped-tissue.js";

/** Beside the spine what is thinner than twice this is vena cava or psoas, not liver, mm. */
const THICK_BESIDE_SPINE_MM = 13;

/** Takes off what is thin within 17 % of the body's width from the midline and behind 32 mm before the spine's front, where bone shows it. */
function withoutThinBesideSpine(scene: Scene, filled: Uint8Array, opened: Uint8Array): Uint8Array {
  const { grid, body, spineFrontMm } = scene;
  if (spineFrontMm === null) return opened;
  const thick = open(grid, filled, THICK_BESIDE_SPINE_MM);
  const kept = opened.slice();
  eachPoint(grid, (v, x, y) => {
    const beside = Math.abs(x - body.midlineMm) < 0.17 * body.widthMm && y > spineFrontMm - 32;
    if (beside && thick[v] === 0) kept[v] = 0;
  });
  return kept;
}

/**
 * Tumours that the outline wraps by the given rules, parenchyma beyond them, companions that touch, bays closed, thin spikes
 * opened, vena cava and psoas taken off beside the spine.
 */
export function withTumours(
  scene: Scene,
  { inside, probability, walker }: Outline,
  p: OutlineSettings,
  rules: readonly WrapRule[],
  companions: readonly Companion[],
): Outline {
  const { grid, image, allowed, bound, tumour, model } = scene;
  const total = image.length;
  const half = Math.max(p.leastBand, p.bandSds * model.sd);
  const reach = tumour.high - model.mean;
  const highest = Math.max(tumour.high, ...companions.map((one) => one.model.mean + reach));
  const soft = flagsOf(total, (v) => allowed[v] === 1 && image[v]! > tumour.low && image[v]! < highest);
  const own = flagsOf(total, (v) => soft[v] === 1 && Math.abs(image[v]! - model.mean) <= half);
  const step = (highest - tumour.low) / 8;
  const bands = Array.from({ length: 8 }, (_, n) => {
    const center = tumour.low + (n + 0.5) * step;
    return flagsOf(total, (v) => soft[v] === 1 && Math.abs(image[v]! - center) <= 1.2 * step);
  });
  let whole = inside;
  // Twice and more: a tumour may be reached only through another, and parenchyma only through a tumour.
  for (let round = 0; round < 2 + companions.length; round++) {
    for (const band of [...bands, soft]) for (const rule of rules) whole = addWrapped(grid, whole, band, rule, bound);
    whole = addWrapped(grid, whole, own, { partMm: p.openMm, leastContact: 0.12, leastMl: 5 });
    for (const { outline } of companions) whole = withIsland(scene, whole, outline.inside);
  }
  const closed = close(grid, whole, p.closeMm);
  const filled = flagsOf(
    total,
    (v) => whole[v] === 1 || (closed[v] === 1 && soft[v] === 1 && Math.abs(image[v]! - model.mean) <= 1.25 * half),
  );
  const opened = withoutThinBesideSpine(scene, filled, open(grid, filled, p.openMm));
  return { probability, inside: largestComponent(grid, opened), walker };
}
