import type { Issue } from "@livermark/core";
import { type CoxCovariate, coxRegression, dummyCovariates } from "@livermark/statistics";
import { cellLedger, columnInputs, pContent, ratioContent } from "./cell-ledger.js";
import { columnOf, type Dataset, type NumberColumn } from "./dataset.js";
import { listed } from "./design/note.js";
import { type Part, part } from "./part.js";
import { monthsColumn, tableName } from "./recompute.js";
import type { Computation, ResultRow } from "./results.js";
import type { SurvivalData } from "./survival-data.js";
import { inSentence } from "./wording.js";

/** A state that begins after the start, e.g. subsequent treatment. */
export interface SwitchPlan {
  readonly id: string;
  readonly label: string;
  /** Column that says yes or no as if it had been known at the start. */
  readonly fixed: string | null;
  readonly adjust: readonly string[];
}

/** One row split where the state begins: not in it before, in it after. */
export interface SplitRows {
  readonly entry: readonly number[];
  readonly exit: readonly number[];
  readonly event: readonly number[];
  readonly inState: readonly number[];
  /** Position in the unsplit rows. */
  readonly from: readonly number[];
}

/**
 * Rows in counting-process form: a row in which the state begins during follow-up becomes two, the event belonging to the
 * last. A state that begins at or after the end, or never (null), leaves one row. Times in months.
 * Example: follow-up 10, state from 4: (0, 4] without and (4, 10] with it.
 */
export function splitAtSwitch(
  months: readonly number[],
  event: readonly number[],
  switchMonths: readonly (number | null)[],
): SplitRows {
  const entry: number[] = [];
  const exit: number[] = [];
  const flags: number[] = [];
  const inState: number[] = [];
  const from: number[] = [];
  const add = (row: number, start: number, end: number, happened: number, state: number): void => {
    entry.push(start);
    exit.push(end);
    flags.push(happened);
    inState.push(state);
    from.push(row);
  };
  months.forEach((end, row) => {
    const at = switchMonths[row] ?? null;
    const happened = event[row] ?? 0;
    if (at === null || at >= end) add(row, 0, end, happened, 0);
    else if (at <= 0) add(row, 0, end, happened, 1);
    else {
      add(row, 0, at, 0, 0);
      add(row, at, end, happened, 1);
    }
  });
  return { entry, exit, event: flags, inState, from };
}

/** What it leaves: its part, and the months at which the state began as a column for the recomputation. */
export interface TimeDependentOutcome {
  readonly part: Part;
  readonly columns: readonly NumberColumn[];
}

const BEGAN = "From the day on which it began";

/**
 * A covariate that looks into the future (subsequent treatment, further cycles) as a state that begins when it begins,
 * beside the fixed covariate that grants whoever gets it the time until then. Time-dependent Cox model with delayed entry;
 * van Walraven 2004; Simon and Makuch 1984. `switchMonths` is aligned with `survival.rows`, null = never.
 */
export function timeDependentPart(
  data: Dataset,
  survival: SurvivalData,
  switchMonths: readonly (number | null)[],
  plan: SwitchPlan,
  ties: "efron" | "breslow",
): TimeDependentOutcome {
  const issues: Issue[] = [];
  const split = splitAtSwitch(survival.months, survival.event, switchMonths);
  const designOf = (name: string, rows: readonly number[]): readonly CoxCovariate[] => {
    const found = columnOf(data, name);
    if (!found.ok) {
      issues.push(...found.issues.map((issue) => ({ ...issue, severity: "warning" as const })));
      return [];
    }
    const column = found.value;
    if (column.type === "number")
      return [{ name, values: Float64Array.from(rows, (row) => Number(column.values[row] ?? Number.NaN)) }];
    return dummyCovariates(
      name,
      rows.map((row) => column.values[row] ?? null),
      column.levels.filter((level) => rows.some((row) => column.values[row] === level)),
    );
  };
  const splitRows = split.from.map((position) => survival.rows[position] ?? 0);
  const changing = coxRegression(
    {
      entry: split.entry,
      time: split.exit,
      event: split.event,
      covariates: [
        { name: "state", values: Float64Array.from(split.inState) },
        ...plan.adjust.flatMap((name) => designOf(name, splitRows)),
      ],
    },
    { ties, concordance: false },
  );
  const fixed =
    plan.fixed === null
      ? null
      : coxRegression(
          {
            time: survival.months,
            event: survival.event,
            covariates: [plan.fixed, ...plan.adjust].flatMap((name) => designOf(name, survival.rows)),
          },
          { ties, concordance: false },
        );
  for (const result of [changing, fixed])
    if (result !== null && !result.ok)
      issues.push(
        ...result.issues.map((issue) => ({
          ...issue,
          severity: "warning" as const,
          message: `${plan.label}: ${issue.message}`,
        })),
      );
  const inputs = columnInputs(data, [
    survival.endpoint.time,
    survival.endpoint.event,
    ...(plan.fixed === null ? [] : [plan.fixed]),
    ...plan.adjust,
  ]);
  const ledger = cellLedger("time-dependent-cox", "1", inputs);
  const switched = switchMonths.filter((at, i) => at !== null && at < (survival.months[i] ?? 0)).length;
  const facts = { switched, adjusted: [...plan.adjust], ties };
  const effectOf = (fit: typeof changing | null) => (fit?.ok === true ? fit.value.coefficients[0] : undefined);
  const [one, other] = [effectOf(fixed), effectOf(changing)];
  const near = (a: number | null, b: number | null): boolean =>
    a !== null && b !== null && Math.abs(a - b) <= 1e-6 * Math.max(1, Math.abs(a));
  const alike =
    one !== undefined &&
    other !== undefined &&
    near(one.coefficient, other.coefficient) &&
    near(one.standardError, other.standardError);
  const row = (label: string, what: string, fit: typeof changing | null): ResultRow => {
    const effect = effectOf(fit);
    const id = (part: string): string => `time-dependent.${plan.id}.${what}.${part}`;
    return {
      label,
      cells: {
        hr: ledger.issued(
          id("ratio"),
          ratioContent({
            value: effect?.hazardRatio ?? null,
            low: effect?.lower ?? null,
            high: effect?.upper ?? null,
          }),
          facts,
        ),
        p: ledger.issued(id("p"), pContent(effect?.p ?? null), facts),
      },
    };
  };
  const adjusted = plan.adjust.map((name) => {
    const column = columnOf(data, name);
    return column.ok ? inSentence(column.value.label) : name;
  });
  const begins = `time-dependent.${plan.id}.months`;
  const rowOf = new Map(survival.rows.map((own, i) => [own, switchMonths[i] ?? null]));
  const months: NumberColumn = {
    name: begins,
    label: `${plan.label}: months until it began`,
    type: "number",
    unit: "months",
    origin: () => inputs,
    values: data.rows.map((_, own) => rowOf.get(own) ?? null),
  };
  const levelsOf = (names: readonly string[]): Computation["spec"] => ({
    factors: Object.fromEntries(
      names.flatMap((name) => {
        const column = columnOf(data, name);
        return column.ok && column.value.type === "category"
          ? [
              [
                name,
                column.value.levels.filter((level) => survival.rows.some((own) => column.value.values[own] === level)),
              ],
            ]
          : [];
      }),
    ),
  });
  const shared = {
    time: monthsColumn(survival.endpoint),
    event: survival.endpoint.event,
    ties,
  };
  const first = changing.ok ? changing.value.coefficients[0] : undefined;
  const fixedEffects = fixed?.ok === true ? fixed.value.coefficients : [];
  const computations: Computation[] = [];
  if (first !== undefined && first.hazardRatio !== null)
    computations.push({
      id: `time-dependent.${plan.id}.changing.ratio`,
      method: "timeDependentCox",
      data: tableName(data),
      spec: { ...shared, begins, adjust: [...plan.adjust], ...levelsOf(plan.adjust) },
      answer: { hr: first.hazardRatio, hrLower: first.lower, hrUpper: first.upper, p: first.p },
    });
  if (plan.fixed !== null && fixedEffects.length > 0 && fixedEffects.every((one) => one.hazardRatio !== null)) {
    const covariates = [plan.fixed, ...plan.adjust];
    computations.push({
      id: `time-dependent.${plan.id}.fixed.ratio`,
      method: "cox",
      data: tableName(data),
      spec: { ...shared, covariates, ...levelsOf(covariates) },
      answer: {
        hr: fixedEffects.map((one) => one.hazardRatio),
        ciLower: fixedEffects.map((one) => one.lower),
        ciUpper: fixedEffects.map((one) => one.upper),
        p: fixedEffects.map((one) => one.p),
      },
    });
  }
  const same = (): ResultRow => ({
    label: BEGAN,
    cells: {
      hr: ledger.issued(`time-dependent.${plan.id}.changing.ratio`, { kind: "text", text: "the same" }, facts),
    },
  });
  const made = part({
    tables: [
      {
        id: `time-dependent.${plan.id}`,
        title: plan.label,
        columns: [
          { key: "hr", label: "HR (95 % CI)" },
          { key: "p", label: "p" },
        ],
        rows: [
          ...(fixed === null ? [] : [row("As if known at the start", "fixed", fixed)]),
          alike ? same() : row(BEGAN, "changing", changing),
        ],
        footnotes: [
          `${switched} of ${survival.rows.length} ${data.unit}s entered the state during follow-up.${adjusted.length === 0 ? "" : ` Adjusted for ${listed(adjusted)}.`} The first line grants the time until it began to those who got it (immortal time); the second does not.${alike ? " Both are the same here: no event came while someone who got it had not yet got it." : ""}`,
        ],
      },
    ],
    issues,
    computations,
    passports: ledger.passports,
    methods: [
      "A covariate that begins after the start was also fitted as time-dependent (Cox model in counting-process form, split where it begins).",
    ],
  });
  return { part: made, columns: [months] };
}
