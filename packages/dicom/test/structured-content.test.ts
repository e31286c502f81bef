import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { unwrap } from "@livermark/core";
import { describeWithData, describeWithTools, runTool, sharedPath, temporaryFolder } from "testkit";
import { describe, expect, it } from "vitest";
import { dateOffsetDays, deidentify, type ElementList, mappedUid, scanForLeaks, shiftedDate } from "../src/index.js";
import { type Dataset, items, text } from "../src/parse/dataset.js";
import { parseDicom } from "../src/parse/parse.js";
import { encodeFile } from "../src/write/elements.js";

const KEY = "a secret of the site, long enough";
const folder = temporaryFolder("structured-content");

const coded = (code: string, meaning: string): ElementList => [
  [0x00080100, "SH", code],
  [0x00080102, "SH", "DCM"],
  [0x00080104, "LO", meaning],
];
const item = (type: string, own: ElementList): ElementList => [
  [0x0040a010, "CS", "CONTAINS"],
  [0x0040a040, "CS", type],
  [0x0040a043, "SQ", [coded("121071", "Finding")]],
  ...own,
];

const REPORT: ElementList = [
  [0x00080005, "CS", "ISO_IR 192"],
  [0x00080016, "UI", "1.2.840.10008.5.1.4.1.1.88.33"],
  [0x00080018, "UI", "1.2.3.4.1"],
  [0x00080020, "DA", "20240301"],
  [0x00080060, "CS", "SR"],
  [0x00080090, "PN", "Wynterbourne^Ada"],
  [0x00100010, "PN", "Quirkeson^Zebulon"],
  [0x00100020, "LO", "QX44178231"],
  [0x0020000d, "UI", "1.2.3.4"],
  [0x0020000e, "UI", "1.2.3.4.5"],
  [0x0040a040, "CS", "CONTAINER"],
  [0x0040a073, "SQ", [[[0x0040a075, "PN", "Wynterbourne^Ada"]]]],
  [0x0040a493, "CS", "VERIFIED"],
  [
    0x0040a730,
    "SQ",
    [
      item("PNAME", [[0x0040a123, "PN", "Wynterbourne^Ada"]]),
      item("TEXT", [[0x0040a160, "UT", "Mr Quirkeson, 555 123 4567, liver lesion in segment"]]),
      item("TEXT", [[0x0040a160, "UT", "Zebulon Quirkeson"]]),
      item("DATE", [[0x0040a121, "DA", "20240215"]]),
      item("UIDREF", [[0x0040a124, "UI", "1.2.3.4.77"]]),
      item("CONTAINER", [
        [
          0x0040a730,
          "SQ",
          [
            item("NUM", [[0x0040a300, "SQ", [[[0x0040a30a, "DS", "53.295"]]]]]),
            item("TEXT", [[0x0040a160, "UT", "seen by Dr. Wynterbourne of Blackmoor"]]),
            item("CODE", [[0x0040a168, "SQ", [coded("10200004", "Liver")]]]),
          ],
        ],
      ]),
    ],
  ],
];

function datasetOf(path: string): Dataset {
  const parsed = parseDicom(new Uint8Array(readFileSync(path)), { wholeFile: true });
  if (parsed.ok !== true) throw new Error("not readable");
  return parsed.value.dataset;
}

const onlyFile = (path: string): string =>
  join(path, readdirSync(path, { recursive: true, encoding: "utf8" }).find((name) => name.endsWith(".dcm")) ?? "");

/** Every content item with its value type, depth first. */
function contents(dataset: Dataset): readonly Dataset[] {
  return items(dataset, 0x0040a730).flatMap((own) => [own, ...contents(own)]);
}

const numbersOf = (dataset: Dataset): readonly (string | undefined)[] =>
  contents(dataset).flatMap((own) => items(own, 0x0040a300).map((value) => text(value, 0x0040a30a)));

describe("a structured report without identity", () => {
  it("keeps numbers, codes, dates moved and references mapped; names and sentences go, and are counted", async () => {
    const input = join(folder, "in");
    mkdirSync(input);
    writeFileSync(join(input, "report"), encodeFile(REPORT));
    const out = join(folder, "out");
    const { report } = unwrap(await deidentify(input, out, { key: KEY }));
    expect(report.files).toBe(1);
    expect(report.leftOut).toEqual([]);
    expect(report.attributes).toMatchObject({
      "removed person in (0040,a730)": 1,
      "removed text in (0040,a730)": 1,
    });
    const clean = datasetOf(onlyFile(out));
    const types = contents(clean).map((own) => text(own, 0x0040a040));
    expect(types).toEqual(["TEXT", "DATE", "UIDREF", "CONTAINER", "NUM", "TEXT", "CODE"]);
    expect(numbersOf(clean)).toEqual(["53.295"]);
    const [sentence, date, uid] = contents(clean);
    expect(text(sentence!, 0x0040a160)).toBe("Mr liver lesion in");
    expect(text(date!, 0x0040a121)).toBe(shiftedDate("20240215", dateOffsetDays(KEY, "QX44178231")));
    expect(text(uid!, 0x0040a124)).toBe(mappedUid(KEY, "1.2.3.4.77"));
    expect(text(clean, 0x0040a493)).toBe("UNVERIFIED");
    const codes = items(clean, 0x00120064).map((own) => text(own, 0x00080100));
    expect(codes).toContain("113104");
    const known = ["Quirkeson", "Zebulon", "Wynterbourne", "Blackmoor", "QX44178231", "555 123"];
    expect(unwrap(scanForLeaks(out, known))).toEqual([]);
  });

  it("loses all free text where descriptors shall not be kept", async () => {
    const out = join(folder, "bare");
    unwrap(await deidentify(join(folder, "in"), out, { key: KEY, cleanDescriptors: false }));
    expect(contents(datasetOf(onlyFile(out))).map((own) => text(own, 0x0040a040))).not.toContain("TEXT");
  });
});

describeWithData("a real measurement report", ["data/dicom-seg-sr-dcmqi"], () => {
  const input = sharedPath("data/dicom-seg-sr-dcmqi/sr-example");

  it("has the same numbers after de-identification", async () => {
    const before = datasetOf(join(input, "sr.dcm"));
    const single = join(folder, "real-in");
    mkdirSync(single);
    writeFileSync(join(single, "sr.dcm"), readFileSync(join(input, "sr.dcm")));
    const out = join(folder, "real-out");
    unwrap(await deidentify(single, out, { key: KEY }));
    const after = datasetOf(onlyFile(out));
    expect(numbersOf(before).length).toBeGreaterThan(10);
    expect(numbersOf(after)).toEqual(numbersOf(before));
    expect(contents(after).some((own) => text(own, 0x0040a040) === "PNAME")).toBe(false);
    expect(unwrap(scanForLeaks(out, []))).toEqual([]);
  });

  describeWithTools("checked by dciodvfy", ["dciodvfy"], () => {
    it("has no error that the original has not", () => {
      const errors = (path: string): readonly string[] => {
        const said = runTool("sh", ["-c", `dciodvfy "${path}" 2>&1 || true`]);
        expect(said).toContain("ComprehensiveSR");
        return said
          .split("\n")
          .filter((line) => line.startsWith("Error"))
          .map((line) => line.replace(/\d+/g, "#"));
      };
      const known = new Set(errors(join(input, "sr.dcm")));
      expect(errors(onlyFile(join(folder, "real-out"))).filter((line) => !known.has(line))).toEqual([]);
    });
  });
});
