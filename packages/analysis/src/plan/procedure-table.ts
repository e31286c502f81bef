import { warningIssue } from "@livermark/core";
import { z } from "zod";
import { baselineTable } from "../baseline.js";
import { columnPassports, type DataColumn, type Dataset } from "../dataset.js";
import { joinParts, part } from "../part.js";
import { defineStep } from "./define.js";

const NUMBERS = ["dose_mg", "loading_min", "cycle", "dose_mg_m2", "dap_gycm2", "fluoroscopy_min"] as const;
const WORDS = [
  "kind",
  "agent",
  "device",
  "bead_um",
  "segment",
  "vessel_level",
  "end_point",
  "extra_embolic",
  "combined_with",
] as const;
const LABELS: Readonly<Record<(typeof NUMBERS)[number] | (typeof WORDS)[number], readonly [string, string]>> = {
  dose_mg: ["Dose", "mg"],
  loading_min: ["Loading time", "min"],
  cycle: ["Cycle", ""],
  dose_mg_m2: ["Dose per body surface", "mg/m²"],
  dap_gycm2: ["Dose-area product", "Gy·cm²"],
  fluoroscopy_min: ["Fluoroscopy time", "min"],
  kind: ["Kind", ""],
  agent: ["Drug", ""],
  device: ["Embolic", ""],
  bead_um: ["Bead size (µm)", ""],
  segment: ["Treated segments", ""],
  vessel_level: ["Vessel level", ""],
  end_point: ["End point", ""],
  extra_embolic: ["Extra embolisation", ""],
  combined_with: ["Combined with", ""],
};

/** Columns that name what was added: where a file fills them at all, an empty one means that nothing was. */
const ADDITIONS: ReadonlySet<string> = new Set(["extra_embolic", "combined_with"]);
const NOTHING = "none";

/** Which columns count an empty cell as none. */
const emptyNotes = (columns: readonly DataColumn[]): readonly string[] => {
  const labels = columns.flatMap(({ name, label, ...column }) =>
    ADDITIONS.has(name) && column.type === "category" && column.levels[0] === NOTHING ? [label] : [],
  );
  return labels.length === 0 ? [] : [`${labels.join(", ")}: an empty entry counts as ${NOTHING}.`];
};

/**
 * Characteristics per procedure of the study treatment, from `procedures.csv`; what is empty counts as not recorded, but as
 * none in a column of additions.
 */
export const procedureTableStep = defineStep({
  key: "procedure_table",
  place: 12,
  schema: z.array(z.enum([...NUMBERS, ...WORDS])).default([]),
  run: ({ records, protocol, excluded }, names) => {
    if (names.length === 0 || records === null) return { part: part({}) };
    const { kinds } = protocol.treatments;
    const rows = records.tables.procedures.rows.filter(
      (row) => !excluded.has(row.patient) && (kinds.length === 0 || kinds.includes(row.kind)),
    );
    if (rows.length === 0)
      return {
        part: part({
          issues: [
            warningIssue({
              code: "no-procedures",
              message: "There is no procedure to describe.",
              wanted: kinds.join(", "),
            }),
          ],
        }),
      };
    const columns = names.map((name): DataColumn => {
      const [label, unit] = LABELS[name];
      const head = {
        name,
        label,
        origin: (row: number) => [
          { kind: "row" as const, table: "procedures", line: rows[row]?.line ?? 0, column: name },
        ],
      };
      const number = NUMBERS.find((one) => one === name);
      if (number !== undefined) return { ...head, type: "number", unit, values: rows.map((row) => row[number]) };
      const word = WORDS.find((one) => one === name);
      const given = rows.map((row) => (word === undefined ? null : row[word]));
      const named = [...new Set(given.filter((value) => value !== null))].sort();
      const additions = ADDITIONS.has(name) && named.length > 0;
      return {
        ...head,
        type: "category",
        levels: additions ? [NOTHING, ...named.filter((level) => level !== NOTHING)] : named,
        values: additions ? given.map((value) => value ?? NOTHING) : given,
      };
    });
    const data: Dataset = {
      id: "procedures",
      unit: "treatment",
      rows: rows.map((row) => `${row.patient}/${row.procedure}`),
      columns,
    };
    const made = baselineTable(data, columns, [{ key: "all", label: "All", rows: rows.map((_, row) => row) }]);
    const table = made.tables.map((one) => ({
      ...one,
      title: "Characteristics per procedure",
      rows: one.rows.map((row, i) => (i === 0 ? { ...row, label: "Procedures" } : row)),
      footnotes: [...one.footnotes, ...emptyNotes(columns)],
    }));
    return {
      part: joinParts([
        { ...made, tables: table },
        part({ passports: columns.flatMap((column) => columnPassports(data, column)) }),
      ]),
    };
  },
});
