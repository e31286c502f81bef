import { spawn } from "node:child_process";
import { existsSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import type { Results } from "@livermark/analysis";
import type { LetbTruth } from "@livermark/phantom";
import type { StudyMeasurement } from "@livermark/pipeline";
import { repositoryRoot, temporaryFolder } from "testkit";
import { beforeAll, describe, expect, it } from "vitest";
import { command as explain } from "../src/commands/explain.js";
import { command as phantom } from "../src/commands/phantom.js";
import { command as register } from "../src/commands/register.js";
import { command as run } from "../src/commands/run.js";
import { command as segment } from "../src/commands/segment.js";
import { call, json } from "./support.js";

/** The commands of docs/letb-walkthrough.md. */
describe("LETB of two time points from DICOM folders", { timeout: 600_000 }, () => {
  const folder = temporaryFolder("walkthrough");
  const study = join(folder, "study");
  const visit = join(study, "images/P01/baseline");
  const liver = join(study, "regions/P01/baseline/liver.nii");
  let truth: readonly LetbTruth[];
  const cell = (results: Results, table: string, row: number, key: string): number => {
    const found = results.tables.find((one) => one.id === table)?.rows[row]?.cells[key];
    if (found === undefined || !("value" in found)) throw new Error(`no number ${table} ${row} ${key}`);
    return found.value;
  };

  beforeAll(async () => {
    await json(phantom, "letb-study", "--out", study, "--seed", "3");
    truth = JSON.parse(readFileSync(join(study, "truth.json"), "utf8")) as readonly LetbTruth[];
  });

  it("registers phases of two grids, suggests the reference regions, and finds the change", async () => {
    await json(run, study);
    const results = JSON.parse(readFileSync(join(study, "out/results.json"), "utf8")) as Results;
    truth.forEach(({ expectedLetbPercent, liverMl }, row) => {
      expect(Math.abs(cell(results, "measurements", row, "letb") - expectedLetbPercent)).toBeLessThan(1.5);
      expect(cell(results, "measurements", row, "liver-ml")).toBeCloseTo(liverMl, 6);
      expect(cell(results, "registration", row, "after")).toBeLessThan(1);
      expect(cell(results, "registration", row, "moved")).toBeCloseTo(Math.hypot(2, 3, 9), 0);
    });
    const [before, after] = truth.map((one) => one.expectedLetbPercent) as [number, number];
    const change = results.tables.flatMap(({ rows }) => rows.flatMap(({ cells }) => cells["letb-change"] ?? []))[0];
    if (change === undefined || !("value" in change)) throw new Error("no change of LETB");
    expect(Math.abs(change.value - (100 * (after - before)) / before)).toBeLessThan(5);
    expect(results.methods.join(" ")).toContain("was registered to the arterial phase");
    expect(readFileSync(join(study, "out/report.html"), "utf8")).toContain("Registration of the precontrast");
  });

  it("names the registration in the passport of every LETB", async () => {
    const id = "measurement.P01.baseline.t1.letb.R1";
    const found = await json<{ passport: { parameters: { phases: { passport: string }; references: string } } }>(
      explain,
      study,
      id,
    );
    const { phases, references } = found.passport.parameters;
    expect(references).toBe("suggested");
    const own = await json<{ passport: { parameters: { transform: readonly { kind: string }[]; engine: string } } }>(
      explain,
      study,
      phases.passport,
    );
    expect(own.passport.parameters.transform.map(({ kind }) => kind)).toEqual(["rigid"]);
    expect(own.passport.parameters.engine).toContain("elastix");
  });

  it("registers by itself too, with the same bytes for the same seed, and says that a moved image lies together", async () => {
    const images = [join(visit, "late-arterial"), join(visit, "unenhanced")] as const;
    const moved = [join(folder, "moved-1"), join(folder, "moved-2")];
    for (const out of moved) {
      const done = await json<{ verdict: string; used: string }>(
        register,
        ...images,
        ...["--liver", liver, "--steps", "rigid", "--out", out],
      );
      expect(done).toMatchObject({ verdict: "accepted", used: "rigid" });
    }
    const [first = [], second = []] = moved.map((out) => readdirSync(out).map((name) => readFileSync(join(out, name))));
    expect(first.length).toBeGreaterThan(50);
    expect(first.every((bytes, n) => bytes.equals(second[n] ?? Buffer.alloc(0)))).toBe(true);
    const again = await json<{ verdict: string }>(
      register,
      images[0],
      moved[0] ?? "",
      ...["--liver", liver, "--steps", "rigid", "--out", join(folder, "again.nii.gz")],
    );
    expect(again.verdict).toBe("already-aligned");
  });

  it("measures in outlines that nobody drew, and says so in interval and passport", async () => {
    const drafted = join(folder, "drafted");
    await json(phantom, "letb-study", "--out", drafted, ...["--seed", "4", "--fraction", "0.1", "--follow-up", "0.04"]);
    for (const point of ["baseline", "follow-up-1"]) {
      const out = join(drafted, "regions/P01", point, "liver.nii");
      rmSync(out);
      const series = join(drafted, "images/P01", point, "late-arterial");
      expect(await json(segment, "liver", series, "--out", out)).toMatchObject({ outline: { usable: true } });
    }
    await json(run, drafted, "--steps", "measure,analyse");
    const known = JSON.parse(readFileSync(join(drafted, "truth.json"), "utf8")) as readonly LetbTruth[];
    const all = JSON.parse(readFileSync(join(drafted, "out/measurements.json"), "utf8")) as readonly StudyMeasurement[];
    const letbs = all.filter(({ biomarker }) => biomarker === "letb");
    expect(letbs).toHaveLength(2);
    letbs.forEach(({ measurement: { value, interval, parts } }, n) => {
      const { expectedLetbPercent } = known[n]!;
      expect(Math.abs(value - expectedLetbPercent)).toBeLessThan(3);
      expect(interval?.sources).toContain("outline");
      expect(interval?.low).toBeLessThan(expectedLetbPercent);
      expect(interval?.high).toBeGreaterThan(expectedLetbPercent);
      expect(parts.outline).toMatchObject({ method: "draft", usable: true });
    });
    const id = "measurement.P01.follow-up-1.t1.letb.R1";
    const { passport } = await json<{ passport: { parameters: { outline: object } } }>(explain, drafted, id);
    expect(passport.parameters.outline).toMatchObject({ method: "draft", usable: true });
    const results = JSON.parse(readFileSync(join(drafted, "out/results.json"), "utf8")) as Results;
    expect(cell(results, "measured-changes", 0, "letb-change")).toBeLessThan(-25);
  });

  it.each([
    ["an engine that is not installed", ["--engine", "native"], "elastix-not-found"],
    ["a name that is taken", ["--transform", "TAKEN"], "file-exists"],
    ["steps nobody knows", ["--steps", "affine"], "usage"],
  ])("refuses %s", async (_, more, code) => {
    const path = process.env.PATH;
    process.env.PATH = folder;
    try {
      const out = join(folder, "never.nii");
      const args = more.map((word) => (word === "TAKEN" ? liver : word));
      const result = await call(
        register,
        ...[join(visit, "late-arterial"), join(visit, "unenhanced"), "--liver", liver, "--out", out, ...args],
      );
      expect(result.ok ? "" : result.issues[0]?.code).toBe(code);
      expect(existsSync(out)).toBe(false);
    } finally {
      process.env.PATH = path;
    }
  });

  it("leaves nothing behind when it is interrupted", async () => {
    const here = join(folder, "interrupted");
    const child = spawn(
      process.execPath,
      [
        join(repositoryRoot, "apps/cli/dist/main.js"),
        ...[
          "register",
          join(visit, "late-arterial"),
          join(visit, "unenhanced"),
          "--liver",
          liver,
          "--out",
          here,
          "--json",
        ],
      ],
      { stdio: ["ignore", "pipe", "pipe"] },
    );
    let errors = "";
    child.stderr.on("data", (text: Buffer) => {
      errors += text.toString("utf8");
    });
    const ended = new Promise<number | null>((resolve) => child.on("close", resolve));
    // Long enough to be at work, and far too short to be done: the B-spline alone takes longer.
    await new Promise((resolve) => setTimeout(resolve, 4000));
    child.kill("SIGINT");
    const status = await ended;
    expect(status === 1 || status === null).toBe(true);
    if (status === 1) expect((JSON.parse(errors) as { code: string }).code).toBe("cancelled");
    expect(readdirSync(folder).filter((name) => name.includes("interrupted"))).toEqual([]);
  });
});
