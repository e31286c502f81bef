import { mapResult } from "@livermark/core";
import { runBundle } from "@livermark/pipeline";
import { type Command, text, usageIssue } from "../command.js";

export const command: Command = {
  usage: "BUNDLE [--out DIR] [--keep-going] [--json]",
  help: [
    "Runs the analysis plan of a bundle's protocol and writes results.json and provenance.json (no report).",
    "What cannot be computed is listed under issues; --keep-going goes on where an error would refuse the run.",
    "Example:\n  livermark analyse my-study",
  ].join("\n"),
  options: { out: { type: "string" }, "keep-going": { type: "boolean" } },
  async run(positionals, values, terminal) {
    const [bundle] = positionals;
    if (bundle === undefined || positionals.length > 1) return usageIssue("analyse wants one BUNDLE.");
    const out = text(values, "out");
    const outcome = await runBundle(bundle, {
      steps: ["analyse"],
      keepGoing: values["keep-going"] === true,
      progress: terminal.progress,
      ...(out === undefined ? {} : { out }),
    });
    return mapResult(outcome, ({ results, out: written }) => ({
      json: {
        out: written,
        tables: results.tables.map(({ id, title }) => ({ id, title })),
        figures: results.figures.map(({ id, kind }) => ({ id, kind })),
        models: results.models.length,
        notes: results.notes,
        issues: outcome.issues,
      },
      text: `${results.tables.length} tables, ${results.figures.length} figures and ${results.models.length} models in ${written}/results.json`,
      issues: outcome.issues,
    }));
  },
};
