import type { Json } from "@livermark/core";
import {
  concordance,
  decisionCurveSurvival,
  kaplanMeier,
  lowess,
  survivalAt,
  survivalBrier,
  timeDependentRoc,
} from "@livermark/statistics";
import type { Dataset } from "./dataset.js";
import type { CalibrationFigure, DecisionCurveFigure, ResidualFigure, ResultFigure } from "./figures.js";
import type { FittedModel, Issuer } from "./fitted-model.js";
import { nomogramFigure } from "./model-nomogram.js";
import type { ModelPlan } from "./model-recipe.js";
import { stepLabel } from "./model-table.js";
import { type Part, part } from "./part.js";
import { monthsColumn, tableName } from "./recompute.js";
import { concordanceCases } from "./recompute-cases.js";
import type { Outcome } from "./regression.js";
import type { CellContent, Computation, ResultRow, ResultTable } from "./results.js";

type Survival = Extract<Outcome, { kind: "cox" }>["survival"];

/** Cumulative baseline hazard by a time. */
function hazardBy(model: FittedModel, months: number): number | null {
  const [baseline, ...more] = model.multivariable.hazards?.baseline ?? [];
  if (baseline === undefined || more.length > 0) return null;
  let hazard = 0;
  baseline.time.forEach((time, k) => {
    if (time <= months) hazard = baseline.cumulativeHazard[k] ?? hazard;
  });
  return hazard;
}

/** Scaled Schoenfeld residuals over time, one panel for each coefficient, with a lowess line. */
function schoenfeldFigure(plan: ModelPlan, model: FittedModel, issuer: Issuer): ResidualFigure | null {
  const { hazards, effects } = model.multivariable;
  if (hazards === null || hazards.schoenfeld.length === 0) return null;
  const panels = hazards.schoenfeld.flatMap(({ effect, time, value }) => {
    const own = effects[effect];
    if (own === undefined || time.length < 4) return [];
    const column = model.chosen.find(({ name }) => name === own.term);
    const label = column?.type === "number" && own.per !== 1 ? stepLabel(column) : (column?.label ?? own.term);
    // In the step that the ratio speaks of, as the table prints it.
    const residual = value.map((one) => one * own.per);
    const smooth = lowess(Float64Array.from(time), Float64Array.from(residual));
    const p = hazards.proportionality.find(({ term }) => term === own.term)?.p ?? null;
    return [
      {
        term: own.level === null ? label : `${label}: ${own.level}`,
        x: time,
        residual,
        smooth: { x: [...smooth.x], y: [...smooth.y] },
        p,
        id: p === null ? null : issuer.id(`proportionality.${own.term}`),
      },
    ];
  });
  return panels.length === 0
    ? null
    : {
        id: issuer.name(`figure.model.${plan.id}.schoenfeld`),
        kind: "residuals",
        title: `${plan.label}: proportional hazards`,
        xLabel: "Months",
        residualLabel: "β(t) (scaled Schoenfeld residual)",
        panels,
      };
}

interface AtHorizon {
  readonly rows: readonly ResultRow[];
  readonly figures: readonly ResultFigure[];
  readonly computations: readonly Computation[];
}

/** Predicted survival at a time against what was seen: calibration in groups, time-dependent AUC, Brier, net benefit. */
function atHorizon(
  data: Dataset,
  plan: ModelPlan,
  survival: Survival,
  model: FittedModel,
  months: number,
  issuer: Issuer,
): AtHorizon {
  const hazard = hazardBy(model, months);
  if (hazard === null) return { rows: [], figures: [], computations: [] };
  const known = [...model.lp.keys()].filter((i) => !Number.isNaN(model.lp[i]));
  const time = known.map((i) => survival.months[i] ?? 0);
  const event = known.map((i) => survival.event[i] ?? 0);
  const risk = known.map((i) => 1 - Math.exp(-hazard * Math.exp(model.lp[i] ?? 0)));
  const rows: ResultRow[] = [];
  const facts = { months };
  const add = (label: string, what: string, content: CellContent): void => {
    rows.push({ label, cells: { value: issuer.cell(what, content, facts) } });
  };
  const auc = timeDependentRoc({ time, event, marker: risk }, { times: [months], level: plan.level });
  const point = auc.ok ? auc.value.points[0] : undefined;
  if (point !== undefined && point.auc !== null)
    add(`AUC at ${months} months`, "auc-at-horizon", {
      kind: "estimate",
      value: point.auc,
      low: point.lower,
      high: point.upper,
      level: plan.level,
      decimals: 3,
      unit: "",
    });
  const brier = survivalBrier({ time, event, survival: risk.map((value) => 1 - value) }, months);
  if (brier.ok)
    add(`Brier score at ${months} months`, "brier-at-horizon", {
      kind: "number",
      value: brier.value.brier,
      unit: "",
      decimals: 3,
    });
  const order = risk.map((_, i) => i).sort((a, b) => (risk[a] ?? 0) - (risk[b] ?? 0));
  const groups = Math.max(2, Math.min(4, new Set(risk).size, Math.floor(risk.length / 15)));
  const bins = Array.from({ length: groups }, (_, g) =>
    order.slice(Math.floor((g * order.length) / groups), Math.floor(((g + 1) * order.length) / groups)),
  ).flatMap((own) => {
    const km = kaplanMeier({ time: own.map((i) => time[i] ?? 0), event: own.map((i) => event[i] ?? 0) });
    const at = km.ok ? survivalAt(km.value, [months])[0] : undefined;
    return at === undefined || at.beyondFollowUp
      ? []
      : [
          {
            predicted: own.reduce((sum, i) => sum + (risk[i] ?? 0), 0) / own.length,
            observed: 1 - at.survival,
            low: at.upper === null ? null : 1 - at.upper,
            high: at.lower === null ? null : 1 - at.lower,
            n: own.length,
          },
        ];
  });
  const calibration: CalibrationFigure = {
    id: issuer.name(`figure.model.${plan.id}.calibration`, facts),
    kind: "calibration",
    title: `${plan.label}: calibration at ${months} months (apparent)`,
    predictedLabel: `Predicted risk by ${months} months`,
    observedLabel: "Observed (Kaplan–Meier)",
    curves: [
      {
        label: plan.label,
        smooth: null,
        bins,
        withEvent: risk.filter((_, i) => event[i] === 1 && (time[i] ?? 0) <= months),
        withoutEvent: risk.filter((_, i) => (time[i] ?? 0) > months),
      },
    ],
    measures: [],
  };
  const net = decisionCurveSurvival({ time, event }, risk, months, plan.thresholds);
  const figures: ResultFigure[] = [calibration];
  const computations: Computation[] = [];
  if (net.ok) {
    const decision: DecisionCurveFigure = {
      id: issuer.name(`figure.model.${plan.id}.decision-curve`, facts),
      kind: "decision-curve",
      title: `${plan.label}: decision curve at ${months} months (apparent)`,
      thresholds: net.value.thresholds,
      curves: [{ label: plan.label, netBenefit: net.value.netBenefit }],
      treatAll: net.value.treatAll,
    };
    figures.push(decision);
    const { endpoint } = survival;
    computations.push({
      id: decision.id,
      method: "survivalDecisionCurve",
      data: tableName(data),
      spec: {
        time: monthsColumn(endpoint),
        event: endpoint.event,
        x: `risk:${plan.id}`,
        hazard,
        at: months,
        thresholds: [...net.value.thresholds],
      },
      answer: { netBenefit: [...net.value.netBenefit], treatAll: [...net.value.treatAll] },
    });
  }
  const nomogram = nomogramFigure(
    plan,
    model,
    `survival at ${months} months`,
    (lp) => Math.exp(-hazard * Math.exp(lp)),
    0,
  );
  if (nomogram !== null) {
    issuer.name(nomogram.id, facts);
    figures.push(nomogram);
  }
  return { rows, figures, computations };
}

/** Apparent performance of a Cox model: Harrell's C, AIC, Wald, proportional hazards by covariate, and at the horizon. */
export function coxPerformance(
  data: Dataset,
  plan: ModelPlan,
  outcome: Extract<Outcome, { kind: "cox" }>,
  model: FittedModel,
  issuer: Issuer,
): { readonly part: Part; readonly facts: Json } {
  const { multivariable } = model;
  const known = [...model.lp.keys()].filter((i) => !Number.isNaN(model.lp[i]));
  const c = concordance(
    {
      time: known.map((i) => outcome.survival.months[i] ?? 0),
      event: known.map((i) => outcome.survival.event[i] ?? 0),
      marker: known.map((i) => model.lp[i] ?? 0),
    },
    { direction: "higher-risk", level: plan.level },
  );
  const rows: ResultRow[] = [];
  const add = (label: string, what: string, content: CellContent): void => {
    rows.push({ label, cells: { value: issuer.cell(what, content) } });
  };
  const rowsName = outcome.cluster === null ? "Patients with the event, n (%)" : "Treatments with the event, n (%)";
  add(rowsName, "performance.n", { kind: "share", n: multivariable.events, total: multivariable.n });
  if (c.ok && c.value.concordance !== null)
    add("Harrell's C", "c", {
      kind: "estimate",
      value: c.value.concordance,
      low: c.value.lower,
      high: c.value.upper,
      level: plan.level,
      decimals: 3,
      unit: "",
    });
  add("AIC", "aic", { kind: "number", value: multivariable.aic, unit: "", decimals: 1 });
  if (multivariable.wald !== null) {
    add(`Wald χ² (${multivariable.wald.df} df)`, "wald", {
      kind: "number",
      value: multivariable.wald.chiSquare,
      unit: "",
      decimals: 2,
    });
    add("p of the Wald test", "wald-p", { kind: "p", value: multivariable.wald.p });
  }
  if (multivariable.proportionalHazardsP !== null)
    add("Proportional hazards, whole model (p)", "proportionality", {
      kind: "p",
      value: multivariable.proportionalHazardsP,
    });
  for (const { term, p } of multivariable.hazards?.proportionality ?? [])
    rows.push({
      label: model.chosen.find(({ name }) => name === term)?.label ?? term,
      indent: 1,
      cells: { value: issuer.cell(`proportionality.${term}`, { kind: "p", value: p }) },
    });
  const horizon =
    plan.horizon === null
      ? { rows: [], figures: [], computations: [] }
      : atHorizon(data, plan, outcome.survival, model, plan.horizon, issuer);
  const residuals = schoenfeldFigure(plan, model, issuer);
  const table: ResultTable = {
    id: `model.${plan.id}.performance`,
    title: `${plan.label}: apparent performance and checks`,
    columns: [{ key: "value", label: `Estimate (${Math.round(100 * plan.level)} % CI)` }],
    rows: [...rows, ...horizon.rows],
    footnotes: [
      "Measured in the data that made the model, hence too good. C with the infinitesimal jackknife.",
      "Proportional hazards: score test of a change of the effect over time (Grambsch and Therneau 1994).",
    ],
  };
  return {
    facts: {
      n: multivariable.n,
      c: c.ok ? c.value.concordance : null,
      cLow: c.ok ? c.value.lower : null,
      cHigh: c.ok ? c.value.upper : null,
      aic: multivariable.aic,
      proportionalHazardsP: multivariable.proportionalHazardsP,
    },
    part: part({
      tables: [table],
      figures: [...horizon.figures, ...(residuals === null ? [] : [residuals])],
      computations: [
        ...(c.ok
          ? concordanceCases(issuer.id("c"), { data: tableName(data) }, outcome.survival.endpoint, plan.id, c.value)
          : []),
        ...horizon.computations,
      ],
    }),
  };
}
