import type { Json } from "@livermark/core";
import { columnOf, type Dataset } from "./dataset.js";
import { type FittedModel, type Issuer, issuerOf } from "./fitted-model.js";
import { coxPerformance } from "./model-performance-cox.js";
import { logisticPerformance } from "./model-performance-logistic.js";
import { clustersOf, type ModelPlan } from "./model-recipe.js";
import { joinParts, type Part, part } from "./part.js";
import type { Layer } from "./plan/step.js";
import type { CorrectedMeasure, RecipeOptimism } from "./recipe/optimism.js";
import { recipeOptimism } from "./recipe/optimism.js";
import type { Cell, CellContent, ResultRow, ResultTable } from "./results.js";

const WORDS: Readonly<Record<string, string>> = {
  auc: "Area under the ROC curve",
  c: "Harrell's C",
  brier: "Brier score",
  slope: "Calibration slope",
  intercept: "Calibration intercept",
  sensitivity: "Sensitivity at the risk cut",
  specificity: "Specificity at the risk cut",
};

/** Shares of patients, printed in percent as everywhere else. */
const PERCENTAGES: ReadonlySet<string> = new Set(["sensitivity", "specificity"]);

const number = (value: number | null, share: boolean, why: string): CellContent =>
  value === null
    ? { kind: "not-estimable", why }
    : share
      ? { kind: "number", value: 100 * value, unit: "%", decimals: 1 }
      : { kind: "number", value, unit: "", decimals: 3 };

/** Apparent performance beside its corrections, one row for each measure. */
function correctedTable(plan: ModelPlan, found: RecipeOptimism, issuer: Issuer): ResultTable {
  const facts = { replicates: found.replicates, failed: found.failed, method: found.method };
  const cell = (measure: CorrectedMeasure, what: string, value: number | null): Cell =>
    issuer.cell(
      `${measure.measure}.${what}`,
      number(value, PERCENTAGES.has(measure.measure), "no resample gave a value"),
      facts,
      found.seed,
    );
  const known = found.measures.filter((measure) => measure.apparent !== null || measure.outOfBag !== null);
  const shares = known.some(({ measure }) => PERCENTAGES.has(measure));
  return {
    id: `model.${plan.id}.corrected`,
    title: `${plan.label}: performance corrected for optimism`,
    columns: [
      { key: "apparent", label: "Apparent" },
      { key: "corrected", label: "Corrected (.632+)", group: "Whole recipe repeated" },
      { key: "out", label: "Left out", group: "Whole recipe repeated" },
      { key: "optimism", label: "Optimism", group: "Whole recipe repeated" },
      { key: "harrell", label: "Apparent − optimism", group: "Whole recipe repeated" },
    ],
    rows: known.map(
      (measure): ResultRow => ({
        label: WORDS[measure.measure] ?? measure.measure,
        cells: {
          apparent: cell(measure, "apparent", measure.apparent),
          ...(measure.plus632 === null ? {} : { corrected: cell(measure, "corrected", measure.plus632) }),
          out: cell(measure, "out-of-bag", measure.outOfBag),
          optimism: cell(measure, "optimism", measure.optimism),
          harrell: cell(measure, "harrell", measure.harrell),
        },
      }),
    ),
    footnotes: [
      `${found.replicates} bootstrap resamples${plan.outcome.cluster === null ? "" : " of whole patients"}; in each the whole recipe was repeated${found.failed === 0 ? "" : `, and failed in ${found.failed}`}.`,
      "Left out: mean over the data that each resample left out. .632+ weighs it with the apparent value by the degree of overfitting (Efron and Tibshirani 1997).",
      "Apparent − optimism (Harrell, Lee and Mark 1996) stays too high where covariates or cut-offs are chosen on the data; it is shown because it is often printed.",
      ...(shares ? ["Optimism of a sensitivity or specificity is in percentage points."] : []),
    ],
  };
}

function stabilityTable(
  data: Dataset,
  plan: ModelPlan,
  found: RecipeOptimism,
  chosen: readonly string[],
  issuer: Issuer,
): ResultTable | null {
  if (plan.rules.every((rule) => rule.rule === "all")) return null;
  const order = [...found.inclusion].sort((a, b) => b.share - a.share).slice(0, 20);
  return {
    id: `model.${plan.id}.stability`,
    title: `${plan.label}: how often each covariate was chosen`,
    columns: [
      { key: "share", label: "Chosen in resamples" },
      { key: "here", label: "In the model" },
    ],
    rows: order.map((one): ResultRow => {
      const column = columnOf(data, one.name);
      return {
        label: column.ok ? column.value.label : one.name,
        cells: {
          share: issuer.cell(
            `stability.${one.name}`,
            { kind: "number", value: 100 * one.share, unit: "%", decimals: 0 },
            { replicates: found.replicates },
            found.seed,
          ),
          here: { id: null, kind: "text", text: chosen.includes(one.name) ? "yes" : "no" },
        },
      };
    }),
    footnotes:
      order.length < plan.covariates.length
        ? [`Of ${plan.covariates.length} candidates the ${order.length} chosen most often.`]
        : [],
  };
}

/**
 * How well a model does: apparent performance with figures (by kind of model), and where the plan asks for it the whole
 * recipe repeated in resamples. `facts` go into the portable model.
 */
export function modelPerformance(
  layer: Layer,
  plan: ModelPlan,
  model: FittedModel,
): { readonly part: Part; readonly facts: Json } {
  const issuer = issuerOf(layer.data, plan, model.chosen);
  const own =
    plan.outcome.kind === "logistic"
      ? logisticPerformance(layer.data, plan, model, issuer)
      : coxPerformance(layer.data, plan, plan.outcome, model, issuer);
  const repeated =
    plan.replicates === 0
      ? null
      : recipeOptimism(model.frame, model.recipe, {
          ...plan.running,
          seed: plan.seed,
          replicates: plan.replicates,
          clusters: clustersOf(plan),
        });
  const found = repeated?.ok === true ? repeated.value : null;
  const corrected = found === null ? [] : [correctedTable(plan, found, issuer)];
  const stability = found === null ? null : stabilityTable(layer.data, plan, found, model.fit.chosen, issuer);
  return {
    facts: {
      apparent: own.facts,
      corrected:
        found === null
          ? null
          : {
              method: found.method,
              replicates: found.replicates,
              failed: found.failed,
              seed: found.seed,
              measures: found.measures.map((measure) => ({ ...measure })),
            },
    },
    part: joinParts([
      own.part,
      part({
        tables: [...corrected, ...(stability === null ? [] : [stability])],
        passports: issuer.passports,
        issues:
          repeated !== null && !repeated.ok
            ? repeated.issues.map((issue) => ({
                ...issue,
                severity: "warning" as const,
                message: `${plan.label}, repeated recipe: ${issue.message}`,
              }))
            : [],
        methods:
          found === null
            ? []
            : [
                `The performance of the model “${plan.label}” was corrected for optimism by repeating its whole recipe (imputation, cut-offs, screening, selection, risk cut) in ${found.replicates} bootstrap resamples (.632+; seed ${found.seed}).`,
              ],
      }),
    ]),
  };
}
