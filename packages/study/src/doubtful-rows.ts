import { type Issue, warningIssue } from "@livermark/core";
import { didYouMean } from "./suggest.js";
import { type Row, TABLE_NAMES, type TableName } from "./tables/definitions.js";
import type { Table } from "./tables/read-table.js";

type StudyTables = { readonly [N in TableName]: Table<N> };

/** Causes of `events.csv` by the event that they belong to. */
const CAUSES: { readonly [event: string]: readonly string[] } = {
  death: ["tumour", "liver-function", "treatment", "other", "unknown"],
  untreatable: [
    "liver-function",
    "not-treatable",
    "progression-after-repeat",
    "vascular-invasion",
    "performance-status",
  ],
};

interface Doubt {
  readonly code: string;
  readonly message: string;
  readonly got: string;
  readonly wanted: string;
  readonly column: string;
}

/**
 * Warnings about rows that can be read but hardly be meant: the same record twice, a short axis longer than the longest
 * diameter, a lesion that changes its organ, a cause that its event does not have, limits of normal the wrong way round, an explanation of a column that
 * no table has.
 * The rows are used as they stand. Example: `doubtfulRows(records.tables)`.
 */
export function doubtfulRows(tables: StudyTables): readonly Issue[] {
  return [
    ...repeated(tables, "time-points", ({ patient, time_point, treatment }) =>
      treatment === null ? null : [patient, time_point, treatment],
    ),
    ...repeated(tables, "measurements", (row) => [
      row.patient,
      row.time_point,
      row.treatment,
      row.reader,
      row.lesion,
      row.biomarker,
      row.repeat,
    ]),
    ...repeated(tables, "screening", ({ subject, unit, step }) => [subject, unit, step]),
    ...tables.lesions.rows.flatMap((row) => issuesOf(tables, "lesions", row, lesionDoubts(row))),
    ...changedLesions(tables),
    ...tables.labs.rows.flatMap((row) => issuesOf(tables, "labs", row, labDoubts(row))),
    ...tables.events.rows.flatMap((row) => issuesOf(tables, "events", row, eventDoubts(row))),
    ...tables.codebook.rows.flatMap((row) => issuesOf(tables, "codebook", row, codebookDoubts(tables, row))),
  ];
}

const issuesOf = <N extends TableName>(
  tables: StudyTables,
  table: N,
  row: { readonly line: number; readonly patient?: string },
  doubts: readonly Doubt[],
): readonly Issue[] =>
  doubts.map(({ code, message, got, wanted, column }) =>
    warningIssue({
      code,
      message,
      got,
      wanted,
      mend: "Correct the row if it is wrong.",
      where: {
        ...(row.patient === undefined ? {} : { patient: row.patient }),
        file: tables[table].file,
        table,
        line: row.line,
        column,
      },
    }),
  );

/** Rows that have the key of an earlier one; a key of null is never repeated. */
function repeated<N extends "time-points" | "measurements" | "screening">(
  tables: StudyTables,
  table: N,
  keyOf: (row: Row<N>) => readonly (string | number | null)[] | null,
): readonly Issue[] {
  const first = new Map<string, number>();
  const issues: Issue[] = [];
  const rows: readonly Row<N>[] = tables[table].rows;
  for (const row of rows) {
    const parts = keyOf(row);
    if (parts === null) continue;
    const key = JSON.stringify(parts);
    const line = first.get(key);
    if (line === undefined) first.set(key, row.line);
    else
      issues.push(
        ...issuesOf(tables, table, row, [
          {
            code: "repeated-record",
            message: `${tables[table].file} has this record in line ${line} already.`,
            got: parts.filter((part) => part !== null).join(", "),
            wanted: "one row for each record",
            column: "",
          },
        ]),
      );
  }
  return issues;
}

function lesionDoubts(row: Row<"lesions">): readonly Doubt[] {
  const { lesion, longest_mm: longest, status } = row;
  const beyond = (["short_mm", "viable_mm"] as const).flatMap((column): Doubt[] => {
    const value = row[column];
    if (value === null || longest === null || value <= longest) return [];
    return [
      {
        code: "above-longest",
        message: `Lesion ${lesion}: ${column} is longer than the longest diameter.`,
        got: `${value} mm`,
        wanted: `at most ${longest} mm`,
        column,
      },
    ];
  });
  if (status !== "absent" || longest === null || longest === 0) return beyond;
  return [
    ...beyond,
    {
      code: "absent-with-length",
      message: `Lesion ${lesion} is called absent and has a diameter.`,
      got: `${longest} mm`,
      wanted: "no diameter, or another status",
      column: "status",
    },
  ];
}

/** Lesions whose organ is another one than in the first row that names it. */
function changedLesions(tables: StudyTables): readonly Issue[] {
  const organs = new Map<string, string>();
  return tables.lesions.rows.flatMap((row) => {
    const { patient, treatment, reader, lesion, organ } = row;
    if (organ === null) return [];
    const key = JSON.stringify([patient, treatment, reader, lesion]);
    const before = organs.get(key);
    if (before === undefined) organs.set(key, organ);
    if (before === undefined || before === organ) return [];
    return issuesOf(tables, "lesions", row, [
      {
        code: "lesion-moves",
        message: `Lesion ${lesion} lies in another organ than before.`,
        got: organ,
        wanted: before,
        column: "organ",
      },
    ]);
  });
}

function labDoubts({ name, uln, lln }: Row<"labs">): readonly Doubt[] {
  if (uln === null || lln === null || lln < uln) return [];
  return [
    {
      code: "limits-of-normal",
      message: `${name}: the lower limit of normal is not below the upper one.`,
      got: `${lln} to ${uln}`,
      wanted: "lln below uln",
      column: "lln",
    },
  ];
}

function eventDoubts({ event, cause }: Row<"events">): readonly Doubt[] {
  const causes = CAUSES[event];
  if (causes === undefined || cause === null || causes.includes(cause)) return [];
  return [
    {
      code: "cause-of-other-event",
      message: `The event ${event} does not have this cause.`,
      got: cause,
      wanted: causes.join(" | "),
      column: "cause",
    },
  ];
}

/** A row of the codebook explains a column of one table, or of every table where it names none. */
function codebookDoubts(tables: StudyTables, row: Row<"codebook">): readonly Doubt[] {
  const named = (row.table ?? "").replace(/\.csv$/, "");
  const meant = TABLE_NAMES.filter((name) => (named === "" ? name !== "codebook" : name === named));
  if (meant.length === 0)
    return [
      {
        code: "codebook-unused",
        message: "The codebook explains a column of a table that there is not.",
        got: named,
        wanted: didYouMean(named, TABLE_NAMES) || TABLE_NAMES.join(", "),
        column: "table",
      },
    ];
  const there = meant.filter((name) => tables[name].columns.length > 0);
  const columns = there.flatMap((name) => tables[name].columns);
  if (there.length === 0 || columns.includes(row.column)) return [];
  return [
    {
      code: "codebook-unused",
      message: "The codebook explains a column that its table does not have.",
      got: row.column,
      wanted: `a column of ${there.map((name) => tables[name].file).join(", ")}`,
      column: "column",
    },
  ];
}
