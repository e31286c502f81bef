import { existsSync } from "node:fs";
import { join } from "node:path";
import type { Provenance, Results } from "@livermark/analysis";
import { mapResult, ok, type Result } from "@livermark/core";
import { explain, explanationText, type FoundId, findIds, openBundle } from "@livermark/pipeline";
import { derive, explanations } from "@livermark/study";
import { type Command, text, usageIssue } from "../command.js";
import { explainDerived, isDerivedId } from "../explain-derived.js";
import { readOutput } from "../output.js";

/** Ids of what is derived from the tables, whose id or title holds `wanted`. */
async function derivedIds(bundle: string, wanted: string): Promise<Result<readonly FoundId[]>> {
  return mapResult(await openBundle(bundle), ({ records, protocol, study }) => {
    const all = [...explanations(derive(records, protocol, study)).values()];
    const lower = wanted.toLowerCase();
    return all
      .filter(({ id, title }) => `${id} ${title}`.toLowerCase().includes(lower))
      .map(({ id, title }) => ({ id, where: title }));
  });
}

export const command: Command = {
  usage: "BUNDLE RESULT-ID | BUNDLE --find TEXT [--json]",
  help: [
    "The passport of one number of a bundle that was run: which function made it, from which numbers, rows, regions, series and files;",
    "or why one thing was derived as it is (no run needed): endpoint/OS/P01, best/recist-1.1/P01/1, response/…, eligibility/P01,",
    "index/nlr/P01, value/COLUMN/P01: words, arithmetic, the deciding rows, their earlier values, and the way down to the voxels.",
    "--find lists the ids whose table, row, column or id holds TEXT. The report shows the id of every cell it was clicked on.",
    "Examples:\n  livermark explain my-study measurement.P01.baseline.letb\n  livermark explain my-study endpoint/OS/P01",
  ].join("\n"),
  options: { find: { type: "string" } },
  async run(positionals, values, terminal) {
    const [bundle, id, ...more] = positionals;
    const wanted = text(values, "find");
    if (bundle === undefined || more.length > 0 || (id === undefined) === (wanted === undefined))
      return usageIssue("explain wants a bundle, and either a result id or --find TEXT.");
    if (id !== undefined && isDerivedId(id)) return explainDerived(bundle, id, terminal);
    const ran = existsSync(join(bundle, "out", "provenance.json"));
    const derived = wanted === undefined ? ok([]) : await derivedIds(bundle, wanted);
    if (!derived.ok) return derived;
    const listed = (ids: readonly FoundId[]): { json: unknown; text: string; issues: [] } => ({
      json: { found: ids },
      text: ids.map(({ id: one, where }) => (where === "" ? one : `${one}  (${where})`)).join("\n"),
      issues: [],
    });
    if (wanted !== undefined && !ran) return ok(listed(derived.value));
    const provenance = readOutput<Provenance>(bundle, "provenance.json", "livermark.provenance/1");
    if (!provenance.ok) return provenance;
    if (wanted !== undefined) {
      return mapResult(readOutput<Results>(bundle, "results.json", "livermark.results/1"), (results) =>
        listed([...findIds(results, provenance.value, wanted), ...derived.value]),
      );
    }
    return mapResult(explain(provenance.value, id ?? ""), (explanation) => ({
      json: explanation,
      text: explanationText(explanation),
      issues: [],
    }));
  },
};
