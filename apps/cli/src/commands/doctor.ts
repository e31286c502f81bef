import { existsSync, readdirSync } from "node:fs";
import { delimiter, join } from "node:path";
import { ok } from "@livermark/core";
import { type Command, usageIssue } from "../command.js";

interface Part {
  readonly name: string;
  readonly programs: readonly string[];
  readonly lost: string;
}

/** Optional programs. Nothing in the product needs one to run; tests and some comparisons do. */
const parts: readonly Part[] = [
  {
    name: "Chromium",
    programs: ["chromium", "chromium-browser", "google-chrome"],
    lost: "browser tests and screenshots",
  },
  {
    name: "R",
    programs: ["Rscript"],
    lost: "recomputing the report's statistics in R on this machine; benchmarks against R",
  },
  { name: "elastix", programs: ["elastix"], lost: "native registration on request; the built-in one is used" },
  { name: "PostgreSQL", programs: ["postgres"], lost: "running against a database cluster" },
  { name: "DCMTK", programs: ["dcmdump"], lost: "an independent DICOM reader for tests" },
  { name: "dicom3tools", programs: ["dciodvfy"], lost: "checking written DICOM for conformance" },
  { name: "dcm2niix", programs: ["dcm2niix"], lost: "an independent DICOM converter for benchmarks" },
  { name: "Orthanc", programs: ["Orthanc"], lost: "tests against a real DICOM archive" },
  { name: "gcc", programs: ["gcc"], lost: "benchmarks of voxel kernels against C" },
];

function searchPath(): string[] {
  const folders = (process.env.PATH ?? "").split(delimiter).filter((folder) => folder !== "");
  const postgres = "/usr/lib/postgresql";
  const versions = existsSync(postgres) ? readdirSync(postgres).map((version) => join(postgres, version, "bin")) : [];
  return [...folders, "/usr/sbin", "/usr/local/sbin", ...versions];
}

export const command: Command = {
  usage: "[--json]",
  help: "Looks for optional programs and says what is lost without each. Example:\n  livermark doctor",
  options: {},
  async run(positionals) {
    if (positionals.length > 0) return usageIssue("doctor takes no argument.");
    const folders = searchPath();
    const found = parts.map(({ name, programs, lost }) => ({
      name,
      present: programs.some((program) => folders.some((folder) => existsSync(join(folder, program)))),
      lost,
    }));
    const text = found
      .map(
        ({ name, present, lost }) =>
          `${present ? "present" : "absent "}  ${name}${present ? "" : `: without it, no ${lost}`}`,
      )
      .join("\n");
    return ok({
      json: { node: process.versions.node, parts: found },
      text: `present  Node ${process.versions.node}\n${text}`,
      issues: [],
    });
  },
};
