import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { deflateRawSync, gzipSync } from "node:zlib";
import { unwrap } from "@livermark/core";
import { zipSync } from "fflate";
import { temporaryFolder } from "testkit";
import { describe, expect, it } from "vitest";
import { memorySource } from "../src/files/source.js";
import { zipMembers } from "../src/files/zip.js";
import { readImageFile } from "../src/formats/read-file.js";
import { indexFolder } from "../src/index.js";
import { items, numbers, text, texts } from "../src/parse/dataset.js";
import { LIMITS } from "../src/parse/limits.js";
import { parseDicom } from "../src/parse/parse.js";
import { readInstance } from "../src/series/read-instance.js";
import { decimalString, type ElementList, encodeFile, joinBytes } from "../src/write/elements.js";

const FILE: ElementList = [
  [0x00080016, "UI", "1.2.840.10008.5.1.4.1.1.4"],
  [0x00080018, "UI", "1.2.3"],
  [0x00080060, "CS", "MR"],
  [0x00100020, "LO", "P1"],
  [0x0020000e, "UI", "1.2.4"],
];

const parsed = (bytes: Uint8Array, options: Parameters<typeof parseDicom>[1] = {}) => {
  const outcome = parseDicom(bytes, options);
  if (outcome.ok !== true) throw new Error(outcome.ok === false ? outcome.issues[0]!.code : "need more");
  return outcome.value;
};

const codeOf = (bytes: Uint8Array, options: Parameters<typeof parseDicom>[1] = {}): string => {
  const outcome = parseDicom(bytes, options);
  return outcome.ok === false ? outcome.issues[0]!.code : String(outcome.ok);
};

describe("parsing", () => {
  it("reads what the writer wrote, nested items included", () => {
    const { dataset, transferSyntax, issues } = parsed(
      encodeFile([
        ...FILE,
        [0x00081140, "SQ", [[[0x00081155, "UI", "1.2.9"]], [[0x00189087, "FD", 800.5]]]],
        [0x00280030, "DS", [0.743, 1.25]],
      ]),
    );
    expect(transferSyntax).toBe("1.2.840.10008.1.2.1");
    expect(issues).toEqual([]);
    expect(items(dataset, 0x00081140).map((item) => [text(item, 0x00081155), numbers(item, 0x00189087, "FD")])).toEqual(
      [
        ["1.2.9", undefined],
        [undefined, [800.5]],
      ],
    );
    expect(texts(dataset, 0x00280030)).toEqual(["0.743", "1.25"]);
  });

  it("reads a file without preamble, and one without meta group", () => {
    const file = encodeFile(FILE);
    expect(text(parsed(file.subarray(128)).dataset, 0x00100020)).toBe("P1");
    const bare = parsed(
      file.subarray(
        file.length -
          FILE.reduce((sum, [, vr, value]) => sum + (vr === "UI" ? 8 : 8) + Math.ceil(String(value).length / 2) * 2, 0),
      ),
    );
    expect(text(bare.dataset, 0x00100020)).toBe("P1");
    expect(bare.issues.map((issue) => issue.code)).toEqual(["no-preamble"]);
  });

  it.each<[string, Uint8Array, readonly string[], string]>([
    ["Latin", Uint8Array.from([0x4d, 0xfc, 0x6c]), ["ISO_IR 100"], "Mül"],
    ["UTF-8", new TextEncoder().encode("Müller 王"), ["ISO_IR 192"], "Müller 王"],
    ["Cyrillic", Uint8Array.from([0xbb, 0xee]), ["ISO_IR 144"], "Лю"],
    ["GB 18030", Uint8Array.from([0xcd, 0xf5]), ["GB18030"], "王"],
    ["Korean", Uint8Array.from([0x1b, 0x24, 0x29, 0x43, 0xb1, 0xe8]), ["", "ISO 2022 IR 149"], "김"],
    ["Japanese", Uint8Array.from([0x1b, 0x24, 0x42, 0x3b, 0x33, 0x1b, 0x28, 0x42]), ["", "ISO 2022 IR 87"], "山"],
  ])("reads %s text", (_name, bytes, charset, expected) => {
    const { dataset } = parsed(encodeFile([...FILE, [0x00080005, "CS", charset], [0x0008103e, "LO", bytes]]));
    expect(text(dataset, 0x0008103e)).toBe(expected);
  });

  it("refuses lengths beyond the file, and says where", () => {
    const file = encodeFile([...FILE, [0x00204000, "LT", "a long comment"]]);
    expect(codeOf(file.subarray(0, file.length - 3))).toBe("truncated");
    expect(codeOf(new Uint8Array(200))).toBe("not-dicom");
    expect(codeOf(new TextEncoder().encode("plain text, nothing else, for a hundred and fifty bytes".repeat(4)))).toBe(
      "not-dicom",
    );
    expect(codeOf(new Uint8Array(0))).toBe("not-dicom");
  });

  it("asks for more of a file instead of guessing", () => {
    const file = encodeFile([...FILE, [0x00204000, "LT", "x".repeat(500)]]);
    const outcome = parseDicom(file.subarray(0, 300), { fileSize: file.length });
    expect(outcome.ok).toBe("need-more");
  });

  it("refuses sequences nested too deep and more elements than the limit", () => {
    let nested: ElementList = [[0x00081155, "UI", "1.2"]];
    for (let depth = 0; depth < 40; depth++) nested = [[0x00081140, "SQ", [nested]]];
    expect(codeOf(encodeFile([...FILE, ...nested]))).toBe("too-deep");
    const many = encodeFile([
      ...FILE,
      [0x00081140, "SQ", Array.from({ length: 50 }, (): ElementList => [[0x00081155, "UI", "1.2"]])],
    ]);
    expect(codeOf(many, { limits: { ...LIMITS, elements: 40 } })).toBe("too-many-elements");
  });

  it("refuses a deflated data set that is damaged or grows without end", () => {
    const meta = encodeFile(
      [
        [0x00080016, "UI", "1.2"],
        [0x00080018, "UI", "1.3"],
      ],
      "1.2.840.10008.1.2.1.99",
    );
    const head = meta.subarray(0, meta.length - 24);
    const bomb = joinBytes([head, deflateRawSync(new Uint8Array(40_000_000))]);
    const limited = readInstance(memorySource(bomb, "bomb"), { ...LIMITS, inflatedBytes: 1_000_000 });
    expect(limited.issues[0]!.code).toBe("bad-deflate");
    const cut = readInstance(memorySource(joinBytes([head, new Uint8Array([1, 2, 3, 4])]), "cut"));
    expect(cut.issues[0]!.code).toBe("bad-deflate");
  });

  it("writes decimals of at most sixteen characters", () => {
    for (const value of [0.742999970912933, -235.19999712345, 1 / 3, 1e-7, -123456789.125, 1e22, 0, -1]) {
      const written = decimalString(value);
      expect(written.length).toBeLessThanOrEqual(16);
      expect(Math.abs(Number(written) - value)).toBeLessThanOrEqual(Math.abs(value) * 1e-9);
    }
    expect(() => decimalString(Number.NaN)).toThrow();
  });
});

describe("folders and archives", () => {
  const root = temporaryFolder("parse");

  it("finds files in nested folders and archives, whatever their names, and lists the junk with its reason", () => {
    const deep = join(root, "a", "b c", "ü");
    mkdirSync(deep, { recursive: true });
    const numbered = (n: number): Uint8Array =>
      encodeFile([...FILE.filter(([tag]) => tag !== 0x00080018), [0x00080018, "UI", `1.2.3.${n}`]]);
    writeFileSync(join(deep, "image"), numbered(1));
    writeFileSync(join(root, "VERSION"), "1.0\n");
    writeFileSync(join(root, "empty.dcm"), "");
    const inner = zipSync({ "x/IM_2": numbered(2), "readme.txt": new TextEncoder().encode("hello") });
    writeFileSync(join(root, "export.zip"), zipSync({ "inner.zip": inner, IM_3: numbered(3) }, { level: 9 }));
    const index = unwrap(indexFolder(root));
    expect(index.series.flatMap(({ instances }) => instances.map(({ source }) => source.file)).sort()).toEqual([
      "a/b c/ü/image",
      "export.zip!IM_3",
      "export.zip!inner.zip!x/IM_2",
    ]);
    expect(index.refused.map(({ file, issue }) => [file, issue.code])).toEqual([
      ["VERSION", "not-dicom"],
      ["empty.dcm", "empty-file"],
      ["export.zip!inner.zip!readme.txt", "not-dicom"],
    ]);
    expect(indexFolder(join(root, "nowhere")).ok).toBe(false);
  });

  it("refuses damaged archives and bombs", () => {
    const good = zipSync({ a: new Uint8Array(1000) });
    expect(zipMembers(memorySource(good.subarray(0, good.length - 30), "cut.zip")).issues[0]!.code).toBe("bad-archive");
    const lying = good.slice();
    // The directory's uncompressed size, which a bomb inflates.
    const directory = lying.length - 22 - 47;
    new DataView(lying.buffer).setUint32(directory + 24, 0x7fffffff, true);
    expect(zipMembers(memorySource(lying, "bomb.zip")).issues[0]!.message).toContain("impossibly large");
  });

  it("refuses damaged image files of other formats, and bombs among them", () => {
    const refusal = (bytes: Uint8Array): string => readImageFile(memorySource(bytes, "x")).issues[0]?.code ?? "read";
    const nifti = new Uint8Array(400);
    const view = new DataView(nifti.buffer);
    view.setInt32(0, 348, true);
    nifti.set([0x6e, 0x2b, 0x31, 0], 344);
    [3, 30_000, 30_000, 30_000].forEach((n, i) => {
      view.setInt16(40 + 2 * i, n, true);
    });
    view.setInt16(70, 4, true);
    expect(refusal(nifti)).toBe("bad-file");
    expect(refusal(gzipSync(nifti))).toBe("bad-file");
    const nrrd = (lines: readonly string[]): Uint8Array =>
      new TextEncoder().encode(`NRRD0004\n${lines.join("\n")}\n\n`);
    expect(refusal(nrrd(["type: short", "dimension: 3", "sizes: 2 2 2"]))).toBe("bad-file");
    expect(refusal(nrrd(["type: short", "dimension: 3", "space: scanner-xyz", "sizes: 2 2 2"]))).toBe("bad-file");
    const space = ["space: left-posterior-superior", "sizes: 2 2 2", "space origin: (0,0,0)"];
    expect(refusal(nrrd(["type: short", ...space, "space directions: (1,0,0) (0,1,0) (0,0,1)", "encoding: raw"]))).toBe(
      "bad-file",
    );
    expect(refusal(nrrd(["type: uchar", ...space, "space directions: (1,0,0) (1,1,0) (0,0,1)", "encoding: raw"]))).toBe(
      "sheared-grid",
    );
    expect(refusal(new TextEncoder().encode("ObjectType = Image\nNDims = 3\nDimSize = 2 2 2\n"))).toBe("bad-file");
    expect(refusal(new TextEncoder().encode("neither of them"))).toBe("unknown-format");
  });
});
