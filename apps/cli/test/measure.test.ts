import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type Issue, unwrap } from "@livermark/core";
import { readMasks, readVolumeFromPath, writeNifti } from "@livermark/dicom";
import type { Grid } from "@livermark/imaging";
import { describeWithData, sharedPath, temporaryFolder } from "testkit";
import { describe, expect, it } from "vitest";
import { command as inspect } from "../src/commands/inspect.js";
import { command as measure } from "../src/commands/measure.js";
import { command as phantom } from "../src/commands/phantom.js";
import { call, json } from "./support.js";

interface Measured {
  readonly value: number;
  readonly unit: string;
  readonly parts: { readonly [name: string]: unknown };
}

describe("the papers' worked examples", () => {
  // Paper 000, figures 1, 5 and 6: signals before contrast and in the portal phase, and the printed ratio.
  it.each([
    [297, 709, 1.39],
    [221, 498, 1.25],
    [93, 148, 0.59],
    [102, 168, 0.65],
    [518, 1202, 1.32],
    [495, 829, 0.67],
    [506, 837, 0.65],
    [253, 600, 1.37],
  ])("SER of %d and %d is %f", async (pre, portal, printed) => {
    const { value, unit } = await json<Measured>(
      measure,
      "ser",
      "--si-pre",
      String(pre),
      "--si-portal",
      String(portal),
    );
    expect(value).toBeCloseTo((portal - pre) / pre, 12);
    expect(Number(value.toFixed(2))).toBe(printed);
    expect(unit).toBe("1");
  });

  // Paper 004, figures 2 and 4; the paper prints 44.8 %, 36.6 % and 22.0 %, and a change of 41 % (a misprint: −39.9 %).
  it("LETB of the printed volumes", async () => {
    const of = async (enhancing: number, liver: number): Promise<number> =>
      (await json<Measured>(measure, "letb", "--enhancing-ml", String(enhancing), "--liver-ml", String(liver))).value;
    expect((await of(2012, 4495)).toFixed(2)).toBe("44.76");
    const before = await of(1035, 2823);
    const after = await of(354, 1607);
    expect(before.toFixed(2)).toBe("36.66");
    expect(after.toFixed(2)).toBe("22.03");
    expect(((100 * (after - before)) / before).toFixed(1)).toBe("-39.9");
  });
});

describeWithData("3D-IRCADb-17", ["data/liver-ct-3dircadb01-17"], () => {
  const folder = sharedPath("data/liver-ct-3dircadb01-17");

  it("is one CT series of 119 slices without a gap", async () => {
    const { series, refused } = await json<{
      series: {
        files: number;
        slices: number;
        modality: string;
        spacingMm: number[];
        role: string;
        issues: { severity: string; code: string }[];
      }[];
      refused: unknown[];
    }>(inspect, join(folder, "PATIENT_DICOM.zip"));
    expect(series).toHaveLength(1);
    expect(refused).toEqual([]);
    expect(series[0]).toMatchObject({ files: 119, slices: 119, modality: "CT", role: "ct" });
    expect(series[0]?.spacingMm.map((mm) => mm.toFixed(3))).toEqual(["0.743", "0.743", "1.600"]);
    expect(series[0]?.issues.filter((issue) => issue.severity === "error")).toEqual([]);
  });

  it("has the liver and tumours of the published counts", async () => {
    const masks = ["liver", "livertumor1", "livertumor2"].flatMap((name) => [
      "--region",
      join(folder, `MASK_${name}.zip`),
    ]);
    const { regions } = await json<{
      regions: {
        voxels: number;
        volumeMl: number;
        mean: number;
        unit: string;
        longestAxialMm: number;
        longestAxialSlice: number;
      }[];
    }>(measure, "region-stats", "--image", join(folder, "PATIENT_DICOM.zip"), ...masks);
    expect(regions.map((r) => r.voxels)).toEqual([2106497, 96961, 89029]);
    expect(regions.map((r) => r.volumeMl.toFixed(2))).toEqual(["1860.62", "85.64", "78.64"]);
    expect(regions.map((r) => r.mean.toFixed(2))).toEqual(["99.37", "88.14", "63.27"]);
    expect(regions.map((r) => r.unit)).toEqual(["HU", "HU", "HU"]);
    expect(regions.slice(1).map((r) => [r.longestAxialMm.toFixed(2), r.longestAxialSlice])).toEqual([
      ["64.99", 96],
      ["77.56", 92],
    ]);
  });
});

describeWithData("ice-water diffusion phantom", ["data/adc-phantom-qiba"], () => {
  const root = sharedPath("data/adc-phantom-qiba");
  const work = temporaryFolder("adc");

  interface Vial {
    readonly roi: string;
    readonly centre_xyz: readonly number[];
    readonly n_voxels: number;
    readonly mrbias_adc: number;
    readonly loglinear_voxelwise_mean: number;
  }

  it.each(["rep1", "rep2"])("%s: every vial agrees with the reference fit and with MR-BIAS", async (repeat) => {
    const { vials } = JSON.parse(readFileSync(join(root, `${repeat}.expected.json`), "utf8")) as {
      vials: readonly Vial[];
    };
    const regions = vials.flatMap((vial) => {
      const file = join(work, `${repeat}-${vial.roi}.json`);
      writeFileSync(
        file,
        JSON.stringify({ kind: "disc", center: vial.centre_xyz, radiusMm: 8, unit: "voxel", name: vial.roi }),
      );
      return ["--region", file];
    });
    const measured = await json<Measured>(measure, "adc", join(root, repeat), ...regions);
    const found = measured.parts.regions as { name: string; voxels: number; mean: number }[];
    expect(measured.unit).toBe("mm2/s");
    expect(found.map(({ name }) => name)).toEqual(vials.map(({ roi }) => roi));
    for (const [i, vial] of vials.entries()) {
      const { voxels, mean } = found[i] ?? { voxels: 0, mean: 0 };
      expect(voxels).toBe(vial.n_voxels);
      const reference = vial.loglinear_voxelwise_mean * 1e-6;
      expect(Math.abs(mean - reference)).toBeLessThanOrEqual(Math.max(0.005 * reference, 4e-6));
      const other = vial.mrbias_adc * 1e-6;
      expect(Math.abs(mean - other)).toBeLessThanOrEqual(Math.max(0.02 * other, 12e-6));
    }
  });
});

describeWithData("IBSI digital phantom", ["data/ibsi/digital_phantom"], () => {
  it("has the consensus values", async () => {
    const folder = sharedPath("data/ibsi/digital_phantom");
    const { regions } = await json<{ regions: readonly { ibsi: { readonly [tag: string]: number } }[] }>(
      measure,
      "region-stats",
      "--image",
      join(folder, "phantom.nii.gz"),
      "--region",
      join(folder, "mask.nii.gz"),
      "--ibsi",
    );
    const printed = (tag: string): string => (regions[0]?.ibsi[tag] ?? Number.NaN).toPrecision(3);
    expect(["stat_mean", "stat_var", "stat_skew", "stat_energy", "stat_rms"].map(printed)).toEqual([
      "2.15",
      "3.05",
      "1.08",
      "567",
      "2.77",
    ]);
  });
});

describe("what a person decides for measure letb", () => {
  it("stands in the passport, each option by its name", async () => {
    const study = join(temporaryFolder("measure-overrides"), "study");
    await json(phantom, "letb-ct", "--out", study, "--seed", "2");
    const images = join(study, "images/P01/baseline");
    const regions = join(study, "regions/P01/baseline");
    const options = Object.keys(measure.options).filter((option) => option.endsWith("-override"));
    expect(options).toHaveLength(6);
    const { passport } = await json<{ passport: { parameters: { [name: string]: unknown } } }>(
      measure,
      "letb",
      ...["--pre", join(images, "unenhanced"), "--arterial", join(images, "late-arterial")],
      ...["--liver", join(regions, "liver.nii")],
      ...[1, 2, 3].flatMap((n) => ["--reference", join(regions, `reference-${n}.json`)]),
      ...["contrast", "cut-liver", "parts", "motion", "outline"].flatMap((fact) => [
        `--${fact}-override`,
        `${fact} was looked at`,
      ]),
    );
    expect(passport.parameters).toMatchObject({
      contrastOverride: "contrast was looked at",
      cutLiverOverride: "cut-liver was looked at",
      partsOverride: "parts was looked at",
      motionOverride: "motion was looked at",
      outlineOverride: "outline was looked at",
    });
  });
});

describeWithData("a mask on another grid", ["data/liver-ct-3dircadb01-17"], () => {
  it("is refused, and measured where resampling is asked for, with its volume before and after", async () => {
    const folder = temporaryFolder("measure-resampled");
    const image = sharedPath("data/liver-ct-3dircadb01-17/PATIENT_DICOM.zip");
    const { grid } = unwrap(await readVolumeFromPath(image));
    const [mask] = unwrap(
      await readMasks(sharedPath("data/liver-ct-3dircadb01-17/MASK_livertumor1.zip"), undefined, grid),
    );
    const [columns, rows, slices] = grid.size;
    const half = new Uint8Array((columns / 2) * (rows / 2) * slices);
    for (let n = 0; n < half.length; n++) {
      const i = n % (columns / 2);
      const row = (n - i) / (columns / 2);
      half[n] =
        mask?.data[2 * i + 2 * columns * (row % (rows / 2)) + columns * rows * Math.floor(row / (rows / 2))] ?? 0;
    }
    const [x, y, z] = grid.spacingMm;
    const path = join(folder, "half.nii");
    const halfGrid: Grid = { ...grid, size: [columns / 2, rows / 2, slices], spacingMm: [2 * x, 2 * y, z] };
    writeFileSync(path, writeNifti({ grid: halfGrid, data: half }));
    const args = ["region-stats", "--image", image, "--region", path];
    const refused = await call(measure, ...args);
    expect(refused.issues[0]?.code).toBe("grid-mismatch");
    expect(refused.issues[0]?.mend).toContain("--resample-masks");
    const { regions, issues } = await json<{ regions: { volumeMl: number }[]; issues: Issue[] }>(
      measure,
      ...args,
      "--resample-masks",
    );
    // The mask of the same tumour on its own grid holds 85.64 ml.
    expect(Math.abs(regions[0]!.volumeMl - 85.64)).toBeLessThan(0.5);
    const loss = issues.find(({ code }) => code === "mask-resampled");
    expect(loss?.got).toBe(`${regions[0]!.volumeMl.toFixed(3)} ml`);
    expect(loss?.wanted).toMatch(/^85\.\d{3} ml before resampling$/);
  });
});

describe("measure refuses", () => {
  it.each([
    [["nothing"], "usage"],
    [["ser", "--si-pre", "abc", "--si-portal", "2"], "usage"],
    [["ser", "--si-pre", "100"], "usage"],
    [["ser", "--si-pre", "0", "--si-portal", "10"], "non-positive-baseline"],
    [["letb", "--enhancing-ml", "10", "--liver-ml", "5"], "enhancing-volume-out-of-range"],
    [["letb"], "recipe-input-missing"],
    [["region-stats", "--image", "nowhere", "--region", "r.json"], ""],
  ])("%j", async (args, code) => {
    const result = await call(measure, ...args);
    expect(result.ok).toBe(false);
    if (code !== "") expect(result.issues.map((issue) => issue.code)).toContain(code);
    for (const issue of result.issues) expect(issue.message).not.toBe("");
  });
});
