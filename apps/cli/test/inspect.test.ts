import { describeWithData, sharedPath } from "testkit";
import { expect, it } from "vitest";
import { command as inspect } from "../src/commands/inspect.js";
import { call } from "./support.js";

describeWithData("what inspect prints", ["data/odd-dicom", "data/liver-ct-3dircadb01-17"], () => {
  const printed = async (path: string): Promise<string> => {
    const done = await call(inspect, sharedPath("data", path));
    if (!done.ok) throw new Error(done.issues[0]?.message);
    return done.value.text;
  };

  it("gives the size of a mosaic's slices and the volumes that share a series", async () => {
    const text = await printed("odd-dicom/siemens-mosaic-dwi");
    expect(text).toContain(" · 82 × 82 × 48 · 2.707 × 2.707 × 2.7 mm · ");
    expect(text).toContain(" · 3 volumes (b 0; b 2000, 1 0 0; b 2000, 0.001 -1 0) · ");
    expect(await printed("odd-dicom/philips-classic-dwi")).toContain(
      " · 17 volumes (b 0, b 0; b 0, b 0.001; b 0, b 0.002; b 0, b 0.003; …) · ",
    );
  });

  it("gives a unit to images and none to masks", async () => {
    expect(await printed("liver-ct-3dircadb01-17/PATIENT_DICOM.zip")).toContain(
      "role ct (100 %: modality CT) · values in HU",
    );
    const mask = await printed("liver-ct-3dircadb01-17/MASK_liver.zip");
    expect(mask).toContain("role mask (80 %");
    expect(mask).not.toContain("values in");
  });
});
