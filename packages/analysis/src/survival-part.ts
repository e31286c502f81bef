import { type Issue, type Json, locate, type Passport, warningIssue } from "@livermark/core";
import {
  coxRegression,
  type KaplanMeier,
  kaplanMeier,
  logRank,
  type SurvivalQuantile,
  spssMedian,
  survivalAt,
  survivalQuantile,
} from "@livermark/statistics";
import { columnId, columnOf, type Dataset } from "./dataset.js";
import type { KaplanMeierFigure, KaplanMeierGroup } from "./figures.js";
import { type Part, part } from "./part.js";
import { monthsColumn, tableName } from "./recompute.js";
import { curveCase, groupRatioCase } from "./recompute-cases.js";
import type { Cell, CellContent, Computation, ResultRow } from "./results.js";
import { type EndpointColumns, groupsOf, type SurvivalData, survivalData } from "./survival-data.js";
import { inSentence } from "./wording.js";

/** How survival is described; every choice is printed. */
export interface SurvivalConventions {
  readonly intervalType: "log" | "log-log" | "plain";
  /** `r`: flat stretch of S = 0.5 gives its midpoint, limits by inversion; `spss`: first time, symmetric limits. */
  readonly medianRule: "r" | "spss";
  readonly ties: "efron" | "breslow";
  readonly level: number;
}

export interface SurvivalPlan {
  readonly endpoints: readonly EndpointColumns[];
  /** Which category column divides the rows for which endpoint. */
  readonly comparisons: readonly { readonly endpoint: string; readonly by: string }[];
  /** Months at which survival is printed. */
  readonly landmarkMonths: readonly number[];
  readonly conventions: SurvivalConventions;
}

const KM_VERSION = "1";
const TIME_DECIMALS = 1;

interface Curve {
  readonly key: string;
  readonly label: string;
  readonly data: SurvivalData;
  readonly km: KaplanMeier;
}

const medianOf = (
  km: KaplanMeier,
  rule: SurvivalConventions["medianRule"],
): Pick<SurvivalQuantile, "value" | "lower" | "upper"> =>
  rule === "spss" ? spssMedian(km) : survivalQuantile(km, 0.5);

/** The median of a curve as a cell, by the rule of the conventions. */
export function medianContent(km: KaplanMeier, conventions: SurvivalConventions): CellContent {
  const { value, lower, upper } = medianOf(km, conventions.medianRule);
  if (value !== null && lower === null && upper === null && conventions.medianRule === "spss")
    return { kind: "number", value, unit: "months", decimals: TIME_DECIMALS };
  return value === null
    ? { kind: "not-reached", low: lower, high: upper, decimals: TIME_DECIMALS }
    : {
        kind: "estimate",
        value,
        low: lower,
        high: upper,
        level: conventions.level,
        decimals: TIME_DECIMALS,
        unit: "months",
      };
}

/** Times under the axis: at most eight round steps over the follow-up. */
export function riskTimes(lastMonth: number): readonly number[] {
  const step =
    [1, 2, 3, 6, 12, 24, 36, 60, 120].find((candidate) => lastMonth / candidate <= 8) ?? Math.ceil(lastMonth / 8);
  return Array.from({ length: Math.floor(lastMonth / step) + 1 }, (_, i) => i * step);
}

/** How many had the event (1), or were censored (0), up to and including each time. */
const untilTimes = (data: SurvivalData, times: readonly number[], event: 0 | 1): readonly number[] =>
  times.map((time) => data.months.filter((month, i) => data.event[i] === event && month <= time + 1e-9).length);

function figureGroup(curve: Curve, times: readonly number[], conventions: SurvivalConventions): KaplanMeierGroup {
  const { km, data } = curve;
  const median = medianOf(km, conventions.medianRule);
  return {
    label: curve.label,
    n: km.n,
    events: km.events,
    time: [...km.time],
    survival: [...km.survival],
    low: [...km.lower],
    high: [...km.upper],
    censored: data.months.filter((_, i) => data.event[i] === 0).sort((a, b) => a - b),
    atRisk: times.map((time) => data.months.filter((month) => month >= time - 1e-9).length),
    eventsBy: untilTimes(data, times, 1),
    censoredBy: untilTimes(data, times, 0),
    median: { value: median.value, low: median.lower, high: median.upper },
  };
}

/** Everything about one endpoint in one division of the rows (`all` or a grouping). */
function describeEndpoint(data: Dataset, endpoint: EndpointColumns, grouping: string | null, plan: SurvivalPlan): Part {
  const { conventions } = plan;
  const issues: Issue[] = [];
  const divided = grouping === null ? null : groupsOf(data, grouping);
  if (divided !== null && !divided.ok) return part({ issues: divided.issues });
  const divisions =
    divided === null
      ? [{ key: "all", label: "All", rows: data.rows.map((_, row) => row) }]
      : divided.value.groups.map((group) => ({ key: `${grouping}.${group.label}`, ...group }));
  const curves: Curve[] = [];
  for (const division of divisions) {
    const survival = survivalData(data, endpoint, division.rows);
    const km = survival.ok
      ? kaplanMeier(
          { time: survival.value.months, event: survival.value.event },
          { intervalType: conventions.intervalType, level: conventions.level },
        )
      : survival;
    for (const issue of km.issues) issues.push({ ...locate(issue, {}), severity: "warning" });
    if (survival.ok && km.ok)
      curves.push({ key: division.key, label: division.label, data: survival.value, km: km.value });
  }
  if (curves.length === 0) return part({ issues });

  const base = `survival.${endpoint.name}`;
  const inputs: Passport["inputs"] = [endpoint.time, endpoint.event, ...(grouping === null ? [] : [grouping])].flatMap(
    (name) => {
      const column = columnOf(data, name);
      return column.ok ? [{ kind: "result" as const, id: columnId(data, column.value) }] : [];
    },
  );
  const passports: Passport[] = [];
  const issued = (id: string, what: string, parameters: { readonly [name: string]: Json }): string => {
    passports.push({
      id,
      function: what,
      version: KM_VERSION,
      inputs,
      parameters: { endpoint: endpoint.name, ...parameters },
    });
    return id;
  };

  let comparison: KaplanMeierFigure["comparison"] = null;
  let pCell: Cell | null = null;
  if (grouping !== null && curves.length > 1) {
    const time = curves.flatMap((curve) => [...curve.data.months]);
    const event = curves.flatMap((curve) => [...curve.data.event]);
    const group = curves.flatMap((curve) => curve.data.months.map(() => curve.label));
    const id = `${base}.${grouping}.log-rank`;
    const test = logRank({ time, event, group }, { levels: curves.map((curve) => curve.label) });
    if (test.ok && test.value.test !== null) {
      issued(id, "log-rank", { df: test.value.test.df, chiSquare: test.value.test.chiSquare });
      comparison = { method: "log-rank", p: test.value.test.p, id };
      pCell = { id, kind: "p", value: test.value.test.p };
    } else {
      pCell = { id: null, kind: "not-estimable", why: "no event separates the groups" };
      for (const issue of test.issues) issues.push({ ...issue, severity: "warning" });
    }
  }

  const rows = curves.map((curve): ResultRow => {
    const id = (what: string): string => `${base}.${curve.key}.${what}`;
    const facts = { group: curve.label, intervalType: conventions.intervalType, level: conventions.level };
    const at = survivalAt(curve.km, plan.landmarkMonths);
    const landmarks = at.map((point): [string, Cell] => {
      const cellId = id(`at-${point.time}-months`);
      if (point.beyondFollowUp)
        return [`at-${point.time}`, { id: null, kind: "not-estimable", why: "beyond follow-up" }];
      issued(cellId, "kaplan-meier.survival", { ...facts, months: point.time });
      return [
        `at-${point.time}`,
        {
          id: cellId,
          kind: "estimate",
          value: 100 * point.survival,
          low: point.lower === null ? null : 100 * point.lower,
          high: point.upper === null ? null : 100 * point.upper,
          level: conventions.level,
          decimals: 1,
          unit: "%",
        },
      ];
    });
    const cells: { [key: string]: Cell } = {
      n: { id: issued(id("n"), "count", facts), kind: "count", n: curve.km.n },
      events: { id: issued(id("events"), "count", facts), kind: "count", n: curve.km.events },
      median: {
        id: issued(id("median"), "kaplan-meier.median", { ...facts, rule: conventions.medianRule }),
        ...medianContent(curve.km, conventions),
      },
      ...Object.fromEntries(landmarks),
    };
    return { label: curve.label, ...(grouping === null ? {} : { indent: 1 as const }), cells };
  });

  const last = Math.max(...curves.flatMap((curve) => [...curve.data.months]));
  const times = riskTimes(last);
  const groupLabel = divided === null ? null : divided.value.column.label;
  const figure: KaplanMeierFigure = {
    id: `figure.${base}.${grouping ?? "all"}`,
    kind: "kaplan-meier",
    title: groupLabel === null ? endpoint.label : `${endpoint.label} by ${inSentence(groupLabel)}`,
    timeLabel: "Months",
    survivalLabel: endpoint.label,
    timeUnit: "months",
    groups: curves.map((curve) => figureGroup(curve, times, conventions)),
    riskTimes: times,
    intervalType: conventions.intervalType,
    comparison,
    hazardRatio: ratioOf(curves, conventions, (parameters) =>
      issued(`${base}.${grouping ?? "all"}.hazard-ratio`, "cox-regression", parameters),
    ),
  };
  issued(figure.id, "kaplan-meier", { intervalType: conventions.intervalType, level: conventions.level });
  const heading: ResultRow[] =
    groupLabel === null ? [] : [{ label: groupLabel, cells: pCell === null ? {} : { p: pCell } }];
  const missing = curves.reduce((sum, curve) => sum + curve.data.missing, 0);
  if (grouping === null && missing > 0)
    issues.push(
      warningIssue({
        code: "survival-missing",
        message: `${missing} ${data.unit}${missing === 1 ? "" : "s"} without ${endpoint.name} could not be analysed.`,
        got: missing,
      }),
    );
  return part({
    tables: [{ id: base, title: endpoint.label, columns: [], rows: [...heading, ...rows], footnotes: [] }],
    figures: [figure],
    issues,
    passports,
    computations: computationsOf(data, endpoint, grouping, plan, curves, figure),
  });
}

/** Hazard ratio of the second of two groups against the first, for the figure; none where it cannot be estimated. */
function ratioOf(
  curves: readonly Curve[],
  { ties, level }: SurvivalConventions,
  issued: (parameters: { readonly [name: string]: Json }) => string,
): KaplanMeierFigure["hazardRatio"] {
  const [reference, other] = curves;
  if (reference === undefined || other === undefined || curves.length > 2) return null;
  const model = coxRegression(
    {
      time: curves.flatMap((curve) => [...curve.data.months]),
      event: curves.flatMap((curve) => [...curve.data.event]),
      covariates: [{ name: other.label, values: curves.flatMap((curve, i) => curve.data.months.map(() => i)) }],
    },
    { ties, level, concordance: false },
  );
  const effect = model.ok ? model.value.coefficients[0] : undefined;
  if (effect === undefined || effect.hazardRatio === null || effect.lower === null || effect.upper === null)
    return null;
  const contrast = `${other.label} vs ${reference.label}`;
  return {
    value: effect.hazardRatio,
    low: effect.lower,
    high: effect.upper,
    contrast,
    id: issued({ ties, level, contrast }),
  };
}

/** The same numbers as cases of `livermark stat`, for `recompute.R`. */
function computationsOf(
  data: Dataset,
  endpoint: EndpointColumns,
  grouping: string | null,
  plan: SurvivalPlan,
  curves: readonly Curve[],
  { comparison, hazardRatio, riskTimes, groups }: KaplanMeierFigure,
): readonly Computation[] {
  const spec = { time: monthsColumn(endpoint), event: endpoint.event };
  const table = tableName(data);
  const medians = curves.map((curve, i) =>
    curveCase(
      `survival.${endpoint.name}.${curve.key}.median`,
      grouping === null ? { data: table } : { data: table, filter: { column: grouping, equals: curve.label } },
      spec,
      curve.km,
      { months: plan.landmarkMonths, riskTimes, atRisk: groups[i]?.atRisk ?? [] },
    ),
  );
  if (grouping === null || comparison === null) return medians;
  const test: Computation = {
    id: comparison.id,
    method: "logrank",
    data: table,
    spec: { ...spec, group: grouping },
    answer: { p: comparison.p },
  };
  const ratio =
    hazardRatio === null
      ? []
      : groupRatioCase(
          hazardRatio.id,
          { data: table },
          { ...spec, group: grouping },
          curves.map(({ label }) => label),
          plan.conventions.ties,
          [{ hazardRatio: hazardRatio.value, lower: hazardRatio.low, upper: hazardRatio.high }],
        );
  return [...medians, test, ...ratio];
}

/**
 * Survival of every endpoint: one table per endpoint (all rows, then each comparison with its log-rank p) and a
 * Kaplan–Meier figure for each. An endpoint or grouping that cannot be analysed becomes an Issue; the rest goes on.
 */
export function survivalPart(data: Dataset, plan: SurvivalPlan): Part {
  const perEndpoint = plan.endpoints.map((endpoint): Part => {
    const divisions = plan.comparisons.filter((one) => one.endpoint === endpoint.name).map((one) => one.by);
    const pieces = [null, ...new Set(divisions)].map((by) => describeEndpoint(data, endpoint, by, plan));
    const rows = pieces.flatMap((piece) => piece.tables.flatMap((table) => table.rows));
    const percent = Math.round(100 * plan.conventions.level);
    const table = {
      id: `survival.${endpoint.name}`,
      title: endpoint.label,
      columns: [
        { key: "n", label: "n" },
        { key: "events", label: "Events" },
        { key: "median", label: `Median (${percent} % CI)` },
        ...plan.landmarkMonths.map((month) => ({ key: `at-${month}`, label: `At ${month} months (${percent} % CI)` })),
        ...(divisions.length === 0 ? [] : [{ key: "p", label: "p (log-rank)" }]),
      ],
      rows,
      footnotes: [
        plan.conventions.medianRule === "spss"
          ? "Median and its symmetric interval by the rule of SPSS."
          : `Median and interval by inverting the pointwise ${plan.conventions.intervalType} interval, as in R.`,
        "Months are days divided by 30.4375.",
      ],
    };
    return part({
      tables: rows.length === 0 ? [] : [table],
      figures: pieces.flatMap((piece) => piece.figures),
      issues: pieces.flatMap((piece) => piece.issues),
      passports: pieces.flatMap((piece) => piece.passports),
      computations: pieces.flatMap((piece) => piece.computations),
    });
  });
  return part({
    tables: perEndpoint.flatMap((one) => one.tables),
    figures: perEndpoint.flatMap((one) => one.figures),
    issues: perEndpoint.flatMap((one) => one.issues),
    passports: perEndpoint.flatMap((one) => one.passports),
    computations: perEndpoint.flatMap((one) => one.computations),
    methods: [
      `Survival was estimated by Kaplan–Meier with confidence intervals on the ${plan.conventions.intervalType} scale and compared by the log-rank test; ` +
        (plan.conventions.medianRule === "spss"
          ? "medians and their intervals follow the rule of SPSS."
          : "medians and their intervals follow the rule of R."),
    ],
  });
}
