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

/** Sensitivity and specificity of one test, and where they are printed; null in a table. */
interface Pair {
  readonly sensitivity: Printed;
  readonly specificity: Printed;
  readonly start: number | null;
  readonly quote: AuditQuote;
}

const gives = ({ sensitivity, specificity }: Pair, a: number, b: number): boolean =>
  reachable(sensitivity, a) && reachable(specificity, b);

/** How far before a test its classes may be named without another test that confirms them. */
const NEAR = 1500;

/**
 * Sizes of two groups that the same file names and that add up to a size it names. Groups are the classes of this test
 * where they are named shortly before it, or where another test of the file has whole numbers of them.
 */
function classes(facts: AuditFacts, pair: Pair, all: readonly Pair[]): readonly (readonly [number, number])[] {
  const named = [...facts.page.text.matchAll(/\bn\s?=\s?(\d+)/gi)]
    .filter((match) => facts.page.quote(match.index, match.index + match[0].length).file === pair.quote.file)
    .map((match) => ({ size: Number(match[1]), place: match.index }));
  const near = ({ place }: (typeof named)[number]): boolean =>
    pair.start !== null && place < pair.start && pair.start - place < NEAR;
  const close = new Set(named.filter(near).map(({ size }) => size));
  const others = all.filter((other) => other !== pair && other.quote.file === pair.quote.file);
  const sizes = [...new Set(named.map(({ size }) => size))];
  return sizes.flatMap((a) =>
    sizes
      .filter((b) => b !== a && facts.sizes.has(a + b))
      .filter((b) => (close.has(a) && close.has(b)) || others.some((other) => gives(other, a, b)))
      .map((b) => [a, b] as const),
  );
}

function judge(facts: AuditFacts, pair: Pair, all: readonly Pair[]): readonly AuditFinding[] {
  const { sensitivity, specificity, quote } = pair;
  const pairs = classes(facts, pair, all);
  const both = (a: number, b: number): boolean => gives(pair, a, b);
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
  const [first] = pairs;
  if (first === undefined) return [];
  const [a, b] = first;
  const nearest = (percent: Printed, n: number): string => {
    const k = Math.round((percent.value * n) / 100);
    return `${k}/${n} = ${shown((100 * k) / n)} %`;
  };
  const arithmetic = `nearest to ${sensitivity.text} %: ${nearest(sensitivity, a)} or ${nearest(sensitivity, b)}; to ${specificity.text} %: ${nearest(specificity, b)} or ${nearest(specificity, a)}`;
  return [{ ...base, certainty: "unlikely", arithmetic }];
}

/** Sensitivity and specificity are whole numbers of the two classes: search whether any classes can give them. */
export function accuracyFindings(facts: AuditFacts): readonly AuditFinding[] {
  const prose = [...facts.page.text.matchAll(PROSE), ...facts.page.text.matchAll(LISTED)].map((match): Pair => {
    const [whole, sensitivity = "", specificity = ""] = match;
    return {
      sensitivity: printed(sensitivity),
      specificity: printed(specificity),
      start: match.index,
      quote: facts.page.quote(match.index, match.index + whole.length),
    };
  });
  const tables = facts.page.tables.flatMap((rows) => {
    const header = rows.findIndex(({ cells }) => cells.some((cell) => /^sensitivity/i.test(cell)));
    const names = rows[header]?.cells ?? [];
    const [sens, spec] = [
      names.findIndex((cell) => /^sensitivity/i.test(cell)),
      names.findIndex((cell) => /^specificity/i.test(cell)),
    ];
    if (header < 0 || spec < 0) return [];
    return rows.slice(header + 1).flatMap(({ cells, quote }): readonly Pair[] => {
      const [a, b] = [cells[sens] ?? "", cells[spec] ?? ""].map((cell) => /^(\d+\.\d+)\s?%?$/.exec(cell)?.[1]);
      if (a === undefined || b === undefined || Number(a) <= 1) return [];
      const percent = (text: string): Printed =>
        Number(text) > 1 ? printed(text) : printed(shown(Number(text) * 100, 6));
      return [{ sensitivity: percent(a), specificity: percent(b), start: null, quote }];
    });
  });
  const all = [...prose, ...tables];
  return all.flatMap((pair) => judge(facts, pair, all));
}
