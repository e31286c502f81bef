import type { Issue } from "@livermark/core";
import {
  coxRegression,
  cumulativeIncidence,
  dummyCovariates,
  fineGray,
  grayTest,
  incidenceAt,
} from "@livermark/statistics";
import { cellLedger, columnInputs, estimateContent, pContent, ratioContent } from "./cell-ledger.js";
import { columnOf, type Dataset } from "./dataset.js";
import type { CumulativeIncidenceFigure } from "./figures.js";
import { filled, type Part, part } from "./part.js";
import { monthsColumn, tableName } from "./recompute.js";
import type { Cell, Computation, ResultRow } from "./results.js";
import { riskTimes } from "./survival-curve.js";
import type { SurvivalData } from "./survival-data.js";

/** Competing risks of one endpoint. */
export interface RisksPlan {
  readonly id: string;
  readonly label: string;
  /** What cause 1 and cause 2 are, e.g. hepatic progression and death. */
  readonly causes: readonly [string, string];
  /** A category that divides the rows; null = all together. */
  readonly by: string | null;
  readonly covariates: readonly string[];
  readonly months: readonly number[];
  /** Column of the data that holds 0 = censored, 1 and 2 = causes, for the passport and the recomputation. */
  readonly statusColumn: string;
}

/**
 * Competing risks: cumulative incidence of each cause with log-log intervals, Gray's test between groups, and for each
 * covariate the subdistribution ratio (Fine–Gray) beside the cause-specific ratio of cause 1. `cause` is aligned with
 * `survival.rows`. Aalen 1978; Gray 1988; Fine and Gray 1999. A covariate that cannot be fitted is an Issue.
 */
export function risksPart(
  data: Dataset,
  survival: SurvivalData,
  cause: readonly number[],
  plan: RisksPlan,
  ties: "efron" | "breslow",
): Part {
  const issues: Issue[] = [];
  const soften = (some: readonly Issue[]): void => {
    for (const issue of some)
      issues.push({ ...issue, severity: "warning", message: `${plan.label}: ${issue.message}` });
  };
  const divided = plan.by === null ? null : columnOf(data, plan.by);
  if (divided !== null && !divided.ok) soften(divided.issues);
  const column = divided?.ok === true && divided.value.type === "category" ? divided.value : null;
  const group = column === null ? undefined : survival.rows.map((row) => column.values[row] ?? null);
  const inputs = columnInputs(data, [
    survival.endpoint.time,
    plan.statusColumn,
    ...(plan.by === null ? [] : [plan.by]),
  ]);
  const ledger = cellLedger("competing-risks", "1", inputs);
  const id = (what: string): string => `competing.${plan.id}.${what}`;
  const columns = { time: survival.months, cause, ...(group === undefined ? {} : { group }) };
  const curves = cumulativeIncidence(columns);
  if (!curves.ok) {
    soften(curves.issues);
    return part({ issues });
  }
  const gray = group === undefined ? null : grayTest(columns);
  if (gray !== null && !gray.ok) soften(gray.issues);
  const tests = new Map(gray?.ok === true ? gray.value.map((test) => [test.cause, test.p] as const) : []);
  const nameOf = (code: number): string => plan.causes[code === 1 ? 0 : 1];
  const computations: Computation[] = [];
  const dataName = tableName(data);
  const spec = { time: monthsColumn(survival.endpoint), status: plan.statusColumn };
  for (const label of column === null ? [null] : column.levels.filter((level) => group?.includes(level) === true)) {
    const of = (code: number) =>
      curves.value.curves.find((curve) => curve.cause === code && (label === null || curve.group === label));
    const [first, second] = [of(1), of(2)];
    const months = plan.months.filter((month) => month <= (first?.lastTime ?? 0));
    if (first === undefined || second === undefined || months.length === 0) continue;
    computations.push({
      id: id(`${label ?? "All"}.incidence`),
      method: "competingRisks",
      data: dataName,
      spec: { ...spec, times: months, ...(label === null ? {} : { filter: { column: plan.by ?? "", equals: label } }) },
      answer: {
        n: first.n,
        incidence1: incidenceAt(first, months).map((point) => point.incidence),
        incidence2: incidenceAt(second, months).map((point) => point.incidence),
      },
    });
  }
  const rows = [1, 2].flatMap((code): readonly ResultRow[] => {
    const own = curves.value.curves.filter((curve) => curve.cause === code);
    if (own.length === 0) return [];
    const p = tests.get(code) ?? null;
    return [
      {
        label: nameOf(code),
        cells:
          group === undefined
            ? {}
            : { p: ledger.issued(id(`${code}.gray`), pContent(p), { test: "Gray", cause: code }) },
      },
      ...own.map((curve): ResultRow => {
        const label = curve.group === "" || group === undefined ? "All" : curve.group;
        const at = incidenceAt(curve, plan.months);
        return {
          label,
          indent: 1,
          cells: {
            n: ledger.issued(id(`${code}.${label}.n`), { kind: "count", n: curve.n }),
            events: ledger.issued(id(`${code}.${label}.events`), { kind: "count", n: curve.events }),
            ...Object.fromEntries(
              plan.months.map((month, i): [string, Cell] => {
                const point = at[i]?.incidence ?? null;
                const step = curve.time.findLastIndex((time) => time <= month);
                const beyond = point === null || month > curve.lastTime;
                return [
                  `at-${month}`,
                  beyond
                    ? { id: null, kind: "not-estimable", why: "beyond follow-up" }
                    : ledger.issued(
                        id(`${code}.${label}.at-${month}`),
                        estimateContent(
                          {
                            value: 100 * point,
                            low: percent(curve.lower[step]),
                            high: percent(curve.upper[step]),
                          },
                          { decimals: 1, unit: "%" },
                        ),
                        { months: month, cause: code },
                      ),
                ];
              }),
            ),
          },
        };
      }),
    ];
  });
  const last = Math.max(...survival.months);
  const times = riskTimes(last);
  const labels = column === null ? ["All"] : column.levels.filter((level) => group?.includes(level) === true);
  const figure: CumulativeIncidenceFigure = {
    id: `figure.competing.${plan.id}`,
    kind: "cumulative-incidence",
    title: plan.label,
    timeLabel: "Months",
    timeUnit: "months",
    curves: curves.value.curves.map((curve) => ({
      group: group === undefined ? "All" : curve.group,
      cause: nameOf(curve.cause),
      time: curve.time,
      incidence: curve.incidence,
      low: curve.lower,
      high: curve.upper,
      lastTime: curve.lastTime,
    })),
    riskTimes: times,
    atRisk: labels.map((label) => ({
      group: label,
      counts: times.map(
        (time) =>
          survival.months.filter((month, i) => month >= time - 1e-9 && (group === undefined || group[i] === label))
            .length,
      ),
    })),
    comparison: tests.has(1) ? { method: "Gray's test", p: tests.get(1) ?? 1, id: id("1.gray") } : null,
  };
  const effects = plan.covariates.flatMap((name) =>
    effectRows(data, survival, cause, name, plan, ledger, ties, soften, computations),
  );
  return part({
    tables: [
      {
        id: `competing.${plan.id}`,
        title: plan.label,
        columns: [
          { key: "n", label: "n" },
          { key: "events", label: "Events" },
          ...plan.months.map((month) => ({ key: `at-${month}`, label: `By ${month} months (95 % CI)` })),
          ...(group === undefined ? [] : [{ key: "p", label: "p (Gray)" }]),
        ],
        rows,
        footnotes: [
          "Cumulative incidence with the other cause competing (Aalen–Johansen), intervals on the log-log scale.",
        ],
      },
      ...filled({
        id: `competing.${plan.id}.effects`,
        title: `${plan.label}: effects on ${plan.causes[0].toLowerCase()}`,
        columns: [
          { key: "shr", label: "Subdistribution HR (95 % CI)", group: "Fine–Gray" },
          { key: "shr-p", label: "p", group: "Fine–Gray" },
          { key: "hr", label: "HR (95 % CI)", group: "Cause-specific Cox" },
          { key: "hr-p", label: "p", group: "Cause-specific Cox" },
        ],
        rows: effects,
        footnotes: ["One covariate at a time. Fine–Gray with Breslow ties and the estimated censoring distribution."],
      }),
    ],
    figures: [figure],
    issues,
    computations,
    passports: [
      ...ledger.passports,
      { id: figure.id, function: "competing-risks", version: "1", inputs, parameters: {} },
    ],
    methods: [
      "Death without the event was taken as a competing risk: cumulative incidence by Aalen and Johansen, compared by Gray's test; subdistribution ratios by Fine and Gray.",
    ],
  });
}

const percent = (share: number | null | undefined): number | null =>
  share === null || share === undefined ? null : 100 * share;

function effectRows(
  data: Dataset,
  survival: SurvivalData,
  cause: readonly number[],
  name: string,
  plan: RisksPlan,
  ledger: ReturnType<typeof cellLedger>,
  ties: "efron" | "breslow",
  soften: (issues: readonly Issue[]) => void,
  computations: Computation[],
): readonly ResultRow[] {
  const found = columnOf(data, name);
  if (!found.ok) {
    soften(found.issues);
    return [];
  }
  const column = found.value;
  const covariates =
    column.type === "number"
      ? [{ name, values: Float64Array.from(survival.rows, (row) => Number(column.values[row] ?? Number.NaN)) }]
      : dummyCovariates(
          name,
          survival.rows.map((row) => column.values[row] ?? null),
          column.levels.filter((level) => survival.rows.some((row) => column.values[row] === level)),
        );
  const sub = fineGray({ time: survival.months, cause, covariates });
  const own = coxRegression(
    { time: survival.months, event: cause.map((code) => (code === 1 ? 1 : 0)), covariates },
    { ties, concordance: false },
  );
  soften(sub.issues);
  if (!sub.ok) return [];
  const levels =
    column.type === "number"
      ? null
      : column.levels.filter((level) => survival.rows.some((row) => column.values[row] === level));
  computations.push({
    id: `competing.${plan.id}.${name}.fine-gray`,
    method: "fineGray",
    data: tableName(data),
    spec: {
      time: monthsColumn(survival.endpoint),
      status: plan.statusColumn,
      covariates: [name],
      ...(levels === null ? {} : { factors: { [name]: levels } }),
    },
    answer: { n: sub.value.n, coef: sub.value.coefficients.map((one) => one.coefficient) },
  });
  const inputs = columnInputs(data, [survival.endpoint.time, plan.statusColumn, name]);
  return sub.value.coefficients.map((one, i): ResultRow => {
    const id = (what: string): string => `competing.${plan.id}.${one.name}.${what}`;
    const cox = own.ok ? own.value.coefficients[i] : undefined;
    return {
      label: one.level === undefined ? column.label : `${column.label}: ${one.level} vs ${one.reference}`,
      cells: {
        shr: ledger.issued(
          id("subdistribution-ratio"),
          ratioContent({ value: one.subdistributionHazardRatio, low: one.lower, high: one.upper }),
          { method: "Fine-Gray" },
          inputs,
        ),
        "shr-p": ledger.issued(id("subdistribution-p"), pContent(one.p), {}, inputs),
        hr: ledger.issued(
          id("cause-specific-ratio"),
          ratioContent({ value: cox?.hazardRatio ?? null, low: cox?.lower ?? null, high: cox?.upper ?? null }),
          { method: "Cox", ties },
          inputs,
        ),
        "hr-p": ledger.issued(id("cause-specific-p"), pContent(cox?.p ?? null), {}, inputs),
      },
    };
  });
}
