import { type Issue, warningIssue } from "@livermark/core";
import type { Protocol } from "../protocol/schema.js";
import type { TimePointResponse } from "./rows.js";

/**
 * Time points at which readers disagree on the response while the protocol analyses a consensus that nobody recorded:
 * the first reader's verdict is used, and each such time point is named with both verdicts.
 */
export function readerDisagreements(rows: readonly TimePointResponse[], protocol: Protocol): readonly Issue[] {
  if (protocol.readers.analysis !== "consensus") return [];
  const groups = new Map<string, TimePointResponse[]>();
  for (const row of rows) {
    const key = [row.patient, row.treatment, row.timePoint, row.profile].join("\u0000");
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [row]);
    else group.push(row);
  }
  return [...groups.values()].flatMap((group): readonly Issue[] => {
    const first = group[0]!;
    const verdicts = new Set(group.map(({ overall }) => overall));
    if (verdicts.size < 2 || group.some(({ reader }) => reader === null)) return [];
    const line = first.source.lines[0];
    return [
      warningIssue({
        code: "not-adjudicated",
        message: `Readers disagree on patient ${first.patient}, ${first.timePoint} (${first.profile}), and no consensus is recorded.`,
        got: group.map(({ reader, overall }) => `${reader} ${overall}`).join(", "),
        wanted: `a consensus row (reader empty), by ${protocol.readers.adjudication}`,
        mend: "Record the consensus, or set readers.analysis of the protocol to first.",
        where: {
          patient: first.patient,
          table: first.source.table,
          ...(line === undefined ? {} : { line }),
          column: "reader",
        },
      }),
    ];
  });
}
