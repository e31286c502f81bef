import { execFileSync } from "node:child_process";
import { join } from "node:path";
import { random, unwrap } from "@livermark/core";
import {
  adcMap,
  adcPlanes,
  adcReference,
  connectedComponents,
  countAboveReference,
  countEnhancing,
  cubeRoot,
  exponential,
  findRuns,
  findRunsReference,
  fitVoxel,
  maskedMeanSd,
  maskedSums,
  maskedSumsReference,
  moments,
  naturalLog,
  unitedRuns,
  unitedRunsReference,
  type VoxelArray,
  voxelMemory,
} from "@livermark/imaging";
import { repositoryRoot } from "testkit";
import { describe, expect, it } from "vitest";
import { grid, maskOf, volume } from "./make.js";

// Longer than a block of the copying path, and not a multiple of any vector width.
const n = 3 * 65536 + 13;
const draw = random(11);
const int16 = (low: number, high: number): Int16Array =>
  Int16Array.from({ length: n }, () => low + draw.integer(high - low + 1));
const bits = (length: number, share: number): Uint8Array =>
  Uint8Array.from({ length }, () => (draw.uniform() < share ? 1 : 0));
const extreme = int16(-32768, 32767);
const mask = bits(n, 0.4);

/** The same voxels inside the kernels' memory. */
function placed(values: Int16Array): Int16Array {
  const target = voxelMemory(2 * n)!.int16(n);
  target.set(values);
  return target;
}

describe("compiled kernels give what the plain loops give", () => {
  it("is compiled here", () => {
    expect(voxelMemory(16)).not.toBeNull();
  });

  it("counts enhancing voxels", () => {
    const pre = int16(-1024, 3071);
    const room = voxelMemory(5 * n + 64)!;
    const inRoom = [room.int16(n), room.int16(n), room.uint8(n)] as const;
    inRoom[2].set(mask);
    for (const arterial of [int16(-1024, 3071), extreme])
      for (const before of [pre, placed(pre)])
        for (const threshold of [65, 64.999, 0, -1.5, 32766.5, 32767, -32768.5, -40000, 70000]) {
          const want = countAboveReference(before, arterial, mask, threshold);
          expect(countEnhancing(before, arterial, mask, threshold)).toBe(want);
          inRoom[0].set(before);
          inRoom[1].set(arterial);
          expect(countEnhancing(...inRoom, threshold)).toBe(want);
        }
    const floats = Float32Array.from(pre, (x) => x + 0.5);
    expect(countEnhancing(floats, extreme, mask, 10)).toBe(countAboveReference(floats, extreme, mask, 10));
  });

  it("sums exactly, whatever the values", () => {
    for (const values of [extreme, new Int16Array(n).fill(-32768), int16(-10, 3000)]) {
      const want = maskedSumsReference(values, mask);
      expect(maskedSums(values, mask)).toEqual(want);
      const room = voxelMemory(3 * n + 64)!;
      const [x, m] = [room.int16(n), room.uint8(n)];
      x.set(values);
      m.set(mask);
      expect(maskedSums(x, m)).toEqual(want);
      const { mean, sd } = maskedMeanSd(values, mask)!;
      const plain = moments(Float64Array.from(values).filter((_, v) => mask[v] === 1));
      expect(mean).toBeCloseTo(plain.mean, 9);
      expect(sd).toBeCloseTo(plain.sd!, 8);
    }
    expect(maskedMeanSd(extreme, new Uint8Array(n))).toBeNull();
  });

  it("fits ADC to the last bit for integers and floats, from any memory", () => {
    for (const images of [2, 3, 4, 6]) {
      const weights = Array.from({ length: images }, () => draw.normal() * 1e-3);
      const whole = Array.from({ length: images }, () => int16(-3, 4000));
      const kinds: VoxelArray[][] = [
        whole,
        whole.map((p) => Uint16Array.from(p, (x) => x + 40000)),
        whole.map((p) => Float32Array.from(p, (x) => x * 0.37)),
        whole.map((p) => Float64Array.from(p)),
      ];
      for (const planes of kinds) {
        const want = new Float32Array(n);
        adcReference(planes, weights, want);
        const found = new Float32Array(n);
        adcPlanes(planes, weights, found);
        expect(sameBits(found, want)).toBe(true);
      }
      const room = voxelMemory((2 * images + 4) * n + 4096)!;
      const inRoom = whole.map((p) => {
        const target = room.int16(n);
        target.set(p);
        return target;
      });
      const out = room.float32(n);
      adcPlanes(inRoom, weights, out);
      const want = new Float32Array(n);
      adcReference(whole, weights, want);
      expect(sameBits(out, want)).toBe(true);
    }
  });

  it("maps what the voxel fit gives", () => {
    const g = grid([16, 16, 4]);
    const bs = [0, 100, 400, 800];
    const images = bs.map((b) => ({
      b,
      volume: volume(
        g,
        Int16Array.from({ length: 1024 }, () => Math.round(1000 * Math.exp(-b * 1e-3) + 20 * draw.normal())),
      ),
    }));
    for (const model of ["log-linear", "two-point"] as const) {
      const fast = unwrap(adcMap(images, { model, residualMap: false }));
      const slow = unwrap(adcMap(images, { model }));
      expect(fast.residual).toBeNull();
      expect(sameBits(fast.adc.data as Float32Array, slow.adc.data as Float32Array)).toBe(true);
      const one = fitVoxel(
        bs,
        images.map(({ volume: v }) => v.data[77]!),
        model,
        { kind: "none" },
      )!;
      expect(fast.adc.data[77]).toBe(Math.fround(one.adc));
    }
  });

  it("finds the same runs and components", () => {
    for (const [columns, rows, slices, share] of [
      [512, 300, 5, 0.5],
      [37, 41, 11, 0.3],
      [1, 5, 9, 0.6],
      [16, 16, 16, 1],
      [17, 9, 3, 0],
    ] as const) {
      const data = bits(columns * rows * slices, share);
      const inRoom = voxelMemory(data.length)!.uint8(data.length);
      inRoom.set(data);
      for (const input of [data, inRoom]) expect(findRuns(input, columns)).toEqual(findRunsReference(data, columns));
    }
    const g = grid([23, 19, 13]);
    for (const connectivity of [4, 6, 26] as const) {
      const m = { name: "m", grid: g, data: bits(23 * 19 * 13, { 4: 0.5, 6: 0.3, 26: 0.12 }[connectivity]) };
      expect(unitedRuns(m.data, g.size, connectivity)).toEqual(unitedRunsReference(m.data, g.size, connectivity));
      const found = connectedComponents(m, connectivity);
      const want = floodFill(m.data, g.size, connectivity);
      expect([...found.voxels]).toEqual([...want].sort((a, b) => b - a));
      const labels = found.labels();
      found.voxels.slice(0, 5).forEach((size, c) => {
        expect(labels.filter((l) => l === c + 1)).toHaveLength(size);
        expect(found.mask(c).data.reduce((sum, x) => sum + x, 0)).toBe(size);
      });
    }
    expect(connectedComponents(maskOf(g, () => false)).voxels).toEqual([]);
    // More runs than the shared memory holds.
    const wide = [2048, 1024, 2] as const;
    const many = Uint8Array.from({ length: 2048 * 2048 }, (_, v) => (v ^ (v >> 11)) & 1);
    const [own, plain] = [unitedRuns(many, wide, 6), unitedRunsReference(many, wide, 6)];
    for (const name of ["runs", "rowStart", "parent", "size"] as const)
      expect(
        Buffer.from(own[name].buffer, own[name].byteOffset, own[name].byteLength).equals(
          Buffer.from(plain[name].buffer),
        ),
      ).toBe(true);
  });

  it("has a logarithm, exponential and cube root that are right to 2 units in the last place", () => {
    const close = (found: number, want: number, least = 0): void =>
      expect(Math.abs(found - want)).toBeLessThanOrEqual(4.5e-16 * Math.max(Math.abs(want), least));
    for (let t = 0; t < 20000; t++) {
      const x = 40 * (draw.uniform() - 0.5);
      const y = Math.exp(x);
      close(naturalLog(y), Math.log(y), 0.25);
      close(exponential(x), y);
      close(cubeRoot(y), Math.cbrt(y));
    }
    expect([exponential(0), cubeRoot(0), cubeRoot(1000), naturalLog(1)]).toEqual([1, 0, 10, 0]);
    expect([exponential(-800), exponential(800)]).toEqual([0, Number.POSITIVE_INFINITY]);
  });
});

describe("compiled kernels are what their source gives", () => {
  it("compiles to the committed bytes", () => {
    const script = join(repositoryRoot, "packages/imaging/scripts/build-kernels.mjs");
    execFileSync(process.execPath, [script, "--check"], { stdio: "pipe" });
  });
});

const sameBits = (a: Float32Array, b: Float32Array): boolean =>
  Buffer.compare(
    Buffer.from(a.buffer, a.byteOffset, a.byteLength),
    Buffer.from(b.buffer, b.byteOffset, b.byteLength),
  ) === 0;

/** Sizes of the components by plain flood fill. */
function floodFill(data: Uint8Array, [columns, rows, slices]: readonly number[], connectivity: 4 | 6 | 26): number[] {
  const left = data.slice();
  const sizes: number[] = [];
  for (let seed = left.indexOf(1); seed >= 0; seed = left.indexOf(1, seed)) {
    const stack = [seed];
    left[seed] = 0;
    let size = 0;
    for (let v = stack.pop(); v !== undefined; v = stack.pop()) {
      size++;
      const [i, j, k] = [v % columns!, Math.floor(v / columns!) % rows!, Math.floor(v / (columns! * rows!))];
      for (const a of [-1, 0, 1])
        for (const b of [-1, 0, 1])
          for (const c of [-1, 0, 1]) {
            if (connectivity === 4 && c !== 0) continue;
            if (connectivity !== 26 && Math.abs(a) + Math.abs(b) + Math.abs(c) !== 1) continue;
            const [x, y, z] = [i + a, j + b, k + c];
            if (x < 0 || y < 0 || z < 0 || x >= columns! || y >= rows! || z >= slices!) continue;
            const u = (z * rows! + y) * columns! + x;
            if (left[u] === 0) continue;
            left[u] = 0;
            stack.push(u);
          }
    }
    sizes.push(size);
  }
  return sizes;
}
