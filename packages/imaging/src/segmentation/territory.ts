import type { Grid } from "../volume.js";
import { type Body, eachPoint } from "./body.js";
import { aboveDiaphragm } from "./diaphragm.js";
import { insideWall } from "./inner-wall.js";
import { dilate, flagsOf } from "./morphology.js";

/** Where a liver can be, by general anatomy. */
export interface Territory {
  /** Inside the wall, below the diaphragm, not gas, not spine or back muscle, not the left rear quarter. */
  readonly allowed: Uint8Array;
  /** What bounds the upper abdomen: outside the wall, above the diaphragm. */
  readonly bound: Uint8Array;
  /** Front edge of the spine along patient y, mm. */
  readonly spineFrontMm: number;
}

/** Front edge of the spine along patient y: of compact bone near the midline where any is seen, else 62 % of the depth. */
function spineFrontMm(grid: Grid, body: Body, bone: Uint8Array): number {
  const found: number[] = [];
  const centre = (body.box.front + body.box.rear) / 2;
  eachPoint(grid, (v, x, y) => {
    if (bone[v] === 1 && Math.abs(x - body.midlineMm) < 25 && y > centre) found.push(y);
  });
  if (found.length < 50) return body.box.front + 0.62 * body.depthMm;
  return found.sort((a, b) => a - b)[Math.floor(0.05 * found.length)]!;
}

/**
 * Where a liver can be: inside the wall (`insideWall`), below the diaphragm (`aboveDiaphragm`), neither gas nor bone, in front
 * of the spine within 8 % of the body's width from the midline and in front of the back muscles within 16 %, and not in the
 * left rear quarter, where spleen and left kidney lie. `bone` is empty where it cannot be told.
 */
export function liverTerritory(grid: Grid, body: Body, bone: Uint8Array): Territory {
  const wall = insideWall(grid, body, { bone, ribReachMm: 15 });
  const above = aboveDiaphragm(grid, body);
  const thickBone = dilate(grid, bone, 3);
  const front = spineFrontMm(grid, body, bone);
  const centre = (body.box.front + body.box.rear) / 2;
  const allowed = flagsOf(
    body.inside.length,
    (v) => wall[v] === 1 && above[v] === 0 && body.air[v] === 0 && thickBone[v] === 0,
  );
  eachPoint(grid, (v, x, y) => {
    const aside = Math.abs(x - body.midlineMm) / body.widthMm;
    const spine = (aside < 0.08 && y > front) || (aside < 0.16 && y > front + 0.12 * body.depthMm);
    if (spine || (x > body.midlineMm + 0.1 * body.widthMm && y > centre)) allowed[v] = 0;
  });
  const bound = flagsOf(allowed.length, (v) => wall[v] === 0 || above[v] === 1 || body.lungs[v] === 1);
  return { allowed, bound, spineFrontMm: front };
}
