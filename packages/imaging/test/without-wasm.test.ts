import { random } from "@livermark/core";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";

// A fresh copy of the room in an engine that has no WebAssembly.
describe("without compiled kernels", () => {
  let imaging: typeof import("@livermark/imaging");
  beforeAll(async () => {
    vi.stubGlobal("WebAssembly", undefined);
    vi.resetModules();
    imaging = await import("@livermark/imaging");
  });
  afterAll(() => {
    vi.unstubAllGlobals();
    vi.resetModules();
  });

  it("the plain loops answer", () => {
    const draw = random(3);
    const n = 5000;
    const pre = Int16Array.from({ length: n }, () => draw.integer(100));
    const arterial = Int16Array.from({ length: n }, () => draw.integer(150));
    const mask = Uint8Array.from({ length: n }, () => draw.integer(2));
    expect(imaging.voxelMemory(16)).toBeNull();
    expect(imaging.countEnhancing(pre, arterial, mask, 20)).toBe(imaging.countAboveReference(pre, arterial, mask, 20));
    expect(imaging.maskedSums(pre, mask)).toEqual(imaging.maskedSumsReference(pre, mask));
    expect(imaging.findRuns(mask, 50)).toEqual(imaging.findRunsReference(mask, 50));
    const [found, want] = [new Float32Array(n), new Float32Array(n)];
    imaging.adcPlanes([pre, arterial], [1e-3, -1e-3], found);
    imaging.adcReference([pre, arterial], [1e-3, -1e-3], want);
    expect(found).toEqual(want);
  });
});
