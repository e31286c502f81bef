import type { Cell, CellContent } from "@livermark/analysis";
import { shownUnit } from "@livermark/core";

const MINUS = "\u2212";

/**
 * A number with fixed decimals, a true minus sign and no negative zero.
 * Throws on what is not finite: such a value never belongs in a cell.
 * Example: `formatNumber(-3.456, 1)` is `−3.5`.
 */
export function formatNumber(value: number, decimals: number): string {
  if (!Number.isFinite(value)) throw new Error(`cannot print ${value}`);
  const text = Math.abs(value).toFixed(decimals);
  return value < 0 && Number(text) !== 0 ? MINUS + text : text;
}

/** Ratios beyond this are printed as "more than": what separation blows up has no digits that mean anything. */
const LARGEST = 9999;

/**
 * A number of an estimate: dimensionless ones beyond 9999 as `>9999`, and what is above nothing never prints as nothing
 * (`<0.001`); full precision stands in the workbook.
 */
export function formatEstimate(value: number, decimals: number, unit: string): string {
  const dimensionless = unit === "" || unit === "1";
  if (dimensionless && Math.abs(value) > LARGEST) return value > 0 ? `>${LARGEST}` : `<${MINUS}${LARGEST}`;
  const text = formatNumber(value, decimals);
  return dimensionless && value > 0 && decimals > 0 && Number(text) === 0
    ? `<${(10 ** -decimals).toFixed(decimals)}`
    : text;
}

/**
 * A p-value in the style of medical journals: three decimals without leading zero, `<.001` and `>.999` at the ends.
 * A value below .05 that would round to .050 gets as many digits as keep it below, so that the print never changes sides.
 * Example: `formatP(0.0204)` is `.020`.
 */
export function formatP(p: number): string {
  if (!(p >= 0 && p <= 1)) throw new Error(`not a p-value: ${p}`);
  if (p < 0.001) return "<.001";
  if (p > 0.999) return ">.999";
  let decimals = 3;
  while (p < 0.05 && Number(p.toFixed(decimals)) >= 0.05 && decimals < 15) decimals++;
  return p.toFixed(decimals).replace(/^0/, "");
}

/** `p = .020` or `p < .001`, for sentences and figures. */
export function sentenceP(p: number): string {
  const text = formatP(p);
  return /^[<>]/.test(text) ? `p ${text.charAt(0)} ${text.slice(1)}` : `p = ${text}`;
}

/** n of total in percent with one decimal; what is not nothing never prints as 0.0. */
export function formatPercent(n: number, total: number): string {
  if (total === 0) return "";
  const text = formatNumber((100 * n) / total, 1);
  return n > 0 && Number(text) === 0 ? "<0.1" : text;
}

/** Low and high joined by a dash, or by "to" where a minus sign would make the dash ambiguous. */
export function formatRange(low: string, high: string): string {
  return low.startsWith(MINUS) || high.startsWith(MINUS) ? `${low} to ${high}` : `${low}\u2013${high}`;
}

const isTime = (unit: string): boolean => unit === "days" || unit === "months";

function limits(
  cell: { readonly low: number | null; readonly high: number | null; readonly decimals: number },
  { factor, unit }: { readonly factor: number; readonly unit: string },
  unbounded: string,
): string {
  const low = cell.low === null ? "NE" : formatEstimate(cell.low * factor, cell.decimals, unit);
  const high = cell.high === null ? unbounded : formatEstimate(cell.high * factor, cell.decimals, unit);
  return `(${formatRange(low, high)})`;
}

/** The printed content of a cell without its unit; see `formatCell`. */
export function formatCellValue(cell: CellContent): string {
  switch (cell.kind) {
    case "text":
      return cell.text;
    case "number":
      return formatNumber(cell.value * shownUnit(cell.unit).factor, cell.decimals);
    case "count":
      return String(cell.n);
    case "share":
      return cell.total === 0 ? "0/0" : `${cell.n} (${formatPercent(cell.n, cell.total)})`;
    case "mean-sd":
      return `${formatNumber(cell.mean, cell.decimals)} \u00b1 ${formatNumber(cell.sd, cell.decimals)}`;
    case "median-range": {
      const low = formatNumber(cell.low, cell.decimals);
      const high = formatNumber(cell.high, cell.decimals);
      return `${formatNumber(cell.median, cell.decimals)} (${formatRange(low, high)})`;
    }
    case "estimate": {
      const { factor } = shownUnit(cell.unit);
      const value = formatEstimate(cell.value * factor, cell.decimals, cell.unit);
      return `${value} ${limits(cell, { factor, unit: cell.unit }, isTime(cell.unit) ? "NR" : "NE")}`;
    }
    case "p":
      return formatP(cell.value);
    case "reference":
      return "reference";
    case "not-reached":
      return cell.low === null && cell.high === null
        ? "not reached"
        : `not reached ${limits(cell, { factor: 1, unit: "" }, "NR")}`;
    case "not-estimable":
      return "not estimable";
    case "missing":
      return "\u2014";
  }
}

/** Label of a cell's unit; empty where it has none. */
export function cellUnit(cell: CellContent): string {
  return cell.kind === "number" || cell.kind === "estimate" ? shownUnit(cell.unit).label : "";
}

/** A cell with its unit; the percent sign stands at the value. */
export function withUnit(cell: CellContent, text: string): string {
  const unit = cellUnit(cell);
  if (unit === "") return text;
  return unit === "%" ? text.replace(/^(\S+)/, "$1%") : `${text} ${unit}`;
}

/**
 * The one way a cell is printed: minus sign U+2212, no locale, units by their shown scale (ADC as ×10⁻³ mm²/s, volumes
 * in cm³), `p` as `<.001`, `not reached` and `not estimable` in words (NR and NE inside an interval).
 * Example: `formatCell({ id: null, kind: "estimate", value: 0.5612, low: 0.381, high: 0.829, level: 0.95, decimals: 2, unit: "1" })`
 * is `0.56 (0.38–0.83)`.
 */
export const formatCell = (cell: Cell | CellContent): string => withUnit(cell, formatCellValue(cell));
