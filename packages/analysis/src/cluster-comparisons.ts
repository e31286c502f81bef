import { warningIssue } from "@livermark/core";
import { type CoxCovariate, coxRegression, dummyCovariates, logRank } from "@livermark/statistics";
import { columnInputs, pContent, ratioContent } from "./cell-ledger.js";
import type { ClusterComparison, ClusterContext, ClusterRows } from "./cluster-context.js";
import { columnOf } from "./dataset.js";
import type { ResultRow } from "./results.js";
import { drawClusters, shuffledClusters } from "./whole-clusters.js";

const chiSquareOf = (rows: ClusterRows, group: readonly (string | null)[]): number | null => {
  const test = logRank({ time: rows.months, event: rows.event, group });
  return test.ok ? (test.value.test?.chiSquare ?? null) : null;
};

const logRatio = (
  rows: ClusterRows,
  group: readonly (string | null)[],
  levels: readonly string[],
  at: readonly number[],
  ties: "efron" | "breslow",
): number | null => {
  const model = coxRegression(
    {
      time: at.map((i) => rows.months[i] ?? 0),
      event: at.map((i) => rows.event[i] ?? 0),
      covariates: dummyCovariates(
        "group",
        at.map((i) => group[i] ?? null),
        levels,
      ),
    },
    { ties, concordance: false },
  );
  return model.ok ? (model.value.coefficients[0]?.coefficient ?? null) : null;
};

/** One comparison of two groups: log-rank by permutation, hazard ratio by bootstrap, robust, and by Andersen and Gill. */
export function comparedGroups(
  { data, survival, rows, clusters, plan, root, ledger, facts, issues, stopped, limits }: ClusterContext,
  one: ClusterComparison,
): readonly ResultRow[] {
  const found = columnOf(data, one.by);
  if (!found.ok || found.value.type !== "category") {
    issues.push(...found.issues.map((issue) => ({ ...issue, severity: "warning" as const })));
    return [];
  }
  const { value: column } = found;
  const group = survival.rows.map((row) => {
    const value = column.values[row];
    return typeof value === "string" ? value : null;
  });
  const levels = column.levels.filter((level) => group.includes(level));
  if (levels.length !== 2) {
    issues.push(
      warningIssue({
        code: "two-groups-wanted",
        message: `${one.label}: resampling of patients compares two groups.`,
        got: levels.join(", "),
        wanted: "two groups with rows",
      }),
    );
    return [];
  }
  const observed = chiSquareOf(rows, group);
  const naive = logRank({ time: rows.months, event: rows.event, group });
  const shuffle = root.fork(`permutation ${one.id}`);
  let asLarge = 0;
  let compared = 0;
  for (let b = 0; b < plan.resamples && observed !== null && !stopped(); b++) {
    const chi = chiSquareOf(rows, shuffledClusters(group, clusters, shuffle));
    if (chi === null) continue;
    compared += 1;
    if (chi >= observed - 1e-12) asLarge += 1;
  }
  const everybody = group.map((_, i) => i);
  const estimate = logRatio(rows, group, levels, everybody, plan.ties);
  const draw = root.fork(`bootstrap ${one.id}`);
  const boots: number[] = [];
  for (let b = 0; b < plan.resamples && !stopped(); b++) {
    const value = logRatio(rows, group, levels, drawClusters(clusters, draw), plan.ties);
    if (value !== null) boots.push(value);
  }
  const interval = limits(boots);
  const covariates: readonly CoxCovariate[] = dummyCovariates(one.by, group, levels);
  const robust = coxRegression(
    { time: rows.months, event: rows.event, covariates, cluster: rows.patients },
    { ties: plan.ties, level: plan.level, concordance: false },
  );
  const gill = coxRegression(
    {
      entry: rows.start,
      time: rows.start.map((start, i) => start + (rows.months[i] ?? 0)),
      event: rows.event,
      covariates,
      cluster: rows.patients,
    },
    { ties: plan.ties, level: plan.level, concordance: false },
  );
  const inputs = columnInputs(data, [survival.endpoint.time, survival.endpoint.event, one.by]);
  const id = (what: string): string => `clusters.${one.id}.${what}`;
  const model = (fit: typeof robust) => {
    const effect = fit.ok ? fit.value.coefficients[0] : undefined;
    return ratioContent(
      { value: effect?.hazardRatio ?? null, low: effect?.lower ?? null, high: effect?.upper ?? null },
      { level: plan.level },
    );
  };
  return [
    {
      label: `${one.label}: ${levels[1]} v ${levels[0]}`,
      cells: {
        naive: ledger.issued(
          id("log-rank"),
          pContent(naive.ok ? (naive.value.test?.p ?? null) : null),
          { rows: "independent" },
          inputs,
        ),
        permuted: ledger.issued(
          id("permutation-p"),
          pContent(observed === null || compared === 0 ? null : (1 + asLarge) / (1 + compared)),
          facts,
          inputs,
        ),
        robust: ledger.issued(id("robust-ratio"), model(robust), { variance: "Lin and Wei 1989" }, inputs),
        boot: ledger.issued(
          id("bootstrap-ratio"),
          ratioContent(
            {
              value: estimate === null ? null : Math.exp(estimate),
              low: interval === null ? null : Math.exp(interval.low),
              high: interval === null ? null : Math.exp(interval.high),
            },
            { level: plan.level },
          ),
          { ...facts, interval: "percentile" },
          inputs,
        ),
        gill: ledger.issued(
          id("andersen-gill-ratio"),
          model(gill),
          { scale: "months from the first treatment" },
          inputs,
        ),
      },
    },
  ];
}
