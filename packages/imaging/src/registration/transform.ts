import type { Vec3 } from "../volume.js";

/**
 * Rotation about a centre, then translation, as elastix's EulerTransform writes it: angles about x, y and z in radians,
 * applied as Rz·Rx·Ry.
 */
export interface RigidTransform {
  readonly kind: "rigid";
  readonly anglesRad: Vec3;
  readonly translationMm: Vec3;
  readonly centerMm: Vec3;
}

/** Cubic B-spline displacement on a control grid along the frame's axes (Rueckert 1999, equation 2). */
export interface BSplineTransform {
  readonly kind: "b-spline";
  readonly size: Vec3;
  readonly originMm: Vec3;
  readonly spacingMm: Vec3;
  /** Displacement coefficients: all of x, then y, then z, each with i fastest. */
  readonly coefficients: Float64Array;
}

/** Maps a point of the fixed image to the moving image; the steps are applied in order. */
export type Transform = readonly (RigidTransform | BSplineTransform)[];

function rigidPoint({ anglesRad, translationMm, centerMm }: RigidTransform, p: Vec3): Vec3 {
  const [cx, cy, cz] = anglesRad.map(Math.cos) as [number, number, number];
  const [sx, sy, sz] = anglesRad.map(Math.sin) as [number, number, number];
  const x = p[0] - centerMm[0];
  const y = p[1] - centerMm[1];
  const z = p[2] - centerMm[2];
  // Ry, then Rx, then Rz.
  const ax = cy * x + sy * z;
  const az = cy * z - sy * x;
  const by = cx * y - sx * az;
  const bz = sx * y + cx * az;
  return [
    cz * ax - sz * by + centerMm[0] + translationMm[0],
    sz * ax + cz * by + centerMm[1] + translationMm[1],
    bz + centerMm[2] + translationMm[2],
  ];
}

/** The four cubic B-spline weights at a fraction 0 … 1 between the second and third knot. */
function cubicWeights(t: number): readonly [number, number, number, number] {
  const s = 1 - t;
  return [(s * s * s) / 6, (3 * t * t * t - 6 * t * t + 4) / 6, (3 * s * s * s - 6 * s * s + 4) / 6, (t * t * t) / 6];
}

function bSplinePoint({ size, originMm, spacingMm, coefficients }: BSplineTransform, p: Vec3): Vec3 {
  const [nx, ny, nz] = size;
  const u = (p[0] - originMm[0]) / spacingMm[0];
  const v = (p[1] - originMm[1]) / spacingMm[1];
  const w = (p[2] - originMm[2]) / spacingMm[2];
  const i = Math.floor(u);
  const j = Math.floor(v);
  const k = Math.floor(w);
  // Outside the control grid elastix leaves points where they are.
  if (i < 1 || j < 1 || k < 1 || i > nx - 3 || j > ny - 3 || k > nz - 3) return p;
  const a = cubicWeights(u - i);
  const b = cubicWeights(v - j);
  const c = cubicWeights(w - k);
  const count = nx * ny * nz;
  let dx = 0;
  let dy = 0;
  let dz = 0;
  for (let n = 0; n < 4; n++)
    for (let m = 0; m < 4; m++) {
      const row = ((k - 1 + n) * ny + j - 1 + m) * nx + i - 1;
      const weight = c[n]! * b[m]!;
      for (let l = 0; l < 4; l++) {
        const wgt = weight * a[l]!;
        dx += wgt * coefficients[row + l]!;
        dy += wgt * coefficients[count + row + l]!;
        dz += wgt * coefficients[2 * count + row + l]!;
      }
    }
  return [p[0] + dx, p[1] + dy, p[2] + dz];
}

/** Where a point of the fixed image lies in the moving image. Example: an empty transform leaves it in place. */
export function mapPoint(transform: Transform, point: Vec3): Vec3 {
  let p = point;
  for (const step of transform) p = step.kind === "rigid" ? rigidPoint(step, p) : bSplinePoint(step, p);
  return p;
}
