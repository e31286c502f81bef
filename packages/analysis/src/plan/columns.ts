import { type Issue, warningIssue } from "@livermark/core";
import { z } from "zod";
import type { CategoryColumn } from "../dataset.js";
import { columnId, columnOf } from "../dataset.js";
import { part } from "../part.js";
import { defineStep } from "./define.js";
import type { AddedColumn } from "./step.js";

const head = { id: z.string(), label: z.string() };

const derivedColumn = z.union([
  /** Whether two categories agree, e.g. the scanner at two time points. */
  z.strictObject({
    ...head,
    same: z.tuple([z.string(), z.string()]),
    labels: z.tuple([z.string(), z.string()]).default(["different", "same"]),
  }),
  /** A category with levels put together, e.g. rare ones: new level → old levels. */
  z.strictObject({ ...head, of: z.string(), levels: z.record(z.string(), z.array(z.string()).min(1)) }),
]);

/** Categories made from categories, as columns for the steps after it. A value that no rule names is missing. */
export const columnStep = defineStep({
  key: "columns",
  place: 0,
  schema: z.array(derivedColumn).default([]),
  run: ({ layers }, plans) => {
    const issues: Issue[] = [];
    const columns: AddedColumn[] = [];
    for (const plan of plans) {
      const names = "same" in plan ? plan.same : [plan.of];
      const having = layers.filter(({ data }) =>
        names.every((name) => data.columns.some((column) => column.name === name)),
      );
      if (having.length === 0)
        issues.push(
          warningIssue({
            code: "unknown-column",
            message: `${plan.label}: a column that it is made from does not exist.`,
            got: names.join(", "),
            wanted: "categories of the analysis set",
            path: `plan.columns.${plan.id}`,
          }),
        );
      for (const { data } of having) {
        const sources = names.flatMap((name) => {
          const column = columnOf(data, name);
          return column.ok ? [column.value] : [];
        });
        const value = (row: number): string | null => {
          const own = sources.map((column) => column.values[row] ?? null);
          if (own.some((one) => one === null)) return null;
          if ("same" in plan) return own[0] === own[1] ? plan.labels[1] : plan.labels[0];
          return Object.entries(plan.levels).find(([, old]) => old.includes(String(own[0])))?.[0] ?? null;
        };
        const column: CategoryColumn = {
          name: plan.id,
          label: plan.label,
          type: "category",
          levels: "same" in plan ? plan.labels : Object.keys(plan.levels),
          origin: () => sources.map((source) => ({ kind: "result", id: columnId(data, source) })),
          values: data.rows.map((_, row) => value(row)),
        };
        columns.push({ data: data.id, column });
      }
    }
    return { part: part({ issues }), columns };
  },
});
