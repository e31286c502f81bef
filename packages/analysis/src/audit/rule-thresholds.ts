import type { AuditFinding } from "./document.js";
import type { AuditFacts } from "./facts.js";
import { type Printed, printed } from "./printed.js";

const PAIR =
  /([<>≤≥])\s?(\d+(?:\.\d+)?)\s?((?:cm|mm|%|years?|months?|U\/L|g\/L|g\/dL|ng\/mL|mg\/dL)?)(?:\s\(n\s?=\s?\d+\))?\s?(?:and|or|vs\.?|versus|\/|,)\s(?:those\s)?([<>≤≥])\s?(\d+(?:\.\d+)?)(?![\d.])/g;
const COMPLEMENT: Readonly<Record<string, string>> = { "<": "≥", "≥": "<", ">": "≤", "≤": ">" };

/** Two groups cut at one value must hold that value exactly once. */
function partitions(facts: AuditFacts): readonly AuditFinding[] {
  return [...facts.page.text.matchAll(PAIR)].flatMap((match) => {
    const [whole, first = "", value = "", , second = "", again = ""] = match;
    if (value !== again || COMPLEMENT[first] === second || first === second) return [];
    const both = "≤≥".includes(first) && "≤≥".includes(second);
    // "<5 and ≤5" speaks of two different cuts.
    if (!both && !("<>".includes(first) && "<>".includes(second))) return [];
    return [
      {
        code: both ? "partition-overlap" : "partition-gap",
        certainty: "check" as const,
        quotes: [facts.page.quote(match.index, match.index + whole.length)],
        arithmetic: `${first}${value} and ${second}${value}: ${value} itself is in ${both ? "both groups" : "neither group"}`,
        message: both ? "The two groups overlap at their cut." : "The two groups leave out the value they are cut at.",
      },
    ];
  });
}

const AGE_RULE =
  /\b(?:aged?|age\sof|age\sbetween)\s?(?:between\s)?(\d{1,2})\s?(?:–|-|to|and)\s?(\d{2})\s?years\b|\b(?:aged?(?:\sof)?)\s?(?:≥|>|at\sleast|older\sthan)\s?(\d{2})\s?years\b/gi;
const AGE_RANGE = /\bage\b(?:[^.;]|\.(?=\d)){0,60}?\(?range:?,?\s?(\d{1,2})\s?(?:–|-|to)\s?(\d{2,3})(?:\s?years)?/gi;
const CRITERIA = /\b(?:inclusion|eligib\w+|enrol\w+|criteri\w+|included)\b/i;

/** Patients younger or older than the inclusion criteria allow. */
function eligibility(facts: AuditFacts): readonly AuditFinding[] {
  const { page } = facts;
  const rules = [...page.text.matchAll(AGE_RULE)].flatMap((match) => {
    if (!CRITERIA.test(page.text.slice(Math.max(0, match.index - 400), match.index))) return [];
    const [whole, from, to, least] = match;
    const limits = { low: Number(from ?? least), high: to === undefined ? Number.POSITIVE_INFINITY : Number(to) };
    return [{ ...limits, quote: page.quote(match.index, match.index + whole.length) }];
  });
  const [rule] = rules;
  // Several rules are those of several groups or studies.
  if (rule === undefined || rules.some(({ low, high }) => low !== rule.low || high !== rule.high)) return [];
  return [...page.text.matchAll(AGE_RANGE)].flatMap((match) => {
    const [whole, youngest = "", oldest = ""] = match;
    const quote = page.quote(match.index, match.index + whole.length);
    if (quote.file !== rule.quote.file || (Number(youngest) >= rule.low && Number(oldest) <= rule.high)) return [];
    const out = Number(youngest) < rule.low ? `${youngest} < ${rule.low}` : `${oldest} > ${rule.high}`;
    return [
      {
        code: "range-outside-eligibility",
        certainty: "unlikely" as const,
        quotes: [rule.quote, quote],
        arithmetic: out,
        message: "The printed range holds ages that the inclusion criteria exclude.",
      },
    ];
  });
}

interface Laboratory {
  readonly name: RegExp;
  readonly units: readonly {
    readonly unit: RegExp;
    readonly text: string;
    readonly from: number;
    readonly to: number;
  }[];
}

/** Means and medians of patients with liver disease lie within these; the ranges of the units do not meet. */
const LABORATORY: readonly Laboratory[] = [
  {
    name: /\balbumin\b(?!\s?[-–/]|[- ]to|[- ]bilirubin)/gi,
    units: [
      { unit: /^g\/d[lL]\b/, text: "g/dL", from: 1.5, to: 6 },
      { unit: /^g\/L\b/i, text: "g/L", from: 15, to: 60 },
    ],
  },
  {
    name: /\b(?:total\s)?bilirubin\b(?!\s?[-–/])/gi,
    units: [
      { unit: /^mg\/d[lL]\b/, text: "mg/dL", from: 0.2, to: 4 },
      { unit: /^[µμu]mol\/L\b/i, text: "µmol/L", from: 4, to: 70 },
    ],
  },
  {
    name: /\bha?emoglobin\b(?!\s?A)/gi,
    units: [
      { unit: /^g\/d[lL]\b/, text: "g/dL", from: 6, to: 20 },
      { unit: /^g\/L\b/i, text: "g/L", from: 60, to: 200 },
    ],
  },
  {
    name: /\bcreatinine\b(?!\s?(?:clearance|kinase))/gi,
    units: [
      { unit: /^mg\/d[lL]\b/, text: "mg/dL", from: 0.3, to: 5 },
      { unit: /^[µμu]mol\/L\b/i, text: "µmol/L", from: 25, to: 450 },
    ],
  },
];

/** Label, unit, then a centre with its spread: "Albumin (g/L) 38.2 ± 4.1", "bilirubin (mg/dL) | 14.2 (9.1–20.3)". */
const CENTRE = /^,?\s?[([]?([^\s)\],|]{2,8})[)\]]?[\s,:|]{1,4}(?:mean\s|median\s)?(\d+(?:\.\d+)?)(?=\s?(?:±|\())/i;

/** A centre that is impossible in its unit and usual in the other unit of the same laboratory value. */
function laboratoryUnits(facts: AuditFacts): readonly AuditFinding[] {
  const { page } = facts;
  return LABORATORY.flatMap(({ name, units }) =>
    [...page.text.matchAll(name)].flatMap((match) => {
      const after = match.index + match[0].length;
      const value = CENTRE.exec(page.text.slice(after, after + 60));
      const unit = units.find((one) => one.unit.test(value?.[1] ?? ""));
      if (value === null || unit === undefined) return [];
      const centre: Printed = printed(value[2] ?? "");
      const within = ({ from, to }: { from: number; to: number }): boolean => centre.high >= from && centre.low <= to;
      const other = units.find((one) => one !== unit && within(one));
      if (within(unit) || other === undefined) return [];
      return [
        {
          code: "laboratory-unit",
          certainty: "unlikely" as const,
          quotes: [page.quote(match.index, after + value[0].length)],
          arithmetic: `centres in ${unit.text} lie within ${unit.from} to ${unit.to}, in ${other.text} within ${other.from} to ${other.to}; printed ${centre.text} ${unit.text}`,
          message: `The value fits ${other.text} and not its printed unit.`,
        },
      ];
    }),
  );
}

const CHANGE =
  /\b(?:(?:decreas|drop|reduc|declin|fell|fall|increas|ris|rose|grew)\w*)\s(?:by|of)\s(\d+(?:\.\d+)?)\s?%\s?[,(]?\s?\(?from\s(?:a\s)?(?:mean\s|median\s)?(?:of\s)?(\d+(?:\.\d+)?)\s?([^\s\d,)]{0,6})\s(?:[^\d.;]{0,25}\s)?to\s(\d+(?:\.\d+)?)(?![\d.])/gi;

/** A relative change printed with both its ends. The mean of changes differs from the change of means, so a person decides. */
function relativeChanges(facts: AuditFacts): readonly AuditFinding[] {
  return [...facts.page.text.matchAll(CHANGE)].flatMap((match) => {
    const [whole, change = "", before = "", , after = ""] = match;
    const [c, b, a] = [change, before, after].map(printed);
    if (c === undefined || b === undefined || a === undefined || !(b.low > 0)) return [];
    const relative = (to: number, from: number): number => Math.abs((100 * (to - from)) / from);
    const ends = [relative(a.low, b.low), relative(a.low, b.high), relative(a.high, b.low), relative(a.high, b.high)];
    const points = Math.abs(a.value - b.value);
    if (c.high >= Math.min(...ends) && c.low <= Math.max(...ends)) return [];
    if (Math.abs(points - c.value) < 0.06 || Math.abs(relative(b.value, a.value) - c.value) < 0.06) return [];
    return [
      {
        code: "relative-change",
        certainty: "check" as const,
        quotes: [facts.page.quote(match.index, match.index + whole.length)],
        arithmetic: `(${after} − ${before}) / ${before} = ${((100 * (a.value - b.value)) / b.value).toFixed(1)} %, printed ${change} %`,
        message: "The relative change is not that of the two values beside it (a mean of changes may differ).",
      },
    ];
  });
}

/** Limits that cut groups, admit patients, or tell one unit from another; changes between two printed values. */
export const thresholdFindings = (facts: AuditFacts): readonly AuditFinding[] => [
  ...partitions(facts),
  ...eligibility(facts),
  ...laboratoryUnits(facts),
  ...relativeChanges(facts),
];
