import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { random, unwrap } from "@livermark/core";
import { assembleDwi, indexFolder, readVolumeFromPath } from "@livermark/dicom";
import { derive, parseProtocol, parseStudyFile, readRecords, tableNameOf } from "@livermark/study";
import { temporaryFolder } from "testkit";
import { describe, expect, it } from "vitest";
import {
  borderCases,
  borderTables,
  ctSeriesFiles,
  damageSeries,
  dwiMrPhantom,
  dwiPatientFiles,
  letbCtPhantom,
  monoExponential,
  type PhantomFile,
} from "../src/index.js";

const save = (folder: string, files: readonly PhantomFile[]): void => {
  for (const { path, bytes } of files) {
    const file = join(folder, path);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, bytes);
  }
};

describe("border cases", () => {
  it("say what the rules say, case by case", () => {
    const sum = (sizes: readonly (readonly [number, number])[], n: 0 | 1): number =>
      sizes.reduce((s, size) => s + size[n], 0);
    for (const { baseline, followUp, newLesionMm, expected } of borderCases) {
      const before = sum(baseline, 0);
      const after = sum(followUp, 0);
      const growth = (after - before) / before;
      const progressed = newLesionMm !== undefined || (growth >= 0.2 - 1e-12 && after - before >= 5 - 1e-9);
      const wanted = progressed ? "PD" : after === 0 ? "CR" : growth <= -0.3 + 1e-12 ? "PR" : "SD";
      expect(expected["recist-1.1"]).toBe(wanted);
    }
  });
  it.each(["recist-1.1", "recist-1.1/letb-paper", "mrecist"] as const)(
    "agree with the study's engine under %s",
    (profile) => {
      const protocol = unwrap(
        parseProtocol(
          [
            "schema: livermark.protocol/2",
            "id: borders",
            "version: 1.0.0",
            "title: Border cases",
            "time_points:",
            "  - { id: baseline, label: before }",
            "  - { id: follow-up-1, label: after }",
            `response: { profiles: [${profile}] }`,
            "endpoints: [OS]",
            "",
          ].join("\n"),
          "borders.yaml",
        ),
      );
      const study = unwrap(parseStudyFile("title: Borders\nprotocol: borders\n", "study.yaml"));
      const tables = borderTables().map(({ path, bytes }) => ({
        name: tableNameOf(path)!,
        file: path,
        content: bytes,
      }));
      const records = readRecords(tables, protocol, study);
      expect(records.issues).toEqual([]);
      const { response } = derive(records, protocol, study);
      for (const { patient, what, expected } of borderCases) {
        const row = response.find(
          (one) => one.patient === patient && "overall" in one && one.timePoint === "follow-up-1",
        );
        expect([patient, what, row !== undefined && "overall" in row ? row.overall : null]).toEqual([
          patient,
          what,
          expected[profile],
        ]);
      }
    },
  );
});

describe("damaged series", () => {
  const folder = temporaryFolder("damage");
  const [visit] = unwrap(
    letbCtPhantom({
      seed: 2,
      patient: "P1",
      body: { kind: "abdomen", size: [52, 48, 18], spacingMm: [6, 6, 9.4] },
      lesions: 2,
      timePoints: [{ name: "baseline", date: "2024-01-10", enhancingFraction: 0.1 }],
      noise: { sd: 5 },
    }),
  ).visits;
  const { volume } = visit!.volumes[1]!;
  const files = ctSeriesFiles(volume, "late-arterial", {
    patient: "P1",
    visit: "baseline",
    date: "2024-01-10",
    number: 2,
  });
  const read = async (name: string, content: readonly PhantomFile[]) => {
    save(join(folder, name), content);
    return readVolumeFromPath(join(folder, name));
  };
  it("reads back to the bit when nothing is wrong, whatever the file names", async () => {
    for (const [name, content] of [
      ["whole", files],
      ["shuffled", damageSeries(files, "shuffled-names", random(4))],
    ] as const) {
      const back = unwrap(await read(name, content));
      expect(Array.from(back.data)).toEqual(Array.from(volume.data));
      expect(back.grid.spacingMm[2]).toBeCloseTo(9.4, 9);
      expect(back.unit).toBe("HU");
    }
  });
  it("is refused or reported with a gap or a cut file", async () => {
    const gap = await read("missing", damageSeries(files, "missing-slice", random(4)));
    expect(gap.ok).toBe(false);
    const cut = await read("truncated", damageSeries(files, "truncated-file", random(4)));
    expect(cut.issues.length).toBeGreaterThan(0);
  });
});

describe("diffusion sets in four vendors' words", () => {
  const folder = temporaryFolder("dwi");
  const phantom = unwrap(
    dwiMrPhantom({
      seed: 6,
      patient: "P1",
      date: "2024-01-10",
      size: [40, 36, 14],
      spacingMm: [7.6, 7.2, 12],
      bValues: [0, 50, 800],
      tumour: monoExponential(1e-3),
      noiseSd: 3,
    }),
  );
  it.each([
    ["standard", "together"],
    ["siemens", "together"],
    ["philips", "per-image"],
    ["ge", "per-image"],
  ] as const)("%s, %s, is read with its b-values", async (style, series) => {
    const place = join(folder, `${style}-${series}`);
    save(place, dwiPatientFiles(phantom, style, series));
    const index = unwrap(await indexFolder(place));
    const found = index.series;
    expect(found.length).toBe(series === "together" ? 1 : 3);
    const set = unwrap(await assembleDwi(found));
    expect(set.bValues).toEqual([0, 50, 800]);
    for (const [n, { image }] of phantom.images.entries())
      expect(Array.from(set.volumes[n]!.data.slice(4000, 4100))).toEqual(
        Array.from(image.volume.data.slice(4000, 4100)),
      );
  });
});
