import type { AuditFinding } from "./document.js";
import type { AuditFacts } from "./facts.js";
import { printed, shown } from "./printed.js";

const COEFFICIENT = /^(?:coeff?(?:icient)?s?\.?|β|B|beta|regression coefficient)$/i;
const RATIO = /^(\d+\.\d+)\s?\(/;
const NUMBER_CELL = /^-?\d+\.\d+$/;
const PROSE =
  /(?:coefficient|β|beta)\s?(?:of|was|is|[=:,])\s?(-?\d+\.\d+)[^.\n]{0,40}?\b(?:OR|HR|odds ratio|hazard ratio)\b[\s,=:]{0,3}(?:of |was )?(\d+\.\d+)/gi;

function compare(coefficient: string, ratio: string): { far: boolean; sign: boolean; arithmetic: string } {
  const [b, r] = [printed(coefficient), printed(ratio)];
  const [low, high] = [r.low > 0 ? Math.log(r.low) : Number.NEGATIVE_INFINITY, Math.log(r.high)];
  return {
    far: b.high < low || b.low > high,
    sign: (b.high < 0 && low > 0) || (b.low > 0 && high < 0),
    arithmetic: `ln ${ratio} = ${shown(Math.log(r.value))} (${shown(low)} to ${shown(high)} by rounding), printed ${coefficient}`,
  };
}

const finding = (comparison: ReturnType<typeof compare>, quotes: AuditFinding["quotes"]): AuditFinding => ({
  code: "coefficient-against-ratio",
  certainty: "contradiction",
  quotes,
  arithmetic: comparison.arithmetic,
  message: comparison.sign
    ? "The coefficient and its ratio point in opposite directions."
    : "The coefficient is not the logarithm of its ratio.",
});

/** A regression coefficient is the natural logarithm of its ratio. */
export function coefficientFindings(facts: AuditFacts): readonly AuditFinding[] {
  const inTables = facts.page.tables.flatMap((rows) => {
    const headed = rows.some(({ cells }) => cells.some((cell) => COEFFICIENT.test(cell)));
    if (!headed) return [];
    const pairs = rows.flatMap(({ cells, quote }) => {
      const at = cells.findIndex((cell) => RATIO.test(cell) && /[–-]|,/.test(cell) && cells.indexOf(cell) > 1);
      // The coefficient stands just before its ratio.
      const ratioAt = cells.findIndex((cell, i) => i > 0 && RATIO.test(cell) && NUMBER_CELL.test(cells[i - 1] ?? ""));
      if (at < 0 || ratioAt < 0) return [];
      const ratio = RATIO.exec(cells[ratioAt] ?? "")?.[1] ?? "";
      return [{ ...compare(cells[ratioAt - 1] ?? "", ratio), quote }];
    });
    const agreeing = pairs.filter(({ far }) => !far).length;
    // Only where the table shows by most rows that its coefficients are log ratios.
    if (agreeing < 2 || agreeing < 0.5 * pairs.length) return [];
    return pairs
      .filter(({ far }) => far)
      .map((pair) => ({
        ...finding(pair, [pair.quote]),
        certainty: pair.sign ? ("contradiction" as const) : ("unlikely" as const),
      }));
  });
  const inProse = [...facts.page.text.matchAll(PROSE)].flatMap((match) => {
    const [whole, coefficient = "", ratio = ""] = match;
    const comparison = compare(coefficient, ratio);
    return comparison.far ? [finding(comparison, [facts.page.quote(match.index, match.index + whole.length)])] : [];
  });
  return [...inTables, ...inProse];
}
