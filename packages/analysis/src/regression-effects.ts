import { normalQuantile } from "@livermark/statistics";
import type { DataColumn } from "./dataset.js";
import type { Effect } from "./regression.js";

/** Diffusion coefficients lie near 0.001 mm²/s: a ratio per 1 mm²/s would be 0 or infinite. */
const stepOf = (column: DataColumn): number => (column.type === "number" && column.unit === "mm2/s" ? 0.001 : 1);

/** Step of every column by its name. */
export const stepsOf = (columns: readonly DataColumn[]): ReadonlyMap<string, number> =>
  new Map(columns.map((column) => [column.name, stepOf(column)]));

/** Ratio and Wald limits per step of a coefficient. */
export const ratios = (coefficient: number, standardError: number, per: number, level: number) => {
  const reach = normalQuantile((1 + level) / 2) * standardError;
  return {
    per,
    ratio: Math.exp(per * coefficient),
    low: Math.exp(per * (coefficient - reach)),
    high: Math.exp(per * (coefficient + reach)),
  };
};

/** What an effect without an estimate has instead of numbers. */
export const NO_ESTIMATE = {
  ratio: null,
  low: null,
  high: null,
  coefficient: null,
  standardError: null,
  p: null,
} as const satisfies Partial<Effect>;

/** A ratio whose interval has no finite end is not an estimate: the data do not bound it. */
export function bounded(effect: Effect): Effect {
  const { ratio, low, high } = effect;
  if (ratio === null || (Number.isFinite(ratio) && low !== null && high !== null && low > 0 && Number.isFinite(high)))
    return effect;
  return { ...effect, ...NO_ESTIMATE, why: "the data do not bound it: hardly any event on one side" };
}
