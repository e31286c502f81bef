import type { AuditFinding, AuditQuote } from "./document.js";
import type { AuditFacts } from "./facts.js";
import { type Printed, printed, shown } from "./printed.js";

const PROSE =
  /sensitivity[^.\d\n]{0,30}(?:\n[^.\d\n]{0,20})?(\d+(?:\.\d+)?)\s?%(?!\s?C)[^\d]{0,40}specificity[^.\d]{0,30}(\d+(?:\.\d+)?)\s?%(?!\s?C)/gi;

const LISTED = /sensitivity\sand\sspecificity[^.\d]{0,40}?(\d+(?:\.\d+)?)\s?%\s?(?:and|,)\s?(\d+(?:\.\d+)?)\s?%/gi;

/** True where some whole number of `n` is printed so. */
const reachable = (percent: Printed, n: number): boolean => {
  const k = Math.ceil((percent.low * n) / 100 - 1e-9);
  return k <= (percent.high * n) / 100 + 1e-9 && k <= n;
};

/** Sizes of two classes that the same file names and that add up to a size it names. */
function classes(facts: AuditFacts, file: string): readonly (readonly [number, number])[] {
  const named = [...facts.page.text.matchAll(/\bn\s?=\s?(\d+)/gi)]
    .filter((match) => facts.page.quote(match.index, match.index + match[0].length).file === file)
    .map((match) => Number(match[1]));
  const sizes = [...new Set(named)];
  return sizes.flatMap((a) => sizes.filter((b) => b !== a && facts.sizes.has(a + b)).map((b) => [a, b] as const));
}

function judge(
  facts: AuditFacts,
  sensitivity: Printed,
  specificity: Printed,
  quote: AuditQuote,
): readonly AuditFinding[] {
  const pairs = classes(facts, quote.file);
  const both = (a: number, b: number): boolean => reachable(sensitivity, a) && reachable(specificity, b);
  const base = {
    code: "accuracy-counts",
    quotes: [quote],
    message: "No whole numbers of patients give this sensitivity and specificity.",
  };
  const [most] = [...facts.sizes].filter(([n]) => n >= 10).sort((a, b) => b[1] - a[1]);
  const totals = [...facts.sizes.keys()].filter((n) => n >= 10);
  const anySplit = totals.some((n) => Array.from({ length: n - 1 }, (_, i) => i + 1).some((a) => both(a, n - a)));
  if (!anySplit && most !== undefined) {
    const arithmetic = `no split of ${most[0]} into two classes gives ${sensitivity.text} % and ${specificity.text} %`;
    return [{ ...base, certainty: "contradiction", arithmetic }];
  }
  if (pairs.length === 0 || pairs.some(([a, b]) => both(a, b))) return [];
  const [pair] = pairs;
  if (pair === undefined) return [];
  const [a, b] = pair;
  const nearest = (percent: Printed, n: number): string => {
    const k = Math.round((percent.value * n) / 100);
    return `${k}/${n} = ${shown((100 * k) / n)} %`;
  };
  const arithmetic = `nearest to ${sensitivity.text} %: ${nearest(sensitivity, a)} or ${nearest(sensitivity, b)}; to ${specificity.text} %: ${nearest(specificity, b)} or ${nearest(specificity, a)}`;
  return [{ ...base, certainty: "unlikely", arithmetic }];
}

/** Sensitivity and specificity are whole numbers of the two classes: search whether any classes can give them. */
export function accuracyFindings(facts: AuditFacts): readonly AuditFinding[] {
  const prose = [...facts.page.text.matchAll(PROSE), ...facts.page.text.matchAll(LISTED)].flatMap((match) => {
    const [whole, sensitivity = "", specificity = ""] = match;
    return judge(
      facts,
      printed(sensitivity),
      printed(specificity),
      facts.page.quote(match.index, match.index + whole.length),
    );
  });
  const tables = facts.page.tables.flatMap((rows) => {
    const header = rows.findIndex(({ cells }) => cells.some((cell) => /^sensitivity/i.test(cell)));
    const names = rows[header]?.cells ?? [];
    const [sens, spec] = [
      names.findIndex((cell) => /^sensitivity/i.test(cell)),
      names.findIndex((cell) => /^specificity/i.test(cell)),
    ];
    if (header < 0 || spec < 0) return [];
    return rows.slice(header + 1).flatMap(({ cells, quote }) => {
      const [a, b] = [cells[sens] ?? "", cells[spec] ?? ""].map((cell) => /^(\d+\.\d+)\s?%?$/.exec(cell)?.[1]);
      if (a === undefined || b === undefined) return [];
      const percent = (text: string): Printed =>
        Number(text) > 1 ? printed(text) : printed(shown(Number(text) * 100, 6));
      return Number(a) > 1 ? judge(facts, percent(a), percent(b), quote) : [];
    });
  });
  return [...prose, ...tables];
}
