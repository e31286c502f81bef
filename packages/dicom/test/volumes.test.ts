import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { unwrap } from "@livermark/core";
import type { Grid } from "@livermark/imaging";
import { describeWithData, describeWithTools, runTool, sharedPath, temporaryFolder } from "testkit";
import { expect, it } from "vitest";
import { assembleDwi, indexFolder, inspect, readMasks, readVolume, readVolumeFromPath } from "../src/index.js";
import { reorder } from "../src/masks/match-grid.js";

const count = (data: Uint8Array): number => data.reduce((sum, v) => sum + v, 0);

describeWithData("3D-IRCADb case 17", ["data/liver-ct-3dircadb01-17"], () => {
  const folder = (name: string): string => sharedPath("data/liver-ct-3dircadb01-17", name);
  let known: Grid | null = null;
  const ctGrid = (): Grid => {
    known ??= unwrap(indexFolder(folder("PATIENT_DICOM.zip"))).series[0]!.stacks[0]!.grid;
    return known!;
  };

  it("is one CT series of 119 slices without a gap", async () => {
    const { series, refused } = unwrap(await inspect(folder("PATIENT_DICOM.zip")));
    expect(refused).toEqual([]);
    expect(series).toHaveLength(1);
    const [ct] = series;
    expect(ct).toMatchObject({ modality: "CT", role: "ct", files: 119, slices: 119, rows: 512, columns: 512 });
    expect(ct!.spacingMm!.map((mm) => Number(mm.toFixed(3)))).toEqual([0.743, 0.743, 1.6]);
    expect(ct!.issues.map((issue) => issue.code)).toEqual(["not-deidentified"]);
    expect(ct!.issues[0]!.mend).toContain("livermark deidentify");
  });

  it.each([
    ["MASK_liver.zip", "liver", 2106497, 1860.62],
    ["MASK_livertumor1.zip", "livertumor1", 96961, 85.64],
    ["MASK_livertumor2.zip", "livertumor2", 89029, 78.64],
    ["MASK_portalvein.zip", "portalvein", 53746, 47.47],
  ])("%s lies on the CT by geometry, although its study differs", async (file, name, voxels, ml) => {
    const grid = ctGrid();
    const masks = unwrap(await readMasks(folder(file), undefined, grid));
    expect(masks.map((mask) => [mask.name, mask.label])).toEqual([[name, 255]]);
    expect(count(masks[0]!.data)).toBe(voxels);
    expect(Number(((voxels * grid.spacingMm[0] * grid.spacingMm[1] * grid.spacingMm[2]) / 1000).toFixed(2))).toBe(ml);
  });

  it("refuses a mask on another grid with both geometries", async () => {
    const grid = ctGrid();
    const shifted = { ...grid, originMm: [0.4, 0, 0] as const };
    const masks = await readMasks(folder("MASK_liver.zip"), undefined, shifted);
    expect(masks.ok).toBe(false);
    const [issue] = masks.issues;
    expect(issue!.code).toBe("grid-mismatch");
    expect(issue!.got).toContain("512 × 512 × 119");
    expect(issue!.wanted).toContain("origin (0.4, 0, 0)");
  });
});

describeWithData("SEG and RTSTRUCT", ["data/dicom-seg-sr-dcmqi", "data/ibsi"], () => {
  const seg = (name: string): string => sharedPath("data/dicom-seg-sr-dcmqi", name);
  const ibsi = (name: string): string => sharedPath("data/ibsi", name);

  it("reads the dcmqi segmentation as the NRRD of the same mask", async () => {
    const { grid } = unwrap(await readVolumeFromPath(seg("ct-3slice")));
    const [dicom] = unwrap(await readMasks(seg("liver.dcm"), undefined, grid));
    const [nrrd] = unwrap(await readMasks(seg("liver_seg.nrrd"), undefined, grid));
    expect(dicom!.name).toBe("Liver");
    expect(count(dicom!.data)).toBe(107098);
    expect(Buffer.compare(dicom!.data, nrrd!.data)).toBe(0);
    const hash = (name: string): string =>
      createHash("sha256")
        .update(readFileSync(seg(name)))
        .digest("hex");
    expect(dicom!.source?.sha256).toBe(hash("liver.dcm"));
    expect(dicom!.source?.frameOfReferenceUid).toMatch(/^[\d.]+$/);
    expect(nrrd!.source).toEqual({ sha256: hash("liver_seg.nrrd") });
  });

  it("keeps overlapping segments apart", async () => {
    const { grid } = unwrap(await readVolumeFromPath(seg("ct-3slice")));
    const segments = unwrap(await readMasks(seg("partial_overlaps.dcm"), undefined, grid));
    expect(segments.map((mask) => [mask.label, count(mask.data)])).toEqual([
      [1, 9602],
      [2, 11888],
      [3, 10743],
      [4, 6693],
      [5, 4713],
    ]);
    const [second] = unwrap(await readMasks(seg("partial_overlaps-2.nrrd"), undefined, grid));
    expect(Buffer.compare(segments[1]!.data, second!.data)).toBe(0);
  });

  it("reads a sparse label map onto the image it was drawn on", async () => {
    const { grid } = unwrap(await readVolumeFromPath(seg("sparse_labelmap_noppv_seg.nrrd")));
    const [map] = unwrap(await readMasks(seg("sparse-labelmap-noppv.dcm"), undefined, grid));
    const [nrrd] = unwrap(await readMasks(seg("sparse_labelmap_noppv_seg.nrrd"), undefined, grid));
    expect(Buffer.compare(map!.data, nrrd!.data)).toBe(0);
  });

  it.each(["CT", "MR_T1"])(
    "the RTSTRUCT on %s covers 53.295 ml, voxel for voxel as the published mask",
    async (image) => {
      const { grid, source } = unwrap(await readVolumeFromPath(ibsi(`rtstruct_STS_002/${image}/image`)));
      const [contours] = unwrap(await readMasks(ibsi(`rtstruct_STS_002/${image}/mask`), undefined, grid));
      const [published] = unwrap(await readMasks(ibsi(`rtstruct_STS_002/${image}_mask.nii.gz`), undefined, grid));
      expect(count(published!.data)).toBe(17090);
      expect(contours!.source?.sha256).toMatch(/^[0-9a-f]{64}$/);
      expect(contours!.source?.frameOfReferenceUid).toBe(source.frameOfReferenceUid);
      expect(Math.abs(count(contours!.data) / 17090 - 1)).toBeLessThan(0.01);
      expect(Buffer.compare(contours!.data, published!.data)).toBe(0);
    },
  );

  it("gives the orientation phantom the same rows and columns from DICOM and NIfTI", async () => {
    const dicom = unwrap(await readVolumeFromPath(ibsi("orientation/dicom")));
    const nifti = unwrap(await readVolumeFromPath(ibsi("orientation/orientation.nii.gz")));
    expect(nifti.grid.size).toEqual(dicom.grid.size);
    // The published NIfTI counts its slices from the head down but its affine says up: equal only when turned over.
    const [ni, nj, nk] = dicom.grid.size;
    const differs = [...dicom.data].findIndex((v, n) => {
      const k = Math.floor(n / (ni * nj));
      return v !== nifti.data[n - k * ni * nj + (nk - 1 - k) * ni * nj];
    });
    expect(differs).toBe(-1);
  });
});

describeWithData("diffusion sets", ["data/adc-phantom-qiba", "data/odd-dicom"], () => {
  const odd = (name: string): string => sharedPath("data/odd-dicom", name);

  it.each(["rep1", "rep2"])(
    "assembles the phantom's %s over its five series and leaves out the scanner's ADC map",
    async (rep) => {
      const { series } = unwrap(indexFolder(sharedPath("data/adc-phantom-qiba", rep)));
      expect(series).toHaveLength(6);
      const dwi = unwrap(await assembleDwi(series));
      expect(dwi.bValues).toEqual([0, 500, 1000, 1500, 2000]);
      expect(new Set(dwi.seriesUids).size).toBe(5);
      expect(dwi.volumes.every((volume) => volume.grid.size.join() === "128,128,25")).toBe(true);
    },
  );

  it.each([
    ["ge-dwi-private-b", [0, 1000], 7, [256, 256, 2]],
    ["siemens-mosaic-dwi", [0, 2000], 3, [82, 82, 48]],
    ["philips-classic-dwi", [0, 1000], 17, [112, 112, 3]],
  ] as const)("%s has its b-values, and one volume per direction or repeat", async (folder, bValues, volumes, size) => {
    const { series } = unwrap(await inspect(odd(folder)));
    expect(series).toHaveLength(1);
    const [columns, rows, slices] = size;
    expect(series[0]).toMatchObject({ role: "dwi", bValues, columns, rows, slices });
    expect(series[0]!.volumes).toHaveLength(volumes);
    expect(series[0]!.issues.filter((issue) => issue.severity === "error")).toEqual([]);
  });

  it("averages directions of one b-value", async () => {
    const { series } = unwrap(indexFolder(odd("philips-classic-dwi")));
    const dwi = unwrap(await assembleDwi(series));
    expect(dwi.bValues).toEqual([0, 1000]);
    expect(dwi.averaged).toEqual([5, 12]);
  });

  it("separates magnitude, real and imaginary images and the twelve echoes of one series", async () => {
    const { series } = unwrap(indexFolder(sharedPath("data/abdomen-mr-multiecho-ge")));
    const labels = series[0]!.stacks.map((stack) => stack.label);
    expect(labels).toHaveLength(14);
    expect(labels).toContain("magnitude, echo 4.6 ms");
    expect(labels).toContain("real");
    const mixed = await readVolume(series[0]!);
    expect(mixed.issues[0]!.code).toBe("several-volumes");
    expect(unwrap(await readVolume(series[0]!, { stack: "magnitude, echo 4.6 ms" })).grid.size).toEqual([256, 256, 5]);
  });

  it("refuses the tilted CT and says why", async () => {
    const tilted = await readVolumeFromPath(odd("ct-gantry-tilt-irregular"));
    expect(tilted.issues.map((issue) => issue.code)).toEqual(["irregular-spacing", "gantry-tilt"]);
    expect(tilted.issues[1]!.got).toBe("18.5° from the positions, 18.5° in the header");
  });
});

describeWithData("against dcm2niix", ["data/odd-dicom"], () => {
  describeWithTools("voxels and geometry", ["dcm2niix"], () => {
    const out = temporaryFolder("dcm2niix");

    it.each([
      ["siemens-mosaic-dwi", 0, 0],
      ["siemens-mosaic-dwi", 1, 0],
      ["ge-dwi-private-b", 0, 0],
      ["philips-enhanced-mr-abdomen", 0, 1e-5],
    ])("%s, volume %i", async (folder, volume, relative) => {
      const name = `${folder}-${volume}`;
      runTool("dcm2niix", ["-z", "n", "-b", "n", "-f", name, "-o", out, sharedPath("data/odd-dicom", folder)]);
      const { series } = unwrap(indexFolder(sharedPath("data/odd-dicom", folder)));
      const own = unwrap(await readVolume(series[0]!, { stack: volume }));
      const theirs = unwrap(await readVolumeFromPath(`${out}/${name}.nii`, { stack: volume }));
      const turned = reorder(theirs.data, theirs.grid, own.grid);
      expect(turned).not.toBeNull();
      let worst = 0;
      for (let p = 0; p < own.data.length; p++) {
        const scale = Math.max(1, Math.abs(own.data[p]!));
        worst = Math.max(worst, Math.abs(turned![p]! - own.data[p]!) / scale);
      }
      expect(worst).toBeLessThanOrEqual(relative);
    });
  });
});
