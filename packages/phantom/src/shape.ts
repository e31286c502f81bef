import type { Vec3 } from "@livermark/imaging";

/** Whether a patient point (LPS, mm) lies inside a solid. */
export type Solid = (x: number, y: number, z: number) => boolean;

/**
 * Superquadric |dx/a|^n + |dy/b|^n + |dz/c|^n ≤ 1 (Barr 1981), turned by `tiltRad` about the body's long axis.
 * n = 2 is an ellipsoid; larger n gives flatter sides. Example: `superquadric([0, 0, 0], [10, 10, 10])(0, 0, 10)` is true.
 */
export function superquadric(center: Vec3, radiiMm: Vec3, exponent = 2, tiltRad = 0): Solid {
  const [cx, cy, cz] = center;
  const [a, b, c] = radiiMm;
  const cos = Math.cos(tiltRad);
  const sin = Math.sin(tiltRad);
  const reach = Math.max(a, b) * (exponent > 2 ? 1.4143 : 1);
  return (x, y, z) => {
    const dz = z - cz;
    if (dz > c || dz < -c) return false;
    const dx = x - cx;
    const dy = y - cy;
    if (dx > reach || dx < -reach || dy > reach || dy < -reach) return false;
    const u = (cos * dx + sin * dy) / a;
    const v = (cos * dy - sin * dx) / b;
    const w = dz / c;
    // The ellipsoid lies inside every flatter superquadric: most points need no power.
    if (u * u + v * v + w * w <= 1) return true;
    if (exponent === 2) return false;
    return Math.abs(u) ** exponent + Math.abs(v) ** exponent + Math.abs(w) ** exponent <= 1;
  };
}

/** Superellipse column without end along the body's long axis. */
export function column(center: readonly [number, number], radiiMm: readonly [number, number], exponent = 2): Solid {
  const [cx, cy] = center;
  const [a, b] = radiiMm;
  return (x, y) => {
    const u = Math.abs(x - cx) / a;
    const v = Math.abs(y - cy) / b;
    if (u > 1 || v > 1) return false;
    return u * u + v * v <= 1 || (exponent > 2 && u ** exponent + v ** exponent <= 1);
  };
}

/** A tube along a poly-line whose radius runs linearly from `startMm` to `endMm` over the whole length. */
export function tube(points: readonly Vec3[], startMm: number, endMm: number): Solid {
  const lengths = points.slice(1).map((q, n) => Math.hypot(...q.map((v, c) => v - points[n]![c]!)));
  const total = lengths.reduce((sum, length) => sum + length, 0);
  let before = 0;
  const parts = points.slice(1).map((q, n) => {
    const p = points[n]!;
    const d: Vec3 = [q[0] - p[0], q[1] - p[1], q[2] - p[2]];
    const length = lengths[n]!;
    const from = startMm + ((endMm - startMm) * before) / total;
    before += length;
    const to = startMm + ((endMm - startMm) * before) / total;
    const widest = Math.max(from, to);
    const low = p.map((v, c) => Math.min(v, q[c]!) - widest) as [number, number, number];
    const high = p.map((v, c) => Math.max(v, q[c]!) + widest) as [number, number, number];
    return { p, d, squared: length * length, from, to, low, high };
  });
  const least = [0, 1, 2].map((c) => Math.min(...parts.map((part) => part.low[c]!))) as [number, number, number];
  const most = [0, 1, 2].map((c) => Math.max(...parts.map((part) => part.high[c]!))) as [number, number, number];
  return (x, y, z) => {
    if (z < least[2] || z > most[2] || x < least[0] || x > most[0] || y < least[1] || y > most[1]) return false;
    for (let n = 0; n < parts.length; n++) {
      const { p, d, squared, from, to, low, high } = parts[n]!;
      if (z < low[2] || z > high[2] || x < low[0] || x > high[0] || y < low[1] || y > high[1]) continue;
      const ex = x - p[0];
      const ey = y - p[1];
      const ez = z - p[2];
      const t = Math.min(1, Math.max(0, (ex * d[0] + ey * d[1] + ez * d[2]) / squared));
      const gx = ex - t * d[0];
      const gy = ey - t * d[1];
      const gz = ez - t * d[2];
      const radius = from + (to - from) * t;
      if (gx * gx + gy * gy + gz * gz <= radius * radius) return true;
    }
    return false;
  };
}

/** Inside at least one. */
export const union =
  (...solids: readonly Solid[]): Solid =>
  (x, y, z) => {
    for (const solid of solids) if (solid(x, y, z)) return true;
    return false;
  };
