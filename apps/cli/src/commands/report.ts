import { join } from "node:path";
import type { Provenance, Results } from "@livermark/analysis";
import { mapResult } from "@livermark/core";
import { reportFiles, reportFormats } from "@livermark/report";
import { type Command, text, usageIssue } from "../command.js";
import { readOutput } from "../output.js";
import { replaceFiles } from "../replace-files.js";

export const command: Command = {
  usage: `BUNDLE --format ${reportFormats.join(",")} [--out DIR] [--json]`,
  help: [
    "Writes the results of a bundle that was run in other formats: documents, tables, figures, an R script that recomputes every",
    "statistic, a calculator page of each model, and an RO-Crate of the whole. They go to BUNDLE/out/documents, or DIR,",
    "beside what is there; files of the same names are replaced.",
    "Example:\n  livermark report my-study --format pdf,docx,r",
  ].join("\n"),
  options: { format: { type: "string" }, out: { type: "string" } },
  async run(positionals, values) {
    const [bundle] = positionals;
    const wanted = text(values, "format")?.split(",") ?? [];
    const formats = reportFormats.filter((format) => wanted.includes(format));
    if (bundle === undefined || positionals.length > 1 || formats.length === 0 || formats.length < new Set(wanted).size)
      return usageIssue(`report wants a BUNDLE and --format with some of ${reportFormats.join(", ")}.`);
    const results = readOutput<Results>(bundle, "results.json", "livermark.results/1");
    if (!results.ok) return results;
    const provenance = readOutput<Provenance>(bundle, "provenance.json", "livermark.provenance/1");
    if (!provenance.ok) return provenance;
    const out = text(values, "out") ?? join(bundle, "out", "documents");
    const made = await reportFiles(results.value, provenance.value, formats);
    return mapResult(made, (files) => {
      replaceFiles(files.map(({ path, bytes }) => ({ path: join(out, path), bytes })));
      return {
        json: { out, files: files.map((file) => file.path), issues: made.issues },
        text: files.map((file) => `wrote ${join(out, file.path)}`).join("\n"),
        issues: made.issues,
      };
    });
  },
};
