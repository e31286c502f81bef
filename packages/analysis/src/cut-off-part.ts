import { type Issue, type Passport, random, warningIssue } from "@livermark/core";
import { logRank, quantiles, rocAnalysis, scanCutPoints } from "@livermark/statistics";
import { binaryOutcome } from "./binary-outcome.js";
import { type CategoryColumn, columnId, columnOf, type Dataset, type NumberColumn, numberColumn } from "./dataset.js";
import type { CutPointFigure } from "./figures.js";
import type { GroupDefinition } from "./group-rules.js";
import { type Part, part } from "./part.js";
import type { AddedColumn, Layer } from "./plan/step.js";
import { betweenValues, type CutRule, deriveCuts, intervalOf } from "./recipe/cuts.js";
import { codedColumn, monthsColumn, tableName } from "./recompute.js";
import { rocCase } from "./recompute-cases.js";
import type { Cell, CellContent, Computation, ResultRow } from "./results.js";
import { type EndpointColumns, type SurvivalData, survivalData } from "./survival-data.js";
import { inSentence, labelWithUnit, shownQuantity, shownUnit } from "./wording.js";

const LEVEL = 0.95;

/** Values of a data set that the search for a cut-off reads; `time` and `event` or `outcome` by the rule. */
interface Search {
  readonly rule: CutRule;
  readonly marker: Float64Array;
  readonly columns: ReadonlyMap<string, Float64Array>;
  readonly inputs: Passport["inputs"];
  readonly survival: SurvivalData | null;
  readonly outcome: Float64Array | null;
}

const refs = (data: Dataset, names: readonly string[]): Passport["inputs"] =>
  names.flatMap((name) => {
    const column = columnOf(data, name);
    return column.ok ? [{ kind: "result" as const, id: columnId(data, column.value) }] : [];
  });

const flat = (column: NumberColumn): Float64Array => Float64Array.from(column.values, (value) => value ?? Number.NaN);

/** What a derived group's rule looks at in one layer; a word when the layer cannot serve it. */
function searchIn(layer: Layer, group: GroupDefinition, marker: NumberColumn): Search | string {
  const { data, endpoints } = layer;
  const base = { marker: flat(marker), survival: null, outcome: null };
  if (group.rule === "median" || group.rule === "quartiles")
    return { ...base, rule: { kind: group.rule }, columns: new Map(), inputs: refs(data, [group.of]) };
  if (group.rule === "fixed")
    return { ...base, rule: { kind: "fixed", cuts: group.cuts }, columns: new Map(), inputs: refs(data, [group.of]) };
  if (group.outcome === null) return "no outcome is named; give it in `plan.cut_offs`";
  const { name, event } = group.outcome;
  if (group.rule === "youden") {
    const column = columnOf(data, name);
    const coded = column.ok ? binaryOutcome(data, column.value, event) : null;
    if (coded === null) return `${name} is not a yes/no column of the ${data.id}`;
    const outcome = new Float64Array(data.rows.length).fill(Number.NaN);
    coded.rows.forEach((row, i) => {
      outcome[row] = coded.values[i] ?? Number.NaN;
    });
    return {
      ...base,
      outcome,
      rule: { kind: "youden", outcome: "outcome", direction: group.direction },
      columns: new Map([["outcome", outcome]]),
      inputs: refs(data, [group.of, name]),
    };
  }
  const endpoint = endpoints.find((one) => one.name === name);
  const survival = endpoint === undefined ? null : survivalData(data, endpoint);
  if (endpoint === undefined || survival?.ok !== true) return `${name} is not an endpoint of the ${data.id}`;
  const time = new Float64Array(data.rows.length).fill(Number.NaN);
  const flags = new Float64Array(data.rows.length).fill(Number.NaN);
  survival.value.rows.forEach((row, i) => {
    time[row] = survival.value.months[i] ?? Number.NaN;
    flags[row] = survival.value.event[i] ?? Number.NaN;
  });
  return {
    ...base,
    survival: survival.value,
    rule: { kind: "maximally-selected", time: "time", event: "event", smallestShare: group.smallestShare },
    columns: new Map([
      ["time", time],
      ["event", flags],
    ]),
    inputs: refs(data, [group.of, endpoint.time, endpoint.event]),
  };
}

/** Percentile interval of the first cut over bootstrap samples; null where fewer than half gave one. */
function bootstrapCut(search: Search, replicates: number, seed: number): { low: number; high: number } | null {
  if (replicates < 20) return null;
  const stream = random(seed);
  const n = search.marker.length;
  const found: number[] = [];
  for (let b = 0; b < replicates; b++) {
    const rows = Int32Array.from({ length: n }, () => stream.integer(n));
    const at = (values: Float64Array): Float64Array => Float64Array.from(rows, (row) => values[row] ?? Number.NaN);
    const cuts = deriveCuts(search.rule, at(search.marker), (name) => {
      const values = search.columns.get(name);
      return values === undefined ? null : at(values);
    });
    if (cuts.ok && cuts.value[0] !== undefined) found.push(cuts.value[0]);
  }
  if (found.length < replicates / 2) return null;
  const [low, high] = quantiles(found, [(1 - LEVEL) / 2, (1 + LEVEL) / 2], 7);
  return low === undefined || high === undefined ? null : { low, high };
}

const complete = (search: Search): { time: number[]; event: number[]; marker: number[] } => {
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

interface Facts {
  readonly p: CellContent | null;
  readonly adjusted: CellContent | null;
  readonly figure: CutPointFigure | null;
  readonly computations: readonly Computation[];
}

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

/** p-values of a cut that was searched on survival: as if it had been planned, and allowing for the search. */
function survivalFacts(
  data: Dataset,
  group: GroupDefinition,
  endpoint: EndpointColumns,
  marker: NumberColumn,
  search: Search,
  cut: number,
): Facts {
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

function rocFacts(data: Dataset, group: GroupDefinition, search: Search): Facts {
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
    const facts: Facts =
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
