import { decisionCurve, lowessCalibration, proportion } from "@livermark/statistics";
import type { Predicted } from "./accuracy.js";
import type { CalibrationFigure, DecisionCurveFigure } from "./figures.js";

/** Observed share in groups of equal size by predicted risk, and the lowess curve, as a calibration figure. */
export function calibrationFigure(
  id: string,
  title: string,
  label: string,
  { risk, y }: Predicted,
  measures: CalibrationFigure["measures"],
): CalibrationFigure {
  const order = risk.map((_, i) => i).sort((a, b) => (risk[a] ?? 0) - (risk[b] ?? 0));
  const distinct = new Set(risk).size;
  const groups = Math.max(2, Math.min(5, distinct, Math.floor(risk.length / 10)));
  const bins = Array.from({ length: groups }, (_, g) => {
    const rows = order.slice(Math.floor((g * order.length) / groups), Math.floor(((g + 1) * order.length) / groups));
    const events = rows.reduce((sum, row) => sum + (y[row] ?? 0), 0);
    const found = proportion(events, rows.length);
    return {
      predicted: rows.reduce((sum, row) => sum + (risk[row] ?? 0), 0) / rows.length,
      observed: events / rows.length,
      low: found.ok ? found.value.wilson.low : null,
      high: found.ok ? found.value.wilson.high : null,
      n: rows.length,
    };
  });
  const grid = Array.from({ length: 101 }, (_, k) => k / 100);
  const smooth = lowessCalibration(risk, y, grid);
  const points = smooth.ok
    ? smooth.value.grid.flatMap((x, k) => {
        const value = smooth.value.calibrated[k];
        return value === null || value === undefined ? [] : [{ x, y: Math.min(1, Math.max(0, value)) }];
      })
    : [];
  return {
    id,
    kind: "calibration",
    title,
    predictedLabel: "Predicted risk",
    observedLabel: "Observed share",
    curves: [
      {
        label,
        smooth: points.length < 2 ? null : { x: points.map((p) => p.x), y: points.map((p) => p.y) },
        bins,
        withEvent: risk.filter((_, i) => y[i] === 1),
        withoutEvent: risk.filter((_, i) => y[i] === 0),
      },
    ],
    measures,
  };
}

/** Net benefit of several risks against treating all and none. */
export function decisionFigure(
  id: string,
  title: string,
  models: readonly { readonly name: string; readonly values: readonly (number | null)[] }[],
  y: readonly (number | null)[],
  thresholds: readonly number[],
): DecisionCurveFigure | null {
  const found = decisionCurve(y, models, thresholds);
  return found.ok
    ? {
        id,
        kind: "decision-curve",
        title,
        thresholds: found.value.thresholds,
        curves: found.value.models.map((model) => ({ label: model.name, netBenefit: model.netBenefit })),
        treatAll: found.value.treatAll,
      }
    : null;
}
