import type { Passport } from "@livermark/core";
import { columnId, columnOf, type DataColumn, type Dataset } from "./dataset.js";
import type { ModelPlan } from "./model-recipe.js";
import type { Frame } from "./recipe/frame.js";
import type { Recipe, RecipeFit } from "./recipe/recipe.js";
import type { Regression } from "./regression.js";
import type { Cell, CellContent } from "./results.js";

/** A fitted model with what it was made from. */
export interface FittedModel {
  readonly frame: Frame;
  readonly recipe: Recipe;
  readonly fit: RecipeFit;
  /** Linear predictor of each row of the frame. */
  readonly lp: Float64Array;
  readonly chosen: readonly DataColumn[];
  readonly multivariable: Regression;
}

/** Gives result ids under one model, each with its passport. */
export interface Issuer {
  readonly id: (what: string) => string;
  readonly cell: (what: string, content: CellContent, parameters?: Passport["parameters"], seed?: number) => Cell;
  readonly name: (id: string, parameters?: Passport["parameters"], seed?: number) => string;
  readonly passports: readonly Passport[];
}

/** An issuer for one model of a data set. */
export function issuerOf(data: Dataset, plan: ModelPlan, columns: readonly DataColumn[]): Issuer {
  const passports: Passport[] = [];
  const inputs: Passport["inputs"] = [
    { kind: "result", id: `model.${plan.id}` },
    ...[...plan.outcomeColumns, ...columns.map(({ name }) => name)].flatMap((name) => {
      const column = columnOf(data, name);
      return column.ok ? [{ kind: "result" as const, id: columnId(data, column.value) }] : [];
    }),
  ];
  const name: Issuer["name"] = (id, parameters = {}, seed) => {
    passports.push({
      id,
      function: "model-performance",
      version: "1",
      inputs,
      parameters: { model: plan.id, outcome: plan.outcomeName, ...parameters },
      ...(seed === undefined ? {} : { seed }),
    });
    return id;
  };
  const id = (what: string): string => `model.${plan.id}.${what}`;
  return {
    id,
    name,
    passports,
    cell: (what, content, parameters, seed) => ({ id: name(id(what), parameters, seed), ...content }),
  };
}
