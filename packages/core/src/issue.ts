/** Where an Issue was found. Every field is optional, but an Issue that can name its place must. */
export interface IssueWhere {
  readonly patient?: string;
  readonly file?: string;
  readonly series?: string;
  /** 1-based slice of the series: the picture to look at. */
  readonly slice?: number;
  readonly table?: string;
  /** 1-based line of the file, the header being line 1. */
  readonly line?: number;
  readonly column?: string;
}

/**
 * Something wrong with the input, as data: what was found, what was wanted, and how to mend it.
 * `error` stops the step that met it; `warning` travels with the result and is printed in the report.
 */
export interface Issue {
  /** Stable kebab-case name, for programs. */
  readonly code: string;
  readonly severity: "error" | "warning";
  /** Path inside the value that was checked, e.g. `endpoints.OS.start`; empty when there is none. */
  readonly path: string;
  /** One sentence a clinician understands. */
  readonly message: string;
  readonly got: string;
  readonly wanted: string;
  readonly mend: string;
  readonly where: IssueWhere;
}

/** The parts of an Issue that a caller must think about; the rest has neutral defaults. */
export interface IssueDraft {
  readonly code: string;
  readonly message: string;
  readonly got?: string | number | boolean | null | undefined;
  readonly wanted?: string;
  readonly mend?: string;
  readonly path?: string;
  readonly where?: IssueWhere;
}

const make = (severity: Issue["severity"], draft: IssueDraft): Issue =>
  Object.freeze({
    code: draft.code,
    severity,
    path: draft.path ?? "",
    message: draft.message,
    got: draft.got === undefined || draft.got === null ? "" : String(draft.got),
    wanted: draft.wanted ?? "",
    mend: draft.mend ?? "",
    where: draft.where ?? {},
  });

/** An Issue that stops the step. Example: `errorIssue({ code: "empty-region", message: "Region T1 covers no voxel." })`. */
export const errorIssue = (draft: IssueDraft): Issue => make("error", draft);

/** An Issue that travels with the result. */
export const warningIssue = (draft: IssueDraft): Issue => make("warning", draft);

/** The same Issue with more known about its place (the inner place wins). */
export const locate = (issue: Issue, where: IssueWhere): Issue => ({ ...issue, where: { ...where, ...issue.where } });

/** One line for a person: code, place, sentence, found, wanted, mend. */
export function describeIssue(issue: Issue): string {
  const { patient, file, series, slice, table, line, column } = issue.where;
  const source = file ?? table;
  const place = [
    patient && `patient ${patient}`,
    source && (line === undefined ? source : `${source}:${line}`),
    column && `column ${column}`,
    series && `series ${series}`,
    slice !== undefined && `slice ${slice}`,
    issue.path && issue.path,
  ].filter((part) => part !== undefined && part !== "" && part !== false);
  const found = issue.got && ` Found: ${issue.got}.`;
  const wanted = issue.wanted && ` Wanted: ${issue.wanted}.`;
  const mend = issue.mend && ` ${issue.mend}`;
  return `${issue.severity} ${issue.code}${place.length > 0 ? ` (${place.join(", ")})` : ""}: ${issue.message}${found}${wanted}${mend}`;
}
