import { ok, type Result, refuse } from "@livermark/core";
import { csvText } from "../csv-out.js";
import type { RawTable } from "../tables/csv.js";
import type { ImportedTable } from "./import-table.js";

/** One adverse-event term of the official CTCAE spreadsheet. */
export interface CtcaeTerm {
  readonly code: string;
  readonly systemOrganClass: string;
  readonly term: string;
  /** Grades 1 to 5 that the term has. */
  readonly grades: readonly number[];
}

/**
 * Reads the terms of the official CTCAE spreadsheet (5.0 or 6.0), which is not ours to ship: code, class, term, and
 * which grades a term has (a dash means that the grade does not exist). The official wording of the grades is not
 * kept. Refuses a table without its columns.
 */
export function ctcaeTerms(raw: RawTable, file: string): Result<readonly CtcaeTerm[]> {
  const find = (pattern: RegExp): number => raw.header.findIndex((name) => pattern.test(name));
  const code = find(/^(MedDRA )?code$/i);
  const organ = find(/SOC/i);
  const term = find(/^CTCAE( v?[\d.]+)? Term$/i);
  const grades = [1, 2, 3, 4, 5].map((grade) => find(new RegExp(`^Grade ${grade}$`, "i")));
  if (term < 0 || grades.some((at) => at < 0))
    return refuse({
      code: "not-ctcae",
      message: "The sheet is not the CTCAE spreadsheet.",
      got: raw.header.join(", "),
      wanted: "CTCAE Term, Grade 1 … Grade 5",
      mend: "Choose the sheet with the terms, as published.",
      where: { file, line: 1 },
    });
  return ok(
    raw.rows
      .filter(({ cells }) => (cells[term] ?? "") !== "")
      .map(({ cells }) => ({
        code: cells[code] ?? "",
        systemOrganClass: cells[organ] ?? "",
        term: cells[term] ?? "",
        grades: [1, 2, 3, 4, 5].filter((grade) => !/^[-–—]?$/.test(cells[grades[grade - 1]!] ?? "")),
      })),
  );
}

/** Terms as rows of `ae-terms.csv`, ready to be added to a bundle. */
export function ctcaeTable(terms: readonly CtcaeTerm[], scale: "CTCAE-5.0" | "CTCAE-6.0"): ImportedTable {
  const header = ["scale", "term", "code", "system_organ_class", "grades"];
  const rows = terms.map(({ term, code, systemOrganClass, grades }) => [
    scale,
    term,
    code,
    systemOrganClass,
    grades.join("|"),
  ]);
  return {
    table: "ae-terms",
    file: "ae-terms.csv",
    header,
    rows,
    csv: csvText([header, ...rows]),
    sourceLines: rows.map((_, i) => i + 2),
    keyTable: new Map(),
    covariates: [],
    issues: [],
  };
}
