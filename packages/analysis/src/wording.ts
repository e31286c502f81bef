import { compareStrings, shownUnit } from "@livermark/core";
import type { CategoryColumn, Dataset } from "./dataset.js";

export { counted, inSentence, ratioDecimals, shownUnit } from "@livermark/core";

/** A label with the unit people read, in brackets. Example: `labelWithUnit("Age", "years")` is `Age (years)`. */
export function labelWithUnit(label: string, unit: string): string {
  const shown = shownUnit(unit).label;
  return shown === "" ? label : `${label} (${shown})`;
}

/**
 * A value in the unit people read, with four significant digits and a minus sign, without or with its unit.
 * Example: `shownValue(0.001057, "mm2/s")` is `1.057`.
 */
export const shownValue = (value: number, unit: string): string =>
  String(Number((value * shownUnit(unit).factor).toPrecision(4))).replace("-", "−");

/** As `shownValue`, followed by the unit. Example: `shownQuantity(-32.6, "%")` is `−32.6%`. */
export function shownQuantity(value: number, unit: string): string {
  const { label } = shownUnit(unit);
  return `${shownValue(value, unit)}${label === "" ? "" : label === "%" ? label : ` ${label}`}`;
}

/** Levels in the order in which they are printed, which need not begin with the reference. */
export const printedLevels = (column: CategoryColumn): readonly string[] => column.order ?? column.levels;

/** Levels or what they label, sorted as the column is printed; what is not a level keeps its place at the end. */
export function inPrintOrder<T>(column: CategoryColumn, items: readonly T[], levelOf: (item: T) => string): T[] {
  const order = printedLevels(column);
  const place = (item: T): number => {
    const found = order.indexOf(levelOf(item));
    return found < 0 ? order.length : found;
  };
  return items
    .map((item, i) => ({ item, i }))
    .sort((a, b) => place(a.item) - place(b.item) || a.i - b.i)
    .map(({ item }) => item);
}

const literally = (text: string): string => text.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");

/**
 * Names of columns, and of columns with a level as a model's design has them, in their labels. Only whole members of a
 * list and subjects of a sentence are names; other words stay. Example: `dwi@baselinepresent predicts …` becomes
 * `DWI target sign: present predicts …`.
 */
export function withLabels(data: Dataset, text: string): string {
  const labels = new Map(
    data.columns.flatMap((column) => [
      [column.name, column.label] as const,
      ...(column.type === "category"
        ? column.levels.map((level) => [`${column.name}${level}`, `${column.label}: ${level}`] as const)
        : []),
    ]),
  );
  const names = [...labels.keys()].sort((a, b) => b.length - a.length || compareStrings(a, b)).map(literally);
  if (names.length === 0) return text;
  const name = new RegExp(`(?<=^|, |predicts? )(?:${names.join("|")})(?=, | predicts? | without error|$)`, "g");
  return text.replace(name, (found) => labels.get(found) ?? found);
}
