import { readFileSync } from "node:fs";
import { join } from "node:path";
import { unwrap } from "@livermark/core";
import { exampleStudy } from "@livermark/phantom";
import { writeFolder } from "@livermark/pipeline";
import { describeWithTools, runTool, temporaryFolder } from "testkit";
import { beforeAll, describe, expect, it } from "vitest";
import { command as report } from "../src/commands/report.js";
import { command as run } from "../src/commands/run.js";
import { call, json } from "./support.js";

const bundle = join(temporaryFolder("report"), "study");

beforeAll(async () => {
  const study = unwrap(exampleStudy({ seed: 5, patients: 40, imaged: [] }));
  writeFolder(bundle, study.files);
  await json(run, bundle);
});

describe("livermark report", () => {
  it("writes the formats asked for, twice the same bytes", async () => {
    const formats = ["--format", "html,csv,svg,xlsx,docx,md,tex,r,crate"];
    const first = await json<{ files: readonly string[] }>(report, bundle, ...formats, "--out", join(bundle, "a"));
    await json(report, bundle, ...formats, "--out", join(bundle, "b"));
    expect(first.files).toContain("report.docx");
    expect(first.files).toContain("recompute.R");
    for (const file of first.files)
      expect(readFileSync(join(bundle, "a", file)).equals(readFileSync(join(bundle, "b", file))), file).toBe(true);
  });

  it("refuses formats that it does not know", async () => {
    const refused = await call(report, bundle, "--format", "html,ppt");
    expect(refused.ok).toBe(false);
  });
});

describe("livermark run --steps", () => {
  it("writes the output of the steps asked for, and of no other", async () => {
    const of = async (steps: string): Promise<readonly string[]> =>
      (await json<{ files: readonly string[] }>(run, bundle, "--steps", steps, "--out", join(bundle, "partly"))).files;
    expect(await of("derive")).toEqual([
      "analysis-set/patients.csv",
      "analysis-set/treatments.csv",
      "analysis-set/patients-codebook.csv",
      "analysis-set/treatments-codebook.csv",
    ]);
    expect(await of("report,inspect,measure")).toEqual(["images.json", "measurements.json", "report.html"]);
    expect((await call(run, bundle, "--steps", "derive,draw")).ok).toBe(false);
  });
});

describeWithTools("recompute.R of the example study", ["Rscript"], () => {
  it("agrees with real R in every number", async () => {
    const out = join(bundle, "in-r");
    await json(report, bundle, "--format", "r", "--out", out);
    const lines = runTool("Rscript", ["recompute.R"], out).trim().split("\n");
    const [, agreed, all] = /^(\d+) of (\d+) numbers agree$/.exec(lines.at(-1) ?? "") ?? [];
    expect(Number(all)).toBeGreaterThan(200);
    expect(agreed).toBe(all);
  });
});
