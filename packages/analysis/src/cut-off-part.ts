import { type Issue, type Passport, random, warningIssue } from "@livermark/core";
import { type CutOffFacts, rocFacts, survivalFacts } from "./cut-off-facts.js";
import { bootstrapCut, searchIn } from "./cut-off-search.js";
import { type CategoryColumn, columnId, type Dataset, numberColumn } from "./dataset.js";
import type { CutPointFigure } from "./figures.js";
import type { GroupDefinition } from "./group-rules.js";
import { type Part, part } from "./part.js";
import type { AddedColumn, Layer } from "./plan/step.js";
import { type CutRule, deriveCuts, intervalOf } from "./recipe/cuts.js";
import type { Cell, CellContent, Computation, ResultRow } from "./results.js";
import { inSentence, shownQuantity } from "./wording.js";

const LEVEL = 0.95;

const RULE: Readonly<Record<CutRule["kind"], string>> = {
  fixed: "fixed beforehand",
  median: "median",
  quartiles: "quartiles",
  youden: "Youden index",
  "maximally-selected": "maximally selected log-rank statistic",
};

/** The outcome that a cut-off was chosen on, in words. */
const outcomeLabel = (data: Dataset, name: string, endpoint: { readonly label: string } | undefined): string =>
  endpoint?.label ?? data.columns.find((column) => column.name === name)?.label ?? name;

/** A derived group as a category column of one data set, with the cut-offs as given. */
function columnBy(data: Dataset, group: GroupDefinition, cuts: readonly number[]): CategoryColumn | null {
  const marker = numberColumn(data, group.of);
  if (!marker.ok) return null;
  const levels = [group.reference, ...group.labels.filter((label) => label !== group.reference)];
  return {
    name: group.id,
    label: group.label,
    type: "category",
    levels,
    ...(group.labels.length > 2 ? { order: group.labels } : {}),
    origin: (row) => [
      { kind: "result", id: `cut.${group.id}.cut` },
      ...(marker.value.values[row] === null ? [] : [{ kind: "result" as const, id: columnId(data, marker.value) }]),
    ],
    values: marker.value.values.map((value) =>
      value === null ? null : (group.labels[intervalOf(value, cuts, group.equalGoes)] ?? null),
    ),
  };
}

interface DividedGroup {
  readonly label: string;
  /** As printed. */
  readonly cuts: string;
}

/** What was divided by one rule, and where. */
const dividedSentence = (rule: string, groups: readonly DividedGroup[]): string =>
  groups.length === 1
    ? `${groups[0]!.label} was divided at the ${rule} (${groups[0]!.cuts}).`
    : `Markers were divided at the ${rule}: ${groups.map(({ label, cuts }) => `${label} (${cuts})`).join("; ")}.`;

/**
 * Groups whose cut-offs come from the data: each is found in the first layer that has its marker and its outcome and
 * then divides every layer that has the marker. Leaves a table of the cut-offs (rule, cut with bootstrap interval, p as if
 * planned, p allowing for the search) and the scan of every searched cut; the groups go to the steps after this one.
 */
export function cutOffPart(
  layers: readonly Layer[],
  groups: readonly GroupDefinition[],
  seed: number,
): { readonly part: Part; readonly columns: readonly AddedColumn[] } {
  const rows: ResultRow[] = [];
  const passports: Passport[] = [];
  const issues: Issue[] = [];
  const figures: CutPointFigure[] = [];
  const divided = new Map<string, readonly DividedGroup[]>();
  const computations: Computation[] = [];
  const columns: AddedColumn[] = [];
  for (const group of groups) {
    const having = layers.filter(
      ({ data }) => data.rows.length > 0 && data.columns.some((one) => one.name === group.of && one.type === "number"),
    );
    const searched = having.map((layer) => {
      const marker = numberColumn(layer.data, group.of);
      return { layer, marker, search: marker.ok ? searchIn(layer, group, marker.value) : "the marker is no number" };
    });
    const chosen = searched.find((one) => typeof one.search !== "string");
    const search = chosen?.search;
    const why = searched.map((one) => (typeof one.search === "string" ? one.search : "")).find((word) => word !== "");
    const cuts =
      search === undefined || typeof search === "string"
        ? null
        : deriveCuts(search.rule, search.marker, (name) => search.columns.get(name) ?? null);
    if (
      cuts === null ||
      !cuts.ok ||
      chosen === undefined ||
      search === undefined ||
      typeof search === "string" ||
      !chosen.marker.ok ||
      cuts.value.length + 1 !== group.labels.length
    ) {
      issues.push(
        warningIssue({
          code: "cut-not-derived",
          message: `The cut-off of ${group.label} could not be taken from the data.`,
          got:
            cuts?.ok === true
              ? `${group.labels.length} labels for ${cuts.value.length} cut-offs`
              : (cuts?.issues[0]?.got ?? why ?? `no data with ${group.of}`).toString(),
          wanted:
            cuts?.issues[0]?.wanted?.toString() ??
            "a rule with what it needs: median, quartiles, youden with an outcome, maximally-selected with an endpoint",
          mend: "Give fixed cuts in the protocol, or name the outcome in `plan.cut_offs`.",
          path: `cut_offs.${group.id}`,
        }),
      );
      continue;
    }
    const { data } = chosen.layer;
    const marker = chosen.marker.value;
    const [first] = cuts.value;
    for (const layer of having) {
      const column = columnBy(layer.data, group, cuts.value);
      if (column !== null) columns.push({ data: layer.data.id, column });
    }
    const endpoint = chosen.layer.endpoints.find((one) => one.name === group.outcome?.name);
    const facts: CutOffFacts =
      search.survival !== null && endpoint !== undefined && first !== undefined
        ? survivalFacts(data, group, endpoint, marker, search, first)
        : search.outcome !== null
          ? rocFacts(data, group, search)
          : { p: null, adjusted: null, figure: null, computations: [] };
    const interval = bootstrapCut(
      search,
      group.replicates,
      random(seed)
        .fork(`cut ${group.id}`)
        .integer(2 ** 31),
      LEVEL,
    );
    const issued = (what: string, content: CellContent): Cell => {
      passports.push({
        id: `cut.${group.id}.${what}`,
        function: "cut-off",
        version: "1",
        inputs: search.inputs,
        parameters: {
          rule: group.rule,
          equalGoes: group.equalGoes,
          unit: data.unit,
          ...(group.outcome === null ? {} : { outcome: group.outcome.name, event: group.outcome.event }),
          ...(group.rule === "maximally-selected" ? { smallestShare: group.smallestShare } : {}),
          cuts: cuts.value,
        },
        ...(what === "cut" && interval !== null ? { seed } : {}),
      });
      return { id: `cut.${group.id}.${what}`, ...content };
    };
    const unit = marker.unit === "1" ? "" : marker.unit;
    const decimals = Math.abs(first ?? 0) < 10 ? 3 : 1;
    cuts.value.forEach((cut, k) => {
      const what = k === 0 ? "cut" : `cut-${k + 1}`;
      const content: CellContent =
        interval !== null && k === 0
          ? { kind: "estimate", value: cut, low: interval.low, high: interval.high, level: LEVEL, decimals, unit }
          : { kind: "number", value: cut, unit, decimals };
      rows.push({
        label: k === 0 ? group.label : `${group.label}, cut ${k + 1}`,
        cells: {
          rule: {
            id: null,
            kind: "text",
            text: `${RULE[group.rule]}${group.outcome === null ? "" : ` on ${inSentence(outcomeLabel(data, group.outcome.name, endpoint))}`}`,
          },
          cut: issued(what, content),
          n: issued(`${what}.n`, { kind: "count", n: search.marker.filter((value) => !Number.isNaN(value)).length }),
          ...(k === 0 && facts.p !== null ? { p: issued("p", facts.p) } : {}),
          ...(k === 0 && facts.adjusted !== null ? { adjusted: issued("adjusted-p", facts.adjusted) } : {}),
        },
      });
    });
    if (facts.figure !== null) {
      figures.push(facts.figure);
      passports.push({
        id: facts.figure.id,
        function: "cut-off.scan",
        version: "1",
        inputs: search.inputs,
        parameters: { smallestShare: group.smallestShare },
      });
    }
    computations.push(...facts.computations);
    const rule = `${RULE[group.rule]}${group.outcome === null ? "" : ` for ${inSentence(outcomeLabel(data, group.outcome.name, endpoint))}`} of the ${data.id} of this cohort`;
    const shown = cuts.value.map((cut) => shownQuantity(cut, marker.unit)).join(", ");
    divided.set(rule, [...(divided.get(rule) ?? []), { label: group.label, cuts: shown }]);
  }
  return {
    columns,
    part: part({
      tables:
        rows.length === 0
          ? []
          : [
              {
                id: "cut-offs",
                title: "Cut-offs taken from the data",
                columns: [
                  { key: "rule", label: "Rule" },
                  { key: "n", label: "n" },
                  { key: "cut", label: "Cut-off (95 % bootstrap CI)" },
                  { key: "p", label: "p as if planned" },
                  { key: "adjusted", label: "p allowing for the search" },
                ],
                rows,
                footnotes: [
                  "Of a Youden cut-off the p is that of the area under the curve, which does not depend on the cut.",
                ],
              },
            ],
      figures,
      passports,
      issues,
      methods: [...divided].map(([rule, groups]) => dividedSentence(rule, groups)),
      computations,
      codedOutcomes: groups.flatMap(({ outcome }) =>
        outcome === null ? [] : [{ outcome: outcome.name, event: outcome.event }],
      ),
    }),
  };
}
