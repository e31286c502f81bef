import { unwrap } from "@livermark/core";
import { readMasks, readVolumeFromPath } from "@livermark/dicom";
import { describeWithData, sharedPath } from "testkit";
import { expect, it } from "vitest";
import { checkMask } from "../../src/mask.js";
import { brushEdit, keepLargest, record, startHistory, undo } from "../../src/segmentation/index.js";
import { indexToPatient } from "../../src/volume.js";

describeWithData("masks from every format", ["data/dicom-seg-sr-dcmqi", "data/ibsi"], () => {
  it.each([
    ["SEG", "dicom-seg-sr-dcmqi/ct-3slice", "dicom-seg-sr-dcmqi/liver.dcm"],
    ["NRRD", "dicom-seg-sr-dcmqi/ct-3slice", "dicom-seg-sr-dcmqi/liver_seg.nrrd"],
    ["RTSTRUCT", "ibsi/rtstruct_STS_002/MR_T1/image", "ibsi/rtstruct_STS_002/MR_T1/mask"],
    ["NIfTI", "ibsi/rtstruct_STS_002/MR_T1/image", "ibsi/rtstruct_STS_002/MR_T1_mask.nii.gz"],
  ])("%s is the mask that brush, history and recipes take", async (_, image, file) => {
    const volume = unwrap(await readVolumeFromPath(sharedPath("data", image)));
    const mask = unwrap(await readMasks(sharedPath("data", file), undefined, volume.grid))[0]!;
    expect(checkMask(volume, mask).ok).toBe(true);
    expect(keepLargest(mask).data.every((flag, v) => flag <= mask.data[v]!)).toBe(true);
    const middle = indexToPatient(volume.grid, ...(volume.grid.size.map((n) => n >> 1) as [number, number, number]));
    const start = startHistory(mask);
    const edit = unwrap(brushEdit(mask, { points: [middle], radiusMm: 9, shape: "sphere", paint: true }));
    const painted = record(start, edit);
    expect(checkMask(volume, painted.mask).ok).toBe(true);
    expect(undo(painted).mask.data).toEqual(mask.data);
  });
});
