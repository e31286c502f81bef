import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { random, unwrap } from "@livermark/core";
import {
  draftOutline,
  editedOutline,
  type Grid,
  type Mask,
  type MaskOutline,
  modelOutline,
  outlineText,
  parseOutlineText,
  type Volume,
} from "@livermark/imaging";
import { describeWithTools, runTool, temporaryFolder } from "testkit";
import { describe, expect, it } from "vitest";
import { cleanMaskFile } from "../src/deidentify/clean-mask-file.js";
import { describedNifti } from "../src/formats/nifti.js";
import { deidentify, indexFolder, readMasks, uidFromSeed, writeNifti, writeNrrd, writeSeg } from "../src/index.js";
import { writeSeries } from "../src/write-series.js";

const grid: Grid = {
  size: [9, 7, 5],
  originMm: [-20, -10, 30],
  spacingMm: [1.5, 1.25, 3],
  axes: [
    [1, 0, 0],
    [0, 1, 0],
    [0, 0, 1],
  ],
};
const half = Uint8Array.from({ length: 315 }, (_, v) => Number(v > 40 && v < 260));
const mask = (outline?: MaskOutline): Mask => ({
  name: "liver",
  grid,
  data: half,
  ...(outline === undefined ? {} : { outline }),
});

const outlines: readonly MaskOutline[] = [
  draftOutline(0.93123456789, true),
  draftOutline(0.4, false),
  draftOutline(1, true),
  draftOutline(0, false),
  modelOutline("liver 1.0"),
  modelOutline("a model; with a name that is far too long for a long string"),
  { method: "seeds" },
  { method: "edited", from: "draft" },
  { method: "edited", from: "model" },
  { method: "edited", from: "seeds" },
];

const root = temporaryFolder("mask-outline");
let files = 0;

const image: Volume = {
  grid,
  data: new Int16Array(315).fill(60),
  unit: "HU",
  modality: "CT",
  scale: { id: "hu", proven: true, reason: "CT in HU", filters: [] },
  source: { seriesUid: "", frameOfReferenceUid: null, description: "", files: 0, sha256: "" },
};
const series = (() => {
  const folder = join(root, "series");
  mkdirSync(folder);
  for (const { name, bytes } of writeSeries(image, {
    patientId: "P01",
    studyUid: uidFromSeed("outline study"),
    seriesUid: uidFromSeed("outline series"),
    modality: "CT",
    description: "abdomen",
    seriesNumber: 2,
    studyDate: "20240101",
    acquisitionTime: "101500",
    identityRemoved: true,
  }))
    writeFileSync(join(folder, name), bytes);
  return unwrap(indexFolder(folder)).series[0]!;
})();
const seg = (own: Mask): Uint8Array =>
  unwrap(
    writeSeg([own, { ...own, name: "tumour", data: half.map((x, v) => (v < 100 ? x : 0)) }], series, {
      seed: "outline",
      seriesNumber: 9,
      description: "liver",
      date: "20240101",
      time: "120000",
      algorithm: { type: "AUTOMATIC", name: "another program 2.1" },
    }),
  );

async function read(bytes: Uint8Array, extension: string, resample = false): Promise<readonly Mask[]> {
  const path = join(root, `${++files}.${extension}`);
  writeFileSync(path, bytes);
  const onto: Grid = resample ? { ...grid, size: [18, 14, 5], spacingMm: [0.75, 0.625, 3] } : grid;
  return unwrap(await readMasks(path, undefined, onto, { resample }));
}

describe("the line that states a mask's outline", () => {
  it.each(outlines)("%o comes back from its text, which fits into a DICOM long string", (outline) => {
    for (const voxels of [0, 8, 512 * 512 * 800]) {
      const text = outlineText(outline, voxels);
      expect(text).toMatch(/^[ -~]{1,64}$/);
      expect(parseOutlineText(text)).toEqual({ outline, voxels });
    }
  });

  it("is not mistaken for what other programs write, nor for a damaged line", () => {
    const good = outlineText(draftOutline(0.93, true), 1000);
    const draw = random(5);
    const strange = [
      "",
      "FSL5.0",
      "livermark",
      "livermark draft",
      "livermark draft, Dice 1.2000, usable; 10 voxels",
      "livermark draft, Dice -0.9000, usable; 10 voxels",
      "livermark draft, Dice NaN, usable; 10 voxels",
      "livermark draft, Dice 0.93, usable; 10 voxels",
      "livermark draft, Dice 0.9300, fine; 10 voxels",
      "livermark model ; 10 voxels",
      "livermark seeds; many voxels",
      `${good} `,
      ` ${good}`,
      `${good}\n`,
      good.toUpperCase(),
      `made with ${good}`,
      ...Array.from({ length: 200 }, () => {
        const at = draw.integer(good.length);
        return `${good.slice(0, at)}${String.fromCharCode(1 + draw.integer(31))}${good.slice(at + 1)}`;
      }),
    ];
    for (const text of strange) expect(parseOutlineText(text), JSON.stringify(text)).toBeNull();
  });
});

describe("a mask file", () => {
  it.each(outlines)("brings back %o from NIfTI, gzipped NIfTI, NRRD and SEG", async (outline) => {
    const own = mask(outline);
    for (const [bytes, extension] of [
      [writeNifti(own), "nii"],
      [gzipSync(writeNifti(own)), "nii.gz"],
      [writeNrrd(own), "nrrd"],
      [seg(own), "dcm"],
    ] as const) {
      const [found] = await read(bytes, extension);
      expect(found?.data).toEqual(half);
      expect(found?.outline).toEqual(outline);
    }
  });

  it("without an outline has the bytes that it had, and gives none", async () => {
    const plain = writeNifti({ grid, data: half });
    expect(plain.subarray(148, 228).every((byte) => byte === 0)).toBe(true);
    expect(new TextDecoder().decode(writeNrrd({ grid, data: half }).subarray(0, 300))).not.toContain("outline");
    for (const bytes of [plain, describedNifti({ grid, data: half }, "drawn with some viewer, draft, Dice 0.9")])
      expect((await read(bytes, "nii"))[0]).not.toHaveProperty("outline");
  });

  it("that another program changed is called edited, on other voxels the statement stays", async () => {
    const draft = draftOutline(0.7, false);
    const line = outlineText(
      draft,
      half.reduce((sum, x) => sum + x, 0),
    );
    const smaller = half.map((x, v) => (v < 60 ? 0 : x));
    const [changed] = await read(describedNifti({ grid, data: smaller }, line), "nii");
    expect(changed?.outline).toEqual({ method: "edited", from: "draft" });
    const [resampled] = await read(writeNifti(mask(draft)), "nii", true);
    expect(resampled?.outline).toEqual(draft);
    // Painted into the same file by hand: the liver lost voxels to the tumour, which was never a draft.
    const labels = half.map((x, v) => (v > 100 && v < 120 ? 2 : x));
    const both = await read(describedNifti({ grid, data: labels }, line), "nii");
    expect(both.map(({ outline }) => outline)).toEqual([editedOutline(draft), editedOutline(draft)]);
  });

  it("as SEG of another program names the program that made it automatically, and nobody where a person did", async () => {
    const [liver, tumour] = await read(seg(mask()), "dcm");
    expect(liver?.outline).toEqual({ method: "model", name: "another program 2.1" });
    expect(tumour?.outline).toEqual({ method: "model", name: "another program 2.1" });
    const by = (type: "MANUAL" | "SEMIAUTOMATIC", name: string) =>
      unwrap(
        writeSeg([mask()], series, {
          seed: type,
          seriesNumber: 9,
          description: "liver",
          date: "20240101",
          time: "120000",
          algorithm: { type, name },
        }),
      );
    expect((await read(by("MANUAL", outlineText(draftOutline(0.9, true), 219)), "dcm"))[0]).not.toHaveProperty(
      "outline",
    );
    expect((await read(by("SEMIAUTOMATIC", "level tracing"), "dcm"))[0]).not.toHaveProperty("outline");
  });

  it("that is de-identified keeps what a draft says of itself, and loses the name of a model", async () => {
    const path = join(root, "own.nrrd");
    for (const [outline, kept] of [
      [draftOutline(0.8, false), draftOutline(0.8, false)],
      [modelOutline("of Dr Wynterbourne"), modelOutline("")],
    ] as const) {
      writeFileSync(path, writeNrrd(mask(outline)));
      const clean = unwrap(cleanMaskFile(path, writeNrrd(mask(outline)).length));
      expect((await read(clean, "nii"))[0]?.outline).toEqual(kept);
    }
    const [from, to] = [join(root, "seg"), join(root, "seg-clean")];
    mkdirSync(from);
    for (const outline of outlines) {
      writeFileSync(join(from, "seg.dcm"), seg(mask(outline)));
      unwrap(await deidentify(from, join(to, String(++files)), { key: "a secret of this test's site" }));
      const [found] = unwrap(await readMasks(join(to, String(files)), undefined, grid));
      expect(found?.outline).toEqual(outline);
    }
  });
});

describeWithTools("a segmentation with its outline", ["dciodvfy"], () => {
  it.each(outlines)("%o has no error", (outline) => {
    const path = join(root, "checked.dcm");
    writeFileSync(path, seg(mask(outline)));
    const said = runTool("sh", ["-c", `dciodvfy '${path}' 2>&1; true`]).split("\n");
    expect(said.length).toBeGreaterThan(1);
    expect(said.filter((line) => line.startsWith("Error"))).toEqual([]);
  });
});
