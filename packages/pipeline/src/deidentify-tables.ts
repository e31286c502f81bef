import { type Issue, warningIssue } from "@livermark/core";
import { identifiersIn, type PatientPseudonyms } from "@livermark/dicom";
import { csvText, isoDate, type Row, type StudyRecords, TABLE_NAMES, TABLES, type TableName } from "@livermark/study";

/** A table without identity. */
export interface CleanTable {
  readonly path: string;
  readonly csv: string;
}

export interface TablesToClean {
  readonly records: StudyRecords;
  /** Day of the lock on the axis of the tables, or null. */
  readonly lockDay: number | null;
  readonly pseudonyms: PatientPseudonyms;
  /** Rows of images.csv and regions.csv as they shall stand, made where the files are de-identified. */
  readonly images: readonly CellRow[];
  readonly regions: readonly CellRow[];
  /** Day of each patient's first treatment, for the age that replaces a date of birth. */
  readonly startDay: (patient: string) => number | null;
}

/** One row to be written, by column. */
export type CellRow = { readonly [column: string]: string | number | null };

/** Tables whose rows after the lock change what is derived; the lock is applied to them here, patient by patient. */
const LOCKED: ReadonlySet<TableName> = new Set(["events", "lesions", "responses", "procedures", "board"]);

/** Columns that are written by people for people. */
const FREE_TEXT = new Set(["note", "question"]);

/** The same in one table only: what was shown to a board is named in words. */
const isFreeText = (table: TableName, column: string): boolean =>
  FREE_TEXT.has(column) || (table === "board" && column === "images");

/** Kept elsewhere (images, regions) or never (the history names who wrote what and when). */
const OWN_WAY: ReadonlySet<TableName> = new Set(["images", "regions", "history"]);

const completedYears = (from: string, to: string): number =>
  Number(to.slice(0, 4)) - Number(from.slice(0, 4)) - (to.slice(5) < from.slice(5) ? 1 : 0);

/** A text with the patient's id replaced wherever it stands between other letters and digits. */
function withPseudonym(text: string, patient: string, pseudonym: string): string {
  const literal = patient.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");
  return text.replace(new RegExp(`(?<![A-Za-z0-9])${literal}(?![A-Za-z0-9])`, "g"), pseudonym);
}

interface Time {
  readonly day: number;
  readonly precision: "day" | "month" | "year";
}

const isTime = (value: unknown): value is Time =>
  typeof value === "object" &&
  value !== null &&
  "day" in value &&
  typeof value.day === "number" &&
  "precision" in value;

/** The text of a typed cell as a canonical table writes it; null for an empty one. */
function cellText(value: unknown): string | null {
  if (value === null || value === undefined) return null;
  if (typeof value === "boolean") return value ? "1" : "0";
  if (typeof value === "object" && "value" in value && "censored" in value) {
    const { value: number, censored } = value;
    if (number === null) return null;
    return `${censored === "below" ? "<" : censored === "above" ? ">" : ""}${String(number)}`;
  }
  return String(value);
}

/** Counts of what was changed, for one Issue each instead of one per cell. */
class Tally {
  private readonly counts = new Map<string, { n: number; issue: Issue }>();

  add(issue: Issue): void {
    const key = `${issue.code} ${issue.where.table ?? ""} ${issue.where.column ?? ""}`;
    const known = this.counts.get(key);
    if (known === undefined) this.counts.set(key, { n: 1, issue });
    else known.n++;
  }

  issues(): readonly Issue[] {
    return [...this.counts.values()].map(({ n, issue }) => ({
      ...issue,
      got: `in ${n} ${n === 1 ? "place" : "places"}`,
    }));
  }
}

/**
 * The tables of a study without identity: patients under their pseudonyms, every date moved by the patient's keyed
 * offset, dates of birth replaced by the age at the first treatment, notes and whatever holds an identifier emptied,
 * columns that nothing explains left out. The lock date cannot stand in a bundle whose patients have moved by different
 * days: it is applied instead. Rows after it are left out, and a patient who was known after it gets a last contact on
 * his own moved lock date. Amendments of the history are in the rows; the history itself does not pass.
 */
export function cleanTables(input: TablesToClean): {
  readonly tables: readonly CleanTable[];
  readonly issues: readonly Issue[];
} {
  const { records, pseudonyms, lockDay } = input;
  const tally = new Tally();
  const known = records.patients.filter((patient) => patient.length >= 5);
  const visits = visitDays(records);
  const knownAfterLock = knownAfter(records, lockDay, visits);

  const moved = (patient: string, time: Time, place: Issue["where"]): string => {
    if (records.axis === "day") return String(time.day);
    if (time.precision !== "day")
      tally.add(
        warningIssue({
          code: "partial-date-moved",
          message: "Dates known to the month or year only were written as the day that computations use, moved.",
          wanted: "full dates",
          where: place,
        }),
      );
    return isoDate(time.day + pseudonyms.shiftDays(patient));
  };

  const text = (given: string | null, patient: string, place: Issue["where"]): string | null => {
    if (given === null) return null;
    // Ids of procedures and lesions are often made from the patient's.
    const value = patient === "" ? given : withPseudonym(given, patient, pseudonyms.of(patient));
    const moves = /^\d{4}-\d{2}-\d{2}$/.test(value);
    if (!moves && identifiersIn(value, known).length === 0) return value;
    tally.add(
      warningIssue({
        code: "identifying-cell",
        message: "Cells that hold an identifier or a date outside of a date column were emptied.",
        wanted: "cells without identity",
        where: place,
      }),
    );
    return null;
  };

  function rowOf<N extends TableName>(name: N, row: Row<N>, columns: readonly string[], extra: readonly string[]) {
    const cells = new Map<string, unknown>(Object.entries(row));
    const patient = cellText(cells.get("patient")) ?? "";
    const place = (column: string): Issue["where"] => ({ file: TABLES[name].file, table: name, column });
    const out: { [column: string]: string | null } = {};
    for (const column of columns) {
      const value = cells.get(column);
      if (column === "patient") out[column] = patient === "" ? null : pseudonyms.of(patient);
      else if (column === "subject") out[column] = pseudonyms.of(cellText(value) ?? "");
      else if (column === "date" || column === "day") {
        const when = cells.get("when");
        out[column] = isTime(when) ? moved(patient, when, place(column)) : null;
      } else if (column === "age") out[column] = cellText(value) ?? ageOf(patient, cells.get("birth_date"));
      else if (isFreeText(name, column)) out[column] = null;
      else out[column] = text(cellText(value), patient, place(column));
    }
    for (const column of extra) {
      const cell = row.extra[column];
      const written = cellText(cell ?? null);
      const isDate = written !== null && /^\d{4}-\d{2}-\d{2}$/.test(written);
      out[column] =
        isDate && patient !== "" ? pseudonyms.date(patient, written) : text(written, patient, place(column));
    }
    return out;
  }

  function ageOf(patient: string, birth: unknown): string | null {
    const start = input.startDay(patient);
    if (!isTime(birth) || start === null || records.axis !== "date") return null;
    return String(completedYears(isoDate(birth.day), isoDate(start)));
  }

  function tableOf<N extends TableName>(name: N): CleanTable | null {
    const table = records.tables[name];
    if (table.columns.length === 0) return null;
    const canonical = [...Object.keys(TABLES[name].columns), "date", "day"];
    const there = table.columns.filter((column) => canonical.includes(column) && column !== "birth_date");
    const columns = table.columns.includes("birth_date") && !there.includes("age") ? [...there, "age"] : there;
    const extra = table.extra.map((spec) => spec.name);
    const own = { file: TABLES[name].file, table: name };
    const kept = table.rows.filter((row) => {
      const day = LOCKED.has(name) ? dayOf(new Map(Object.entries(row)), visits) : null;
      const late = lockDay !== null && day !== null && day > lockDay;
      if (late)
        tally.add(
          warningIssue({
            code: "after-lock-left-out",
            message:
              "Rows after the lock were left out; a last contact on the patient's moved lock date stands instead.",
            where: own,
          }),
        );
      return !late;
    });
    const rows: CellRow[] = kept.map((row) => rowOf(name, row, columns, extra));
    if (name === "events" && lockDay !== null)
      for (const patient of knownAfterLock)
        rows.push({
          patient: pseudonyms.of(patient),
          [records.axis ?? "date"]: moved(patient, { day: lockDay, precision: "day" }, own),
          event: "last-contact",
        });
    for (const column of table.unused)
      tally.add(
        warningIssue({
          code: "unexplained-column",
          message: `The column "${column}" is explained by nothing and was left out.`,
          where: { ...own, column },
        }),
      );
    return { path: `tables/${TABLES[name].file}`, csv: written([...columns, ...extra], rows) };
  }

  const tables = TABLE_NAMES.filter((name) => !OWN_WAY.has(name)).flatMap((name) => tableOf(name) ?? []);
  const rest = (
    [
      ["images", input.images],
      ["regions", input.regions],
    ] as const
  ).flatMap(([name, rows]) => {
    const columns = Object.keys(TABLES[name].columns).filter((column) =>
      rows.some((row) => (row[column] ?? null) !== null),
    );
    return rows.length === 0 ? [] : [{ path: `tables/${TABLES[name].file}`, csv: written(columns, rows) }];
  });
  return { tables: [...tables, ...rest], issues: tally.issues() };
}

const written = (columns: readonly string[], rows: readonly CellRow[]): string =>
  csvText([columns, ...rows.map((row) => columns.map((column) => row[column] ?? null))]);

/** Day of each visit, by patient and time point. */
const visitDays = (records: StudyRecords): ReadonlyMap<string, number> =>
  new Map(records.tables["time-points"].rows.map((row) => [`${row.patient}\u0000${row.time_point}`, row.when.day]));

/** Day of a row: its own, else that of its time point. */
function dayOf(cells: ReadonlyMap<string, unknown>, visits: ReadonlyMap<string, number>): number | null {
  const when = cells.get("when");
  if (isTime(when)) return when.day;
  return visits.get(`${String(cells.get("patient"))}\u0000${String(cells.get("time_point"))}`) ?? null;
}

/** Patients without a death up to the lock of whom something is recorded after it: they were in follow-up at the lock. */
function knownAfter(
  records: StudyRecords,
  lockDay: number | null,
  visits: ReadonlyMap<string, number>,
): readonly string[] {
  if (lockDay === null) return [];
  const { events, lesions, responses, procedures } = records.tables;
  const dead = new Set(
    events.rows.filter((row) => row.event === "death" && row.when.day <= lockDay).map((row) => row.patient),
  );
  const later = new Set<string>();
  for (const row of [...events.rows, ...lesions.rows, ...responses.rows, ...procedures.rows]) {
    const day = dayOf(new Map(Object.entries(row)), visits);
    if (day !== null && day > lockDay) later.add(row.patient);
  }
  return records.patients.filter((patient) => later.has(patient) && !dead.has(patient));
}
