/** One CSV cell (RFC 4180): quoted when it holds a comma, a quote or a line break. */
export const csvCell = (value: string | number | null): string => {
  if (value === null) return "";
  const text = String(value);
  return /[",\n\r]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
};

/** Rows as CSV text with a final line break. Example: `csvText([["a", "b"], [1, null]])` is `a,b\n1,\n`. */
export const csvText = (rows: readonly (readonly (string | number | null)[])[]): string =>
  rows.map((row) => `${row.map(csvCell).join(",")}\n`).join("");
