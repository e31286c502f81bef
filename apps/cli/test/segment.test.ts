import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { unwrap } from "@livermark/core";
import { readMasks, readVolumeFromPath, writeNifti } from "@livermark/dicom";
import { dice, type MaskOutline } from "@livermark/imaging";
import { ctSeriesFiles, letbCtPhantom } from "@livermark/phantom";
import { temporaryFolder } from "testkit";
import { beforeAll, describe, expect, it } from "vitest";
import { command } from "../src/commands/segment.js";
import { call, json } from "./support.js";

describe("livermark segment", () => {
  const folder = temporaryFolder("segment");
  const at = (name: string): string => join(folder, name);
  const visit = unwrap(
    letbCtPhantom({
      seed: 21,
      patient: "P1",
      body: { kind: "abdomen", size: [80, 64, 34], spacingMm: [4.1, 3.9, 5] },
      lesions: 3,
      timePoints: [{ name: "baseline", date: "2024-01-10", enhancingFraction: 0.05 }],
      noise: { sd: 8 },
      phases: ["portal-venous"],
    }),
  ).visits[0]!;

  beforeAll(() => {
    mkdirSync(at("ct"));
    const { volume } = visit.volumes[0]!;
    const place = { patient: "P1", visit: "baseline", date: "2024-01-10", number: 1 };
    for (const { path, bytes } of ctSeriesFiles(volume, "portal-venous", place))
      writeFileSync(join(at("ct"), path), bytes);
    writeFileSync(at("ct.nii"), writeNifti(volume));
  });

  it("writes one mask as NIfTI, NRRD and DICOM SEG, which come back the same", async () => {
    const grid = unwrap(await readVolumeFromPath(at("ct"))).grid;
    const found: Uint8Array[] = [];
    const said: (MaskOutline | undefined)[] = [];
    for (const name of ["a.nii.gz", "a.nrrd", "a.dcm"]) {
      const facts = await json<{ usable: boolean; method: string; outline: MaskOutline }>(
        command,
        "liver",
        at("ct"),
        "--out",
        at(name),
      );
      expect(facts).toMatchObject({ method: "classical", usable: true });
      const mask = unwrap(await readMasks(at(name), undefined, grid))[0]!;
      found.push(mask.data);
      said.push(mask.outline);
      expect(mask.outline).toEqual(facts.outline);
    }
    expect(found[1]).toEqual(found[0]);
    expect(found[2]).toEqual(found[0]);
    expect(said[0]).toMatchObject({ method: "draft", usable: true });
    expect(said[1]).toEqual(said[0]);
    expect(said[2]).toEqual(said[0]);
    expect(dice(found[0]!, visit.liver.data)).toBeGreaterThan(0.85);
    expect((await call(command, "liver", at("ct"), "--out", at("a.nrrd"))).issues[0]?.code).toBe("file-exists");
  }, 600_000);

  it("corrects an outline by a stroke of one kind, and the file keeps that it was edited", async () => {
    const volume = unwrap(await readVolumeFromPath(at("ct")));
    const half = visit.liver.data.map((flag, v) => (v < 0.6 * visit.liver.data.length ? flag : 0));
    const stroke = visit.liver.data.map((flag, v) => (v > 0.61 * visit.liver.data.length ? flag : 0));
    const outline = { method: "draft", estimatedDice: 0.7, usable: false } as const;
    writeFileSync(at("half.nii"), writeNifti({ grid: volume.grid, data: half, outline }));
    writeFileSync(at("stroke.nii"), writeNifti({ grid: volume.grid, data: stroke }));
    const correct = ["liver", at("ct"), "--out", at("c.nii.gz"), "--method", "seeds", "--correct", at("half.nii")];
    expect((await call(command, ...correct)).issues[0]?.code).toBe("no-strokes");
    const facts = await json<{ outline: MaskOutline }>(command, ...correct, "--inside", at("stroke.nii"));
    expect(facts.outline).toEqual({ method: "edited", from: "draft" });
    const mask = unwrap(await readMasks(at("c.nii.gz"), undefined, volume.grid))[0]!;
    expect(mask.outline).toEqual(facts.outline);
    expect(dice(mask.data, visit.liver.data)).toBeGreaterThan(dice(half, visit.liver.data) + 0.02);
  }, 600_000);

  it("needs the modality of a NIfTI, and files for the other methods", async () => {
    const code = async (...args: string[]) =>
      (await call(command, "liver", at("ct.nii"), "--out", at("b.nii"), ...args)).issues[0]?.code;
    expect(await code()).toBe("modality-unknown");
    expect(await code("--modality", "pet")).toBe("usage");
    expect(await code("--method", "guess")).toBe("usage");
    expect(await code("--method", "seeds")).toBe("usage");
    expect(await code("--method", "onnx")).toBe("usage");
    for (const [method, ...unused] of [
      ["classical", "--inside", "strokes.nii"],
      ["classical", "--correct", "draft.nii"],
      ["seeds", "--modality", "ct"],
      ["onnx", "--outside", "strokes.nii"],
    ] as const) {
      const refused = await call(command, "liver", at("ct.nii"), "--out", at("b.nii"), "--method", method, ...unused);
      expect(refused.issues[0]).toMatchObject({
        code: "usage",
        message: `segment --method ${method} does not use ${unused[0]} here.`,
      });
    }
    writeFileSync(at("card.json"), "{}");
    expect(await code("--method", "onnx", "--model", at("m.onnx"), "--card", at("card.json"))).toBe("model-card");
    expect(() => readFileSync(at("b.nii"))).toThrow();
  });
});
