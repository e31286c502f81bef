import { unwrap } from "@livermark/core";
import { readVolumeFromPath } from "@livermark/dicom";
import { describeWithData, fullSize, sharedPath, sized } from "testkit";
import { expect, it } from "vitest";
import { correctedOutline, dice, liverDraft, seedsOutline } from "../../src/segmentation/index.js";
import type { Mask, Volume } from "../../src/volume.js";
import { labelled, readSeries } from "../read.js";
import { correction, strokesFrom } from "./scribbles.js";

/** The draft after so many strokes where it is seen to be wrong, at least 5 mm from the true edge. */
function mended(volume: Volume, draft: Mask, truth: Mask, count: number): Mask {
  const none: Mask = { name: "none", grid: volume.grid, data: new Uint8Array(volume.data.length) };
  let strokes = { inside: none, outside: none };
  let found = draft;
  for (let n = 0; n < count; n++) {
    const next = correction(truth, found.data, strokes, 5);
    if (next === null) break;
    strokes = next;
    found = unwrap(correctedOutline(volume, draft, strokes.inside, strokes.outside)).mask;
  }
  return found;
}

// Settings were fixed on phantoms; docs/segmentation.md tells every figure and what was changed after a look at a case.
describeWithData("the liver of 3D-IRCADb-01 case 17", ["data/liver-ct-3dircadb01-17"], () => {
  const folder = ["data", "liver-ct-3dircadb01-17"] as const;

  it("is found by the draft, which says how sure it is and gives the same again (full size)", async () => {
    const volume = await readSeries(...folder, "PATIENT_DICOM.zip");
    const truth = labelled(await readSeries(...folder, "MASK_liver.zip"), "liver");
    const draft = unwrap(liverDraft(volume));
    expect(dice(draft.mask.data, truth.data)).toBeGreaterThan(0.9);
    expect(draft.usable).toBe(true);
    // Compared as bytes: a matcher would make an entry of every voxel.
    if (fullSize) expect(Buffer.compare(unwrap(liverDraft(volume)).mask.data, draft.mask.data)).toBe(0);
  }, 600_000);

  // Ten walks over a whole CT take minutes, and the phantom has them in the short size.
  if (fullSize)
    it("is found by ten strokes, six of them corrections of what was seen to be wrong", async () => {
      const volume = await readSeries(...folder, "PATIENT_DICOM.zip");
      const truth = labelled(await readSeries(...folder, "MASK_liver.zip"), "liver");
      let strokes = strokesFrom(truth, 8, [0.25, 0.6]);
      let outline = unwrap(seedsOutline(volume, strokes.inside, strokes.outside));
      for (let count = 4; count < 10; count++) {
        const next = correction(truth, outline.mask.data, strokes, 5);
        if (next === null) break;
        strokes = next;
        outline = unwrap(seedsOutline(volume, strokes.inside, strokes.outside));
      }
      expect(dice(outline.mask.data, truth.data)).toBeGreaterThan(0.94);
    }, 900_000);
});

describeWithData("the livers of CHAOS, T2 MR", ["data/liver-mr-chaos-t2"], () => {
  it.each(sized([2], [1, 2, 5]))(
    "case %i is drafted, and better after strokes",
    async (n) => {
      const read = (file: string) => readVolumeFromPath(sharedPath("data", "liver-mr-chaos-t2", file));
      const volume = unwrap(await read(`image_${n}.nii.gz`));
      const truth = labelled(unwrap(await read(`label_${n}.nii.gz`)), "liver", 1);
      const draft = unwrap(liverDraft(volume, { modality: "mr" }));
      const drafted = dice(draft.mask.data, truth.data);
      expect(drafted).toBeGreaterThanOrEqual(0.8);
      const better = dice(mended(volume, draft.mask, truth, sized(2, 6)).data, truth.data);
      expect(better).toBeGreaterThan(drafted + 0.02);
      expect(better).toBeGreaterThan(0.88);
    },
    600_000,
  );
});

describeWithData("the liver of TotalSegmentator's CT, unenhanced", ["data/ct-mr-totalsegmentator"], () => {
  it("is drafted", async () => {
    const read = (file: string) => readVolumeFromPath(sharedPath("data", "ct-mr-totalsegmentator", file));
    const volume: Volume = { ...unwrap(await read("example_ct_sm.nii.gz")), unit: "HU", modality: "CT" };
    const truth = labelled(unwrap(await read("example_seg.nii.gz")), "liver", 5);
    const draft = unwrap(liverDraft(volume));
    expect(dice(draft.mask.data, truth.data)).toBeGreaterThan(0.85);
  }, 600_000);
});
