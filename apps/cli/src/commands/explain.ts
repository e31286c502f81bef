import type { Provenance, Results } from "@livermark/analysis";
import { mapResult } from "@livermark/core";
import { explain, explanationText, findIds } from "@livermark/pipeline";
import { type Command, text, usageIssue } from "../command.js";
import { readOutput } from "../output.js";

export const command: Command = {
  usage: "BUNDLE RESULT-ID | BUNDLE --find TEXT [--json]",
  help: [
    "The passport of one number of a bundle that was run: which function made it, from which numbers, rows, regions, series and files.",
    "--find lists the ids whose table, row, column or id holds TEXT. The report shows the id of every cell it was clicked on.",
    "Example:\n  livermark explain my-study measurement.P01.baseline.letb",
  ].join("\n"),
  options: { find: { type: "string" } },
  async run(positionals, values) {
    const [bundle, id] = positionals;
    const wanted = text(values, "find");
    if (bundle === undefined || (id === undefined) === (wanted === undefined))
      return usageIssue("explain wants a bundle, and either a result id or --find TEXT.");
    const provenance = readOutput<Provenance>(bundle, "provenance.json", "livermark.provenance/1");
    if (!provenance.ok) return provenance;
    if (wanted !== undefined) {
      return mapResult(readOutput<Results>(bundle, "results.json", "livermark.results/1"), (results) => {
        const found = findIds(results, provenance.value, wanted);
        return {
          json: { found },
          text: found.map(({ id, where }) => (where === "" ? id : `${id}  (${where})`)).join("\n"),
          issues: [],
        };
      });
    }
    return mapResult(explain(provenance.value, id ?? ""), (explanation) => ({
      json: explanation,
      text: explanationText(explanation),
      issues: [],
    }));
  },
};
