/** Units whose stored scale is not the one people read. */
const SHOWN_UNITS: { readonly [unit: string]: { readonly factor: number; readonly label: string } } = {
  "mm2/s": { factor: 1e3, label: "×10⁻³\u00a0mm²/s" },
  mm2: { factor: 1, label: "mm²" },
  ml: { factor: 1, label: "cm³" },
  "1": { factor: 1, label: "" },
};

/**
 * How a stored unit is read: the factor to multiply with, and its label (empty for a dimensionless number).
 * Example: `shownUnit("mm2/s")` is `{ factor: 1000, label: "×10⁻³ mm²/s" }`.
 */
export const shownUnit = (unit: string): { readonly factor: number; readonly label: string } =>
  SHOWN_UNITS[unit] ?? { factor: 1, label: unit };

/**
 * A label inside a sentence: its first letter lowered, unless it begins an abbreviation or a name.
 * Example: `inSentence("Largest diameter")` is `largest diameter`; `CA-125` and `Child-Pugh class` stay.
 */
export const inSentence = (label: string): string =>
  /^[A-Z][a-z]+(?:-[a-z]+)*(?=$|[\s,:(])/.test(label) && !/^Youden\b/.test(label)
    ? `${label.charAt(0).toLowerCase()}${label.slice(1)}`
    : label;

/** A count with its noun. Example: `counted(1, "patient")` is `1 patient`. */
export const counted = (n: number, noun: string): string => `${n} ${noun}${n === 1 ? "" : "s"}`;

const MOST_DECIMALS = 4;

/**
 * Decimals of a ratio (hazard, odds) and its limits: two, more where a limit would print as exactly 1.00, so that no
 * reader has to guess on which side of 1 it lies, or where the whole interval is too narrow for two. What is below
 * 0.005 gets a third. Example: 1.014 (1.002–1.026) has 3, 1.91 (1.19–3.06) has 2.
 */
export function ratioDecimals(value: number, low: number | null, high: number | null): number {
  const limits = [low, high].filter((limit) => limit !== null);
  const unclear = (decimals: number): boolean =>
    limits.some((limit) => limit !== 1 && Number(limit.toFixed(decimals)) === 1) ||
    (low !== null && high !== null && high - low < 10 * 10 ** -decimals && high - low > 0) ||
    (decimals === 2 && [value, ...limits].some((one) => one > 0 && one < 0.005));
  let decimals = 2;
  while (decimals < MOST_DECIMALS && unclear(decimals)) decimals++;
  return decimals;
}
