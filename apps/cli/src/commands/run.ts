import { join } from "node:path";
import { mapResult } from "@livermark/core";
import { RUN_STEPS, runBundle } from "@livermark/pipeline";
import { type Command, flag, text, usageIssue } from "../command.js";

export const command: Command = {
  usage: `BUNDLE [--out DIR] [--steps ${RUN_STEPS.join(",")}] [--keep-going] [--json]`,
  help: [
    "The whole way of a study bundle: measures on its images, derives response and endpoints, computes the statistics of its protocol,",
    "and writes report.html, results.json and provenance.json to BUNDLE/out (or DIR), whole or not at all.",
    "Any wrong input stops the run and is explained; with --keep-going it is left out and listed in the report.",
    "--steps writes the output of these steps only (default: analyse,report).",
    "Example:\n  livermark run my-study --keep-going",
  ].join("\n"),
  options: { out: { type: "string" }, steps: { type: "string" }, "keep-going": { type: "boolean" } },
  async run(positionals, values, terminal) {
    const [bundle] = positionals;
    if (bundle === undefined || positionals.length > 1) return usageIssue("run wants one BUNDLE.");
    const out = text(values, "out");
    const wanted = text(values, "steps")?.split(",");
    const steps = wanted === undefined ? undefined : RUN_STEPS.filter((step) => wanted.includes(step));
    if (steps !== undefined && (steps.length === 0 || steps.length < new Set(wanted).size))
      return usageIssue(`--steps wants some of ${RUN_STEPS.join(", ")}.`);
    const outcome = await runBundle(bundle, {
      keepGoing: flag(values, "keep-going"),
      progress: terminal.progress,
      ...(out === undefined ? {} : { out }),
      ...(steps === undefined ? {} : { steps }),
    });
    return mapResult(outcome, ({ results, files, out: folder }) => ({
      json: {
        out: folder,
        files: files.map((file) => file.path),
        patients: results.study.patients,
        tables: results.tables.map((table) => table.id),
        figures: results.figures.map((figure) => figure.id),
        issues: results.issues,
      },
      text: [
        ...files.map((file) => `wrote ${join(folder, file.path)}`),
        `${results.issues.length} issues are listed in the report`,
      ].join("\n"),
      issues: results.issues.filter((issue) => issue.severity === "error"),
    }));
  },
};
