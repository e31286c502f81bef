import type { Issue } from "@livermark/core";
import { type CoxCovariate, coxRegression, dummyCovariates } from "@livermark/statistics";
import { cellLedger, columnInputs, estimateContent, pContent } from "./cell-ledger.js";
import { columnOf, type Dataset } from "./dataset.js";
import { type Part, part } from "./part.js";
import type { ResultRow } from "./results.js";
import type { SurvivalData } from "./survival-data.js";

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
): Part {
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
  const row = (label: string, what: string, fit: typeof changing | null): ResultRow => {
    const effect = fit?.ok === true ? fit.value.coefficients[0] : undefined;
    const id = (part: string): string => `time-dependent.${plan.id}.${what}.${part}`;
    return {
      label,
      cells: {
        hr: ledger.issued(
          id("ratio"),
          estimateContent(
            { value: effect?.hazardRatio ?? null, low: effect?.lower ?? null, high: effect?.upper ?? null },
            { decimals: 3 },
          ),
          facts,
        ),
        p: ledger.issued(id("p"), pContent(effect?.p ?? null), facts),
      },
    };
  };
  return part({
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
          row("From the day on which it began", "changing", changing),
        ],
        footnotes: [
          `${switched} of ${survival.rows.length} rows entered the state during follow-up.${plan.adjust.length === 0 ? "" : ` Adjusted for ${plan.adjust.join(", ")}.`} The first line grants the time until it began to those who got it (immortal time); the second does not.`,
        ],
      },
    ],
    issues,
    passports: ledger.passports,
    methods: [
      "A covariate that begins after the start was also fitted as time-dependent (Cox model with rows split where it begins).",
    ],
  });
}
