import type { Random } from "@livermark/core";
import type { Cell } from "./files.js";

/** A covariate with its share in the hazard. Levels are ordered, the first being the reference. */
export type CovariateModel =
  | {
      readonly column: string;
      readonly label: string;
      readonly type: "category";
      readonly levels: readonly { readonly level: string; readonly share: number; readonly hazardRatio: number }[];
    }
  | {
      readonly column: string;
      readonly label: string;
      readonly type: "number";
      readonly unit: string;
      readonly mean: number;
      readonly sd: number;
      readonly decimals: number;
      readonly hazardRatioPerUnit: number;
    };

/** One patient's value of a covariate and what it adds to the linear predictor. */
export interface CovariateDraw {
  readonly column: string;
  readonly value: Cell;
  readonly logHazard: number;
}

/** A number with so many decimals, as a table would hold it. */
export const rounded = (value: number, decimals: number): number => Number(value.toFixed(decimals));

/** Draws a covariate. Numbers count from their mean, so that the baseline hazard is that of an average patient. */
export function drawCovariate(model: CovariateModel, stream: Random): CovariateDraw {
  const { column } = model;
  if (model.type === "number") {
    const value = rounded(model.mean + model.sd * stream.normal(), model.decimals);
    return { column, value, logHazard: Math.log(model.hazardRatioPerUnit) * (value - model.mean) };
  }
  const total = model.levels.reduce((sum, { share }) => sum + share, 0);
  let left = stream.uniform() * total;
  for (const { level, share, hazardRatio } of model.levels) {
    left -= share;
    if (left < 0) return { column, value: level, logHazard: Math.log(hazardRatio) };
  }
  const last = model.levels.at(-1)!;
  return { column, value: last.level, logHazard: Math.log(last.hazardRatio) };
}

/** Codebook rows that explain the covariates to whoever reads `patients.csv`. */
export const codebookRows = (covariates: readonly CovariateModel[]): readonly { readonly [column: string]: Cell }[] =>
  covariates.map((model) => ({
    table: "patients",
    column: model.column,
    label: model.label,
    type: model.type,
    unit: model.type === "number" ? model.unit : null,
    levels: model.type === "category" ? model.levels.map(({ level }) => level).join("|") : null,
    missing_codes: null,
  }));

/** Columns of `codebook.csv`. */
export const codebookColumns = ["table", "column", "label", "type", "unit", "levels", "missing_codes"] as const;
