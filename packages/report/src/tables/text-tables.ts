import type { ResultTable } from "@livermark/analysis";
import { columnHeading, decimalPadding, printTable, splitAtPoint } from "./table-model.js";

const markdownText = (text: string): string => text.replace(/([\\|*_`[\]])/g, "\\$1").replace(/</g, "&lt;");

/** A table as Markdown: title, pipe table, footnotes. Levels are indented by two no-break spaces. */
export function tableMarkdown(table: ResultTable, number: string): string {
  const printed = printTable(table);
  const row = (cells: readonly string[]): string => `| ${cells.join(" | ")} |`;
  const heading = printed.columns.map((column, i) => {
    const group = table.columns[i]?.group;
    return markdownText(group === undefined ? columnHeading(column) : `${group}: ${columnHeading(column)}`);
  });
  return [
    `**Table ${number}.** ${markdownText(printed.title)}`,
    "",
    row(["", ...heading]),
    row([":--", ...printed.columns.map(() => "--:")]),
    ...printed.rows.map((line) =>
      row([
        `${line.indent === 1 ? "\u00a0\u00a0" : ""}${markdownText(line.label)}`,
        ...line.cells.map((cell) => markdownText(cell.text)),
      ]),
    ),
    ...printed.footnotes.flatMap((note) => ["", markdownText(note)]),
    "",
  ].join("\n");
}

const latexCharacters: { readonly [character: string]: string } = {
  "\\": "\\textbackslash{}",
  "&": "\\&",
  "%": "\\%",
  $: "\\$",
  "#": "\\#",
  _: "\\_",
  "{": "\\{",
  "}": "\\}",
  "~": "\\textasciitilde{}",
  "^": "\\textasciicircum{}",
  "<": "\\ensuremath{<}",
  ">": "\\ensuremath{>}",
  "\u2212": "\\ensuremath{-}",
  "\u2013": "--",
  "\u2014": "---",
  "\u00b1": "\\ensuremath{\\pm}",
  "\u00d7": "\\ensuremath{\\times}",
  "\u2264": "\\ensuremath{\\leq}",
  "\u2265": "\\ensuremath{\\geq}",
  "\u00b2": "\\ensuremath{^2}",
  "\u00b3": "\\ensuremath{^3}",
  "\u207b": "\\ensuremath{^{-}}",
  "\u03b1": "\\ensuremath{\\alpha}",
  "\u03b2": "\\ensuremath{\\beta}",
  "\u03ba": "\\ensuremath{\\kappa}",
  "\u0394": "\\ensuremath{\\Delta}",
  "\u03c7": "\\ensuremath{\\chi}",
  "\u03bb": "\\ensuremath{\\lambda}",
  "\u2019": "'",
  "\u00a0": "~",
};

/** Text as LaTeX source that any engine takes. */
export const latexText = (text: string): string =>
  text
    .split(/(\u207b[\u00b9\u00b2\u00b3])/)
    .map((part) => {
      const power = /^\u207b([\u00b9\u00b2\u00b3])$/.exec(part)?.[1];
      if (power !== undefined) return `\\ensuremath{^{-${"\u00b9\u00b2\u00b3".indexOf(power) + 1}}}`;
      return part.replace(/./gsu, (c) => latexCharacters[c] ?? c);
    })
    .join("");

/** A table as LaTeX with booktabs rules; numbers align at their decimal point through a pair of columns. */
export function tableLatex(table: ResultTable): string {
  const printed = printTable(table);
  const aligned = printed.columns.map((_, c) =>
    decimalPadding(printed.rows.map((row) => row.cells[c]!)).some((pad) => pad !== null),
  );
  const cells = (texts: readonly string[], numeric: readonly boolean[]): string =>
    texts
      .map((text, c) => {
        if (!aligned[c]) return latexText(text);
        if (!numeric[c]) return text === "" ? " & " : `\\multicolumn{2}{c}{${latexText(text)}}`;
        const { head, tail } = splitAtPoint(text);
        return `${latexText(head)} & ${latexText(tail.replace(/^ /, "\u00a0"))}`;
      })
      .join(" & ");
  const spans = printed.spans.map(({ label, columns }) => ({ label, columns }));
  let column = 0;
  let at = 2;
  const widths = spans.map(({ label, columns }) => {
    const width = aligned.slice(column, column + columns).reduce((sum, pair) => sum + (pair ? 2 : 1), 0);
    const from = at;
    column += columns;
    at += width;
    return { label, width, from };
  });
  const spanLines =
    spans.length === 0
      ? []
      : [
          `& ${widths.map(({ label, width }) => `\\multicolumn{${width}}{c}{${latexText(label)}}`).join(" & ")} \\\\`,
          widths
            .filter(({ label }) => label !== "")
            .map(({ width, from }) => `\\cmidrule(lr){${from}-${from + width - 1}}`)
            .join(" "),
        ];
  const columns = aligned.map((pair) => (pair ? "r@{}l" : "c")).join(" ");
  return [
    "\\begin{table}",
    `\\caption{${latexText(printed.title)}}`,
    `\\label{tab:${printed.id}}`,
    `\\begin{tabular}{l ${columns}}`,
    "\\toprule",
    ...spanLines,
    `& ${cells(
      printed.columns.map(columnHeading),
      printed.columns.map(() => false),
    )} \\\\`,
    "\\midrule",
    ...printed.rows.map(
      (row) =>
        `${row.indent === 1 ? "\\quad " : ""}${latexText(row.label)} & ${cells(
          row.cells.map((cell) => cell.text),
          row.cells.map((cell) => cell.numeric),
        )} \\\\`,
    ),
    "\\bottomrule",
    "\\end{tabular}",
    ...printed.footnotes.map((note) => `\\par\\footnotesize ${latexText(note)}`),
    "\\end{table}",
    "",
  ].join("\n");
}
