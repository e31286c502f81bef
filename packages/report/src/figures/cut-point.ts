import type { CutPointFigure } from "@livermark/analysis";
import { formatNumber, sentenceP } from "../format.js";
import { rounded } from "../markup.js";
import { chart, decimalsFor, extent, niceDomain } from "./chart.js";
import type { FigureOptions } from "./figure-options.js";
import { linePath } from "./paths.js";
import { type Mark, markerPath, type Scene } from "./scene.js";
import { seriesStyle } from "./theme.js";

/** Test statistic over the cut-points; the chosen one is marked, and p is given before and after adjustment. */
export function cutPointScene(figure: CutPointFigure, options: FigureOptions): Scene {
  const [, high] = extent([0, ...figure.statistic]);
  const span = extent(figure.cut);
  const decimals = decimalsFor(span[1] - span[0]);
  const notes = [
    `Chosen ${formatNumber(figure.chosen, decimals)}: ${sentenceP(figure.rawP)} as tested, ${sentenceP(figure.adjustedP)} adjusted (${figure.adjustment})`,
  ];
  return chart(
    {
      figure,
      description: `${figure.statisticLabel} over ${figure.cut.length} cut-points of ${figure.variableLabel}. ${notes[0]}.`,
      x: { domain: span, title: figure.variableLabel },
      y: { domain: niceDomain(0, high), title: figure.statisticLabel },
      notes: notes.map((text) => ({ text, id: figure.id })),
    },
    options,
    (c) => {
      const style = seriesStyle(c.of, 0);
      const x = c.x(figure.chosen);
      return [
        {
          kind: "path",
          d: `M${rounded(x)} ${rounded(c.plot.y)}v${rounded(c.plot.height)}`,
          stroke: c.of.muted,
          strokeWidth: 0.6,
          dash: "2 2",
        },
        {
          kind: "path",
          d: linePath(figure.cut.map((cut, i) => [c.x(cut), c.y(figure.statistic[i]!)])),
          stroke: style.colour,
          strokeWidth: 1,
        },
        ...figure.cut.map(
          (cut, i): Mark => ({
            kind: "path",
            d: markerPath("circle", c.x(cut), c.y(figure.statistic[i]!), cut === figure.chosen ? 2.8 : 1.2),
            fill: style.colour,
          }),
        ),
      ];
    },
  );
}
