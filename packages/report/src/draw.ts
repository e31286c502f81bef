import type { ResultFigure } from "@livermark/analysis";
import type { FigureOptions } from "./figure-options.js";
import { flowSvg } from "./flow.js";
import { kaplanMeierSvg } from "./kaplan-meier.js";

/**
 * Any figure as SVG at final print size.
 * Example: `figureSvg(results.figures[0], { width: "column", theme: "grey" })`.
 */
export function figureSvg(figure: ResultFigure, options: FigureOptions = {}): string {
  switch (figure.kind) {
    case "kaplan-meier":
      return kaplanMeierSvg(figure, options);
    case "flow":
      return flowSvg(figure, options);
    default:
      return "";
  }
}
