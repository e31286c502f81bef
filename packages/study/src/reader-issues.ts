import { errorIssue, type Issue, inSentence, shownUnit, warningIssue } from "@livermark/core";
import type { Protocol } from "./protocol/schema.js";
import { disagreements, type Reading, type ShownField, shownReading } from "./reading.js";
import type { StudyRecords } from "./records.js";

interface ReadRow {
  readonly patient: string;
  readonly time_point: string;
  readonly treatment: number | null;
  readonly reader: string | null;
  readonly lesion: string | null;
  readonly repeat?: number | null;
  readonly decided_by: "third-reader" | "joint-consensus" | null;
  readonly decided_who: string | null;
  readonly reason: string | null;
  readonly line: number;
}

interface Field<R extends ReadRow> {
  readonly table: "features" | "measurements";
  readonly file: string;
  readonly rows: readonly R[];
  readonly nameOf: (row: R) => string;
  readonly valueOf: (row: R) => number | string | null;
}

/**
 * Where independent readers disagree on a feature or a measurement (categories that differ, numbers further apart than
 * the protocol's tolerance) and how it was settled: nobody decided, a decision (the row without a reader) lacks who or
 * why, or the third reader was one of the readers. Original reads stay as they are; repeats of a reader are averaged.
 */
export function readerIssues(records: StudyRecords, protocol: Protocol): readonly Issue[] {
  if (protocol.readers.analysis !== "consensus") return [];
  const { features, measurements } = records.tables;
  return [
    ...issuesOf(
      {
        table: "features",
        file: features.file,
        rows: features.rows,
        nameOf: (row) => row.feature,
        valueOf: (row) => row.value,
      },
      protocol,
    ),
    ...issuesOf(
      {
        table: "measurements",
        file: measurements.file,
        rows: measurements.rows,
        nameOf: (row) => row.biomarker,
        valueOf: (row) => row.value,
      },
      protocol,
    ),
  ];
}

/** A field's label as words within a sentence; the id where the protocol gives none. */
const labelOf = (protocol: Protocol, table: Field<ReadRow>["table"], id: string): string =>
  inSentence(protocol[table === "features" ? "features" : "biomarkers"].find((one) => one.id === id)?.label ?? id);

/** How the protocol has a biomarker printed. */
function shownField(protocol: Protocol, id: string): ShownField {
  const { factor, label } = shownUnit(protocol.biomarkers.find((one) => one.id === id)?.unit ?? "1");
  return { factor, unit: label };
}

function issuesOf<R extends ReadRow>(field: Field<R>, protocol: Protocol): readonly Issue[] {
  const pointOf = (id: string): string => protocol.time_points.find((point) => point.id === id)?.label ?? id;
  const keyOf = (row: R): string =>
    [row.patient, row.time_point, row.treatment ?? "", row.lesion ?? "", field.nameOf(row)].join("\u0000");
  const byReader = new Map<string, R[]>();
  const decided = new Map<string, R>();
  for (const row of field.rows) {
    if (field.valueOf(row) === null) continue;
    if (row.reader === null) decided.set(keyOf(row), row);
    else {
      const key = `${keyOf(row)}\u0000${row.reader}`;
      byReader.set(key, [...(byReader.get(key) ?? []), row]);
    }
  }
  const lines = new Map<string, R>();
  const readings = [...byReader.values()].map((rows): Reading => {
    const first = rows[0]!;
    const numbers = rows.map(field.valueOf).filter((value) => typeof value === "number");
    const id = `${field.table}:${first.line}`;
    lines.set(id, first);
    return {
      id,
      reader: first.reader ?? "",
      // Lesions are told apart as cases of their own.
      case: {
        patient: first.patient,
        timePoint: `${pointOf(first.time_point)}${first.lesion === null ? "" : `, lesion ${first.lesion}`}`,
        treatment: first.treatment,
      },
      field: field.nameOf(first),
      value:
        numbers.length > 0
          ? numbers.reduce((sum, value) => sum + value, 0) / numbers.length
          : (field.valueOf(first) ?? ""),
      by: first.reader ?? "",
      at: "",
      supersedes: null,
      reason: "",
    };
  });
  return disagreements({ readings, locked: [] }, protocol.readers.tolerance, (name) =>
    shownField(protocol, name),
  ).flatMap(({ case: where, field: name, readings: own, why }): readonly Issue[] => {
    const first = lines.get(own[0]!.id)!;
    const place = { patient: where.patient, file: field.file, table: field.table };
    const row = decided.get(keyOf(first));
    const shown = shownField(protocol, name);
    const what = `${labelOf(protocol, field.table, name)} of patient ${where.patient}, ${where.timePoint}`;
    if (row === undefined)
      return [
        warningIssue({
          code: "not-adjudicated",
          message: `Readers disagree on ${what}, and nobody decided; ${own[0]!.reader} is used.`,
          got: own.map(({ reader, value }) => `${reader} ${shownReading(value, shown)}`).join(", "),
          wanted: `a row without reader, by ${protocol.readers.adjudication}`,
          mend: "Record the decision with decided_by, decided_who and reason.",
          where: { ...place, line: first.line, column: "reader" },
        }),
      ];
    const at = { ...place, line: row.line };
    const issues: Issue[] = [];
    if (row.decided_by === null || (row.reason ?? "") === "")
      issues.push(
        warningIssue({
          code: "decision-without-reason",
          message: `Readers disagree on ${what} (${why}); the decision does not say ${row.decided_by === null ? "who made it" : "why"}.`,
          got: shownReading(field.valueOf(row) ?? "", shown),
          wanted: "decided_by (third-reader or joint-consensus) and reason",
          mend: "Fill in the columns decided_by, decided_who and reason.",
          where: { ...at, column: row.decided_by === null ? "decided_by" : "reason" },
        }),
      );
    if (row.decided_by === "third-reader" && own.some(({ reader }) => reader === row.decided_who))
      issues.push(
        errorIssue({
          code: "not-a-third-reader",
          message: `${row.decided_who} decided on ${what} as third reader, but was one of the readers.`,
          got: row.decided_who,
          wanted: "a reader who did not read this case",
          mend: "Let someone else decide, or call it joint-consensus.",
          where: { ...at, column: "decided_who" },
        }),
      );
    return issues;
  });
}
