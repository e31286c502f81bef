import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { ok, refuse, unwrap } from "@livermark/core";
import { indexFolder, seriesAcquisition, uidFromSeed, writeSeries } from "@livermark/dicom";
import type { Mask, Volume } from "@livermark/imaging";
import { parseProtocol } from "@livermark/study";
import { temporaryFolder } from "testkit";
import { describe, expect, it } from "vitest";
import type { LinkedSeries } from "../src/link-images.js";
import { muscleCheck, otherFilters, type Placed } from "../src/scale-checks.js";

const GRID: Volume["grid"] = {
  size: [4, 4, 2],
  originMm: [0, 0, 0],
  spacingMm: [1, 1, 3],
  axes: [
    [1, 0, 0],
    [0, 1, 0],
    [0, 0, 1],
  ],
};

const volume = (value: number, unit: Volume["unit"] = "a.u."): Volume => ({
  grid: GRID,
  data: new Float32Array(32).fill(value),
  unit,
  modality: "MR",
  scale: { id: "x", proven: true, reason: "test", filters: [] },
  source: { seriesUid: `series-${value}`, frameOfReferenceUid: null, description: "", files: 1, sha256: "" },
});
const muscle: Mask = { name: "muscle", grid: GRID, data: new Uint8Array(32).fill(1) };
const drawn = async () => ok([muscle]);

describe("muscle between two phases", () => {
  it("warns where it changes more than contrast can explain, and names both", async () => {
    const issue = await muscleCheck(ok(volume(100)), ok(volume(300)), drawn, "P1");
    expect(issue).toMatchObject({ code: "scale-implausible", severity: "warning", got: "ratio 3.000" });
    expect(issue?.where).toEqual({ patient: "P1", series: "series-300" });
  });

  it("is silent where muscle rises a little, for CT, and where nothing was drawn or read", async () => {
    expect(await muscleCheck(ok(volume(100)), ok(volume(125)), drawn, "P1")).toBeNull();
    expect(await muscleCheck(ok(volume(100, "HU")), ok(volume(300, "HU")), drawn, "P1")).toBeNull();
    expect(await muscleCheck(ok(volume(100)), ok(volume(300)), async () => ok([]), "P1")).toBeNull();
    const broken = refuse({ code: "x", message: "x" });
    expect(await muscleCheck(broken, ok(volume(300)), drawn, "P1")).toBeNull();
  });
});

const PROTOCOL = `schema: livermark.protocol/2
id: t2-only
version: 1.0.0
title: T2 ratio
time_points:
  - { id: baseline, label: before }
  - { id: follow-up-1, label: after }
images:
  - { id: t2, label: T2, role: t2-fs, time_points: [baseline, follow-up-1] }
regions:
  - { id: tumour, label: Tumour, purpose: tumour, drawn_on: t2, time_points: [baseline, follow-up-1] }
  - { id: muscle, label: Muscle, purpose: muscle, drawn_on: t2, time_points: [baseline, follow-up-1] }
biomarkers:
  - id: t2-sir
    label: T2 ratio
    unit: "1"
    time_points: [baseline, follow-up-1]
    recipe: t2-sir
    images: { t2: t2 }
    regions: { tumour: tumour, muscle: muscle }
endpoints:
  - { name: OS, given: true }
`;

describe("T2 ratios of two time points", () => {
  const root = temporaryFolder("filters");
  const protocol = unwrap(parseProtocol(PROTOCOL, "protocol.yaml"));

  function linked(
    timePoint: string,
    words: readonly string[],
    overrules: LinkedSeries["overrules"] = [],
  ): LinkedSeries {
    const folder = join(root, `${timePoint}-${words.join("-")}-${overrules.length}`);
    mkdirSync(folder);
    const files = writeSeries(volume(100), {
      patientId: "P1",
      studyUid: uidFromSeed(folder),
      seriesUid: uidFromSeed(`${folder}/s`),
      modality: "MR",
      description: "T2",
      seriesNumber: 1,
      studyDate: "20240101",
      acquisitionTime: "101010",
      imageType: ["ORIGINAL", "PRIMARY", "M", ...words],
    });
    for (const { name, bytes } of files) writeFileSync(join(folder, name), bytes);
    const series = unwrap(indexFolder(folder)).series[0]!;
    return {
      series,
      patient: "P1",
      timePoint,
      treatment: 1,
      role: "t2-fs",
      phase: "unknown",
      acquisition: seriesAcquisition(series),
      overrules,
      line: 2,
    };
  }
  const measured: readonly Placed[] = ["follow-up-1", "baseline"].map((timePoint) => ({
    patient: "P1",
    timePoint,
    treatment: 1,
    reader: null,
    biomarker: "t2-sir",
  }));

  it("are compared where the images went through the same filters", () => {
    const { kept, issues } = otherFilters(
      protocol,
      [linked("baseline", ["NORM"]), linked("follow-up-1", ["NORM"])],
      measured,
    );
    expect(kept).toEqual(measured);
    expect(issues).toEqual([]);
  });

  it("are refused where a filter was used at one of them only, and the later value is left out", () => {
    const series = [linked("baseline", []), linked("follow-up-1", ["NORM", "X"])];
    const { kept, issues } = otherFilters(protocol, series, measured);
    expect(kept.map(({ timePoint }) => timePoint)).toEqual(["baseline"]);
    expect(issues).toHaveLength(1);
    expect(issues[0]).toMatchObject({
      code: "filters-differ",
      severity: "error",
      got: "Siemens NORM",
      wanted: "no filter",
    });
  });

  it("are given where a person vouches for them, with the reason printed", () => {
    const word = { fact: "scale", found: "", decided: "accepted", why: "phantom shows 1 %", by: "R1" } as const;
    const series = [linked("baseline", ["Y"]), linked("follow-up-1", ["NORM", "Y"], [word])];
    const { kept, issues } = otherFilters(protocol, series, measured);
    expect(kept).toHaveLength(2);
    expect(issues[0]?.severity).toBe("warning");
    expect(issues[0]?.message).toContain("phantom shows 1 % (R1)");
  });
});
