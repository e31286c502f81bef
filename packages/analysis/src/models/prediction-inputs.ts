import { errorIssue, type Issue } from "@livermark/core";
import { intervalOf } from "../recipe/cuts.js";
import type { PortableTerm } from "./portable.js";

/** A patient's value: a number, a level, or a number with the interval that its measurement has. */
export type InputValue = number | string | { readonly value: number; readonly low: number; readonly high: number };

export interface PredictOptions {
  /** Goes on outside the range of the data that made the model. */
  readonly outsideRange?: boolean;
  /** Gives a class although the source contradicts itself on the direction. */
  readonly acceptDisputed?: boolean;
  /** Relative measurement error (95 %, percent of the value) by input, where the caller knows a better one. */
  readonly errorPercent?: { readonly [input: string]: number };
  /** Months at which a Cox model's survival is wanted. */
  readonly months?: readonly number[];
}

/** What was made of one input. */
export interface InputReading {
  readonly input: string;
  readonly label: string;
  readonly value: number | string;
  readonly unit: string;
  /** Level that the value belongs to, of a group or category. */
  readonly level: string | null;
  readonly contribution: number;
  /** Points on the scale where the strongest input has 100. */
  readonly points: number;
  readonly range: { readonly low: number | null; readonly high: number | null; readonly inside: boolean | null };
  /** Whether measurement error alone could move the value over a cut. */
  readonly greyZone: {
    readonly cut: number;
    readonly low: number;
    readonly high: number;
    readonly source: string;
  } | null;
}

/** 95 % error of one measurement in percent of its value: repeatability coefficient / √2 (a change has the error of two). */
const REPEATABILITY: readonly { readonly matches: RegExp; readonly percent: number; readonly source: string }[] = [
  {
    matches: /^adc-mean/,
    percent: 27 / Math.SQRT2,
    source:
      "QIBA DWI profile: a change of mean liver-lesion ADC below 27 % is within measurement error; one value ± 19 %",
  },
];

export const plainValue = (value: InputValue): number | string => (typeof value === "object" ? value.value : value);

function greyZone(
  name: string,
  value: InputValue,
  cuts: readonly number[],
  options: PredictOptions,
): InputReading["greyZone"] {
  const number = plainValue(value);
  if (typeof number !== "number") return null;
  const known = REPEATABILITY.find(({ matches }) => matches.test(name));
  const given = options.errorPercent?.[name];
  const reach =
    typeof value === "object"
      ? { low: value.low, high: value.high, source: "the interval given with the value" }
      : given !== undefined
        ? { low: number * (1 - given / 100), high: number * (1 + given / 100), source: `± ${given} % as given` }
        : known === undefined
          ? null
          : { low: number * (1 - known.percent / 100), high: number * (1 + known.percent / 100), source: known.source };
  const cut = reach === null ? undefined : cuts.find((one) => one > reach.low && one <= reach.high);
  return reach === null || cut === undefined ? null : { cut, ...reach };
}

/** One input of a prediction, read. */
export interface Resolved {
  readonly reading: Omit<InputReading, "points">;
  /** Multiplier of each of the input's terms. */
  readonly codes: readonly number[];
  readonly terms: readonly PortableTerm[];
}

/** The value of one covariate: by its own name, or by the name of the number behind the group. */
export function resolveInput(
  name: string,
  terms: readonly PortableTerm[],
  inputs: { readonly [name: string]: InputValue },
  options: PredictOptions,
): Resolved | Issue {
  const [first] = terms;
  const group = first?.group;
  const raw = group === undefined ? undefined : inputs[group.of];
  const given = raw ?? inputs[name];
  const label = first?.label === "" || first === undefined ? name : first.label;
  const missing = (wanted: string, got = "nothing"): Issue =>
    errorIssue({
      code: given === undefined ? "input-missing" : "input-wrong",
      message: given === undefined ? `The model needs ${label}.` : `${label} cannot be read.`,
      got,
      wanted,
      path: group === undefined ? name : group.of,
    });
  if (first === undefined) return missing("a term");
  if (given === undefined)
    return missing(
      group === undefined
        ? first.level === null
          ? `a number (${first.unit || "1"})`
          : levelsOf(terms).join(" | ")
        : `${group.of}: a number (${group.unit || "1"})`,
    );
  const value = plainValue(given);
  const unit = raw !== undefined ? (group?.unit ?? "") : first.unit;
  const bounds =
    raw !== undefined
      ? { low: group?.low ?? null, high: group?.high ?? null }
      : { low: first.low ?? null, high: first.high ?? null };
  const known = bounds.low !== null && bounds.high !== null;
  const inside = typeof value === "number" && known ? value >= (bounds.low ?? 0) && value <= (bounds.high ?? 0) : null;
  const range = { ...bounds, inside };
  if (first.level === null) {
    if (typeof value !== "number" || !Number.isFinite(value)) return missing("a number", String(value));
    return {
      terms,
      codes: [value],
      reading: {
        input: name,
        label,
        value,
        unit,
        level: null,
        contribution: first.coefficient * value,
        range,
        greyZone: null,
      },
    };
  }
  let level: string;
  if (raw !== undefined && group !== undefined) {
    if (typeof value !== "number" || !Number.isFinite(value))
      return missing(`${group.of}: a number (${group.unit || "1"})`, String(value));
    level = group.labels[intervalOf(value, group.cuts, group.equalGoes)] ?? "";
  } else level = String(value);
  if (!levelsOf(terms).includes(level)) return missing(levelsOf(terms).join(" | "), level);
  const codes = terms.map((term) => (term.level === level ? 1 : 0));
  return {
    terms,
    codes,
    reading: {
      input: raw !== undefined && group !== undefined ? group.of : name,
      label,
      value,
      unit,
      level,
      contribution: terms.reduce((sum, term, k) => sum + term.coefficient * (codes[k] ?? 0), 0),
      range,
      greyZone: group === undefined || raw === undefined ? null : greyZone(group.of, given, group.cuts, options),
    },
  };
}

/** Levels of an input, its reference first. */
export const levelsOf = (terms: readonly PortableTerm[]): readonly string[] => [
  terms[0]?.reference ?? "reference",
  ...terms.flatMap((term) => (term.level === null ? [] : [term.level])),
];
