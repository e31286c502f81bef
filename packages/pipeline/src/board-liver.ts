import type { Cell } from "@livermark/analysis";
import type { Row } from "@livermark/study";
import { count, filled, type Measures } from "./board-measures.js";
import { type BoardSubject, cellsOf } from "./board-visits.js";

/** A laboratory value this near to an examination stands under it. */
const LAB_WINDOW_DAYS = 21;

const LIVER_TESTS: readonly (readonly [RegExp, string])[] = [
  [/bili/i, "Bilirubin"],
  [/^alb/i, "Albumin"],
  [/^inr$/i, "INR"],
  [/prothrombin|^pt$/i, "Prothrombin time"],
  [/platelet|^plt$/i, "Platelets"],
  [/^alt$|alanine/i, "ALT"],
  [/^ast$|aspartate/i, "AST"],
  [/creatinine/i, "Creatinine"],
];

/** Laboratory values near each examination, and classes of liver function at the start. */
export function liverFunction({ study, patient, visits }: BoardSubject): Measures {
  const labs = study.bundle.records.tables.labs.rows.filter((row) => row.patient === patient);
  const tests = LIVER_TESTS.flatMap(([name, label]): Measures => {
    const own = labs.filter((row) => name.test(row.name));
    const unit = own[0]?.unit ?? "";
    return [
      {
        label: unit === "" ? label : `${label} (${unit})`,
        cells: visits.map(({ day }) => {
          if (day === null) return null;
          const away = (row: Row<"labs">): number => Math.abs(row.when.day - day);
          const [nearest] = own.filter((row) => away(row) <= LAB_WINDOW_DAYS).sort((a, b) => away(a) - away(b));
          return nearest === undefined || typeof nearest.value !== "number" ? null : count(nearest.value, "", 1);
        }),
      },
    ];
  });
  const cells = cellsOf(study.derived.analysisSet.patients, patient, 1);
  const classes = study.derived.analysisSet.patients.columns
    .filter(({ name }) => /child|albi|meld/i.test(name))
    .map(({ name, label }) => {
      const value = cells[name]?.value ?? null;
      return {
        label: `${label}, at the start`,
        cells: visits.map((_, i): Cell | null =>
          i > 0 || value === null
            ? null
            : { id: null, kind: "text", text: typeof value === "number" ? value.toFixed(2) : value },
        ),
      };
    });
  return filled([...classes, ...tests]);
}
