import type { Issue } from "@livermark/core";
import { chiSquareUpperTail, coxRegression, dummyCovariates, kaplanMeier, logRank } from "@livermark/statistics";
import { cellLedger, columnInputs, pContent, ratioContent } from "./cell-ledger.js";
import { columnOf, type Dataset } from "./dataset.js";
import { subgroupWithoutInteraction } from "./design/subgroups.js";
import { type Part, part } from "./part.js";
import { monthsColumn, tableName } from "./recompute.js";
import { curveCase, groupRatioCase } from "./recompute-cases.js";
import type { Computation, ResultRow } from "./results.js";
import { medianContent, type SurvivalConventions } from "./survival-curve.js";
import { type EndpointColumns, groupsOf, survivalData } from "./survival-data.js";
import { inPrintOrder } from "./wording.js";

/** Comparisons within some levels of a column. */
export interface SubsetPlan {
  readonly id: string;
  readonly label: string;
  readonly column: string;
  /** Rows with one of these levels are kept; the others are the rest that interaction compares with. */
  readonly levels: readonly string[];
  readonly comparisons: readonly { readonly endpoint: EndpointColumns; readonly by: string }[];
  /** Whether to test if the effect differs from that in the rest. */
  readonly interaction: boolean;
}

/** Name of the column that says which rows belong to a subset. */
export const subsetColumn = (id: string): string => `subset:${id}`;

/** Likelihood-ratio test of group × subset against both alone; null where it cannot be made. */
function interactionTest(
  time: readonly number[],
  event: readonly number[],
  group: readonly (string | null)[],
  levels: readonly string[],
  inside: readonly number[],
  ties: "efron" | "breslow",
): number | null {
  const groups = dummyCovariates("group", group, levels);
  const main = [...groups, { name: "subset", values: Float64Array.from(inside) }];
  const products = groups.map((one) => ({
    name: `${one.name}:subset`,
    values: Float64Array.from(inside, (flag, i) => flag * (one.values[i] ?? Number.NaN)),
  }));
  const small = coxRegression({ time, event, covariates: main }, { ties, concordance: false });
  const large = coxRegression({ time, event, covariates: [...main, ...products] }, { ties, concordance: false });
  if (!small.ok || !large.ok) return null;
  if ([...small.value.coefficients, ...large.value.coefficients].some((one) => one.notEstimable !== null)) return null;
  return chiSquareUpperTail(Math.max(0, 2 * (large.value.logLikelihood - small.value.logLikelihood)), products.length);
}

/**
 * The comparisons of a plan within a subset of the rows (iso- to hypoenhancing lesions, objective response against stable
 * disease only): numbers, medians, log-rank p and hazard ratio per group, and the test of interaction with the rest where it
 * is asked for. Without that test a note says so. Assmann 2000.
 */
export function subsetPart(data: Dataset, plan: SubsetPlan, conventions: SurvivalConventions): Part {
  const found = columnOf(data, plan.column);
  const issues: Issue[] = [];
  const soften = (some: readonly Issue[]): void => {
    for (const issue of some)
      issues.push({ ...issue, severity: "warning", message: `${plan.label}: ${issue.message}` });
  };
  if (!found.ok) {
    soften(found.issues);
    return part({ issues });
  }
  const kept = new Set(plan.levels);
  const isIn = (row: number): boolean => kept.has(String(found.value.values[row] ?? ""));
  const known = data.rows.map((_, row) => row).filter((row) => found.value.values[row] !== null);
  const ledger = cellLedger("subset-comparison", "1", []);
  const looked: { label: string; p: number | null }[] = [];
  const computations: Computation[] = [];
  let least: number | null = null;
  const rows = plan.comparisons.flatMap(({ endpoint, by }): readonly ResultRow[] => {
    const survival = survivalData(data, endpoint, known.filter(isIn));
    const groups = groupsOf(data, by);
    if (!survival.ok || !groups.ok) {
      soften([...survival.issues, ...groups.issues]);
      return [];
    }
    const { column } = groups.value;
    const { rows: used, months, event } = survival.value;
    const group = used.map((row) => column.values[row] ?? null);
    const levels = column.levels.filter((level) => group.includes(level));
    const test = logRank({ time: months, event, group }, { levels });
    const p = test.ok ? (test.value.test?.p ?? null) : null;
    if (p !== null)
      computations.push({
        id: `subset.${plan.id}.${endpoint.name}.${by}.log-rank`,
        method: "logrank",
        data: tableName(data),
        spec: {
          time: monthsColumn(endpoint),
          event: endpoint.event,
          group: by,
          filter: { column: subsetColumn(plan.id), equals: "yes" },
        },
        answer: { p },
      });
    looked.push({ label: `${endpoint.label} by ${column.label}`, p });
    const cox =
      levels.length < 2
        ? null
        : coxRegression(
            { time: months, event, covariates: dummyCovariates(by, group, levels) },
            { ties: conventions.ties, level: conventions.level, concordance: false },
          );
    const inside = { data: tableName(data), filter: { column: subsetColumn(plan.id), equals: "yes" } };
    const times = { time: monthsColumn(endpoint), event: endpoint.event };
    if (cox?.ok === true)
      computations.push(
        ...groupRatioCase(
          `subset.${plan.id}.${endpoint.name}.${by}.hazard-ratio`,
          inside,
          { ...times, group: by },
          levels,
          conventions.ties,
          cox.value.coefficients,
        ),
      );
    const whole = survivalData(data, endpoint, known);
    const interaction =
      plan.interaction && whole.ok
        ? interactionTest(
            whole.value.months,
            whole.value.event,
            whole.value.rows.map((row) => column.values[row] ?? null),
            column.levels.filter((level) => whole.value.rows.some((row) => column.values[row] === level)),
            whole.value.rows.map((row) => (isIn(row) ? 1 : 0)),
            conventions.ties,
          )
        : null;
    if (interaction !== null) least = least === null ? interaction : Math.min(least, interaction);
    const inputs = columnInputs(data, [endpoint.time, endpoint.event, by, plan.column]);
    const facts = { subset: plan.column, levels: [...plan.levels] };
    const id = (what: string): string => `subset.${plan.id}.${endpoint.name}.${by}.${what}`;
    return [
      {
        label: `${endpoint.label} by ${column.label}`,
        cells: {
          p: ledger.issued(id("log-rank"), pContent(p), facts, inputs),
          ...(plan.interaction
            ? {
                interaction: ledger.issued(
                  id("interaction"),
                  pContent(interaction),
                  { ...facts, test: "likelihood ratio" },
                  inputs,
                ),
              }
            : {}),
        },
      },
      ...inPrintOrder(column, levels, (level) => level).map((level): ResultRow => {
        const at = group.map((value, i) => (value === level ? i : -1)).filter((i) => i >= 0);
        const km = kaplanMeier(
          { time: at.map((i) => months[i] ?? 0), event: at.map((i) => event[i] ?? 0) },
          { intervalType: conventions.intervalType, level: conventions.level },
        );
        if (km.ok)
          computations.push(
            curveCase(id(`${level}.median`), { ...inside, also: { column: by, equals: level } }, times, km.value),
          );
        const effect = cox?.ok === true ? cox.value.coefficients.find((one) => one.level === level) : undefined;
        return {
          label: level,
          indent: 1,
          cells: {
            n: ledger.issued(id(`${level}.n`), { kind: "count", n: at.length }, facts, inputs),
            events: ledger.issued(
              id(`${level}.events`),
              { kind: "count", n: at.reduce((sum, i) => sum + (event[i] ?? 0), 0) },
              facts,
              inputs,
            ),
            median: ledger.issued(
              id(`${level}.median`),
              km.ok ? medianContent(km.value, conventions) : { kind: "not-estimable", why: "nobody in the group" },
              facts,
              inputs,
            ),
            hr:
              level === levels[0]
                ? { id: null, kind: "reference" }
                : ledger.issued(
                    id(`${level}.hazard-ratio`),
                    ratioContent({
                      value: effect?.hazardRatio ?? null,
                      low: effect?.lower ?? null,
                      high: effect?.upper ?? null,
                    }),
                    facts,
                    inputs,
                  ),
          },
        };
      }),
    ];
  });
  if (rows.length === 0) return part({ issues });
  const n = known.filter(isIn).length;
  return part({
    tables: [
      {
        id: `subset.${plan.id}`,
        title: plan.label,
        columns: [
          { key: "n", label: "n" },
          { key: "events", label: "Events" },
          { key: "median", label: "Median (95 % CI)" },
          { key: "hr", label: "HR (95 % CI)" },
          { key: "p", label: "p (log-rank)" },
          ...(plan.interaction ? [{ key: "interaction", label: "p (interaction with the rest)" }] : []),
        ],
        rows,
        footnotes: [`${n} of ${data.rows.length} ${data.unit}s: ${found.value.label} ${plan.levels.join(", ")}.`],
      },
    ],
    issues,
    passports: ledger.passports,
    computations,
    notes: subgroupWithoutInteraction({ where: plan.label, subgroups: looked, interactionP: least }),
    methods: plan.interaction
      ? [
          "Whether an effect differs between a subset and the rest was tested by interaction in a Cox model (likelihood ratio).",
        ]
      : [],
  });
}
