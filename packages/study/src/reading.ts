import { compareStrings, errorIssue, type Issue, ok, type Result, random, refuse } from "@livermark/core";

/** One case that a reader shall read. */
export interface ReadingCase {
  readonly patient: string;
  readonly timePoint: string;
  readonly treatment: number | null;
}

/** Which reader reads which case, in which order. */
export interface Assignment {
  readonly reader: string;
  readonly order: readonly ReadingCase[];
}

/** Reading paradigms: alone; one after the other, locked before the next; or together. */
export type Paradigm = "independent" | "sequential-locked" | "simultaneous";

/**
 * Gives every case to every reader, each in an order of its own drawn from the study's seed and the reader's id, so
 * that one reader's order says nothing about another's and a new reader changes nobody's. Under `sequential-locked`
 * the cases of a patient stay in time order. Example: `assignCases(cases, ["A", "B"], 7, "independent")`.
 */
export function assignCases(
  cases: readonly ReadingCase[],
  readers: readonly string[],
  seed: number,
  paradigm: Paradigm,
): readonly Assignment[] {
  return readers.map((reader) => {
    const draw = random(seed).fork(`reading-order/${reader}`);
    if (paradigm !== "sequential-locked")
      return { reader, order: draw.permutation(cases.length).map((i) => cases[i]!) };
    const patients = [...new Set(cases.map(({ patient }) => patient))];
    const order = draw
      .permutation(patients.length)
      .flatMap((i) => cases.filter(({ patient }) => patient === patients[i]));
    return { reader, order };
  });
}

/** A reading as it is kept: never changed, only superseded. */
export interface Reading {
  readonly id: string;
  readonly reader: string;
  readonly case: ReadingCase;
  readonly field: string;
  readonly value: number | string;
  /** Who wrote it, when (ISO time), and for a later version why and what it supersedes. */
  readonly by: string;
  readonly at: string;
  readonly supersedes: string | null;
  readonly reason: string;
}

/** An append-only list of readings and the readers who locked theirs. */
export interface ReadingLog {
  readonly readings: readonly Reading[];
  readonly locked: readonly { readonly reader: string; readonly at: string }[];
}

const sameCase = (a: ReadingCase, b: ReadingCase): boolean =>
  a.patient === b.patient && a.timePoint === b.timePoint && a.treatment === b.treatment;

/**
 * Appends a reading. Refuses a repeated id, a second value without saying what it supersedes, and after the reader's
 * lock any value that does not amend an earlier one with a reason.
 */
export function appendReading(log: ReadingLog, reading: Reading): Result<ReadingLog> {
  const refuseReading = (code: string, message: string, mend: string): Result<ReadingLog> =>
    refuse({ code, message, got: String(reading.value), wanted: mend, mend, where: { patient: reading.case.patient } });
  if (log.readings.some(({ id }) => id === reading.id))
    return refuseReading("repeated-reading", `Reading ${reading.id} exists already.`, "Give each reading its own id.");
  const current = currentReadings(log).find(
    (one) => one.reader === reading.reader && one.field === reading.field && sameCase(one.case, reading.case),
  );
  if (current !== undefined && reading.supersedes !== current.id)
    return refuseReading(
      "reading-exists",
      `${reading.reader} has read ${reading.field} of ${reading.case.patient} already.`,
      `Supersede ${current.id}, with a reason.`,
    );
  const locked = log.locked.some(({ reader }) => reader === reading.reader);
  if ((locked || reading.supersedes !== null) && (reading.supersedes === null || reading.reason.trim() === ""))
    return refuseReading(
      "reading-locked",
      locked ? `The readings of ${reading.reader} are locked.` : "A correction needs its reason.",
      "Amend an earlier reading, and give the reason.",
    );
  return ok({ ...log, readings: [...log.readings, reading] });
}

/** Locks a reader's readings; later changes are amendments. */
export const lockReader = (log: ReadingLog, reader: string, at: string): ReadingLog => ({
  ...log,
  locked: log.locked.some((one) => one.reader === reader) ? log.locked : [...log.locked, { reader, at }],
});

/** The readings that no later one supersedes, in the order written. */
export function currentReadings(log: ReadingLog): readonly Reading[] {
  const superseded = new Set(log.readings.map(({ supersedes }) => supersedes));
  return log.readings.filter(({ id }) => !superseded.has(id));
}

/** How far two readers may differ in a field before a person decides. */
export interface Tolerance {
  readonly of: string;
  readonly absolute?: number | undefined;
  readonly percent?: number | undefined;
}

/** A field in which readers disagree. */
export interface Disagreement {
  readonly case: ReadingCase;
  readonly field: string;
  readonly readings: readonly Reading[];
  readonly why: string;
}

/** How a field's numbers are printed: in which unit, and by what they are multiplied for it. */
export interface ShownField {
  readonly factor: number;
  readonly unit: string;
}

const AS_READ: ShownField = { factor: 1, unit: "" };

/** A read value in print: four digits that count, and its unit. Example: `shownReading(0.0015837, { factor: 1000, unit: "×10⁻³ mm²/s" })`. */
export function shownReading(value: number | string, { factor, unit }: ShownField, withUnit = true): string {
  if (typeof value === "string") return value;
  return `${Number((factor * value).toPrecision(4))}${withUnit && unit !== "" ? ` ${unit}` : ""}`;
}

/**
 * Where independent readers disagree: categories that differ, numbers further apart than the field's tolerance
 * (absolute, or percent of their mean; without one, any difference). `shown` tells in which unit a field is printed in `why`.
 */
export function disagreements(
  log: ReadingLog,
  tolerances: readonly Tolerance[],
  shown: (field: string) => ShownField = () => AS_READ,
): readonly Disagreement[] {
  const groups = new Map<string, Reading[]>();
  for (const reading of currentReadings(log)) {
    const { patient, timePoint, treatment } = reading.case;
    const key = [patient, timePoint, treatment ?? "", reading.field].join("\u0000");
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [reading]);
    else group.push(reading);
  }
  return [...groups.values()].flatMap((readings): readonly Disagreement[] => {
    const why = readings.length < 2 ? null : differ(readings, tolerances, shown(readings[0]!.field));
    return why === null ? [] : [{ case: readings[0]!.case, field: readings[0]!.field, readings, why }];
  });
}

function differ(readings: readonly Reading[], tolerances: readonly Tolerance[], shown: ShownField): string | null {
  const numbers = readings.map(({ value }) => value).filter((value) => typeof value === "number");
  if (numbers.length < readings.length) {
    const values = [...new Set(readings.map(({ value }) => String(value)))].sort(compareStrings);
    return values.length > 1 ? `categories ${values.join(" / ")}` : null;
  }
  const spread = Math.max(...numbers) - Math.min(...numbers);
  const mean = numbers.reduce((sum, value) => sum + value, 0) / numbers.length;
  const tolerance = tolerances.find(({ of }) => of === readings[0]!.field);
  const limit =
    tolerance?.absolute ?? (tolerance?.percent === undefined ? 0 : (tolerance.percent / 100) * Math.abs(mean));
  // 1.02 and 1.00 are 0.02 apart, whatever the last bits of their difference say.
  const isFurther = spread > limit + 1e-9 * Math.max(...numbers.map(Math.abs));
  if (!isFurther) return null;
  // Numbers that differ are printed so that they differ.
  const print = (value: number): string => shownReading(value, shown, false);
  const values = numbers.map((value) =>
    new Set(numbers.map(print)).size === 1 ? String(shown.factor * value) : print(value),
  );
  const unit = shown.unit === "" ? "" : ` ${shown.unit}`;
  const allowed = limit === 0 ? "no difference allowed" : `${print(limit)} allowed`;
  return `${values.join(" / ")}${unit}: ${print(spread)} apart, ${allowed}`;
}

/** A decision on one disagreement: by a third reader, or by the readers together. */
export interface Adjudication {
  readonly case: ReadingCase;
  readonly field: string;
  readonly value: number | string;
  readonly by: "third-reader" | "joint-consensus";
  readonly who: string;
  readonly at: string;
  readonly reason: string;
}

/** The value that enters the analysis, with the readings and the decision behind it. */
export interface ConsensusValue {
  readonly case: ReadingCase;
  readonly field: string;
  readonly value: number | string;
  readonly from: "agreement" | "mean" | "adjudication";
  readonly readings: readonly string[];
}

/**
 * Consensus of independent reads: agreeing categories as they are, agreeing numbers by their mean, disagreements by
 * their one adjudication. The original reads stay untouched. Issues name every disagreement that nobody decided,
 * every decision without a reason, and a third reader who was one of the readers.
 * Example: with a tolerance of 10 % reads of 40 and 42 give 41, reads of 40 and 60 an Issue.
 */
export function consensus(
  log: ReadingLog,
  tolerances: readonly Tolerance[],
  decisions: readonly Adjudication[],
): { readonly values: readonly ConsensusValue[]; readonly issues: readonly Issue[] } {
  const issues: Issue[] = [];
  const values: ConsensusValue[] = [];
  const open = disagreements(log, tolerances);
  const same = (a: { readonly case: ReadingCase; readonly field: string }, b: typeof a): boolean =>
    a.field === b.field && sameCase(a.case, b.case);
  const done: Reading[] = [];
  for (const reading of currentReadings(log)) {
    if (done.some((one) => same(one, reading))) continue;
    done.push(reading);
    const all = currentReadings(log).filter((one) => same(one, reading));
    const ids = all.map(({ id }) => id);
    const base = { case: reading.case, field: reading.field, readings: ids };
    if (!open.some((one) => same(one, reading))) {
      const numbers = all.map(({ value }) => value).filter((value) => typeof value === "number");
      const numeric = numbers.length === all.length;
      const mean = numbers.reduce((sum, value) => sum + value, 0) / numbers.length;
      values.push({
        ...base,
        value: numeric ? mean : reading.value,
        from: numeric && all.length > 1 ? "mean" : "agreement",
      });
      continue;
    }
    const found = decisions.filter((one) => same(one, reading));
    const decision = found[0];
    const complain = (code: string, message: string, mend: string): void => {
      issues.push(
        errorIssue({
          code,
          message: `${reading.field} of ${reading.case.patient}, ${reading.case.timePoint}: ${message}`,
          got: all.map(({ reader, value }) => `${reader} ${value}`).join(", "),
          wanted: "one decision with its reason",
          mend,
          where: { patient: reading.case.patient },
        }),
      );
    };
    if (decision === undefined || found.length > 1) {
      complain(
        "not-adjudicated",
        decision === undefined ? "nobody decided." : "decided twice.",
        "Record one decision.",
      );
      continue;
    }
    if (decision.reason.trim() === "") complain("no-reason", "the decision has no reason.", "Give the reason.");
    if (decision.by === "third-reader" && all.some(({ reader }) => reader === decision.who))
      complain("not-a-third-reader", `${decision.who} was one of the readers.`, "Let someone else decide.");
    values.push({ ...base, value: decision.value, from: "adjudication" });
  }
  return { values, issues };
}

/** What each word of a blinding rule covers: whole tables, or single columns as `table.column`. */
export const BLINDING: { readonly [word: string]: readonly string[] } = {
  outcome: ["events", "responses", "given", "board"],
  "clinical-data": ["patients", "labs", "adverse-events", "given"],
  treatment: ["procedures"],
  "treated-segments": ["procedures.segment"],
  "other-readers": ["lesions", "measurements", "features"],
};

/**
 * Columns of `table` that a reader may see under blinding rules: what is hidden goes, what is named visible comes
 * back. Words that BLINDING does not list stand for tables or `table.column`.
 * Example: hidden `treatment`, visible `treated-segments`: of procedures only `segment` is left.
 */
export function visibleColumns(
  table: string,
  columns: readonly string[],
  rules: { readonly hidden: readonly string[]; readonly visible: readonly string[] },
): readonly string[] {
  const covers = (words: readonly string[], column: string): boolean =>
    words.flatMap((word) => BLINDING[word] ?? [word]).some((name) => name === table || name === `${table}.${column}`);
  return columns.filter((column) => !covers(rules.hidden, column) || covers(rules.visible, column));
}
