import type { AuditFinding, AuditQuote } from "./document.js";
import type { AuditFacts } from "./facts.js";
import { agrees, type Printed, printed } from "./printed.js";

type Measure = "sensitivity" | "specificity" | "ppv" | "npv" | "accuracy";
type Accuracy = ReadonlyMap<Measure, Printed>;

const NAMES: readonly (readonly [Measure, RegExp])[] = [
  ["sensitivity", /^sensitivity/i],
  ["specificity", /^specificity/i],
  ["ppv", /^(?:PPV|positive predictive value)/i],
  ["npv", /^(?:NPV|negative predictive value)/i],
  ["accuracy", /^(?:overall |diagnostic )?accuracy/i],
];

const NAME = "sensitivity|specificity|PPV|NPV|positive predictive value|negative predictive value|accuracy";
const EACH = new RegExp(
  String.raw`\b(${NAME})(?:\s?\((?:PPV|NPV)\))?(?:\sof|\swas|\s?[:=])?\s(\d+(?:\.\d+)?)\s?%`,
  "gi",
);
const LIST = new RegExp(
  String.raw`\b((?:${NAME})(?:(?:,\s(?:and\s)?|\sand\s)(?:${NAME})){2,4})[^.\d]{0,60}?((?:\d+(?:\.\d+)?\s?%(?:,\s(?:and\s)?|\sand\s|\s)?){3,5})`,
  "gi",
);

const measureOf = (text: string): Measure | undefined => NAMES.find(([, name]) => name.test(text.trim()))?.[0];

interface Claim {
  readonly values: Accuracy;
  readonly quote: AuditQuote;
}

/** Runs of "sensitivity 80 %, specificity …, PPV …": a name that comes again starts the next run. */
function eachClaims(facts: AuditFacts): readonly Claim[] {
  const { page } = facts;
  const claims: Claim[] = [];
  let run = new Map<Measure, Printed>();
  let start = 0;
  let end = -1;
  const close = (): void => {
    if (run.size > 0) claims.push({ values: run, quote: page.quote(start, end) });
    run = new Map();
  };
  for (const match of page.text.matchAll(EACH)) {
    const measure = measureOf(match[1] ?? "");
    if (measure === undefined || page.inTable(match.index)) continue;
    if (run.size === 0 || run.has(measure) || match.index - end > 60) {
      close();
      start = match.index;
    }
    run.set(measure, printed(match[2] ?? ""));
    end = match.index + match[0].length;
  }
  close();
  return claims;
}

/** "Sensitivity, specificity, PPV and NPV were 80 %, 72 %, 75 % and 78 %". */
function listClaims(facts: AuditFacts): readonly Claim[] {
  return [...facts.page.text.matchAll(LIST)].flatMap((match) => {
    const names = [...(match[1] ?? "").matchAll(new RegExp(NAME, "gi"))].map(([name]) => measureOf(name));
    const numbers = [...(match[2] ?? "").matchAll(/\d+(?:\.\d+)?/g)].map(([number]) => printed(number));
    if (names.length !== numbers.length) return [];
    const values = new Map(names.flatMap((name, i) => (name && numbers[i] ? [[name, numbers[i]] as const] : [])));
    return [{ values, quote: facts.page.quote(match.index, match.index + match[0].length) }];
  });
}

function tableClaims(facts: AuditFacts): readonly Claim[] {
  return facts.page.tables.flatMap((rows) => {
    const header = rows.findIndex(({ cells }) => cells.filter((cell) => measureOf(cell) !== undefined).length >= 3);
    const measures = (rows[header]?.cells ?? []).map(measureOf);
    return rows.slice(header + 1).flatMap(({ cells, quote }) => {
      if (header < 0) return [];
      const values = new Map<Measure, Printed>();
      cells.forEach((cell, i) => {
        const number = /^(\d+(?:\.\d+)?)\s?%?$/.exec(cell)?.[1];
        const measure = measures[i];
        if (measure !== undefined && number !== undefined && Number(number) > 1) values.set(measure, printed(number));
      });
      return [{ values, quote }];
    });
  });
}

/** True where some 2 × 2 table of a cases and b others has all the printed values. */
function possible(values: Accuracy, a: number, b: number): boolean {
  const fits = (measure: Measure, part: number, whole: number): boolean => {
    const value = values.get(measure);
    return value === undefined || (whole > 0 && agrees(value, (100 * part) / whole));
  };
  const range = (measure: Measure, n: number): readonly number[] => {
    const value = values.get(measure);
    const from = value === undefined ? 0 : Math.max(0, Math.ceil((value.low * n) / 100));
    const to = value === undefined ? n : Math.min(n, Math.floor((value.high * n) / 100));
    return Array.from({ length: Math.max(0, to - from + 1) }, (_, i) => from + i);
  };
  return range("sensitivity", a).some((hits) =>
    range("specificity", b).some(
      (clear) =>
        fits("ppv", hits, hits + b - clear) &&
        fits("npv", clear, clear + a - hits) &&
        fits("accuracy", hits + clear, a + b),
    ),
  );
}

/** Sensitivity, specificity, predictive values and accuracy printed together come from one table of whole numbers. */
export function accuracySetFindings(facts: AuditFacts): readonly AuditFinding[] {
  const totals = [...facts.sizes.keys()].filter((n) => n >= 10 && n <= 2000);
  const split = (values: Accuracy, n: number): boolean =>
    Array.from({ length: n - 1 }, (_, i) => i + 1).some((a) => possible(values, a, n - a));
  return [...eachClaims(facts), ...listClaims(facts), ...tableClaims(facts)].flatMap(({ values, quote }) => {
    if (!values.has("sensitivity") || !values.has("specificity") || values.size < 3 || totals.length === 0) return [];
    const two: Accuracy = new Map([...values].filter(([name]) => name === "sensitivity" || name === "specificity"));
    // What two of them cannot be is said where pairs are searched.
    if (!totals.some((n) => split(two, n)) || totals.some((n) => split(values, n))) return [];
    const list = [...values].map(([name, { text }]) => `${name} ${text} %`).join(", ");
    return [
      {
        code: "accuracy-table",
        certainty: "unlikely" as const,
        quotes: [quote],
        arithmetic: `no 2 × 2 table of ${totals.length === 1 ? totals[0] : "any total named here"} gives ${list}`,
        message: "Sensitivity, specificity and the other values do not come from one table of whole numbers.",
      },
    ];
  });
}
