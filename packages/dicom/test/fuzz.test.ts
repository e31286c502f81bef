import { readFileSync } from "node:fs";
import { type Random, random } from "@livermark/core";
import { describeWithData, sharedPath, sharedText, sized } from "testkit";
import { expect, it } from "vitest";
import { memorySource } from "../src/files/source.js";
import { zipMembers } from "../src/files/zip.js";
import { readImageFile } from "../src/formats/read-file.js";
import { decodePixels } from "../src/pixels/decode.js";
import { groupSeries } from "../src/series/index-folder.js";
import { readInstance } from "../src/series/read-instance.js";
import { readVolume } from "../src/series/read-volume.js";

/** Damages a copy: flipped bytes, wild lengths, cuts, repeats and pieces moved about; the header more often than pixels. */
function mutated(original: Uint8Array, draw: Random): Uint8Array {
  let bytes = original.slice();
  const hits = 1 + draw.integer(8);
  for (let hit = 0; hit < hits; hit++) {
    const reach = draw.uniform() < 0.7 ? Math.min(bytes.length, 4096) : bytes.length;
    const at = draw.integer(Math.max(1, reach));
    switch (draw.integer(6)) {
      case 0:
        bytes[at] = draw.integer(256);
        break;
      case 1:
        bytes.fill([0, 0xff, 0x7f, 0xfe][draw.integer(4)]!, at, at + 1 + draw.integer(8));
        break;
      case 2:
        bytes = bytes.slice(0, Math.max(1, at));
        break;
      case 3:
        bytes.copyWithin(at, draw.integer(bytes.length), Math.min(bytes.length, at + draw.integer(256)));
        break;
      case 4: {
        const piece = bytes.slice(at, at + draw.integer(512));
        const joined = new Uint8Array(bytes.length + piece.length);
        joined.set(bytes.subarray(0, at));
        joined.set(piece, at);
        joined.set(bytes.subarray(at), at + piece.length);
        bytes = joined;
        break;
      }
      default:
        bytes[at] = bytes[at]! ^ (1 << draw.integer(8));
    }
  }
  return bytes;
}

describeWithData("damaged files", ["data/odd-dicom", "data/ibsi", "data/dicom-seg-sr-dcmqi"], () => {
  const runs = sized(1500, 24_000);

  it("are read or refused, never a crash, a hang or runaway memory", async () => {
    const manifest = JSON.parse(sharedText("data/odd-dicom/manifest.json")) as { file: string; bytes: number }[];
    const corpus = manifest
      .filter(({ bytes, file }) => bytes < 130_000 && !/TINY_ALPHA\/PT.*IM00000[1-9A-Z]/.test(file))
      .map(({ file }) => ({ file, bytes: new Uint8Array(readFileSync(sharedPath("data/odd-dicom", file))) }));
    const draw = random(20_261_121);
    const before = process.memoryUsage().rss;
    let readable = 0;
    let decoded = 0;
    for (let run = 0; run < runs; run++) {
      const { file, bytes } = corpus[draw.integer(corpus.length)]!;
      const source = memorySource(mutated(bytes, draw), file);
      const header = readInstance(source);
      if (!header.ok) {
        expect(header.issues[0]!.message).not.toBe("");
        continue;
      }
      readable++;
      const [series] = groupSeries([header.value]);
      const volume = await readVolume(series!, { stack: 0 });
      if (volume.ok) expect(volume.value.data.length).toBe(volume.value.grid.size.reduce((a, b) => a * b, 1));
      if (header.value.pixels !== null && (await decodePixels(header.value)).ok) decoded++;
    }
    expect(readable).toBeGreaterThan(runs / 10);
    expect(decoded).toBeGreaterThan(runs / 50);
    expect((process.memoryUsage().rss - before) / 2 ** 20).toBeLessThan(900);
  }, 1_800_000);

  it("in other formats and archives, likewise", () => {
    const draw = random(7);
    const corpus = [
      "data/ibsi/digital_phantom/mask.nii.gz",
      "data/dicom-seg-sr-dcmqi/liver_seg.nrrd",
      "data/dicom-seg-sr-dcmqi/partial_overlaps-1.nrrd",
    ].map((file) => new Uint8Array(readFileSync(sharedPath(file))));
    const archive = new Uint8Array(readFileSync(sharedPath("data/liver-ct-3dircadb01-17/MASK_livertumor2.zip")));
    for (let run = 0; run < runs / 10; run++) {
      const file = readImageFile(memorySource(mutated(corpus[draw.integer(corpus.length)]!, draw), "x"));
      if (file.ok) expect(file.value.volumes[0]!.length).toBe(file.value.grid.size.reduce((a, b) => a * b, 1));
      const tail = archive.slice();
      tail[tail.length - 1 - draw.integer(12_000)] = draw.integer(256);
      const members = zipMembers(memorySource(tail, "x.zip"));
      if (members.ok) for (const { source } of members.value.slice(0, 3)) source.read(0, 16);
    }
  }, 600_000);
});
