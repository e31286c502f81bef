import { existsSync } from "node:fs";
import { unwrap } from "@livermark/core";
import { describeWithData, sharedPath, sharedText } from "testkit";
import { expect, it } from "vitest";
import { type Inspection, inspect } from "../src/index.js";

interface ManifestEntry {
  readonly file: string;
  readonly Rows?: number;
  readonly Columns?: number;
  readonly transfer_syntax?: string;
  readonly lossy?: boolean;
  readonly pixels?: {
    readonly min: number;
    readonly max: number;
    readonly mean: number;
    readonly sum: number;
    readonly sha256_int32le?: string;
  };
}

/** Files that must be refused; the corpus's README names them. */
const MUST_FAIL: { readonly [file: string]: string } = {
  "pydicom-debian/MR_truncated.dcm": "truncated",
  "pydicom-data/emri_small_jpeg_2k_lossless_too_short.dcm": "truncated",
  "pydicom-debian/rtplan_truncated.dcm": "truncated",
  "pydicom-debian/dicomdirtests/TINY_ALPHA/README": "not-dicom",
  // Its code stream is not JPEG 2000 (reference decoders refuse it too); the manifest gives no pixels for it.
  "pydicom-debian/JPEG2000-embedded-sequence-delimiter.dcm": "bad-pixels",
};

describeWithData("every file of the odd-dicom corpus", ["data/odd-dicom"], () => {
  // A skipped suite is still collected, so that its body must not need the data.
  const present = existsSync(sharedPath("data/odd-dicom/manifest.json"));
  const manifest = JSON.parse(present ? sharedText("data/odd-dicom/manifest.json") : "[]") as readonly ManifestEntry[];
  let inspection: Promise<Inspection> | null = null;
  const inspected = (): Promise<Inspection> => {
    inspection ??= inspect(sharedPath("data/odd-dicom"), { pixels: true }).then(unwrap);
    return inspection;
  };

  it.each(manifest.map((entry) => [entry.file, entry] as const))("%s", async (file, entry) => {
    const { instances = [], refused } = await inspected();
    const refusal = refused.find((own) => own.file === file)?.issue;
    expect(refusal?.code).toBe(MUST_FAIL[file]);
    if (refusal !== undefined) expect(refusal.message).not.toBe("");
    const { pixels } = entry;
    if (pixels === undefined) return;
    const found = instances.find((own) => own.file === file);
    expect(found).toBeDefined();
    expect([found!.rows, found!.columns]).toEqual([entry.Rows, entry.Columns]);
    if (pixels.sha256_int32le !== undefined) expect(found!.sha256Int32le).toBe(pixels.sha256_int32le);
    expect([found!.min, found!.max]).toEqual([pixels.min, pixels.max]);
    // The manifest prints six decimals of the mean.
    expect(Math.abs(found!.mean! - pixels.mean)).toBeLessThanOrEqual(1e-6);
    expect(found!.sum).toBe(pixels.sum);
  });

  it("lists every other file of the folder with a reason, and nothing twice", async () => {
    const { instances = [], refused } = await inspected();
    const files = [...instances.map((own) => own.file), ...refused.map((own) => own.file)];
    expect(new Set(files).size).toBe(files.length);
    expect(refused.filter(({ issue }) => issue.where.file === undefined)).toEqual([]);
  });
});
