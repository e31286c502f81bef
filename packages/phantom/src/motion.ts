import type { Vec3 } from "@livermark/imaging";

/**
 * How the body moved between two acquisitions: a shift plus a smooth bend of `bendMm`, three sine waves of 160–200 mm
 * whose Jacobian determinant differs from 1 by at most 0.0012 per squared millimetre of bend (no tumour is squeezed).
 */
export interface Motion {
  readonly shiftMm: Vec3;
  readonly bendMm: number;
}

/** Nothing moved. */
export const noMotion: Motion = { shiftMm: [0, 0, 0], bendMm: 0 };

/** Where the tissue at a point of the fixed image (late arterial phase) lies in the moving image (unenhanced). */
export function displaced({ shiftMm, bendMm }: Motion, [x, y, z]: Vec3): Vec3 {
  const w = 2 * Math.PI;
  return [
    x + shiftMm[0] + 0.5 * bendMm * Math.sin((w * z) / 180 + 0.4) * Math.cos((w * y) / 200),
    y + shiftMm[1] + 0.5 * bendMm * Math.sin((w * x) / 160 + 1.1),
    z + shiftMm[2] + bendMm * Math.cos((w * x) / 200 + 0.3) * Math.cos((w * y) / 180 - 0.2),
  ];
}

/** The point of the fixed image whose tissue lies at `q` of the moving image, by fixed-point iteration to 1e-3 mm. */
export function restored(motion: Motion, q: Vec3): Vec3 {
  let p: Vec3 = [q[0] - motion.shiftMm[0], q[1] - motion.shiftMm[1], q[2] - motion.shiftMm[2]];
  if (motion.bendMm === 0) return p;
  for (let n = 0; n < 40; n++) {
    const t = displaced(motion, p);
    const e: Vec3 = [q[0] - t[0], q[1] - t[1], q[2] - t[2]];
    p = [p[0] + e[0], p[1] + e[1], p[2] + e[2]];
    if (Math.abs(e[0]) + Math.abs(e[1]) + Math.abs(e[2]) < 1e-3) break;
  }
  return p;
}
