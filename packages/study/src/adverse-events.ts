import { errorIssue, type Issue, warningIssue } from "@livermark/core";
import type { Protocol } from "./protocol/schema.js";
import { byPatient, type StudyRecords } from "./records.js";
import { didYouMean } from "./suggest.js";
import type { Row } from "./tables/definitions.js";
import type { Treatments } from "./treatments.js";

/** Grading scales, each with its own words for the grades; two scales never stand in one table. */
export const GRADING_SCALES = {
  "CTCAE-5.0": { title: "CTCAE 5.0", grades: ["mild", "moderate", "severe", "life-threatening", "death"] },
  "CTCAE-6.0": { title: "CTCAE 6.0", grades: ["mild", "moderate", "severe", "life-threatening", "death"] },
  SIR: {
    title: "SIR adverse event severity scale",
    grades: ["mild", "moderate", "severe", "life-threatening or disabling", "death"],
  },
} as const;

export type GradingScale = keyof typeof GRADING_SCALES;

/** Parts of the post-embolisation syndrome, by words that their terms hold. */
const POST_EMBOLISATION = {
  fever: /fever|pyrexia/i,
  pain: /abdominal pain|right upper quadrant|epigastric pain/i,
  nausea: /nausea|vomiting/i,
} as const;

/** One line of the adverse-event table. */
export interface AdverseEventLine {
  readonly scale: GradingScale;
  readonly term: string;
  /** Units (procedures or patients) with this event, by worst grade, index 0 = grade 1. */
  readonly byGrade: readonly number[];
  readonly n: number;
  /** Denominator: all procedures or all patients of the study treatment. */
  readonly total: number;
  readonly lowest: number;
  readonly highest: number;
  /** Units with an event that is possibly, probably or definitely related. */
  readonly related: number;
  readonly lines: readonly number[];
}

export interface AdverseEvents {
  readonly perProcedure: readonly AdverseEventLine[];
  readonly perPatient: readonly AdverseEventLine[];
  /** Worst grade of each patient by scale; patients without an event are not listed. */
  readonly worst: readonly {
    readonly patient: string;
    readonly scale: GradingScale;
    readonly grade: number;
    readonly line: number;
  }[];
  /** Procedures with at least two of fever, pain and nausea in the window. */
  readonly postEmbolisation: readonly {
    readonly patient: string;
    readonly procedure: string;
    readonly signs: readonly string[];
  }[];
  readonly issues: readonly Issue[];
}

/** Relations that call an event treatment-related. */
const RELATED: ReadonlySet<string> = new Set(["possible", "probable", "definite"]);

interface Attributed {
  readonly row: Row<"adverse-events">;
  readonly grade: number;
  readonly procedure: string | null;
}

/**
 * Counts adverse events per procedure and, by worst grade, per patient, separately for each scale. An event without a
 * procedure belongs to the last procedure within the protocol's window before it; outside any window it is counted
 * for the patient only, and said. A grade outside 1–5 is refused. Where the protocol names relations, events of other
 * relations are left out, and those without one are counted with a warning.
 */
export function adverseEvents(records: StudyRecords, protocol: Protocol, treatments: Treatments): AdverseEvents {
  const table = records.tables["adverse-events"];
  const window = protocol.adverse_events?.window_days ?? 30;
  const issues: Issue[] = [];
  const attributed: Attributed[] = [];
  const procedures = new Map(
    [...treatments.byPatient].map(([patient, own]) => [patient, own.flatMap((one) => one.procedures)]),
  );
  const scales = [...new Set(table.rows.map((row) => row.scale))];
  const wanted = protocol.adverse_events?.scale;
  if (wanted !== undefined)
    for (const scale of scales)
      if (scale !== wanted)
        issues.push(
          warningIssue({
            code: "other-scale",
            message: `The protocol grades by ${GRADING_SCALES[wanted].title}; rows by ${GRADING_SCALES[scale].title} are counted apart.`,
            got: scale,
            wanted,
            mend: "Grade all events by one scale.",
            where: { file: table.file, table: "adverse-events", column: "scale" },
          }),
        );
  const check = termCheck(records);
  for (const row of table.rows) {
    const doubt = check(row);
    if (doubt !== null) issues.push(doubt);
    const where = { patient: row.patient, file: table.file, table: "adverse-events", line: row.line };
    if (row.grade === null || row.grade < 1 || row.grade > 5) {
      issues.push(
        errorIssue({
          code: "grade",
          message: `${row.term} of patient ${row.patient} has no grade from 1 to 5; it was not counted.`,
          got: row.grade,
          wanted: "1 to 5",
          mend: "Grade the event.",
          where: { ...where, column: "grade" },
        }),
      );
      continue;
    }
    const counted = protocol.adverse_events?.relatedness;
    if (counted !== undefined) {
      if (row.relatedness === null)
        issues.push(
          warningIssue({
            code: "relatedness",
            message: `${row.term} of patient ${row.patient} has no relation to the treatment; it was counted.`,
            wanted: counted.join(", "),
            mend: "Record the relation.",
            where: { ...where, column: "relatedness" },
          }),
        );
      else if (!counted.includes(row.relatedness)) continue;
    }
    const own = procedures.get(row.patient) ?? [];
    const named = own.find((one) => one.procedure === row.procedure);
    if (row.procedure !== null && named === undefined)
      issues.push(
        errorIssue({
          code: "unknown-procedure",
          message: `Patient ${row.patient} has no procedure "${row.procedure}".`,
          got: row.procedure,
          wanted: own.map((one) => one.procedure).join(", "),
          mend: "Correct the procedure.",
          where: { ...where, column: "procedure" },
        }),
      );
    const day = row.when?.day ?? null;
    const before = day === null ? [] : own.filter((one) => one.when.day <= day && day - one.when.day <= window);
    const late = named !== undefined && day !== null && (day < named.when.day || day - named.when.day > window);
    if (late)
      issues.push(
        warningIssue({
          code: "outside-window",
          message: `${row.term} of patient ${row.patient} is ${day - named.when.day} days after procedure ${row.procedure}; counted for the patient only.`,
          got: `${day - named.when.day} days`,
          wanted: `0 to ${window} days`,
          mend: "Correct the date or the procedure, or the protocol's adverse_events.window_days.",
          where,
        }),
      );
    const procedure = late ? undefined : (named ?? (row.procedure === null ? before[before.length - 1] : undefined));
    if (procedure === undefined && row.procedure === null)
      issues.push(
        warningIssue({
          code: "no-procedure",
          message: `${row.term} of patient ${row.patient} is not within ${window} days after a procedure; counted for the patient only.`,
          wanted: "a procedure, or a date",
          mend: "Name the procedure.",
          where,
        }),
      );
    attributed.push({ row, grade: row.grade, procedure: procedure?.procedure ?? null });
  }
  const total = [...procedures.values()].reduce((sum, own) => sum + own.length, 0);
  const treated = [...procedures.values()].filter((own) => own.length > 0).length;
  return {
    perProcedure: countBy(
      attributed.filter(({ procedure }) => procedure !== null),
      ({ row, procedure }) => `${row.patient}\u0000${procedure}`,
      total,
    ),
    perPatient: countBy(attributed, ({ row }) => row.patient, treated),
    worst: worstPerPatient(attributed),
    postEmbolisation: syndrome(attributed),
    issues,
  };
}

/** Looks events up in the terms of their scale, where the bundle has them: an unknown term, or a grade that it lacks. */
function termCheck(records: StudyRecords): (row: Row<"adverse-events">) => Issue | null {
  const { "ae-terms": terms, "adverse-events": events } = records.tables;
  const known = new Map(terms.rows.map((row) => [`${row.scale}\u0000${row.term.toLowerCase()}`, row]));
  const scales = new Set<string>(terms.rows.map(({ scale }) => scale));
  return (row) => {
    if (!scales.has(row.scale)) return null;
    const where = { patient: row.patient, file: events.file, table: "adverse-events", line: row.line };
    const found = known.get(`${row.scale}\u0000${row.term.toLowerCase()}`);
    if (found === undefined) {
      const names = terms.rows.filter(({ scale }) => scale === row.scale).map(({ term }) => term);
      return warningIssue({
        code: "unknown-term",
        message: `"${row.term}" is no term of ${GRADING_SCALES[row.scale].title}; it was counted as written.`,
        got: row.term,
        wanted: `a term of ${GRADING_SCALES[row.scale].title}`,
        mend: didYouMean(row.term, names) || "Use the term of the scale.",
        where: { ...where, column: "term" },
      });
    }
    const grades = (found.grades ?? "").split("|");
    if (row.grade === null || grades.includes(String(row.grade))) return null;
    return warningIssue({
      code: "grade-of-term",
      message: `${found.term} has no grade ${row.grade} in ${GRADING_SCALES[row.scale].title}; it was counted as written.`,
      got: row.grade,
      wanted: grades.join(", "),
      mend: "Correct the grade or the term.",
      where: { ...where, column: "grade" },
    });
  };
}

function countBy(
  events: readonly Attributed[],
  unitOf: (event: Attributed) => string,
  total: number,
): readonly AdverseEventLine[] {
  const terms = new Map<string, Attributed[]>();
  for (const event of events) {
    const key = `${event.row.scale}\u0000${event.row.term.toLowerCase()}`;
    const group = terms.get(key);
    if (group === undefined) terms.set(key, [event]);
    else group.push(event);
  }
  return [...terms.values()].map((group) => {
    const worst = new Map<string, number>();
    for (const event of group) worst.set(unitOf(event), Math.max(worst.get(unitOf(event)) ?? 0, event.grade));
    const byGrade = [1, 2, 3, 4, 5].map((grade) => [...worst.values()].filter((one) => one === grade).length);
    const grades = group.map(({ grade }) => grade);
    return {
      scale: group[0]!.row.scale,
      term: group[0]!.row.term,
      byGrade,
      n: worst.size,
      total,
      lowest: Math.min(...grades),
      highest: Math.max(...grades),
      related: new Set(group.filter(({ row }) => RELATED.has(row.relatedness ?? "")).map(unitOf)).size,
      lines: group.map(({ row }) => row.line),
    };
  });
}

function worstPerPatient(events: readonly Attributed[]): AdverseEvents["worst"] {
  return [...byPatient(events.map((event) => ({ ...event, patient: event.row.patient })))].flatMap(([patient, own]) =>
    [...new Set(own.map(({ row }) => row.scale))].map((scale) => {
      const top = own
        .filter(({ row }) => row.scale === scale)
        .reduce((best, event) => (event.grade > best.grade ? event : best));
      return { patient, scale, grade: top.grade, line: top.row.line };
    }),
  );
}

function syndrome(events: readonly Attributed[]): AdverseEvents["postEmbolisation"] {
  const signs = new Map<string, { patient: string; procedure: string; signs: Set<string> }>();
  for (const { row, procedure } of events) {
    if (procedure === null) continue;
    const key = `${row.patient}\u0000${procedure}`;
    const found = signs.get(key) ?? { patient: row.patient, procedure, signs: new Set<string>() };
    for (const [sign, pattern] of Object.entries(POST_EMBOLISATION)) if (pattern.test(row.term)) found.signs.add(sign);
    signs.set(key, found);
  }
  return [...signs.values()]
    .filter((one) => one.signs.size >= 2)
    .map((one) => ({ patient: one.patient, procedure: one.procedure, signs: [...one.signs].sort() }));
}
