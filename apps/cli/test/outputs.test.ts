import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { unwrap } from "@livermark/core";
import { exampleStudy } from "@livermark/phantom";
import { checkReplaceable, writeFolder } from "@livermark/pipeline";
import { temporaryFolder } from "testkit";
import { beforeAll, describe, expect, it } from "vitest";
import { command as board } from "../src/commands/board.js";
import { command as derive } from "../src/commands/derive.js";
import { command as report } from "../src/commands/report.js";
import { command as run } from "../src/commands/run.js";
import { call, json } from "./support.js";

describe("outputs take nothing away that they did not write", () => {
  const folder = temporaryFolder("outputs");
  const at = (...names: string[]): string => join(folder, ...names);
  const bundle = at("study");

  beforeAll(() => writeFolder(bundle, unwrap(exampleStudy({ seed: 5, patients: 12, imaged: [] })).files));

  it.each(["study", "study/tables", "notes.txt"])("run and derive refuse to replace %s", async (name) => {
    writeFileSync(at("notes.txt"), "mine");
    const before = existsSync(at(name, "study.yaml")) ? readdirSync(at(name)) : null;
    for (const command of [run, derive]) {
      const refused = await call(command, bundle, "--out", at(name));
      expect(refused.issues[0]?.code).toBe(name === "notes.txt" ? "not-a-folder" : "folder-in-use");
    }
    if (before !== null) expect(readdirSync(at(name))).toEqual(before);
    expect(readFileSync(at("notes.txt"), "utf8")).toBe("mine");
    expect(existsSync(join(bundle, "tables", "patients.csv"))).toBe(true);
  });

  it("derive does not take a lone patients.csv for its own", async () => {
    writeFolder(at("lone"), [{ path: "patients.csv", bytes: "patient\nP1\n" }]);
    expect((await call(derive, bundle, "--out", at("lone"))).issues[0]?.code).toBe("folder-in-use");
  });

  it("both replace what they wrote before, and what is empty", async () => {
    for (const round of [1, 2]) {
      expect((await call(derive, bundle, "--out", at("set"))).ok, `derive ${round}`).toBe(true);
      expect((await call(run, bundle, "--keep-going", "--out", at("results"))).ok, `run ${round}`).toBe(true);
    }
    expect(checkReplaceable(at("nothing"), []).ok).toBe(true);
  });

  it("a second report keeps the first one's documents, a second board the first one's pages", async () => {
    await json(run, bundle, "--keep-going");
    await json(report, bundle, "--format", "html", "--out", at("documents"));
    await json(report, bundle, "--format", "csv", "--out", at("documents"));
    expect(readdirSync(at("documents"))).toEqual(expect.arrayContaining(["report.html", "tables"]));
    await json(board, bundle, "P001", "--out", at("pages"));
    await json(board, bundle, "P002", "--out", at("pages"));
    expect(readdirSync(at("pages"))).toEqual(["P001.html", "P002.html"]);
  });
});
