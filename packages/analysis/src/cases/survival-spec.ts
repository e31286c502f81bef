import { all, andThen, type Json, mapResult, ok, type Result } from "@livermark/core";
import { type CoxColumns, type CoxCovariate, dummyCovariates, type SurvivalColumns } from "@livermark/statistics";
import type { CaseInput, CaseSpec } from "./contract.js";
import { cells, numericCells, tableOf, text, words } from "./models-spec.js";

/** A list of numbers in the spec with null for missing, as NaN columns. */
const valuesOf = (value: Json | undefined): Float64Array =>
  Float64Array.from(Array.isArray(value) ? value : [], (element) =>
    typeof element === "number" ? element : Number.NaN,
  );

/** A numeric column of the case's table, NaN where a cell is missing. */
export const columnOf = (input: CaseInput, name: string): Result<Float64Array> =>
  andThen(tableOf(input), (table) =>
    mapResult(numericCells(table, name), (column) => Float64Array.from(column, (cell) => cell ?? Number.NaN)),
  );

/** True when the spec names a column under `option`. */
export const names = (spec: CaseSpec, option: string): boolean => typeof spec[option] === "string";

/** The column that an option names, or undefined when the option is not given. */
export const optionalColumn = (input: CaseInput, option: string): Result<Float64Array | undefined> =>
  names(input.spec, option) ? andThen(text(input.spec, option), (name) => columnOf(input, name)) : ok(undefined);

/** A column of labels, numbers or words, null where missing; undefined when the option is not given. */
export const optionalLabels = (
  input: CaseInput,
  option: string,
): Result<readonly (number | string | null)[] | undefined> =>
  names(input.spec, option)
    ? andThen(text(input.spec, option), (name) => andThen(tableOf(input), (table) => cells(table, name)))
    : ok(undefined);

/** Time, event, entry and weights that the spec names, or the values that stand in it. */
export function followUpOf(input: CaseInput): Result<SurvivalColumns> {
  const { spec } = input;
  if (spec.timeValues !== undefined) {
    return ok({ time: valuesOf(spec.timeValues), event: valuesOf(spec.eventValues) });
  }
  const needed = all([
    andThen(text(spec, "time"), (name) => columnOf(input, name)),
    andThen(text(spec, "event"), (name) => columnOf(input, name)),
  ]);
  return andThen(needed, ([time, event]) =>
    andThen(optionalColumn(input, "entry"), (entry) =>
      mapResult(optionalColumn(input, "weights"), (weights) => ({ time: time!, event: event!, entry, weights })),
    ),
  );
}

/** Levels that the spec declares for a factor. */
function levelsOf(spec: CaseSpec, name: string): readonly (number | string)[] | null {
  const factors = spec.factors;
  if (typeof factors !== "object" || factors === null || Array.isArray(factors)) return null;
  const levels = (factors as CaseSpec)[name];
  return Array.isArray(levels) ? levels.filter((l) => typeof l === "string" || typeof l === "number") : null;
}

/** A column, `log(column)`, `column*factor`, or the product `a:b`. */
function expression(input: CaseInput, formula: string): Result<Float64Array> {
  const log = /^log\((.+)\)$/.exec(formula)?.[1];
  if (log !== undefined) return mapResult(columnOf(input, log), (column) => column.map(Math.log));
  const scaled = /^(.+)\*([-+.\deE]+)$/.exec(formula);
  if (scaled !== null)
    return mapResult(columnOf(input, scaled[1]!), (column) => column.map((v) => v * Number(scaled[2])));
  const [left, right] = formula.split(":");
  if (right !== undefined) {
    return mapResult(all([columnOf(input, left!), columnOf(input, right)]), ([a, b]) => a!.map((v, i) => v * b![i]!));
  }
  return columnOf(input, formula);
}

/** The words that R's call uses for a covariate, when the case quotes the call: `factor(a, levels = …)`, `I(a * 2)`. */
function wordsOfR(spec: CaseSpec, name: string): string {
  const call = typeof spec.rCall === "string" ? spec.rCall.replace(/\s+/g, " ") : "";
  const factor = call.indexOf(`factor(${name}, levels = c(`);
  const recoded = call.includes(`${name} = factor(${name}, levels`);
  if (factor >= 0 && !recoded) return call.slice(factor, call.indexOf("))", factor) + 2);
  const [column, by] = name.split("*");
  for (const [whole, inside, number] of call.matchAll(/I\((\S+) \* ([^)]+)\)/g)) {
    if (inside === column && Number(number) === Number(by)) return whole;
  }
  return name;
}

/** The design columns of one covariate: dummies of a declared factor or a text column, else the values. */
export function covariatesOf(input: CaseInput, name: string): Result<readonly CoxCovariate[]> {
  return andThen(tableOf(input), (table) => {
    const levels = levelsOf(input.spec, name);
    const column = table.columns[name];
    if (column !== undefined && (levels !== null || column.some((cell) => typeof cell === "string"))) {
      return ok(dummyCovariates(wordsOfR(input.spec, name), column, levels ?? undefined));
    }
    return mapResult(expression(input, name), (values): CoxCovariate[] => {
      const words = wordsOfR(input.spec, name);
      return [{ name: words, term: words, values }];
    });
  });
}

/** Σ coefficient × column of the spec's `offset`. */
function offsetOf(input: CaseInput): Result<Float64Array | undefined> {
  const { offset } = input.spec;
  if (typeof offset !== "object" || offset === null || Array.isArray(offset)) return ok(undefined);
  const parts = Object.entries(offset as CaseSpec);
  return mapResult(all(parts.map(([name]) => columnOf(input, name))), (columns) =>
    columns.reduce<Float64Array | undefined>((sum, column, i) => {
      const factor = Number(parts[i]![1]);
      return column.map((value, row) => (sum?.[row] ?? 0) + factor * value);
    }, undefined),
  );
}

/** Everything a Cox model of the case needs. */
export function coxColumnsOf(input: CaseInput, covariates?: readonly string[]): Result<CoxColumns> {
  return andThen(covariates === undefined ? words(input.spec, "covariates") : ok(covariates), (covariateNames) =>
    andThen(all(covariateNames.map((name) => covariatesOf(input, name))), (design) =>
      andThen(followUpOf(input), (followUp) =>
        andThen(optionalLabels(input, "strata"), (strata) =>
          andThen(optionalLabels(input, "cluster"), (cluster) =>
            mapResult(offsetOf(input), (offset) => ({
              ...followUp,
              covariates: design.flat(),
              strata,
              cluster,
              offset,
            })),
          ),
        ),
      ),
    ),
  );
}
