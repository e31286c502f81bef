import { type Issue, warningIssue } from "@livermark/core";
import { coxRegression, dummyCovariates, kaplanMeier, landmark, logRank } from "@livermark/statistics";
import { cellLedger, columnInputs, pContent, ratioContent } from "./cell-ledger.js";
import type { Dataset, NumberColumn } from "./dataset.js";
import { type Part, part } from "./part.js";
import { tableName } from "./recompute.js";
import { curveCase, groupRatioCase } from "./recompute-cases.js";
import type { Computation, ResultRow } from "./results.js";
import { medianContent, type SurvivalConventions } from "./survival-curve.js";
import { type EndpointColumns, groupsOf, survivalData } from "./survival-data.js";
import { inPrintOrder } from "./wording.js";

export interface LandmarkPlan {
  readonly id: string;
  readonly label: string;
  readonly by: string;
  readonly months: number;
}

/** What a landmark analysis leaves: its part, and the times from the landmark as columns for the recomputation. */
export interface LandmarkOutcome {
  readonly part: Part;
  readonly columns: readonly NumberColumn[];
}

/**
 * Survival from a landmark by groups that are known there: rows that ended before it are left out, time starts at it
 * (Anderson, Cain and Gelber 1983). Medians from the landmark, log-rank test and hazard ratio against the first group.
 */
export function landmarkPart(
  data: Dataset,
  endpoint: EndpointColumns,
  plan: LandmarkPlan,
  conventions: SurvivalConventions,
): LandmarkOutcome {
  const survival = survivalData(data, endpoint);
  const groups = groupsOf(data, plan.by);
  const soften = (some: readonly Issue[]): readonly Issue[] =>
    some.map((issue) => ({ ...issue, severity: "warning" as const, message: `${plan.label}: ${issue.message}` }));
  if (!survival.ok || !groups.ok)
    return { part: part({ issues: soften([...survival.issues, ...groups.issues]) }), columns: [] };
  const { rows, months, event } = survival.value;
  const cut = landmark({ time: months, event }, plan.months);
  if (!cut.ok) return { part: part({ issues: soften(cut.issues) }), columns: [] };
  const kept = cut.value.rows.map((i) => rows[i] ?? 0);
  const label = groups.value.column.values;
  const own = kept.map((row) => label[row] ?? null);
  const time = [...cut.value.time];
  const flags = [...cut.value.event];
  const base = `landmark.${plan.id}`;
  const inputs = columnInputs(data, [endpoint.time, endpoint.event, plan.by]);
  const ledger = cellLedger("landmark", "1", inputs);
  const facts = { landmarkMonths: plan.months, rule: cut.value.rule, excluded: cut.value.excluded };
  const levels = groups.value.column.levels.filter((level) => own.includes(level));
  const test = logRank({ time, event: flags, group: own }, { levels });
  const cox =
    levels.length < 2
      ? null
      : coxRegression(
          { time, event: flags, covariates: dummyCovariates(plan.by, own, levels) },
          { ties: conventions.ties, level: conventions.level, concordance: false },
        );
  const timeName = `${endpoint.name}.from-${plan.months}-months`;
  const eventName = `${timeName}.event`;
  const p = test.ok ? (test.value.test?.p ?? null) : null;
  const computations: Computation[] = [];
  const resultRows = inPrintOrder(groups.value.column, levels, (level) => level).map((level): ResultRow => {
    const at = own.map((value, i) => (value === level ? i : -1)).filter((i) => i >= 0);
    const km = kaplanMeier(
      { time: at.map((i) => time[i] ?? 0), event: at.map((i) => flags[i] ?? 0) },
      { intervalType: conventions.intervalType, level: conventions.level },
    );
    const effect = cox?.ok === true ? cox.value.coefficients.find((one) => one.level === level) : undefined;
    const id = (what: string): string => `${base}.${level}.${what}`;
    if (km.ok)
      computations.push(
        curveCase(
          id("median"),
          { data: tableName(data), filter: { column: plan.by, equals: level } },
          { time: timeName, event: eventName },
          km.value,
        ),
      );
    return {
      label: level,
      indent: 1,
      cells: {
        n: ledger.issued(id("n"), { kind: "count", n: at.length }, facts),
        events: ledger.issued(
          id("events"),
          { kind: "count", n: at.reduce((sum, i) => sum + (flags[i] ?? 0), 0) },
          facts,
        ),
        median: ledger.issued(
          id("median"),
          km.ok ? medianContent(km.value, conventions) : { kind: "not-estimable", why: "nobody in the group" },
          facts,
        ),
        hr:
          level === levels[0]
            ? { id: null, kind: "reference" }
            : ledger.issued(
                id("hazard-ratio"),
                ratioContent({
                  value: effect?.hazardRatio ?? null,
                  low: effect?.lower ?? null,
                  high: effect?.upper ?? null,
                }),
                facts,
              ),
      },
    };
  });
  if (cox?.ok === true)
    computations.push(
      ...groupRatioCase(
        `${base}.hazard-ratio`,
        { data: tableName(data) },
        { time: timeName, event: eventName, group: plan.by },
        levels,
        conventions.ties,
        cox.value.coefficients,
      ),
    );
  const place = new Map(kept.map((row, i) => [row, i]));
  const column = (name: string, unit: string, values: readonly number[]): NumberColumn => ({
    name,
    label: name,
    type: "number",
    unit,
    origin: () => inputs,
    values: data.rows.map((_, row) => {
      const i = place.get(row);
      return i === undefined ? null : (values[i] ?? null);
    }),
  });
  if (p !== null)
    computations.push({
      id: `${base}.log-rank`,
      method: "logrank",
      data: tableName(data),
      spec: { time: timeName, event: eventName, group: plan.by },
      answer: { p },
    });
  return {
    columns: [column(timeName, "months", time), column(eventName, "", flags)],
    part: part({
      tables: [
        {
          id: base,
          title: plan.label,
          columns: [
            { key: "n", label: "n" },
            { key: "events", label: "Events" },
            { key: "median", label: "Median from the landmark (95 % CI)" },
            { key: "hr", label: "HR (95 % CI)" },
            { key: "p", label: "p (log-rank)" },
          ],
          rows: [
            { label: groups.value.column.label, cells: { p: ledger.issued(`${base}.log-rank`, pContent(p), facts) } },
            ...resultRows,
          ],
          footnotes: [
            `Time from ${plan.months} months after the start; ${cut.value.excluded} of ${cut.value.n + cut.value.excluded} ${data.unit}s had ended before and are left out (Anderson, Cain and Gelber 1983).`,
          ],
        },
      ],
      passports: ledger.passports,
      computations,
      issues:
        levels.length < 2
          ? [
              warningIssue({
                code: "one-group",
                message: `${plan.label}: one group is left at the landmark.`,
                got: levels.length,
              }),
            ]
          : [],
      methods: [
        "Markers measured after the start were also judged from a landmark at which they are known, without those whose observation had ended.",
      ],
    }),
  };
}
