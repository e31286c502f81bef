import { statSync } from "node:fs";
import { parsePlan } from "@livermark/analysis";
import { describeIssue, type Issue, ok, type Result, refuseWith } from "@livermark/core";
import { checkBundle } from "@livermark/pipeline";
import { parseProtocol } from "@livermark/study";
import { type Command, type Output, usageIssue } from "../command.js";
import { readTextFile } from "../files.js";

const verdict = (what: string, issues: readonly Issue[]): Result<Output> => {
  if (issues.some((issue) => issue.severity === "error")) return refuseWith(issues);
  return ok({
    json: { valid: true, issues },
    text: [`${what} is valid`, ...issues.map(describeIssue)].join("\n"),
    issues: [],
  });
};

export const command: Command = {
  usage: "BUNDLE | PROTOCOL.yaml [--json]",
  help: [
    "Checks a study bundle (study.yaml, protocol, tables, links to images and regions) or a protocol file without running it, and explains",
    "every mistake: file, line, what was found, what was wanted, how to mend it.",
    "Example:\n  livermark validate my-study",
  ].join("\n"),
  options: {},
  async run(positionals) {
    const [path] = positionals;
    if (path === undefined || positionals.length > 1) return usageIssue("validate wants one BUNDLE or PROTOCOL.yaml.");
    if (statSync(path, { throwIfNoEntry: false })?.isFile()) {
      const content = readTextFile(path);
      if (!content.ok) return content;
      const protocol = parseProtocol(content.value, path);
      if (!protocol.ok) return protocol;
      const plan = parsePlan(protocol.value.plan, protocol.value.id);
      return verdict(path, [...protocol.issues, ...plan.issues]);
    }
    const checked = await checkBundle(path);
    return checked.ok ? verdict(path, checked.value) : checked;
  },
};
