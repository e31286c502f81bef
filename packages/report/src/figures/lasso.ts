import type { LassoErrorFigure, LassoPathFigure } from "@livermark/analysis";
import { formatNumber } from "../format.js";
import { rounded } from "../markup.js";
import { tickSize } from "./axes.js";
import { type Chart, chart, extent, linearTicks, niceDomain } from "./chart.js";
import { type FigureOptions, figureTheme } from "./figure-options.js";
import { linePath } from "./paths.js";
import { type Mark, markerPath, type Scene } from "./scene.js";
import { seriesStyle } from "./theme.js";

const lambdaTitle = "log λ";

/** Dotted lines at the two usual choices of lambda, named at the top. */
function chosenLambdas(c: Chart, lambdaMin: number | null, lambda1se: number | null): Mark[] {
  const lines = [
    { at: lambdaMin, label: "min" },
    { at: lambda1se, label: "1 SE" },
  ].filter((line): line is { at: number; label: string } => line.at !== null);
  const close = lines.length === 2 && Math.abs(c.x(Math.log(lines[0]!.at)) - c.x(Math.log(lines[1]!.at))) < 24;
  return lines.flatMap(({ at, label }, i): Mark[] => {
    const x = c.x(Math.log(at));
    const anchor = close ? (i === 0 ? "end" : "start") : "middle";
    return [
      {
        kind: "path",
        d: `M${rounded(x)} ${rounded(c.plot.y)}v${rounded(c.plot.height)}`,
        stroke: c.of.muted,
        strokeWidth: 0.6,
        dash: "2 2",
      },
      { kind: "text", x, y: c.plot.y - 3, text: label, size: tickSize, fill: c.of.muted, anchor },
    ];
  });
}

/** Number of coefficients left along the top. */
function nonZeroCounts(c: Chart, lambda: readonly number[], nonZero: readonly number[]): Mark[] {
  const ticks = linearTicks([Math.log(lambda.at(-1)!), Math.log(lambda[0]!)], 5);
  return ticks.map(({ value }): Mark => {
    let nearest = 0;
    lambda.forEach((l, i) => {
      if (Math.abs(Math.log(l) - value) < Math.abs(Math.log(lambda[nearest]!) - value)) nearest = i;
    });
    return {
      kind: "text",
      x: c.x(value),
      y: c.plot.y - 13,
      text: String(nonZero[nearest]),
      size: tickSize,
      fill: c.of.ink,
      anchor: "middle",
    };
  });
}

const spanOfLambda = (lambda: readonly number[]): readonly [number, number] => {
  const [low, high] = extent(lambda);
  const pad = (Math.log(high) - Math.log(low)) * 0.02;
  return [Math.log(low) - pad, Math.log(high) + pad];
};

/** Coefficients over log lambda. The six that last longest are named by line and legend, the others are drawn quietly. */
export function lassoPathScene(figure: LassoPathFigure, options: FigureOptions): Scene {
  const of = figureTheme(options);
  const entry = (values: readonly number[]): number => {
    const first = values.findIndex((value) => value !== 0);
    return first < 0 ? values.length : first;
  };
  const named = figure.coefficients
    .map((coefficient, i) => ({ coefficient, i, entered: entry(coefficient.values) }))
    .filter(({ entered }) => entered < figure.lambda.length)
    .sort((a, b) => a.entered - b.entered || a.i - b.i)
    .slice(0, 6);
  const [low, high] = extent(figure.coefficients.flatMap((coefficient) => coefficient.values));
  return chart(
    {
      figure,
      description: `LASSO coefficient paths over log lambda. In order of entry: ${named.map(({ coefficient }) => `${coefficient.label} (${formatNumber(coefficient.values.at(-1)!, 2)} at the smallest penalty)`).join(", ")}.`,
      x: { domain: spanOfLambda(figure.lambda), title: lambdaTitle },
      y: { domain: niceDomain(low, high), title: "Coefficient" },
      legend: {
        swatch: "line",
        entries: named.map(({ coefficient }, k) => ({ label: coefficient.label, style: seriesStyle(of, k) })),
      },
      notes: [{ text: "Number of non-zero coefficients", id: null }],
      headSpace: 18,
    },
    options,
    (c) => [
      ...nonZeroCounts(c, figure.lambda, figure.nonZero),
      ...chosenLambdas(c, figure.lambdaMin, figure.lambda1se),
      { kind: "path", d: `M${rounded(c.plot.x)} ${rounded(c.y(0))}h${rounded(c.plot.width)}`, stroke: c.of.rule },
      ...figure.coefficients.map((coefficient, i): Mark => {
        const rank = named.findIndex((one) => one.i === i);
        const style = rank < 0 ? { colour: c.of.muted, dash: "" } : seriesStyle(c.of, rank);
        const d = linePath(figure.lambda.map((lambda, k) => [c.x(Math.log(lambda)), c.y(coefficient.values[k]!)]));
        return { kind: "path", d, stroke: style.colour, strokeWidth: rank < 0 ? 0.5 : 1.1, dash: style.dash };
      }),
    ],
  );
}

/** Cross-validated error with one standard error either way, over log lambda. */
export function lassoErrorScene(figure: LassoErrorFigure, options: FigureOptions): Scene {
  const low = figure.mean.map((mean, i) => mean - figure.standardError[i]!);
  const high = figure.mean.map((mean, i) => mean + figure.standardError[i]!);
  const best = figure.lambda.indexOf(figure.lambdaMin);
  const [from, to] = extent([...low, ...high]);
  return chart(
    {
      figure,
      description: `Cross-validated ${figure.measure.toLowerCase()} (${figure.folds} folds) over log lambda; ${best < 0 ? "" : `smallest ${formatNumber(figure.mean[best]!, 3)} with ${figure.nonZero[best]} coefficients, `}log lambda ${formatNumber(Math.log(figure.lambdaMin), 2)} at the minimum and ${formatNumber(Math.log(figure.lambda1se), 2)} by the one-standard-error rule.`,
      x: { domain: spanOfLambda(figure.lambda), title: lambdaTitle },
      y: { domain: niceDomain(from, to), title: figure.measure },
      notes: [{ text: "Number of non-zero coefficients", id: null }],
      headSpace: 18,
    },
    options,
    (c) => {
      const style = seriesStyle(c.of, 1);
      const bars = figure.lambda
        .map((lambda, i) => {
          const x = c.x(Math.log(lambda));
          return `M${rounded(x)} ${rounded(c.y(low[i]!))}V${rounded(c.y(high[i]!))}`;
        })
        .join("");
      const dots = figure.lambda
        .map((lambda, i) => markerPath("circle", c.x(Math.log(lambda)), c.y(figure.mean[i]!), 1.3))
        .join("");
      return [
        ...nonZeroCounts(c, figure.lambda, figure.nonZero),
        ...chosenLambdas(c, figure.lambdaMin, figure.lambda1se),
        { kind: "path", d: bars, stroke: c.of.rule, strokeWidth: 0.7 },
        { kind: "path", d: dots, fill: style.colour },
      ];
    },
  );
}
