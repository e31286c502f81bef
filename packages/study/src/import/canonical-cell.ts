import { convertLab } from "../indices/labs.js";
import { type CovariateSpec, missingReason, parseCovariate, parseMeasured } from "../tables/cells.js";
import { tableDefinition } from "../tables/definitions.js";
import { readCell } from "../tables/read-table.js";
import type { ColumnMapping, TableMapping } from "./mapping.js";

/** A cell in canonical writing, or what was wanted of it. */
export type CanonicalCell = { readonly text: string } | { readonly refused: string };

/**
 * Canonical writing of one cell: value lists, decimal commas, limits and units. What the canonical table would not
 * read (a word that is not of its list, a number with its unit behind it) is refused here, where the source row is known.
 */
export function canonicalCell(
  written: string,
  column: Pick<ColumnMapping, "from" | "to"> & Partial<ColumnMapping>,
  mapping: TableMapping,
  known: readonly CovariateSpec[] = [],
): CanonicalCell {
  const missing = [...mapping.missing, ...(column.missing ?? [])];
  if (column.values !== undefined) {
    if (written === "") return { text: "" };
    const found = Object.entries(column.values).find(([value]) => value.toLowerCase() === written.toLowerCase());
    if (found !== undefined) return { text: found[1] };
    return missingReason(written, missing) !== null
      ? { text: "" }
      : { refused: Object.keys(column.values).join(" | ") };
  }
  if (missingReason(written, missing) !== null) return { text: missing.includes(written) ? "" : written };
  const spec = tableDefinition(mapping.table).columns[column.to];
  const covariate = spec === undefined ? known.find(({ name }) => name === column.to) : undefined;
  const type = column.type ?? covariate?.type;
  const numeric =
    column.unit !== undefined ||
    type === "number" ||
    spec?.kind === "number" ||
    spec?.kind === "integer" ||
    spec?.kind === "measured";
  const made = numeric ? numberText(written, column, mapping) : { text: written };
  if ("refused" in made) return made;
  if (spec !== undefined && spec.kind !== "text" && spec.kind !== "birth") {
    const read = readCell(made.text, spec, "iso");
    return "refused" in read ? read : made;
  }
  if (covariate !== undefined && parseCovariate(made.text, covariate) === null)
    return { refused: covariate.levels.length > 0 ? covariate.levels.join(" | ") : covariate.type };
  return made;
}

function numberText(
  text: string,
  column: Pick<ColumnMapping, "from"> & Partial<ColumnMapping>,
  mapping: TableMapping,
): CanonicalCell {
  const plain = decimalPoint(text, mapping.source.decimal);
  const parsed = plain === null ? null : parseMeasured(plain);
  if (parsed === null)
    return { refused: mapping.source.decimal === "," ? "a number with a decimal comma" : "a number" };
  let { value } = parsed;
  if (column.unit !== undefined && column.to_unit !== undefined) {
    const converted = convertLab(column.test ?? column.from.toLowerCase(), value, column.unit, column.to_unit);
    if (converted === null) return { refused: `a unit that becomes ${column.to_unit}` };
    value = Number(converted.toPrecision(12));
  }
  return { text: `${parsed.censored === "below" ? "<" : parsed.censored === "above" ? ">" : ""}${value}` };
}

/** Number text with a decimal point; null where the separators contradict the mapping (1.234,5 is read under `,`). */
function decimalPoint(text: string, decimal: "." | ","): string | null {
  const bare = text.normalize("NFKC").replace(/\s/g, "");
  if (decimal === ".") return bare.includes(",") ? null : bare;
  if (!bare.includes(".")) return bare.replace(",", ".");
  return /^[<>≤≥]?[+-]?\d{1,3}(\.\d{3})+(,\d+)?$/.test(bare) ? bare.replaceAll(".", "").replace(",", ".") : null;
}
