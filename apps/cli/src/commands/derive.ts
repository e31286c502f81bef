import { describeIssue, ok } from "@livermark/core";
import { deriveStudy, writeFolder } from "@livermark/pipeline";
import { analysisCsv } from "@livermark/study";
import { type Command, text, usageIssue } from "../command.js";

export const command: Command = {
  usage: "BUNDLE [--out DIR] [--json]",
  help: [
    "Derives response, treatments, endpoints and eligibility of a bundle, each with the record that decided, and the analysis set.",
    "--out writes the analysis set as CSV (one file per patient, one per treatment). What is wrong in the tables is listed under issues;",
    "the rest is derived all the same.",
    "Example:\n  livermark derive my-study --json",
  ].join("\n"),
  options: { out: { type: "string" } },
  async run(positionals, values, terminal) {
    const [bundle] = positionals;
    if (bundle === undefined || positionals.length > 1) return usageIssue("derive wants one BUNDLE.");
    const study = await deriveStudy(bundle, terminal.progress);
    if (!study.ok) return study;
    const { derived, issues } = study.value;
    const { response, endpoints, treatments, eligibility, flow, analysisSet } = derived;
    const out = text(values, "out");
    if (out !== undefined)
      writeFolder(out, [
        { path: "patients.csv", bytes: analysisCsv(analysisSet.patients) },
        { path: "treatments.csv", bytes: analysisCsv(analysisSet.treatments) },
      ]);
    const boxes = flow.map(
      (box) => `${box.label}: ${box.n}${box.excluded.map((one) => `\n    out: ${one.n} ${one.reason}`).join("")}`,
    );
    return ok({
      json: { response, endpoints, treatments, eligibility, flow, issues },
      text: [
        ...boxes,
        `${endpoints.length} endpoint times, ${response.length} response verdicts`,
        ...(out === undefined ? [] : [`wrote ${out}/patients.csv and ${out}/treatments.csv`]),
        ...issues.map(describeIssue),
      ].join("\n"),
      issues: [],
    });
  },
};
