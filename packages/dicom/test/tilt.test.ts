import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { unwrap } from "@livermark/core";
import { type Grid, indexToPatient, type Vec3, type Volume } from "@livermark/imaging";
import { describeWithData, sharedPath, temporaryFolder } from "testkit";
import { describe, expect, it } from "vitest";
import {
  indexFolder,
  inspect,
  readVolume,
  readVolumeFromPath,
  type SeriesAttributes,
  uidFromSeed,
  writeSeries,
} from "../src/index.js";

const root = temporaryFolder("tilt");
let folders = 0;

const CT: SeriesAttributes = {
  patientId: "P1",
  studyUid: uidFromSeed("study"),
  seriesUid: uidFromSeed("tilted"),
  modality: "CT",
  description: "arterial",
  seriesNumber: 2,
  studyDate: "20240131",
  acquisitionTime: "101500",
  identityRemoved: true,
};

/** A tilted acquisition of a body whose value at each point of the patient is known: slices that wander sideways. */
function tilted(valueAt: (point: Vec3) => number, shift: (k: number) => Vec3, modality: "CT" | "MR" = "CT"): string {
  const folder = join(root, String(++folders));
  mkdirSync(folder);
  for (let k = 0; k < 24; k++) {
    const [x, y, z] = shift(k);
    const grid: Grid = {
      size: [60, 50, 1],
      originMm: [-45 + x, -45 + y, 3 * k + z],
      spacingMm: [1.5, 1.8, 3],
      axes: [
        [1, 0, 0],
        [0, 1, 0],
        [0, 0, 1],
      ],
    };
    const data = new Int16Array(60 * 50);
    for (let j = 0; j < 50; j++)
      for (let i = 0; i < 60; i++) data[j * 60 + i] = Math.round(valueAt(indexToPatient(grid, i, j, 0)));
    const volume: Volume = {
      grid,
      data,
      unit: "HU",
      modality: "CT",
      scale: { id: "HU", proven: true, reason: "CT", filters: [] },
      source: { seriesUid: "", frameOfReferenceUid: null, description: "", files: 0, sha256: "" },
    };
    const [file] = writeSeries(volume, { ...CT, modality, instanceOffset: k });
    writeFileSync(join(folder, file!.name), file!.bytes);
  }
  return folder;
}

const DEGREES_17: (k: number) => Vec3 = (k) => [0, Math.tan((17 * Math.PI) / 180) * 3 * k, 0];

describe("a tilted CT", () => {
  it("is refused, and the remedy is named", async () => {
    const read = await readVolumeFromPath(tilted(() => 50, DEGREES_17));
    expect(read.ok).toBe(false);
    expect(read.issues.map(({ code }) => code)).toEqual(["gantry-tilt"]);
    expect(read.issues[0]?.mend).toContain("tilt: resample");
  });

  it.each<[string, (k: number) => Vec3]>([
    ["one way", DEGREES_17],
    ["the other way", (k) => [0, -0.31 * k, 0]],
    ["to both sides at once", (k) => [0.47 * k, -0.62 * k, 0]],
  ])("resampled on request has the true value at every point: %s", async (_, shift) => {
    const ramp = ([x, y, z]: Vec3): number => 100 + 0.7 * x - 0.4 * y + 0.9 * z;
    const read = await readVolumeFromPath(tilted(ramp, shift), { resampleTilt: true });
    const { grid, data } = unwrap(read);
    expect(grid.spacingMm).toEqual([1.5, 1.8, 3]);
    expect(grid.size[2]).toBe(24);
    let inside = 0;
    let worst = 0;
    for (let k = 0; k < 24; k++)
      for (let j = 0; j < grid.size[1]; j++)
        for (let i = 0; i < grid.size[0]; i++) {
          const value = data[i + grid.size[0] * (j + grid.size[1] * k)]!;
          if (value === -1024) continue;
          inside++;
          worst = Math.max(worst, Math.abs(value - ramp(indexToPatient(grid, i, j, k))));
        }
    // Rounded when written and rounded when resampled; a ramp is what linear interpolation keeps exactly.
    expect(worst).toBeLessThanOrEqual(1.01);
    // A shift by a part of a voxel leaves out the column and row at the edge that it covers in part.
    expect(inside).toBeGreaterThanOrEqual(24 * 59 * 49);
    expect(inside).toBeLessThanOrEqual(24 * 60 * 50);
  });

  it("keeps the volume and place of a ball, and states what was lost", async () => {
    const centre: Vec3 = [3, 22, 36];
    const ball = ([x, y, z]: Vec3): number =>
      Math.hypot(x - centre[0], y - centre[1], z - centre[2]) < 20 ? 120 : -1000;
    const read = await readVolumeFromPath(tilted(ball, DEGREES_17), { resampleTilt: true });
    const { grid, data } = unwrap(read);
    let n = 0;
    const sum = [0, 0, 0];
    for (let k = 0; k < grid.size[2]; k++)
      for (let j = 0; j < grid.size[1]; j++)
        for (let i = 0; i < grid.size[0]; i++) {
          if (data[i + grid.size[0] * (j + grid.size[1] * k)]! < -440) continue;
          n++;
          indexToPatient(grid, i, j, k).forEach((mm, axis) => {
            sum[axis]! += mm;
          });
        }
    const trueMl = (4 / 3) * Math.PI * 20 ** 3;
    expect(Math.abs((n * 1.5 * 1.8 * 3) / trueMl - 1)).toBeLessThan(0.02);
    sum.forEach((total, axis) => {
      expect(Math.abs(total / n - centre[axis]!)).toBeLessThan(0.3);
    });
    const loss = read.issues.find(({ code }) => code === "tilt-resampled");
    expect(loss?.severity).toBe("warning");
    expect(loss?.wanted).toContain("tilt 17.00°");
    expect(loss?.got).toContain("SD");
    expect(read.issues.map(({ code }) => code)).not.toContain("gantry-tilt");
  });

  it("is refused all the same where another fault stands in the way, or where it is no CT", async () => {
    const uneven = tilted(
      () => 50,
      (k) => [0, k, k > 10 ? 1 : 0],
    );
    expect((await readVolumeFromPath(uneven, { resampleTilt: true })).ok).toBe(false);
    const mr = await readVolumeFromPath(
      tilted(
        () => 50,
        (k) => [0, k, 0],
        "MR",
      ),
      { resampleTilt: true },
    );
    expect(mr.issues.map(({ code }) => code)).toContain("gantry-tilt");
  });

  it("that was resampled has another grid than the tilted one, which inspect lists with the reason", async () => {
    const folder = tilted(() => 50, DEGREES_17);
    const listed = unwrap(await inspect(folder)).series[0]!;
    expect(listed.issues.map(({ code }) => code)).toContain("gantry-tilt");
    const { series } = unwrap(indexFolder(folder));
    const [first, last] = [unwrap(await readVolume(series[0]!, { resampleTilt: true })), DEGREES_17(23)];
    expect(first.grid.size).toEqual([60, 50 + Math.ceil(last[1] / 1.8), 24]);
  });
});

describeWithData("the tilted CT of real data", ["data/odd-dicom"], () => {
  it("is refused although resampling was asked for: its slices are not evenly spaced", async () => {
    const read = await readVolumeFromPath(sharedPath("data/odd-dicom/ct-gantry-tilt-irregular"), {
      resampleTilt: true,
    });
    expect(read.ok).toBe(false);
    expect(read.issues.map(({ code }) => code)).toContain("irregular-spacing");
  });
});
