import { type Issue, type Json, locate, type Passport, warningIssue } from "@livermark/core";
import { coxRegression, kaplanMeier, logRank, survivalAt } from "@livermark/statistics";
import { columnId, columnOf, type Dataset } from "./dataset.js";
import type { KaplanMeierFigure } from "./figures.js";
import { type Part, part } from "./part.js";
import { monthsColumn, tableName } from "./recompute.js";
import { curveCase, groupRatioCase } from "./recompute-cases.js";
import type { Cell, Computation, ResultRow } from "./results.js";
import { type Curve, figureGroup, medianContent, riskTimes, type SurvivalConventions } from "./survival-curve.js";
import { type EndpointColumns, groupsOf, survivalData } from "./survival-data.js";
import { inSentence } from "./wording.js";

/** What is printed of every endpoint. */
export interface SurvivalDescription {
  /** Months at which survival is printed. */
  readonly landmarkMonths: readonly number[];
  readonly conventions: SurvivalConventions;
}

const KM_VERSION = "1";

/** Everything about one endpoint in one division of the rows (`all` or a grouping). */
export function describeEndpoint(
  data: Dataset,
  endpoint: EndpointColumns,
  grouping: string | null,
  plan: SurvivalDescription,
): Part {
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
  plan: SurvivalDescription,
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
