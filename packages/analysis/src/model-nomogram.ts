import { buildDesign, type ModelTerm, nomogram } from "@livermark/statistics";
import type { NomogramFigure } from "./figures.js";
import type { FittedModel } from "./fitted-model.js";
import type { ModelPlan } from "./model-recipe.js";
import { outcomeRows } from "./regression.js";
import { shownUnit, shownValue } from "./wording.js";

/**
 * A fitted model as a nomogram: points of every predictor, total points, and the outcome they stand for (`fun` of the
 * linear predictor). Null where the model has nothing to draw (constant predictors, a coefficient without estimate).
 */
export function nomogramFigure(
  plan: ModelPlan,
  model: FittedModel,
  outcomeLabel: string,
  fun: (lp: number) => number,
  constant = model.fit.intercept,
): NomogramFigure | null {
  const rows = outcomeRows(plan.outcome);
  const { effects } = model.multivariable;
  if (effects.some((effect) => effect.coefficient === null)) return null;
  const terms = model.chosen.map((column): ModelTerm => {
    if (column.type === "number")
      return { kind: "numeric", name: column.name, values: rows.map((row) => column.values[row] ?? null) };
    const own = effects.filter((effect) => effect.term === column.name);
    const levels = [own[0]?.reference ?? column.levels[0] ?? "", ...own.map((effect) => effect.level ?? "")];
    return {
      kind: "factor",
      name: column.name,
      values: rows.map((row) => {
        const value = column.values[row] ?? null;
        return value === null || !levels.includes(value) ? null : value;
      }),
      levels,
    };
  });
  const design = buildDesign([], terms);
  if (!design.ok) return null;
  const made = nomogram({
    terms,
    design: design.value,
    coefficients: effects.map((effect) => effect.coefficient ?? 0),
    constant,
    linearPredictor: model.lp.filter((value) => !Number.isNaN(value)),
    fun,
  });
  if (!made.ok) return null;
  const { axes, totalPointsAxis, functionAxis } = made.value;
  return {
    id: `figure.model.${plan.id}.nomogram`,
    kind: "nomogram",
    title: `${plan.label}: nomogram`,
    predictors: axes.map((axis) => {
      const column = model.chosen.find(({ name }) => name === axis.name);
      const unit = column?.type === "number" ? column.unit : "";
      return {
        label: column?.label ?? axis.name,
        unit: shownUnit(unit).label,
        ticks: axis.values.map((value, k) => ({
          label: typeof value === "number" ? shownValue(value, unit) : value,
          points: axis.points[k] ?? 0,
        })),
      };
    }),
    maximumPoints: 100,
    totalPoints: { low: Math.min(...totalPointsAxis), high: Math.max(...totalPointsAxis) },
    outcomes: [
      {
        label: `${plan.outcomeLabel}: ${outcomeLabel}`,
        ticks: functionAxis.values.map((value, k) => ({
          label: shownValue(value, ""),
          totalPoints: functionAxis.totalPoints[k] ?? 0,
        })),
      },
    ],
  };
}
