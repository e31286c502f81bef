/** Units that Livermark stores. Shown units (×10⁻³ mm²/s, cm³) are the report's business. */
export type Unit = "HU" | "a.u." | "mm2/s" | "1" | "%" | "ml" | "mm" | "mm2" | "days" | "months";

/** A number that carries its unit, so that a map in µm²/s cannot pass as mm²/s. */
export interface Quantity<U extends string = Unit> {
  readonly value: number;
  readonly unit: U;
}

/** Example: `quantity(1.2e-3, "mm2/s")`. Refuses nothing; check finiteness where the number is made. */
export const quantity = <U extends string>(value: number, unit: U): Quantity<U> => ({ value, unit });

/** Mean length of a Gregorian month in days (365.25 / 12), used wherever times are shown in months. */
export const DAYS_PER_MONTH = 30.4375;
