import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { unwrap } from "@livermark/core";
import { ctSeriesFiles, exampleStudy, letbCtPhantom } from "@livermark/phantom";
import { writeFolder } from "@livermark/pipeline";
import { temporaryFolder } from "testkit";
import { beforeAll, describe, expect, it } from "vitest";
import { command as derive } from "../src/commands/derive.js";
import { command as inspect } from "../src/commands/inspect.js";
import { command as measure } from "../src/commands/measure.js";
import { json } from "./support.js";

type Json = { readonly [field: string]: unknown };

/** Fields that scripts rely on: more may be added, none renamed. */
const expectFields = (value: unknown, fields: string): void => {
  expect(Object.keys(value as Json)).toEqual(expect.arrayContaining(fields.split(" ")));
};

describe("the JSON that scripts rely on", () => {
  const folder = temporaryFolder("contract");
  const at = (name: string): string => join(folder, name);

  beforeAll(() => {
    const { visits } = unwrap(
      letbCtPhantom({
        seed: 3,
        patient: "P1",
        body: { kind: "abdomen", size: [80, 64, 34], spacingMm: [4.1, 3.9, 5] },
        lesions: 2,
        timePoints: [{ name: "baseline", date: "2024-01-10", enhancingFraction: 0.2 }],
        noise: { sd: 8 },
        phases: ["portal-venous"],
      }),
    );
    const place = { patient: "P1", visit: "baseline", date: "2024-01-10", number: 1 };
    mkdirSync(at("ct"));
    for (const { path, bytes } of ctSeriesFiles(visits[0]!.volumes[0]!.volume, "portal-venous", place))
      writeFileSync(join(at("ct"), path), bytes);
    writeFileSync(at("notes.txt"), "no image");
    writeFileSync(at("roi.json"), JSON.stringify({ kind: "disc", unit: "voxel", center: [24, 30, 17], radiusMm: 30 }));
    writeFolder(at("study"), unwrap(exampleStudy({ seed: 9, patients: 6, imaged: [] })).files);
  });

  it("inspect", async () => {
    const found = await json<{ series: Json[]; instances: Json[]; refused: Json[] }>(inspect, folder, "--pixels");
    expectFields(
      found.series[0],
      "uid studyUid patient number description modality files rows columns slices frames spacingMm orientation originMm role phase bValues transferSyntaxes scale issues",
    );
    expectFields(found.series[0]?.phase, "value confidence reason");
    expectFields(found.series[0]?.scale, "slope intercept kind unit");
    expect(found.series[0]).toMatchObject({ role: "ct", phase: { value: "portal-venous" }, scale: { unit: "HU" } });
    expectFields(
      found.instances[0],
      "file sopInstanceUid transferSyntax rows columns frames min max mean sum sha256Int32le",
    );
    expect(found.instances[0]?.file).toMatch(/^ct\/[^/]+$/);
    expectFields(found.refused[0], "file issue");
  });

  it("region-stats, and a measurement", async () => {
    const on = ["--image", at("ct"), "--region", at("roi.json")];
    const { regions } = await json<{ regions: Json[] }>(measure, "region-stats", ...on, "--ibsi");
    expectFields(
      regions[0],
      "name label voxels volumeMl areaMm2 mean sd sdPopulation min max median p10 p90 unit longestAxialMm shortAxisMm longestAxialSlice ignoredNonFinite ibsi",
    );
    const measured = await json<Json>(measure, "diameters", ...on);
    expectFields(measured, "recipe value unit parts interval passport issues");
    expectFields(measured.interval, "low high sources");
  });

  it("derive", async () => {
    const found = await json<{ [list: string]: Json[] }>(derive, at("study"));
    expectFields(found, "response endpoints treatments eligibility issues");
    const visits = found.response!.filter((row) => !("best" in row));
    expectFields(
      visits[0],
      "patient treatment timePoint profile reader sumMm baselineMm nadirMm target nonTarget newLesion overall why",
    );
    expectFields(
      found.response!.find((row) => "best" in row),
      "patient treatment profile reader best confirmed why",
    );
    expectFields(found.endpoints![0], "patient treatment name timeDays event deciding why");
    expectFields(found.treatments![0], "patient treatment start procedures");
    expectFields(found.eligibility![0], "patient verdict rules");
    expectFields((found.eligibility![0]!.rules as Json[])[0], "rule met value deciding");
  });
});
