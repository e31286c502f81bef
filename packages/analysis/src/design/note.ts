import type { DesignNote } from "../results.js";

/** A guard looks at plain facts of one analysis and says what is weak in its design; nothing where nothing is. */
export type Guard<Facts> = (facts: Facts) => readonly DesignNote[];

/** A number as a sentence shows it: three significant digits. */
export const shown = (value: number): string => String(Number(value.toPrecision(3)));

/** Months as a sentence shows them. */
export const shownMonths = (months: number): string =>
  `${months.toFixed(1)} month${months.toFixed(1) === "1.0" ? "" : "s"}`;

/** A p-value as a sentence shows it: as the tables do, without a leading zero. */
export function shownP(p: number): string {
  if (p < 0.001) return "p < .001";
  if (p > 0.999) return "p > .999";
  let decimals = 3;
  while (p < 0.05 && Number(p.toFixed(decimals)) >= 0.05) decimals++;
  return `p = ${p.toFixed(decimals).replace(/^0/, "")}`;
}

/** Words in a row: `a, b and c`. */
export function listed(words: readonly string[]): string {
  const last = words.at(-1) ?? "";
  return words.length < 2 ? last : `${words.slice(0, -1).join(", ")} and ${last}`;
}
