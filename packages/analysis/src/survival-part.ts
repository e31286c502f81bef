import type { Dataset } from "./dataset.js";
import { type Part, part } from "./part.js";
import type { EndpointColumns } from "./survival-data.js";
import { describeEndpoint, type SurvivalDescription } from "./survival-endpoint.js";

export interface SurvivalPlan extends SurvivalDescription {
  readonly endpoints: readonly EndpointColumns[];
  /** Which category column divides the rows for which endpoint. */
  readonly comparisons: readonly { readonly endpoint: string; readonly by: string }[];
}

/**
 * Survival of every endpoint: one table per endpoint (all rows, then each comparison with its log-rank p) and a
 * Kaplan–Meier figure for each. An endpoint or grouping that cannot be analysed becomes an Issue; the rest goes on.
 */
export function survivalPart(data: Dataset, plan: SurvivalPlan): Part {
  const perEndpoint = plan.endpoints.map((endpoint): Part => {
    const divisions = plan.comparisons.filter((one) => one.endpoint === endpoint.name).map((one) => one.by);
    const pieces = [null, ...new Set(divisions)].map((by) => describeEndpoint(data, endpoint, by, plan));
    const rows = pieces.flatMap((piece) => piece.tables.flatMap((table) => table.rows));
    const percent = Math.round(100 * plan.conventions.level);
    const table = {
      id: `survival.${endpoint.name}`,
      title: endpoint.label,
      columns: [
        { key: "n", label: "n" },
        { key: "events", label: "Events" },
        { key: "median", label: `Median (${percent} % CI)` },
        ...plan.landmarkMonths.map((month) => ({ key: `at-${month}`, label: `At ${month} months (${percent} % CI)` })),
        ...(divisions.length === 0 ? [] : [{ key: "p", label: "p (log-rank)" }]),
      ],
      rows,
      footnotes: [
        plan.conventions.medianRule === "spss"
          ? "Median and its symmetric interval by the rule of SPSS."
          : `Median and interval by inverting the pointwise ${plan.conventions.intervalType} interval, as in R.`,
        "Months are days divided by 30.4375.",
      ],
    };
    return part({
      tables: rows.length === 0 ? [] : [table],
      figures: pieces.flatMap((piece) => piece.figures),
      issues: pieces.flatMap((piece) => piece.issues),
      passports: pieces.flatMap((piece) => piece.passports),
      computations: pieces.flatMap((piece) => piece.computations),
    });
  });
  const compared = plan.comparisons.some((one) => plan.endpoints.some(({ name }) => name === one.endpoint));
  return part({
    tables: perEndpoint.flatMap((one) => one.tables),
    figures: perEndpoint.flatMap((one) => one.figures),
    issues: perEndpoint.flatMap((one) => one.issues),
    passports: perEndpoint.flatMap((one) => one.passports),
    computations: perEndpoint.flatMap((one) => one.computations),
    methods: [
      `Survival was estimated by Kaplan–Meier with confidence intervals on the ${plan.conventions.intervalType} scale${compared ? " and compared by the log-rank test" : ""}; ` +
        (plan.conventions.medianRule === "spss"
          ? "medians and their intervals follow the rule of SPSS."
          : "medians and their intervals follow the rule of R."),
    ],
  });
}
