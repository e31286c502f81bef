import type { Issue } from "@livermark/core";
import { z } from "zod";
import { baselineTable } from "../baseline.js";
import { columnOf } from "../dataset.js";
import { part } from "../part.js";
import { defineStep } from "./define.js";

/** The table of patients: the protocol's `baseline_table`, one column for all. */
export const baselineStep = defineStep({
  key: "baseline",
  place: 10,
  schema: z.array(z.string()).default([]),
  run: ({ layers }, names) => {
    const patients = layers[0]?.data;
    if (patients === undefined || patients.rows.length === 0) return { part: part({}) };
    const issues: Issue[] = [];
    const columns = names.flatMap((name) => {
      const column = columnOf(patients, name);
      issues.push(...column.issues.map((issue) => ({ ...issue, severity: "warning" as const })));
      return column.ok ? [column.value] : [];
    });
    const table = baselineTable(patients, columns, [
      { key: "all", label: "All", rows: patients.rows.map((_, row) => row) },
    ]);
    return { part: { ...table, issues: [...issues, ...table.issues] } };
  },
});
