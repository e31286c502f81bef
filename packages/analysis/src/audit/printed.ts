/** A number as printed: its value, its decimals, and the values that round to it. */
export interface Printed {
  readonly text: string;
  readonly value: number;
  readonly decimals: number;
  readonly low: number;
  readonly high: number;
}

/** Pattern of one printed number in normalised text: sign, thousands commas, decimals with or without a leading zero. */
export const NUMBER = String.raw`(?:-?(?:\d{1,3}(?:,\d{3})+(?!\d)|\d+)(?:\.\d+)?|-?\.\d+)`;

// A hair of slack: 0.5 in the last place may be rounded either way, and binary fractions are not exact.
const SLACK = 1e-9;

/**
 * Reads a number that matched `NUMBER`. `low` and `high` enclose every value that could have been rounded to it,
 * half up or half even.
 * Example: `printed("65.9")` has low 65.85 and high 65.95.
 */
export function printed(text: string): Printed {
  const plain = text.replaceAll(",", "");
  const value = Number(plain);
  const point = plain.indexOf(".");
  const decimals = point < 0 ? 0 : plain.length - point - 1;
  const half = 0.5 * 10 ** -decimals + SLACK * Math.max(1, Math.abs(value));
  return { text, value, decimals, low: value - half, high: value + half };
}

/** One unit of the last printed place. */
export const lastPlace = (number: Printed): number => 10 ** -number.decimals;

/** True where `value` rounds to the printed number. */
export const agrees = (number: Printed, value: number): boolean => value >= number.low && value <= number.high;

/** True where `value` is cut or rounded up to the printed number instead of rounded to the nearest. */
export const nearlyAgrees = (number: Printed, value: number): boolean =>
  Math.abs(value - number.value) < lastPlace(number) * (1 - 1e-9);

const ONES = "one two three four five six seven eight nine".split(" ");
const TEENS = "ten eleven twelve thirteen fourteen fifteen sixteen seventeen eighteen nineteen".split(" ");
const TENS = "twenty thirty forty fifty sixty seventy eighty ninety".split(" ");

/** Pattern of a whole number in figures or words (one to ninety-nine), the words with or without hyphen. */
export const COUNT = `(?:\\d{1,3}(?:,\\d{3})+(?!\\d)|\\d+|(?:${TENS.join("|")})(?:[- ]?\\n?(?:${ONES.join("|")}))?|${TEENS.join("|")}|${ONES.join("|")}|zero)`;

/** The value of a text that matched `COUNT`. Example: `countOf("Seventy-seven")` is 77. */
export function countOf(text: string): number {
  if (/^\d/.test(text)) return Number(text.replaceAll(",", ""));
  const word = text.toLowerCase().replaceAll(/[^a-z]/g, "");
  const teen = TEENS.indexOf(word);
  if (teen >= 0) return 10 + teen;
  const one = ONES.indexOf(word);
  if (one >= 0) return one + 1;
  const ten = TENS.findIndex((name) => word.startsWith(name));
  return ten < 0 ? 0 : 10 * (ten + 2) + ONES.indexOf(word.slice(TENS[ten]?.length)) + 1;
}

/** A calculated value for people: up to `digits` significant digits. */
export const shown = (value: number, digits = 4): string => String(Number(value.toPrecision(digits)));
