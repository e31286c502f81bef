import { warningIssue } from "@livermark/core";
import { adjustP } from "@livermark/statistics";
import { z } from "zod";
import { cellLedger, pContent } from "../cell-ledger.js";
import { joinParts, type Part, part } from "../part.js";
import { tableName } from "../recompute.js";
import type { ResultRow } from "../results.js";
import { defineStep } from "./define.js";

const METHODS = ["bonferroni", "holm", "hochberg", "hommel", "BH", "BY"] as const;

const familyPlan = z.strictObject({
  id: z.string(),
  label: z.string(),
  method: z.enum(METHODS).default("holm"),
  /** Result ids of the p-values, `*` standing for anything: `survival.*.log-rank`, `sweep.letb.OS.*.p`. */
  of: z.array(z.string()).min(1),
});

const escaped = (text: string): string => text.replace(/[.+?^${}()|[\]\\]/g, "\\$&");
const matcher = (pattern: string): RegExp => new RegExp(`^${pattern.split("*").map(escaped).join(".*")}$`);

const NAMES: Readonly<Record<(typeof METHODS)[number], string>> = {
  bonferroni: "Bonferroni",
  holm: "Holm 1979",
  hochberg: "Hochberg 1988",
  hommel: "Hommel 1988",
  BH: "Benjamini and Hochberg 1995, false discovery rate",
  BY: "Benjamini and Yekutieli 2001, false discovery rate",
};

/** Families of p-values that steps before left, adjusted for their number. */
export const multiplicityStep = defineStep({
  key: "multiplicity",
  place: 95,
  schema: z.array(familyPlan).default([]),
  run: ({ before, layers }, families) => ({
    part: joinParts(
      families.map((family): Part => {
        const patterns = family.of.map(matcher);
        const found = new Map<string, { label: string; p: number }>();
        for (const table of before.tables) {
          let heading = "";
          for (const row of table.rows) {
            if (row.indent !== 1) heading = row.label;
            for (const cell of Object.values(row.cells)) {
              const { id } = cell;
              if (cell.kind !== "p" || id === null || !patterns.some((pattern) => pattern.test(id))) continue;
              const own = row.indent === 1 ? `${heading}: ${row.label}` : row.label;
              found.set(id, { label: `${table.title}: ${own}`, p: cell.value });
            }
          }
        }
        const all = [...found];
        if (all.length === 0)
          return part({
            issues: [
              warningIssue({
                code: "no-p-values",
                message: `${family.label}: no result has such an id.`,
                got: family.of.join(", "),
                wanted: "ids of p-values, as the report shows them",
                path: `plan.multiplicity.${family.id}`,
              }),
            ],
          });
        const adjusted = adjustP(
          all.map(([, { p }]) => p),
          family.method,
        );
        const ledger = cellLedger(
          "adjust-p",
          "1",
          all.map(([id]) => ({ kind: "result", id })),
        );
        const rows = all.map(
          ([id, { label, p }], k): ResultRow => ({
            label,
            cells: {
              raw: ledger.issued(`multiplicity.${family.id}.${id}.raw`, pContent(p)),
              adjusted: ledger.issued(`multiplicity.${family.id}.${id}.adjusted`, pContent(adjusted[k] ?? null), {
                method: family.method,
                family: all.length,
              }),
            },
          }),
        );
        return part({
          tables: [
            {
              id: `multiplicity.${family.id}`,
              title: family.label,
              columns: [
                { key: "raw", label: "p" },
                { key: "adjusted", label: `p (${NAMES[family.method].split(" 1")[0]})` },
              ],
              rows,
              footnotes: [`Adjusted over the ${all.length} tests of this table: ${NAMES[family.method]}.`],
            },
          ],
          passports: ledger.passports,
          computations: layers.slice(0, 1).map(({ data }) => ({
            id: `multiplicity.${family.id}`,
            method: "pAdjust",
            data: tableName(data),
            spec: { p: all.map(([, { p }]) => p) },
            answer: { [family.method]: adjusted },
          })),
          methods: [`${family.label}: p-values of ${all.length} tests were adjusted (${NAMES[family.method]}).`],
        });
      }),
    ),
  }),
});
