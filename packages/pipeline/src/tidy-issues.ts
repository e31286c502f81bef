import { compareStrings, type Issue } from "@livermark/core";

const bySeverity = (a: Issue, b: Issue): number =>
  a.severity === b.severity
    ? compareStrings(a.where.patient ?? "", b.where.patient ?? "") ||
      compareStrings(a.code, b.code) ||
      compareStrings(a.where.file ?? "", b.where.file ?? "") ||
      (a.where.line ?? 0) - (b.where.line ?? 0) ||
      compareStrings(a.message, b.message)
    : a.severity === "error"
      ? -1
      : 1;

/** Each Issue once, errors first. */
export function tidy(issues: readonly Issue[]): readonly Issue[] {
  const seen = new Map<string, Issue>();
  for (const issue of issues) seen.set(JSON.stringify(issue), issue);
  return [...seen.values()].sort(bySeverity);
}
