import { z } from "zod";
import { cellLedger, columnInputs } from "../cell-ledger.js";
import type { CategoryColumn } from "../dataset.js";
import { joinParts, type Part, part } from "../part.js";
import { defineStep } from "./define.js";
import { widestWith } from "./group-tests.js";
import type { AddedColumn } from "./step.js";

const condition = z.strictObject({
  of: z.string(),
  /** The value must exceed this … */
  above: z.number().optional(),
  /** … or lie below this. */
  below: z.number().optional(),
});

const patternPlan = z.strictObject({
  id: z.string(),
  label: z.string(),
  /** What must hold together, e.g. growth with rising T2 SIR and rising ADC. */
  all: z.array(condition).min(2),
  /** What the pattern is held to mean, in words. */
  meaning: z.string().default(""),
});

/**
 * Named patterns of several changes at once, as a yes/no column for the steps after it and a count: e.g. pseudoprogression as
 * growth with rising T2 SIR and rising ADC. A row that lacks a value has no pattern. A pattern is a finding, not a response
 * class: it changes no endpoint.
 */
export const patternStep = defineStep({
  key: "patterns",
  place: 32,
  schema: z.array(patternPlan).default([]),
  run: ({ layers }, plans) => {
    const columns: AddedColumn[] = [];
    const parts = plans.map((plan): Part => {
      const names = plan.all.map(({ of }) => of);
      const layer = widestWith(layers, names);
      if (layer === undefined)
        return part({
          issues: [
            {
              code: "unknown-column",
              severity: "warning",
              message: `${plan.label}: a column of the pattern does not exist.`,
              got: names.join(", "),
              wanted: "changes or biomarkers of the protocol",
              mend: "Correct the names, or define the change in the protocol.",
              path: `plan.patterns.${plan.id}`,
              where: {},
            },
          ],
        });
      const { data } = layer;
      const sources = names.map((name) => data.columns.find((column) => column.name === name));
      const values = data.rows.map((_, row): string | null => {
        let every = true;
        for (const [i, { above, below }] of plan.all.entries()) {
          const value = sources[i]?.values[row];
          if (typeof value !== "number") return null;
          every &&= (above === undefined || value > above) && (below === undefined || value < below);
        }
        return every ? "yes" : "no";
      });
      const inputs = columnInputs(data, names);
      const column: CategoryColumn = {
        name: `pattern:${plan.id}`,
        label: plan.label,
        type: "category",
        levels: ["no", "yes"],
        origin: () => inputs,
        values,
      };
      columns.push({ data: data.id, column });
      const known = values.filter((value) => value !== null).length;
      const found = data.rows.filter((_, row) => values[row] === "yes");
      const ledger = cellLedger("pattern", "1", inputs);
      const rule = plan.all
        .map(
          ({ of, above, below }) =>
            `${of}${above === undefined ? "" : ` > ${above}`}${below === undefined ? "" : ` < ${below}`}`,
        )
        .join(" and ");
      return part({
        tables: [
          {
            id: `pattern.${plan.id}`,
            title: plan.label,
            columns: [{ key: "n", label: "n/N (%)" }],
            rows: [
              {
                label: rule,
                cells: {
                  n: ledger.issued(
                    `pattern.${plan.id}.n`,
                    { kind: "share", n: found.length, total: known },
                    { rule, rows: found },
                  ),
                },
              },
            ],
            footnotes: [
              ...(plan.meaning === "" ? [] : [plan.meaning]),
              "A finding, not a response class: endpoints and responses are not changed by it.",
            ],
          },
        ],
        passports: ledger.passports,
        methods: [`${plan.label} was defined as ${rule}.`],
      });
    });
    return { part: joinParts(parts), columns };
  },
});
