import { unwrap } from "@livermark/core";
import { deltaSer, letbChange, letbFromVolumes, serFromSignals } from "@livermark/imaging";
import { describe, expect, it } from "vitest";
import { codes } from "./make.js";

const rounded = (x: number, digits = 2): number => Number(x.toFixed(digits));
const serOf = (siPre: number, siPortal: number): number => unwrap(serFromSignals([{ siPre, siPortal }])).value;

describe("worked examples of the papers", () => {
  it.each([
    [297, 709, 1.39, 221, 498, 1.25, 0.14],
    [93, 148, 0.59, 102, 168, 0.65, -0.06],
    [518, 1202, 1.32, 495, 829, 0.67, 0.65],
    [506, 837, 0.65, 253, 600, 1.37, -0.72],
  ])(
    "SER %d → %d is %d at baseline; %d → %d is %d at follow-up; difference %d",
    (pre, portal, b, preF, portalF, f, delta) => {
      expect(rounded(serOf(pre, portal))).toBe(b);
      expect(rounded(serOf(preF, portalF))).toBe(f);
      expect(rounded(unwrap(deltaSer(b, f)))).toBe(delta);
    },
  );

  it("LETB from the printed volumes, and its change", () => {
    const letb = (enhancingMl: number, liverMl: number) => unwrap(letbFromVolumes({ enhancingMl, liverMl })).value;
    expect(rounded(letb(2012, 4495))).toBe(44.76);
    expect(rounded(letb(1035, 2823))).toBe(36.66);
    expect(rounded(letb(354, 1607))).toBe(22.03);
    expect(rounded(unwrap(letbChange(letb(1035, 2823), letb(354, 1607))), 1)).toBe(-39.9);
  });

  it("averages signals over lesions, or SERs when asked, and keeps both", () => {
    const signals = [
      { siPre: 100, siPortal: 250 },
      { siPre: 300, siPortal: 450 },
    ];
    const bySignal = unwrap(serFromSignals(signals));
    expect(bySignal.value).toBe(0.75);
    expect(bySignal.parts).toMatchObject({ serOfMeanSignal: 0.75, meanOfSers: 1 });
    expect(unwrap(serFromSignals(signals, { combine: "mean-ser" })).value).toBe(1);
  });

  it("refuses what has no meaning", () => {
    expect(codes(serFromSignals([{ siPre: 0, siPortal: 100 }]))).toEqual(["non-positive-baseline"]);
    expect(codes(serFromSignals([{ siPre: -5, siPortal: 100 }]))).toEqual(["non-positive-baseline"]);
    expect(codes(serFromSignals([{ siPre: 5, siPortal: Number.NaN }]))).toEqual(["signal-not-finite"]);
    expect(codes(serFromSignals([]))).toEqual(["no-region"]);
    expect(codes(letbChange(0, 10))).toEqual(["zero-baseline"]);
    expect(codes(letbFromVolumes({ enhancingMl: 5, liverMl: 0 }))).toEqual(["non-positive-volume"]);
    expect(codes(letbFromVolumes({ enhancingMl: 50, liverMl: 40 }))).toEqual(["enhancing-volume-out-of-range"]);
  });
});
