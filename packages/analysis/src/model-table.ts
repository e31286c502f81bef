import type { Passport } from "@livermark/core";
import { columnId, columnOf, type DataColumn, type Dataset } from "./dataset.js";
import type { ForestFigure } from "./figures.js";
import type { ModelPlan } from "./model-recipe.js";
import { rulesText } from "./recipe/choose.js";
import { codedColumn, monthsColumn, tableName } from "./recompute.js";
import type { Effect, Regression } from "./regression.js";
import type { Cell, Computation, ResultRow } from "./results.js";
import { inPrintOrder, ratioDecimals, shownUnit } from "./wording.js";

const MODEL_VERSION = "2";

/** A candidate with its own model; null where it could not be fitted. */
export interface Fitted {
  readonly column: DataColumn;
  readonly univariable: Regression | null;
}

/** Cells of one effect under the keys `<model>.ratio` and `<model>.p`. */
function effectCells(plan: ModelPlan, which: "uni" | "multi", effect: Effect): { readonly [key: string]: Cell } {
  const id = `model.${plan.id}.${which}.${effect.term}${effect.level === null ? "" : `.${effect.level}`}`;
  const keys = { ratio: `${which}.ratio`, p: `${which}.p` };
  if (effect.ratio === null || effect.p === null)
    return { [keys.ratio]: { id: null, kind: "not-estimable", why: effect.why ?? "no estimate" } };
  return {
    [keys.ratio]: {
      id: `${id}.ratio`,
      kind: "estimate",
      value: effect.ratio,
      low: effect.low,
      high: effect.high,
      level: plan.level,
      decimals: ratioDecimals(effect.ratio, effect.low, effect.high),
      unit: "",
    },
    [keys.p]: { id: `${id}.p`, kind: "p", value: effect.p },
  };
}

/** A number's label with the step that its ratio speaks of. Example: `Age, per 1 year`. */
export function stepLabel(column: DataColumn & { readonly type: "number" }): string {
  const unit = shownUnit(column.unit).label.replace(/^(year|month|day)s$/, "$1");
  return `${column.label}, per 1${unit === "" ? "" : ` ${unit}`}`;
}

/** Rows of one candidate: the number, or its levels under a heading. */
export function rowsOf(plan: ModelPlan, fitted: Fitted, multivariable: Regression | null): readonly ResultRow[] {
  const { column, univariable } = fitted;
  const effects = (model: Regression | null): readonly Effect[] =>
    model?.effects.filter((effect) => effect.term === column.name) ?? [];
  const uni = effects(univariable);
  const multi = effects(multivariable);
  if (column.type === "number") {
    const cells = {
      ...(uni[0] === undefined ? {} : effectCells(plan, "uni", uni[0])),
      ...(multi[0] === undefined ? {} : effectCells(plan, "multi", multi[0])),
    };
    return [{ label: stepLabel(column), cells }];
  }
  const known = uni.length > 0 ? uni : multi;
  const reference = known[0]?.reference;
  const referenceCells: { [key: string]: Cell } = {};
  if (uni.length > 0) referenceCells["uni.ratio"] = { id: null, kind: "reference" };
  if (multi.length > 0) referenceCells["multi.ratio"] = { id: null, kind: "reference" };
  return [
    { label: column.label, cells: {} },
    ...inPrintOrder(
      column,
      [
        ...(reference === undefined || reference === null
          ? []
          : [{ label: reference, indent: 1 as const, cells: referenceCells }]),
        ...known.map((effect): ResultRow => {
          const twin = multi.find((other) => other.level === effect.level);
          return {
            label: effect.level ?? "",
            indent: 1,
            cells: {
              ...(uni.length > 0 ? effectCells(plan, "uni", effect) : {}),
              ...(twin === undefined ? {} : effectCells(plan, "multi", twin)),
            },
          };
        }),
      ],
      ({ label }) => label,
    ),
  ];
}

/** What a reader must know below the table of a model. */
export function footnotes(
  plan: ModelPlan,
  multivariable: Regression | null,
  kind: "cox" | "logistic",
): readonly string[] {
  const cox = kind === "cox";
  const notes = [
    cox
      ? `Hazard ratio with ${Math.round(100 * plan.level)} % Wald interval; ties by ${plan.outcome.kind === "cox" && plan.outcome.ties === "breslow" ? "Breslow" : "Efron"}. Above 1 = the event comes earlier.`
      : `Odds ratio with ${Math.round(100 * plan.level)} % Wald interval. Above 1 = the outcome is more frequent.`,
    `Multivariable model: ${rulesText(plan.rules)}.`,
  ];
  if (multivariable !== null) {
    const fit = [`n = ${multivariable.n}`, `${multivariable.events} events`];
    if (multivariable.missing > 0) fit.push(`${multivariable.missing} left out for missing values`);
    notes.push(`Multivariable model: ${fit.join(", ")}.`);
    if (multivariable.variance === "cluster-robust")
      notes.push("Standard errors are robust to several treatments of one patient (Lin and Wei 1989).");
  }
  return notes;
}

/** Passports of every ratio and p of one fit. */
export function passportsOf(
  plan: ModelPlan,
  data: Dataset,
  which: "uni" | "multi",
  model: Regression,
): readonly Passport[] {
  const names = [...new Set([...plan.outcomeColumns, ...model.effects.map((effect) => effect.term)])];
  const inputs = names.flatMap((name): Passport["inputs"] => {
    const column = columnOf(data, name);
    return column.ok ? [{ kind: "result", id: columnId(data, column.value) }] : [];
  });
  const parameters = {
    outcome: plan.outcomeName,
    n: model.n,
    events: model.events,
    level: plan.level,
    variance: model.variance,
    ...(plan.impute === null
      ? {}
      : { imputations: plan.impute.imputations, pooling: "Rubin 1987, Barnard and Rubin 1999" }),
    ...(plan.strata.length === 0 ? {} : { strata: plan.strata }),
    ...(plan.outcome.kind === "cox" ? { ties: plan.outcome.ties } : {}),
  };
  return model.effects
    .filter((effect) => effect.ratio !== null)
    .flatMap((effect) =>
      ["ratio", "p"].map((what) => ({
        id: `model.${plan.id}.${which}.${effect.term}${effect.level === null ? "" : `.${effect.level}`}.${what}`,
        function: model.kind === "cox" ? "cox-regression" : "logistic-regression",
        version: MODEL_VERSION,
        inputs,
        ...(plan.impute === null ? {} : { seed: plan.seed }),
        parameters: { ...parameters, coefficient: effect.coefficient, standardError: effect.standardError },
      })),
    );
}

/** The fits as a forest plot, univariable beside multivariable. */
export function forest(
  plan: ModelPlan,
  fitted: readonly Fitted[],
  multivariable: Regression | null,
  kind: "cox" | "logistic",
): ForestFigure {
  const estimate = (effect: Effect | undefined): (ForestFigure["rows"][number]["estimates"][string] & object) | null =>
    effect === undefined || effect.ratio === null
      ? null
      : { value: effect.ratio, low: effect.low, high: effect.high, id: null, p: effect.p };
  const rows = fitted.flatMap(({ column, univariable }): ForestFigure["rows"] => {
    const own = univariable?.effects ?? [];
    const both = (level: string | null) => {
      const uni = estimate(own.find((effect) => effect.level === level));
      const multi = estimate(
        multivariable?.effects.find((effect) => effect.term === column.name && effect.level === level),
      );
      return { ...(uni === null ? {} : { uni }), ...(multi === null ? {} : { multi }) };
    };
    if (column.type === "number")
      return [{ label: stepLabel(column), indent: 0, n: univariable?.n ?? null, estimates: both(null) }];
    const reference = own[0]?.reference ?? null;
    return [
      { label: column.label, indent: 0, n: univariable?.n ?? null, estimates: {} },
      ...inPrintOrder<ForestFigure["rows"][number]>(
        column,
        [
          ...(reference === null
            ? []
            : [{ label: reference, indent: 1 as const, n: null, estimates: { uni: "reference" as const } }]),
          ...own.map((effect) => ({
            label: effect.level ?? "",
            indent: 1 as const,
            n: null,
            estimates: both(effect.level),
          })),
        ],
        ({ label }) => label,
      ),
    ];
  });
  return {
    id: `figure.model.${plan.id}`,
    kind: "forest",
    title: plan.label,
    effect: kind === "cox" ? "Hazard ratio" : "Odds ratio",
    scale: "log",
    noEffect: 1,
    lowerMeans: kind === "cox" ? "event later" : "less frequent",
    higherMeans: kind === "cox" ? "event earlier" : "more frequent",
    models: [
      { key: "uni", label: "Univariable" },
      ...(multivariable === null ? [] : [{ key: "multi", label: "Multivariable" }]),
    ],
    rows,
  };
}

/** The fit as a case of `livermark stat`; none where a coefficient has no estimate or was pooled over imputations. */
export function computationOf(
  data: Dataset,
  plan: ModelPlan,
  which: "uni" | "multi",
  model: Regression,
): readonly Computation[] {
  const { effects } = model;
  if (effects.length === 0 || effects.some((effect) => effect.ratio === null) || plan.impute !== null) return [];
  if (plan.strata.length > 1 || (plan.outcome.kind === "logistic" && model.variance === "cluster-robust")) return [];
  const terms = [...new Set(effects.map((effect) => effect.term))];
  const factors = Object.fromEntries(
    terms.flatMap((term): [string, readonly string[]][] => {
      const own = effects.filter((effect) => effect.term === term && effect.level !== null);
      const reference = own[0]?.reference;
      return reference === undefined || reference === null
        ? []
        : [[term, [reference, ...own.map((effect) => effect.level ?? "")]]];
    }),
  );
  const column = (pick: (effect: Effect) => number | null): (number | null)[] => effects.map(pick);
  const shared = { n: model.n, events: model.events };
  const common = { covariates: terms, ...(Object.keys(factors).length > 0 ? { factors } : {}) };
  const id = `model.${plan.id}.${which}.${which === "uni" ? (terms[0] ?? "") : "all"}`;
  const p = column((e) => e.p);
  const fitted = { coef: column((e) => e.coefficient), se: column((e) => e.standardError), p };
  const steps = effects.some((e) => e.per !== 1) ? { per: effects.map((e) => e.per) } : {};
  const ratios = {
    ratio: column((e) => e.ratio),
    ratioLower: column((e) => e.low),
    ratioUpper: column((e) => e.high),
  };
  const tested = which === "multi" && model.proportionalHazardsP !== null ? (model.hazards?.proportionality ?? []) : [];
  if (plan.outcome.kind === "cox")
    return [
      {
        id,
        method: "cox",
        data: tableName(data),
        spec: {
          time: monthsColumn(plan.outcome.survival.endpoint),
          event: plan.outcome.survival.endpoint.event,
          ties: plan.outcome.ties,
          ...common,
          ...steps,
          ...(tested.length === 0 ? {} : { proportionality: true }),
          ...(plan.outcome.cluster === null ? {} : { cluster: "patient" }),
          ...(plan.strata[0] === undefined ? {} : { strata: plan.strata[0] }),
        },
        answer: {
          ...shared,
          ...fitted,
          ...ratios,
          ...(which === "uni"
            ? {}
            : {
                aic: model.aic,
                ...(model.wald === null ? {} : { wald: model.wald.chiSquare, waldP: model.wald.p }),
                ...(tested.length === 0
                  ? {}
                  : { proportionality: tested.map((one) => one.p), proportionalityAll: model.proportionalHazardsP }),
              }),
        },
      },
    ];
  const slopes = [null, ...effects];
  const answer =
    model.intercept === null ? {} : { coef: slopes.map((e) => (e === null ? model.intercept : e.coefficient)) };
  return [
    {
      id,
      method: "logistic",
      data: tableName(data),
      spec: { y: codedColumn(plan.outcome.name, plan.event), ...common, ...steps },
      answer: { ...shared, ...answer, ...ratios, slopeP: p, aic: model.aic, cStatistic: model.concordance },
    },
  ];
}
