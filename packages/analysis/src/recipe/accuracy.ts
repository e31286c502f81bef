import { concordance, subsetModels } from "@livermark/statistics";
import type { FrameOutcome } from "./frame.js";
import { logisticEngine } from "./logistic-engine.js";
import { riskOf } from "./recipe.js";

/** Area under the ROC curve of scores (higher = event), ties count half; null without both classes. */
export function areaOf(score: Float64Array, y: Float64Array): number | null {
  const rows: number[] = [];
  for (let i = 0; i < y.length; i++) if (!Number.isNaN(score[i])) rows.push(i);
  rows.sort((a, b) => (score[a] ?? 0) - (score[b] ?? 0));
  let cases = 0;
  let below = 0;
  let sum = 0;
  for (let i = 0; i < rows.length; ) {
    let j = i;
    let caseTies = 0;
    let controlTies = 0;
    const value = score[rows[i] ?? 0];
    for (; j < rows.length && score[rows[j] ?? 0] === value; j++) {
      if (y[rows[j] ?? 0] === 1) caseTies++;
      else controlTies++;
    }
    sum += caseTies * (below + controlTies / 2);
    below += controlTies;
    cases += caseTies;
    i = j;
  }
  return cases === 0 || below === 0 ? null : sum / (cases * below);
}

/** Names of the measures of a kind of model, in the order of `accuracyOf`. */
export const MEASURES: { readonly [kind in FrameOutcome["kind"]]: readonly string[] } = {
  logistic: ["auc", "brier", "slope", "intercept", "sensitivity", "specificity"],
  cox: ["c", "slope"],
};

const share = (hits: number, total: number): number => (total === 0 ? Number.NaN : hits / total);

/** Slope of the outcome on a linear predictor (and the intercept of a logistic one); NaN where the predictor is constant. */
function lineOf(lp: Float64Array, outcome: FrameOutcome): { readonly slope: number; readonly intercept: number } {
  const nothing = { slope: Number.NaN, intercept: Number.NaN };
  const known = lp.filter((value) => !Number.isNaN(value));
  if (known.every((value) => value === known[0])) return nothing;
  if (outcome.kind === "logistic") {
    const rows = Array.from(lp.keys()).filter((row) => !Number.isNaN(lp[row]));
    const events = rows.reduce((sum, row) => sum + (outcome.y[row] ?? 0), 0);
    if (events === 0 || events === rows.length) return nothing;
    const engine = logisticEngine(outcome.y, [{ kind: "numeric", name: "linear predictor", values: lp }], rows);
    const { coefficients } = engine.fit([0]);
    return { intercept: coefficients[0] ?? Number.NaN, slope: coefficients[1] ?? Number.NaN };
  }
  const models = subsetModels(
    {
      model: "cox",
      time: { name: "time", values: outcome.time },
      event: { name: "event", values: outcome.event },
      ties: outcome.ties,
    },
    [{ kind: "numeric", name: "linear predictor", values: lp }],
  );
  if (!models.ok) return nothing;
  const { coefficients } = models.value.fit([0]);
  return { intercept: Number.NaN, slope: coefficients[0] ?? Number.NaN };
}

/**
 * Performance of a linear predictor on an outcome, in the order of `MEASURES`; NaN where a measure has no value. For
 * logistic models area under the curve, Brier score, calibration slope and intercept, and at the risk cut sensitivity and
 * specificity; for Cox models Harrell's C and the calibration slope. A predictor that is the same for all has area 1/2.
 */
export function accuracyOf(lp: Float64Array, outcome: FrameOutcome, riskCut: number | null): readonly number[] {
  const { slope, intercept } = lineOf(lp, outcome);
  if (outcome.kind === "cox") {
    const c = concordance({ time: outcome.time, event: outcome.event, marker: lp }, { direction: "higher-risk" });
    return [c.ok && c.value.concordance !== null ? c.value.concordance : Number.NaN, slope];
  }
  const { y } = outcome;
  let n = 0;
  let brier = 0;
  let [tp, cases, tn, controls] = [0, 0, 0, 0];
  for (let i = 0; i < y.length; i++) {
    const own = lp[i] ?? Number.NaN;
    if (Number.isNaN(own)) continue;
    const risk = riskOf(own);
    n++;
    brier += (risk - (y[i] ?? 0)) ** 2;
    const high = riskCut !== null && risk >= riskCut;
    if (y[i] === 1) {
      cases++;
      if (high) tp++;
    } else {
      controls++;
      if (!high) tn++;
    }
  }
  const classified = riskCut !== null;
  return [
    areaOf(lp, y) ?? Number.NaN,
    share(brier, n),
    slope,
    intercept,
    classified ? share(tp, cases) : Number.NaN,
    classified ? share(tn, controls) : Number.NaN,
  ];
}
