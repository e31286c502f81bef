import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { unwrap } from "@livermark/core";
import type { Grid, Vec3, Volume } from "@livermark/imaging";
import { indexToPatient } from "@livermark/imaging";
import { describeWithTools, runTool, temporaryFolder } from "testkit";
import { describe, expect, it } from "vitest";
import {
  adcPlausibility,
  adcQuantity,
  assembleDwi,
  classifyPhases,
  indexFolder,
  type LabelledMask,
  phaseByEnhancement,
  readMasks,
  readVolume,
  readVolumeFromPath,
  type SeriesAttributes,
  scalePlausibility,
  seriesRole,
  uidFromSeed,
  volumePhases,
  writeMha,
  writeNifti,
  writeNrrd,
  writeParametricMap,
  writeSecondaryCapture,
  writeSeg,
  writeSeries,
} from "../src/index.js";
import { reorder } from "../src/masks/match-grid.js";

const AXIAL: Grid = {
  size: [7, 5, 6],
  originMm: [-20, -30, 40],
  spacingMm: [0.9, 1.3, 2.5],
  axes: [
    [1, 0, 0],
    [0, 1, 0],
    [0, 0, 1],
  ],
};

/** Voxel values that tell every voxel from every other. */
function volumeOn(grid: Grid, value: (n: number) => number = (n) => n - 50): Volume {
  const n = grid.size[0] * grid.size[1] * grid.size[2];
  return {
    grid,
    data: Int16Array.from({ length: n }, (_, at) => value(at)),
    unit: "HU",
    modality: "CT",
    scale: { id: "HU", proven: true, reason: "CT", filters: [] },
    source: { seriesUid: "", frameOfReferenceUid: null, description: "", files: 0, sha256: "" },
  };
}

const CT: SeriesAttributes = {
  patientId: "P1",
  studyUid: uidFromSeed("study"),
  seriesUid: uidFromSeed("series"),
  modality: "CT",
  description: "",
  seriesNumber: 2,
  studyDate: "20240101",
  acquisitionTime: "101500",
  identityRemoved: true,
};
const MR: SeriesAttributes = { ...CT, modality: "MR" };

const root = temporaryFolder("series");
let folders = 0;

type File = { readonly name: string; readonly bytes: Uint8Array };

/** A new folder with these files. */
function folderOf(...sets: readonly (readonly File[])[]): string {
  const folder = join(root, String(++folders));
  mkdirSync(folder);
  sets.forEach((files, n) => {
    for (const { name, bytes } of files) writeFileSync(join(folder, `${n}-${name}`), bytes);
  });
  return folder;
}

const only = (folder: string) => {
  const { series } = unwrap(indexFolder(folder));
  expect(series).toHaveLength(1);
  return series[0]!;
};

const codes = (issues: readonly { code: string }[]): readonly string[] => issues.map((issue) => issue.code);

describe("geometry", () => {
  const tilt = Math.PI / 7;
  const oblique: Grid["axes"] = [
    [Math.cos(tilt), Math.sin(tilt), 0],
    [-Math.sin(tilt), Math.cos(tilt), 0],
    [0, 0, 1],
  ];
  it.each<[string, Grid]>([
    ["axial, not square", AXIAL],
    [
      "reversed",
      {
        ...AXIAL,
        axes: [
          [1, 0, 0],
          [0, 1, 0],
          [0, 0, -1],
        ],
      },
    ],
    [
      "sagittal",
      {
        ...AXIAL,
        axes: [
          [0, 1, 0],
          [0, 0, -1],
          [-1, 0, 0],
        ],
      },
    ],
    [
      "coronal",
      {
        ...AXIAL,
        axes: [
          [1, 0, 0],
          [0, 0, -1],
          [0, 1, 0],
        ],
      },
    ],
    ["oblique", { ...AXIAL, axes: oblique }],
    [
      "feet first",
      {
        ...AXIAL,
        axes: [
          [-1, 0, 0],
          [0, 1, 0],
          [0, 0, -1],
        ],
      },
    ],
  ])("%s: every voxel keeps its place in the patient", async (_name, grid) => {
    const original = volumeOn(grid);
    const read = unwrap(await readVolumeFromPath(folderOf(writeSeries(original, CT))));
    const [ni, nj, nk] = grid.size;
    const place = (g: Grid, i: number, j: number, k: number): string =>
      indexToPatient(g, i, j, k)
        .map((x) => x.toFixed(3))
        .join();
    const at = new Map<string, number>();
    for (let k = 0; k < nk; k++)
      for (let j = 0; j < nj; j++)
        for (let i = 0; i < ni; i++) at.set(place(grid, i, j, k), original.data[i + ni * (j + nj * k)]!);
    let wrong = 0;
    for (let k = 0; k < nk; k++)
      for (let j = 0; j < nj; j++)
        for (let i = 0; i < ni; i++) {
          if (at.get(place(read.grid, i, j, k)) !== read.data[i + ni * (j + nj * k)]) wrong++;
        }
    expect(wrong).toBe(0);
    expect(reorder(read.data, read.grid, grid)).toEqual(original.data);
  });

  it("does not depend on file names or instance numbers", async () => {
    const files = writeSeries(volumeOn(AXIAL), CT);
    const shuffled = [3, 0, 5, 1, 4, 2].map((from, to) => ({ name: `z${to}`, bytes: files[from]!.bytes }));
    const a = unwrap(await readVolumeFromPath(folderOf(files)));
    const b = unwrap(await readVolumeFromPath(folderOf(shuffled)));
    expect(b).toEqual(a);
  });

  it("takes the spacing from positions, whatever the header's thickness says", async () => {
    const files = writeSeries(volumeOn(AXIAL), {
      ...CT,
      extra: [
        [0x00180050, "DS", 5],
        [0x00180088, "DS", 5],
      ],
    });
    expect(unwrap(await readVolumeFromPath(folderOf(files))).grid.spacingMm[2]).toBe(2.5);
  });

  it("names the missing slice", async () => {
    const files = writeSeries(volumeOn(AXIAL), CT).filter((_, k) => k !== 2);
    const read = await readVolumeFromPath(folderOf(files));
    expect(codes(read.issues)).toEqual(["missing-slices"]);
    expect(read.issues[0]).toMatchObject({
      message: expect.stringContaining("1 slice is missing"),
      got: "5 mm between two slices",
    });
    expect(read.issues[0]!.where.file).toBe("0-slice-0004.dcm");
  });

  it("leaves out copies of a file, and refuses other images at the same place", async () => {
    const files = writeSeries(volumeOn(AXIAL), CT);
    const copied = unwrap(await readVolumeFromPath(folderOf(files, files.slice(0, 1))));
    expect(copied.source.files).toBe(6);
    const again = writeSeries(
      volumeOn(AXIAL, (n) => n),
      { ...CT, instanceOffset: 100 },
    );
    const doubled = await readVolumeFromPath(folderOf(files, again));
    expect(codes(doubled.issues)).toEqual(["duplicate-slices"]);
    const changed = writeSeries(
      volumeOn(AXIAL, (n) => n),
      CT,
    );
    const conflicting = await readVolumeFromPath(folderOf(files, changed.slice(0, 1)));
    expect(codes(conflicting.issues)).toContain("same-uid-different-image");
  });

  it("refuses uneven spacing and sheared slices", async () => {
    const move = (by: (k: number) => Vec3): readonly File[] =>
      Array.from({ length: 6 }, (_, k) => {
        const grid: Grid = { ...AXIAL, size: [7, 5, 1], originMm: by(k) };
        return writeSeries(volumeOn(grid), { ...CT, instanceOffset: k })[0]!;
      });
    const uneven = await readVolumeFromPath(folderOf(move((k) => [0, 0, k * 2.5 + (k > 3 ? 1 : 0)])));
    expect(codes(uneven.issues)).toEqual(["irregular-spacing"]);
    const sheared = await readVolumeFromPath(folderOf(move((k) => [0, k, 2.5 * k])));
    expect(codes(sheared.issues)).toEqual(["gantry-tilt"]);
    expect(sheared.issues[0]!.got).toContain("21.801° from the positions");
  });

  it("refuses two patients in one series", async () => {
    const a = writeSeries(volumeOn(AXIAL), CT);
    const b = writeSeries(volumeOn(AXIAL), { ...CT, patientId: "P2", instanceOffset: 6 });
    const read = await readVolumeFromPath(folderOf(a, b));
    expect(codes(read.issues)).toContain("mixed-patients");
  });

  it("lists several series instead of mixing them", async () => {
    const other = writeSeries(volumeOn(AXIAL), { ...CT, seriesUid: uidFromSeed("other"), description: "arterial" });
    const folder = folderOf(writeSeries(volumeOn(AXIAL), CT), other);
    const read = await readVolumeFromPath(folder);
    expect(codes(read.issues)).toEqual(["several-series"]);
    expect(read.issues[0]!.got).toContain('"arterial"');
    expect((await readVolumeFromPath(folder, { seriesUid: uidFromSeed("other") })).ok).toBe(true);
    expect(codes((await readVolumeFromPath(folder, { seriesUid: "1.2" })).issues)).toEqual(["no-such-series"]);
  });
});

describe("several volumes in one series", () => {
  const set = (offset: number, extra: SeriesAttributes["extra"], attributes: SeriesAttributes = MR): readonly File[] =>
    writeSeries(
      volumeOn(AXIAL, (n) => n + offset),
      { ...attributes, instanceOffset: offset, extra: extra ?? [] },
    );

  it.each<[string, SeriesAttributes["extra"], SeriesAttributes["extra"], string]>([
    ["time points", [[0x00200100, "IS", 1]], [[0x00200100, "IS", 2]], "time point 1"],
    ["acquisitions", [[0x00200012, "IS", 1]], [[0x00200012, "IS", 2]], "acquisition 1"],
    ["trigger times", [[0x00181060, "DS", 20]], [[0x00181060, "DS", 65]], "trigger 20 ms"],
    ["echoes", [[0x00180081, "DS", 1.2]], [[0x00180081, "DS", 2.4]], "echo 1.2 ms"],
    ["b-values", [[0x00189087, "FD", 50]], [[0x00189087, "FD", 800]], "b 50"],
    [
      "magnitude and phase",
      [[0x00080008, "CS", ["ORIGINAL", "PRIMARY", "M"]]],
      [[0x00080008, "CS", ["ORIGINAL", "PRIMARY", "P"]]],
      "magnitude",
    ],
    ["times of day", [[0x00080032, "TM", "101500"]], [[0x00080032, "TM", "101530"]], "at 36900 s"],
  ])("%s are told apart and not mixed", async (_name, first, second, label) => {
    const series = only(folderOf(set(0, first), set(1000, second)));
    expect(series.stacks).toHaveLength(2);
    expect(series.stacks[0]!.label).toBe(label);
    expect(codes((await readVolume(series)).issues)).toEqual(["several-volumes"]);
    const volume = unwrap(await readVolume(series, { stack: label }));
    expect(volume.grid.size).toEqual(AXIAL.size);
    expect(volume.data[0]).toBe(0);
    expect(unwrap(await readVolume(series, { stack: 1 })).data[0]).toBe(1000);
  });

  it("finds two passes over the slices by their times, and does not cut one pass into pieces", async () => {
    const pass = (start: number, offset: number, step: number): readonly File[] =>
      Array.from({ length: 6 }, (_, k) => {
        const seconds = start + step * k;
        const time = `10${String(15 + Math.floor(seconds / 60)).padStart(2, "0")}${(seconds % 60).toFixed(2).padStart(5, "0")}`;
        const grid: Grid = { ...AXIAL, size: [7, 5, 1], originMm: [-20, -30, 40 + 2.5 * k] };
        return writeSeries(
          volumeOn(grid, () => offset),
          { ...CT, acquisitionTime: time, instanceOffset: offset + k },
        )[0]!;
      });
    const two = only(folderOf(pass(0, 0, 0.5), pass(30, 100, 0.5)));
    expect(two.stacks.map((stack) => [stack.label, stack.frames.length])).toEqual([
      ["from 36900 s", 6],
      ["from 36930 s", 6],
    ]);
    expect(unwrap(await readVolume(two, { stack: 1 })).data[0]).toBe(100);
    expect(only(folderOf(pass(0, 0, 0.5))).stacks).toHaveLength(1);
    const interleaved = only(folderOf(pass(0, 0, 0.5), pass(0.25, 100, 0.5)));
    expect(codes(interleaved.stacks[0]!.issues)).toEqual(["duplicate-slices"]);
  });

  it("separates orientations of a localiser", () => {
    const coronal = writeSeries(
      volumeOn({
        ...AXIAL,
        axes: [
          [1, 0, 0],
          [0, 0, -1],
          [0, 1, 0],
        ],
      }),
      { ...MR, instanceOffset: 50 },
    );
    const series = only(folderOf(set(0, []), coronal));
    expect(series.stacks.map((stack) => stack.frames.length)).toEqual([6, 6]);
  });
});

describe("diffusion", () => {
  const B = [0, 50, 400, 800];

  it.each(["standard", "siemens", "ge", "philips"] as const)(
    "in %s words, over one series per b-value",
    async (style) => {
      const sets = B.map((bValue) =>
        writeSeries(
          volumeOn(AXIAL, () => Math.round(1000 * Math.exp(-bValue * 1e-3))),
          {
            ...MR,
            seriesUid: uidFromSeed(`${style} ${bValue}`),
            description: "ep2d_diff",
            diffusion: { bValue, style },
          },
        ),
      );
      const { series } = unwrap(indexFolder(folderOf(...sets)));
      const dwi = unwrap(await assembleDwi(series));
      expect(dwi.bValues).toEqual(B);
      expect(dwi.volumes.map((volume) => volume.data[0])).toEqual([1000, 951, 670, 449]);
    },
  );

  it("undoes the 10⁹ that GE adds, and no more", async () => {
    const sets = [800, 1_000_000_800, 1_000_003_000].map((value, n) =>
      writeSeries(
        volumeOn(AXIAL, () => 1),
        {
          ...MR,
          seriesUid: uidFromSeed(`ge ${n}`),
          description: "DWI",
          extra: [
            [0x00430010, "LO", "GEMS_PARM_01"],
            [0x00431039, "IS", [value, 8, 0, 0]],
          ],
        },
      ),
    );
    const { series } = unwrap(indexFolder(folderOf(...sets)));
    expect(series.map((own) => own.stacks[0]!.bValue).sort()).toEqual([3000, 800, 800]);
  });

  it("resolves private elements by their creator, not by their number", () => {
    const files = writeSeries(
      volumeOn(AXIAL, () => 1),
      {
        ...MR,
        extra: [
          [0x00190010, "LO", "SOMEONE ELSE"],
          [0x00190011, "LO", "SIEMENS MR HEADER"],
          [0x0019100c, "IS", "77"],
          [0x0019110c, "IS", "600"],
        ],
      },
    );
    expect(only(folderOf(files)).stacks[0]!.bValue).toBe(600);
  });

  it("refuses one b-value, and images on other voxels", async () => {
    const make = (bValue: number, grid: Grid): readonly File[] =>
      writeSeries(
        volumeOn(grid, () => 1),
        { ...MR, seriesUid: uidFromSeed(`r${bValue}`), diffusion: { bValue, style: "standard" } },
      );
    const one = unwrap(indexFolder(folderOf(make(0, AXIAL)))).series;
    expect(codes((await assembleDwi(one)).issues)).toEqual(["too-few-b-values"]);
    const two = unwrap(indexFolder(folderOf(make(0, AXIAL), make(800, { ...AXIAL, originMm: [0, 0, 0] })))).series;
    expect(codes((await assembleDwi(two)).issues)).toEqual(["grid-mismatch"]);
  });
});

describe("values and their scale", () => {
  it("gives HU for CT only, whole numbers where they are whole", async () => {
    const ct = unwrap(await readVolumeFromPath(folderOf(writeSeries(volumeOn(AXIAL), { ...CT, intercept: -1024 }))));
    expect([ct.unit, ct.data.constructor.name, ct.data[0]]).toEqual(["HU", "Int16Array", -50]);
    const mr = unwrap(
      await readVolumeFromPath(
        folderOf(
          writeSeries(
            volumeOn(AXIAL, (n) => n),
            { ...MR, slope: 0.5 },
          ),
        ),
      ),
    );
    expect([mr.unit, mr.data.constructor.name, mr.data[7]]).toEqual(["a.u.", "Float32Array", 7]);
  });

  it("gives the true enhancement ratio from a Philips pair of different display scales", async () => {
    const phase = (mean: number, rescaleSlope: number, scaleSlope: number, name: string): readonly File[] =>
      writeSeries(
        volumeOn(AXIAL, () => mean),
        {
          ...MR,
          seriesUid: uidFromSeed(name),
          manufacturer: "Philips",
          philips: { rescaleSlope, rescaleIntercept: 0, scaleSlope },
        },
      );
    const pre = unwrap(await readVolumeFromPath(folderOf(phase(300, 1.25, 2, "pre"))));
    const portal = unwrap(await readVolumeFromPath(folderOf(phase(700, 0.5, 5, "portal"))));
    expect(pre.scale).toMatchObject({ proven: true, id: portal.scale.id });
    expect((portal.data[0]! - pre.data[0]!) / pre.data[0]!).toBeCloseTo(4 / 3, 6);
  });

  it("proves one GE receive scale by equal gains, and says when nothing proves it", async () => {
    const ge = (gain: number, name: string): readonly File[] =>
      writeSeries(
        volumeOn(AXIAL, (n) => n),
        {
          ...MR,
          seriesUid: uidFromSeed(name),
          extra: [
            [0x00190010, "LO", "GEMS_ACQU_01"],
            [0x0019108a, "SS", gain],
            [0x0019108b, "SS", 29],
            [0x00191094, "SS", 120],
            [0x00191093, "DS", 639],
          ],
        },
      );
    const [a, b, c] = await Promise.all(
      [ge(11, "a"), ge(11, "b"), ge(12, "c")].map(
        async (files) => unwrap(await readVolumeFromPath(folderOf(files))).scale,
      ),
    );
    expect(a!.proven && b!.proven && a!.id === b!.id).toBe(true);
    expect(c!.id).not.toBe(a!.id);
    const plain = unwrap(
      await readVolumeFromPath(
        folderOf(
          writeSeries(
            volumeOn(AXIAL, (n) => n),
            MR,
          ),
        ),
      ),
    ).scale;
    expect(plain.proven).toBe(false);
    expect(plain.reason).toContain("nothing in the header");
  });

  it("records intensity filters", async () => {
    const files = writeSeries(
      volumeOn(AXIAL, (n) => n),
      { ...MR, imageType: ["ORIGINAL", "PRIMARY", "M", "NORM"] },
    );
    expect(unwrap(await readVolumeFromPath(folderOf(files))).scale.filters).toEqual(["Siemens NORM"]);
  });

  it("brings ADC maps to mm²/s, and says when the unit is assumed or implausible", async () => {
    const map = (extra: SeriesAttributes["extra"]): readonly File[] =>
      writeSeries(
        volumeOn(AXIAL, () => 1100),
        { ...MR, description: "ADC", imageType: ["DERIVED", "PRIMARY", "DIFFUSION", "ADC"], extra: extra ?? [] },
      );
    const unit = (code: string, slope: number): SeriesAttributes["extra"] => [
      [
        0x00409096,
        "SQ",
        [
          [
            [
              0x004008ea,
              "SQ",
              [
                [
                  [0x00080100, "SH", code],
                  [0x00080102, "SH", "UCUM"],
                  [0x00080104, "LO", code],
                ],
              ],
            ],
            [0x00409224, "FD", 0],
            [0x00409225, "FD", slope],
          ],
        ],
      ],
    ];
    const assumed = await readVolumeFromPath(folderOf(map([])));
    expect(unwrap(assumed).data[0]).toBeCloseTo(1.1e-3, 9);
    expect(codes(assumed.issues)).toEqual(["adc-unit-assumed"]);
    const said = await readVolumeFromPath(folderOf(map(unit("um2/s", 1))));
    expect(unwrap(said).data[0]).toBeCloseTo(1.1e-3, 9);
    expect(codes(said.issues)).toEqual([]);
    const wild = await readVolumeFromPath(folderOf(map(unit("mm2/s", 1))));
    expect(codes(wild.issues)).toEqual(["adc-implausible"]);
    expect(adcPlausibility(1.1e-3, {})).toBeNull();
    expect(adcPlausibility(1.1, {})?.message).toContain("10⁻³");
    expect(adcPlausibility(1.1e-9, {})?.message).toContain("m²/s");
    expect(scalePlausibility(100, 110, {})).toBeNull();
    expect(scalePlausibility(100, 275, {})?.code).toBe("scale-implausible");
  });

  it("refuses other modalities, colour, and values behind a table", async () => {
    const pet = writeSeries(
      volumeOn(AXIAL, (n) => n),
      { ...MR, extra: [[0x00080060, "CS", "PT"]] },
    );
    expect(codes((await readVolumeFromPath(folderOf(pet))).issues)).toEqual(["modality-not-measured"]);
    const table = writeSeries(
      volumeOn(AXIAL, (n) => n),
      { ...MR, extra: [[0x00283000, "SQ", [[[0x00283002, "US", [1, 0, 16]]]]]] },
    );
    expect(codes((await readVolumeFromPath(folderOf(table))).issues)).toEqual(["lookup-table"]);
  });
});

describe("what a series is", () => {
  const roleOf = (attributes: Partial<SeriesAttributes>, data: (n: number) => number = (n) => n): string =>
    seriesRole(only(folderOf(writeSeries(volumeOn(AXIAL, data), { ...MR, ...attributes })))).role;

  it.each<[Partial<SeriesAttributes>, string]>([
    [{ description: "vibe_fs_tra_portal", scanningSequence: "GR", echoTimeMs: 1.2 }, "t1"],
    [
      { description: "opp-phase", scanningSequence: "GR", echoTimeMs: 2.3, fieldStrengthT: 1.5, repetitionTimeMs: 120 },
      "t1-opposed",
    ],
    [
      { description: "in-phase", scanningSequence: "GR", echoTimeMs: 4.6, fieldStrengthT: 1.5, repetitionTimeMs: 120 },
      "t1-in",
    ],
    [{ description: "t2_haste_fs", scanningSequence: "SE", echoTimeMs: 90, repetitionTimeMs: 1400 }, "t2-fs"],
    [{ description: "T2 TSE", scanningSequence: "SE", echoTimeMs: 90, repetitionTimeMs: 3000 }, "t2"],
    [{ description: "ep2d_diff", diffusion: { bValue: 800, style: "siemens" } }, "dwi"],
    [{ description: "ADC (10^-6 mm²/s)", imageType: ["DERIVED", "PRIMARY", "DIFFUSION", "ADC"] }, "adc"],
    [{ description: "dixon", imageType: ["ORIGINAL", "PRIMARY", "M", "OPP_PHASE"] }, "t1-opposed"],
    [{ description: "dixon", imageType: ["DERIVED", "PRIMARY", "M", "FAT"] }, "other"],
    [{ description: "x", modality: "CT", imageType: ["DERIVED", "SECONDARY", "SCREEN SAVE"] }, "other"],
    [{ description: "localizer" }, "localiser"],
    [{ description: "liver mask" }, "mask"],
    [{ description: "x", modality: "CT" }, "ct"],
    [{ description: "x", scanningSequence: "SE", echoTimeMs: 20 }, "other"],
  ])("%j is %s", (attributes, expected) => {
    expect(roleOf(attributes)).toBe(expected);
  });

  const phaseOf = (attributes: Partial<SeriesAttributes>) =>
    classifyPhases([only(folderOf(writeSeries(volumeOn(AXIAL), { ...CT, ...attributes })))])[0]!;

  it.each<[string, string]>([
    ["Leber nativ", "unenhanced"],
    ["ABD W/O", "unenhanced"],
    ["sans injection", "unenhanced"],
    ["LIVER LATE ARTERIAL", "late-arterial"],
    ["früharteriell Leber", "early-arterial"],
    ["tps arteriel", "late-arterial"],
    ["fase arteriosa", "late-arterial"],
    ["门脉期", "portal-venous"],
    ["temps portal", "portal-venous"],
    ["Abdomen portalvenös", "portal-venous"],
    ["delayed 5 min", "delayed"],
    ["hepatobiliary 20 min", "hepatobiliary"],
    ["Abdomen", "unknown"],
  ])("%s is %s by its words", (description, expected) => {
    expect(phaseOf({ description })).toMatchObject({ value: expected });
  });

  it.each<[string, string, string]>([
    ["101445", "101500", "early-arterial"],
    ["101425", "101500", "late-arterial"],
    ["101350", "101500", "portal-venous"],
    ["101200", "101500", "delayed"],
    ["095500", "101500", "hepatobiliary"],
    ["101600", "101500", "unenhanced"],
  ])("contrast at %s and image at %s is %s", (contrastStartTime, acquisitionTime, expected) => {
    const phase = phaseOf({ contrastAgent: "agent", contrastStartTime, acquisitionTime });
    expect(phase).toMatchObject({ value: expected, confidence: 0.9 });
    expect(phase.reason).toMatch(/taken \d+ s/);
  });

  it("gives each volume of a dynamic series its own phase", () => {
    const at = (time: string, offset: number) =>
      writeSeries(volumeOn(AXIAL), {
        ...MR,
        contrastAgent: "agent",
        contrastStartTime: "101500",
        acquisitionTime: time,
        instanceOffset: offset,
        extra: [[0x00200100, "IS", offset]],
      });
    const series = only(folderOf(at("101400", 1), at("101535", 10), at("101610", 20), at("101800", 30)));
    expect(volumePhases(series).map((phase) => phase.value)).toEqual([
      "unenhanced",
      "late-arterial",
      "portal-venous",
      "delayed",
    ]);
  });

  it("lets timing overrule words, and says that they disagree", () => {
    const phase = phaseOf({ description: "portal", contrastAgent: "agent", contrastStartTime: "101425" });
    expect(phase).toMatchObject({
      value: "late-arterial",
      confidence: 0.6,
      reason: expect.stringContaining("although"),
    });
  });

  it.each([
    [{ aortaHu: 45, portalVeinHu: 42, liverHu: 55 }, "unenhanced"],
    [{ aortaHu: 320, portalVeinHu: 60, liverHu: 58 }, "early-arterial"],
    [{ aortaHu: 300, portalVeinHu: 160, liverHu: 70 }, "late-arterial"],
    [{ aortaHu: 165, portalVeinHu: 175, liverHu: 110 }, "portal-venous"],
    [{ aortaHu: 100, portalVeinHu: 102, liverHu: 90 }, "delayed"],
    [{ aortaHu: Number.NaN, portalVeinHu: 102, liverHu: 90 }, "unknown"],
  ] as const)("%j is %s by enhancement", (places, expected) => {
    expect(phaseByEnhancement(places).value).toBe(expected);
  });
});

describe("written and read back", () => {
  const maskOn = (grid: Grid, name: string, inside: (n: number) => boolean): LabelledMask => ({
    name,
    label: 1,
    grid,
    data: Uint8Array.from({ length: grid.size[0] * grid.size[1] * grid.size[2] }, (_, n) => (inside(n) ? 1 : 0)),
  });
  const oblique: Grid = {
    ...AXIAL,
    axes: [
      [0.8, 0.6, 0],
      [-0.6, 0.8, 0],
      [0, 0, 1],
    ],
  };

  it.each([
    ["nii", writeNifti],
    ["nrrd", writeNrrd],
    ["mha", writeMha],
  ] as const)("%s: every type of voxel, straight, oblique and left-handed", async (extension, write) => {
    const types = [Uint8Array, Int16Array, Uint16Array, Int32Array, Uint32Array, Float32Array, Float64Array] as const;
    for (const grid of [
      AXIAL,
      oblique,
      {
        ...AXIAL,
        axes: [
          [1, 0, 0],
          [0, 0, -1],
          [0, 1, 0],
        ],
      } as Grid,
      {
        ...AXIAL,
        axes: [
          [1, 0, 0],
          [0, 1, 0],
          [0, 0, -1],
        ],
      } as Grid,
    ]) {
      for (const Type of types) {
        const data = new Type(210);
        for (let n = 0; n < data.length; n++) data[n] = n;
        const path = join(root, `${++folders}.${extension}`);
        writeFileSync(path, write({ grid, data }));
        const read = unwrap(await readVolumeFromPath(path));
        expect(read.data).toEqual(data);
        expect(reorder(read.data, read.grid, grid)).toEqual(data);
      }
    }
  });

  it("masks on a turned or reversed grid are re-ordered exactly, others refused or resampled with the loss", async () => {
    const sagittal: Grid = {
      size: [6, 7, 5],
      originMm: indexToPatient(AXIAL, 6, 0, 0),
      spacingMm: [2.5, 0.9, 1.3],
      axes: [
        [0, 0, 1],
        [-1, 0, 0],
        [0, 1, 0],
      ],
    };
    const mask = maskOn(AXIAL, "m", (n) => n % 7 === 3 || n === 100);
    const turned = reorder(mask.data, AXIAL, sagittal)!;
    const path = join(root, "turned.nii");
    writeFileSync(path, writeNifti({ grid: sagittal, data: turned }));
    const [read] = unwrap(await readMasks(path, undefined, AXIAL));
    expect(read!.data).toEqual(mask.data);
    const finer: Grid = { ...AXIAL, size: [14, 10, 6], spacingMm: [0.45, 0.65, 2.5] };
    const refused = await readMasks(path, undefined, finer);
    expect(codes(refused.issues)).toEqual(["grid-mismatch"]);
    const resampled = await readMasks(path, undefined, finer, { resample: true });
    expect(codes(resampled.issues)).toEqual(["mask-resampled"]);
    expect(resampled.issues[0]).toMatchObject({
      wanted: expect.stringContaining("ml before"),
      got: expect.stringContaining("ml"),
    });
    expect(codes((await readMasks(path, 9, AXIAL)).issues)).toEqual(["no-such-label"]);
  });

  it("refuses an image as a mask, and a mask that marks nothing", async () => {
    const image = join(root, "image.nii");
    writeFileSync(image, writeNifti({ grid: AXIAL, data: Float32Array.from({ length: 210 }, (_, n) => n / 3) }));
    expect(codes((await readMasks(image, undefined, AXIAL)).issues)).toEqual(["not-a-mask"]);
    const empty = join(root, "empty.nrrd");
    writeFileSync(empty, writeNrrd({ grid: AXIAL, data: new Uint8Array(210) }));
    expect(codes((await readMasks(empty, undefined, AXIAL)).issues)).toEqual(["empty-mask"]);
  });

  describeWithTools("DICOM objects", ["dciodvfy"], () => {
    const verified = (name: string, bytes: Uint8Array): string => {
      const path = join(root, name);
      writeFileSync(path, bytes);
      return runTool("sh", ["-c", `dciodvfy '${path}' 2>&1; true`])
        .split("\n")
        .filter((line) => line.startsWith("Error"))
        .join("\n");
    };
    const attributes = { seed: "test", seriesNumber: 90, description: "derived", date: "20240102", time: "120000" };

    it.each([
      CT,
      { ...MR, diffusion: { bValue: 800, style: "siemens" as const } },
      { ...MR, philips: { rescaleSlope: 2, rescaleIntercept: 0, scaleSlope: 3 } },
    ])("%# series without errors", (own) => {
      const [file] = writeSeries(
        volumeOn(AXIAL, () => 12),
        { ...own, contrastAgent: "agent", contrastStartTime: "101400" },
      );
      expect(verified("series.dcm", file!.bytes)).toBe("");
    });

    it("SEG: equal voxels, overlapping segments, empty slices", async () => {
      const series = only(folderOf(writeSeries(volumeOn(AXIAL), CT)));
      const masks = [
        maskOn(AXIAL, "Liver", (n) => n > 40 && n < 170),
        maskOn(AXIAL, "Tumour 1", (n) => n > 100 && n < 109),
      ];
      const bytes = unwrap(writeSeg(masks, series, { ...attributes, algorithm: { type: "MANUAL", name: "reader" } }));
      expect(verified("seg.dcm", bytes)).toBe("");
      const read = unwrap(await readMasks(join(root, "seg.dcm"), undefined, AXIAL));
      expect(read.map((mask) => [mask.name, mask.label])).toEqual([
        ["Liver", 1],
        ["Tumour 1", 2],
      ]);
      expect(read.map((mask) => mask.data)).toEqual(masks.map((mask) => mask.data));
      const stray = writeSeg([maskOn(oblique, "x", () => true)], series, {
        ...attributes,
        algorithm: { type: "MANUAL", name: "" },
      });
      expect(codes(stray.issues)).toEqual(["grid-mismatch"]);
    });

    it("parametric map: numbers, unit and missing values", async () => {
      const series = only(
        folderOf(
          writeSeries(
            volumeOn(AXIAL, (n) => n),
            { ...MR, seriesUid: uidFromSeed("dwi") },
          ),
        ),
      );
      const data = Float32Array.from({ length: 210 }, (_, n) => (n % 9 === 0 ? Number.NaN : 1e-3 + n * 1e-6));
      const bytes = unwrap(
        writeParametricMap({ ...volumeOn(AXIAL), data, unit: "mm2/s" }, series, {
          ...attributes,
          ...adcQuantity([0, 500], "two-point"),
        }),
      );
      expect(verified("map.dcm", bytes)).toBe("");
      const read = unwrap(await readVolumeFromPath(join(root, "map.dcm")));
      expect([read.unit, read.grid.size]).toEqual(["mm2/s", AXIAL.size]);
      expect(read.data).toEqual(data);
    });

    it("secondary capture", () => {
      const series = only(folderOf(writeSeries(volumeOn(AXIAL), CT)));
      expect(verified("capture.dcm", writeSecondaryCapture(new Uint8Array(4 * 3 * 3), 4, 3, series, attributes))).toBe(
        "",
      );
    });
  });
});
