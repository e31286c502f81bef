import { scanCutPoints } from "@livermark/statistics";
import { columnInputs, estimateContent, pContent } from "./cell-ledger.js";
import type { ClusterContext } from "./cluster-context.js";
import { columnOf } from "./dataset.js";
import type { ResultRow } from "./results.js";
import { drawClusters, shuffledClusters } from "./whole-clusters.js";

/** The best cut-off of one marker: its interval by bootstrap of patients, its p by permutation of patients. */
export function searchedCut(
  { data, survival, rows, clusters, plan, root, ledger, facts, issues, stopped, limits }: ClusterContext,
  name: string,
): readonly ResultRow[] {
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
}
