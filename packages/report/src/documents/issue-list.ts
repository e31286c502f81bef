import { compareStrings, describeIssue, type Issue } from "@livermark/core";
import { typeset } from "../typeset.js";

/** Issues of one kind as one entry of a report. */
export interface IssueEntry {
  readonly severity: Issue["severity"];
  /** Code and place in the words of `livermark`. */
  readonly place: string;
  readonly text: string;
}

/** Lists of possible values longer than this are cut in print; results.json has them whole. */
const WANTED_LENGTH = 160;
const NAMED = 12;
/** As many issues of one kind are listed each on its own. */
const SINGLE = 3;

function shortened(issue: Issue): Issue {
  const { wanted } = issue;
  if (wanted === undefined || wanted.length <= WANTED_LENGTH) return issue;
  const cut = wanted.slice(0, WANTED_LENGTH).replace(/,[^,]*$/, "");
  return { ...issue, wanted: `${cut}, and more` };
}

function entry(issue: Issue): IssueEntry {
  const words = describeIssue(shortened(issue));
  const at = words.indexOf(": ");
  return { severity: issue.severity, place: words.slice(0, at), text: typeset(words.slice(at + 2)) };
}

function together(issues: readonly Issue[]): IssueEntry {
  const [first] = issues as readonly [Issue, ...Issue[]];
  const patients = [...new Set(issues.flatMap(({ where }) => where.patient ?? []))].sort(compareStrings);
  const more = patients.length - NAMED;
  const who =
    patients.length === 0
      ? ""
      : ` Patients: ${patients.slice(0, NAMED).join(", ")}${more > 0 ? ` and ${more} more` : ""}.`;
  const one = entry(first);
  const source = [...new Set(issues.flatMap(({ where }) => where.file ?? where.table ?? []))].sort(compareStrings);
  return {
    severity: first.severity,
    place: `${first.severity} ${first.code}${source.length === 0 ? "" : ` (${source.join(", ")})`}, ${issues.length} times`,
    text: `${one.text} This is the first of ${issues.length}; results.json lists them all.${who}`,
  };
}

/**
 * The issues of a run for readers: those of one code and one remedy become one entry with their number and their
 * patients, so that a rule that fails in every row takes one line. Order is that of the first of each kind.
 */
export function issueEntries(issues: readonly Issue[]): readonly IssueEntry[] {
  const kinds = new Map<string, Issue[]>();
  for (const issue of issues) {
    const key = JSON.stringify([issue.severity, issue.code, issue.mend, issue.where.column]);
    kinds.set(key, [...(kinds.get(key) ?? []), issue]);
  }
  return [...kinds.values()].flatMap((same) => (same.length <= SINGLE ? same.map(entry) : [together(same)]));
}
