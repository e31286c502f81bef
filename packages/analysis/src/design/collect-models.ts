import { coxZph, dummyCovariates, fitCox, logisticSeparation, prepareCox } from "@livermark/statistics";
import { binaryOutcome } from "../binary-outcome.js";
import type { DataColumn, Dataset } from "../dataset.js";
import { layerOf } from "../plan/step.js";
import type { DesignNote } from "../results.js";
import { survivalData } from "../survival-data.js";
import type { Comparison, ModelAsked } from "./asked.js";
import { collinearTogether } from "./collinearity.js";
import { informativeMissingness } from "./missingness.js";
import { directionAgainstExpectation, nonProportionalHazards, selectionOnTheSameData } from "./model-assumptions.js";
import { eventsPerCandidate, separation } from "./sparse-data.js";
import { columnIn, type DesignContext, subjectOf } from "./subject.js";

/** Rules of a plan in words. */
const RULE_WORDS: Readonly<Record<string, string>> = {
  "univariable-p": "univariable p-values",
  backward: "backward elimination",
  forward: "forward selection",
  "stepwise-p": "stepwise selection by p-values",
  "stepwise-aic": "stepwise selection by AIC",
  lasso: "LASSO",
};

/** A model with its rows: covariates as columns, and the outcome of the rows that have one. */
interface ModelRows {
  readonly model: ModelAsked;
  readonly data: Dataset;
  readonly columns: readonly DataColumn[];
  readonly rows: readonly number[];
  readonly event: readonly number[];
  /** Null for a yes/no outcome. */
  readonly months: readonly number[] | null;
}

function rowsOf(context: DesignContext, model: ModelAsked): ModelRows | null {
  const layer = model.kind === "cox" ? layerOf(context.layers, model.outcome) : context.layers[0];
  if (layer === undefined) return null;
  const columns = model.covariates.flatMap((name) => columnIn(layer, name) ?? []);
  if (model.kind === "logistic") {
    const outcome = columnIn(layer, model.outcome);
    const coded = outcome === null ? null : binaryOutcome(layer.data, outcome);
    return coded === null
      ? null
      : { model, data: layer.data, columns, rows: coded.rows, event: coded.values, months: null };
  }
  const endpoint = layer.endpoints.find(({ name }) => name === model.outcome);
  const survival = endpoint === undefined ? null : survivalData(layer.data, endpoint);
  if (survival === null || !survival.ok) return null;
  const { rows, event, months } = survival.value;
  return { model, data: layer.data, columns, rows, event, months };
}

const levelsIn = (column: DataColumn, rows: readonly number[]): readonly string[] =>
  column.type === "number" ? [] : column.levels.filter((level) => rows.some((row) => column.values[row] === level));

const parametersOf = (column: DataColumn, rows: readonly number[]): number =>
  column.type === "number" ? 1 : Math.max(0, levelsIn(column, rows).length - 1);

const numbersOf = (column: DataColumn, rows: readonly number[]): Float64Array =>
  Float64Array.from(rows, (row) => {
    const value = column.values[row];
    return typeof value === "number" ? value : Number.NaN;
  });

const labelsOf = (column: DataColumn, rows: readonly number[]): (string | null)[] =>
  rows.map((row) => {
    const value = column.values[row];
    return typeof value === "string" ? value : null;
  });

/** Enough events to test every term for proportionality in one model. */
const EVENTS_PER_TERM = 5;

function hazardNotes(
  { model, columns, rows, event, months }: ModelRows,
  ties: "efron" | "breslow",
): readonly DesignNote[] {
  if (months === null) return [];
  const test = (some: readonly DataColumn[]) => {
    const prepared = prepareCox({
      time: months,
      event,
      covariates: some.flatMap((column) =>
        column.type === "number"
          ? [{ name: column.name, term: column.name, values: numbersOf(column, rows) }]
          : dummyCovariates(column.name, labelsOf(column, rows), levelsIn(column, rows)),
      ),
    });
    const fitted = prepared.ok ? fitCox(prepared.value, { ties, concordance: false }) : prepared;
    if (!fitted.ok || fitted.value.model.coefficients.some((one) => one.notEstimable !== null)) return null;
    const zph = coxZph(fitted.value);
    return zph.ok ? zph.value : null;
  };
  const events = event.reduce((sum, flag) => sum + flag, 0);
  const usable = columns.filter((column) => parametersOf(column, rows) > 0);
  const parameters = usable.reduce((sum, column) => sum + parametersOf(column, rows), 0);
  const labels = new Map(columns.map((column) => [column.name, column.label]));
  const label = (term: string): string => labels.get(term) ?? term;
  const together = parameters > 0 && events >= EVENTS_PER_TERM * parameters ? test(usable) : null;
  const terms =
    together !== null
      ? together.terms.map(({ term, p }) => ({ label: label(term), p }))
      : usable.flatMap((column) => {
          const alone = test([column]);
          return alone === null ? [] : [{ label: column.label, p: alone.global.p }];
        });
  return nonProportionalHazards({ where: model.label, globalP: together?.global.p ?? null, terms });
}

function separationNotes({ model, columns, rows, event, months }: ModelRows): readonly DesignNote[] {
  const perfect =
    months !== null
      ? []
      : columns.filter((column) => {
          if (column.type !== "number") return false;
          const found = logisticSeparation({ name: model.outcome, values: event }, [
            { kind: "numeric", name: column.name, values: numbersOf(column, rows) },
          ]);
          return found.ok && found.value.separated;
        });
  return separation({
    where: model.label,
    kind: model.kind,
    perfect: perfect.map(({ label }) => label),
    covariates: columns.map((column) => ({
      label: column.label,
      levels: levelsIn(column, rows).map((level) => {
        const own = rows.flatMap((row, i) => (column.values[row] === level ? [event[i] ?? 0] : []));
        return { level, n: own.length, events: own.reduce((sum, flag) => sum + flag, 0) };
      }),
    })),
  });
}

/** Guards of every model that the plan asks for: size, separation, collinearity, missing values, hazards, selection. */
export function modelNotes(context: DesignContext, models: readonly ModelAsked[]): readonly DesignNote[] {
  return models.flatMap((model) => {
    const found = rowsOf(context, model);
    if (found === null) return [];
    const { columns, rows, event, months } = found;
    const events = event.reduce((sum, flag) => sum + flag, 0);
    const source = (name: string): string | null => {
      const subject = subjectOf(context, name);
      if (subject.role === "response") return "response criteria";
      return subject.name === name ? null : subject.name;
    };
    return [
      ...eventsPerCandidate({
        where: model.label,
        events: months === null ? Math.min(events, rows.length - events) : events,
        candidates: columns.reduce((sum, column) => sum + parametersOf(column, rows), 0),
      }),
      ...separationNotes(found),
      ...collinearTogether({
        where: model.label,
        covariates: columns.map((column) => ({
          label: column.label,
          values: rows.map((row) => column.values[row] ?? null),
          source: source(column.name),
        })),
      }),
      ...informativeMissingness({
        where: model.label,
        columns: columns.map((column) => ({
          label: column.label,
          missing: rows.map((row) => column.values[row] === null || column.values[row] === undefined),
        })),
        outcome: months === null ? { kind: "yes-no", values: event } : { kind: "time", months, event },
      }),
      ...hazardNotes(found, context.conventions.ties),
      ...selectionOnTheSameData({
        where: model.label,
        rule:
          model.select === "all"
            ? null
            : model.select
                .split(", ")
                .map((rule) => RULE_WORDS[rule] ?? rule)
                .join(", then "),
        candidates: columns.length,
        resamples: model.validate,
      }),
    ];
  });
}

/** The effect of every expected group on its endpoint, against its direction. */
export function directionNotes(context: DesignContext, comparisons: readonly Comparison[]): readonly DesignNote[] {
  const { ties, survival } = context.conventions;
  return comparisons.flatMap(({ endpoint: name, by }) => {
    const rule = context.protocol.groups.find(({ id }) => id === by);
    const layer = layerOf(context.layers, name);
    const endpoint = layer?.endpoints.find((one) => one.name === name);
    const column = layer === undefined ? null : columnIn(layer, by);
    const times = layer === undefined || endpoint === undefined ? null : survivalData(layer.data, endpoint);
    if (rule === undefined || column?.type !== "category" || times === null || !times.ok) return [];
    const { rows, months, event } = times.value;
    const prepared = prepareCox({
      time: months,
      event,
      covariates: dummyCovariates(by, labelsOf(column, rows), [
        rule.reference,
        ...rule.labels.filter((label) => label !== rule.reference),
      ]),
    });
    const fitted = prepared.ok ? fitCox(prepared.value, { ties, level: survival.level, concordance: false }) : prepared;
    if (!fitted.ok) return [];
    return fitted.value.model.coefficients.flatMap((one) =>
      one.hazardRatio === null || one.level === undefined
        ? []
        : directionAgainstExpectation({
            where: `${endpoint?.label ?? name} by ${rule.label}`,
            group: rule.label,
            labels: rule.labels,
            reference: rule.reference,
            level: one.level,
            better: rule.better,
            ratio: one.hazardRatio,
            low: one.lower,
            high: one.upper,
          }),
    );
  });
}
