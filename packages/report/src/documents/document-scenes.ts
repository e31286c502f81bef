import type { Results } from "@livermark/analysis";
import { figureScene, figureSheets } from "../figures/draw.js";
import { flowScene } from "../figures/flow.js";
import type { Scene } from "../figures/scene.js";
import { itemName, itemTitle, outline } from "../outline.js";

/** A picture of a document: a figure or one sheet of it, under its number in the report: `Figure 3. Title (2 of 3)`. */
export interface DocumentScene {
  readonly scene: Scene;
  readonly title: string;
}

/** The flow chart of a study; null where nobody was counted. */
export const flowChart = ({ flow }: Results): Scene | null =>
  flow.length === 0
    ? null
    : flowScene(
        { id: "flow-chart", kind: "flow", title: "Flow of patients and treatments", steps: flow, arms: [] },
        {},
      );

/** Rows of a forest plot whose words are no smaller on a slide than in print. */
export const SLIDE_ROWS = 24;

/**
 * All pictures of a document: the flow chart, then the figures in the order of the report, each in sheets that fit a page,
 * or a slide of the given number of rows, where survival curves tell the numbers at risk alone.
 * Example: `documentScenes(results, SLIDE_ROWS)`.
 */
export function documentScenes(results: Results, mostRows?: number): readonly DocumentScene[] {
  const chart = flowChart(results);
  const figures = outline(results).sections.flatMap(({ items }) =>
    items.flatMap((item) =>
      item.kind === "table"
        ? []
        : figureSheets(item.figure, mostRows).map((options, i, { length }) => ({
            scene: figureScene(item.figure, mostRows === undefined ? options : { ...options, riskOnly: true }),
            title: `${itemName(item)}. ${itemTitle(item)}${length === 1 ? "" : ` (${i + 1} of ${length})`}`,
          })),
    ),
  );
  return chart === null ? figures : [{ scene: chart, title: chart.title }, ...figures];
}
