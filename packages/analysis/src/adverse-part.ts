import type { Passport } from "@livermark/core";
import { type AdverseEventLine, type AdverseEvents, GRADING_SCALES } from "@livermark/study";
import { cellLedger } from "./cell-ledger.js";
import { type Part, part } from "./part.js";
import type { Cell, ResultRow } from "./results.js";

/** From this grade on an event is severe, on every scale. */
const SEVERE = 3;

const rowsInputs = (lines: readonly number[]): Passport["inputs"] =>
  lines.map((line) => ({ kind: "row", table: "adverse-events", line }));

/**
 * Adverse events per procedure or per patient: n of all (%), by worst grade, each grading scale a table of its own. Grades
 * that nobody had are left out, but the table always says how many were severe (grade 3 or more). The line "any event" counts units with at least one.
 */
export function adversePart(
  events: AdverseEvents,
  per: "procedure" | "patient",
  any: (scale: string, grade: number) => readonly number[],
): Part {
  const all = per === "procedure" ? events.perProcedure : events.perPatient;
  const ledger = cellLedger("adverse-events", "1", []);
  const scales = [...new Set(all.map(({ scale }) => scale))];
  const tables = scales.map((scale) => {
    const lines = [...all.filter((one) => one.scale === scale)].sort((a, b) => b.n - a.n);
    const grades = [1, 2, 3, 4, 5].filter((grade) => lines.some(({ byGrade }) => (byGrade[grade - 1] ?? 0) > 0));
    const total = lines[0]?.total ?? 0;
    const name = (what: string): string => `adverse.${per}.${scale}.${what}`;
    // That nobody had a severe event is a result of its own.
    const severe = (n: number, of: number): ResultRow["cells"] =>
      grades.some((grade) => grade >= SEVERE) ? {} : { severe: { id: null, kind: "share", n, total: of } };

    const rowOf = (line: AdverseEventLine): ResultRow => {
      const cell = (what: string, n: number): Cell =>
        ledger.issued(
          name(`${line.term}.${what}`),
          { kind: "share", n, total: line.total },
          { term: line.term, per },
          rowsInputs(line.lines),
        );
      return {
        label: line.term,
        cells: {
          any: cell("any", line.n),
          ...Object.fromEntries(
            grades.map((grade) => [`grade-${grade}`, cell(`grade-${grade}`, line.byGrade[grade - 1] ?? 0)]),
          ),
          ...severe(0, line.total),
        },
      };
    };
    const whole = any(scale, 0);
    const first: ResultRow = {
      label: "Any event",
      cells: {
        any: ledger.issued(name("all.any"), { kind: "share", n: whole.length, total }, { per }, rowsInputs(whole)),
        ...Object.fromEntries(
          grades.map((grade) => {
            const own = any(scale, grade);
            return [
              `grade-${grade}`,
              ledger.issued(
                name(`all.grade-${grade}`),
                { kind: "share", n: own.length, total },
                { per, worst: grade },
                rowsInputs(own),
              ),
            ];
          }),
        ),
        ...severe(0, total),
      },
    };
    const words = GRADING_SCALES[scale];
    return {
      id: `adverse.${per}.${scale}`,
      title: `Adverse events per ${per} (${words.title})`,
      columns: [
        { key: "any", label: "Any grade, n (%)" },
        ...grades.map((grade) => ({
          key: `grade-${grade}`,
          label: `${grade}, ${words.grades[grade - 1] ?? ""}`,
          group: "Worst grade, n (%)",
        })),
        ...(grades.some((grade) => grade >= SEVERE)
          ? []
          : [{ key: "severe", label: "3 or more", group: "Worst grade, n (%)" }]),
      ],
      rows: [first, ...lines.map(rowOf)],
      footnotes: [
        `Denominator: all ${total} ${per}s of the study treatment. A ${per} with several events of one term counts once, by its worst grade.`,
      ],
    };
  });
  return part({
    tables,
    passports: ledger.passports,
    methods:
      scales.length === 0
        ? []
        : [
            `Adverse events were counted per ${per} by their worst grade (${scales.map((scale) => GRADING_SCALES[scale].title).join(", ")}).`,
          ],
  });
}
