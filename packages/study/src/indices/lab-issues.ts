import { type Issue, warningIssue } from "@livermark/core";
import type { Table } from "../tables/read-table.js";
import { convertLab, LAB_UNITS, labName } from "./labs.js";

/** Values that living patients have, in the units of LAB_UNITS: wide, to catch units that were mixed up. */
const PLAUSIBLE: { readonly [test: string]: readonly [number, number] } = {
  neutrophils: [0.05, 150],
  lymphocytes: [0.02, 300],
  monocytes: [0.005, 50],
  platelets: [1, 2500],
  wbc: [0.1, 500],
  haemoglobin: [20, 250],
  albumin: [10, 65],
  globulin: [5, 120],
  bilirubin: [1, 1000],
  creatinine: [10, 2000],
  sodium: [100, 180],
  inr: [0.5, 15],
  alp: [5, 5000],
  alt: [1, 15_000],
  ast: [1, 15_000],
};

interface Doubt {
  readonly code: "lab-without-unit" | "lab-unit" | "lab-range";
  readonly test: string;
  readonly unit: string;
  readonly got: string;
  readonly patient: string;
  readonly line: number;
  n: number;
}

/**
 * Doubts about the units of laboratory values, each kind once per test with its first row and its count: no unit (the
 * canonical one is then meant), a unit that cannot be converted (such rows give no index), and values that no patient
 * has in the unit given. Example: albumin `4.1 g/L` is out of range; `4.1 g/dL` is 41 g/L.
 */
export function labIssues(labs: Table<"labs">): readonly Issue[] {
  const doubts = new Map<string, Doubt>();
  const factors = new Map<string, number | null>();
  const doubt = (
    code: Doubt["code"],
    test: string,
    unit: string,
    got: string,
    row: (typeof labs.rows)[number],
  ): void => {
    const key = `${code}\u0000${test}\u0000${code === "lab-range" ? "" : unit}`;
    const known = doubts.get(key);
    if (known === undefined) doubts.set(key, { code, test, unit, got, patient: row.patient, line: row.line, n: 1 });
    else known.n += 1;
  };
  for (const row of labs.rows) {
    const test = labName(row.name);
    const canonical = LAB_UNITS[test];
    if (canonical === undefined || row.value === null) continue;
    const unit = row.unit ?? "";
    if (unit === "" && canonical !== "1") doubt("lab-without-unit", test, unit, "no unit", row);
    // Conversion is by a factor; a study writes the same few units many thousand times.
    const key = `${test}\u0000${unit}`;
    let factor = factors.get(key);
    if (factor === undefined) {
      factor = convertLab(test, 1, unit, canonical);
      factors.set(key, factor);
    }
    const value = factor === null ? null : row.value.value * factor;
    if (value === null) {
      doubt("lab-unit", test, unit, unit, row);
      continue;
    }
    const range = PLAUSIBLE[test];
    if (range !== undefined && row.value.censored === null && (value < range[0] || value > range[1]))
      doubt("lab-range", test, unit, `${row.value.value} ${unit}`.trim(), row);
  }
  return [...doubts.values()].map(({ code, test, got, patient, line, n }) => {
    const canonical = LAB_UNITS[test] ?? "";
    const rows = `${n} row${n === 1 ? "" : "s"}`;
    const where = { patient, file: labs.file, table: "labs", line };
    if (code === "lab-without-unit")
      return warningIssue({
        code,
        message: `${test} has no unit in ${rows}; ${canonical} was taken to be meant.`,
        got,
        wanted: canonical,
        mend: "Fill in the unit column.",
        where: { ...where, column: "unit" },
      });
    if (code === "lab-unit")
      return warningIssue({
        code,
        message: `${test} in ${got} cannot be converted; ${rows} give no index and meet no rule.`,
        got,
        wanted: canonical,
        mend: `Write the unit as ${canonical}, or convert the values.`,
        where: { ...where, column: "unit" },
      });
    return warningIssue({
      code,
      message: `${test} has values that no patient has in this unit (${rows}): is the unit right?`,
      got,
      wanted: `${PLAUSIBLE[test]?.join(" to ")} ${canonical}`,
      mend: "Check the unit.",
      where: { ...where, column: "value" },
    });
  });
}
