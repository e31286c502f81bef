import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { unwrap } from "@livermark/core";
import { readMasks, readVolumeFromPath } from "@livermark/dicom";
import { ctSeriesFiles, letbCtPhantom } from "@livermark/phantom";
import { temporaryFolder } from "testkit";
import { beforeAll, describe, expect, it } from "vitest";
import { thresholdModel } from "../../../packages/imaging/test/segmentation/tiny-onnx.js";
import { command } from "../src/commands/segment.js";
import { call, json } from "./support.js";

describe("livermark segment --method onnx, with the runtime itself", () => {
  const folder = temporaryFolder("segment-model");
  const at = (name: string): string => join(folder, name);
  const card = {
    name: "bright",
    version: "1",
    modality: "ct",
    spacingMm: [4, 4, 5],
    orientation: "LPS",
    intensity: { kind: "window", low: -200, high: 300 },
    patch: [32, 32, 16],
    output: "softmax",
    channels: 2,
    labels: { liver: 1 },
  };
  beforeAll(() => {
    const body = { kind: "abdomen", size: [60, 48, 24], spacingMm: [5.2, 5.2, 7] } as const;
    const timePoints = [{ name: "baseline", date: "2024-01-10", enhancingFraction: 0.1 }];
    const visit = unwrap(
      letbCtPhantom({
        seed: 5,
        patient: "P1",
        body,
        lesions: 2,
        timePoints,
        noise: { sd: 8 },
        phases: ["portal-venous"],
      }),
    ).visits[0]!;
    mkdirSync(at("ct"));
    const place = { patient: "P1", visit: "baseline", date: "2024-01-10", number: 1 };
    for (const { path, bytes } of ctSeriesFiles(visit.volumes[0]!.volume, "portal-venous", place))
      writeFileSync(join(at("ct"), path), bytes);
    // Logits cross where the windowed value is 0.6: at 100 HU.
    writeFileSync(at("model.onnx"), thresholdModel(50, 30));
    writeFileSync(at("card.json"), JSON.stringify(card));
  });
  const segment = (...more: string[]): string[] => [
    "liver",
    at("ct"),
    "--method",
    "onnx",
    "--card",
    at("card.json"),
    ...more,
  ];

  it("writes what the model marks, on the image's own voxels", async () => {
    const facts = await json<{ volumeMl: number; method: string }>(
      command,
      ...segment("--model", at("model.onnx"), "--out", at("a.nii.gz")),
    );
    expect(facts.method).toBe("onnx");
    const image = unwrap(await readVolumeFromPath(at("ct")));
    const mask = unwrap(await readMasks(at("a.nii.gz"), undefined, image.grid))[0]!.data;
    let [agree, marked] = [0, 0];
    for (let v = 0; v < mask.length; v++) {
      const bright = image.data[v]! > 100 ? 1 : 0;
      marked += bright;
      if (mask[v] === bright) agree++;
    }
    // The model works on a grid of its own, so that voxels at an edge may fall on either side.
    expect(marked).toBeGreaterThan(1000);
    expect(agree / mask.length).toBeGreaterThan(0.95);
  });

  it("refuses a file that is no model and a label that the card does not name, and writes nothing", async () => {
    writeFileSync(at("text.onnx"), "not a model");
    const refused = await call(command, ...segment("--model", at("text.onnx"), "--out", at("b.nrrd")));
    expect(refused.issues[0]?.code).toBe("onnx-model");
    const label = await call(
      command,
      ...segment("--model", at("model.onnx"), "--label", "spleen", "--out", at("b.nrrd")),
    );
    expect(label.issues[0]).toMatchObject({ code: "model-label", got: "liver", wanted: "spleen" });
    const missing = await readMasks(at("b.nrrd"), undefined, unwrap(await readVolumeFromPath(at("ct"))).grid);
    expect(missing.ok).toBe(false);
  });
});
