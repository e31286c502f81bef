import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { unwrap } from "@livermark/core";
import { readVolumeFromPath, writeNifti } from "@livermark/dicom";
import { dwiMrPhantom, dwiPatientFiles } from "@livermark/phantom";
import { diffusionImages } from "@livermark/pipeline";
import { describeWithData, sharedPath, sharedText, temporaryFolder } from "testkit";
import { beforeAll, describe, expect, it } from "vitest";
import { command as adc } from "../src/commands/adc.js";
import { command as measure } from "../src/commands/measure.js";
import { call, json } from "./support.js";

interface Map {
  readonly bValues: readonly number[];
  readonly unit: string;
  readonly voxelsWithoutFit: number;
}

describe("livermark adc", () => {
  const folder = temporaryFolder("adc");
  const at = (...names: string[]): string => join(folder, ...names);
  const phantom = unwrap(
    dwiMrPhantom({
      seed: 5,
      patient: "P1",
      date: "2024-01-10",
      size: [48, 44, 12],
      spacingMm: [6.1, 5.9, 9],
      bValues: [50, 400, 800],
      tumour: { d: 1.1e-3, f: 0.1, dStar: 0.03 },
      noiseSd: 4,
    }),
  );

  beforeAll(async () => {
    for (const { path, bytes } of dwiPatientFiles(phantom, "standard")) {
      mkdirSync(dirname(at("dwi", path)), { recursive: true });
      writeFileSync(at("dwi", path), bytes);
    }
    const { images } = unwrap(await diffusionImages([at("dwi")]));
    for (const { b, volume } of images) {
      writeFileSync(at(`b${b}.nii`), writeNifti({ ...volume, data: Float32Array.from(volume.data) }));
      writeFileSync(at(`b${b}.bval`), `${b}\n`);
    }
    // As editors on Windows save it, with a byte order mark.
    writeFileSync(at("roi.json"), `\uFEFF${JSON.stringify(phantom.region)}`);
  });

  it("writes one map in every format, which measures as the images do", async () => {
    const outs = ["map.nii", "map.nii.gz", "map.nrrd", "map.mha", "map.dcm"].map((name) => at(name));
    const written = await json<Map>(adc, at("dwi"), ...outs.flatMap((out) => ["--out", out]));
    expect(written).toMatchObject({ bValues: [50, 400, 800], unit: "mm2/s", out: outs });
    const [first, ...others] = await Promise.all(outs.map(async (out) => unwrap(await readVolumeFromPath(out)).data));
    for (const other of others) expect(Float32Array.from(other)).toEqual(first);
    // The real-world map names quantity and unit, by which any reader knows the numbers.
    const bytes = readFileSync(at("map.dcm")).toString("latin1");
    for (const word of ["113041", "Apparent Diffusion Coefficient", "mm2/s", "113250", "b 50, 400, 800 s/mm2"])
      expect(bytes).toContain(word);
    expect(bytes.split("Source image diffusion b-value")).toHaveLength(4);
    expect(bytes).not.toContain("113260");
    const direct = await json<{ value: number }>(measure, "adc", at("dwi"), "--region", at("roi.json"));
    const onMap = await json<{ value: number }>(measure, "adc", "--image", at("map.dcm"), "--region", at("roi.json"));
    expect(onMap.value).toBeCloseTo(direct.value, 9);
    expect(direct.value).toBeCloseTo(phantom.truth.adcLogLinear, 4);
  });

  it("uses the b-values and the model that are asked for", async () => {
    const written = await json<Map>(
      adc,
      at("dwi"),
      "--b",
      "50,800",
      "--model",
      "two-point",
      "--out",
      at("two.nii"),
      "--residual",
      at("left.nii"),
    );
    expect(written).toMatchObject({ bValues: [50, 800], model: "two-point" });
    const left = unwrap(await readVolumeFromPath(at("left.nii"))).data;
    expect(Math.max(...Array.from(left).filter(Number.isFinite))).toBeLessThan(1e-3);
  });

  it("takes NIfTI with b-values beside them or given, and gives the DICOM map", async () => {
    const files = [50, 400, 800].map((b) => at(`b${b}.nii`));
    await json(adc, at("dwi"), "--out", at("dicom.nii"));
    const beside = await json<Map & { bValuesFrom: string }>(adc, ...files, "--out", at("beside.nii"));
    expect(beside.bValuesFrom).toBe(".bval files");
    await json(adc, ...files, "--bvals", "50,400,800", "--out", at("given.nii"));
    const data = async (name: string) => unwrap(await readVolumeFromPath(at(name))).data;
    expect(await data("beside.nii")).toEqual(await data("dicom.nii"));
    expect(await data("given.nii")).toEqual(await data("dicom.nii"));
    const region = ["--region", at("roi.json")];
    const measured = await json<{ value: number }>(measure, "adc", ...files, ...region);
    const direct = await json<{ value: number }>(measure, "adc", at("dwi"), ...region);
    expect(measured.value).toBeCloseTo(direct.value, 9);
  });

  it.each([
    ["no images", ["--out", "x.nii"], "usage"],
    ["another ending", ["dwi", "--out", "x.png"], "usage"],
    ["an unknown model", ["dwi", "--out", "x.nii", "--model", "kurtosis"], "usage"],
    ["one b-value", ["dwi", "--out", "x.nii", "--b", "400"], "one-b-value"],
    ["a b-value that is not there", ["dwi", "--out", "x.nii", "--b", "50,600"], "b-value-not-found"],
    ["b-values for DICOM", ["dwi", "--out", "x.nii", "--bvals", "50,400,800"], "b-values-in-header"],
    ["too few b-values", ["b50.nii", "b400.nii", "--out", "x.nii", "--bvals", "50"], "b-values-count"],
    ["a b-value that is none", ["b50.nii", "b400.nii", "--out", "x.nii", "--bvals", "50,high"], "bad-b-value"],
    ["DICOM from NIfTI", ["b50.nii", "b400.nii", "--out", "x.dcm"], "not-one-series"],
    ["DICOM and NIfTI together", ["dwi", "b400.nii", "--out", "x.nii"], "mixed-formats"],
    ["a NIfTI without b-values", ["lone.nii", "--out", "x.nii"], "no-b-values"],
    ["a file that exists", ["dwi", "--out", "roi.nii"], "file-exists"],
    ["no diffusion images", ["none", "--out", "x.nii"], "too-few-b-values"],
  ])("refuses %s", async (_, args, code) => {
    mkdirSync(at("none"), { recursive: true });
    writeFileSync(at("lone.nii"), writeNifti({ grid: phantom.tumour.grid, data: phantom.tumour.data }));
    writeFileSync(at("roi.nii"), "");
    const paths = args.map((arg) => (arg.startsWith("-") || /^(log|two|kurt|\d)/.test(arg) ? arg : at(arg)));
    const refused = await call(adc, ...paths);
    expect(refused.ok).toBe(false);
    expect(refused.issues[0]?.code).toBe(code);
  });
});

describeWithData("the ice-water phantom", ["data/adc-phantom-qiba"], () => {
  const folder = temporaryFolder("adc-qiba");

  it("has the map that an independent fit gives in each vial", async () => {
    const root = sharedPath("data/adc-phantom-qiba");
    const out = join(folder, "map.nii");
    await json(adc, join(root, "rep1"), "--out", out);
    const { vials } = JSON.parse(sharedText("data/adc-phantom-qiba/rep1.expected.json")) as {
      vials: readonly { roi: string; centre_xyz: readonly number[]; loglinear_voxelwise_mean: number }[];
    };
    const regions = vials.flatMap(({ roi, centre_xyz: center }) => {
      const file = join(folder, `${roi}.json`);
      writeFileSync(file, JSON.stringify({ kind: "disc", center, radiusMm: 8, unit: "voxel", name: roi }));
      return ["--region", file];
    });
    const found = await json<{ regions: readonly { mean: number }[] }>(
      measure,
      "region-stats",
      "--image",
      out,
      ...regions,
    );
    for (const [n, vial] of vials.entries()) {
      const reference = vial.loglinear_voxelwise_mean * 1e-6;
      expect(Math.abs((found.regions[n]?.mean ?? 0) - reference)).toBeLessThanOrEqual(
        Math.max(0.005 * reference, 4e-6),
      );
    }
  });
});
