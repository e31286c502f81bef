import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { Cell, Provenance, Results } from "@livermark/analysis";
import { unwrap } from "@livermark/core";
import {
  csvFile,
  dwiMrPhantom,
  dwiPatientFiles,
  imageColumns,
  jsonFile,
  letbBundleRows,
  letbCtPhantom,
  letbPatientFiles,
  regionColumns,
  textFile,
} from "@livermark/phantom";
import { writeFolder } from "@livermark/pipeline";
import { temporaryFolder } from "testkit";
import { beforeAll, describe, expect, it } from "vitest";
import { command as run } from "../src/commands/run.js";
import { json } from "./support.js";

const PROTOCOL = `schema: livermark.protocol/2
id: two-visits
version: 1.0.0
title: ADC and LETB at two visits
time_points:
  - { id: baseline, label: before treatment }
  - { id: follow-up-1, label: after treatment }
images:
  - { id: unenhanced, label: Precontrast CT, role: ct, phase: unenhanced, time_points: [baseline, follow-up-1] }
  - { id: arterial, label: Late arterial CT, role: ct, phase: late-arterial, time_points: [baseline, follow-up-1] }
  - { id: dwi, label: DWI, role: dwi, time_points: [baseline, follow-up-1] }
regions:
  - { id: liver, label: Whole liver, purpose: liver, drawn_on: arterial, time_points: [baseline, follow-up-1], shape: mask }
  - { id: reference, label: Parenchyma, purpose: reference, drawn_on: arterial, time_points: [baseline, follow-up-1], shape: cube, repeats: 3 }
  - { id: tumour, label: Tumour, purpose: tumour, drawn_on: dwi, time_points: [baseline, follow-up-1], shape: ellipse }
biomarkers:
  - id: letb
    label: LETB
    unit: "%"
    time_points: [baseline, follow-up-1]
    recipe: letb
    images: { pre: unenhanced, arterial: arterial }
    regions: { liver: liver, reference: reference }
    parameters: { k: 2, edge_in_interval: true, registration_error_mm: 1, surface_mm: 0, contrast_override: a phantom }
  - id: adc
    label: ADC
    unit: mm2/s
    time_points: [baseline, follow-up-1]
    recipe: adc
    images: { dwi: dwi }
    regions: { tumour: tumour }
changes:
  - { id: letb-change, label: LETB change, of: letb, from: baseline, to: follow-up-1, as: percent }
  - { id: adc-change, label: ADC change, of: adc, from: baseline, to: follow-up-1, as: percent }
endpoints:
  - { name: OS, given: true }
`;

const STUDY = `title: Two visits
protocol: protocol.yaml
given:
  endpoints:
    OS: { time: OS_months, event: Death, unit: months }
`;

/** Diffusion images of one visit, in a folder of their own. */
function dwiVisit(timePoint: string, date: string, d: number, patient = "P2") {
  const phantom = unwrap(
    dwiMrPhantom({
      seed: 3,
      patient,
      date,
      size: [80, 72, 24],
      spacingMm: [4, 4, 7],
      bValues: [50, 400, 800],
      tumour: { d, f: 0, dStar: 0.03 },
      noiseSd: 2,
    }),
  );
  const place = (path: string): string => path.replace(`${patient}/dwi`, `${patient}/${timePoint}`);
  return {
    files: [
      ...dwiPatientFiles(phantom, "siemens").map((file) => ({ ...file, path: place(file.path) })),
      jsonFile(`regions/${patient}/${timePoint}/tumour.json`, phantom.region),
    ],
    image: { path: `${patient}/${timePoint}`, patient, time_point: timePoint, role: "dwi" },
    region: {
      path: `${patient}/${timePoint}/tumour.json`,
      patient,
      time_point: timePoint,
      purpose: "tumour",
      reader: "R1",
      lesion: "T1",
    },
  };
}

describe("changes of what was measured on images", () => {
  const bundle = join(temporaryFolder("changes"), "study");
  let results: Results;
  let provenance: Provenance;
  const cell = (row: string, key: string): Cell => {
    const rows = results.tables.find((table) => table.id === "measured-changes")?.rows ?? [];
    const found = rows.find((one) => one.label.startsWith(row))?.cells[key];
    if (found === undefined) throw new Error(`no cell ${row} / ${key} in ${rows.map((one) => one.label).join("; ")}`);
    return found;
  };

  beforeAll(async () => {
    const letb = unwrap(
      letbCtPhantom({
        seed: 2,
        patient: "P1",
        body: { kind: "abdomen", size: [96, 96, 40], spacingMm: [3.3, 3.3, 4.8], bodyScale: 0.95 },
        lesions: 6,
        timePoints: [
          { name: "baseline", date: "2024-01-10", enhancingFraction: 0.3 },
          { name: "follow-up-1", date: "2024-04-02", enhancingFraction: 0.33, liverScale: 0.9 },
        ],
        noise: { sd: 6 },
      }),
    );
    const visits = [
      dwiVisit("baseline", "2024-01-10", 1.0e-3),
      dwiVisit("follow-up-1", "2024-04-02", 1.15e-3),
      dwiVisit("baseline", "2024-01-10", 1.0e-3, "P3"),
      dwiVisit("follow-up-1", "2024-04-02", 1.4e-3, "P3"),
    ];
    const rows = letbBundleRows(letb, 1, "R1");
    const untreated = (row: object) => ({ ...row, treatment: null });
    writeFolder(bundle, [
      textFile("study.yaml", STUDY),
      textFile("protocol.yaml", PROTOCOL),
      csvFile("tables/patients.csv", ["patient"], [{ patient: "P1" }, { patient: "P2" }, { patient: "P3" }]),
      csvFile(
        "tables/given.csv",
        ["patient", "OS_months", "Death"],
        ["P1", "P2", "P3"].map((patient, n) => ({ patient, OS_months: 10 + n, Death: n === 1 ? 0 : 1 })),
      ),
      csvFile("tables/images.csv", imageColumns, [...rows.images.map(untreated), ...visits.map(({ image }) => image)]),
      csvFile("tables/regions.csv", regionColumns, [
        ...rows.regions.map(untreated),
        ...visits.map(({ region }) => region),
      ]),
      ...letbPatientFiles(letb),
      ...visits.flatMap(({ files }) => files),
    ]);
    await json(run, bundle);
    const read = (name: string): string => readFileSync(join(bundle, "out", name), "utf8");
    results = JSON.parse(read("results.json")) as Results;
    provenance = JSON.parse(read("provenance.json")) as Provenance;
  }, 300_000);

  it("says that a 15 % change of ADC lies within the measurement error, and a 40 % change beyond it", () => {
    expect(cell("P2", "adc-change")).toMatchObject({ kind: "number", unit: "%" });
    expect(cell("P2", "adc-change.verdict")).toMatchObject({
      text: "within measurement error (27 %, QIBA DWI profile)",
    });
    expect(cell("P3", "adc-change.verdict")).toMatchObject({
      text: "beyond measurement error (27 %, QIBA DWI profile)",
    });
  });

  it("puts the three changes of LETB together and flags opposite signs", () => {
    const value = (key: string): number => {
      const found = cell("P1", key);
      if (found.kind !== "number") throw new Error(`${key} is no number`);
      return found.value;
    };
    expect(value("letb-change")).toBeGreaterThan(0);
    expect(value("letb-change.enhancing")).toBeLessThan(0);
    expect(value("letb-change.liver")).toBeCloseTo(-27, 0);
    expect(cell("P1", "letb-change.verdict")).toMatchObject({
      text: expect.stringContaining("LETB and enhancing volume changed in opposite directions"),
    });
    expect(results.issues.map((issue) => issue.code)).toContain("letb-against-volume");
  });

  it("keeps the passport of each change and the options of the protocol", () => {
    const { id } = cell("P1", "letb-change");
    const passport = provenance.passports[id ?? ""];
    expect(passport?.inputs).toHaveLength(2);
    const [baseline] = passport?.inputs ?? [];
    const measured = baseline?.kind === "result" ? provenance.passports[baseline.id] : undefined;
    expect(measured?.parameters).toMatchObject({
      edgeInInterval: true,
      registrationErrorMm: 1,
      surface_mm: 0,
      smoothing_mm: 0,
      contrastOverride: "a phantom",
    });
    const report = readFileSync(join(bundle, "out/report.html"), "utf8");
    expect(report).toContain("Changes measured on images");
    expect(report).toContain("within measurement error");
  });
});
