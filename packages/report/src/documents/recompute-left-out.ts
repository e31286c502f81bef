import type { Cell, RecomputePlan, Results } from "@livermark/analysis";
import { compareStrings, type Json } from "@livermark/core";

/** Numbers of one kind that `recompute.R` does not repeat, and why. */
export interface LeftOut {
  readonly what: string;
  readonly why: string;
  readonly numbers: number;
}

/** What the script repeats of the numbers in tables, and what not; figures of which it repeats no curve, by kind. */
export interface Coverage {
  readonly numbers: number;
  readonly repeated: number;
  readonly leftOut: readonly LeftOut[];
  readonly figures: readonly { readonly kind: string; readonly figures: number }[];
}

interface Kind {
  readonly of: RegExp;
  readonly what: string;
  readonly why: string;
}

/** Kinds by the id of table and cell; the first that fits counts. */
const kinds: readonly Kind[] = [
  {
    of: /\.corrected |\.stability |\.bootstrap-|permutation-p$|\.search-p$|^cut-offs /,
    what: "resampled numbers (optimism, stability of choices, bootstrap limits, permutation tests)",
    why: "R would draw other samples",
  },
  {
    of: /^adverse\.|^baseline\.procedures/,
    what: "counts of adverse events and of single procedures",
    why: "their tables are not part of the data beside this script",
  },
  {
    of: /-at-horizon$|calibration-error$/,
    what: "AUC, Brier score and calibration at a time",
    why: "the packages used here do not weigh for censoring in the same way",
  },
  {
    of: /\.selection /,
    what: "steps by which covariates were chosen (LASSO, limits of p)",
    why: "only the chosen models are fitted again",
  },
  {
    of: /interaction$/,
    what: "tests of interaction",
    why: "only the effects within subgroups are fitted again",
  },
  {
    of: /^competing\.|^clusters\./,
    what: "Gray's test, limits of cumulative incidence and of Fine-Gray models, clustered events",
    why: "they need packages that this script does not ask for",
  },
  {
    of: /^sensitivity\./,
    what: "variants of models that leave rows out or fill in missing values",
    why: "their rows are not part of the data beside this script",
  },
  {
    of: /^external\./,
    what: "published models applied to these data",
    why: "their equations are not part of the data beside this script",
  },
  { of: /\.smd$/, what: "standardised mean differences", why: "they only describe" },
  {
    of: /^models\./,
    what: "comparisons of markers that are categories, or within groups",
    why: "only markers that are numbers are compared again",
  },
];

const other: Omit<Kind, "of"> = {
  what: "other numbers",
  why: "pooled over imputations, chosen cut-offs and models without a finite estimate",
};

/** Numbers that a cell prints. */
function numbersOf(cell: Cell): readonly number[] {
  const all: readonly (number | null)[] = (() => {
    switch (cell.kind) {
      case "number":
      case "p":
        return [cell.value];
      case "count":
        return [cell.n];
      case "share":
        return [cell.n, cell.total];
      case "mean-sd":
        return [cell.mean, cell.sd];
      case "median-range":
        return [cell.median, cell.low, cell.high];
      case "estimate":
        return [cell.value, cell.low, cell.high];
      case "not-reached":
        return [cell.low, cell.high];
      default:
        return [];
    }
  })();
  return all.filter((value) => value !== null);
}

const digits = (value: number): string => value.toPrecision(9);

function collect(value: Json, into: Set<string>): void {
  if (typeof value === "number") into.add(digits(value));
  else if (Array.isArray(value)) for (const item of value as readonly Json[]) collect(item, into);
}

/** Figures whose curves are drawn from more than what is repeated. */
const drawnOnly: { readonly [kind: string]: string } = {
  calibration: "smooth calibration curves and groups of risk",
  "lasso-path": "paths of LASSO coefficients",
  "lasso-error": "cross-validated errors of the LASSO",
  residuals: "Schoenfeld residuals",
  "cut-point-scan": "scans of cut-offs",
  nomogram: "nomograms",
};

/**
 * Which numbers of the report's tables stand in an answer that `recompute.R` repeats (the same nine digits, also as
 * percent or in ×10⁻³ mm²/s), and how many of each kind do not. Small counts may be found by chance.
 * Example: `coverageOf(results, plan).repeated`.
 */
export function coverageOf(results: Results, plan: RecomputePlan): Coverage {
  const answers = new Set<string>();
  for (const { answer } of plan.computations) for (const value of Object.values(answer)) collect(value, answers);
  const isRepeated = (value: number): boolean =>
    Math.abs(value) < 1e-9 || [1, 100, 1000].some((scale) => answers.has(digits(value / scale)));
  const missing = new Map<string, LeftOut>();
  let numbers = 0;
  let repeated = 0;
  for (const { id, rows } of results.tables)
    for (const { cells } of rows)
      for (const cell of Object.values(cells))
        for (const value of numbersOf(cell)) {
          numbers++;
          if (isRepeated(value)) {
            repeated++;
            continue;
          }
          const { what, why } = kinds.find(({ of }) => of.test(`${id} ${cell.id ?? ""}`)) ?? other;
          missing.set(what, { what, why, numbers: (missing.get(what)?.numbers ?? 0) + 1 });
        }
  const figures = new Map<string, number>();
  for (const { kind } of results.figures) {
    const name = drawnOnly[kind];
    if (name !== undefined) figures.set(name, (figures.get(name) ?? 0) + 1);
  }
  return {
    numbers,
    repeated,
    leftOut: [...missing.values()].sort((a, b) => b.numbers - a.numbers || compareStrings(a.what, b.what)),
    figures: [...figures].map(([kind, count]) => ({ kind, figures: count })),
  };
}

/** The coverage as lines for people. */
export function coverageLines({ numbers, repeated, leftOut, figures }: Coverage): readonly string[] {
  return [
    `Of ${numbers} numbers in the tables of the report, ${repeated} stand in an answer that is repeated here.`,
    ...(leftOut.length === 0 ? [] : ["Not repeated:"]),
    ...leftOut.map((one) => `  ${String(one.numbers).padStart(4)}  ${one.what}: ${one.why}`),
    ...(figures.length === 0
      ? []
      : [
          `Of figures not repeated between what tables print: ${figures.map((one) => `${one.kind} (${one.figures})`).join(", ")}.`,
        ]),
  ];
}
