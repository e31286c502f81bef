import type { Issue } from "@livermark/core";
import { chiSquareUpperTail } from "@livermark/statistics";
import { cellLedger, columnInputs, pContent, ratioContent } from "./cell-ledger.js";
import { columnOf, type DataColumn, type Dataset } from "./dataset.js";
import type { ForestFigure } from "./figures.js";
import { fitRegression } from "./fit-regression.js";
import type { ModelPlan } from "./model-recipe.js";
import { computationOf } from "./model-table.js";
import { type Part, part } from "./part.js";
import { type Effect, type Outcome, outcomeRows, type Regression } from "./regression.js";
import type { Computation, ResultRow, ResultTable } from "./results.js";
import { survivalData } from "./survival-data.js";

/** The effect of one covariate in the levels of others. */
export interface SubgroupPlan {
  readonly id: string;
  readonly label: string;
  readonly effect: string;
  readonly by: readonly string[];
  readonly adjust: readonly string[];
}

/** The outcome of the rows that pass. */
function within(data: Dataset, outcome: Outcome, keep: (row: number) => boolean): Outcome | null {
  if (outcome.kind === "cox") {
    const survival = survivalData(data, outcome.survival.endpoint, outcome.survival.rows.filter(keep));
    return survival.ok ? { ...outcome, survival: survival.value } : null;
  }
  const at = outcome.rows.map((row, i) => ({ row, value: outcome.values[i] ?? 0 })).filter(({ row }) => keep(row));
  return at.length === 0 ? null : { ...outcome, rows: at.map(({ row }) => row), values: at.map(({ value }) => value) };
}

/** 0/1 (or numeric) codes of one covariate, and of each level of a category against its first. */
function dummies(
  column: DataColumn,
  rows: readonly number[],
): readonly { readonly name: string; readonly code: (row: number) => number | null }[] {
  if (column.type === "number") return [{ name: column.name, code: (row) => column.values[row] ?? null }];
  const present = column.levels.filter((level) => rows.some((row) => column.values[row] === level));
  return present.slice(1).map((level) => ({
    name: `${column.name}=${level}`,
    code: (row) => {
      const value = column.values[row] ?? null;
      return value === null ? null : value === level ? 1 : 0;
    },
  }));
}

const numeric = (name: string, rows: number, code: (row: number) => number | null): DataColumn => ({
  name,
  label: name,
  type: "number",
  unit: "",
  origin: () => [],
  values: Array.from({ length: rows }, (_, row) => code(row)),
});

/** Likelihood-ratio test of the products of two covariates, both already in the model (Wald where rows are clustered). */
export function interactionTest(
  data: Dataset,
  outcome: Outcome,
  effect: DataColumn,
  by: DataColumn,
  adjust: readonly DataColumn[],
  level: number,
): { readonly p: number; readonly df: number } | null {
  const used = outcomeRows(outcome).filter((row) =>
    [effect, by, ...adjust].every((column) => column.values[row] !== null),
  );
  const kept = within(data, outcome, (row) => used.includes(row));
  if (kept === null) return null;
  const n = data.rows.length;
  const [a, b] = [dummies(effect, used), dummies(by, used)];
  const main = [...a, ...b].map((one) => numeric(one.name, n, one.code));
  const products = a.flatMap((x) =>
    b.map((z) =>
      numeric(`${x.name} × ${z.name}`, n, (row) => {
        const [first, second] = [x.code(row), z.code(row)];
        return first === null || second === null ? null : first * second;
      }),
    ),
  );
  if (products.length === 0) return null;
  const plain: Outcome = { ...kept, cluster: null };
  const without = fitRegression(plain, [...main, ...adjust], level);
  const withThem = fitRegression(plain, [...main, ...adjust, ...products], level);
  if (!without.ok || !withThem.ok || withThem.value.effects.some((one) => one.coefficient === null)) return null;
  const chi = Math.max(0, 2 * (withThem.value.logLikelihood - without.value.logLikelihood));
  return { p: chiSquareUpperTail(chi, products.length), df: products.length };
}

/**
 * The effect of one covariate in each level of other categories with the p of interaction, as a table and forest plot. An
 * effect that is significant in one level and not in another is no difference between them: only the interaction tests that
 * (Assmann 2000). Categories with several levels of the effect show the last level against the reference.
 */
export function subgroupPart(data: Dataset, plan: ModelPlan, asked: SubgroupPlan): Part {
  const effect = columnOf(data, asked.effect);
  const adjust = asked.adjust.flatMap((name) => {
    const column = columnOf(data, name);
    return column.ok ? [column.value] : [];
  });
  if (!effect.ok) return part({ issues: effect.issues.map((issue) => ({ ...issue, severity: "warning" as const })) });
  const issues: Issue[] = [];
  const ledger = cellLedger(
    "subgroup-effect",
    "1",
    columnInputs(data, [...plan.outcomeColumns, asked.effect, ...asked.adjust, ...asked.by]),
  );
  const forest: ForestFigure["rows"][number][] = [];
  const rows: ResultRow[] = [];
  const shown = (fit: Regression | null): Effect | undefined =>
    fit?.effects.filter((one) => one.term === asked.effect).at(-1);
  const computations: Computation[] = [];
  const line = (
    label: string,
    key: string,
    outcome: Outcome | null,
    indent: 0 | 1,
    filter?: { readonly column: string; readonly equals: string },
  ): void => {
    const fit = outcome === null ? null : fitRegression(outcome, [effect.value, ...adjust], plan.level);
    const value = fit?.ok === true ? fit.value : null;
    const own = shown(value);
    const id = `subgroup.${asked.id}.${key}`;
    // The model of the plan without what this fit leaves out: its strata and imputation.
    if (value !== null)
      computations.push(
        ...computationOf(data, { ...plan, strata: [], impute: null }, "uni", value).map((one) => ({
          ...one,
          id: `${id}.ratio`,
          spec: { ...one.spec, ...(filter === undefined ? {} : { filter }) },
        })),
      );
    rows.push({
      label,
      indent,
      cells: {
        ...(value === null ? {} : { n: ledger.issued(`${id}.n`, { kind: "share", n: value.events, total: value.n }) }),
        ratio: ledger.issued(
          `${id}.ratio`,
          ratioContent(
            { value: own?.ratio ?? null, low: own?.low ?? null, high: own?.high ?? null },
            { level: plan.level, why: own?.why ?? `too few ${data.unit}s or events` },
          ),
        ),
        p: ledger.issued(`${id}.p`, pContent(own?.p ?? null, own?.why ?? "no estimate")),
      },
    });
    forest.push({
      label,
      indent,
      n: value?.n ?? null,
      estimates:
        own === undefined || own.ratio === null
          ? {}
          : { effect: { value: own.ratio, low: own.low, high: own.high, id: `${id}.ratio`, p: own.p } },
    });
  };
  line("All", "all", plan.outcome, 0);
  for (const name of asked.by) {
    const by = columnOf(data, name);
    if (!by.ok || by.value.type !== "category") {
      issues.push({
        code: "column-not-a-category",
        severity: "warning",
        message: `${asked.label}: subgroups need a category.`,
        got: name,
        wanted: "a category of the analysis set",
        mend: "Cut the number into groups first.",
        path: `plan.subgroups.${asked.id}`,
        where: {},
      });
      continue;
    }
    const category = by.value;
    const test = interactionTest(data, plan.outcome, effect.value, category, adjust, plan.level);
    rows.push({
      label: category.label,
      cells: {
        interaction: ledger.issued(
          `subgroup.${asked.id}.${name}.interaction`,
          pContent(test?.p ?? null, "a level has too few events"),
          { df: test?.df ?? 0, test: "likelihood ratio" },
        ),
      },
    });
    forest.push({ label: category.label, indent: 0, n: null, estimates: {} });
    for (const level of category.levels)
      if (category.values.includes(level))
        line(
          level,
          `${name}.${level}`,
          within(data, plan.outcome, (row) => category.values[row] === level),
          1,
          { column: name, equals: level },
        );
  }
  const cox = plan.outcome.kind === "cox";
  const table: ResultTable = {
    id: `subgroup.${asked.id}`,
    title: asked.label,
    columns: [
      { key: "n", label: "Events, n (%)" },
      { key: "ratio", label: `${cox ? "HR" : "OR"} (${Math.round(100 * plan.level)} % CI)` },
      { key: "p", label: "p" },
      { key: "interaction", label: "p of interaction" },
    ],
    rows,
    footnotes: [
      "The test of interaction is the likelihood ratio of the products of the two covariates.",
      ...(asked.adjust.length === 0 ? [] : [`Adjusted for ${adjust.map((column) => column.label).join(", ")}.`]),
    ],
  };
  const figure: ForestFigure = {
    id: `figure.subgroup.${asked.id}`,
    kind: "forest",
    title: asked.label,
    effect: cox ? "Hazard ratio" : "Odds ratio",
    scale: "log",
    noEffect: 1,
    lowerMeans: cox ? "event later" : "less frequent",
    higherMeans: cox ? "event earlier" : "more frequent",
    models: [{ key: "effect", label: effect.value.label }],
    rows: forest,
  };
  ledger.issued(figure.id, { kind: "count", n: forest.length });
  return part({
    tables: [table],
    figures: [figure],
    computations,
    issues,
    passports: ledger.passports,
    methods: [`${asked.label}: interaction was tested by the likelihood ratio.`],
  });
}
