import { mkdirSync, symlinkSync, truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { unwrap } from "@livermark/core";
import { temporaryFolder } from "testkit";
import { describe, expect, it } from "vitest";
import { listBundleFiles } from "../src/bundle-files.js";
import { openBundle } from "../src/index.js";

describe("the files of a bundle", () => {
  const folder = temporaryFolder("bundle-files");
  const at = (...names: string[]): string => join(folder, ...names);
  mkdirSync(at("tables", "lesions.csv"), { recursive: true });
  mkdirSync(at("out"));
  mkdirSync(at("elsewhere"));
  writeFileSync(at("study.yaml"), "title: x\nprotocol: letb-tace\n");
  writeFileSync(at("tables", "patients.csv"), "patient\nP1\n");
  writeFileSync(at("tables", "~$patients.xlsx"), "lock of a spreadsheet program");
  writeFileSync(at("out", "results.json"), "{}");
  symlinkSync(at("elsewhere"), at("images"));

  it("are its own: no output, no lock files, no links, which are named", () => {
    const listed = listBundleFiles(folder);
    expect(unwrap(listed)).toEqual(["study.yaml", "tables/patients.csv"]);
    expect(listed.issues.map(({ code, severity, where }) => [code, severity, where.file]).sort()).toEqual([
      ["link-not-followed", "warning", "images"],
      ["not-a-file", "error", "tables/lesions.csv"],
    ]);
  });

  it("settings that are not UTF-8, and a table too large, are refused by name", async () => {
    const other = temporaryFolder("bundle-bytes");
    mkdirSync(join(other, "tables"));
    writeFileSync(join(other, "study.yaml"), Uint8Array.of(0x74, 0xfc, 0x0a));
    expect((await openBundle(other)).issues[0]).toMatchObject({ code: "not-utf8", where: { file: "study.yaml" } });
    writeFileSync(join(other, "study.yaml"), "title: x\nprotocol: letb-tace\n");
    writeFileSync(join(other, "tables", "labs.csv"), "");
    // Sparse: takes no room on the disk.
    truncateSync(join(other, "tables", "labs.csv"), 257 * 1024 * 1024);
    const { issues } = unwrap(await openBundle(other));
    expect(issues.find(({ code }) => code === "file-too-large")?.where.file).toBe("tables/labs.csv");
  });

  it("a folder in the place of a table is among the bundle's Issues", async () => {
    const { issues } = unwrap(await openBundle(folder));
    expect(issues.map(({ code }) => code)).toEqual(expect.arrayContaining(["not-a-file", "link-not-followed"]));
  });
});
