import { z } from "zod";
import { baselineTable } from "../baseline.js";
import { type CategoryColumn, columnOf } from "../dataset.js";
import { joinParts, part } from "../part.js";
import { defineStep } from "./define.js";
import type { PlanContext } from "./step.js";

/** Kinds of procedures of each treatment, joined where a treatment has several. */
function kindColumn({ layers, derived, records }: PlanContext): CategoryColumn | null {
  const layer = layers.find(({ data }) => data.unit === "treatment");
  if (layer === undefined || derived === null || records === null) return null;
  const rows = new Map(records.tables.procedures.rows.map((row) => [`${row.patient}/${row.procedure}`, row] as const));
  const of = new Map(
    derived.treatments.map(({ patient, treatment, procedures }) => [
      `${patient}/${treatment}`,
      procedures.flatMap((name) => rows.get(`${patient}/${name}`) ?? []),
    ]),
  );
  const values = layer.data.rows.map((key) => {
    const kinds = [...new Set((of.get(key) ?? []).map((row) => row.kind))].sort();
    return kinds.length === 0 ? null : kinds.join(" and ");
  });
  return {
    name: "treatment-kind",
    label: "Kind of treatment",
    type: "category",
    levels: [...new Set(values.filter((value) => value !== null))].sort(),
    origin: (row) =>
      (of.get(layer.data.rows[row] ?? "") ?? []).map((one) => ({
        kind: "row",
        table: "procedures",
        line: one.line,
        column: "kind",
      })),
    values,
  };
}

/** Characteristics per treatment: kind, number of procedures, and the columns of the section. */
export const treatmentTableStep = defineStep({
  key: "treatment_table",
  place: 11,
  schema: z.array(z.string()).default([]),
  run: (context, names) => {
    const layer = context.layers.find(({ data }) => data.unit === "treatment");
    if (names.length === 0 || layer === undefined || layer.data.rows.length === 0) return { part: part({}) };
    const kind = kindColumn(context);
    const data = kind === null ? layer.data : { ...layer.data, columns: [...layer.data.columns, kind] };
    const found = [...(kind === null ? [] : [kind.name]), ...names].map((name) => columnOf(data, name));
    const issues = found.flatMap((one) => one.issues.map((issue) => ({ ...issue, severity: "warning" as const })));
    const columns = found.flatMap((one) => (one.ok ? [one.value] : []));
    const table = baselineTable(data, columns, [{ key: "all", label: "All", rows: data.rows.map((_, row) => row) }]);
    return {
      part: joinParts([part({ issues }), table]),
      columns: kind === null ? [] : [{ data: data.id, column: kind }],
    };
  },
});
