import type { BlandAltmanFigure, DistributionFigure, ScatterFigure } from "@livermark/analysis";
import { random } from "@livermark/core";
import { formatNumber, formatRange, sentenceP } from "../format.js";
import { rounded } from "../markup.js";
import { textWidth, wrapText } from "../text.js";
import { textLines, tickSize, widthPt } from "./axes.js";
import { type Chart, chart, decimalsFor, extent, niceDomain } from "./chart.js";
import { curveMarks } from "./curves.js";
import { type FigureOptions, figureTheme } from "./figure-options.js";
import { bandPath } from "./paths.js";
import { type Mark, markerPath, type Scene } from "./scene.js";
import { seriesStyle } from "./theme.js";

const across = (c: Chart, value: number): string =>
  `M${rounded(c.plot.x)} ${rounded(c.y(value))}h${rounded(c.plot.width)}`;

/** Difference against mean with bias, limits of agreement and their intervals, each named with its value at the right. */
export function blandAltmanScene(figure: BlandAltmanFigure, options: FigureOptions): Scene {
  const lines = [
    { name: "+1.96 SD", estimate: figure.upperLimit, dash: "4 2" },
    { name: "Bias", estimate: figure.bias, dash: "" },
    { name: "−1.96 SD", estimate: figure.lowerLimit, dash: "4 2" },
  ];
  const limits = lines.flatMap(({ estimate: e }) => [e.value, e.low ?? e.value, e.high ?? e.value]);
  const [low, high] = extent([0, ...figure.difference, ...limits]);
  const decimals = decimalsFor(high - low);
  const unit = figure.unit === "" || figure.unit === "1" ? "" : ` ${figure.unit}`;
  const label = (e: BlandAltmanFigure["bias"]): string =>
    `${formatNumber(e.value, decimals)}${e.low === null || e.high === null ? "" : ` (${formatRange(formatNumber(e.low, decimals), formatNumber(e.high, decimals))})`}${unit}`;
  const [from, to] = extent(figure.mean);
  const withUnit = (text: string): string => (unit === "" ? text : `${text} (${figure.unit})`);
  const space =
    Math.max(
      ...lines.map(({ name, estimate }) =>
        Math.max(textWidth(name, tickSize), textWidth(formatNumber(estimate.value, decimals), tickSize)),
      ),
    ) + 5;
  return chart(
    {
      figure,
      description: `Bland–Altman plot of ${figure.mean.length} pairs. Bias ${label(figure.bias)}; limits of agreement ${label(figure.lowerLimit)} and ${label(figure.upperLimit)}.`,
      x: { domain: niceDomain(from, to), title: withUnit(figure.meanLabel) },
      y: { domain: niceDomain(low, high), title: withUnit(figure.differenceLabel) },
      rightSpace: space,
    },
    options,
    (c) => {
      const style = seriesStyle(c.of, 0);
      return [
        { kind: "path", d: across(c, 0), stroke: c.of.rule },
        ...lines.flatMap(({ name, estimate, dash }): Mark[] => [
          ...(estimate.low === null || estimate.high === null
            ? []
            : [
                {
                  kind: "rect",
                  x: c.plot.x,
                  y: c.y(estimate.high),
                  width: c.plot.width,
                  height: c.y(estimate.low) - c.y(estimate.high),
                  fill: style.colour,
                  fillOpacity: 0.1,
                } as const,
              ]),
          { kind: "path", d: across(c, estimate.value), stroke: style.colour, strokeWidth: 0.9, dash },
          {
            kind: "text",
            x: c.plot.x + c.plot.width + 4,
            y: c.y(estimate.value) - 2,
            text: name,
            size: tickSize,
            fill: c.of.muted,
          },
          {
            kind: "text",
            x: c.plot.x + c.plot.width + 4,
            y: c.y(estimate.value) + 7,
            text: formatNumber(estimate.value, decimals),
            size: tickSize,
            fill: c.of.ink,
            ...(estimate.id === null ? {} : { id: estimate.id }),
          },
        ]),
        ...figure.mean.map(
          (mean, i): Mark => ({
            kind: "path",
            d: markerPath("circle", c.x(mean), c.y(figure.difference[i]!), 1.8),
            fill: c.of.ink,
            fillOpacity: 0.65,
          }),
        ),
      ];
    },
  );
}

/** Boxes (or violins where a density is given) with every value as a point, jittered the same way every time. */
export function distributionScene(figure: DistributionFigure, options: FigureOptions): Scene {
  const [low, high] = extent([
    ...figure.groups.flatMap((group) => [...group.values, ...(group.density?.at ?? [])]),
    ...(figure.cutOff === undefined ? [] : [figure.cutOff.value]),
  ]);
  const decimals = decimalsFor(high - low);
  const { cutOff, comparison } = figure;
  const labels = figure.groups.map((group) => `${group.label} (n\u00a0=\u00a0${group.values.length})`);
  // A group without its name would be no group: where the names do not fit beside each other, they wrap in their own room.
  const band = (0.8 * widthPt(options.width ?? "column")) / figure.groups.length;
  const wrapped = labels.some((label) => textWidth(label, tickSize) > band - 4)
    ? labels.map((label) => wrapText(label, band - 4, tickSize))
    : [];
  return chart(
    {
      figure,
      description: [
        `Distribution of ${figure.valueLabel}.`,
        ...figure.groups.map(
          ({ label, values, box }) =>
            `${label} (n ${values.length}): median ${formatNumber(box.median, decimals)}, interquartile range ${formatRange(formatNumber(box.q1, decimals), formatNumber(box.q3, decimals))}.`,
        ),
        ...(comparison === null ? [] : [`${comparison.method} ${sentenceP(comparison.p)}.`]),
      ].join(" "),
      x: {
        domain: [0, figure.groups.length],
        title: "",
        ticks: labels.map((label, i) => ({ value: i + 0.5, label: wrapped.length > 0 ? "" : label })),
      },
      bottomSpace: Math.max(0, ...wrapped.map((lines) => (lines.length - 1) * 9 - 4)),
      y: { domain: niceDomain(low, high), title: figure.valueLabel },
      notes:
        comparison === null ? [] : [{ text: `${comparison.method} ${sentenceP(comparison.p)}`, id: comparison.id }],
      rightSpace: cutOff === undefined ? 0 : textWidth(cutOff.label, tickSize) + 4,
    },
    options,
    (c) => {
      const step = c.plot.width / figure.groups.length;
      const half = Math.min(26, step * 0.28);
      return [
        ...(cutOff === undefined
          ? []
          : ([
              { kind: "path", d: across(c, cutOff.value), stroke: c.of.muted, strokeWidth: 0.5, dash: "2 2" },
              {
                kind: "text",
                x: c.plot.x + c.plot.width + 3,
                y: c.y(cutOff.value) + 2.5,
                text: cutOff.label,
                size: tickSize,
                fill: c.of.muted,
              },
            ] as const)),
        ...wrapped.flatMap((lines, i) =>
          textLines(
            lines,
            {
              x: c.plot.x + (i + 0.5) * step,
              y: c.plot.y + c.plot.height + 10.5,
              size: tickSize,
              fill: c.of.ink,
              anchor: "middle",
            },
            9,
          ),
        ),
        ...figure.groups.flatMap((group, i): Mark[] => {
          const style = seriesStyle(c.of, i);
          const x = c.plot.x + (i + 0.5) * step;
          const draw = random(i + 1);
          const { box, density } = group;
          const width = density === undefined ? half : 5;
          const [, peak] = extent(density?.value ?? [1]);
          const side = (sign: number): (readonly [number, number])[] =>
            (density?.at ?? []).map((at, k) => [x + (sign * half * density!.value[k]!) / peak, c.y(at)] as const);
          const whiskers = `M${rounded(x)} ${rounded(c.y(box.high))}V${rounded(c.y(box.q3))}M${rounded(x)} ${rounded(c.y(box.q1))}V${rounded(c.y(box.low))}`;
          return [
            ...(density === undefined
              ? []
              : [
                  {
                    kind: "path",
                    d: bandPath(side(1), side(-1)),
                    fill: style.colour,
                    fillOpacity: 0.15,
                    stroke: style.colour,
                    strokeWidth: 0.5,
                  } as const,
                ]),
            ...group.values.map((value): Mark => {
              const dx = density === undefined ? (draw.uniform() - 0.5) * half * 1.5 : half + 6 + draw.uniform() * 8;
              return {
                kind: "path",
                d: markerPath("circle", x + dx, c.y(value), 1.3),
                fill: style.colour,
                fillOpacity: 0.55,
              };
            }),
            { kind: "path", d: whiskers, stroke: c.of.ink, strokeWidth: 0.8 },
            {
              kind: "rect",
              x: x - width,
              y: c.y(box.q3),
              width: 2 * width,
              height: Math.max(0.5, c.y(box.q1) - c.y(box.q3)),
              fill: density === undefined ? "none" : c.of.paper,
              stroke: c.of.ink,
              strokeWidth: 0.8,
            },
            {
              kind: "path",
              d: `M${rounded(x - width)} ${rounded(c.y(box.median))}h${rounded(2 * width)}`,
              stroke: c.of.ink,
              strokeWidth: 1.6,
            },
          ];
        }),
      ];
    },
  );
}

/** Points of one or several groups, with a fitted curve and the correlation. */
export function scatterScene(figure: ScatterFigure, options: FigureOptions): Scene {
  const of = figureTheme(options);
  const xs = extent([...figure.groups.flatMap((group) => group.x), ...(figure.fit?.x ?? [])]);
  const ys = extent([...figure.groups.flatMap((group) => group.y), ...(figure.fit?.y ?? [])]);
  const r = figure.correlation;
  const note =
    r === null
      ? null
      : `${r.method} ${formatNumber(r.value, 2)}${r.low === null || r.high === null ? "" : ` (95% CI ${formatRange(formatNumber(r.low, 2), formatNumber(r.high, 2))})`}, ${sentenceP(r.p)}`;
  const n = figure.groups.reduce((sum, group) => sum + group.x.length, 0);
  return chart(
    {
      figure,
      description: `Scatter plot of ${figure.yLabel} against ${figure.xLabel}, ${n} points.${note === null ? "" : ` ${note}.`}`,
      x: { domain: niceDomain(...xs), title: figure.xLabel },
      y: { domain: niceDomain(...ys), title: figure.yLabel },
      ...(figure.groups.length > 1
        ? {
            legend: {
              swatch: "marker" as const,
              entries: figure.groups.map((group, i) => ({ label: group.label, style: seriesStyle(of, i) })),
            },
          }
        : {}),
      notes: note === null ? [] : [{ text: note, id: r?.id ?? null }],
    },
    options,
    (c) => [
      ...(figure.fit === null ? [] : curveMarks(c, figure.fit, { colour: c.of.ink, dash: "", marker: "circle" })),
      ...figure.groups.flatMap((group, i) => {
        const style = seriesStyle(c.of, i);
        return group.x.map(
          (x, k): Mark => ({
            kind: "path",
            d: markerPath(style.marker, c.x(x), c.y(group.y[k]!), 2),
            fill: style.colour,
            fillOpacity: 0.75,
          }),
        );
      }),
    ],
  );
}
