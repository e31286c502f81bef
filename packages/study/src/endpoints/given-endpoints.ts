import { DAYS_PER_MONTH, errorIssue, type Issue, warningIssue } from "@livermark/core";
import type { StudyRecords } from "../records.js";
import type { StudyFile } from "../study-file.js";
import { didYouMean } from "../suggest.js";
import type { EndpointRow } from "./endpoint.js";

/** A given time as its table wrote it. */
export interface GivenTime {
  readonly value: number;
  readonly unit: "days" | "months";
}

/** Endpoints brought along, with the written times beside the days. */
export interface GivenEndpoints {
  readonly rows: readonly EndpointRow[];
  /** Written time of each row, by `name`, `patient` and `treatment` joined with `|`. */
  readonly written: ReadonlyMap<string, GivenTime>;
  readonly issues: readonly Issue[];
}

export const givenKey = (name: string, patient: string, treatment: number | null): string =>
  `${name}|${patient}|${treatment ?? ""}`;

/**
 * Endpoints of `given.csv` under the names that study.yaml gives them. A negative time and an event other than 0 or 1
 * are refused with their cell; a time of 0 is kept, and the number of such times is noted. An empty cell gives no row.
 */
export function givenEndpoints(records: StudyRecords, study: StudyFile, listed: readonly string[]): GivenEndpoints {
  const { given } = records.tables;
  const rows: EndpointRow[] = [];
  const written = new Map<string, GivenTime>();
  const issues: Issue[] = [];
  for (const [name, { time, event, unit }] of Object.entries(study.given.endpoints)) {
    const absent = [time, event].filter((column) => !given.columns.includes(column));
    if (absent.length > 0) {
      issues.push(
        errorIssue({
          code: "given-column",
          path: `given.endpoints.${name}`,
          message: `study.yaml takes ${name} from column "${absent[0]}", which ${given.file} does not have.`,
          got: given.columns.join(", ") || "no given.csv",
          wanted: absent.join(", "),
          mend: didYouMean(absent[0]!, given.columns) || "Correct the column name in study.yaml.",
          where: { file: "study.yaml", table: "given", column: absent[0]! },
        }),
      );
      continue;
    }
    const zero: number[] = [];
    for (const row of given.rows) {
      const place = { patient: row.patient, file: given.file, table: "given", line: row.line };
      const value = row.extra[time]?.value ?? null;
      const flag = row.extra[event]?.value ?? null;
      if (value === null || flag === null) continue;
      if (typeof value !== "number" || value < 0) {
        issues.push(
          errorIssue({
            code: "negative-time",
            message: `${name} of patient ${row.patient} is negative; the endpoint was left out.`,
            got: value,
            wanted: "a time of 0 or more",
            mend: "Check start and end of this time.",
            where: { ...place, column: time },
          }),
        );
        continue;
      }
      if (flag !== 0 && flag !== 1) {
        issues.push(
          errorIssue({
            code: "event-code",
            message: `The event of ${name} of patient ${row.patient} is neither 0 nor 1; the endpoint was left out.`,
            got: flag,
            wanted: "0 (censored) or 1 (event)",
            mend: "Recode the event column.",
            where: { ...place, column: event },
          }),
        );
        continue;
      }
      if (value === 0) zero.push(row.line);
      written.set(givenKey(name, row.patient, row.treatment), { value, unit });
      rows.push({
        patient: row.patient,
        treatment: row.treatment,
        name,
        timeDays: unit === "months" ? value * DAYS_PER_MONTH : value,
        event: flag,
        deciding: { table: "given", line: row.line, column: time },
        why: `given: ${time} = ${value} ${unit}, ${event} = ${flag}`,
        cause: flag === 1 ? "given" : null,
        variants: [],
        cites: [],
        listed: listed.includes(name),
      });
    }
    if (zero.length > 0)
      issues.push(
        warningIssue({
          code: "zero-time",
          message: `${zero.length} time${zero.length === 1 ? "" : "s"} of ${name} ${zero.length === 1 ? "is" : "are"} 0; kept.`,
          got: `lines ${zero.slice(0, 10).join(", ")}${zero.length > 10 ? ", …" : ""}`,
          wanted: "a time above 0",
          mend: "Check that these patients were observed at all.",
          where: { file: given.file, table: "given", line: zero[0]!, column: time },
        }),
      );
  }
  return { rows, written, issues: [...issues, ...givenContradictions(rows)] };
}

/** OS shorter than PFS or RFS of the same patient, and fewer PFS events than deaths. */
function givenContradictions(rows: readonly EndpointRow[]): readonly Issue[] {
  const issues: Issue[] = [];
  const survival = new Map(rows.filter(({ name }) => name === "OS").map((row) => [row.patient, row]));
  for (const name of ["PFS", "RFS"]) {
    const free = rows.filter((row) => row.name === name);
    for (const row of free) {
      const os = survival.get(row.patient);
      if (os === undefined || os.timeDays >= row.timeDays) continue;
      issues.push(
        warningIssue({
          code: "os-before-pfs",
          message: `Patient ${row.patient}: given OS is shorter than given ${name}.`,
          got: `${os.why}; ${row.why}`,
          wanted: `${name} no longer than OS`,
          mend: "Check the two times.",
          where: {
            patient: row.patient,
            table: "given",
            ...("line" in row.deciding ? { line: row.deciding.line } : {}),
          },
        }),
      );
    }
    const deaths = [...survival.values()].filter((row) => row.event === 1).length;
    const events = free.filter((row) => row.event === 1).length;
    if (free.length > 0 && events < deaths)
      issues.push(
        warningIssue({
          code: "fewer-events-than-deaths",
          message: `${name} has ${events} events, but ${deaths} patients died: it cannot count every death.`,
          got: events,
          wanted: `at least ${deaths}`,
          mend: `Say in the definition of ${name} which deaths count.`,
          where: { table: "given" },
        }),
      );
  }
  return issues;
}
