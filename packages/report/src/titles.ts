import type { ResultFigure, ResultTable } from "@livermark/analysis";
import { typeset } from "./typeset.js";

/**
 * The title of a table in print: that of a model or of survival, which is only a name, says what the numbers are.
 * Example: `Overall survival` of a Cox model is `Overall survival: univariable and multivariable Cox regression`.
 */
export function tableTitle(table: ResultTable): string {
  const title = typeset(table.title);
  if (/^survival\.[^.]+$/.test(table.id)) return `${title}: Kaplan–Meier estimates`;
  if (/^models\.[^.]+$/.test(table.id)) return `${title}: discrimination`;
  if (!/^model\.[^.]+$/.test(table.id)) return title;
  const labels = table.columns.map(({ label }) => label);
  const kind = labels.some((label) => label.startsWith("HR")) ? "Cox" : "logistic";
  const both = table.columns.some(({ key }) => key === "multi.ratio");
  return `${title}: univariable${both ? " and multivariable" : ""} ${kind} regression`;
}

/** The title of a figure in print; that of a model, a marker or a reading says what is drawn. */
export function figureTitle(figure: ResultFigure): string {
  const title = typeset(figure.title);
  if (figure.kind === "forest" && /^figure\.model\.[^.]+$/.test(figure.id))
    return `${title}: ${figure.effect.toLowerCase()}s`;
  if (figure.kind === "bland-altman") return /Bland/.test(title) ? title : `${title}: Bland–Altman plot`;
  if (figure.kind === "roc")
    return /\bROC\b/.test(title) ? title : `${title}: ROC curve${figure.curves.length > 1 ? "s" : ""}`;
  if (figure.kind === "waterfall" && figure.id.startsWith("figure.waterfall.")) return `${title}: waterfall plot`;
  return title;
}
