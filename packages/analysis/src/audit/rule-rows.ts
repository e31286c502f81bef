import type { AuditFinding } from "./document.js";
import type { AuditFacts } from "./facts.js";

const ESTIMATE = /\d\.\d+\s?[([]\s?\d*\.?\d+\s?%?\s?(?:[–-]|to|,|;)\s?\d+\.?\d*/;

// Of few pairs that disagree there are few possible values: rows of kappas are often alike.
const AGREEMENT = /\bkappas?\b|κ|\bICC\b|intraclass|agreement/i;

// Thresholds between which nobody lies split everybody alike.
const THRESHOLD = /^[<>≤≥=\s–-]*\d+(?:\.\d+)?\s?%?$/;

/** Numbers of a row as printed, without its first cell. */
const numbersOf = (cells: readonly string[]): string => cells.slice(1).join(" | ").trim();

/** Two rows of one table with different names and the same estimate with limits and p: one may be a copy of the other. */
export const rowFindings = (facts: AuditFacts): readonly AuditFinding[] =>
  facts.page.tables.flatMap((rows) => {
    const seen = new Map<string, number>();
    if (rows.slice(0, 3).some(({ cells }) => cells.some((heading) => AGREEMENT.test(heading)))) return [];
    return rows.flatMap(({ cells, quote }, i): AuditFinding[] => {
      const label = cells[0] ?? "";
      const numbers = numbersOf(cells);
      const decimals = numbers.match(/\d\.\d/g)?.length ?? 0;
      if (label === "" || !ESTIMATE.test(numbers) || decimals < 3) return [];
      const at = seen.get(numbers);
      if (at === undefined) {
        seen.set(numbers, i);
        return [];
      }
      const first = rows[at];
      if (first === undefined || first.cells[0] === label) return [];
      if (THRESHOLD.test(label) && THRESHOLD.test(first.cells[0] ?? "")) return [];
      return [
        {
          code: "repeated-row",
          certainty: "check",
          quotes: [first.quote, quote],
          arithmetic: `${decimals} numbers with decimals agree: ${numbers}`,
          message: "Two rows with different names hold the same numbers.",
        },
      ];
    });
  });
