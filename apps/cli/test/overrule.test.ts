import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { Results } from "@livermark/analysis";
import { unwrap } from "@livermark/core";
import { uidFromSeed, writeSeries } from "@livermark/dicom";
import {
  csvFile,
  imageColumns,
  type PhantomFile,
  regionColumns,
  type SerMrOptions,
  serBundleRows,
  serMrPhantom,
  serPatientFiles,
  textFile,
} from "@livermark/phantom";
import { writeFolder } from "@livermark/pipeline";
import { temporaryFolder } from "testkit";
import { describe, expect, it } from "vitest";
import { command as run } from "../src/commands/run.js";
import { call, json } from "./support.js";

const PROTOCOL = `schema: livermark.protocol/2
id: ser-only
version: 1.0.0
title: SER of one patient
time_points:
  - { id: baseline, label: before treatment }
images:
  - { id: unenhanced, label: T1 unenhanced, role: t1, phase: unenhanced, time_points: [baseline] }
  - { id: portal, label: T1 portal venous, role: t1, phase: portal-venous, time_points: [baseline] }
regions:
  - { id: tumour, label: Tumour, purpose: tumour, drawn_on: portal, time_points: [baseline] }
biomarkers:
  - id: ser
    label: SER
    unit: "1"
    time_points: [baseline]
    recipe: ser
    images: { pre: unenhanced, portal: portal }
    regions: { tumour: tumour }
endpoints:
  - { name: OS, given: true }
`;

const STUDY = "title: Overrules\nprotocol: protocol.yaml\ngiven: { endpoints: { OS: { time: days, event: death } } }\n";

const folder = temporaryFolder("overrule");
let bundles = 0;

const TRUE_SER = 0.83;

/** One patient without noise, with this scaling of the stored values. */
const patientOf = (scaling: NonNullable<SerMrOptions["scaling"]>) =>
  unwrap(
    serMrPhantom({
      seed: 5,
      patient: "P01",
      size: [64, 64, 12],
      spacingMm: [5.4, 5.4, 9],
      noiseSd: 0,
      scaling,
      timePoints: [{ name: "baseline", date: "2024-01-10", ser: TRUE_SER }],
    }),
  );

/** A bundle of one MR phantom patient; `decide` adds what a person wrote into images.csv. */
function bundleOf(
  scaling: NonNullable<SerMrOptions["scaling"]>,
  decide: (phase: string) => { readonly [column: string]: string } = () => ({}),
): string {
  const phantom = patientOf(scaling);
  const rows = serBundleRows(phantom, 1, "R1");
  const files: readonly PhantomFile[] = [
    textFile("study.yaml", STUDY),
    textFile("protocol.yaml", PROTOCOL),
    csvFile("tables/patients.csv", ["patient"], [{ patient: "P01" }]),
    csvFile("tables/given.csv", ["patient", "days", "death"], [{ patient: "P01", days: 400, death: 1 }]),
    csvFile(
      "tables/images.csv",
      [...imageColumns, "note"],
      rows.images.map((row) => ({ ...row, ...decide(String(row.phase)) })),
    ),
    csvFile("tables/regions.csv", regionColumns, rows.regions),
    ...serPatientFiles(phantom),
  ];
  const path = join(folder, `study-${++bundles}`);
  writeFolder(path, files);
  return path;
}

const outputs = (bundle: string): { results: Results; page: string } => ({
  results: JSON.parse(readFileSync(join(bundle, "out/results.json"), "utf8")) as Results,
  page: readFileSync(join(bundle, "out/report.html"), "utf8"),
});

const serOf = (results: Results): number => {
  const cell = results.tables.find(({ id }) => id === "measurements")?.rows[0]?.cells.ser;
  if (cell === undefined || !("value" in cell) || typeof cell.value !== "number") throw new Error("no SER");
  return cell.value;
};

describe("the enhancement ratio of two MR series", () => {
  it("is the true one where Philips display scales differ, without any person's word", async () => {
    const bundle = bundleOf("philips");
    await json(run, bundle);
    const { results } = outputs(bundle);
    expect(serOf(results)).toBeCloseTo(TRUE_SER, 2);
    expect(results.issues.filter(({ code }) => code.includes("scale"))).toEqual([]);
  });

  it("is refused where nothing proves the scale, and its remedy is named", async () => {
    const refused = await call(run, bundleOf("common"));
    expect(refused.ok).toBe(false);
    const issue = refused.issues.find(({ code }) => code === "unproven-scale" && refused.ok === false);
    expect(issue?.mend).toContain("override");
  });

  it("is given where a person vouches for the scale, and the report prints the reason and who gave it", async () => {
    const bundle = bundleOf("common", () => ({ note: "scale: same prescan seen on the console; by: reader R1" }));
    await json(run, bundle);
    const { results, page } = outputs(bundle);
    expect(serOf(results)).toBeCloseTo(TRUE_SER, 2);
    const printed = results.issues.find(({ code }) => code === "unproven-scale");
    expect(printed?.message).toContain("same prescan seen on the console (reader R1)");
    expect(page).toContain("same prescan seen on the console (reader R1)");
    const passports = readFileSync(join(bundle, "out/provenance.json"), "utf8");
    expect(passports).toContain("same prescan seen on the console (reader R1)");
  });
});

describe("contrast phases that neither timing nor words nor a person decide", () => {
  it("are taken from the images of the study", async () => {
    const phantom = patientOf("philips");
    const rows = serBundleRows(phantom, 1, "R1");
    const silent = phantom.visits[0]!.phases.flatMap(({ volume, phase, scale }, n) =>
      writeSeries(volume, {
        patientId: "P01",
        studyUid: uidFromSeed("silent"),
        seriesUid: volume.source.seriesUid,
        modality: "MR",
        description: "T1 GRE",
        seriesNumber: n + 1,
        studyDate: "20240110",
        acquisitionTime: "100000",
        identityRemoved: true,
        philips: { rescaleSlope: scale.slope, rescaleIntercept: 0, scaleSlope: scale.scaleSlope },
      }).map(({ name, bytes }) => ({ path: `images/P01/baseline/${phase}/${name}`, bytes })),
    );
    const bundle = join(folder, "silent");
    writeFolder(bundle, [
      textFile("study.yaml", STUDY),
      textFile("protocol.yaml", PROTOCOL),
      csvFile("tables/patients.csv", ["patient"], [{ patient: "P01" }]),
      csvFile("tables/given.csv", ["patient", "days", "death"], [{ patient: "P01", days: 400, death: 1 }]),
      csvFile("tables/images.csv", ["path", "patient", "time_point", "treatment"], rows.images),
      csvFile("tables/regions.csv", regionColumns, rows.regions),
      ...serPatientFiles(phantom).filter(({ path }) => path.startsWith("regions/")),
      ...silent,
    ]);
    await json(run, bundle);
    expect(serOf(outputs(bundle).results)).toBeCloseTo(TRUE_SER, 2);
  });
});

describe("role and phase", () => {
  it("given against the images by a person are used, kept and printed with the reason", async () => {
    // The person swaps the phases: timing in the headers says otherwise.
    const bundle = bundleOf("philips", (phase) => ({
      phase: phase === "unenhanced" ? "portal-venous" : "unenhanced",
      note: "why: clock of the injector was wrong; by: reader R2",
    }));
    await json(run, bundle, "--steps", "inspect,analyse,report");
    const { results, page } = outputs(bundle);
    expect(serOf(results)).toBeCloseTo(1 / (1 + TRUE_SER) - 1, 2);
    const printed = results.issues.filter(({ code }) => code === "phase-overruled");
    expect(printed).toHaveLength(2);
    expect(printed[0]).toMatchObject({ where: { patient: "P01", table: "images" } });
    expect(printed[0]?.message).toContain("clock of the injector was wrong (reader R2)");
    expect(page).toContain("clock of the injector was wrong (reader R2)");
    const images = readFileSync(join(bundle, "out/images.json"), "utf8");
    expect(images).toContain('"overrules"');
    expect(images).toContain("clock of the injector was wrong");
  });

  it("given against the images as another role are printed too", async () => {
    const bundle = bundleOf("philips", (phase) => (phase === "unenhanced" ? { role: "t2" } : {}));
    const refused = await call(run, bundle, "--keep-going");
    expect(refused.ok).toBe(true);
    const { results, page } = outputs(bundle);
    expect(results.issues.map(({ code }) => code)).toContain("role-overruled");
    expect(page).toContain("another role than its images show");
  });

  it("that say what the images say are no overrule", async () => {
    const bundle = bundleOf("philips");
    await json(run, bundle);
    expect(outputs(bundle).results.issues.filter(({ code }) => code.endsWith("-overruled"))).toEqual([]);
  });
});

describe("a tilted CT in a study", () => {
  const PLAIN = `schema: livermark.protocol/2
id: plain
version: 1.0.0
title: Mean of a cube
time_points:
  - { id: baseline, label: before treatment }
images:
  - { id: ct, label: CT, role: ct, time_points: [baseline] }
regions:
  - { id: cube, label: Cube, purpose: reference, drawn_on: ct, time_points: [baseline], shape: cube }
biomarkers:
  - id: mean-hu
    label: Mean
    unit: HU
    time_points: [baseline]
    recipe: region-stats
    images: { image: ct }
    regions: { region: cube }
endpoints:
  - { name: OS, given: true }
`;

  /** A body of 40 HU whose slices wander sideways, and a cube inside it in patient millimetres. */
  function tiltedStudy(note: string): string {
    const slices = Array.from({ length: 16 }, (_, k) => {
      const grid = {
        size: [40, 40, 1] as const,
        originMm: [-40, -40 + 1.1 * k, 3 * k] as const,
        spacingMm: [2, 2, 3] as const,
        axes: [
          [1, 0, 0],
          [0, 1, 0],
          [0, 0, 1],
        ] as const,
      };
      return writeSeries(
        {
          grid,
          data: new Int16Array(1600).fill(40),
          unit: "HU",
          modality: "CT",
          scale: { id: "HU", proven: true, reason: "CT", filters: [] },
          source: { seriesUid: "", frameOfReferenceUid: null, description: "", files: 0, sha256: "" },
        },
        {
          patientId: "P01",
          studyUid: uidFromSeed("tilted study"),
          seriesUid: uidFromSeed("tilted series"),
          modality: "CT",
          description: "abdomen",
          seriesNumber: 1,
          studyDate: "20240110",
          acquisitionTime: "100000",
          identityRemoved: true,
          instanceOffset: k,
        },
      )[0]!;
    });
    const bundle = join(folder, `tilted-${++bundles}`);
    const cube = { kind: "cube", center: [0, 8, 24], volumeCm3: 1 };
    writeFolder(bundle, [
      textFile("study.yaml", STUDY),
      textFile("protocol.yaml", PLAIN),
      csvFile("tables/patients.csv", ["patient"], [{ patient: "P01" }]),
      csvFile("tables/given.csv", ["patient", "days", "death"], [{ patient: "P01", days: 400, death: 1 }]),
      csvFile(
        "tables/images.csv",
        ["path", "patient", "time_point", "note"],
        [{ path: "ct", patient: "P01", time_point: "baseline", note }],
      ),
      csvFile(
        "tables/regions.csv",
        ["path", "patient", "time_point", "purpose"],
        [{ path: "cube.json", patient: "P01", time_point: "baseline", purpose: "reference" }],
      ),
      textFile("regions/cube.json", JSON.stringify(cube)),
      ...slices.map(({ name, bytes }) => ({ path: `images/ct/${name}`, bytes })),
    ]);
    return bundle;
  }

  it("is refused by default", async () => {
    const refused = await call(run, tiltedStudy("first reading"));
    expect(refused.ok).toBe(false);
    expect(refused.issues.map(({ code }) => code)).toContain("gantry-tilt");
  });

  it("is resampled where images.csv asks for it, and the report says what that cost", async () => {
    const bundle = tiltedStudy("tilt: resample; by: reader R1");
    await json(run, bundle);
    const { results, page } = outputs(bundle);
    const cell = results.tables.find(({ id }) => id === "measurements")?.rows[0]?.cells["mean-hu"];
    expect(cell !== undefined && "value" in cell ? cell.value : null).toBe(40);
    expect(results.issues.map(({ code }) => code)).toContain("tilt-resampled");
    expect(page).toContain("resampled onto an untilted grid on request");
  });
});
