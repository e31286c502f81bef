import { random, unwrap } from "@livermark/core";
import {
  abdomen,
  attenuation,
  centredGrid,
  forEachVoxel,
  noiseField,
  type PhantomPhase,
  type TissueName,
  tissue,
} from "@livermark/phantom";
import { fitLesions, scatterLesions, withLesions } from "../../../phantom/src/lesion.js";
import { organTexture } from "../../../phantom/src/noise.js";
import { draw, paint, type TissueAt, tissueMap } from "../../../phantom/src/paint.js";
import type { Mask, Vec3, Volume } from "../../src/volume.js";

/** A body that is harder to outline than the standard phantom: bent, with organs that touch the liver. */
export interface HardPhantomOptions {
  readonly seed: number;
  readonly phase: PhantomPhase;
  readonly size?: Vec3;
  readonly spacingMm?: Vec3;
  /** Fat narrower than this between the liver and its neighbours is taken by the neighbour (muscle: at most 5 mm). */
  readonly gapMm: number;
  /** Amplitude of the smooth bending of the whole body. */
  readonly warpMm: number;
  readonly noiseSd: number;
  readonly lesions: number;
  /** Tumour and its enhancing part as shares of the liver. */
  readonly tumour: number;
  readonly enhancing: number;
  readonly liverScale?: number;
  readonly values?: { readonly [name in TissueName]?: number };
}

/** What is known of it; the liver holds its vessels and lesions. */
export interface HardPhantom {
  readonly volume: Volume;
  readonly liver: Mask;
  readonly viable: Mask;
}

const touchingOrgans: readonly number[] = [
  tissue["kidney-cortex"],
  tissue.wall,
  tissue.stomach,
  tissue.spleen,
  tissue.heart,
  tissue.pancreas,
  tissue.gallbladder,
];

/** Three smooth displacement fields of four waves each, 60 to 140 mm long. */
function bending(seed: number, amplitudeMm: number): (x: number, y: number, z: number) => Vec3 {
  const stream = random(seed).fork("warp");
  const fields = [0, 1, 2].map(() =>
    Array.from({ length: 4 }, () => {
      const length = 60 + 80 * stream.uniform();
      const d: Vec3 = [stream.normal(), stream.normal(), stream.normal()];
      const norm = (2 * Math.PI) / (length * Math.hypot(...d));
      return { d: d.map((v) => v * norm), phase: 2 * Math.PI * stream.uniform(), share: 0.5 + 0.5 * stream.uniform() };
    }),
  );
  return (x, y, z) => {
    const [u, v, w] = fields.map((waves) =>
      waves.reduce((sum, { d, phase, share }) => sum + share * Math.sin(d[0]! * x + d[1]! * y + d[2]! * z + phase), 0),
    );
    return [x + (amplitudeMm * u!) / 2, y + (amplitudeMm * v!) / 2, z + (amplitudeMm * w!) / 2];
  };
}

/** The body bent, its fat gaps beside the liver closed, and the heart laid on the dome. */
function hardBody(seed: number, gapMm: number, warpMm: number, liverScale: number): TissueAt {
  const { tissueAt } = abdomen({ seed, liverScale });
  const bent = bending(seed, warpMm);
  return (px, py, pz) => {
    const [x, y, z] = bent(px, py, pz);
    const code = tissueAt(x, y, z);
    if (code === tissue.lung) {
      if (tissueAt(x, y, z - gapMm) === tissue.lung) return code;
      for (let gap = 2; gap <= gapMm; gap += 2) if (tissueAt(x, y, z + gap) === tissue.heart) return tissue.heart;
      return code;
    }
    if (code !== tissue.fat) return code;
    const [dx, dy, dz] = [x + 52, y + 14, z - 4];
    const norm = Math.hypot(dx, dy, dz) || 1;
    const along = (mm: number): number => tissueAt(x + (mm * dx) / norm, y + (mm * dy) / norm, z + (mm * dz) / norm);
    let beside = false;
    for (let gap = 2; gap <= gapMm && !beside; gap += 2) beside = along(-gap) === tissue.liver;
    if (!beside) return code;
    for (let gap = 2; gap <= gapMm; gap += 2) {
      const other = along(gap);
      if ((other === tissue.muscle && gap <= 5) || touchingOrgans.includes(other)) return other;
    }
    return code;
  };
}

/** The phantom CT of one phase, rounded to whole HU. */
export function hardPhantom(options: HardPhantomOptions): HardPhantom {
  const { seed, phase, size = [104, 84, 52], spacingMm = [3.3, 3.1, 3.7], values = {} } = options;
  const grid = centredGrid(size, spacingMm);
  const stream = random(seed).fork("set");
  const healthy = hardBody(seed, options.gapMm, options.warpMm, options.liverScale ?? 1);
  const clean = tissueMap(grid, healthy);
  const lesions =
    options.lesions === 0
      ? []
      : unwrap(
          fitLesions(
            grid,
            clean,
            scatterLesions(grid, clean, options.lesions, stream.fork("lesions")),
            options.tumour,
            options.enhancing,
          ),
        );
  const tissueAt = withLesions(healthy, lesions);
  const codes = tissueMap(grid, tissueAt);
  const parts: readonly number[] = [
    tissue.liver,
    tissue["lesion-viable"],
    tissue["lesion-core"],
    tissue["portal-branch"],
    tissue["hepatic-vein"],
  ];
  const viableHu = phase === "late-arterial" ? 120 : 84;
  const hu = attenuation(phase, { "lesion-viable": viableHu, "lesion-core": 28, ...values });
  const data = paint(draw(grid, codes, tissueAt, 2), hu);
  const texture = organTexture(3, stream.fork("texture"));
  const noise = noiseField(grid, { sd: options.noiseSd, grain: true }, stream.fork("noise"));
  forEachVoxel(grid, (v, x, y, z) => {
    const value = data[v]!;
    data[v] = Math.round(value + (value >= 0 && value <= 400 ? texture(x, y, z) : 0) + noise[v]!);
  });
  const maskOf = (name: string, inside: (code: number) => boolean): Mask => ({
    name,
    grid,
    data: Uint8Array.from(codes, (code) => Number(inside(code))),
  });
  return {
    volume: {
      grid,
      data,
      unit: "HU",
      modality: "CT",
      scale: { id: "HU", proven: true, reason: "CT numbers are Hounsfield units", filters: [] },
      source: { seriesUid: `hard ${seed}`, frameOfReferenceUid: null, description: phase, files: size[2], sha256: "" },
    },
    liver: maskOf("liver", (code) => parts.includes(code)),
    viable: maskOf("viable", (code) => code === tissue["lesion-viable"]),
  };
}

/** Options drawn at random for a seed: phase by turns, contrast, noise and burden of every kind. */
export function randomOptions(seed: number): HardPhantomOptions {
  const stream = random(seed).fork("options");
  const between = (a: number, b: number): number => a + (b - a) * stream.uniform();
  const phase = (["portal-venous", "late-arterial", "portal-venous", "late-arterial"] as const)[seed % 4]!;
  const liver = phase === "portal-venous" ? between(80, 125) : between(60, 90);
  const tumour = seed % 3 === 0 ? 0 : seed % 3 === 1 ? between(0.03, 0.25) : between(0.3, 0.8);
  return {
    seed,
    phase,
    gapMm: between(4, 12),
    warpMm: between(4, 14),
    noiseSd: between(8, 22),
    lesions: tumour === 0 ? 0 : 3 + Math.floor(between(0, 10)),
    tumour,
    enhancing: tumour * between(0.2, 1),
    liverScale: between(0.85, 1.15),
    values: {
      liver,
      muscle: between(52, 68),
      spleen: liver + (phase === "portal-venous" ? between(-5, 25) : between(10, 45)),
      stomach: between(8, 45),
      pancreas: between(60, 100),
      "lesion-viable": liver + between(-35, 60),
      "lesion-core": between(22, 45),
    },
  };
}
