import type { Derived } from "./derive.js";
import type { Deciding } from "./endpoints/follow-up.js";
import { type Amendment, amendmentText } from "./history/apply.js";
import { INDEX_NAMES, indexDefinition } from "./indices/definitions.js";

/** Why one derived thing is what it is, and which records made it so. */
export interface Explanation {
  readonly id: string;
  readonly title: string;
  /** Steps in words, the deciding one first. */
  readonly steps: readonly string[];
  readonly deciding: readonly Deciding[];
  /** Measurements on images that it was made from, by the ids of their passports. */
  readonly results: readonly string[];
}

const place = (deciding: Deciding): string =>
  "line" in deciding
    ? `${deciding.table}.csv, line ${deciding.line}${deciding.column === undefined ? "" : `, column ${deciding.column}`}`
    : "timePoint" in deciding
      ? `${deciding.table}.csv, time point ${deciding.timePoint}`
      : `${deciding.table}.yaml, ${deciding.field}`;

const linesOf = (deciding: Deciding): readonly number[] =>
  "line" in deciding ? [deciding.line] : "timePoint" in deciding ? (deciding.lines ?? []) : [];

const part = (treatment: number | null): string => (treatment === null ? "" : `/${treatment}`);

/**
 * Explanations of everything that was derived, by id: `endpoint/OS/P1`, `endpoint/hepatic-PFS/P1/2`,
 * `response/recist-1.1/P1/1/follow-up-1`, `best/recist-1.1/P1/1`, `eligibility/P1`; of readers other than the
 * consensus the id ends in `/reader`.
 */
export function explanations(derived: Derived): ReadonlyMap<string, Explanation> {
  const found = new Map<string, Explanation>();
  const amended = new Map<string, readonly Amendment[]>();
  for (const one of derived.amendments) {
    const key = `${one.table}\u0000${one.line}`;
    amended.set(key, [...(amended.get(key) ?? []), one]);
  }
  const earlier = (deciding: Deciding): readonly string[] =>
    linesOf(deciding).flatMap((line) =>
      (amended.get(`${deciding.table}\u0000${line}`) ?? []).map(
        (one) => `amended, ${deciding.table}.csv, line ${line}: ${amendmentText(one)}`,
      ),
    );
  const put = (id: string, title: string, steps: readonly string[], deciding: readonly Deciding[]): void => {
    const decided = deciding.flatMap((one) => [`decided by ${place(one)}`, ...earlier(one)]);
    found.set(id, { id, title, steps: [...steps, ...decided], deciding, results: [] });
  };
  for (const row of derived.endpoints)
    put(
      `endpoint/${row.name}/${row.patient}${part(row.treatment)}`,
      `${row.name} of patient ${row.patient}: ${row.timeDays} days, ${row.event === 1 ? "event" : row.event === 0 ? "censored" : "not assessable"}`,
      [
        row.why,
        `${row.timeDays} days / 30.4375 = ${(row.timeDays / 30.4375).toFixed(1)} months`,
        ...row.variants.map(
          (variant) => `${variant.name}: ${variant.timeDays} days, event ${variant.event}; ${variant.why}`,
        ),
      ],
      [row.deciding, ...row.cites],
    );
  const visits = new Map<string, Deciding[]>();
  const verdicts = new Map<string, string[]>();
  const seriesOf = (row: Derived["response"][number]): string =>
    [row.profile, row.patient, row.treatment, row.reader ?? ""].join("\u0000");
  for (const row of derived.response) {
    if (!("timePoint" in row)) continue;
    const { table, lines } = row.source;
    verdicts.set(seriesOf(row), [...(verdicts.get(seriesOf(row)) ?? []), `${row.timePoint}: ${row.why}`]);
    visits.set(seriesOf(row), [...(visits.get(seriesOf(row)) ?? []), { table, timePoint: row.timePoint, lines }]);
  }
  for (const row of derived.response) {
    const who = `${row.profile}/${row.patient}/${row.treatment}`;
    const reader = row.reader === null ? "" : `/${row.reader}`;
    if ("timePoint" in row)
      put(
        `response/${who}/${row.timePoint}${reader}`,
        `${row.profile} of patient ${row.patient}, ${row.timePoint}: ${row.overall}`,
        [row.why, ...row.flags],
        row.source.lines.map((line) => ({ table: row.source.table, line })),
      );
    else
      put(
        `best/${who}${reader}`,
        `Best response (${row.profile}) of patient ${row.patient}: ${row.best}, confirmed ${row.confirmed}`,
        [row.why, ...(verdicts.get(seriesOf(row)) ?? [])],
        visits.get(seriesOf(row)) ?? [],
      );
  }
  for (const { patient, verdict, rules } of derived.eligibility) {
    const telling = rules.filter(({ met }) => met !== true);
    put(
      `eligibility/${patient}`,
      `Patient ${patient}: ${verdict}`,
      (telling.length > 0 ? telling : rules).map(
        ({ rule, met, why }) => `${rule}: ${met === null ? "unknown" : met ? "met" : "failed"}; ${why}`,
      ),
      telling.map(({ deciding }) => deciding).filter((one) => one !== null),
    );
  }
  return found;
}

/**
 * Explanation of one cell of the analysis set: `value/COLUMN/PATIENT` of the table of patients,
 * `value/COLUMN/PATIENT/TREATMENT` of the table of treatments, and `index/NAME/PATIENT` for an index. Null where there
 * is no such cell. Example: `explainValue(derived, "index/nlr/P1")`.
 */
export function explainValue(derived: Derived, id: string): Explanation | null {
  const [kind, ...rest] = id.split("/");
  if (kind !== "value" && kind !== "index") return null;
  for (const table of [derived.analysisSet.patients, derived.analysisSet.treatments])
    for (const column of table.columns) {
      const name = column.name.split("/");
      const tail = rest.slice(name.length);
      if (rest.slice(0, name.length).join("/") !== column.name) continue;
      const row = table.rows.find(
        ({ patient, treatment }) =>
          [patient, ...(treatment === null ? [] : [String(treatment)])].join("/") === tail.join("/"),
      );
      const cell = row?.cells[column.name];
      if (row === undefined || cell === undefined) continue;
      const index = INDEX_NAMES.find((one) => one === column.name);
      const deciding = cell.sources.flatMap((source): readonly Deciding[] =>
        source.kind === "row"
          ? [
              {
                table: source.table,
                line: source.line,
                ...(source.column === undefined ? {} : { column: source.column }),
              },
            ]
          : [],
      );
      const unit = column.unit === "" || column.unit === "1" ? "" : ` ${column.unit}`;
      return {
        id,
        title: `${column.label} of patient ${row.patient}${row.treatment === null ? "" : `, treatment ${row.treatment}`}: ${cell.value === null ? `none (${cell.missing})` : `${cell.censored === "below" ? "<" : cell.censored === "above" ? ">" : ""}${cell.value}${unit}`}`,
        steps: [
          ...(index === undefined ? [] : [`${indexDefinition(index).label}; ${indexDefinition(index).source}`]),
          ...(cell.how === "" ? [] : [`made from ${cell.how}`]),
          ...deciding.map((one) => `from ${place(one)}`),
          ...derived.amendments
            .filter((one) =>
              deciding.some((other) => "line" in other && other.table === one.table && other.line === one.line),
            )
            .map((one) => `amended, ${one.table}.csv, line ${one.line}: ${amendmentText(one)}`),
        ],
        deciding,
        results: cell.sources.flatMap((source) => (source.kind === "result" ? [source.id] : [])),
      };
    }
  return null;
}
