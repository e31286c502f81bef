import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { AuditFinding } from "@livermark/analysis";
import { afterAll, describe, expect, it } from "vitest";
import { command } from "../src/commands/audit.js";
import { call, json } from "./support.js";

const folder = mkdtempSync(join(tmpdir(), "livermark-audit-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe("audit", () => {
  it("gives findings as JSON, a web page and a table", async () => {
    const [paper, page, table] = ["paper.txt", "audit.html", "audit.csv"].map((name) => join(folder, name));
    if (paper === undefined || page === undefined || table === undefined) throw new Error("three paths");
    writeFileSync(paper, "Results\nA response was seen in 57 (65.9%).\n");
    const { findings } = await json<{ findings: AuditFinding[] }>(command, paper, "--html", page, "--csv", table);
    expect(findings).toEqual([
      {
        code: "percent-of-count",
        certainty: "contradiction",
        quotes: [{ file: paper, line: 2, text: "57 (65.9%)" }],
        arithmetic: expect.stringContaining("no whole number"),
        message: expect.any(String),
      },
    ]);
    expect(readFileSync(page, "utf8")).toContain("<aside");
    expect(readFileSync(table, "utf8").trim().split("\n")).toHaveLength(2);
  });

  it("reads LaTeX, and tells of a file that it takes in", async () => {
    const paper = join(folder, "paper.tex");
    writeFileSync(paper, "\\section{Results}\n\\input{tables}\nA response was seen in $57$~(65.9\\%).\n");
    const result = await call(command, paper);
    expect(result.ok).toBe(true);
    expect(result.issues.map(({ code, severity }) => `${severity} ${code}`)).toEqual([
      "warning included-file-not-read",
    ]);
    const { findings } = await json<{ findings: AuditFinding[] }>(command, paper);
    expect(findings.map(({ quotes }) => quotes[0])).toEqual([{ file: paper, line: 3, text: "57 (65.9%)" }]);
  });

  it("refuses no file, a missing file and a folder that is not there", async () => {
    const paper = join(folder, "fine.txt");
    writeFileSync(paper, "1 of 2 (50%)");
    for (const [args, code] of [
      [[], "usage"],
      [[join(folder, "none.txt")], "file-not-found"],
      [[paper, "--csv", join(folder, "none", "a.csv")], "cannot-write"],
    ] as const) {
      const result = await call(command, ...args);
      expect(result.ok).toBe(false);
      expect(result.issues[0]?.code).toBe(code);
    }
  });
});
