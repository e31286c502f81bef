import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { unwrap } from "@livermark/core";
import type { Volume } from "@livermark/imaging";
import { describeWithData, sharedPath, temporaryFolder } from "testkit";
import { describe, expect, it } from "vitest";
import {
  indexFolder,
  type SeriesAcquisition,
  type SeriesAttributes,
  sameParameters,
  sameScanner,
  seriesAcquisition,
  uidFromSeed,
  writeSeries,
} from "../src/index.js";

const root = temporaryFolder("acquisition");
let folders = 0;

const VOLUME: Volume = {
  grid: {
    size: [6, 5, 4],
    originMm: [0, 0, 0],
    spacingMm: [0.7, 0.9, 1.25],
    axes: [
      [1, 0, 0],
      [0, 1, 0],
      [0, 0, 1],
    ],
  },
  data: new Int16Array(120).fill(40),
  unit: "HU",
  modality: "CT",
  scale: { id: "HU", proven: true, reason: "CT", filters: [] },
  source: { seriesUid: "", frameOfReferenceUid: null, description: "", files: 0, sha256: "" },
};

const CT: SeriesAttributes = {
  patientId: "P1",
  studyUid: uidFromSeed("study"),
  seriesUid: uidFromSeed("series"),
  modality: "CT",
  description: "arterial",
  seriesNumber: 2,
  studyDate: "20240131",
  acquisitionTime: "101500",
  contrastAgent: "Iomeprol",
  contrastStartTime: "101430",
  manufacturer: "MAKER",
  identityRemoved: true,
  extra: [
    [0x00081090, "LO", "Model 5"],
    [0x00181210, "SH", "B30f"],
  ],
};

function acquisition(attributes: SeriesAttributes): SeriesAcquisition {
  const folder = join(root, String(++folders));
  mkdirSync(folder);
  for (const { name, bytes } of writeSeries(VOLUME, attributes)) writeFileSync(join(folder, name), bytes);
  return seriesAcquisition(unwrap(indexFolder(folder)).series[0]!);
}

describe("how a series was made", () => {
  it("comes out as typed facts, dates as ISO, spacing from positions", () => {
    const facts = acquisition(CT);
    expect(facts).toMatchObject({
      modality: "CT",
      studyDate: "2024-01-31",
      acquisitionDate: "2024-01-31",
      acquisitionSeconds: 36900,
      manufacturer: "MAKER",
      scannerModel: "Model 5",
      kvp: 120,
      kernel: "B30f",
      sliceThicknessMm: 1.25,
      spacingMm: [0.7, 0.9, 1.25],
      matrix: [6, 5],
      contrastAgent: "Iomeprol",
      contrastStartSeconds: 36870,
      fieldStrengthT: null,
      bValues: [],
      mixed: [],
    });
  });

  it("gives no value where the images of a series disagree, and names the fact", () => {
    const folder = join(root, String(++folders));
    mkdirSync(folder);
    writeSeries(VOLUME, CT).forEach(({ name, bytes }, n) => {
      if (n < 2) writeFileSync(join(folder, name), bytes);
    });
    writeSeries(VOLUME, { ...CT, kvp: 100 }).forEach(({ name, bytes }, n) => {
      if (n >= 2) writeFileSync(join(folder, name), bytes);
    });
    const facts = seriesAcquisition(unwrap(indexFolder(folder)).series[0]!);
    expect(facts.kvp).toBeNull();
    expect(facts.mixed).toEqual(["kvp"]);
  });

  it("compares scanners and parameters, and says what differs or is unknown", () => {
    const a = acquisition(CT);
    expect(sameScanner(a, a)).toEqual({ same: true, differing: [], unknown: [] });
    expect(sameScanner(a, acquisition({ ...CT, manufacturer: "maker " })).same).toBe(true);
    expect(sameScanner(a, acquisition({ ...CT, manufacturer: "OTHER" }))).toEqual({
      same: false,
      differing: ["manufacturer MAKER and OTHER"],
      unknown: [],
    });
    expect(sameScanner(a, acquisition({ ...CT, extra: [] }))).toEqual({
      same: null,
      differing: [],
      unknown: ["scannerModel"],
    });
    expect(sameParameters(a, acquisition({ ...CT, kvp: 100 }))).toMatchObject({
      same: false,
      differing: ["kvp 120 and 100"],
    });
    const mr: SeriesAttributes = { ...CT, modality: "MR", repetitionTimeMs: 4, flipAngleDegrees: 10 };
    expect(sameParameters(acquisition(mr), acquisition({ ...mr, repetitionTimeMs: 4.02 })).same).toBe(true);
    expect(sameParameters(acquisition(mr), acquisition({ ...mr, flipAngleDegrees: 15 })).differing).toEqual([
      "flipAngleDegrees 10 and 15",
    ]);
    expect(sameParameters(a, acquisition(mr)).same).toBe(false);
  });
});

describeWithData("acquisition facts of real images", ["data/odd-dicom"], () => {
  it("are read from the functional groups of enhanced images", () => {
    const { series } = unwrap(indexFolder(sharedPath("data/odd-dicom/philips-enhanced-mr-abdomen")));
    const facts = series.map(seriesAcquisition);
    expect(facts.length).toBeGreaterThan(0);
    for (const one of facts) {
      expect(one.fieldStrengthT).toBeGreaterThan(0);
      expect(one.repetitionTimeMs).toBeGreaterThan(0);
      expect(one.flipAngleDegrees).toBeGreaterThan(0);
      expect(one.sliceThicknessMm).toBeGreaterThan(0);
    }
  });

  it("give the b-values of diffusion series", () => {
    const { series } = unwrap(indexFolder(sharedPath("data/odd-dicom/philips-classic-dwi")));
    const b = series.flatMap((one) => seriesAcquisition(one).bValues);
    expect(Math.max(...b)).toBeGreaterThan(0);
  });
});
