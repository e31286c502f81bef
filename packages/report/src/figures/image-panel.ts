import type { ImagePanelFigure } from "@livermark/analysis";
import { formatNumber, formatRange } from "../format.js";
import { rounded } from "../markup.js";
import { textWidth, wrapText } from "../text.js";
import { labelSize, tickSize, widthPt } from "./axes.js";
import { type FigureOptions, figureTheme } from "./figure-options.js";
import { legend } from "./legend.js";
import { encodePng, fromBase64, toBase64 } from "./png.js";
import type { Box, Mark, Scene } from "./scene.js";
import { seriesStyle, theme } from "./theme.js";

type Panel = ImagePanelFigure["panels"][number];

// On an image, black below and white above, whatever the page: the dark theme's light colours stand out from both.
const onImage = theme("dark").series;
const overlayColour = [240, 137, 74, 150] as const;
/** In grey a region is white, told by its dash, and a mask is striped: flat grey would look like tissue. */
const greyOverlay = [255, 255, 255, 170] as const;
const STRIPE = 4;

const pngUri = (columns: number, rows: number, pixels: Uint8Array): string =>
  `data:image/png;base64,${toBase64(encodePng(columns, rows, pixels))}`;

function overlayUri(panel: Panel, grey: boolean): string {
  const mask = fromBase64(panel.overlay!.mask);
  const rgba = new Uint8Array(mask.length * 4);
  mask.forEach((on, i) => {
    if (on === 0) return;
    const inStripe = ((i % panel.columns) + Math.floor(i / panel.columns)) % STRIPE < STRIPE / 2;
    if (!grey) rgba.set(overlayColour, 4 * i);
    else if (inStripe) rgba.set(greyOverlay, 4 * i);
  });
  return pngUri(panel.columns, panel.rows, rgba);
}

/** A round length of scale bar, about a fifth of the panel's width. */
function scaleBarMm(widthMm: number): number {
  const fit = [5, 10, 20, 50, 100, 200].filter((mm) => mm <= widthMm * 0.35);
  return fit.at(-1) ?? 5;
}

function panelMarks(panel: Panel, letter: string, box: Box, grey: boolean): Mark[] {
  const sx = box.width / panel.columns;
  const sy = box.height / panel.rows;
  const bar = scaleBarMm(panel.columns * panel.spacingMm.x);
  const barWidth = (bar / panel.spacingMm.x) * sx;
  const barY = box.y + box.height - 7;
  const shadow = { fill: "none", stroke: "#000000", strokeWidth: 2.2 } as const;
  const outlines = panel.outlines.flatMap((outline, i): Mark[] => {
    const d = `${outline.points
      .map(
        ({ x, y }, k) => `${k === 0 ? "M" : "L"}${rounded(box.x + (x + 0.5) * sx)} ${rounded(box.y + (y + 0.5) * sy)}`,
      )
      .join("")}Z`;
    const style = onImage[i % onImage.length]!;
    return [
      { kind: "path", d, ...shadow },
      { kind: "path", d, stroke: grey ? "#FFFFFF" : style.colour, strokeWidth: 1.1, dash: style.dash },
    ];
  });
  const barPath = `M${rounded(box.x + 7)} ${rounded(barY)}h${rounded(barWidth)}`;
  return [
    { kind: "image", ...box, href: pngUri(panel.columns, panel.rows, fromBase64(panel.pixels)) },
    ...(panel.overlay === null ? [] : [{ kind: "image", ...box, href: overlayUri(panel, grey) } as const]),
    { kind: "group", clip: box, marks: outlines },
    {
      kind: "rect",
      x: box.x + 4,
      y: box.y + 4,
      width: textWidth(letter, 9, "semibold") + 6,
      height: 12,
      fill: "#000000",
      fillOpacity: 0.65,
      radius: 1.5,
    },
    { kind: "text", x: box.x + 7, y: box.y + 13, text: letter, size: 9, fill: "#FFFFFF", weight: "semibold" },
    { kind: "path", d: barPath, stroke: "#000000", strokeWidth: 3 },
    { kind: "path", d: barPath, stroke: "#FFFFFF", strokeWidth: 1.6 },
    {
      kind: "rect",
      x: box.x + 6,
      y: barY - 13,
      width: textWidth(`${bar} mm`, tickSize) + 4,
      height: 10,
      fill: "#000000",
      fillOpacity: 0.65,
      radius: 1.5,
    },
    { kind: "text", x: box.x + 8, y: barY - 5.4, text: `${bar} mm`, size: tickSize, fill: "#FFFFFF" },
  ];
}

const letterOf = (index: number): string => String.fromCharCode(65 + index);

const windowText = ({ window: { low, high, unit } }: Panel): string =>
  `window ${formatRange(formatNumber(low, 0), formatNumber(high, 0))}${unit === "" ? "" : ` ${unit}`}`;

/** Windowed slices side by side with outlines, overlays, scale bar, and the values below each. Drawn page-wide from three panels on. */
export function imagePanelScene(figure: ImagePanelFigure, options: FigureOptions): Scene {
  const of = figureTheme(options);
  const width = widthPt(figure.panels.length > 2 ? "page" : (options.width ?? "column"));
  const edge = 6;
  const gap = 6;
  const columns = Math.min(figure.panels.length, width > 300 ? 4 : 2);
  const each = (width - 2 * edge - gap * (columns - 1)) / columns;
  const marks: Mark[] = [];
  let top = edge;
  for (let start = 0; start < figure.panels.length; start += columns) {
    const row = figure.panels.slice(start, start + columns);
    const heights = row.map((panel) => (each * panel.rows * panel.spacingMm.y) / (panel.columns * panel.spacingMm.x));
    const height = Math.max(...heights);
    let text = 0;
    row.forEach((panel, i) => {
      const x = edge + i * (each + gap);
      const box = { x, y: top, width: each, height: heights[i]! };
      marks.push(...panelMarks(panel, letterOf(start + i), box, options.theme === "grey"));
      const lines = [
        ...wrapText(panel.label, each, labelSize, "semibold").map((words) => ({
          words,
          weight: "semibold" as const,
          fill: of.ink,
        })),
        ...wrapText(panel.caption, each, tickSize).map((words) => ({
          words,
          weight: "regular" as const,
          fill: of.ink,
        })),
        ...wrapText(windowText(panel), each, tickSize).map((words) => ({
          words,
          weight: "regular" as const,
          fill: of.muted,
        })),
      ];
      lines.forEach(({ words, weight, fill }, k) => {
        marks.push({
          kind: "text",
          x,
          y: top + height + 10 + k * 9.6,
          text: words,
          size: weight === "semibold" ? labelSize : tickSize,
          fill,
          weight,
        });
      });
      text = Math.max(text, lines.length);
    });
    top += height + 8 + text * 9.6 + gap;
  }
  const names = [...new Set(figure.panels.flatMap((panel) => panel.outlines.map((outline) => outline.label)))];
  const overlays = [
    ...new Set(figure.panels.flatMap((panel) => (panel.overlay === null ? [] : [panel.overlay.label]))),
  ];
  const line = legend(
    of,
    names.map((label, i) => ({ label, style: { ...onImage[i % onImage.length]!, colour: seriesStyle(of, i).colour } })),
    "line",
    edge,
    top,
    width - 2 * edge,
  );
  const fill = legend(
    of,
    overlays.map((label) => ({ label, style: { ...seriesStyle(of, 1), dash: "" } })),
    "box",
    edge,
    top + line.height,
    width - 2 * edge,
  );
  const description = [
    "Image panels.",
    ...figure.panels.map(
      (panel, i) =>
        `${letterOf(i)}: ${panel.label}, ${panel.caption}, ${windowText(panel)}${panel.outlines.length === 0 ? "" : `, outlined: ${panel.outlines.map((outline) => outline.label).join(", ")}`}${panel.overlay === null ? "" : `, coloured: ${panel.overlay.label}`}.`,
    ),
  ].join(" ");
  return {
    id: figure.id,
    width,
    height: top + line.height + fill.height + edge,
    title: figure.title,
    description,
    paper: of.paper,
    marks: [...marks, ...line.marks, ...fill.marks],
  };
}
