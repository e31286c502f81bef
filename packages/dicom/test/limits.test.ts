import { readFileSync } from "node:fs";
import { unwrap } from "@livermark/core";
import { describeWithData, sharedPath, sharedText } from "testkit";
import { describe, expect, it } from "vitest";
import { memorySource } from "../src/files/source.js";
import type { ElementList } from "../src/index.js";
import { deadlineOf, LIMITS } from "../src/parse/limits.js";
import { decodePixels } from "../src/pixels/decode.js";
import { readInstance } from "../src/series/read-instance.js";
import { encodeFile } from "../src/write/elements.js";

const codes = (result: { readonly issues: readonly { readonly code: string }[] }): readonly string[] =>
  result.issues.map(({ code }) => code);

describe("the time that one file may take", () => {
  const many: ElementList = [
    [0x00080016, "UI", "1.2.840.10008.5.1.4.1.1.2"],
    [0x00080018, "UI", "1.2.3"],
    [0x00091001, "SQ", Array.from({ length: 3000 }, (): ElementList => [[0x00080100, "SH", "A"]])],
  ];

  it("ends the reading of a header with a reason", () => {
    const source = memorySource(encodeFile(many), "many.dcm");
    expect(codes(readInstance(source, { ...LIMITS, milliseconds: -1 }))).toEqual(["too-slow"]);
    expect(readInstance(source).ok).toBe(true);
  });

  it("is over when it is over", () => {
    expect(deadlineOf({ ...LIMITS, milliseconds: -1 })()).toBe(true);
    expect(deadlineOf(LIMITS)()).toBe(false);
  });
});

describeWithData("decoding within limits", ["data/odd-dicom"], () => {
  const manifest = JSON.parse(sharedText("data/odd-dicom/manifest.json")) as { file: string; bytes: number }[];
  const compressed = manifest.filter(({ file }) => /rle|jpeg|jls|j2k|j2c|htj2k/i.test(file)).slice(0, 12);

  it("every compressed image is refused when its time is over, and when a frame is too large", async () => {
    let tried = 0;
    for (const { file } of compressed) {
      const source = memorySource(new Uint8Array(readFileSync(sharedPath("data/odd-dicom", file))), file);
      const header = readInstance(source);
      if (!header.ok || header.value.pixels === null || header.value.pixels.element.length >= 0) continue;
      tried++;
      expect(codes(await decodePixels(header.value, source, { ...LIMITS, milliseconds: -1 }))).toEqual(["too-slow"]);
      expect(codes(await decodePixels(header.value, source, { ...LIMITS, framePixels: 4 }))).toEqual(["too-large"]);
      expect(unwrap(header).frames.length).toBeGreaterThan(0);
    }
    expect(tried).toBeGreaterThan(3);
  });
});
