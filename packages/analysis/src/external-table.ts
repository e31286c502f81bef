import { warningIssue } from "@livermark/core";
import type { ExternalValidationPlan, Scored } from "./external-scores.js";
import type { ResultFigure } from "./figures.js";
import type { PortableModel } from "./models/portable.js";
import { type Part, part } from "./part.js";
import type { CellContent, ResultRow } from "./results.js";

const footnotesOf = (model: PortableModel, used: number, all: number, outside: number): readonly string[] => [
  `${model.label}${model.source === "" ? "" : ` (${model.source})`}; applied as it is to ${used} of ${all} rows that have its inputs${outside === 0 ? "" : `, ${outside} outside the range of its data`}.`,
  ...(model.status === "reconstructed" ? ["The model was reconstructed, not published."] : []),
  ...(model.direction === "disputed"
    ? ["The source contradicts itself on the direction of an input; the direction of its table is used."]
    : []),
];

/** The part of a model that cannot be judged here: a warning that says why. */
export const absent = (plan: ExternalValidationPlan, message: string, got: string, wanted: string): Part =>
  part({
    issues: [
      warningIssue({
        code: "model-not-applicable",
        message: `${plan.label}: ${message}`,
        got,
        wanted,
        mend: "Name the study's columns under `columns`.",
        path: `plan.external_validation.${plan.id}`,
      }),
    ],
  });

/** A measure without interval. */
export const number = (value: number | null): CellContent =>
  value === null || !Number.isFinite(value)
    ? { kind: "not-estimable", why: "no estimate" }
    : { kind: "number", value, unit: "", decimals: 3 };

/** The table of one model with its figures and the sentence for the methods. */
export function finish(
  plan: ExternalValidationPlan,
  model: PortableModel,
  rows: readonly ResultRow[],
  figures: readonly ResultFigure[],
  passports: Part["passports"],
  scored: readonly Scored[],
  all: number,
): Part {
  return part({
    tables: [
      {
        id: `external.${plan.id}`,
        title: plan.label,
        columns: [{ key: "value", label: "Estimate (95 % CI)" }],
        rows,
        footnotes: footnotesOf(model, scored.length, all, scored.filter(({ outside }) => outside).length),
      },
    ],
    figures,
    passports,
    methods: [
      `${model.label} was applied unchanged to this study and judged by discrimination and calibration; the recalibration is reported, not used.`,
    ],
  });
}
