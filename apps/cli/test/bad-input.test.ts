import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { Results } from "@livermark/analysis";
import { unwrap } from "@livermark/core";
import { exampleStudy, type PhantomFile, textFile } from "@livermark/phantom";
import { writeFolder } from "@livermark/pipeline";
import { temporaryFolder } from "testkit";
import { describe, expect, it } from "vitest";
import { command as inspect } from "../src/commands/inspect.js";
import { command as run } from "../src/commands/run.js";
import { command as validate } from "../src/commands/validate.js";
import { call, json, small } from "./support.js";

const sound = unwrap(exampleStudy({ seed: 3, patients: 14, imaged: [[42, 22]], ...small })).files;

const decode = (file: PhantomFile | undefined): string => new TextDecoder().decode(file?.bytes);
const named = (files: readonly PhantomFile[], path: string): PhantomFile | undefined =>
  files.find((file) => file.path === path);
const edit = (files: readonly PhantomFile[], path: string, change: (text: string) => string): readonly PhantomFile[] =>
  files.map((file) => (file.path === path ? textFile(path, change(decode(file))) : file));
const line = (text: string, n: number, change: (line: string) => string): string =>
  text
    .split("\n")
    .map((one, i) => (i === n - 1 ? change(one) : one))
    .join("\n");

const slices = sound
  .filter((file) => file.path.startsWith("images/P001/baseline/late-arterial/"))
  .map((file) => file.path);
const middle = slices[Math.floor(slices.length / 2)] ?? "";

/** A mask on a grid that is not the image's. */
const otherGrid = named(sound, "regions/P001/follow-up-1/liver.nii");
const shifted = (bytes: Uint8Array): Uint8Array => {
  const copy = bytes.slice();
  const view = new DataView(copy.buffer);
  // NIfTI-1: quaternion offsets at 268, 272, 276 and the last column of the affine at 292, 308, 324.
  for (const at of [268, 292]) view.setFloat32(at, view.getFloat32(at, true) + 1.7, true);
  return copy;
};

interface Wrong {
  readonly name: string;
  readonly files: readonly PhantomFile[];
  readonly code: string;
  readonly where: { readonly [field: string]: unknown };
  /** What is still there when the run goes on. */
  readonly survives?: boolean;
}

const wrong: readonly Wrong[] = [
  {
    name: "a truncated file",
    files: sound.map((file) =>
      file.path === middle ? { ...file, bytes: file.bytes.slice(0, file.bytes.length >> 1) } : file,
    ),
    code: "",
    where: { file: middle },
  },
  {
    name: "a series with a missing slice",
    files: sound.filter((file) => file.path !== middle),
    code: "missing-slices",
    where: { patient: "P001" },
  },
  {
    name: "a mask on another grid",
    files: sound.map((file) =>
      file.path === "regions/P001/baseline/liver.nii" && otherGrid ? { ...file, bytes: shifted(file.bytes) } : file,
    ),
    code: "grid-mismatch",
    where: { patient: "P001" },
  },
  {
    name: "a table with an unknown column",
    files: edit(sound, "tables/events.csv", (text) => line(text, 1, (head) => head.replace("cause", "cuase"))),
    code: "unknown-column",
    where: { file: "tables/events.csv", line: 1 },
  },
  {
    name: "a date that could be d/m or m/d",
    files: edit(sound, "tables/events.csv", (text) =>
      text
        .split("\n")
        .map((row) =>
          row.replace(
            /(\d{4})-(\d{2})-(\d{2})/,
            (_, year: string, month: string) => `0${(Number(month) % 9) + 1}/05/${year}`,
          ),
        )
        .join("\n"),
    ),
    code: "ambiguous-date",
    where: { file: "tables/events.csv" },
  },
  {
    name: "a patient in images but not in the table",
    files: edit(sound, "tables/patients.csv", (text) =>
      text
        .split("\n")
        .filter((row) => !row.startsWith("P001,"))
        .join("\n"),
    ),
    code: "unknown-patient",
    where: { patient: "P001" },
  },
];

const without = (files: readonly PhantomFile[]) => {
  const folder = temporaryFolder("bad");
  const bundle = join(folder, "study");
  return { bundle, write: () => writeFolder(bundle, files) };
};

describe.each(wrong)("$name", ({ files, code, where, survives = true }) => {
  const { bundle, write } = without(files);

  it("is refused with its place and remedy, and nothing is written", async () => {
    write();
    const refused = await call(run, bundle);
    expect(refused.ok).toBe(false);
    const errors = refused.issues.filter((issue) => issue.severity === "error");
    const found = errors.find((issue) => (code === "" ? issue.where.file === middle : issue.code === code));
    expect(found, errors.map((issue) => issue.code).join(", ")).toBeDefined();
    expect(found?.where).toMatchObject(where);
    for (const issue of errors) {
      expect(issue.message).not.toBe("");
      expect(`${issue.wanted}${issue.mend}`).not.toBe("");
      expect(Object.keys(issue.where).length).toBeGreaterThan(0);
    }
    expect(existsSync(join(bundle, "out"))).toBe(false);
  });

  it("is left out and listed when the run shall go on", async () => {
    await json(run, bundle, "--keep-going");
    const results = JSON.parse(readFileSync(join(bundle, "out/results.json"), "utf8")) as Results;
    expect(results.issues.some((issue) => issue.severity === "error" && (code === "" || issue.code === code))).toBe(
      true,
    );
    expect(results.tables.some((table) => table.id === "survival.OS")).toBe(survives);
    const report = readFileSync(join(bundle, "out/report.html"), "utf8");
    const [error] = results.issues.filter((issue) => issue.severity === "error");
    expect(report).toContain(error?.code ?? "no error");
  });
});

describe("given times", () => {
  const study = `title: Given\nprotocol: p.yaml\ngiven:\n  endpoints:\n    OS: { time: t, event: e, unit: days }\n`;
  const protocol = `schema: livermark.protocol/2\nid: p\nversion: 1.0.0\ntitle: Given times\ntime_points:\n  - { id: baseline, label: before }\nendpoints:\n  - { name: OS, given: true }\n`;
  const bundleOf = (times: readonly number[]): readonly PhantomFile[] => [
    textFile("study.yaml", study),
    textFile("p.yaml", protocol),
    textFile("tables/given.csv", `patient,t,e\n${times.map((t, i) => `A${i},${t},${i % 2}`).join("\n")}\n`),
  ];
  const negative = without(bundleOf([100, -3, 50, 30]));
  const zero = without(bundleOf([100, 0, 50, 30]));

  it("below zero are refused", async () => {
    negative.write();
    const refused = await call(run, negative.bundle);
    const issue = refused.issues.find((one) => one.severity === "error");
    expect(refused.ok).toBe(false);
    expect(issue?.where).toMatchObject({ patient: "A1", line: 3 });
    expect(issue?.got).toContain("-3");
  });

  it("of zero are kept, counted and noted", async () => {
    zero.write();
    await json(run, zero.bundle);
    const results = JSON.parse(readFileSync(join(zero.bundle, "out/results.json"), "utf8")) as Results;
    const n = results.tables.find((table) => table.id === "survival.OS")?.rows[0]?.cells.n;
    expect(n).toMatchObject({ kind: "count", n: 4 });
    expect(
      results.issues.some((issue) => issue.severity === "warning" && /zero|0/.test(`${issue.code} ${issue.message}`)),
    ).toBe(true);
  });
});

describe("a protocol with a typo", () => {
  const folder = temporaryFolder("typo");
  const file = join(folder, "p", "letb.yaml");

  it("is explained with line and what was meant", async () => {
    const protocol = readFileSync(new URL("../../../protocols/letb-tace.yaml", import.meta.url), "utf8");
    const at = protocol.split("\n").findIndex((one) => one.includes("recipe: letb")) + 1;
    writeFolder(join(folder, "p"), [textFile("letb.yaml", protocol.replace("recipe: letb", "recipe: letp"))]);
    const refused = await call(validate, file);
    expect(refused.ok).toBe(false);
    expect(refused.issues[0]).toMatchObject({ severity: "error", where: { file, line: at } });
    expect(refused.issues[0]?.path).toContain("biomarkers");
    expect(refused.issues[0]?.wanted).toContain("letb");
  });
});

describe("paths without a study or images", () => {
  const folder = temporaryFolder("empty");

  it("are refused", async () => {
    writeFolder(join(folder, "notes"), [textFile("readme.txt", "no images here")]);
    const images = await call(inspect, join(folder, "notes"));
    expect(images.ok).toBe(false);
    expect(images.issues[0]?.code).toBe("no-dicom");
    const study = await call(run, join(folder, "notes"));
    expect(study.issues[0]?.code).toBe("no-study-file");
    const nowhere = await call(run, join(folder, "nowhere"));
    expect(nowhere.issues[0]?.code).toBe("no-bundle");
  });
});
