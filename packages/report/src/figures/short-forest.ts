import type { ForestFigure, ResultFigure } from "@livermark/analysis";

/** A forest plot of more rows is longer than half a page. */
const SHORT_ROWS = 20;

/** Rows that hang together: a line of its own and the indented lines under it. */
function families(rows: ForestFigure["rows"]): readonly ForestFigure["rows"][] {
  const all: ForestFigure["rows"][number][][] = [];
  for (const row of rows) {
    if (row.indent === 0 || all.length === 0) all.push([row]);
    else all.at(-1)!.push(row);
  }
  return all;
}

/**
 * A long forest plot of two models as a document shows it: only the covariates of the second, multivariable model, both
 * models side by side, with every level of each. The table of the model has all candidates, and the figure's own file
 * all rows. Any other figure, and one whose second model has no estimate, stays as it is.
 * Example: `shortForest(figure).title` ends in `: covariates of the multivariable model`.
 */
export function shortForest(figure: ResultFigure): ResultFigure {
  const last = figure.kind === "forest" && figure.models.length > 1 ? figure.models.at(-1) : undefined;
  if (figure.kind !== "forest" || last === undefined || figure.rows.length <= SHORT_ROWS) return figure;
  const rows = families(figure.rows)
    .filter((family) => family.some(({ estimates }) => estimates[last.key] !== undefined))
    .flat();
  return rows.length === 0 || rows.length === figure.rows.length
    ? figure
    : { ...figure, rows, title: `${figure.title}: covariates of the ${last.label.toLowerCase()} model` };
}
