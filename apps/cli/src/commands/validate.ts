import { statSync } from "node:fs";
import { join } from "node:path";
import { parsePlan } from "@livermark/analysis";
import { type Issue, ok, type Result, refuseWith } from "@livermark/core";
import { checkBundle } from "@livermark/pipeline";
import { issueExcerpt, parseMappings, parseProtocol } from "@livermark/study";
import { type Command, type Output, usageIssue } from "../command.js";
import { readTextFile } from "../files.js";

const verdict = (what: string, issues: readonly Issue[]): Result<Output> => {
  if (issues.some((issue) => issue.severity === "error")) return refuseWith(issues);
  const warnings = issues.length === 0 ? "" : `, with ${issues.length} warning${issues.length === 1 ? "" : "s"}`;
  return ok({ json: { valid: true, issues }, text: `${what} is valid${warnings}`, issues });
};

/** Text of a file that an Issue names: relative to the bundle, or the protocol file itself. */
function sourceOf(file: string, checked: string): string | null {
  const path = [file, join(checked, file), join(checked, "tables", file)].find(
    (candidate) => statSync(candidate, { throwIfNoEntry: false })?.isFile() === true,
  );
  if (path === undefined || !/\.(ya?ml|csv)$/i.test(path)) return null;
  const content = readTextFile(path);
  return content.ok ? content.value : null;
}

/** Texts that were read for excerpts: many Issues are about one file. */
const sources = new Map<string, string | null>();

export const command: Command = {
  usage: "BUNDLE | PROTOCOL.yaml | MAPPING.yaml [--json]",
  help: [
    "Checks a study bundle (study.yaml, protocol, tables, links to images and regions) a protocol or an import mapping without running it, and",
    "explains every mistake: file, line with the place marked, what was found, what was wanted, how to mend it.",
    "Example:\n  livermark validate my-study",
  ].join("\n"),
  options: {},
  async run(positionals) {
    const [path] = positionals;
    if (path === undefined || positionals.length > 1)
      return usageIssue("validate wants one BUNDLE, PROTOCOL.yaml or MAPPING.yaml.");
    if (statSync(path, { throwIfNoEntry: false })?.isFile()) {
      const content = readTextFile(path);
      if (!content.ok) return content;
      if (/^schema:\s*["']?livermark\.mapping\//m.test(content.value)) {
        const mappings = parseMappings(content.value, path);
        return mappings.ok ? verdict(path, mappings.issues) : mappings;
      }
      const protocol = parseProtocol(content.value, path);
      if (!protocol.ok) return protocol;
      const plan = parsePlan(protocol.value.plan, protocol.value.id);
      return verdict(path, [...protocol.issues, ...plan.issues]);
    }
    const checked = await checkBundle(path);
    return checked.ok ? verdict(path, checked.value) : checked;
  },
  describe(issue, [path = "."]) {
    const { file } = issue.where;
    if (file === undefined) return issueExcerpt(issue, null);
    const known = sources.get(file);
    const source = known === undefined ? sourceOf(file, path) : known;
    sources.set(file, source);
    return issueExcerpt(issue, source);
  },
};
