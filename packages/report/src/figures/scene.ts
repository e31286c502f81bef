import { escapeXml, rounded } from "../markup.js";
import type { Weight } from "../text.js";
import type { MarkerShape } from "./theme.js";

interface Stroke {
  readonly stroke?: string;
  readonly strokeWidth?: number;
  readonly dash?: string;
}

/** One thing on the page, in points from the upper left corner. */
export type Mark =
  | (Stroke & { readonly kind: "path"; readonly d: string; readonly fill?: string; readonly fillOpacity?: number })
  | (Stroke & {
      readonly kind: "rect";
      readonly x: number;
      readonly y: number;
      readonly width: number;
      readonly height: number;
      readonly fill?: string;
      readonly fillOpacity?: number;
      readonly radius?: number;
    })
  | {
      readonly kind: "text";
      readonly x: number;
      readonly y: number;
      readonly text: string;
      readonly size: number;
      readonly fill: string;
      readonly anchor?: "start" | "middle" | "end";
      readonly weight?: Weight;
      /** Degrees, clockwise, about (x, y). */
      readonly rotate?: number;
      /** Result id: a click on the number leads to its passport. */
      readonly id?: string;
    }
  | {
      readonly kind: "image";
      readonly x: number;
      readonly y: number;
      readonly width: number;
      readonly height: number;
      readonly href: string;
    }
  | { readonly kind: "group"; readonly marks: readonly Mark[]; readonly clip?: Box };

export interface Box {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

/** A finished drawing at print size. */
export interface Scene {
  /** Unique in a document; becomes the prefix of its title's id. */
  readonly id: string;
  readonly width: number;
  readonly height: number;
  readonly title: string;
  /** What a person who cannot see the figure is told, from the numbers. */
  readonly description: string;
  readonly paper: string;
  readonly marks: readonly Mark[];
}

const attribute = (name: string, value: string | number | undefined): string =>
  value === undefined || value === ""
    ? ""
    : ` ${name}="${typeof value === "number" ? rounded(value) : escapeXml(value)}"`;

function strokeAttributes(mark: Stroke): string {
  if (mark.stroke === undefined) return "";
  return (
    attribute("stroke", mark.stroke) +
    attribute("stroke-width", mark.strokeWidth ?? 0.6) +
    attribute("stroke-dasharray", mark.dash)
  );
}

interface Clips {
  readonly prefix: string;
  count: number;
}

function markSvg(mark: Mark, clips: Clips): string {
  switch (mark.kind) {
    case "path":
      return `<path d="${mark.d}"${attribute("fill", mark.fill ?? "none")}${attribute("fill-opacity", mark.fillOpacity)}${strokeAttributes(mark)}/>`;
    case "rect":
      return `<rect${attribute("x", mark.x)}${attribute("y", mark.y)}${attribute("width", mark.width)}${attribute("height", mark.height)}${attribute("rx", mark.radius)}${attribute("fill", mark.fill ?? "none")}${attribute("fill-opacity", mark.fillOpacity)}${strokeAttributes(mark)}/>`;
    case "text": {
      const turn = mark.rotate === undefined ? "" : `rotate(${mark.rotate} ${rounded(mark.x)} ${rounded(mark.y)})`;
      const anchor = mark.anchor === "start" ? undefined : mark.anchor;
      return `<text${attribute("x", mark.x)}${attribute("y", mark.y)}${attribute("font-size", mark.size)}${attribute("fill", mark.fill)}${attribute("text-anchor", anchor)}${mark.weight === "semibold" ? ' font-weight="600"' : ""}${attribute("transform", turn)}${attribute("data-id", mark.id)}>${escapeXml(mark.text)}</text>`;
    }
    case "image":
      return `<image${attribute("x", mark.x)}${attribute("y", mark.y)}${attribute("width", mark.width)}${attribute("height", mark.height)} preserveAspectRatio="none"${attribute("href", mark.href)}/>`;
    case "group": {
      const inner = mark.marks.map((inside) => markSvg(inside, clips)).join("");
      if (mark.clip === undefined) return `<g>${inner}</g>`;
      const id = `${clips.prefix}-clip-${++clips.count}`;
      const { x, y, width, height } = mark.clip;
      return `<clipPath id="${id}"><rect${attribute("x", x)}${attribute("y", y)}${attribute("width", width)}${attribute("height", height)}/></clipPath><g clip-path="url(#${id})">${inner}</g>`;
    }
  }
}

/**
 * The scene as one SVG element, sized in points, with title and description. Family names are quoted because an
 * unquoted name with a digit is not valid CSS, and some renderers then draw another face without a word.
 * The same scene gives the same bytes.
 */
export function sceneSvg(scene: Scene): string {
  const id = scene.id.replace(/[^A-Za-z0-9_-]/g, "-");
  const clips: Clips = { prefix: id, count: 0 };
  const size = `width="${rounded(scene.width)}pt" height="${rounded(scene.height)}pt" viewBox="0 0 ${rounded(scene.width)} ${rounded(scene.height)}"`;
  const paper = `<rect width="${rounded(scene.width)}" height="${rounded(scene.height)}" fill="${scene.paper}"/>`;
  const body = scene.marks.map((mark) => markSvg(mark, clips)).join("\n");
  return `<svg xmlns="http://www.w3.org/2000/svg" ${size} font-family="'Source Sans 3', 'DejaVu Sans', sans-serif" role="img" aria-labelledby="${id}-title ${id}-desc">
<title id="${id}-title">${escapeXml(scene.title)}</title>
<desc id="${id}-desc">${escapeXml(scene.description)}</desc>
${paper}
${body}
</svg>
`;
}

/** Outline of a marker centred on (x, y) whose shapes look equally large. */
export function markerPath(shape: MarkerShape, x: number, y: number, radius: number): string {
  const p = (dx: number, dy: number): string => `${rounded(x + dx * radius)} ${rounded(y + dy * radius)}`;
  switch (shape) {
    case "circle":
      return `M${p(-1, 0)}a${rounded(radius)} ${rounded(radius)} 0 1 0 ${rounded(2 * radius)} 0a${rounded(radius)} ${rounded(radius)} 0 1 0 ${rounded(-2 * radius)} 0Z`;
    case "square":
      return `M${p(-0.89, -0.89)}L${p(0.89, -0.89)}L${p(0.89, 0.89)}L${p(-0.89, 0.89)}Z`;
    case "triangle":
      return `M${p(0, -1.25)}L${p(1.1, 0.75)}L${p(-1.1, 0.75)}Z`;
    case "triangle-down":
      return `M${p(0, 1.25)}L${p(1.1, -0.75)}L${p(-1.1, -0.75)}Z`;
    case "diamond":
      return `M${p(0, -1.3)}L${p(1.3, 0)}L${p(0, 1.3)}L${p(-1.3, 0)}Z`;
    case "cross":
      return `M${p(-0.3, -1.1)}L${p(0.3, -1.1)}L${p(0.3, -0.3)}L${p(1.1, -0.3)}L${p(1.1, 0.3)}L${p(0.3, 0.3)}L${p(0.3, 1.1)}L${p(-0.3, 1.1)}L${p(-0.3, 0.3)}L${p(-1.1, 0.3)}L${p(-1.1, -0.3)}L${p(-0.3, -0.3)}Z`;
  }
}
