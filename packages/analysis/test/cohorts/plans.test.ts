import { describe, expect, it } from "vitest";
import { analyseBundle, builtIn, cohortOf, readBundle } from "./bundle.js";

const run = (id: string) => {
  const protocol = builtIn(id);
  const bundle = readBundle(cohortOf(id, 1).files, protocol);
  const started = process.cpuUsage();
  const analysis = analyseBundle(bundle, protocol);
  const used = process.cpuUsage(started);
  if (process.env.LIVERMARK_RATES !== undefined) {
    process.stdout.write(`${id}: ${((used.user + used.system) / 1e6).toFixed(1)} s CPU\n`);
    for (const table of analysis.tables) process.stdout.write(`  ${table.id} (${table.rows.length})\n`);
    for (const figure of analysis.figures) process.stdout.write(`  ${figure.id} ${figure.kind}\n`);
    for (const issue of analysis.issues)
      process.stdout.write(`  ${issue.severity} ${issue.code} ${issue.message} ${issue.got} ${issue.path}\n`);
    for (const note of analysis.notes)
      process.stdout.write(`  ${note.severity} ${note.code} [${note.where}] ${note.why}\n`);
  }
  return analysis;
};

describe("letb-tace", () => {
  const analysis = run("letb-tace");

  it("runs", () => {
    expect(analysis.tables.length).toBeGreaterThan(10);
  });
});

describe("deb-tace", () => {
  const analysis = run("deb-tace");

  it("runs", () => {
    expect(analysis.tables.length).toBeGreaterThan(5);
  });
});
