import type { Issue } from "@livermark/core";
import { standardDeviation } from "@livermark/statistics";
import { z } from "zod";
import { cellLedger, columnInputs, pContent, ratioContent } from "../cell-ledger.js";
import { numberColumn } from "../dataset.js";
import { fitRegression } from "../fit-regression.js";
import { part } from "../part.js";
import { monthsColumn, tableName } from "../recompute.js";
import type { Outcome } from "../regression.js";
import type { Computation, ResultRow } from "../results.js";
import { survivalData } from "../survival-data.js";
import { inSentence, shownQuantity } from "../wording.js";
import { definedGroups } from "./cut-offs.js";
import { defineStep } from "./define.js";
import { layerOf, sectionOf } from "./step.js";
import { survivalStep } from "./survival.js";

/**
 * Beside every comparison by a cut of a number, the number itself: hazard ratio per unit and per standard deviation. On
 * unless the plan says `continuous: false`.
 */
export const continuousStep = defineStep({
  key: "continuous",
  place: 44,
  schema: z.boolean().default(true),
  run: (context, wanted) => {
    const comparisons = sectionOf(context, survivalStep) ?? [];
    const groups = definedGroups(context);
    const issues: Issue[] = [];
    const rows: ResultRow[] = [];
    const computations: Computation[] = [];
    const seen = new Set<string>();
    const passports = (wanted ? comparisons : []).flatMap(({ endpoint: name, by }) => {
      const group = groups.get(by);
      const layer = layerOf(context.layers, name);
      const endpoint = layer?.endpoints.find((one) => one.name === name);
      if (group === undefined || layer === undefined || endpoint === undefined || seen.has(`${name} ${group.of}`))
        return [];
      seen.add(`${name} ${group.of}`);
      const column = numberColumn(layer.data, group.of);
      const survival = survivalData(layer.data, endpoint);
      if (!column.ok || !survival.ok) return [];
      const values = survival.value.rows.flatMap((row) => column.value.values[row] ?? []);
      const sd = values.length < 2 ? 0 : standardDeviation(values);
      const patients = layer.data.rows.map((row) =>
        layer.data.unit === "treatment" ? row.slice(0, row.lastIndexOf("/")) : row,
      );
      const repeated = new Set(patients).size < patients.length;
      const { ties, survival: conventions } = context.conventions;
      const outcome: Outcome = {
        kind: "cox",
        survival: survival.value,
        ties,
        cluster: repeated ? patients : null,
        strata: null,
      };
      const fit = fitRegression(outcome, [column.value], conventions.level);
      const label = `${endpoint.label} by ${inSentence(column.value.label)}`;
      const effect = fit.ok ? fit.value.effects[0] : undefined;
      if (!fit.ok || effect === undefined) {
        issues.push(
          ...fit.issues.map((issue) => ({
            ...issue,
            severity: "warning" as const,
            message: `${label}: ${issue.message}`,
          })),
        );
        return [];
      }
      const ledger = cellLedger(
        "cox-regression",
        "2",
        columnInputs(layer.data, [group.of, endpoint.time, endpoint.event]),
      );
      const id = (what: string): string => `continuous.${name}.${group.of}.${what}`;
      const power = (ratio: number | null): number | null => (ratio === null ? null : ratio ** (sd / effect.per));
      const facts = { ties, variance: fit.value.variance };
      if (effect.ratio !== null)
        for (const [what, per, change] of [
          ["ratio", effect.per, (ratio: number | null) => ratio],
          ["ratio-per-sd", sd, power],
        ] as const)
          computations.push({
            id: id(what),
            method: "cox",
            data: tableName(layer.data),
            spec: {
              time: monthsColumn(endpoint),
              event: endpoint.event,
              covariates: [group.of],
              ties,
              per: [per],
              ...(repeated ? { cluster: "patient" } : {}),
            },
            answer: {
              n: fit.value.n,
              events: fit.value.events,
              ratio: change(effect.ratio),
              ratioLower: change(effect.low),
              ratioUpper: change(effect.high),
              p: effect.p,
            },
          });
      const unit = shownQuantity(effect.per, column.value.unit);
      rows.push({
        label,
        cells: {
          n: ledger.issued(id("n"), { kind: "share", n: fit.value.events, total: fit.value.n }),
          unit: { id: null, kind: "text", text: unit },
          ratio: ledger.issued(
            id("ratio"),
            ratioContent(
              { value: effect.ratio, low: effect.low, high: effect.high },
              { level: conventions.level, why: effect.why ?? "" },
            ),
            facts,
          ),
          sd: ledger.issued(
            id("ratio-per-sd"),
            ratioContent(
              { value: power(effect.ratio), low: power(effect.low), high: power(effect.high) },
              { level: conventions.level, why: effect.why ?? "" },
            ),
            { ...facts, standardDeviation: sd },
          ),
          p: ledger.issued(id("p"), pContent(effect.p, effect.why ?? ""), facts),
        },
      });
      return ledger.passports;
    });
    if (rows.length === 0) return { part: part({ issues }) };
    return {
      part: part({
        issues,
        passports,
        computations,
        tables: [
          {
            id: "continuous",
            title: "Markers as numbers, without a cut",
            columns: [
              { key: "n", label: "Events, n (%)" },
              { key: "unit", label: "Per" },
              { key: "ratio", label: "HR per unit (95 % CI)" },
              { key: "sd", label: "HR per SD (95 % CI)" },
              { key: "p", label: "p" },
            ],
            rows,
            footnotes: [
              "Cox regression of the marker as it was measured: a linear effect on the log hazard (REMARK item 10).",
            ],
          },
        ],
        methods: ["Beside each cut-off the marker was also analysed as a continuous variable by Cox regression."],
      }),
    };
  },
});
