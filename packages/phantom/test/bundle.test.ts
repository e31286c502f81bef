import { spawnSync } from "node:child_process";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { unwrap } from "@livermark/core";
import { derive, parseProtocol, parseStudyFile, readRecords, tableNameOf } from "@livermark/study";
import { describeWithTools, findTool, repositoryRoot, temporaryFolder } from "testkit";
import { describe, expect, it } from "vitest";
import {
  exampleStudy,
  letbCtPhantom,
  letbPatientFiles,
  type PhantomFile,
  serMrPhantom,
  serPatientFiles,
} from "../src/index.js";

const small = {
  seed: 7,
  patients: 40,
  imaged: [[30, 12] as const],
  size: [60, 56, 20] as const,
  spacingMm: [5.2, 5.2, 8.6] as const,
};

/** Cells of a table without quoted commas. */
const table = (files: readonly PhantomFile[], name: string): readonly Record<string, string>[] => {
  const [head, ...lines] = new TextDecoder()
    .decode(files.find(({ path }) => path === `tables/${name}.csv`)!.bytes)
    .trimEnd()
    .split("\n");
  const columns = head!.split(",");
  return lines.map((line) => Object.fromEntries(line.split(",").map((cell, n) => [columns[n]!, cell])));
};

describe("exampleStudy", () => {
  const study = unwrap(exampleStudy(small));
  const { files, courses } = study;

  it("is deterministic to the byte", () => {
    expect(unwrap(exampleStudy(small)).files).toEqual(files);
    expect(unwrap(exampleStudy({ ...small, imaged: [], seed: 8 })).files).not.toEqual(
      unwrap(exampleStudy({ ...small, imaged: [] })).files,
    );
  });

  it("links every image and region row to files that exist", () => {
    const paths = new Set(files.map(({ path }) => path));
    const images = table(files, "images");
    expect(images).toHaveLength(4);
    for (const { path } of images) expect([...paths].some((one) => one.startsWith(`images/${path}/`))).toBe(true);
    const regions = table(files, "regions");
    expect(regions.map(({ purpose }) => purpose).sort()).toEqual([
      "liver",
      "liver",
      ...Array.from({ length: 6 }, () => "reference"),
    ]);
    for (const { path } of regions) expect(paths.has(`regions/${path}`)).toBe(true);
  });

  it("gives LETB by table exactly where images do not", () => {
    const rows = table(files, "measurements").filter(({ biomarker }) => biomarker === "letb");
    const treatments = courses.reduce((sum, { treatments: all }) => sum + all.length, 0);
    expect(rows).toHaveLength((treatments - 1) * 2 * 3);
    expect(rows.some(({ patient, treatment }) => patient === "P001" && treatment === "1")).toBe(false);
    for (const { patient, treatments: all } of courses.slice(1)) {
      const mine = rows.filter(
        (row) => row.patient === patient && row.treatment === "1" && row.time_point === "baseline",
      );
      expect(mine.reduce((sum, { value }) => sum + Number(value), 0) / 3).toBeCloseTo(all[0]!.letb[0], 1);
    }
  });

  it("keeps every course in order: CT, procedures, CT, progression, untreatable, end, lock", () => {
    for (const course of courses) {
      const [first, second] = course.treatments;
      expect(first!.baselineDay).toBeLessThan(first!.procedureDays[0]!);
      for (const { procedureDays, followUpDay, hepaticDay } of course.treatments) {
        expect(procedureDays.at(-1)! - procedureDays[0]!).toBeLessThan(183);
        expect(followUpDay).toBeGreaterThan(procedureDays.at(-1)! + 30);
        expect(followUpDay).toBeLessThan(course.lastSeenDay);
        if (hepaticDay !== null) expect(hepaticDay).toBeLessThan(course.lastSeenDay);
      }
      if (second !== undefined) {
        expect(second.procedureDays[0]! - first!.procedureDays[0]!).toBeGreaterThan(183);
        expect(first!.hepaticDay).not.toBeNull();
        expect(first!.hepaticDay!).toBeLessThan(second.procedureDays[0]!);
      }
      if (course.deathDay !== null) expect(course.deathDay).toBe(course.lastSeenDay);
    }
    const events = table(files, "events");
    for (const { date } of events) expect(date! <= "2021-06-30").toBe(true);
    expect(new Set(events.map(({ event }) => event))).toEqual(
      new Set(["hepatic-progression", "extrahepatic-progression", "untreatable", "death", "last-contact"]),
    );
  });
});

describe("the example study under the study's own reader", () => {
  it("has no issue, and gives every endpoint and a full flow chart", () => {
    const { files, courses } = unwrap(exampleStudy({ seed: 1, imaged: [] }));
    const text = readFileSync(join(repositoryRoot, "protocols", "letb-tace.yaml"), "utf8");
    const protocol = unwrap(parseProtocol(text, "letb-tace.yaml"));
    const yaml = new TextDecoder().decode(files.find(({ path }) => path === "study.yaml")!.bytes);
    const study = unwrap(parseStudyFile(yaml, "study.yaml"));
    const tables = files
      .filter(({ path }) => path.startsWith("tables/"))
      .map(({ path, bytes }) => ({ name: tableNameOf(path)!, file: path, content: bytes }));
    const records = readRecords(tables, protocol, study);
    expect(records.issues).toEqual([]);
    const { issues, treatments, endpoints, flow } = derive(records, protocol, study);
    expect(issues).toEqual([]);
    expect(treatments).toHaveLength(courses.reduce((sum, course) => sum + course.treatments.length, 0));
    const deaths = endpoints.filter(({ name, event }) => name === "OS" && event === 1).length;
    expect(deaths).toBe(courses.filter(({ deathDay }) => deathDay !== null).length);
    expect(flow[0]!.n - flow.at(-1)!.n).toBe(25);
  });
});

describeWithTools("phantom DICOM under dciodvfy", ["dciodvfy"], () => {
  const folder = temporaryFolder("phantom");
  const options = { seed: 2, patient: "P1", noise: { sd: 5 }, lesions: 3 };
  const ct = letbPatientFiles(
    unwrap(
      letbCtPhantom({
        ...options,
        body: { kind: "abdomen", size: [60, 56, 20], spacingMm: [5.2, 5.2, 8.6] },
        timePoints: [{ name: "baseline", date: "2024-01-10", enhancingFraction: 0.2 }],
      }),
    ),
  );
  const mr = (scaling: "common" | "philips") =>
    serPatientFiles(
      unwrap(
        serMrPhantom({
          seed: 2,
          patient: "P2",
          size: [48, 44, 16],
          spacingMm: [6.4, 6.4, 10],
          timePoints: [{ name: "baseline", date: "2024-01-10", ser: 1 }],
          noiseSd: 10,
          scaling,
        }),
      ),
    );

  it.each([
    ["CT", ct],
    ["MR", mr("common")],
    ["MR with Philips scaling", mr("philips")],
  ])("%s has no error", (name, files) => {
    const dicom = files.filter(({ path }) => path.endsWith(".dcm"));
    expect(dicom.length).toBeGreaterThan(10);
    for (const { path, bytes } of [dicom[0]!, dicom.at(-1)!]) {
      const file = join(folder, name, path);
      mkdirSync(dirname(file), { recursive: true });
      writeFileSync(file, bytes);
      const { stderr } = spawnSync(findTool("dciodvfy")!, [file], { encoding: "utf8" });
      expect(stderr).not.toMatch(/error/i);
      expect(stderr).toMatch(/Image/);
    }
  });
});
