import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import { random, unwrap } from "@livermark/core";
import { describeWithData, describeWithTools, runTool, sharedPath, sharedText, sized, temporaryFolder } from "testkit";
import { describe, expect, it } from "vitest";
import { cleanedWords } from "../src/deidentify/clean-words.js";
import { loadDictionary, publicVr } from "../src/deidentify/dictionary.js";
import { DEFAULT_PROFILE, publicAction } from "../src/deidentify/profile.js";
import { memorySource } from "../src/files/source.js";
import {
  dateOffsetDays,
  deidentify,
  indexFolder,
  inspect,
  mappedUid,
  pseudonymOf,
  readMasks,
  readVolumeFromPath,
  scanForLeaks,
  shiftedDate,
  uidFromSeed,
} from "../src/index.js";
import { items, text } from "../src/parse/dataset.js";
import { readParsed } from "../src/parse/read-header.js";
import { type ElementList, type ElementSpec, encodeFile } from "../src/write/elements.js";

const KEY = "a secret of this test's site";

/** The identity planted into every file: name, number, birth date, accession, staff and site. */
const IDENTITY = {
  name: "Quirkeson^Zebulon",
  id: "QX44178231",
  birth: "19431127",
  accession: "AC99120045",
  physician: "Wynterbourne^Ottoline",
  institution: "Hospital Grimbleford",
};
const KNOWN = [
  "quirkeson",
  "zebulon",
  "qx44178231",
  "44178231",
  "19431127",
  "ac99120045",
  "wynterbourne",
  "ottoline",
  "grimbleford",
  "perpetua",
];

const identityElements: ElementList = [
  [0x00080050, "SH", IDENTITY.accession],
  [0x00080080, "LO", IDENTITY.institution],
  [0x00080090, "PN", IDENTITY.physician],
  [0x00100010, "PN", IDENTITY.name],
  [0x00100020, "LO", IDENTITY.id],
  [0x00100030, "DA", IDENTITY.birth],
];

const imageElements = (seed: string, date: string): ElementList => [
  [0x00080005, "CS", "ISO_IR 192"],
  [0x00080008, "CS", ["ORIGINAL", "PRIMARY", "AXIAL"]],
  [0x00080016, "UI", "1.2.840.10008.5.1.4.1.1.2"],
  [0x00080018, "UI", `1.2.3.44178231.${seed}`],
  [0x00080020, "DA", date],
  [0x00080030, "TM", "101500"],
  [0x00080060, "CS", "CT"],
  [0x0020000d, "UI", "1.2.3.44178231.1"],
  [0x0020000e, "UI", "1.2.3.44178231.1.1"],
  [0x00200011, "IS", 3],
  [0x00200013, "IS", Number(seed)],
  [0x00200032, "DS", [0, 0, Number(seed)]],
  [0x00200037, "DS", [1, 0, 0, 0, 1, 0]],
  [0x00280002, "US", 1],
  [0x00280004, "CS", "MONOCHROME2"],
  [0x00280010, "US", 4],
  [0x00280011, "US", 4],
  [0x00280030, "DS", [1, 1]],
  [0x00280100, "US", 16],
  [0x00280101, "US", 16],
  [0x00280102, "US", 15],
  [0x00280103, "US", 0],
  [0x7fe00010, "OW", Uint8Array.from({ length: 32 }, (_, n) => n)],
];

/** What a careless or hostile writer would put into an attribute of each representation. */
function planted(vr: string, draw: (n: number) => number): ElementSpec[2] | null {
  const words = [
    "Zebulon Quirkeson",
    "Quirkeson^Zebulon",
    "Mr QUIRKESON, id QX44178231, born 19431127",
    "see Dr Wynterbourne",
    "Grimbleford AC99120045",
  ];
  const phrase = words[draw(words.length)]!;
  if (["LO", "LT", "PN", "SH", "ST", "UC", "UT", "AE", "UR"].includes(vr))
    return vr === "SH" || vr === "AE" ? "QUIRKESON" : phrase;
  if (vr === "CS") return ["ZEBULON", "QUIRKESON", "QX44178231"][draw(3)]!;
  if (vr === "UI") return "1.2.826.44178231.19431127";
  if (vr === "DA") return IDENTITY.birth;
  if (vr === "DT") return `${IDENTITY.birth}101010`;
  if (vr === "IS" || vr === "DS") return "44178231";
  if (vr === "OB" || vr === "UN" || vr === "OW") return new TextEncoder().encode("..Zebulon Quirkeson..");
  return null;
}

describe("de-identification", () => {
  const folder = temporaryFolder("deidentify");

  it("has an action for every attribute of the dictionary, and lets no free text of the patient group pass", async () => {
    const dictionary = await loadDictionary();
    expect(dictionary.size).toBeGreaterThan(4500);
    const kept: string[] = [];
    for (const [tag, vr] of dictionary) {
      const action = publicAction(tag, vr, DEFAULT_PROFILE);
      if (action === "keep" && (tag >>> 16 === 0x0010 || vr === "PN" || ["LT", "ST", "UT", "UR"].includes(vr)))
        kept.push(tag.toString(16));
    }
    expect(kept).toEqual([]);
    expect(publicAction(0x00091001, publicVr(dictionary, 0x00091001), DEFAULT_PROFILE)).toBe("remove");
    expect(publicAction(0x00080003, undefined, DEFAULT_PROFILE)).toBe("remove");
  });

  it("treats every attribute class of Table E.1-1 at least as strictly as the table", async () => {
    const dictionary = await loadDictionary();
    // Attributes of the table by what they are; the text ones fall under the rule for free text.
    const table = `00080020 00080030 00080050 00080080 00080090 0008009d 00080082 00081048 00081049 00081050 00081052
      00081060 00081062 00081070 00081072 00081080 00081084 00081110 00081111 00081120 00082111 00084000 00100010 00100020
      00100021 00100030 00100032 00100040 00100050 00100101 00101000 00101001 00101002 00101005 00101010 00101020 00101030
      00101040 00101060 00101080 00101081 00101090 00101100 00102000 00102110 00102150 00102152 00102154 00102155 00102160
      00102180 001021a0 001021b0 001021c0 001021d0 001021f0 00102203 00102297 00102299 00104000 00120010 00120040 00160071
      00160073 00180010 00181000 00181002 00181005 00181008 0018100a 00181030 00184000 00189424 0018a003 0020000d 0020000e
      00200010 00200052 00204000 00209158 00209161 00209164 00284000 00321030 00321032 00321060 00321067 00324000 00340001
      00380010 00380300 00380400 00400006 0040000b 00400243 00400254 00400275 00400280 0040100a 00401010 00401011 00401101
      00401102 00404025 00404027 00404028 00404030 00404034 00404035 00404037 0040a027 0040a073 0040a075 0040a078 0040a07a
      0040a07c 0040a088 0040a123 0040a124 0040a730 00420011 00620021 00700001 00700084 00700086 00720061 00880140 00880200
      00880904 04000100 04000115 04000404 04000550 04000561 20300020 30060002 30060024 30060026 30060028 3006004d 3006004e
      300600a6 300a0002 40000010 40084000 60003000 60004000 fffafffa fffcfffc`
      .split(/\s+/)
      .map((hex) => Number.parseInt(hex, 16));
    const kept = table.filter(
      (tag) => publicAction(tag, publicVr(dictionary, tag), DEFAULT_PROFILE) === "keep" && tag !== 0x00080030,
    );
    expect(kept.map((tag) => tag.toString(16))).toEqual([]);
    const strict = { ...DEFAULT_PROFILE, modifiedDates: false, cleanDescriptors: false };
    for (const tag of [0x00080020, 0x00080030, 0x00080022, 0x00080032, 0x0008002a, 0x00181042]) {
      expect(["remove", "empty"]).toContain(publicAction(tag, publicVr(dictionary, tag), strict));
    }
    expect(publicAction(0x0008103e, "LO", strict)).toBe("remove");
  });

  it("finds no identity in its own output, wherever it was planted", async () => {
    const dictionary = [...(await loadDictionary())].filter(
      ([tag]) => tag >>> 16 > 2 && tag >>> 16 !== 0xfffe && (tag & 0xffff) !== 0 && tag !== 0x7fe00010,
    );
    const input = join(folder, "planted");
    mkdirSync(join(input, "Quirkeson Zebulon 19431127"), { recursive: true });
    const files = sized(200, 1000);
    const draw = random(411);
    const any = (n: number): number => draw.integer(n);
    for (let n = 1; n <= files; n++) {
      const extra: ElementSpec[] = [];
      const nested: ElementSpec[] = [];
      for (let e = 0; e < 60; e++) {
        const [tag, vr] = dictionary[any(dictionary.length)]!;
        const value = planted(vr, any);
        if (value !== null) (e % 3 === 0 ? nested : extra).push([tag, vr, value]);
      }
      const item: ElementSpec[] = [
        ...nested,
        [0x00091010, "LO", "ACME 1"],
        [0x00091001 + 0x1000, "LO", "Zebulon Quirkeson"],
      ];
      extra.push(
        [0x00081140, "SQ", [[...item, [0x00081199, "SQ", [item]]]]],
        [0x00090010, "LO", "ACME 1"],
        [0x00091001, "LO", "Quirkeson"],
        [0x00190010, "LO", "SIEMENS MR HEADER"],
        [0x0019100d, "CS", "ZEBULON"],
        [0x0019100c, "IS", "800"],
        [0x00280034, "LO", "Zebulon Quirkeson"],
        [0x00181160, "SH", "xZEBULONx"],
        [0x00180015, "CS", "Quirkeson^Z"],
        [0x00081199, "SQ", [[[0x00081070, "PN", "Nightingale^Perpetua"]]]],
        [0x00181210, "SH", "B31f\\Perpetua"],
        [0x60003000, "OW", new TextEncoder().encode("QUIRKESON ZEBULON   ")],
        [0x00081030, "LO", "Liver of Zebulon Quirkeson"],
        [0x0008103e, "LO", "portal 70s QX44178231"],
      );
      const elements = [...extra, ...imageElements(String(n), "20240305"), ...identityElements];
      writeFileSync(join(input, "Quirkeson Zebulon 19431127", `QX44178231-${n}.dcm`), encodeFile(elements));
    }
    const output = join(folder, "clean");
    const { report } = unwrap(await deidentify(input, output, { key: KEY }));
    expect(report.files + report.leftOut.reduce((sum, { files: count }) => sum + count, 0)).toBe(files);
    expect(report.files).toBeGreaterThan(0.9 * files);
    expect(unwrap(scanForLeaks(output, KNOWN))).toEqual([]);
    // The scanner sees what is there: the input itself is full of it.
    expect(unwrap(scanForLeaks(input, KNOWN)).length).toBeGreaterThan(files);
    const [series] = unwrap(indexFolder(output)).series;
    expect(series!.description).toBe("portal 70s");
    expect(series!.instances[0]!.identityRemoved).toBe(true);
    // A planted DiffusionBValue may win over the private one; the private one is kept where it stands alone.
    expect(readFileSync(join(output, "deidentification-report.json"), "utf8")).not.toMatch(/zebulon|quirkeson/i);
  });

  it("keeps every interval between a patient's dates, to the day", async () => {
    const input = join(folder, "dates");
    mkdirSync(input);
    const dates = ["20240229", "20240301", "20240630", "20231231", "20250101"];
    dates.forEach((date, n) => {
      const nested: ElementList = [[0x00540016, "SQ", [[[0x00181078, "DT", `${date}101010`]]]]];
      const elements = [...imageElements(String(n + 1), date), ...identityElements, ...nested];
      writeFileSync(join(input, `${n}.dcm`), encodeFile(elements));
    });
    const output = join(folder, "dates-clean");
    unwrap(await deidentify(input, output, { key: KEY }));
    const { series } = unwrap(indexFolder(output));
    const shifted = series.flatMap(({ instances }) =>
      instances.map(({ acquisition, instanceNumber }) => [instanceNumber!, acquisition.studyDate!] as const),
    );
    const days = (date: string): number =>
      Date.UTC(Number(date.slice(0, 4)), Number(date.slice(4, 6)) - 1, Number(date.slice(6))) / 86_400_000;
    const offset = dateOffsetDays(KEY, IDENTITY.id);
    expect(offset).toBeLessThan(-300);
    expect(Math.abs(offset % 7)).toBe(0);
    expect(shifted).toHaveLength(dates.length);
    for (const [n, date] of shifted) expect(days(date) - days(dates[n - 1]!)).toBe(offset);
    // Dates inside sequences move by the same days.
    const files = series.flatMap(({ instances }) => instances);
    for (const { source, acquisition } of files) {
      const parsed = unwrap(readParsed(source, true));
      const inside = items(parsed.dataset, 0x00540016)[0]!;
      expect(text(inside, 0x00181078)).toBe(`${acquisition.studyDate}101010`);
    }
  });

  it("maps the same UID, patient and date alike in every run, and otherwise under another key", () => {
    expect(mappedUid(KEY, "1.2.3")).toBe(mappedUid(KEY, "1.2.3"));
    expect(mappedUid(KEY, "1.2.3")).not.toBe(mappedUid(`${KEY}!`, "1.2.3"));
    expect(mappedUid(KEY, "1.2.3")).toMatch(/^2\.25\.\d{30,39}$/);
    expect(uidFromSeed("x").length).toBeLessThanOrEqual(64);
    expect(pseudonymOf(KEY, "4711")).toMatch(/^LM-[A-HJ-NP-Z2-9]{8}$/);
    expect(shiftedDate("20240301", -7)).toBe("20240223");
    expect(shiftedDate("20240301101500.25", 1)).toBe("20240302101500.25");
    expect([shiftedDate("20240231", 1), shiftedDate("ZEBULON", 1), shiftedDate("20240301 Brown", 1)]).toEqual([
      null,
      null,
      null,
    ]);
  });

  it.each([
    ["T1 VIBE portal Herr Brown 19570302", "T1 VIBE portal"],
    ["ep2d_diff_b50_800_tra Zebulon", "ep2d diff b50 800 tra"],
    ["LEBER spät 3mm", "LEBER spät 3mm"],
    ["Apparent Diffusion Coefficient (mm2/s)", "Apparent Diffusion Coefficient mm2 s"],
    ["ABD W/O Dr. Wynterbourne", "ABD W O"],
    ["tps artériel M. Dupont", "tps artériel M"],
    ["QX44178231", ""],
  ])("cleans %j to %j", (dirty, clean) => {
    expect(cleanedWords(dirty.replaceAll("_", " "))).toBe(clean);
  });

  it("leaves out documents, burned-in text and unchecked screens, each with its reason", async () => {
    const input = join(folder, "blocked");
    mkdirSync(input);
    const file = (name: string, own: ElementList): void =>
      writeFileSync(join(input, name), encodeFile([...imageElements("1", "20240101"), ...own]));
    file("pdf", [[0x00080016, "UI", "1.2.840.10008.5.1.4.1.1.104.1"]]);
    file("burned", [[0x00280301, "CS", "YES"]]);
    file("screen", [[0x00080016, "UI", "1.2.840.10008.5.1.4.1.1.7"]]);
    const refused = await deidentify(input, join(folder, "blocked-clean"), { key: KEY });
    expect(refused.ok).toBe(false);
    expect(refused.issues.map((issue) => issue.code).sort()).toEqual([
      "burned-in-text",
      "encapsulated-document",
      "may-hold-burned-in-text",
      "nothing-to-deidentify",
    ]);
    const kept = unwrap(await deidentify(input, join(folder, "screens"), { key: KEY, keepUncheckedScreens: true }));
    expect(kept.report.files).toBe(1);
  });

  it("writes cleaned text so that every character set reads it", async () => {
    const input = join(folder, "latin");
    mkdirSync(input);
    const latin = Uint8Array.from([..."LEBER sp\u00e4t ven\u00f6s M\u00fcller"].map((letter) => letter.charCodeAt(0)));
    const elements: ElementList = [
      ...imageElements("1", "20240101"),
      [0x00080005, "CS", "ISO_IR 100"],
      [0x0008103e, "LO", latin],
      ...identityElements,
    ];
    writeFileSync(join(input, "a"), encodeFile(elements));
    unwrap(await deidentify(input, join(folder, "latin-clean"), { key: KEY }));
    expect(unwrap(indexFolder(join(folder, "latin-clean"))).series[0]!.description).toBe("LEBER spat venos");
  });

  it("refuses a key that can be guessed", async () => {
    const refused = await deidentify(folder, join(folder, "never"), { key: "short" });
    expect(refused.issues[0]!.code).toBe("weak-key");
  });
});

describeWithData("de-identification of real files", ["data/odd-dicom"], () => {
  const folder = temporaryFolder("deidentify-real");
  let done: ReturnType<typeof deidentify> | null = null;
  const clean = (): ReturnType<typeof deidentify> => {
    done ??= deidentify(sharedPath("data/odd-dicom"), join(folder, "clean"), { key: KEY, keepUncheckedScreens: true });
    return done;
  };

  it("keeps every pixel, b-value, scale and geometry", async () => {
    unwrap(await clean());
    const { instances = [], series } = unwrap(await inspect(join(folder, "clean"), { pixels: true }));
    const hashes = new Set(instances.map((instance) => instance.sha256Int32le));
    const manifest = JSON.parse(sharedText("data/odd-dicom/manifest.json")) as {
      file: string;
      pixels?: { sha256_int32le?: string };
    }[];
    const lost = manifest
      .filter(({ pixels }) => pixels?.sha256_int32le !== undefined && !hashes.has(pixels.sha256_int32le))
      .map(({ file }) => file);
    expect(lost).toEqual([]);
    const before = unwrap(await inspect(sharedPath("data/odd-dicom")));
    const facts = (all: typeof series): string[] =>
      all
        .filter((own) => own.modality === "CT" || own.modality === "MR")
        .map((own) =>
          JSON.stringify([
            own.files,
            own.bValues,
            own.scale,
            own.volumes.length,
            own.modality,
            own.spacingMm,
            own.orientation,
            own.originMm,
          ]),
        )
        .sort();
    expect(facts(series)).toEqual(facts(before.series));
    expect(series.flatMap((own) => own.issues).filter((issue) => issue.code === "not-deidentified")).toEqual([]);
  });

  it("the scanner names the kind of what it finds in files that were not de-identified", () => {
    const kinds = new Set(
      unwrap(scanForLeaks(sharedPath("data/odd-dicom/pydicom-debian"), [])).map((leak) => leak.kind),
    );
    for (const kind of ["name", "medical record number", "date of birth", "site or staff", "date"])
      expect(kinds).toContain(kind);
  });

  it("leaves no name, number or address that has the form of one", async () => {
    unwrap(await clean());
    expect(
      unwrap(scanForLeaks(join(folder, "clean"), ["CompressedSamples", "CITIZEN", "archibald", "anderson"])),
    ).toEqual([]);
  });
});

describeWithData("de-identified masks", ["data/liver-ct-3dircadb01-17"], () => {
  const folder = temporaryFolder("deidentify-masks");

  it("still lie on their image, voxel for voxel", async () => {
    const of = (name: string): string => sharedPath("data/liver-ct-3dircadb01-17", name);
    unwrap(await deidentify(of("MASK_livertumor1.zip"), join(folder, "tumour"), { key: KEY }));
    const { grid } = unwrap(await readVolumeFromPath(of("MASK_livertumor2.zip")));
    const [tumour] = unwrap(await readMasks(join(folder, "tumour"), undefined, grid));
    expect(tumour!.data.reduce((sum, v) => sum + v, 0)).toBe(96961);
    expect(unwrap(scanForLeaks(folder, ["liver_17", "ircad", "20090527"]))).toEqual([]);
  });
});

describeWithData("de-identified segmentations, maps and images", ["data/dicom-seg-sr-dcmqi"], () => {
  const from = sharedPath("data/dicom-seg-sr-dcmqi");
  const folder = temporaryFolder("deidentify-conform");
  const pathsByUid = (path: string): ReadonlyMap<string, string> =>
    new Map(
      unwrap(indexFolder(path)).series.flatMap(({ instances }) =>
        instances.map(({ sopInstanceUid, source }) => [sopInstanceUid, join(path, source.file)] as const),
      ),
    );
  const labelsOf = (path: string): readonly (string | undefined)[] =>
    items(unwrap(readParsed(memorySource(new Uint8Array(readFileSync(path)), path), false)).dataset, 0x00620002).map(
      (segment) => text(segment, 0x00620005),
    );

  it.each([true, false])("keep or get a label for every segment (descriptors kept: %s)", async (cleanDescriptors) => {
    const out = join(folder, `labels-${cleanDescriptors}`);
    unwrap(await deidentify(from, out, { key: KEY, cleanDescriptors }));
    const cleaned = pathsByUid(out);
    const labels = new Map(
      [...pathsByUid(from)].map(([uid, path]) => [basename(path), labelsOf(cleaned.get(mappedUid(KEY, uid))!)]),
    );
    expect(labels.get("liver.dcm")).toEqual([cleanDescriptors ? "Liver" : "Segment 1"]);
    expect(labels.get("partial_overlaps.dcm")).toEqual([1, 2, 3, 4, 5].map((n) => `Segment ${n}`));
  });

  describeWithTools("checked by dciodvfy", ["dciodvfy"], () => {
    const errorsOf = (path: string): readonly string[] => {
      const said = runTool("sh", ["-c", `dciodvfy '${path}' 2>&1; true`]).split("\n");
      expect(said.length).toBeGreaterThan(1);
      return said.filter((line) => line.startsWith("Error"));
    };

    it("have no error that their originals have not", async () => {
      const out = join(folder, "conform");
      unwrap(await deidentify(from, out, { key: KEY }));
      const cleaned = pathsByUid(out);
      const originals = [...pathsByUid(from)];
      expect(originals).toHaveLength(10);
      const added = originals.flatMap(([uid, path]) => {
        const known = new Set(errorsOf(path));
        return errorsOf(cleaned.get(mappedUid(KEY, uid))!).filter((line) => !known.has(line));
      });
      expect(added).toEqual([]);
    });
  });
});

describeWithData("files without a Patient ID", ["data/liver-ct-3dircadb01-17"], () => {
  it("are told, because an image and its masks may bear two names", async () => {
    const out = join(temporaryFolder("deidentify-no-id"), "out");
    const { report, issues } = unwrap(await deidentify(sharedPath("data/liver-ct-3dircadb01-17"), out, { key: KEY }));
    expect(report.patients).toHaveLength(5);
    expect(issues.find(({ code }) => code === "no-patient-id")?.got).toBe("595 of 595 files");
  });
});
