import { random, unwrap } from "@livermark/core";
import { describe, expect, it } from "vitest";
import {
  axesOf,
  findOnnxRuntime,
  type ModelCard,
  modelGrid,
  onnxPatchModel,
  outlineByModel,
  parseModelCard,
  sampleLinear,
  slidingWindow,
  windowStarts,
  windowWeights,
} from "../../src/segmentation/index.js";
import type { Vec3 } from "../../src/volume.js";
import { filled, grid, turnedAxes } from "../make.js";
import { thresholdModel } from "./tiny-onnx.js";

const json = {
  name: "liver",
  version: "1",
  modality: "ct",
  spacingMm: [2, 2, 2],
  orientation: "RAS",
  intensity: { kind: "window", low: -100, high: 300 },
  patch: [12, 10, 8],
  output: "logits",
  channels: 2,
  labels: { liver: 1 },
} as const;
const card: ModelCard = unwrap(parseModelCard(json));
const codes = (result: { readonly issues: readonly { readonly code: string; readonly path?: string }[] }) =>
  result.issues.map((issue) => issue.path ?? issue.code);

describe("parseModelCard", () => {
  it("fills in what has a usual value", () => {
    expect(card).toMatchObject({ overlap: 0.5, axisOrder: "zyx", inputName: "input", outputName: "output" });
    expect(card.intensity).toEqual({ kind: "window", low: -100, high: 300, to: [0, 1] });
  });
  it("names every wrong field at once", () => {
    expect(codes(parseModelCard(null)).length).toBeGreaterThan(6);
    expect(codes(parseModelCard({ ...json, spacingMm: [1, 1], orientation: "RAR", labels: { liver: 2 } }))).toEqual([
      "spacingMm",
      "orientation",
      "labels",
    ]);
    expect(
      codes(parseModelCard({ ...json, intensity: { kind: "standardise", low: 0, high: 1, mean: 0, sd: 0 } })),
    ).toEqual(["intensity"]);
    expect(codes(parseModelCard({ ...json, overlap: 1, patch: [1, 8, 8], channels: 0 }))).toEqual([
      "patch",
      "overlap",
      "channels",
      "labels",
    ]);
  });
});

describe("sliding windows", () => {
  it("reach both ends and overlap at least as wanted", () => {
    expect(windowStarts(100, 40, 0.5)).toEqual([0, 20, 40, 60]);
    expect(windowStarts(30, 40, 0.5)).toEqual([0]);
    for (const [length, patch, overlap] of [
      [97, 32, 0.25],
      [33, 32, 0.5],
      [64, 16, 0],
    ] as const) {
      const starts = windowStarts(length, patch, overlap);
      expect(starts.at(-1)).toBe(length - patch);
      for (let n = 1; n < starts.length; n++)
        expect(starts[n - 1]! + patch - starts[n]!).toBeGreaterThanOrEqual(Math.floor(patch * overlap));
    }
    const weights = windowWeights(9);
    expect(weights[4]).toBe(1);
    expect([...weights].reverse()).toEqual([...weights]);
  });
  it("give back the image where the model is the identity, whatever patch and overlap", async () => {
    const stream = random(4);
    const size: Vec3 = [23, 17, 9];
    const image = Float32Array.from({ length: 23 * 17 * 9 }, () => stream.normal());
    for (const [patch, overlap] of [
      [[8, 8, 8], 0.5],
      [[23, 17, 9], 0],
      [[40, 7, 16], 0.75],
    ] as [Vec3, number][]) {
      const result = await slidingWindow({ image, size, patch, overlap, channels: 2, padding: 0 }, (p) =>
        Float32Array.from([...p, ...p.map((x) => 1 - x)]),
      );
      for (let v = 0; v < image.length; v++) {
        expect(Math.abs(result![v]! - image[v]!)).toBeLessThan(1e-5);
        expect(Math.abs(result![image.length + v]! - (1 - image[v]!))).toBeLessThan(1e-5);
      }
    }
  });
  it("stop when cancelled and count up to the end", async () => {
    const input = {
      image: new Float32Array(1000),
      size: [10, 10, 10] as Vec3,
      patch: [6, 6, 6] as Vec3,
      overlap: 0.5,
      channels: 1,
      padding: 0,
    };
    const seen: number[] = [];
    await slidingWindow({ ...input, onProgress: (share) => seen.push(share) }, (p) => p);
    expect(seen.at(-1)).toBe(1);
    expect(await slidingWindow({ ...input, isCancelled: () => true }, (p) => p)).toBeNull();
  });
});

describe("the model's grid", () => {
  it("points where the letters say", () => {
    expect(axesOf("RAS")).toEqual([
      [-1, 0, 0],
      [0, -1, 0],
      [0, 0, 1],
    ]);
    expect(axesOf("PIL")).toEqual([
      [0, 1, 0],
      [0, 0, -1],
      [1, 0, 0],
    ]);
  });
  it("holds every voxel, and a linear field comes back through any orientation", () => {
    for (const axes of [grid([2, 2, 2]).axes, turnedAxes(0.3), turnedAxes(0.5, true)])
      for (const orientation of ["RAS", "LPS", "SAL"]) {
        const own = grid([14, 12, 9], [1.5, 2, 3], { originMm: [-40, 12, 7], axes });
        const toward = modelGrid(own, orientation, [1.2, 1.1, 1.3]);
        const p = (g: typeof own, i: number, j: number, k: number): number => {
          const [a, b, c] = g.axes;
          const at = (n: 0 | 1 | 2) =>
            g.originMm[n] + i * g.spacingMm[0] * a[n] + j * g.spacingMm[1] * b[n] + k * g.spacingMm[2] * c[n];
          return 3 * at(0) - 2 * at(1) + at(2);
        };
        const field = filled(own, (i, j, k) => p(own, i, j, k));
        const there = sampleLinear(field.data, own, toward, Number.NaN);
        const back = sampleLinear(
          there.map((x) => (Number.isNaN(x) ? 0 : x)),
          toward,
          own,
          Number.NaN,
        );
        // Inner voxels: at an oblique volume's corner the model's grid has neighbours that lie outside.
        for (const [i, j, k] of [
          [6, 6, 4],
          [7, 5, 4],
        ] as const)
          expect(back[(k * 12 + j) * 14 + i]).toBeCloseTo(p(own, i, j, k), 2);
        expect(back.some((x) => Number.isNaN(x))).toBe(false);
      }
  });
});

describe("outlineByModel", () => {
  const own = grid([40, 36, 14], [1.5, 1.5, 4], { originMm: [10, -20, 5] });
  const inside = (i: number, j: number, k: number): boolean => Math.hypot(1.5 * i - 28, 1.5 * j - 26, 4 * k - 26) <= 17;
  const ct = filled(own, (i, j, k) => (inside(i, j, k) ? 110 : -60));
  /** Logits of "above 30 HU" after the window of the card. */
  const above = (patch: Float32Array): Float32Array =>
    Float32Array.from([...patch.map((x) => -40 * (x - 0.325)), ...patch.map((x) => 40 * (x - 0.325))]);
  const overlap = (found: Uint8Array): number => {
    let both = 0;
    let sum = 0;
    let n = 0;
    for (let k = 0; k < 14; k++)
      for (let j = 0; j < 36; j++)
        for (let i = 0; i < 40; i++) {
          const truth = Number(inside(i, j, k));
          both += truth * found[n]!;
          sum += truth + found[n]!;
          n++;
        }
    return (2 * both) / sum;
  };
  it("finds a ball by threshold, in any orientation and axis order", async () => {
    for (const orientation of ["RAS", "LPS", "SRA"]) {
      const [liver] = unwrap(await outlineByModel(ct, { ...card, orientation }, above));
      expect(liver!.label).toBe("liver");
      expect(overlap(liver!.mask.data)).toBeGreaterThan(0.93);
    }
    const sigmoid: ModelCard = { ...card, output: "sigmoid", channels: 1, labels: { liver: 0 } };
    const [liver] = unwrap(await outlineByModel(ct, sigmoid, (p) => p.map((x) => Number(x > 0.325))));
    expect(overlap(liver!.mask.data)).toBeGreaterThan(0.93);
  });
  it("refuses another modality, a model that does not keep its card, too much memory, and a cancelled run", async () => {
    const code = async (result: ReturnType<typeof outlineByModel>) => (await result).issues[0]?.code;
    expect(await code(outlineByModel({ ...ct, unit: "a.u.", modality: "MR" }, card, above))).toBe("model-modality");
    expect(await code(outlineByModel({ ...ct, unit: "a.u.", modality: "OT" }, card, above))).toBe("model-modality");
    expect(
      await code(outlineByModel({ ...ct, unit: "a.u.", modality: "OT" }, card, above, { modality: "ct" })),
    ).toBeUndefined();
    expect(await code(outlineByModel(ct, card, (p) => p))).toBe("model-failed");
    expect(await code(outlineByModel(ct, { ...card, channels: 100_000 }, above))).toBe("model-memory");
    expect(await code(outlineByModel(ct, card, above, { isCancelled: () => true }))).toBe("cancelled");
  });
});

describe("the ONNX runtime", () => {
  it("is refused with a way to mend where none is installed", async () => {
    const refused = await findOnnxRuntime(async () => {
      throw new Error("Cannot find module");
    });
    expect(refused.issues[0]).toMatchObject({ code: "onnx-runtime-missing" });
    expect((await findOnnxRuntime(async () => ({}))).ok).toBe(false);
  });
  it("is asked in the card's axis order, and a wrong tensor name or file is refused", async () => {
    const asked: (readonly number[])[] = [];
    class Tensor {
      readonly data: Float32Array;
      constructor(_type: "float32", data: Float32Array, dims: readonly number[]) {
        asked.push(dims);
        this.data = data;
      }
    }
    const fake = {
      Tensor,
      InferenceSession: {
        create: async (bytes: Uint8Array) => {
          if (bytes.length === 0) throw new Error("no model");
          return {
            inputNames: ["input"],
            outputNames: ["output"],
            run: async (feeds: { readonly [name: string]: { readonly data: unknown } }) => ({ output: feeds.input! }),
          };
        },
      },
    };
    const runtime = unwrap(
      await findOnnxRuntime(async (name) => (name === "onnxruntime-web" ? { default: fake } : {})),
    );
    const patch = Float32Array.from({ length: 24 }, (_, n) => n);
    for (const axisOrder of ["zyx", "xyz"] as const) {
      const model = unwrap(await onnxPatchModel(runtime, Uint8Array.of(1), { ...card, axisOrder, channels: 1 }));
      expect(await model(patch, [2, 3, 4])).toEqual(patch);
    }
    expect(asked).toEqual([
      [1, 1, 4, 3, 2],
      [1, 1, 2, 3, 4],
    ]);
    const wrong = await onnxPatchModel(runtime, Uint8Array.of(1), { ...card, outputName: "logits" });
    expect(wrong.issues[0]?.code).toBe("onnx-tensor");
    expect((await onnxPatchModel(runtime, new Uint8Array(0), card)).issues[0]?.code).toBe("onnx-model");
  });
  it("runs a model made by hand", async () => {
    const bytes = thresholdModel(40, 13);
    expect(bytes.length).toBeLessThan(300);
    const model = unwrap(await onnxPatchModel(unwrap(await findOnnxRuntime()), bytes, card));
    const result = await model(Float32Array.of(0.2, 0.4, 0.3, 0.5), [2, 2, 1]);
    expect([...result].map((x) => Math.round(10 * x) / 10)).toEqual([5, -3, 1, -7, -5, 3, -1, 7]);
  });
  it("refuses bytes that are no model, and a model without the card's tensor", async () => {
    const runtime = unwrap(await findOnnxRuntime());
    expect((await onnxPatchModel(runtime, Uint8Array.of(1, 2, 3), card)).issues[0]?.code).toBe("onnx-model");
    const other = await onnxPatchModel(runtime, thresholdModel(40, 13), { ...card, inputName: "image" });
    expect(other.issues[0]).toMatchObject({ code: "onnx-tensor", got: "input", wanted: "image" });
  });
  it("outlines by a real runtime what it outlines by a function, in both axis orders", async () => {
    const own = grid([40, 36, 14], [1.5, 1.5, 4], { originMm: [10, -20, 5] });
    const ct = filled(own, (i, j, k) => 60 + 50 * Math.sin(0.3 * i) + 40 * Math.cos(0.2 * j + 0.5 * k));
    const runtime = unwrap(await findOnnxRuntime());
    for (const axisOrder of ["zyx", "xyz"] as const) {
      const named: ModelCard = { ...card, axisOrder };
      const model = unwrap(await onnxPatchModel(runtime, thresholdModel(40, 13), named));
      const [byRuntime] = unwrap(await outlineByModel(ct, named, model));
      const [byFunction] = unwrap(
        await outlineByModel(ct, named, (patch) =>
          Float32Array.from([...patch.map((x) => 13 - 40 * x), ...patch.map((x) => 40 * x - 13)]),
        ),
      );
      let differing = 0;
      for (let v = 0; v < byRuntime!.mask.data.length; v++)
        if (byRuntime!.mask.data[v] !== byFunction!.mask.data[v]) differing++;
      expect(byRuntime!.volumeMl).toBeGreaterThan(1);
      expect(differing).toBeLessThanOrEqual(2);
    }
  });
});
