import type { DesignNote } from "../results.js";

/** A guard looks at plain facts of one analysis and says what is weak in its design; nothing where nothing is. */
export type Guard<Facts> = (facts: Facts) => readonly DesignNote[];

/** A number as a sentence shows it: three significant digits. */
export const shown = (value: number): string => String(Number(value.toPrecision(3)));

/** A p-value as a sentence shows it. */
export const shownP = (p: number): string => (p < 0.001 ? "p < 0.001" : `p = ${p.toPrecision(2)}`);

/** Words in a row: `a, b and c`. */
export function listed(words: readonly string[]): string {
  const last = words.at(-1) ?? "";
  return words.length < 2 ? last : `${words.slice(0, -1).join(", ")} and ${last}`;
}
