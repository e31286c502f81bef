import { type Issue, warningIssue } from "@livermark/core";
import { followUp } from "@livermark/statistics";
import { z } from "zod";
import { cellLedger, columnInputs } from "../cell-ledger.js";
import { part } from "../part.js";
import { monthsColumn, tableName } from "../recompute.js";
import type { CellContent, Computation, ResultRow } from "../results.js";
import { survivalData } from "../survival-data.js";
import { defineStep } from "./define.js";
import { layerOf } from "./step.js";

const median = (value: number | null, low: number | null, high: number | null, level: number): CellContent =>
  value === null
    ? { kind: "not-reached", low, high, decimals: 1 }
    : { kind: "estimate", value, low, high, level, decimals: 1, unit: "months" };

/** Median follow-up of the named endpoints: by reverse Kaplan–Meier (the one to report), and of the censored alone. */
export const followUpStep = defineStep({
  key: "follow_up",
  place: 39,
  schema: z.array(z.string()).default([]),
  run: ({ layers, conventions }, names) => {
    const rows: ResultRow[] = [];
    const issues: Issue[] = [];
    const computations: Computation[] = [];
    const passports = names.flatMap((name) => {
      const layer = layerOf(layers, name);
      const endpoint = layer?.endpoints.find((one) => one.name === name);
      const survival = layer === undefined || endpoint === undefined ? null : survivalData(layer.data, endpoint);
      if (layer === undefined || endpoint === undefined || survival?.ok !== true) {
        issues.push(
          warningIssue({
            code: "unknown-endpoint",
            message: "The follow-up of an endpoint that the study does not have cannot be described.",
            got: name,
            wanted: layers.flatMap((one) => one.endpoints.map((e) => e.name)).join(", "),
            path: "plan.follow_up",
          }),
        );
        return [];
      }
      const { intervalType, level } = conventions.survival;
      const found = followUp({ time: survival.value.months, event: survival.value.event }, { intervalType, level });
      if (!found.ok) {
        issues.push(...found.issues.map((issue) => ({ ...issue, severity: "warning" as const })));
        return [];
      }
      const { reverseKaplanMeier: reverse, medianOfCensored, plainMedian } = found.value;
      const ledger = cellLedger("follow-up", "1", columnInputs(layer.data, [endpoint.time, endpoint.event]));
      const id = (what: string): string => `follow-up.${name}.${what}`;
      rows.push({
        label: endpoint.label,
        cells: {
          reverse: ledger.issued(
            id("reverse-kaplan-meier"),
            median(reverse.value, reverse.lower, reverse.upper, level),
            { intervalType },
          ),
          plain: ledger.issued(id("plain"), { kind: "number", value: plainMedian, unit: "months", decimals: 1 }),
          ...(medianOfCensored === null
            ? {}
            : {
                censored: ledger.issued(id("censored"), {
                  kind: "number",
                  value: medianOfCensored,
                  unit: "months",
                  decimals: 1,
                }),
              }),
        },
      });
      computations.push({
        id: id("reverse-kaplan-meier"),
        method: "kaplanMeier",
        data: tableName(layer.data),
        spec: { time: monthsColumn(endpoint), event: endpoint.event, confType: intervalType },
        answer: {
          followUpMedian: reverse.value,
          followUpLower: reverse.lower,
          followUpUpper: reverse.upper,
          observedMedian: plainMedian,
          ...(medianOfCensored === null ? {} : { censoredMedian: medianOfCensored }),
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
            id: "follow-up",
            title: "Follow-up",
            columns: [
              { key: "reverse", label: "Median (95 % CI), reverse Kaplan–Meier" },
              { key: "plain", label: "Median observed time" },
              { key: "censored", label: "Median of the censored" },
            ],
            rows,
            footnotes: ["Reverse Kaplan–Meier: the event counts as censoring (Schemper and Smith 1996)."],
          },
        ],
        methods: ["Median follow-up is that of the reverse Kaplan–Meier curve."],
      }),
    };
  },
});
