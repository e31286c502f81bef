import {
  type Concordance,
  type KaplanMeier,
  mean,
  quantiles,
  type RocAnalysis,
  spssMedian,
  standardDeviation,
  survivalAt,
  survivalQuantile,
} from "@livermark/statistics";
import type { DecisionCurveFigure } from "./figures.js";
import { monthsColumn } from "./recompute.js";
import type { Computation } from "./results.js";
import type { EndpointColumns } from "./survival-data.js";

/** Where a computation finds its rows: the table, and the level of a column that they have. */
export interface CaseRows {
  readonly data: string;
  readonly filter?: { readonly column: string; readonly equals: string };
  /** A second condition. */
  readonly also?: { readonly column: string; readonly equals: string };
}

const rowsOf = ({ filter, also }: CaseRows): Computation["spec"] => ({
  ...(filter === undefined ? {} : { filter }),
  ...(also === undefined ? {} : { also }),
});

/**
 * A survival curve as a case for R: numbers, median by the rules of R and SPSS, survival at the months asked for (those
 * within the follow-up), and the numbers at risk under the curve.
 */
export function curveCase(
  id: string,
  rows: CaseRows,
  column: { readonly time: string; readonly event: string },
  km: KaplanMeier,
  asked: {
    readonly months?: readonly number[];
    readonly riskTimes?: readonly number[];
    readonly atRisk?: readonly number[];
  } = {},
): Computation {
  const median = survivalQuantile(km, 0.5);
  const spss = spssMedian(km);
  const at = survivalAt(km, asked.months ?? []).filter((point) => !point.beyondFollowUp);
  const { riskTimes = [], atRisk = [] } = asked;
  return {
    id,
    method: "kaplanMeier",
    data: rows.data,
    spec: {
      ...column,
      ...rowsOf(rows),
      confType: km.intervalType,
      ...(at.length === 0 ? {} : { times: at.map((point) => point.time) }),
      ...(riskTimes.length === 0 ? {} : { riskTimes: [...riskTimes] }),
    },
    answer: {
      n: km.n,
      events: km.events,
      median: median.value,
      medianLower: median.lower,
      medianUpper: median.upper,
      spssMedian: spss.value,
      spssLower: spss.lower,
      spssUpper: spss.upper,
      ...(at.length === 0
        ? {}
        : {
            survival: at.map((point) => point.survival),
            lower: at.map((point) => point.lower),
            upper: at.map((point) => point.upper),
          }),
      ...(riskTimes.length === 0 ? {} : { riskAt: [...atRisk] }),
    },
  };
}

/** Hazard ratios of groups against the first of `levels`, in their order; none where one cannot be estimated. */
export function groupRatioCase(
  id: string,
  rows: CaseRows,
  column: { readonly time: string; readonly event: string; readonly group: string },
  levels: readonly string[],
  ties: "efron" | "breslow",
  ratios: readonly {
    readonly hazardRatio: number | null;
    readonly lower: number | null;
    readonly upper: number | null;
    readonly p?: number | null;
  }[],
): readonly Computation[] {
  if (
    ratios.length === 0 ||
    ratios.some(({ hazardRatio, lower, upper }) => hazardRatio === null || lower === null || upper === null)
  )
    return [];
  const p = ratios.map((one) => one.p ?? null);
  return [
    {
      id,
      method: "cox",
      data: rows.data,
      spec: {
        time: column.time,
        event: column.event,
        ...rowsOf(rows),
        ties,
        covariates: [column.group],
        factors: { [column.group]: [...levels] },
      },
      answer: {
        hr: ratios.map((one) => one.hazardRatio),
        ciLower: ratios.map((one) => one.lower),
        ciUpper: ratios.map((one) => one.upper),
        ...(p.includes(null) ? {} : { p }),
      },
    },
  ];
}

/** Mean and SD, or median and quartiles, of a column as it is stored; none of no value. */
export function numberCase(
  id: string,
  rows: CaseRows,
  x: string,
  values: readonly number[],
  wanted: "mean" | "median" | "both",
): readonly Computation[] {
  if (values.length === 0) return [];
  const [q1 = 0, median = 0, q3 = 0] = quantiles(values, [0.25, 0.5, 0.75], 7);
  return [
    {
      id,
      method: "descriptive",
      data: rows.data,
      spec: { x, ...rowsOf(rows) },
      answer: {
        n: values.length,
        ...(wanted === "mean" ? {} : { median, q1, q3 }),
        ...(wanted === "median" || values.length < 2 ? {} : { mean: mean(values), sd: standardDeviation(values) }),
      },
    },
  ];
}

/** How many rows have each of the levels that occur. */
export function tallyCase(
  id: string,
  rows: CaseRows,
  x: string,
  values: readonly (string | null)[],
  levels: readonly string[],
): readonly Computation[] {
  const known = values.filter((value) => value !== null);
  if (known.length === 0 || levels.length === 0) return [];
  return [
    {
      id,
      method: "tally",
      data: rows.data,
      spec: { x, ...rowsOf(rows), levels: [...levels] },
      answer: { n: levels.map((level) => known.filter((value) => value === level).length), total: known.length },
    },
  ];
}

/** Shares in percent with their limits as a cell holds them, in the order value, low, high. */
const shareOf = (content: { readonly kind: string }): readonly (number | null)[] | null =>
  "value" in content && "low" in content && "high" in content
    ? [Number(content.value), Number(content.low), Number(content.high)]
    : null;

/** Accuracy of a column at a cut; measures without an estimate are left out. */
export function accuracyCase(
  id: string,
  rows: CaseRows,
  at: { readonly y: string; readonly x: string; readonly cut: number; readonly direction: "<" | ">" },
  accuracy: { readonly [measure: string]: { readonly kind: string } },
): readonly Computation[] {
  const answer: { [measure: string]: readonly (number | null)[] } = {};
  for (const [measure, content] of Object.entries(accuracy)) {
    const share = shareOf(content);
    if (share !== null) answer[measure] = share;
  }
  if (Object.keys(answer).length === 0) return [];
  return [{ id, method: "accuracy", data: rows.data, spec: { ...at, ...rowsOf(rows) }, answer }];
}

/** Area under a ROC curve with DeLong's interval and its test against 0.5. */
export function rocCase(
  id: string,
  rows: CaseRows,
  at: { readonly y: string; readonly x: string; readonly direction: "<" | ">" },
  roc: RocAnalysis,
): Computation {
  const { delong } = roc.intervals;
  return {
    id,
    method: "roc",
    data: rows.data,
    spec: { ...at, ...rowsOf(rows) },
    answer: {
      cases: roc.cases,
      controls: roc.controls,
      auc: roc.area,
      ...(delong.estimable ? { aucLower: delong.low, aucUpper: delong.high } : {}),
      ...(roc.pAgainstChance.estimable ? { pChance: roc.pAgainstChance.p } : {}),
      // Of several cut-offs with the same index each program takes another one.
      ...(roc.youden.length === 1 && roc.youden[0] !== undefined ? { threshold: roc.youden[0].threshold } : {}),
    },
  };
}

/** Net benefit of the predicted risks in `columns`, one for each curve of the figure in its order. */
export const benefitCases = (
  rows: CaseRows,
  y: string,
  columns: readonly string[],
  figure: DecisionCurveFigure,
): readonly Computation[] =>
  figure.curves.flatMap(({ netBenefit }, i) => {
    const x = columns[i];
    return x === undefined
      ? []
      : [
          {
            id: columns.length === 1 ? figure.id : `${figure.id}.${x}`,
            method: "decisionCurve",
            data: rows.data,
            spec: { y, x, ...rowsOf(rows), thresholds: [...figure.thresholds] },
            answer: { netBenefit: [...netBenefit], treatAll: [...figure.treatAll] },
          },
        ];
  });

/** Harrell's C of a model's linear predictor; none where no pair can be compared. */
export const concordanceCases = (
  id: string,
  rows: CaseRows,
  endpoint: EndpointColumns,
  model: string,
  { concordance, lower, upper }: Concordance,
): readonly Computation[] =>
  concordance === null
    ? []
    : [
        {
          id,
          method: "harrell",
          data: rows.data,
          spec: { time: monthsColumn(endpoint), event: endpoint.event, x: `risk:${model}`, ...rowsOf(rows) },
          answer: { c: concordance, cLower: lower, cUpper: upper },
        },
      ];
