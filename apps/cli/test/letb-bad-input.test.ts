import { execFile } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Results } from "@livermark/analysis";
import { random, unwrap } from "@livermark/core";
import { uidFromSeed, writeNifti } from "@livermark/dicom";
import { draftOutline, indexToPatient, type Mask, maskCentre, type Region, type Volume } from "@livermark/imaging";
import {
  csvFile,
  ctSeriesFiles,
  imageColumns,
  type LetbCtPhantom,
  letbBundleRows,
  letbCtPhantom,
  letbPatientFiles,
  type PhantomFile,
  regionColumns,
  textFile,
} from "@livermark/phantom";
import { writeFolder } from "@livermark/pipeline";
import { repositoryRoot, temporaryFolder } from "testkit";
import { beforeAll, describe, expect, it } from "vitest";

const main = join(repositoryRoot, "apps/cli/dist/main.js");

interface Ended {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** The program as a user runs it; the test command has built it. */
const livermark = (...args: readonly string[]): Promise<Ended> =>
  new Promise((resolve) => {
    const child = execFile(process.execPath, [main, ...args], { maxBuffer: 2 ** 26 }, (_, stdout, stderr) =>
      resolve({ status: child.exitCode, stdout, stderr }),
    );
  });

interface Told {
  readonly code: string;
  readonly severity: string;
  readonly message: string;
  readonly got: string;
  readonly wanted: string;
  readonly mend: string;
  readonly where: { readonly series?: string; readonly file?: string; readonly slice?: number };
}

const issuesOf = ({ stderr }: Ended): readonly Told[] =>
  stderr
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line) as Told);

const phantomOf = (noise: number, fractions: readonly number[]): LetbCtPhantom =>
  unwrap(
    letbCtPhantom({
      seed: 21,
      patient: "P01",
      body: { kind: "abdomen", size: [72, 60, 44], spacingMm: [4.5, 4.2, 5] },
      lesions: 3,
      timePoints: fractions.map((enhancingFraction, n) => ({
        name: n === 0 ? "baseline" : `follow-up-${n}`,
        date: `2024-0${n + 1}-10`,
        enhancingFraction,
      })),
      noise: { sd: noise },
    }),
  );

/** No number of a measurement anywhere: nothing on stdout, and on stderr Issues alone. */
function refusedWith(ended: Ended, code: string): Told {
  expect(ended.stdout).toBe("");
  expect(ended.status).toBe(1);
  const issues = issuesOf(ended);
  for (const issue of issues) expect(Object.keys(issue)).not.toContain("value");
  const issue = issues.find((one) => one.code === code && one.severity === "error");
  if (issue === undefined) throw new Error(`no ${code}, but ${ended.stderr}`);
  expect(issue.message).toMatch(/^[A-Z].*\.$/);
  expect(issue.got).not.toBe("");
  expect(issue.wanted).not.toBe("");
  expect(issue.mend).not.toBe("");
  expect(issue.where.slice).toBeGreaterThanOrEqual(1);
  return issue;
}

describe("bad input of livermark measure letb", { timeout: 300_000 }, () => {
  const folder = temporaryFolder("letb-bad-input");
  const at = (name: string): string => join(folder, name);
  const visit = phantomOf(9, [0.1]).visits[0]!;
  const [pre, arterial] = visit.volumes.map(({ volume }) => volume) as [Volume, Volume];
  const { grid } = arterial;
  const [nx, ny, nz] = grid.size;

  const series = (name: string, phase: "unenhanced" | "late-arterial", volume: Volume): void => {
    mkdirSync(at(name));
    const own = { ...volume, source: { ...volume.source, seriesUid: uidFromSeed(`bad input ${name}`) } };
    const place = { patient: "P01", visit: "baseline", date: "2024-01-10", number: 1 };
    for (const file of ctSeriesFiles(own, phase, place)) writeFileSync(join(at(name), file.path), file.bytes);
  };
  const maskFile = (name: string, mask: Omit<Mask, "name">): void => writeFileSync(at(name), writeNifti(mask));
  const region = (name: string, shape: Region): void => writeFileSync(at(name), JSON.stringify(shape));
  const cube = (center: readonly [number, number, number]): Region => ({ kind: "cube", center, volumeCm3: 1 });
  const painted = (data: Uint8Array, i0: number, i1: number, j0: number, j1: number, k0: number, k1: number) => {
    const out = data.slice();
    for (let k = k0; k < k1; k++)
      for (let j = j0; j < j1; j++) for (let i = i0; i < i1; i++) out[(k * ny + j) * nx + i] = 1;
    return out;
  };

  beforeAll(() => {
    const draw = random(3);
    series("pre", "unenhanced", pre);
    series("arterial", "late-arterial", arterial);
    series("second-pre", "late-arterial", {
      ...pre,
      data: Int16Array.from(pre.data, (hu) => hu + Math.round(5 * draw.normal())),
    });
    const area = nx * ny;
    series("pre-moved", "unenhanced", {
      ...pre,
      data: Int16Array.from(pre.data, (_, v) => pre.data[Math.min(pre.data.length - 1, v + 4 * area)]!),
    });
    series("pre-elsewhere", "unenhanced", {
      ...pre,
      grid: { ...grid, originMm: [grid.originMm[0], grid.originMm[1], grid.originMm[2] + 900] },
      source: { ...pre.source, frameOfReferenceUid: uidFromSeed("another frame") },
    });
    series("pre-other-grid", "unenhanced", {
      ...pre,
      grid: { ...grid, originMm: indexToPatient(grid, 0.4, 0, 0) },
    });
    for (const [name, volume] of [
      ["pre.nii", pre],
      ["arterial.nii", arterial],
    ] as const)
      writeFileSync(at(name), writeNifti(volume));
    const { data } = visit.liver;
    maskFile("liver.nii", visit.liver);
    maskFile("empty.nii", { grid, data: new Uint8Array(data.length) });
    maskFile("cut.nii", { grid, data: painted(data, 0, 30, 20, 24, 12, 16) });
    maskFile("two.nii", { grid, data: painted(data, nx - 16, nx - 2, ny - 16, ny - 2, 2, 20) });
    maskFile("far.nii", { ...visit.liver, grid: { ...grid, originMm: [900, 900, 900] } });
    maskFile("shifted.nii", { ...visit.liver, grid: { ...grid, originMm: indexToPatient(grid, 0.4, 0, 0) } });
    maskFile("redraw.nii", { ...visit.liver, outline: draftOutline(0.84, false) });
    maskFile("doubtful.nii", { ...visit.liver, outline: draftOutline(0.55, true) });
    for (const [n, reference] of visit.references.entries()) region(`reference-${n}.json`, reference);
    const [lesion] = visit.lesions;
    maskFile("tumour.nii", lesion!);
    region("on-tumour.json", cube(maskCentre(lesion!)!));
    region("outside.json", cube(indexToPatient(grid, nx - 12, Math.round(ny / 2), Math.round(nz / 2))));
    const first = visit.references[0]!;
    if (first.kind !== "cube") throw new Error("the phantom's reference is no cube");
    const vein = new Uint8Array(data.length);
    for (let v = 0; v < vein.length; v++) {
      const [i, j, k] = [v % nx, Math.floor(v / nx) % ny, Math.floor(v / area)];
      const [x, y, z] = indexToPatient(grid, i, j, k);
      if (Math.hypot(x - first.center[0], y - first.center[1], z - first.center[2]) < 6) vein[v] = 1;
    }
    maskFile("vein.nii", { grid, data: vein });
  });

  interface Given {
    readonly pre?: string;
    readonly arterial?: string;
    readonly liver?: string;
    readonly references?: readonly string[];
    readonly more?: readonly string[];
  }
  const letb = ({ pre = "pre", arterial = "arterial", liver = "liver.nii", references, more = [] }: Given) =>
    livermark(
      "measure",
      "letb",
      ...(pre === "" ? [] : ["--pre", at(pre)]),
      ...(arterial === "" ? [] : ["--arterial", at(arterial)]),
      ...["--liver", at(liver)],
      ...(references ?? ["reference-0.json", "reference-1.json", "reference-2.json"]).flatMap((name) => [
        "--reference",
        at(name),
      ]),
      ...more.map((word) => (/\.(nii|json)$/.test(word) ? at(word) : word)),
      "--json",
    );

  it("has a good case to begin with", async () => {
    const { status, stdout, stderr } = await letb({});
    expect([status, stderr]).toEqual([0, ""]);
    const { value, parts } = JSON.parse(stdout) as { value: number; parts: { outline: { method: string } } };
    expect(Math.abs(value - visit.truth.expectedLetbPercent)).toBeLessThan(3);
    expect(parts.outline).toEqual({ method: "not stated" });
  });

  it.concurrent.each<readonly [string, Given, string, "series" | "file"]>([
    ["a missing precontrast phase", { pre: "" }, "recipe-input-missing", "series"],
    ["a missing arterial phase", { arterial: "" }, "recipe-input-missing", "series"],
    [
      "a missing phase that was to be registered",
      { pre: "", references: [], more: ["--register", "--suggest"] },
      "recipe-input-missing",
      "series",
    ],
    ["phases on frames without overlap", { pre: "pre-elsewhere" }, "phases-do-not-overlap", "series"],
    ["phases on different grids", { pre: "pre-other-grid" }, "phases-on-different-grids", "series"],
    ["a mask that is empty", { liver: "empty.nii" }, "empty-mask", "series"],
    ["a mask cut by the volume's edge", { liver: "cut.nii" }, "mask-touches-edge", "series"],
    ["a mask of two pieces", { liver: "two.nii" }, "mask-not-one-organ", "series"],
    ["a NIfTI mask elsewhere", { liver: "far.nii" }, "grid-mismatch", "series"],
    [
      "a NIfTI mask elsewhere, to be resampled",
      { liver: "far.nii", more: ["--resample-masks"] },
      "mask-outside",
      "series",
    ],
    ["a NIfTI mask between the voxels", { liver: "shifted.nii" }, "grid-mismatch", "series"],
    [
      "a reference on a tumour",
      { references: ["on-tumour.json"], more: ["--tumour", "tumour.nii"] },
      "reference-touches-tumour",
      "series",
    ],
    ["a reference on a vessel", { more: ["--vessel", "vein.nii"] }, "reference-touches-vessel", "series"],
    ["a reference outside the liver", { references: ["outside.json"] }, "reference-outside-liver", "series"],
    ["an unenhanced series given as arterial", { arterial: "second-pre" }, "no-contrast", "series"],
    ["swapped phases", { pre: "arterial", arterial: "pre" }, "phases-swapped", "series"],
    ["motion between the phases", { pre: "pre-moved" }, "phases-moved", "series"],
    ["a draft that calls itself unusable", { liver: "redraw.nii" }, "outline-uncertain", "series"],
    [
      "a draft that calls itself unusable, before anything is registered",
      { liver: "redraw.nii", pre: "pre-moved", references: [], more: ["--register", "--suggest"] },
      "outline-uncertain",
      "series",
    ],
    ["a draft that expects to be far off", { liver: "doubtful.nii" }, "outline-uncertain", "series"],
    [
      "NIfTI phases, whose picture is a file",
      {
        pre: "pre.nii",
        arterial: "arterial.nii",
        references: ["outside.json"],
        more: ["--scale-override", "both are CT in HU", "--motion-override", "checked"],
      },
      "reference-outside-liver",
      "file",
    ],
    ["NIfTI phases of unproven scale", { pre: "pre.nii", arterial: "arterial.nii" }, "unproven-scale", "file"],
  ])("%s is refused with the picture that shows it, and without a number", async (_, given, code, picture) => {
    const issue = refusedWith(await letb(given), code);
    if (picture === "file") expect(issue.where.file).toMatch(/\.nii$/);
    else expect(issue.where.series).toMatch(/^2\.25\.\d+$/);
  });

  it("a person's reason lets a doubtful draft through, and its doubt stands in the interval", async () => {
    const { status, stdout } = await letb({ liver: "redraw.nii", more: ["--outline-override", "checked by a reader"] });
    expect(status).toBe(0);
    const found = JSON.parse(stdout) as {
      interval: { sources: readonly string[] };
      parts: { outline: { points: number } };
      issues: readonly Told[];
    };
    expect(found.interval.sources).toContain("outline");
    expect(found.parts.outline.points).toBeGreaterThan(1);
    expect(found.issues[0]?.message).toContain("checked by a reader");
  });

  it("says the same to people, with nothing on stdout", async () => {
    const { status, stdout, stderr } = await livermark(
      ...["measure", "letb", "--pre", at("pre"), "--arterial", at("second-pre"), "--liver", at("liver.nii")],
      ...["--reference", at("reference-0.json")],
    );
    expect([status, stdout]).toEqual([1, ""]);
    expect(stderr).toMatch(/no-contrast.*series 2\.25\.\d+.*slice \d+/);
    expect(stderr).not.toMatch(/LETB \d|letb \d/);
  });
});

const PROTOCOL = `schema: livermark.protocol/2
id: letb-only
version: 1.0.0
title: LETB of one patient
treatments: { kinds: [TACE], within_months: 6 }
time_points:
  - { id: baseline, label: before treatment }
  - { id: follow-up-1, label: first follow-up }
images:
  - { id: unenhanced, label: Precontrast CT, role: ct, phase: unenhanced, time_points: [baseline, follow-up-1] }
  - { id: arterial, label: Late arterial CT, role: ct, phase: late-arterial, time_points: [baseline, follow-up-1] }
regions:
  - { id: liver, label: Liver, purpose: liver, drawn_on: arterial, time_points: [baseline, follow-up-1], shape: mask }
  - { id: reference, label: Parenchyma, purpose: reference, drawn_on: arterial, time_points: [baseline, follow-up-1], shape: cube, repeats: 3 }
biomarkers:
  - id: letb
    label: LETB
    unit: "%"
    time_points: [baseline, follow-up-1]
    recipe: letb
    images: { pre: unenhanced, arterial: arterial }
    regions: { liver: liver, reference: reference }
    parameters: { k: KS }
changes:
  - { id: letb-change, label: LETB change, of: letb, from: baseline, to: follow-up-1, as: percent }
endpoints: [OS]
plan: {}
`;

describe("bad input of livermark run with LETB at two time points", { timeout: 300_000 }, () => {
  const folder = temporaryFolder("letb-bad-study");
  const phantom = phantomOf(9, [0.1, 0.05]);
  const rows = letbBundleRows(phantom, 1, "R1");

  /** The bundle; `ks` is how many SDs above the parenchyma count, `change` alters its files. */
  function bundle(
    name: string,
    ks: number,
    change: (files: readonly PhantomFile[]) => readonly PhantomFile[] = (files) => files,
  ): string {
    const path = join(folder, name);
    const files: readonly PhantomFile[] = [
      textFile("study.yaml", "title: LETB\nprotocol: protocol.yaml\nlock_date: 2025-01-01\n"),
      textFile("protocol.yaml", PROTOCOL.replace("KS", String(ks))),
      csvFile("tables/patients.csv", ["patient"], [{ patient: "P01" }]),
      csvFile(
        "tables/time-points.csv",
        ["patient", "time_point", "date", "treatment"],
        phantom.visits.map(({ name: visit, date }) => ({ patient: "P01", time_point: visit, date, treatment: 1 })),
      ),
      csvFile(
        "tables/procedures.csv",
        ["patient", "procedure", "date", "kind"],
        [{ patient: "P01", procedure: "T1", date: "2024-01-24", kind: "TACE" }],
      ),
      csvFile("tables/images.csv", imageColumns, rows.images),
      csvFile("tables/regions.csv", regionColumns, rows.regions),
      csvFile(
        "tables/events.csv",
        ["patient", "date", "event"],
        [{ patient: "P01", date: "2024-06-30", event: "last-contact" }],
      ),
      ...letbPatientFiles(phantom),
    ];
    writeFolder(path, change(files));
    return path;
  }
  const outputs = (path: string): Results =>
    JSON.parse(readFileSync(join(path, "out/results.json"), "utf8")) as Results;

  it.concurrent("a LETB of nothing before treatment leaves the change undefined, and names the picture", async () => {
    const path = bundle("nothing", 60);
    const { status, stdout } = await livermark("run", path, "--json");
    expect(status).toBe(0);
    const { issues } = JSON.parse(stdout) as { issues: readonly Told[] };
    const issue = issues.find(({ code }) => code === "zero-baseline");
    expect(issue?.message).toContain("undefined");
    expect(issue?.where.series).toBe(phantom.visits[0]!.volumes[1]!.volume.source.seriesUid);
    expect(issue?.where.slice).toBeGreaterThan(1);
    const { tables } = outputs(path);
    const letbs = tables.find(({ id }) => id === "measurements")?.rows.map(({ cells }) => cells.letb);
    expect(letbs).toMatchObject([{ value: 0 }, { value: 0 }]);
    for (const { rows: all } of tables)
      for (const { cells } of all) for (const key of Object.keys(cells)) expect(key).not.toContain("letb-change");
  });

  it.concurrent.each<readonly [string, (files: readonly PhantomFile[]) => readonly PhantomFile[], string]>([
    [
      "a missing phase",
      (files) =>
        files.flatMap((file) =>
          file.path.startsWith("images/P01/baseline/unenhanced/")
            ? []
            : file.path === "tables/images.csv"
              ? [
                  csvFile(
                    file.path,
                    imageColumns,
                    rows.images.filter(({ path }) => path !== "P01/baseline/unenhanced"),
                  ),
                ]
              : [file],
        ),
      "missing-image",
    ],
    [
      "a draft that calls itself unusable",
      (files) =>
        files.map((file) =>
          file.path === "regions/P01/baseline/liver.nii"
            ? {
                ...file,
                bytes: writeNifti({ ...phantom.visits[0]!.liver, outline: draftOutline(0.7, false) }),
              }
            : file,
        ),
      "outline-uncertain",
    ],
    [
      "an empty mask",
      (files) =>
        files.map((file) =>
          file.path === "regions/P01/baseline/liver.nii"
            ? {
                ...file,
                bytes: writeNifti({
                  grid: phantom.visits[0]!.liver.grid,
                  data: new Uint8Array(phantom.visits[0]!.liver.data.length),
                }),
              }
            : file,
        ),
      "empty-mask",
    ],
  ])("%s is refused with its picture, and nothing is written", async (name, change, code) => {
    const path = bundle(name.replaceAll(" ", "-"), 2, change);
    const issue = refusedWith(await livermark("run", path, "--json"), code);
    expect(issue.where).toMatchObject({ patient: "P01" });
    expect(issue.where.series).toMatch(/^2\.25\.\d+$/);
    expect(existsSync(join(path, "out"))).toBe(false);
  });
});
