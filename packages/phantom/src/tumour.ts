import { type Random, type Refused, refuse } from "@livermark/core";
import { type Grid, indexToPatient, type Mask, type Region, type Vec3 } from "@livermark/imaging";
import { type Lesion, scatterLesions } from "./lesion.js";
import { maskOf, type TissueAt, tissueMap } from "./paint.js";
import { tissue } from "./tissue.js";

/** Points spread over a unit ball (golden-angle spiral, shells of equal volume). */
const ballPoints: readonly Vec3[] = Array.from({ length: 240 }, (_, n) => {
  const radius = Math.cbrt(((n * 7) % 240) / 240);
  const height = 1 - (2 * n + 1) / 240;
  const ring = Math.sqrt(1 - height * height);
  return [radius * ring * Math.cos(2.399963 * n), radius * ring * Math.sin(2.399963 * n), radius * height];
});

/** One tumour in the liver whose inner three quarters are, if any place allows it, all liver without vessels. */
export function placeTumour(grid: Grid, tissueAt: TissueAt, radiusMm: number, stream: Random): Lesion | null {
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

/** Why there is no tumour. */
export const noRoomForTumour = (patient: string, size: Vec3): Refused =>
  refuse({
    code: "phantom-no-room",
    message: "The grid holds no liver to put a tumour in.",
    got: size.join(" x "),
    wanted: "a grid that covers the liver",
    mend: "Use a larger matrix or spacing.",
    where: { patient },
  });

/** The z of the slice nearest to a point. */
export function sliceZ(grid: Grid, z: number): number {
  const slice = Math.round((z - grid.originMm[2]) / grid.spacingMm[2]);
  return indexToPatient(grid, 0, 0, slice)[2];
}

/** An ellipse over the inner 55 % of the tumour on the slice of its greatest extent. */
export const tumourEllipse = (grid: Grid, { centerMm, radiiMm, id }: Lesion): Region => ({
  kind: "ellipse",
  center: [centerMm[0], centerMm[1], sliceZ(grid, centerMm[2])],
  axis1: [0.55 * radiiMm[0], 0, 0],
  axis2: [0, 0.55 * radiiMm[1], 0],
  name: id,
});

/** The voxels whose centres are viable tumour. */
export const tumourMask = (grid: Grid, codes: Uint8Array): Mask =>
  maskOf("tumour T1", grid, codes, (code) => code === tissue["lesion-viable"]);
