import type { Issue, Passport } from "@livermark/core";
import { kaplanMeier, logRank, median, spssMedian, survivalQuantile } from "@livermark/statistics";
import { columnId, columnOf, type Dataset, numberColumn } from "./dataset.js";
import { type Part, part } from "./part.js";
import { monthsColumn, tableName } from "./recompute.js";
import type { Cell, CellContent, Computation, ResultRow, ResultTable } from "./results.js";
import type { SurvivalConventions } from "./survival-curve.js";
import { type EndpointColumns, type SurvivalData, survivalData } from "./survival-data.js";
import { inSentence, shownQuantity } from "./wording.js";

/** Thresholds of one column, for several endpoints. */
export interface SweepPlan {
  readonly id: string;
  readonly label: string;
  readonly of: string;
  readonly thresholds: readonly (number | "median")[];
  readonly endpoints: readonly string[];
}

interface Side {
  readonly n: number;
  readonly median: number | null;
  /** Median with its limits, for the recomputation; null where nobody is on this side. */
  readonly limits: readonly (number | null)[] | null;
  readonly content: CellContent;
}

/** Median survival of one side of a threshold. */
function side(survival: SurvivalData, keep: (index: number) => boolean, conventions: SurvivalConventions): Side {
  const kept = survival.months.map((_, i) => i).filter(keep);
  const km = kaplanMeier(
    { time: kept.map((i) => survival.months[i] ?? 0), event: kept.map((i) => survival.event[i] ?? 0) },
    { intervalType: conventions.intervalType, level: conventions.level },
  );
  if (!km.ok)
    return {
      n: kept.length,
      median: null,
      limits: null,
      content: { kind: "not-estimable", why: "nobody on this side" },
    };
  const { value, lower, upper } =
    conventions.medianRule === "spss" ? spssMedian(km.value) : survivalQuantile(km.value, 0.5);
  const content: CellContent =
    value === null
      ? { kind: "not-reached", low: lower, high: upper, decimals: 1 }
      : { kind: "estimate", value, low: lower, high: upper, level: conventions.level, decimals: 1, unit: "months" };
  return { n: kept.length, median: value, limits: [value, lower, upper], content };
}

/** One threshold for one endpoint. */
function sweepRow(
  survival: SurvivalData,
  markers: readonly number[],
  threshold: number,
  conventions: SurvivalConventions,
  issued: (what: string, content: CellContent) => Cell,
): { readonly cells: { readonly [key: string]: Cell }; readonly answer: Computation["answer"] } {
  const below = side(survival, (i) => (markers[i] ?? 0) < threshold, conventions);
  const above = side(survival, (i) => (markers[i] ?? 0) >= threshold, conventions);
  const test = logRank(
    {
      time: survival.months,
      event: survival.event,
      group: markers.map((value) => (value < threshold ? "below" : "above")),
    },
    { levels: ["above", "below"] },
  );
  const p = test.ok && test.value.test !== null ? test.value.test.p : null;
  const difference: CellContent =
    below.median === null || above.median === null
      ? { kind: "not-estimable", why: "a median was not reached" }
      : { kind: "number", value: below.median - above.median, unit: "months", decimals: 1 };
  return {
    answer: {
      nBelow: below.n,
      nAbove: above.n,
      ...(p === null || below.limits === null || above.limits === null
        ? {}
        : { below: below.limits, above: above.limits, p }),
      ...(below.median === null || above.median === null || p === null
        ? {}
        : { difference: below.median - above.median }),
    },
    cells: {
      nBelow: issued("n-below", { kind: "count", n: below.n }),
      below: issued("median-below", below.content),
      nAbove: issued("n-above", { kind: "count", n: above.n }),
      above: issued("median-above", above.content),
      difference: issued("difference", difference),
      p: issued(
        "p",
        p === null ? { kind: "not-estimable", why: "one side is empty or without events" } : { kind: "p", value: p },
      ),
    },
  };
}

/**
 * The same comparison at several thresholds of one column (paper 004, threshold table): for each endpoint the numbers,
 * medians and their difference below and at or above the threshold, and the uncorrected log-rank p, with a note that
 * the smallest of them is not a test.
 */
export function sweepPart(
  data: Dataset,
  endpoints: readonly EndpointColumns[],
  plans: readonly SweepPlan[],
  conventions: SurvivalConventions,
): Part {
  const tables: ResultTable[] = [];
  const passports: Passport[] = [];
  const issues: Issue[] = [];
  const computations: Computation[] = [];
  for (const plan of plans) {
    const column = numberColumn(data, plan.of);
    if (!column.ok) {
      issues.push(...column.issues);
      continue;
    }
    const marker = column.value;
    const known = data.rows.map((_, row) => row).filter((row) => marker.values[row] !== null);
    for (const endpoint of endpoints.filter((one) => plan.endpoints.includes(one.name))) {
      const survival = survivalData(data, endpoint, known);
      if (!survival.ok) {
        issues.push(...survival.issues.map((issue) => ({ ...issue, severity: "warning" as const })));
        continue;
      }
      const markers = survival.value.rows.map((row) => marker.values[row] ?? 0);
      const columns = [marker.name, endpoint.time, endpoint.event].flatMap((name) => {
        const found = columnOf(data, name);
        return found.ok ? [{ kind: "result" as const, id: columnId(data, found.value) }] : [];
      });
      const rows = plan.thresholds.map((wanted): ResultRow => {
        const threshold = wanted === "median" ? median(markers) : wanted;
        const key = wanted === "median" ? "median" : String(wanted);
        const issued = (what: string, content: CellContent): Cell => {
          const id = `sweep.${plan.id}.${endpoint.name}.${key}.${what}`;
          passports.push({
            id,
            function: "threshold-sweep",
            version: "1",
            inputs: columns,
            parameters: {
              threshold,
              rule: "below < threshold",
              intervalType: conventions.intervalType,
              medianRule: conventions.medianRule,
            },
          });
          return { id, ...content };
        };
        const printed = shownQuantity(threshold, marker.unit);
        const label = wanted === "median" ? `median (${printed})` : printed;
        const { cells, answer } = sweepRow(survival.value, markers, threshold, conventions, issued);
        if ("p" in answer)
          computations.push({
            id: `sweep.${plan.id}.${endpoint.name}.${key}`,
            method: "thresholdSweep",
            data: tableName(data),
            spec: {
              time: monthsColumn(endpoint),
              event: endpoint.event,
              x: plan.of,
              threshold,
              confType: conventions.intervalType,
              medianRule: conventions.medianRule,
            },
            answer,
          });
        return { label, cells };
      });
      tables.push({
        id: `sweep.${plan.id}.${endpoint.name}`,
        title: `${plan.label}: ${inSentence(endpoint.label)}`,
        columns: [
          { key: "nBelow", label: "n", group: "Below" },
          { key: "below", label: "Median (95 % CI)", group: "Below" },
          { key: "nAbove", label: "n", group: "At or above" },
          { key: "above", label: "Median (95 % CI)", group: "At or above" },
          { key: "difference", label: "Difference" },
          { key: "p", label: "p (log-rank)" },
        ],
        rows,
        footnotes: [
          "Difference: median below less median at or above the threshold. A value equal to the threshold counts as not below. p-values are not corrected for the number of thresholds.",
        ],
      });
    }
  }
  return part({
    tables,
    passports,
    computations,
    issues,
  });
}
