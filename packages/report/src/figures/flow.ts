import type { FlowFigure } from "@livermark/analysis";
import { rounded } from "../markup.js";
import { wrapText } from "../text.js";
import { capital } from "../typeset.js";
import { labelSize, textLines, widthPt } from "./axes.js";
import { type FigureOptions, figureTheme } from "./figure-options.js";
import { type Mark, type Scene, sceneSvg } from "./scene.js";
import type { Theme } from "./theme.js";

const leading = 10.5;
const padding = 6;
const gap = 18;

interface TextBox {
  readonly heading: readonly string[];
  readonly lines: readonly string[];
}

const boxHeight = (box: TextBox): number => (box.heading.length + box.lines.length) * leading + 2 * padding - 2;

function boxMarks(box: TextBox, of: Theme, x: number, y: number, width: number, centred: boolean): Mark[] {
  const at = { x: centred ? x + width / 2 : x + padding, size: labelSize, fill: of.ink };
  const anchor = centred ? "middle" : "start";
  const first = y + padding + 7;
  return [
    {
      kind: "rect",
      x,
      y,
      width,
      height: boxHeight(box),
      fill: centred ? of.wash : of.paper,
      stroke: of.ink,
      strokeWidth: 0.6,
      radius: 2,
    },
    ...textLines(box.heading, { ...at, anchor, y: first, weight: centred ? "semibold" : "regular" }, leading),
    ...textLines(box.lines, { ...at, anchor, y: first + box.heading.length * leading }, leading),
  ];
}

/** A line with a small filled head at its end. */
function arrow(of: Theme, points: readonly (readonly [number, number])[]): Mark[] {
  const [x1, y1] = points.at(-2)!;
  const [x2, y2] = points.at(-1)!;
  const length = Math.hypot(x2 - x1, y2 - y1);
  const ux = (x2 - x1) / length;
  const uy = (y2 - y1) / length;
  const bx = x2 - 4 * ux;
  const by = y2 - 4 * uy;
  const line = [...points.slice(0, -1), [bx, by] as const];
  return [
    {
      kind: "path",
      d: line.map(([x, y], i) => `${i === 0 ? "M" : "L"}${rounded(x)} ${rounded(y)}`).join(""),
      stroke: of.ink,
    },
    {
      kind: "path",
      d: `M${rounded(x2)} ${rounded(y2)}L${rounded(bx - 2 * uy)} ${rounded(by + 2 * ux)}L${rounded(bx + 2 * uy)} ${rounded(by - 2 * ux)}Z`,
      fill: of.ink,
    },
  ];
}

const counted = (n: number, unit: string): string => `${n} ${unit}${n === 1 ? "" : "s"}`;

/** The flow in words. */
export function flowAltText(figure: FlowFigure): string {
  const steps = figure.steps.map((step) => {
    const out = step.excluded.map(({ reason, n }) => `${n} left out (${reason})`);
    return `${step.label}: ${[counted(step.n, step.unit), ...out].join(", ")}.`;
  });
  const arms = figure.arms.map((arm) => `${arm.label}: ${arm.n}.`);
  return ["Flow chart.", ...steps, ...arms].join(" ");
}

/** Flow chart from screening to analysis (after CONSORT and STROBE) as a scene; see `flowSvg`. */
export function flowScene(figure: FlowFigure, options: FigureOptions): Scene {
  const of = figureTheme(options);
  const width = widthPt(options.width ?? "page");
  const edge = 6;
  // Two arms stand half and half: the steps above the first are as wide, so that the line runs straight down.
  const mainWidth = figure.arms.length === 2 ? armWidth(figure, width - 2 * edge) : (width - 2 * edge) * 0.42;
  const sideX = edge + mainWidth + (width - 2 * edge) * 0.08;
  const sideWidth = width - edge - sideX;
  const centre = edge + mainWidth / 2;
  const marks: Mark[] = [];
  let y = edge;
  figure.steps.forEach((step, i) => {
    const box: TextBox = {
      heading: wrapText(capital(step.label), mainWidth - 2 * padding, labelSize, "semibold"),
      lines: [counted(step.n, step.unit)],
    };
    marks.push(...boxMarks(box, of, edge, y, mainWidth, true));
    const bottom = y + boxHeight(box);
    const last = i === figure.steps.length - 1;
    if (last && figure.arms.length === 0 && step.excluded.length === 0) {
      y = bottom;
      return;
    }
    let next = bottom + gap;
    if (step.excluded.length > 0) {
      const total = step.excluded.reduce((sum, one) => sum + one.n, 0);
      const side: TextBox = {
        heading: [`${total} excluded`],
        lines: step.excluded.flatMap(({ reason, n }) =>
          wrapText(`${n}  ${reason}`, sideWidth - 2 * padding, labelSize),
        ),
      };
      const sideTop = bottom + gap / 2;
      marks.push(...boxMarks(side, of, sideX, sideTop, sideWidth, false));
      const middle = sideTop + boxHeight(side) / 2;
      marks.push(
        ...arrow(of, [
          [centre, middle],
          [sideX, middle],
        ]),
      );
      next = sideTop + boxHeight(side) + gap / 2;
    }
    if (!last) {
      marks.push(
        ...arrow(of, [
          [centre, bottom],
          [centre, next],
        ]),
      );
    } else if (figure.arms.length > 0) {
      marks.push(...armMarks(figure, of, edge, width - 2 * edge, centre, bottom, next));
      next += armsHeight(figure, width - 2 * edge);
    } else {
      marks.push({
        kind: "path",
        d: `M${rounded(centre)} ${rounded(bottom)}V${rounded(bottom + gap / 2 + (next - bottom - gap) / 2)}`,
        stroke: of.ink,
      });
    }
    y = next;
  });
  return {
    id: figure.id,
    width,
    height: y + edge,
    title: figure.title,
    description: flowAltText(figure),
    paper: of.paper,
    marks,
  };
}

const armGap = 12;
const armWidth = (figure: FlowFigure, width: number): number =>
  (width - armGap * (figure.arms.length - 1)) / figure.arms.length;

function armBoxes(figure: FlowFigure, width: number): readonly TextBox[] {
  const each = armWidth(figure, width);
  return figure.arms.map((arm) => ({
    heading: wrapText(arm.label, each - 2 * padding, labelSize, "semibold"),
    lines: [`n = ${arm.n}`],
  }));
}

const armsHeight = (figure: FlowFigure, width: number): number =>
  gap + Math.max(...armBoxes(figure, width).map(boxHeight));

function armMarks(
  figure: FlowFigure,
  of: Theme,
  x: number,
  width: number,
  centre: number,
  from: number,
  top: number,
): Mark[] {
  const each = armWidth(figure, width);
  const branch = top + gap / 2 - 4;
  return [
    { kind: "path", d: `M${rounded(centre)} ${rounded(from)}V${rounded(branch)}`, stroke: of.ink },
    ...armBoxes(figure, width).flatMap((box, i) => {
      const left = x + i * (each + armGap);
      return [
        ...arrow(of, [
          [centre, branch],
          [left + each / 2, branch],
          [left + each / 2, top + gap],
        ]),
        ...boxMarks(box, of, left, top + gap, each, true),
      ];
    }),
  ];
}

/** The flow chart as SVG: who entered, who left with which reason. Box sizes follow the measured text. */
export const flowSvg = (figure: FlowFigure, options: FigureOptions = {}): string =>
  sceneSvg(flowScene(figure, options));
