import { scanCutPoints } from "@livermark/statistics";
import { binaryOutcome } from "../binary-outcome.js";
import { definedGroups } from "../plan/cut-offs.js";
import { type Layer, layerOf } from "../plan/step.js";
import type { DesignNote } from "../results.js";
import { groupsOf, survivalData } from "../survival-data.js";
import type { askedOf, Comparison } from "./asked.js";
import { manyThresholds, tunedCutOff } from "./cut-offs.js";
import { type SoughtAgain, survivalCutAgain, youdenCutAgain } from "./cut-optimism.js";
import { changeWithinError, scannerChange } from "./measurement-error.js";
import { tinyGroups } from "./sparse-data.js";
import { columnIn, type DesignContext, patientOf, subjectOf, treatmentOf } from "./subject.js";

type Asked = ReturnType<typeof askedOf>;

const REPLICATES = 200;

/** The Youden cut of a curve sought again in resamples of its patients; null where the curve has no two classes. */
function rocCutAgain({ layers, seed }: DesignContext, roc: Asked["rocs"][number]): SoughtAgain | null {
  const [patients] = layers;
  const marker = patients === undefined ? null : columnIn(patients, roc.marker);
  const outcome = patients === undefined ? null : columnIn(patients, roc.outcome);
  const coded = patients === undefined || outcome === null ? null : binaryOutcome(patients.data, outcome, roc.event);
  if (coded === null || marker?.type !== "number") return null;
  const values = coded.rows.map((row) => marker.values[row] ?? Number.NaN);
  return youdenCutAgain(values, coded.values, roc.direction, REPLICATES, seed);
}

/** Cut-offs that the data chose, with the p that allows for the search where a time to an event is tested. */
export function cutOffNotes(context: DesignContext, asked: Asked): readonly DesignNote[] {
  const { layers, seed } = context;
  const chosen = [...definedGroups(context).values()].filter(
    ({ rule }) => rule === "youden" || rule === "maximally-selected",
  );
  const tested = chosen.flatMap((group) =>
    asked.comparisons.filter(({ by }) => by === group.id).map((one) => ({ group, endpoint: one.endpoint })),
  );
  const compared = tested.flatMap(({ group, endpoint: name }) => {
    const layer = layerOf(layers, name);
    const endpoint = layer?.endpoints.find((one) => one.name === name);
    const marker = layer === undefined ? null : columnIn(layer, group.of);
    const survival = layer === undefined || endpoint === undefined ? null : survivalData(layer.data, endpoint);
    if (survival === null || !survival.ok || marker?.type !== "number") return [];
    const label = endpoint?.label ?? name;
    const chosenOn = group.outcome === null ? label : subjectOf(context, group.outcome.name).label;
    const sameOutcome = group.outcome === null || group.outcome.name === name;
    const columns = {
      time: survival.value.months,
      event: survival.value.event,
      marker: survival.value.rows.map((row) => marker.values[row] ?? Number.NaN),
    };
    const scan = sameOutcome ? scanCutPoints(columns) : null;
    const best = scan?.ok === true ? scan.value.logRank : null;
    const again = best === null ? null : survivalCutAgain(columns, REPLICATES, seed);
    return tunedCutOff({
      where: `${group.label}: ${label}`,
      marker: marker.label,
      unit: marker.unit,
      rule: group.rule,
      chosenOn: sameOutcome ? label : chosenOn,
      testedOn: label,
      cut: best?.cut ?? null,
      naiveP: best?.pNaive ?? null,
      adjustedP: best?.pMillerSiegmund ?? null,
      interval: again?.interval ?? null,
      optimism: again?.optimism ?? null,
    });
  });
  const judged = asked.rocs.flatMap((roc) => {
    const again = rocCutAgain(context, roc);
    return tunedCutOff({
      where: roc.label,
      marker: subjectOf(context, roc.marker).label,
      unit: subjectOf(context, roc.marker).unit,
      rule: "youden",
      chosenOn: subjectOf(context, roc.outcome).label,
      testedOn: subjectOf(context, roc.outcome).label,
      cut: again?.cut ?? null,
      naiveP: null,
      adjustedP: null,
      interval: again?.interval ?? null,
      optimism: again?.optimism ?? null,
    });
  });
  const sweeps = asked.sweeps.flatMap((sweep) =>
    manyThresholds({
      where: sweep.label,
      variable: subjectOf(context, sweep.of).label,
      thresholds: sweep.thresholds.length,
      endpoints: sweep.endpoints.length,
    }),
  );
  return [...compared, ...judged, ...sweeps];
}

/** Groups that comparisons and accuracy rest on. */
export function groupSizeNotes(
  context: DesignContext,
  comparisons: readonly Comparison[],
  { rocs, areasBy }: Pick<Asked, "rocs" | "areasBy">,
): readonly DesignNote[] {
  const compared = comparisons.flatMap(({ endpoint, by, label }) => {
    const layer = layerOf(context.layers, endpoint);
    const groups = layer === undefined ? null : groupsOf(layer.data, by);
    if (groups === null || !groups.ok) return [];
    return tinyGroups({
      where: label,
      groups: groups.value.groups.map((group) => ({ label: group.label, n: group.rows.length, rarer: null })),
    });
  });
  const [patients] = context.layers;
  const judged = rocs.flatMap((roc) => {
    const outcome = patients === undefined ? null : columnIn(patients, roc.outcome);
    const coded = patients === undefined || outcome === null ? null : binaryOutcome(patients.data, outcome);
    if (coded === null) return [];
    const events = coded.values.reduce((sum, value) => sum + value, 0);
    return tinyGroups({
      where: roc.label,
      groups: [{ label: "all rows", n: coded.values.length, rarer: Math.min(events, coded.values.length - events) }],
    });
  });
  const within = areasBy.flatMap(({ label, outcome: name, event, by }) => {
    const outcome = patients === undefined ? null : columnIn(patients, name);
    const coded = patients === undefined || outcome === null ? null : binaryOutcome(patients.data, outcome, event);
    const groups = patients === undefined ? null : groupsOf(patients.data, by);
    if (coded === null || groups === null || !groups.ok) return [];
    const values = new Map(coded.rows.map((row, i) => [row, coded.values[i] ?? 0]));
    return tinyGroups({
      where: label,
      groups: groups.value.groups.map((group) => {
        const own = group.rows.flatMap((row) => values.get(row) ?? []);
        const events = own.reduce((sum, value) => sum + value, 0);
        return { label: group.label, n: own.length, rarer: Math.min(events, own.length - events) };
      }),
    });
  });
  return [...compared, ...judged, ...within];
}

/** SD within one measurement, from repeated measurements of one visit, relative to their mean; null without repeats. */
function repeatedSpread(
  context: DesignContext,
  biomarker: string,
): { readonly relative: number; readonly absolute: number; readonly visits: number; readonly repeats: number } | null {
  const visits = new Map<string, number[]>();
  for (const row of context.records?.tables.measurements.rows ?? []) {
    if (row.biomarker !== biomarker || row.value === null || row.repeat === null) continue;
    const key = `${row.patient}/${row.treatment ?? 1}/${row.time_point}/${row.reader ?? ""}/${row.lesion ?? ""}`;
    const own = visits.get(key) ?? [];
    own.push(row.value);
    visits.set(key, own);
  }
  let absolute = 0;
  let relative = 0;
  let degrees = 0;
  let repeats = 0;
  let count = 0;
  for (const values of visits.values()) {
    if (values.length < 2) continue;
    const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
    const squares = values.reduce((sum, value) => sum + (value - mean) ** 2, 0);
    absolute += squares;
    relative += mean === 0 ? 0 : squares / mean ** 2;
    degrees += values.length - 1;
    repeats += values.length;
    count += 1;
  }
  if (count < 5) return null;
  return {
    relative: Math.sqrt(relative / degrees),
    absolute: Math.sqrt(absolute / degrees),
    visits: count,
    repeats: repeats / count,
  };
}

/** The change that repeated measurement alone exceeds in 5 %: from repeats, else from the protocol's tolerance. */
function changeLimit(
  context: DesignContext,
  change: DesignContext["protocol"]["changes"][number],
): { readonly limit: number; readonly source: string } | null {
  const spread = repeatedSpread(context, change.of);
  if (spread !== null) {
    const one = (change.as === "percent" ? 100 * spread.relative : spread.absolute) / Math.sqrt(spread.repeats);
    return { limit: 1.96 * Math.SQRT2 * one, source: `repeated measurement of ${spread.visits} visits` };
  }
  const tolerance = context.protocol.readers.tolerance.find(({ of }) => of === change.of);
  if (change.as === "percent" && tolerance?.percent !== undefined)
    return { limit: tolerance.percent, source: "the protocol's tolerance" };
  return change.as !== "percent" && tolerance?.absolute !== undefined
    ? { limit: tolerance.absolute, source: "the protocol's tolerance" }
    : null;
}

/** Changes against their repeatability, and scanners that differ between the two measurements. */
export function changeNotes(context: DesignContext): readonly DesignNote[] {
  const layer = widest(context.layers);
  if (layer === undefined) return [];
  return context.protocol.changes.flatMap((change) => {
    const column = columnIn(layer, change.id);
    if (column?.type !== "number") return [];
    const values = column.values.filter((value) => value !== null);
    const limit = changeLimit(context, change);
    const error =
      limit === null
        ? []
        : changeWithinError({
            where: change.label,
            change: change.label,
            unit: column.unit,
            changes: values,
            cuts: context.protocol.groups.filter(({ of }) => of === change.id).flatMap(({ cuts }) => cuts ?? []),
            ...limit,
          });
    return [
      ...error,
      ...scannerChange({ where: change.label, change: change.label, rows: scannerRows(context, layer, change) }),
    ];
  });
}

/** The layer with most rows: treatments where there are several per patient. */
const widest = (layers: readonly Layer[]): Layer | undefined =>
  [...layers].sort((a, b) => b.data.rows.length - a.data.rows.length)[0];

function scannerRows(
  context: DesignContext,
  layer: Layer,
  change: DesignContext["protocol"]["changes"][number],
): readonly { readonly from: string | null; readonly to: string | null; readonly change: number | null }[] {
  const parts = new Set([change.of]);
  const { formula } = context.protocol.biomarkers.find(({ id }) => id === change.of) ?? {};
  if (formula !== undefined)
    for (const part of formula.kind === "spread"
      ? [formula.max, formula.min, formula.mean]
      : [formula.of, formula.over])
      parts.add(part);
  const scanners = new Map<string, string>();
  for (const row of context.records?.tables.measurements.rows ?? [])
    if (parts.has(row.biomarker) && row.scanner !== null)
      scanners.set(`${row.patient}/${row.treatment ?? 1}/${row.time_point}`, row.scanner);
  const column = columnIn(layer, change.id);
  return layer.data.rows.map((key, row) => {
    const place = `${patientOf(key, layer.data.unit)}/${treatmentOf(key, layer.data.unit)}`;
    const value = column?.values[row];
    return {
      from: scanners.get(`${place}/${change.from}`) ?? null,
      to: scanners.get(`${place}/${change.to}`) ?? null,
      change: typeof value === "number" ? value : null,
    };
  });
}
