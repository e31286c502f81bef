/** Forms of identifiers that can be recognised without knowing the person (of those in 45 CFR 164.514(b)(2)). */
const FORMS: readonly (readonly [kind: string, pattern: RegExp])[] = [
  ["e-mail address", /[\w.+-]+@[\w-]+\.[a-z]{2,}/i],
  ["web address", /\b(https?:\/\/|www\.)\S+/i],
  ["IP address", /(?<![\d.])(25[0-5]|2[0-4]\d|1?\d?\d)(\.(25[0-5]|2[0-4]\d|1?\d?\d)){3}(?![\d.])/],
  ["social security number", /(?<!\d)\d{3}-\d{2}-\d{4}(?!\d)/],
  ["telephone number", /(?<![\d.])(\+\d{1,3}[ -]?)?\(?\d{2,4}\)?[ -]\d{3,4}[ -]\d{3,4}(?![\d.])/],
];

/** Attributes whose versions and code numbers look like addresses: Code Value, Software Versions. */
const NUMBERED = new Set([0x00080100, 0x00181020]);

/** Kinds of identifiers that a text has the form of; version and code attributes are not read as IP addresses. */
export const identifierForms = (tag: number, text: string): readonly string[] =>
  FORMS.flatMap(([kind, pattern]) =>
    pattern.test(text) && !(kind === "IP address" && NUMBERED.has(tag)) ? [kind] : [],
  );

/** A text without the parts that have the form of an identifier: a telephone number is more than its short numbers. */
export const withoutForms = (text: string): string =>
  FORMS.reduce((rest, [, pattern]) => rest.replace(new RegExp(pattern, `${pattern.flags}g`), " "), text);

/**
 * Kinds of identifiers in a text outside of images (a cell of a table): one of the `known` words, or a form such as an
 * e-mail address or a telephone number. Empty where nothing was found.
 * Example: `identifiersIn("see Brown, 555 123 4567", ["Brown"])` is `["known word", "telephone number"]`.
 */
export function identifiersIn(text: string, known: readonly string[]): readonly string[] {
  const lower = text.toLowerCase();
  const repeats = known.some((word) => word.length >= 3 && lower.includes(word.toLowerCase()));
  return [...(repeats ? ["known word"] : []), ...identifierForms(0, text)];
}
