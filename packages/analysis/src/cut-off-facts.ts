import { logRank, rocAnalysis, scanCutPoints } from "@livermark/statistics";
import type { CutOffSearch } from "./cut-off-search.js";
import type { Dataset, NumberColumn } from "./dataset.js";
import type { CutPointFigure } from "./figures.js";
import type { GroupDefinition } from "./group-rules.js";
import { betweenValues } from "./recipe/cuts.js";
import { codedColumn, monthsColumn, tableName } from "./recompute.js";
import { rocCase } from "./recompute-cases.js";
import type { CellContent, Computation } from "./results.js";
import type { EndpointColumns } from "./survival-data.js";
import { inSentence, labelWithUnit, shownUnit } from "./wording.js";

/** What the outcome says of a cut that was chosen on it: p as if planned, p allowing for the search, the scan. */
export interface CutOffFacts {
  readonly p: CellContent | null;
  readonly adjusted: CellContent | null;
  readonly figure: CutPointFigure | null;
  readonly computations: readonly Computation[];
}

/** Rows of the search that have the marker. */
const complete = (search: CutOffSearch): { time: number[]; event: number[]; marker: number[] } => {
  const rows = { time: [] as number[], event: [] as number[], marker: [] as number[] };
  const { survival } = search;
  survival?.rows.forEach((row, i) => {
    const value = search.marker[row] ?? Number.NaN;
    if (Number.isNaN(value)) return;
    rows.time.push(survival.months[i] ?? 0);
    rows.event.push(survival.event[i] ?? 0);
    rows.marker.push(value);
  });
  return rows;
};

/** p-values of a cut that was searched on survival: as if it had been planned, and allowing for the search. */
export function survivalFacts(
  data: Dataset,
  group: GroupDefinition,
  endpoint: EndpointColumns,
  marker: NumberColumn,
  search: CutOffSearch,
  cut: number,
): CutOffFacts {
  const rows = complete(search);
  const scan = scanCutPoints(rows, { smallestShare: group.smallestShare, largestShare: 1 - group.smallestShare });
  const test = logRank({ ...rows, group: rows.marker.map((value) => (value > cut ? "above" : "below")) });
  const p = test.ok && test.value.test !== null ? test.value.test.p : null;
  if (!scan.ok)
    return { p: p === null ? null : { kind: "p", value: p }, adjusted: null, figure: null, computations: [] };
  const { rank, candidates } = scan.value;
  const adjusted = Math.min(rank.pLausenSchumacher, rank.pImprovedBonferroni);
  const id = `cut.${group.id}.adjusted-p`;
  const { factor } = shownUnit(marker.unit);
  return {
    p: p === null ? null : { kind: "p", value: p },
    adjusted: { kind: "p", value: adjusted },
    figure: {
      id: `figure.cut.${group.id}`,
      kind: "cut-point-scan",
      title: `${group.label}: ${inSentence(endpoint.label)}`,
      variableLabel: labelWithUnit(marker.label, marker.unit),
      statisticLabel: "Standardised log-rank statistic",
      cut: candidates.map((one) => factor * one.cut),
      statistic: candidates.map((one) => one.standardized),
      chosen: factor * betweenValues(rows.marker, rank.cut),
      rawP: p ?? 1,
      adjustedP: adjusted,
      adjustment:
        "smaller of Lausen and Schumacher 1992 and improved Bonferroni (Lausen, Sauerbrei and Schumacher 1994)",
    },
    computations: [
      {
        id,
        method: "maxstat",
        data: tableName(data),
        spec: {
          time: monthsColumn(endpoint),
          event: endpoint.event,
          x: group.of,
          minprop: group.smallestShare,
          maxprop: 1 - group.smallestShare,
        },
        answer: {
          cutpoint: rank.cut,
          M: rank.statistic,
          pLau92: rank.pLausenSchumacher,
          pLau94: rank.pImprovedBonferroni,
        },
      },
    ],
  };
}

/** The p of the area under the curve on which a Youden cut was found; it does not depend on the cut. */
export function rocFacts(data: Dataset, group: GroupDefinition, search: CutOffSearch): CutOffFacts {
  const { direction, outcome } = group;
  const nothing = { adjusted: null, figure: null };
  const known = Array.from(search.marker.keys()).filter(
    (row) => !Number.isNaN(search.marker[row]) && !Number.isNaN(search.outcome?.[row] ?? Number.NaN),
  );
  const roc = rocAnalysis(
    known.map((row) => search.outcome?.[row] ?? 0),
    known.map((row) => search.marker[row] ?? 0),
    { direction },
  );
  if (!roc.ok) return { ...nothing, p: null, computations: [] };
  const found = roc.value;
  const computations =
    outcome === null
      ? []
      : [
          rocCase(
            `cut.${group.id}.p`,
            { data: tableName(data) },
            {
              y: codedColumn(outcome.name, outcome.event),
              x: group.of,
              direction: found.direction === "higher-in-cases" ? "<" : ">",
            },
            found,
          ),
        ];
  return {
    ...nothing,
    p: found.pAgainstChance.estimable ? { kind: "p", value: found.pAgainstChance.p } : null,
    computations,
  };
}
