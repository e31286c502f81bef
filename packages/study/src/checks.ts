import { errorIssue, type Issue, warningIssue } from "@livermark/core";
import type { Protocol } from "./protocol/schema.js";
import type { StudyRecords } from "./records.js";
import type { StudyFile } from "./study-file.js";
import { closest, didYouMean } from "./suggest.js";
import type { TableName } from "./tables/definitions.js";
import type { Treatments } from "./treatments.js";

const TIMED = ["time-points", "images", "regions", "lesions", "responses", "measurements", "features"] as const;

/** A later visit of a numbered kind: `follow-up-3` is right where the protocol defines `follow-up-1`. */
const sameKind = (name: string, known: readonly string[]): boolean =>
  /\d+$/.test(name) && known.some((other) => other.replace(/\d+$/, "") === name.replace(/\d+$/, ""));

/**
 * Names in the tables that the protocol does not know: time points, biomarkers, features and their categories,
 * readers; and treatment numbers that a patient does not have. Each is reported once, at its first row, with what was probably meant.
 */
export function checkNames(
  records: StudyRecords,
  protocol: Protocol,
  study: StudyFile,
  treatments: Treatments,
): readonly Issue[] {
  const issues: Issue[] = [];
  const seen = new Set<string>();
  const complain = (
    make: typeof errorIssue,
    code: string,
    table: TableName,
    line: number,
    column: string,
    got: string,
    known: readonly string[],
    what: string,
  ): void => {
    const key = `${code}|${table}|${got}`;
    if (seen.has(key)) return;
    seen.add(key);
    issues.push(
      make({
        code,
        message: `${what} "${got}" is not known.`,
        got,
        wanted: known.join(", "),
        mend: didYouMean(got, known) || `Use one of the protocol's names, or add "${got}" to the protocol.`,
        where: { file: records.tables[table].file, table, line, column },
      }),
    );
  };
  const timePoints = protocol.time_points.map(({ id }) => id);
  for (const table of TIMED)
    for (const row of records.tables[table].rows) {
      const name = row.time_point;
      if (timePoints.includes(name) || sameKind(name, timePoints)) continue;
      const near = closest(name, timePoints) !== null;
      complain(
        near ? errorIssue : warningIssue,
        "unknown-time-point",
        table,
        row.line,
        "time_point",
        name,
        timePoints,
        "Time point",
      );
    }
  for (const table of [...TIMED, "events"] as const)
    for (const row of records.tables[table].rows) {
      const count = treatments.byPatient.get(row.patient)?.length ?? 0;
      if (row.treatment === null || count === 0 || (row.treatment >= 1 && row.treatment <= count)) continue;
      const numbers = Array.from({ length: count }, (_, i) => String(i + 1));
      const what = `Treatment of patient ${row.patient}`;
      complain(errorIssue, "unknown-treatment", table, row.line, "treatment", String(row.treatment), numbers, what);
    }
  const markers = protocol.biomarkers.map(({ id }) => id);
  for (const row of records.tables.measurements.rows)
    if (markers.length > 0 && !markers.includes(row.biomarker))
      complain(
        warningIssue,
        "unknown-biomarker",
        "measurements",
        row.line,
        "biomarker",
        row.biomarker,
        markers,
        "Biomarker",
      );
  const features = new Map(protocol.features.map((feature) => [feature.id, feature]));
  for (const row of records.tables.features.rows) {
    const feature = features.get(row.feature);
    if (feature === undefined)
      complain(
        errorIssue,
        "unknown-feature",
        "features",
        row.line,
        "feature",
        row.feature,
        [...features.keys()],
        "Feature",
      );
    else if (row.value !== null && !feature.categories.some((one) => one.toLowerCase() === row.value?.toLowerCase()))
      complain(
        errorIssue,
        "unknown-category",
        "features",
        row.line,
        "value",
        row.value,
        feature.categories,
        `Category of ${feature.id}`,
      );
  }
  const readers = study.readers.map(({ id }) => id);
  if (readers.length > 0)
    for (const table of ["lesions", "responses", "measurements", "features", "regions"] as const)
      for (const row of records.tables[table].rows)
        if (row.reader !== null && !readers.includes(row.reader))
          complain(warningIssue, "unknown-reader", table, row.line, "reader", row.reader, readers, "Reader");
  return issues;
}
