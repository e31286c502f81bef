import { type Issue, warningIssue } from "@livermark/core";
import { chiSquareUpperTail, cholesky, concordance, groupedKmCalibration, solveCholesky } from "@livermark/statistics";
import { z } from "zod";
import { cellLedger, estimateContent, pContent } from "./cell-ledger.js";
import type { CalibrationFigure } from "./figures.js";
import { riskColumn } from "./model-predictions.js";
import { type Part, part } from "./part.js";
import { layerOf, type PlanContext } from "./plan/step.js";
import { tableName } from "./recompute.js";
import { concordanceCases } from "./recompute-cases.js";
import type { Computation, ResultRow } from "./results.js";
import { type SurvivalData, survivalData } from "./survival-data.js";

/** What the comparison reads of a model's portable form. */
const fittedModel = z.object({
  id: z.string(),
  label: z.string(),
  outcome: z.string(),
  n: z.number(),
  events: z.number(),
  aic: z.number(),
  covariance: z.array(z.array(z.number())).nullable().optional(),
  terms: z.array(z.object({ term: z.string(), label: z.string(), coefficient: z.number().nullable() })),
});

type FittedModel = z.output<typeof fittedModel>;

/** Models of one outcome that stand side by side. */
export interface SurvivalModelsPlan {
  readonly id: string;
  readonly label: string;
  readonly models: readonly string[];
  /** Months at which predictions are set against Kaplan–Meier in groups. */
  readonly months: number;
}

const GROUPS = 4;
const Z = 1.959963984540054;

/** Wald statistic of all coefficients together; null where one has no estimate. */
function waldOf(model: FittedModel): { readonly chiSquare: number; readonly df: number; readonly p: number } | null {
  const { covariance } = model;
  const b = Float64Array.from(model.terms, ({ coefficient }) => coefficient ?? Number.NaN);
  if (covariance === null || covariance === undefined || b.length === 0 || covariance.length !== b.length) return null;
  if (b.some(Number.isNaN)) return null;
  const solved = solveCholesky(cholesky(Float64Array.from(covariance.flat()), b.length), b);
  const chiSquare = b.reduce((sum, value, i) => sum + value * (solved[i] ?? 0), 0);
  return { chiSquare, df: b.length, p: chiSquareUpperTail(chiSquare, b.length) };
}

interface Judged {
  readonly model: FittedModel;
  readonly survival: SurvivalData;
  readonly predictor: Float64Array;
  /** File of the data in the recomputation. */
  readonly file: string;
}

/** The models of the plan that were fitted, with their linear predictors. */
function judgedModels(
  context: PlanContext,
  plan: SurvivalModelsPlan,
): { readonly judged: readonly Judged[]; readonly issues: readonly Issue[] } {
  const issues: Issue[] = [];
  const fitted = new Map(
    context.before.models.flatMap((model) => {
      const parsed = fittedModel.safeParse(model);
      return parsed.success ? [[parsed.data.id, parsed.data] as const] : [];
    }),
  );
  const judged = plan.models.flatMap((id): readonly Judged[] => {
    const model = fitted.get(id);
    const layer = model === undefined ? undefined : layerOf(context.layers, model.outcome);
    const endpoint = layer?.endpoints.find(({ name }) => name === model?.outcome);
    const risk = layer?.data.columns.find(({ name }) => name === riskColumn(id));
    const survival = layer === undefined || endpoint === undefined ? null : survivalData(layer.data, endpoint);
    if (model === undefined || risk?.type !== "number" || survival === null || !survival.ok) {
      issues.push(
        warningIssue({
          code: "no-such-model",
          message: `${plan.label}: the model ${id} was not fitted, so it is not compared.`,
          got: id,
          wanted: [...fitted.keys()].join(", "),
          path: `plan.survival_models.${plan.id}`,
        }),
      );
      return [];
    }
    const predictor = Float64Array.from(survival.value.rows, (row) => risk.values[row] ?? Number.NaN);
    return [{ model, survival: survival.value, predictor, file: layer === undefined ? "" : tableName(layer.data) }];
  });
  return { judged, issues };
}

/** Everything that two fits of one model on the same rows have in common: selections that kept the same covariates. */
const sameModelKey = ({ n, events, aic, terms }: FittedModel): string =>
  JSON.stringify([n, events, aic, terms.map(({ label, coefficient }) => [label, coefficient])]);

/**
 * Several Cox models of one outcome side by side: covariates kept, Wald test of the model, Harrell's C with its interval,
 * AIC, and calibration of predicted survival against Kaplan–Meier in quarters of the prediction. All of it apparent, on
 * the rows that the models were fitted on. AIC compares models of the same rows only, which is said where they differ.
 * A model that selection made equal to one above it names that one instead of repeating its numbers.
 */
export function survivalModelsPart(context: PlanContext, plan: SurvivalModelsPlan): Part {
  const { judged, issues } = judgedModels(context, plan);
  if (judged.length === 0) return part({ issues });
  const ledger = cellLedger("survival-models", "1", []);
  const curves: CalibrationFigure["curves"][number][] = [];
  const printed = new Map<string, string>();
  const computations: Computation[] = [];
  const rows = judged.map(({ model, survival, predictor, file }): ResultRow => {
    const equal = printed.get(sameModelKey(model));
    if (equal !== undefined)
      return { label: model.label, cells: { kept: { id: null, kind: "text", text: `the same model as ${equal}` } } };
    printed.set(sameModelKey(model), model.label);
    const id = (what: string): string => `survival-models.${plan.id}.${model.id}.${what}`;
    const inputs = [{ kind: "result" as const, id: `model.${model.id}` }];
    const followUp = { time: survival.months, event: survival.event };
    const c = concordance({ ...followUp, marker: predictor }, { direction: "higher-risk" });
    if (c.ok)
      computations.push(...concordanceCases(id("concordance"), { data: file }, survival.endpoint, model.id, c.value));
    const wald = waldOf(model);
    // A refit of the linear predictor alone has slope 1: these are the model's own predictions.
    const groups = groupedKmCalibration(followUp, [{ kind: "numeric", name: "linear predictor", values: predictor }], {
      at: plan.months,
      groups: GROUPS,
    });
    const bins = groups.ok
      ? groups.value.groups.map(({ meanPredicted, survival: observed, standardErrorLog, n }) => ({
          predicted: meanPredicted,
          observed,
          low: standardErrorLog === null ? null : observed * Math.exp(-Z * standardErrorLog),
          high: standardErrorLog === null ? null : Math.min(1, observed * Math.exp(Z * standardErrorLog)),
          n,
        }))
      : [];
    if (bins.length > 0) curves.push({ label: model.label, smooth: null, bins, withEvent: [], withoutEvent: [] });
    const error = bins.reduce((most, bin) => Math.max(most, Math.abs(bin.predicted - bin.observed)), 0);
    return {
      label: model.label,
      cells: {
        n: ledger.issued(id("n"), { kind: "share", n: model.events, total: model.n }, {}, inputs),
        kept: { id: null, kind: "text", text: [...new Set(model.terms.map(({ label }) => label))].join(", ") },
        wald: ledger.issued(
          id("wald"),
          wald === null
            ? { kind: "not-estimable", why: "a coefficient has no estimate" }
            : { kind: "number", value: wald.chiSquare, unit: "", decimals: 1 },
          wald === null ? {} : { df: wald.df },
          inputs,
        ),
        p: ledger.issued(id("wald-p"), pContent(wald?.p ?? null), {}, inputs),
        c: ledger.issued(
          id("concordance"),
          estimateContent(
            c.ok
              ? { value: c.value.concordance, low: c.value.lower, high: c.value.upper }
              : { value: null, low: null, high: null },
            { decimals: 3 },
          ),
          { measure: "Harrell", interval: "infinitesimal jackknife" },
          inputs,
        ),
        aic: ledger.issued(id("aic"), { kind: "number", value: model.aic, unit: "", decimals: 1 }, {}, inputs),
        calibration: ledger.issued(
          id("calibration-error"),
          bins.length === 0
            ? { kind: "not-estimable", why: "too few groups of predictions" }
            : { kind: "number", value: 100 * error, unit: "%", decimals: 1 },
          { months: plan.months, groups: GROUPS },
          inputs,
        ),
      },
    };
  });
  const sizes = new Set(judged.map(({ model }) => `${model.n}/${model.events}`));
  const figure: CalibrationFigure = {
    id: `figure.survival-models.${plan.id}`,
    kind: "calibration",
    title: `${plan.label}: calibration at ${plan.months} months`,
    predictedLabel: `Predicted survival at ${plan.months} months`,
    observedLabel: "Observed survival (Kaplan–Meier)",
    curves,
    measures: [],
  };
  const drawn = curves.length > 0;
  return part({
    tables: [
      {
        id: `survival-models.${plan.id}`,
        title: plan.label,
        columns: [
          { key: "n", label: "Events, n (%)" },
          { key: "kept", label: "Covariates kept" },
          { key: "wald", label: "Wald χ²" },
          { key: "p", label: "p" },
          { key: "c", label: "Harrell's C (95 % CI)" },
          { key: "aic", label: "AIC" },
          { key: "calibration", label: `Largest calibration error at ${plan.months} months` },
        ],
        rows,
        footnotes: [
          "Apparent performance in the data that the models were fitted on. Calibration: predicted survival against Kaplan–Meier in quarters of the prediction.",
          ...(sizes.size > 1
            ? ["The models were not fitted on the same patients, so their AIC values do not compare."]
            : []),
        ],
      },
    ],
    figures: drawn ? [figure] : [],
    computations,
    issues,
    passports: [
      ...ledger.passports,
      ...(drawn
        ? [
            {
              id: figure.id,
              function: "survival-models",
              version: "1",
              inputs: judged.map(({ model }) => ({ kind: "result" as const, id: `model.${model.id}` })),
              parameters: { months: plan.months, groups: GROUPS },
            },
          ]
        : []),
    ],
    methods: [
      "Models of one outcome were compared by the Wald test, Harrell's C, the Akaike information criterion and calibration in quarters of the prediction.",
    ],
  });
}
