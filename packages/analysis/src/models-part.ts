import { type Issue, type Passport, type Result, warningIssue } from "@livermark/core";
import { columnId, columnOf, type DataColumn, type Dataset } from "./dataset.js";
import type { ForestFigure } from "./figures.js";
import { type Part, part } from "./part.js";
import { codedColumn, monthsColumn, tableName } from "./recompute.js";
import {
  chooseCovariates,
  type Effect,
  fitRegression,
  type Outcome,
  type Regression,
  type Selection,
} from "./regression.js";
import type { Cell, Computation, ResultRow, ResultTable } from "./results.js";

/** One model of a plan: candidates one by one, then the chosen ones together. */
export interface ModelPlan {
  readonly id: string;
  readonly label: string;
  readonly outcomeName: string;
  readonly outcomeColumns: readonly string[];
  readonly outcome: Outcome;
  readonly covariates: readonly string[];
  readonly selection: Selection;
  readonly level: number;
}

const MODEL_VERSION = "1";

const selectionText = (selection: Selection): string => {
  switch (selection.rule) {
    case "all":
      return "all covariates entered";
    case "univariable-p":
      return `covariates with univariable p < ${selection.enterP} entered`;
    case "backward":
      return `backward elimination by the ${selection.test === "wald" ? "Wald" : "likelihood-ratio"} test, p > ${selection.stayP} removed`;
    case "stepwise":
      return "stepwise selection by AIC in both directions";
  }
};

interface Fitted {
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
      decimals: 3,
      unit: "",
    },
    [keys.p]: { id: `${id}.p`, kind: "p", value: effect.p },
  };
}

function rowsOf(plan: ModelPlan, fitted: Fitted, multivariable: Regression | null): readonly ResultRow[] {
  const { column, univariable } = fitted;
  const effects = (model: Regression | null): readonly Effect[] =>
    model?.effects.filter((effect) => effect.term === column.name) ?? [];
  const uni = effects(univariable);
  const multi = effects(multivariable);
  if (column.type === "number") {
    const unit = column.unit === "" || column.unit === "1" ? "per 1" : `per 1 ${column.unit}`;
    const cells = {
      ...(uni[0] === undefined ? {} : effectCells(plan, "uni", uni[0])),
      ...(multi[0] === undefined ? {} : effectCells(plan, "multi", multi[0])),
    };
    return [{ label: `${column.label}, ${unit}`, cells }];
  }
  const known = uni.length > 0 ? uni : multi;
  const reference = known[0]?.reference;
  const referenceCells: { [key: string]: Cell } = {};
  if (uni.length > 0) referenceCells["uni.ratio"] = { id: null, kind: "reference" };
  if (multi.length > 0) referenceCells["multi.ratio"] = { id: null, kind: "reference" };
  return [
    { label: column.label, cells: {} },
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
  ];
}

function footnotes(plan: ModelPlan, multivariable: Regression | null, kind: "cox" | "logistic"): readonly string[] {
  const cox = kind === "cox";
  const notes = [
    cox
      ? `Hazard ratio with ${Math.round(100 * plan.level)} % Wald interval; ties by ${plan.outcome.kind === "cox" && plan.outcome.ties === "breslow" ? "Breslow" : "Efron"}. Above 1 = the event comes earlier.`
      : `Odds ratio with ${Math.round(100 * plan.level)} % Wald interval. Above 1 = the outcome is more frequent.`,
    `Multivariable model: ${selectionText(plan.selection)}.`,
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

function passportsOf(plan: ModelPlan, data: Dataset, which: "uni" | "multi", model: Regression): readonly Passport[] {
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
        parameters: { ...parameters, coefficient: effect.coefficient, standardError: effect.standardError },
      })),
    );
}

function forest(
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
      return [{ label: column.label, indent: 0, n: univariable?.n ?? null, estimates: both(null) }];
    const reference = own[0]?.reference ?? null;
    return [
      { label: column.label, indent: 0, n: univariable?.n ?? null, estimates: {} },
      ...(reference === null
        ? []
        : [{ label: reference, indent: 1 as const, n: null, estimates: { uni: "reference" as const } }]),
      ...own.map((effect) => ({
        label: effect.level ?? "",
        indent: 1 as const,
        n: null,
        estimates: both(effect.level),
      })),
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

/**
 * One model of the plan as a table (univariable and multivariable side by side), a forest plot and the model with its
 * equation. A covariate that cannot be fitted alone is an Issue and stays out; the rest goes on.
 */
export function modelPart(data: Dataset, plan: ModelPlan): Part {
  const issues: Issue[] = [];
  const soften = (what: string, result: Result<unknown>): void => {
    for (const issue of result.issues)
      issues.push({ ...issue, severity: "warning", message: `${plan.label}, ${what}: ${issue.message}` });
  };
  const fitted: Fitted[] = [];
  for (const name of plan.covariates) {
    const column = columnOf(data, name);
    if (!column.ok) {
      issues.push(...column.issues);
      continue;
    }
    const alone = fitRegression(plan.outcome, [column.value], plan.level);
    soften(column.value.label, alone);
    fitted.push({ column: column.value, univariable: alone.ok ? alone.value : null });
  }
  const usable = fitted.filter(({ univariable }) => univariable !== null);
  const chosen = chooseCovariates(plan.outcome, usable, plan.selection);
  let multivariable: Regression | null = null;
  if (!chosen.ok) soften("selection", chosen);
  else if (chosen.value.length > 0) {
    const together = fitRegression(
      plan.outcome,
      usable.filter(({ column }) => chosen.value.includes(column.name)).map(({ column }) => column),
      plan.level,
    );
    soften("multivariable", together);
    if (together.ok) multivariable = together.value;
  } else
    issues.push(
      warningIssue({
        code: "no-covariate-chosen",
        message: `${plan.label}: no covariate passed the rule, so there is no multivariable model.`,
        wanted: selectionText(plan.selection),
      }),
    );
  const { kind } = plan.outcome;
  const effect = kind === "cox" ? "HR" : "OR";
  const percent = Math.round(100 * plan.level);
  const table: ResultTable = {
    id: `model.${plan.id}`,
    title: plan.label,
    columns: [
      { key: "uni.ratio", label: `${effect} (${percent} % CI)`, group: "Univariable" },
      { key: "uni.p", label: "p", group: "Univariable" },
      ...(multivariable === null
        ? []
        : [
            { key: "multi.ratio", label: `${effect} (${percent} % CI)`, group: "Multivariable" },
            { key: "multi.p", label: "p", group: "Multivariable" },
          ]),
    ],
    rows: fitted.flatMap((one) => rowsOf(plan, one, multivariable)),
    footnotes: footnotes(plan, multivariable, kind),
  };
  return part({
    tables: [table],
    figures: [forest(plan, fitted, multivariable, kind)],
    models:
      multivariable === null
        ? []
        : [
            {
              id: plan.id,
              label: plan.label,
              kind,
              outcome: plan.outcomeName,
              n: multivariable.n,
              events: multivariable.events,
              selection: selectionText(plan.selection),
              intercept: multivariable.intercept,
              terms: multivariable.effects.map((one) => ({
                term: one.term,
                level: one.level,
                reference: one.reference,
                coefficient: one.coefficient,
                standardError: one.standardError,
              })),
              logLikelihood: multivariable.logLikelihood,
              aic: multivariable.aic,
              concordance: multivariable.concordance,
              proportionalHazardsP: multivariable.proportionalHazardsP,
              validation: "not validated: apparent performance in the data it was fitted on",
            },
          ],
    methods: [
      kind === "cox"
        ? `Hazard ratios come from Cox regression with ${plan.outcome.kind === "cox" ? `${plan.outcome.ties[0]?.toUpperCase()}${plan.outcome.ties.slice(1)}` : ""} handling of ties (${selectionText(plan.selection)}).`
        : `Odds ratios come from logistic regression by maximum likelihood (${selectionText(plan.selection)}).`,
    ],
    notes: designNotes(plan, multivariable),
    computations: [
      ...fitted.flatMap(({ univariable }) =>
        univariable === null ? [] : computationOf(data, plan, "uni", univariable),
      ),
      ...(multivariable === null ? [] : computationOf(data, plan, "multi", multivariable)),
    ],
    codedOutcomes: plan.outcome.kind === "logistic" ? [{ outcome: plan.outcome.name, event: [] }] : [],
    issues,
    passports: [
      ...fitted.flatMap(({ univariable }) => (univariable === null ? [] : passportsOf(plan, data, "uni", univariable))),
      ...(multivariable === null ? [] : passportsOf(plan, data, "multi", multivariable)),
    ],
  });
}

/** The fit as a case of `livermark stat`; none where a coefficient has no estimate. */
function computationOf(
  data: Dataset,
  plan: ModelPlan,
  which: "uni" | "multi",
  model: Regression,
): readonly Computation[] {
  const { effects } = model;
  if (effects.length === 0 || effects.some((effect) => effect.ratio === null)) return [];
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
  const fitted = { coef: column((e) => e.coefficient), se: column((e) => e.standardError), p: column((e) => e.p) };
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
          ...(plan.outcome.cluster === null ? {} : { cluster: "patient" }),
        },
        answer: {
          ...shared,
          ...fitted,
          hr: column((e) => e.ratio),
          ciLower: column((e) => e.low),
          ciUpper: column((e) => e.high),
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
      spec: { y: codedColumn(plan.outcome.name, []), ...common },
      answer: { ...shared, ...answer, cStatistic: model.concordance },
    },
  ];
}

function designNotes(plan: ModelPlan, multivariable: Regression | null): Part["notes"] {
  if (multivariable === null) return [];
  const notes: Part["notes"][number][] = [];
  const parameters = multivariable.effects.length;
  if (multivariable.events < 10 * parameters)
    notes.push({
      code: "events-per-parameter",
      severity: multivariable.events < 5 * parameters ? "serious" : "caution",
      where: plan.label,
      why: `${multivariable.events} events for ${parameters} parameters in the multivariable model.`,
      remedy: "Fewer covariates, chosen beforehand, or a penalised model.",
      reference: "Peduzzi 1995; Riley 2019",
    });
  if (multivariable.proportionalHazardsP !== null && multivariable.proportionalHazardsP < 0.05)
    notes.push({
      code: "non-proportional-hazards",
      severity: "caution",
      where: plan.label,
      why: `The global score test of proportional hazards gives p = ${multivariable.proportionalHazardsP.toPrecision(2)}.`,
      remedy: "Look at the Schoenfeld residuals; consider a time-varying effect or restricted mean survival.",
      reference: "Grambsch and Therneau 1994",
    });
  if (plan.selection.rule !== "all")
    notes.push({
      code: "selection-on-the-same-data",
      severity: "caution",
      where: plan.label,
      why: "The covariates were chosen on the data they are tested on, so p-values are too small and intervals too narrow.",
      remedy: "Name the covariates beforehand, or validate the whole recipe by resampling.",
      reference: "Harrell 2015, section 4.3",
    });
  return notes;
}
