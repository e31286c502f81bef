import { type Issue, random, warningIssue } from "@livermark/core";
import { quantileOfSorted } from "@livermark/statistics";
import { cellLedger } from "./cell-ledger.js";
import { comparedGroups } from "./cluster-comparisons.js";
import type { ClusterComparison, ClusterContext, ClusterPlan, ClusterRows } from "./cluster-context.js";
import { searchedCut } from "./cluster-cuts.js";
import type { Dataset } from "./dataset.js";
import { filled, type Part, part } from "./part.js";
import type { SurvivalData } from "./survival-data.js";
import { clustersOf } from "./whole-clusters.js";

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
  const rows: ClusterRows = {
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
  const context: ClusterContext = {
    data,
    survival,
    rows,
    clusters,
    plan,
    root,
    ledger,
    facts,
    issues,
    stopped,
    limits,
  };
  const compared = comparisons.flatMap((one) => comparedGroups(context, one));
  const searched = plan.markers.flatMap((marker) => searchedCut(context, marker));
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
