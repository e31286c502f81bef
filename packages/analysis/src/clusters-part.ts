import { type Issue, random, warningIssue } from "@livermark/core";
import {
  type CoxCovariate,
  coxRegression,
  dummyCovariates,
  logRank,
  quantileOfSorted,
  type StopSignal,
  scanCutPoints,
} from "@livermark/statistics";
import { cellLedger, columnInputs, estimateContent, pContent, ratioContent } from "./cell-ledger.js";
import { columnOf, type Dataset } from "./dataset.js";
import { filled, type Part, part } from "./part.js";
import type { ResultRow } from "./results.js";
import type { SurvivalData } from "./survival-data.js";
import { clustersOf, drawClusters, shuffledClusters } from "./whole-clusters.js";

/** One comparison of treatments, patients being the clusters. */
export interface ClusterComparison {
  readonly id: string;
  readonly label: string;
  readonly by: string;
}

export interface ClusterPlan {
  readonly resamples: number;
  readonly seed: number;
  readonly ties: "efron" | "breslow";
  readonly level: number;
  /** Continuous markers whose best cut-off is searched for, e.g. LETB change. */
  readonly markers: readonly string[];
  /** Asked between resamples; a stopped analysis leaves no table. */
  readonly signal?: StopSignal;
}

interface Rows {
  readonly months: readonly number[];
  readonly event: readonly number[];
  readonly start: readonly number[];
  readonly patients: readonly string[];
}

const chiSquareOf = (rows: Rows, group: readonly (string | null)[]): number | null => {
  const test = logRank({ time: rows.months, event: rows.event, group });
  return test.ok ? (test.value.test?.chiSquare ?? null) : null;
};

const logRatio = (
  rows: Rows,
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

/**
 * Comparisons of treatments with patients as clusters, beside the tests that take treatments as independent: permutation of
 * whole patients for the log-rank test, bootstrap of patients for the hazard ratio, the robust Cox interval (Lin and Wei
 * 1989), the model of Andersen and Gill on each patient's own time scale as a sensitivity analysis, and for a continuous
 * marker the best cut-off with its permutation p and the bootstrap interval of the cut. `startMonths` are the months from a
 * patient's first treatment to each row's own. Deterministic for one seed.
 */
export function clustersPart(
  data: Dataset,
  survival: SurvivalData,
  startMonths: readonly number[],
  comparisons: readonly ClusterComparison[],
  plan: ClusterPlan,
): Part {
  const issues: Issue[] = [];
  const patients = survival.rows.map((row) => (data.rows[row] ?? "").slice(0, (data.rows[row] ?? "").lastIndexOf("/")));
  const rows: Rows = {
    months: survival.months,
    event: survival.event,
    start: survival.rows.map((row) => startMonths[row] ?? 0),
    patients,
  };
  const root = random(plan.seed).fork(`clusters ${survival.endpoint.name}`);
  const clusters = clustersOf(patients);
  const ledger = cellLedger("cluster-resampling", "1", []);
  const facts = { resamples: plan.resamples, seed: plan.seed, clusters: clusters.length, rows: patients.length };
  const stopped = (): boolean => plan.signal?.aborted === true;
  const tail = (1 - plan.level) / 2;
  const limits = (values: readonly number[]): { low: number; high: number } | null => {
    if (values.length < 0.9 * plan.resamples) return null;
    const sorted = Float64Array.from(values).sort();
    return { low: quantileOfSorted(sorted, tail), high: quantileOfSorted(sorted, 1 - tail) };
  };
  const compared = comparisons.flatMap((one): readonly ResultRow[] => {
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
      { time: rows.months, event: rows.event, covariates, cluster: patients },
      { ties: plan.ties, level: plan.level, concordance: false },
    );
    const gill = coxRegression(
      {
        entry: rows.start,
        time: rows.start.map((start, i) => start + (rows.months[i] ?? 0)),
        event: rows.event,
        covariates,
        cluster: patients,
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
  });
  const searched = plan.markers.flatMap((name): readonly ResultRow[] => {
    const found = columnOf(data, name);
    if (!found.ok || found.value.type !== "number") {
      issues.push(...found.issues.map((issue) => ({ ...issue, severity: "warning" as const })));
      return [];
    }
    const { value: column } = found;
    const marker = survival.rows.map((row) => Number(column.values[row] ?? Number.NaN));
    const best = (at: readonly number[], values: readonly number[]) => {
      const scan = scanCutPoints({
        time: at.map((i) => rows.months[i] ?? 0),
        event: at.map((i) => rows.event[i] ?? 0),
        marker: values,
      });
      return scan.ok ? scan.value : null;
    };
    const everybody = marker.map((_, i) => i);
    const whole = best(everybody, marker);
    if (whole?.logRank === undefined || whole.logRank === null) return [];
    const shuffle = root.fork(`permutation of ${name}`);
    const draw = root.fork(`bootstrap of ${name}`);
    let asLarge = 0;
    let made = 0;
    const cuts: number[] = [];
    for (let b = 0; b < plan.resamples && !stopped(); b++) {
      const again = best(everybody, shuffledClusters(marker, clusters, shuffle))?.logRank ?? null;
      if (again !== null) {
        made += 1;
        if (again.chiSquare >= whole.logRank.chiSquare - 1e-12) asLarge += 1;
      }
      const at = drawClusters(clusters, draw);
      const cut = best(
        at,
        at.map((i) => marker[i] ?? Number.NaN),
      )?.logRank?.cut;
      if (cut !== undefined) cuts.push(cut);
    }
    const interval = limits(cuts);
    const inputs = columnInputs(data, [survival.endpoint.time, survival.endpoint.event, name]);
    const id = (what: string): string => `clusters.${survival.endpoint.name}.${name}.${what}`;
    const unit = column.unit === "1" ? "" : column.unit;
    return [
      {
        label: column.label,
        cells: {
          cut: ledger.issued(
            id("cut"),
            estimateContent(
              { value: whole.logRank.cut, low: interval?.low ?? null, high: interval?.high ?? null },
              { decimals: 1, unit, level: plan.level },
            ),
            { ...facts, criterion: "log-rank" },
            inputs,
          ),
          naive: ledger.issued(id("naive-p"), pContent(whole.logRank.pNaive), {}, inputs),
          search: ledger.issued(
            id("search-p"),
            pContent(whole.logRank.pMillerSiegmund),
            { adjustment: "Miller and Siegmund 1982" },
            inputs,
          ),
          permuted: ledger.issued(
            id("permutation-p"),
            pContent(made === 0 ? null : (1 + asLarge) / (1 + made)),
            facts,
            inputs,
          ),
        },
      },
    ];
  });
  const name = survival.endpoint.name;
  if (stopped())
    return part({
      issues: [
        warningIssue({
          code: "stopped",
          message: `${survival.endpoint.label}: resampling of patients was stopped before its end.`,
          wanted: `${plan.resamples} resamples`,
          mend: "Run it again without stopping it.",
        }),
      ],
    });
  return part({
    tables: filled(
      {
        id: `clusters.${name}`,
        title: `${survival.endpoint.label}, patients as clusters`,
        columns: [
          { key: "naive", label: "p (log-rank, treatments independent)" },
          { key: "permuted", label: "p (permutation of patients)" },
          { key: "robust", label: "HR (95 % CI, robust)" },
          { key: "boot", label: "HR (95 % CI, bootstrap of patients)" },
          { key: "gill", label: "HR (95 % CI, Andersen–Gill)" },
        ],
        rows: compared,
        footnotes: [
          `${patients.length} treatments of ${clusters.length} patients; ${plan.resamples} permutations and bootstrap samples of whole patients, seed ${plan.seed}. Permutation exchanges patients with equally many treatments.`,
        ],
      },
      {
        id: `clusters.cut.${name}`,
        title: `${survival.endpoint.label}, best cut-off with patients as clusters`,
        columns: [
          { key: "cut", label: "Cut-off (95 % CI)" },
          { key: "naive", label: "p as if planned" },
          { key: "search", label: "p for the search" },
          { key: "permuted", label: "p (permutation of patients)" },
        ],
        rows: searched,
        footnotes: [
          "Largest log-rank statistic over the inner 80 % of values; the interval is that of cut-offs in bootstrap samples of patients.",
        ],
      },
    ),
    issues,
    passports: ledger.passports,
    methods: [
      "Treatments of one patient were allowed for by permutation and bootstrap of whole patients, by robust variance, and by the Andersen–Gill model as a sensitivity analysis.",
    ],
  });
}
