import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { Provenance, Results } from "@livermark/analysis";
import { unwrap } from "@livermark/core";
import { exampleStudy } from "@livermark/phantom";
import { writeFolder } from "@livermark/pipeline";
import { temporaryFolder } from "testkit";
import { beforeAll, describe, expect, it } from "vitest";
import { command as run } from "../src/commands/run.js";
import { json, small } from "./support.js";

describe("every number of a run", () => {
  const bundle = join(temporaryFolder("provenance"), "study");
  let results: Results;
  let provenance: Provenance;

  beforeAll(async () => {
    writeFolder(bundle, unwrap(exampleStudy({ seed: 9, patients: 30, imaged: [[40, 20]], ...small })).files);
    await json(run, bundle);
    const read = <T>(name: string): T => JSON.parse(readFileSync(join(bundle, "out", name), "utf8")) as T;
    results = read<Results>("results.json");
    provenance = read<Provenance>("provenance.json");
  });

  it("has a passport", () => {
    const without = results.tables.flatMap((table) =>
      table.rows.flatMap((row) =>
        Object.entries(row.cells)
          .filter(([, cell]) => !["text", "reference", "not-estimable", "missing"].includes(cell.kind))
          .filter(([, cell]) => cell.id === null || provenance.passports[cell.id] === undefined)
          .map(([key]) => `${table.id} / ${row.label} / ${key}`),
      ),
    );
    expect(without).toEqual([]);
  });

  it("leads to rows, regions and series, and to nothing that is not there", () => {
    const dangling = Object.values(provenance.passports).flatMap((passport) =>
      passport.inputs
        .filter((input) => input.kind === "result" && provenance.passports[input.id] === undefined)
        .map((input) => `${passport.id} → ${input.kind === "result" ? input.id : ""}`),
    );
    expect(dangling).toEqual([]);
    const kinds = new Set(
      Object.values(provenance.passports).flatMap((passport) => passport.inputs.map((input) => input.kind)),
    );
    expect([...kinds].sort()).toEqual(["region", "result", "row", "series"]);
  });

  it("is finite, and no output holds a name or a birth date", () => {
    for (const name of ["results.json", "provenance.json", "report.html"]) {
      const text = readFileSync(join(bundle, "out", name), "utf8");
      expect(text).not.toMatch(/\bNaN\b|\bInfinity\b/);
      expect(text).not.toMatch(/birth|PatientName/i);
    }
    expect(provenance.files.every((file) => /^[0-9a-f]{64}$/.test(file.sha256))).toBe(true);
  });
});
