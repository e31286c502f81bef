import { fillHoles } from "./components.js";
import type { Scene } from "./liver-outline.js";
import { close, dilate, flagsOf } from "./morphology.js";

/** Share of the edge voxels of an island that lie within `reachMm` of the organ. */
export function touchingShare({ grid }: Scene, organ: Uint8Array, island: Uint8Array, reachMm: number): number {
  const near = dilate(grid, organ, reachMm);
  const [nx, ny, nz] = grid.size;
  const plane = nx * ny;
  let all = 0;
  let touching = 0;
  for (let v = 0; v < island.length; v++) {
    if (island[v] === 0) continue;
    const i = v % nx;
    const j = Math.floor(v / nx) % ny;
    const k = Math.floor(v / plane);
    const edge =
      (i > 0 && island[v - 1] === 0) ||
      (i < nx - 1 && island[v + 1] === 0) ||
      (j > 0 && island[v - nx] === 0) ||
      (j < ny - 1 && island[v + nx] === 0) ||
      (k > 0 && island[v - plane] === 0) ||
      (k < nz - 1 && island[v + plane] === 0);
    if (!edge) continue;
    all++;
    touching += near[v]!;
  }
  return all === 0 ? 0 : touching / all;
}

/** Organ and island as one, with the soft tissue in gaps narrower than 2·`gapMm` between them, and holes filled. */
function joined(scene: Scene, organ: Uint8Array, island: Uint8Array, gapMm: number): Uint8Array {
  const { grid, image, allowed, tumour } = scene;
  const both = flagsOf(organ.length, (v) => organ[v] === 1 || island[v] === 1);
  const closed = close(grid, both, gapMm);
  const whole = flagsOf(
    organ.length,
    (v) => both[v] === 1 || (closed[v] === 1 && allowed[v] === 1 && image[v]! > tumour.low),
  );
  return fillHoles(grid, whole, true);
}

/**
 * The organ with an island of another large tissue, where they touch: an eighth of the island's surface within two voxels, or
 * a third within 20 mm, which is a layer of a third tissue between them. Elsewhere the organ as it was.
 */
export function withIsland(scene: Scene, organ: Uint8Array, island: Uint8Array): Uint8Array {
  if (touchingShare(scene, organ, island, 2.1 * Math.max(...scene.grid.spacingMm)) >= 0.12)
    return joined(scene, organ, island, 4);
  if (touchingShare(scene, organ, island, 20) >= 0.35) return joined(scene, organ, island, 10);
  return organ;
}
