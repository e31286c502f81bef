import { unwrap } from "@livermark/core";
import type { Region } from "@livermark/imaging";
import { rasterise } from "@livermark/imaging";
import { describe, expect, it } from "vitest";
import {
  attenuationAt,
  type DwiMrOptions,
  dwiMrPhantom,
  logLinearAdc,
  type MrImage,
  monoExponential,
  type T2MrOptions,
  t2MrPhantom,
} from "../src/index.js";

const place = { seed: 6, patient: "P1", date: "2024-01-10", size: [72, 64, 24], spacingMm: [4.6, 4.4, 7] } as const;

function mean({ volume }: MrImage, region: Region): number {
  const { data } = unwrap(rasterise(region, volume.grid));
  let sum = 0;
  let count = 0;
  for (let v = 0; v < data.length; v++)
    if (data[v] === 1) {
      sum += volume.data[v]!;
      count++;
    }
  return sum / count;
}

describe("dwiMrPhantom", () => {
  const base: DwiMrOptions = { ...place, bValues: [0, 50, 400, 800], tumour: monoExponential(1.05e-3), noiseSd: 0 };
  const fit = (options: DwiMrOptions): number => {
    const { images, region } = unwrap(dwiMrPhantom(options));
    const points = images.map(({ bValue, image }) => [bValue, Math.log(mean(image, region))] as const);
    const b0 = points.reduce((sum, [b]) => sum + b, 0) / points.length;
    const s0 = points.reduce((sum, [, s]) => sum + s, 0) / points.length;
    return (
      -points.reduce((sum, [b, s]) => sum + (b - b0) * (s - s0), 0) /
      points.reduce((sum, [b]) => sum + (b - b0) ** 2, 0)
    );
  };
  it("shows the set diffusion coefficient", () => {
    expect(fit(base) / 1.05e-3).toBeCloseTo(1, 2);
    expect(fit({ ...base, bValues: [50, 50, 800], shading: 0.3 }) / 1.05e-3).toBeCloseTo(1, 2);
  });
  it("shows the ADC that the b-values of a bi-exponential tissue give", () => {
    const tumour = { d: 1e-3, f: 0.2, dStar: 0.05 };
    expect(fit({ ...base, tumour }) / logLinearAdc(tumour, base.bValues)).toBeCloseTo(1, 2);
    expect(logLinearAdc(tumour, [0, 800])).toBeGreaterThan(logLinearAdc(tumour, [200, 800]));
    expect(logLinearAdc(monoExponential(1e-3), [0, 10, 900])).toBeCloseTo(1e-3, 12);
    // 0.2·exp(−5) + 0.8·exp(−0.1), by hand.
    expect(attenuationAt(tumour, 100)).toBeCloseTo(0.725218, 5);
  });
  it.each([[[500]], [[500, 500]], [[-1, 500]]])("refuses b-values %o", (bValues) => {
    const result = dwiMrPhantom({ ...base, bValues });
    expect(result.ok ? "" : result.issues[0]!.code).toBe("phantom-b-values");
  });
});

describe("t2MrPhantom", () => {
  const base: T2MrOptions = { ...place, sir: 1.418, noiseSd: 0 };
  const ratio = (options: T2MrOptions): number => {
    const { image, tumourRegion, muscleRegion } = unwrap(t2MrPhantom(options));
    return mean(image, tumourRegion) / mean(image, muscleRegion);
  };
  it("shows the set ratio of tumour to muscle, with and without fat suppression", () => {
    for (const fat of ["shown", "suppressed"] as const)
      for (const sir of [0.7, 1.418, 3]) expect(Math.abs(ratio({ ...base, fat, sir }) - sir)).toBeLessThan(0.012 * sir);
  });
  it("tells how coil shading changes it", () => {
    const shaded = { ...base, shading: 0.4 };
    const { truth } = unwrap(t2MrPhantom(shaded));
    expect(truth.shadedSir).not.toBeCloseTo(truth.sir, 2);
    expect(Math.abs(ratio(shaded) / truth.shadedSir - 1)).toBeLessThan(0.04);
  });
  it("refuses a ratio that no T2 gives", () => {
    const result = t2MrPhantom({ ...base, sir: 60 });
    expect(result.ok ? "" : result.issues[0]!.code).toBe("phantom-sir");
  });
});
