/**
 * Plain typing as print: a hyphen before a number becomes a minus sign, and one between two numbers that make up the
 * whole label becomes a dash; `>=` becomes one sign, `1.028e-3 mm2/s` a power of ten, and a percent sign stands at its
 * number. Words, dates and names with hyphens stay as they are.
 * Example: `typeset("change below -10 %")` is `change below −10%`.
 */
export const typeset = (text: string): string =>
  text
    .replace(/>=/g, "\u2265")
    .replace(/<=/g, "\u2264")
    .replace(
      /(\d)[eE]-(\d)(?=\s*mm2\/s)/g,
      (_, digit: string, power: string) => `${digit}\u00a0\u00d7\u00a010\u207b${"⁰¹²³⁴⁵⁶⁷⁸⁹".charAt(Number(power))}`,
    )
    .replace(/10\^(\d)\b/g, (_, power: string) => `10${"⁰¹²³⁴⁵⁶⁷⁸⁹".charAt(Number(power))}`)
    .replace(/\bmm2\b/g, "mm\u00b2")
    .replace(/(\d)[ \u00a0]%/g, "$1%")
    .replace(/(^|[\s(<>≤≥])-(?=\d)/g, "$1\u2212")
    .replace(/^([<>≤≥]?\s?\d+(?:\.\d+)?)-(\d+(?:\.\d+)?(?:\s?%)?)$/, "$1\u2013$2");

/** With a capital first letter. */
export const capital = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1);

/** Members that are names or bytes, not words. */
const untouched: ReadonlySet<string> = new Set(["id", "kind", "key", "pixels", "mask"]);

/** The same data with every word typeset. */
export function typesetAll<T>(value: T): T {
  if (typeof value === "string") return typeset(value) as T;
  if (Array.isArray(value)) {
    // Long columns of numbers hold no words; looking at the first tells.
    return typeof value[0] === "number" ? value : (value.map(typesetAll) as T);
  }
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, item]) => [key, untouched.has(key) ? item : typesetAll(item as unknown)]),
  ) as T;
}
