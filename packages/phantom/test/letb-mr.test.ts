import { unwrap } from "@livermark/core";
import { readVolumeFromPath } from "@livermark/dicom";
import type { Grid, Mask, Volume } from "@livermark/imaging";
import { describeWithData, sharedPath } from "testkit";
import { describe, expect, it } from "vitest";
import {
  type LesionKind,
  type LetbMrOptions,
  type LetbVisit,
  letbCtPhantom,
  letbMrPatientFiles,
  letbMrPhantom,
  serMrPhantom,
  t2MrPhantom,
  tissueNames,
} from "../src/index.js";

const base: LetbMrOptions = {
  seed: 5,
  patient: "P1",
  body: { kind: "abdomen", size: [72, 60, 24], spacingMm: [4.4, 4.4, 7] },
  lesions: 5,
  timePoints: [
    { name: "baseline", date: "2024-01-10", enhancingFraction: 0.3, tumourFraction: 0.34 },
    { name: "follow-up-1", date: "2024-04-02", enhancingFraction: 0.12, tumourFraction: 0.3, liverScale: 0.96 },
  ],
  noiseSd: 0,
  samplesPerAxis: 1,
};

const difference = ({ volumes: [pre, arterial] }: LetbVisit): Float64Array =>
  Float64Array.from(arterial!.volume.data, (value, v) => value - pre!.volume.data[v]!);

/** Share of the liver in % that gains more than its parenchyma, which most of its voxels outside lesions are. */
function reading(visit: LetbVisit, above = 0): number {
  const gains = difference(visit);
  const [reference] = visit.references;
  if (reference?.kind !== "cube") throw new Error("references are cubes");
  const { grid } = visit.liver;
  const at = reference.center.map((x, axis) => Math.round((x - grid.originMm[axis]!) / grid.spacingMm[axis]!));
  const parenchyma = gains[(at[2]! * grid.size[1] + at[1]!) * grid.size[0] + at[0]!]!;
  let counted = 0;
  for (let v = 0; v < gains.length; v++) if (visit.liver.data[v] === 1 && gains[v]! > parenchyma + above) counted++;
  return (100 * counted) / visit.truth.liverVoxels;
}

const voxels = ({ data }: Mask): number => data.reduce((sum, flag) => sum + flag, 0);

describe("letbMrPhantom", () => {
  const { visits } = unwrap(letbMrPhantom(base));

  it("fills the set shares of the liver to one voxel, before and after treatment, and reads them back", () => {
    for (const [n, wanted] of [
      [0, 30],
      [1, 12],
    ] as const) {
      const visit = visits[n]!;
      const oneVoxel = 100 / visit.truth.liverVoxels + 1e-9;
      expect(Math.abs(visit.truth.letbPercent - wanted)).toBeLessThanOrEqual(oneVoxel);
      expect(reading(visit)).toBeCloseTo(visit.truth.letbPercent, 10);
      expect(voxels(visit.liver)).toBe(visit.truth.liverVoxels);
      expect(voxels(visit.viable)).toBe(visit.truth.enhancingVoxels);
      expect(visit.references).toHaveLength(3);
    }
    // A liver of 0.96 of the size has 0.885 of the volume, less what the borders of voxels add or take.
    expect(visits[1]!.truth.liverMl / visits[0]!.truth.liverMl).toBeCloseTo(0.96 ** 3, 1);
  });

  it("reads the definition's expectation with noise", () => {
    for (const visit of unwrap(letbMrPhantom({ ...base, noiseSd: 40 })).visits) {
      const { subtractionSd, expectedLetbPercent } = visit.truth;
      const clean = visits.find(({ name }) => name === visit.name)!;
      const gain = difference(clean)[clean.liver.data.indexOf(1)]!;
      const noisy = difference(visit);
      let counted = 0;
      for (let v = 0; v < noisy.length; v++)
        if (visit.liver.data[v] === 1 && noisy[v]! > gain + 2 * subtractionSd) counted++;
      expect(Math.abs((100 * counted) / visit.truth.liverVoxels - expectedLetbPercent)).toBeLessThan(1);
    }
  });

  it("moves the unenhanced phase by the stated displacement, and shows three phases", () => {
    const timePoints = base.timePoints.slice(0, 1);
    const phases = ["unenhanced", "late-arterial", "portal-venous"] as const;
    const moved = unwrap(letbMrPhantom({ ...base, timePoints, phases, motion: { shiftMm: [0, 0, 14], bendMm: 0 } }));
    const [pre, arterial, portal] = moved.visits[0]!.volumes;
    const plane = 72 * 60;
    const still = visits[0]!.volumes;
    expect(pre!.volume.data.slice(4 * plane, 20 * plane)).toEqual(still[0]!.volume.data.slice(2 * plane, 18 * plane));
    expect(arterial!.volume.data).toEqual(still[1]!.volume.data);
    expect(portal!.phase).toBe("portal-venous");
  });

  it("stores the same signal under slopes of its own", () => {
    const scaled = unwrap(letbMrPhantom({ ...base, scaling: "philips" })).visits[0]!;
    for (const [n, { volume, scale }] of scaled.volumes.entries()) {
      const own = visits[0]!.volumes[n]!.volume;
      expect(scale.scaleSlope).not.toBe(1);
      for (let v = 0; v < own.data.length; v += 101) expect(Math.abs(volume.data[v]! - own.data[v]!)).toBeLessThan(2);
    }
  });

  it("puts iodised oil into the cores of both phases", () => {
    const timePoints = [{ ...base.timePoints[0]!, lipiodol: true }];
    const oily = unwrap(letbMrPhantom({ ...base, timePoints })).visits[0]!;
    expect(reading(oily)).toBeCloseTo(visits[0]!.truth.letbPercent, 10);
    expect(oily.volumes[0]!.volume.data).not.toEqual(visits[0]!.volumes[0]!.volume.data);
  });

  it("writes DICOM of each phase and the masks", () => {
    const paths = letbMrPatientFiles({ ...unwrap(letbMrPhantom(base)) }).map(({ path }) => path);
    expect(paths.filter((path) => path.startsWith("images/P1/baseline/late-arterial/"))).toHaveLength(24);
    expect(paths).toContain("regions/P1/follow-up-1/liver.nii");
  });

  it.each([
    ["noise", { noiseSd: -1 }, "phantom-options"],
    ["shading", { shading: 1 }, "phantom-options"],
    ["kinds that do not enhance", { kinds: ["iso", "hypo"] }, "phantom-fraction"],
  ] as const)("refuses bad %s", (_, change, code) => {
    const result = letbMrPhantom({ ...base, ...change });
    expect(result.ok ? "" : result.issues[0]!.code).toBe(code);
  });
});

describe("lesions of every kind", () => {
  const shares: Readonly<Record<LesionKind, number>> = { hyper: 0.2, rim: 0.08, iso: 0, hypo: 0 };
  const one = (kind: LesionKind) => [
    { name: "baseline", date: "2024-01-10", enhancingFraction: shares[kind], tumourFraction: 0.2 },
  ];
  it.each(["hyper", "rim", "iso", "hypo"] as const)("%s: what enhances is known to the voxel on CT and MR", (kind) => {
    const common = { ...base, kinds: [kind], timePoints: one(kind) };
    const mr = unwrap(letbMrPhantom(common)).visits[0]!;
    const ct = unwrap(letbCtPhantom({ ...common, noise: { sd: 0 } })).visits[0]!;
    for (const visit of [mr, ct]) {
      // Mirrored voxels about a lesion's centre lie equally far from it and are cut together, up to eight at each of two cuts.
      const ties = 1600 / visit.truth.liverVoxels;
      expect(Math.abs(visit.truth.letbPercent - 100 * shares[kind])).toBeLessThanOrEqual(ties);
      expect(reading(visit)).toBeCloseTo(visit.truth.letbPercent, 10);
      expect(Math.abs((100 * visit.truth.tumourVoxels) / visit.truth.liverVoxels - 20)).toBeLessThanOrEqual(ties);
    }
  });

  it("live side by side, each lesion of one kind, the rims taking what is left to the core", () => {
    const kinds = ["hyper", "rim", "iso", "hypo"] as const;
    const timePoints = [{ name: "b", date: "2024-01-10", enhancingFraction: 0.09, tumourFraction: 0.2 }];
    const [visit] = unwrap(letbMrPhantom({ ...base, kinds, lesions: 8, timePoints })).visits;
    const { truth } = visit!;
    expect(reading(visit!)).toBeCloseTo(truth.letbPercent, 10);
    expect(Math.abs(truth.letbPercent - 9)).toBeLessThan(1600 / truth.liverVoxels);
    for (const { kind, voxels: all, enhancingVoxels } of truth.lesions) {
      if (kind === "hyper") expect(enhancingVoxels).toBe(all);
      if (kind === "iso" || kind === "hypo") expect(enhancingVoxels).toBe(0);
    }
    for (const { tissue, voxels: count } of truth.compartments) {
      expect(tissueNames).toContain(tissue);
      expect(count).toBeGreaterThan(0);
    }
  });
});

describe("liver masks of the other MR phantoms", () => {
  it("hold the tumour", () => {
    const place = { seed: 6, patient: "P1", size: [72, 64, 24], spacingMm: [4.6, 4.4, 7] } as const;
    const ser = unwrap(serMrPhantom({ ...place, timePoints: [{ name: "b", date: "2024-01-10", ser: 1 }], noiseSd: 0 }))
      .visits[0]!;
    const t2 = unwrap(t2MrPhantom({ ...place, date: "2024-01-10", sir: 1.4, noiseSd: 0 }));
    for (const { liver, tumour } of [ser, t2]) {
      expect(voxels(liver)).toBeGreaterThan(5 * voxels(tumour));
      tumour.data.forEach((flag, v) => {
        if (flag === 1) expect(liver.data[v]).toBe(1);
      });
    }
  });
});

/** Every fourth voxel in the plane and every third slice of a mask. */
function thinned({ grid, data }: Volume): Mask {
  const step = [4, 4, 3] as const;
  const [nx, ny] = grid.size;
  const [a, b, c] = grid.size.map((n, axis) => Math.floor(n / step[axis]!)) as [number, number, number];
  const coarse: Grid = {
    ...grid,
    size: [a, b, c],
    spacingMm: [grid.spacingMm[0] * step[0], grid.spacingMm[1] * step[1], grid.spacingMm[2] * step[2]],
  };
  const out = new Uint8Array(a * b * c);
  for (let v = 0; v < out.length; v++) {
    const [i, j, k] = [v % a, Math.floor(v / a) % b, Math.floor(v / (a * b))];
    if (data[(k * step[2] * ny + j * step[1]) * nx + i * step[0]]! > 0) out[v] = 1;
  }
  return { name: "liver", grid: coarse, data: out };
}

describeWithData("around the liver of 3D-IRCADb-01 case 17", ["data/liver-ct-3dircadb01-17"], () => {
  it("CT and MR are drawn, with and without vessels, and change as set", async () => {
    const liver = thinned(
      unwrap(await readVolumeFromPath(sharedPath("data", "liver-ct-3dircadb01-17", "MASK_liver.zip"))),
    );
    const options = (vessels: boolean) => ({ ...base, body: { kind: "around-mask" as const, liver, vessels } });
    const timePoints = base.timePoints.map(({ liverScale: _, ...point }) => point);
    for (const vessels of [false, true]) {
      const mr = unwrap(letbMrPhantom({ ...options(vessels), timePoints })).visits;
      const ct = unwrap(letbCtPhantom({ ...options(vessels), timePoints, noise: { sd: 0 } })).visits;
      for (const [n, wanted] of [30, 12].entries())
        for (const visit of [mr[n]!, ct[n]!]) {
          expect(Math.abs(visit.truth.letbPercent - wanted)).toBeLessThan(0.05);
          expect(reading(visit)).toBeCloseTo(visit.truth.letbPercent, 10);
        }
      const share = voxels(mr[0]!.liver) / voxels(liver);
      if (vessels) expect(share).toBeLessThan(0.99);
      else expect(share).toBe(1);
      expect(share).toBeGreaterThan(0.95);
    }
  });
});
