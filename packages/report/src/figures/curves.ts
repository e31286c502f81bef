import type {
  CalibrationFigure,
  DecisionCurveFigure,
  FigureCurve,
  FigureEstimate,
  RocFigure,
} from "@livermark/analysis";
import { formatNumber, formatRange, sentenceP } from "../format.js";
import { rounded } from "../markup.js";
import { capital } from "../typeset.js";
import { type Chart, chart, extent, niceDomain } from "./chart.js";
import { type FigureOptions, figureTheme } from "./figure-options.js";
import { bandPath, linePath } from "./paths.js";
import { type Mark, markerPath, type Scene } from "./scene.js";
import { type SeriesStyle, seriesStyle } from "./theme.js";

const points = (c: Chart, x: readonly number[], y: readonly number[]): readonly (readonly [number, number])[] =>
  x.map((value, i) => [c.x(value), c.y(y[i]!)] as const);

/** The part of the plane that the axes span, and so much more that a marker on its edge is whole; the rest is cut off. */
export const clipped = (c: Chart, marks: readonly Mark[], more = 0): Mark => ({
  kind: "group",
  clip: {
    x: c.plot.x - more,
    y: c.plot.y - more,
    width: c.plot.width + 2 * more,
    height: c.plot.height + 2 * more,
  },
  marks,
});

/** A curve with its band where limits are known. */
export function curveMarks(c: Chart, curve: FigureCurve, style: SeriesStyle): Mark[] {
  const known = curve.x.map((_, i) => i).filter((i) => curve.low?.[i] != null && curve.high?.[i] != null);
  const edge = (limits: readonly (number | null)[] | undefined): readonly (readonly [number, number])[] =>
    known.map((i) => [c.x(curve.x[i]!), c.y(limits![i]!)] as const);
  const band: Mark[] =
    known.length < 2
      ? []
      : [{ kind: "path", d: bandPath(edge(curve.high), edge(curve.low)), fill: style.colour, fillOpacity: 0.13 }];
  const d = linePath(points(c, curve.x, curve.y));
  return [...band, { kind: "path", d, stroke: style.colour, strokeWidth: 1.2, dash: style.dash }];
}

const interval = (low: number | null, high: number | null, decimals: number): string =>
  low === null || high === null ? "NE" : formatRange(formatNumber(low, decimals), formatNumber(high, decimals));

const rocLabel = (curve: RocFigure["curves"][number]): string =>
  `${curve.label}: AUC ${formatNumber(curve.auc.value, 3)} (${interval(curve.auc.low, curve.auc.high, 3)})`;

/** `87.5% (71.9–95.0)` of a fraction; without limits where there are none. */
const rate = ({ value, low, high }: FigureEstimate): string =>
  `${formatNumber(100 * value, 1)}%${low === null || high === null ? "" : ` (${interval(100 * low, 100 * high, 1)})`}`;

/** ROC curves with their operating points, the point's intervals as a cross, and the line of no information. */
export function rocScene(figure: RocFigure, options: FigureOptions): Scene {
  const operating = figure.curves.flatMap(({ label, operatingPoint: point }) =>
    point === null
      ? []
      : [
          `${point.thresholdLabel.startsWith(label) ? "" : `${label} at `}${point.thresholdLabel}: sensitivity ${rate(point.sensitivity)}, specificity ${rate(point.specificity)}`,
        ],
  );
  const tests = figure.comparisons.map(({ label, p }) => `${label}, ${sentenceP(p)}.`);
  return chart(
    {
      figure,
      description: [
        "ROC curves.",
        ...figure.curves.map((c) => `${rocLabel(c)}, ${c.positives} with and ${c.negatives} without the outcome.`),
        ...operating.map((line) => `${line}.`),
        ...tests,
      ].join(" "),
      x: { domain: [0, 1], title: "1 − specificity" },
      y: { domain: [0, 1], title: "Sensitivity" },
      aspect: 1,
      legend: {
        swatch: "line",
        entries: figure.curves.map((curve, i) => ({
          label: rocLabel(curve),
          style: seriesStyle(figureTheme(options), i),
          ...(curve.auc.id === null ? {} : { id: curve.auc.id }),
        })),
      },
      notes: [
        ...figure.comparisons.map(({ label, p, id }) => ({ text: `${label}, ${sentenceP(p)}`, id })),
        ...operating.map((text) => ({ text, id: null })),
      ],
    },
    options,
    (c) => [
      {
        kind: "path",
        d: linePath([
          [c.x(0), c.y(0)],
          [c.x(1), c.y(1)],
        ]),
        stroke: c.of.rule,
        strokeWidth: 0.6,
      },
      ...figure.curves.flatMap((curve, i) => {
        const style = seriesStyle(c.of, i);
        const line: Mark = {
          kind: "path",
          d: linePath(points(c, curve.falsePositiveRate, curve.sensitivity)),
          stroke: style.colour,
          strokeWidth: 1.2,
          dash: style.dash,
        };
        const at = curve.operatingPoint;
        if (at === null) return [line];
        const px = c.x(1 - at.specificity.value);
        const py = c.y(at.sensitivity.value);
        const { sensitivity, specificity } = at;
        const vertical =
          sensitivity.low === null || sensitivity.high === null
            ? ""
            : `M${rounded(px)} ${rounded(c.y(sensitivity.low))}V${rounded(c.y(sensitivity.high))}`;
        const horizontal =
          specificity.low === null || specificity.high === null
            ? ""
            : `M${rounded(c.x(1 - specificity.high))} ${rounded(py)}H${rounded(c.x(1 - specificity.low))}`;
        return [
          line,
          { kind: "path", d: vertical + horizontal, stroke: style.colour, strokeWidth: 0.5 } as const,
          {
            kind: "path",
            d: markerPath(style.marker, px, py, 3),
            fill: style.colour,
            stroke: c.of.paper,
            strokeWidth: 0.7,
          } as const,
        ];
      }),
    ],
  );
}

const MARKER_ROOM = 3.2;

/** What the marks of a calibration plot are. */
function calibrationKey(curves: CalibrationFigure["curves"]): readonly string[] {
  const bins = curves.some((curve) => curve.bins.length > 0) ? ["points: groups with 95% CI"] : [];
  const smooth = curves.some((curve) => curve.smooth !== null) ? ["line: smoothed"] : [];
  const rugs = curves.some((curve) => curve.withEvent.length + curve.withoutEvent.length > 0)
    ? ["ticks: with (top) and without (bottom) the outcome"]
    : [];
  const all = [...bins, ...smooth, ...rugs];
  return all.length === 0 ? [] : [capital(all.join("; "))];
}

/** Observed against predicted risk: smooth curve with band, grouped points with intervals, and rugs by outcome. */
export function calibrationScene(figure: CalibrationFigure, options: FigureOptions): Scene {
  const measures = figure.measures.map((m) => ({
    text: `${m.label} ${formatNumber(m.value, m.decimals)}${m.low === null || m.high === null ? "" : ` (${interval(m.low, m.high, m.decimals)})`}`,
    id: m.id,
  }));
  const rugHeight = 4;
  return chart(
    {
      figure,
      description: [
        "Calibration of predicted against observed probability; the diagonal is perfect.",
        ...measures.map((m) => `${m.text}.`),
        ...figure.curves.flatMap((curve) =>
          curve.bins.map(
            (bin) =>
              `${curve.label}: predicted ${formatNumber(bin.predicted, 2)}, observed ${formatNumber(bin.observed, 2)} (n ${bin.n}).`,
          ),
        ),
      ].join(" "),
      x: { domain: [0, 1], title: figure.predictedLabel },
      y: { domain: [0, 1], title: figure.observedLabel },
      aspect: 1,
      ...(figure.curves.length > 1
        ? {
            legend: {
              swatch: "line-marker" as const,
              entries: figure.curves.map((curve, i) => ({
                label: curve.label,
                style: seriesStyle(figureTheme(options), i),
              })),
            },
          }
        : {}),
      notes: [...measures, ...calibrationKey(figure.curves).map((text) => ({ text, id: null }))],
    },
    options,
    (c) => [
      {
        kind: "path",
        d: linePath([
          [c.x(0), c.y(0)],
          [c.x(1), c.y(1)],
        ]),
        stroke: c.of.rule,
        strokeWidth: 0.6,
      },
      clipped(
        c,
        figure.curves.flatMap((curve, i) => {
          const style = seriesStyle(c.of, i);
          const bars = curve.bins
            .filter((bin) => bin.low !== null && bin.high !== null)
            .map((bin) => `M${rounded(c.x(bin.predicted))} ${rounded(c.y(bin.low!))}V${rounded(c.y(bin.high!))}`)
            .join("");
          const rug = (values: readonly number[], y: number): string =>
            values.map((value) => `M${rounded(c.x(value))} ${rounded(y)}v${rugHeight}`).join("");
          const d = rug(curve.withEvent, c.plot.y) + rug(curve.withoutEvent, c.plot.y + c.plot.height - rugHeight);
          return [
            ...(curve.smooth === null ? [] : curveMarks(c, curve.smooth, style)),
            { kind: "path", d, stroke: style.colour, strokeWidth: 0.4 } as const,
            { kind: "path", d: bars, stroke: style.colour, strokeWidth: 0.7 } as const,
            ...curve.bins.map(
              (bin): Mark => ({
                kind: "path",
                d: markerPath(style.marker, c.x(bin.predicted), c.y(bin.observed), 2.6),
                fill: c.of.paper,
                stroke: style.colour,
                strokeWidth: 0.9,
              }),
            ),
          ];
        }),
        MARKER_ROOM,
      ),
    ],
  );
}

// Dashes that no model's curve has.
const TREAT_ALL_DASH = "5 1.5 1 1.5 1 1.5";
const TREAT_NONE_DASH = "12 1.5";

/** Net benefit over the threshold probability, beside treating all and none. */
export function decisionCurveScene(figure: DecisionCurveFigure, options: FigureOptions): Scene {
  const values = figure.curves.flatMap((curve) => curve.netBenefit);
  const [, high] = extent([...values, ...figure.treatAll]);
  const [, top] = niceDomain(0, Math.max(high, 0.01));
  const bottom = -top / 4;
  const middle = Math.floor(figure.thresholds.length / 2);
  const of = figureTheme(options);
  const plain = (label: string, colour: string, dash: string): { label: string; style: SeriesStyle } => ({
    label,
    style: { colour, dash, marker: "circle" },
  });
  return chart(
    {
      figure,
      description: [
        "Decision curves: net benefit over the threshold probability.",
        ...figure.curves.map(
          (curve) =>
            `${curve.label}: ${formatNumber(curve.netBenefit[middle]!, 3)} at threshold ${formatNumber(figure.thresholds[middle]!, 2)} (treat all ${formatNumber(figure.treatAll[middle]!, 3)}).`,
        ),
      ].join(" "),
      x: { domain: [0, extent(figure.thresholds)[1]], title: "Threshold probability" },
      y: { domain: [bottom, top], title: "Net benefit" },
      legend: {
        swatch: "line",
        entries: [
          ...figure.curves.map((curve, i) => ({ label: curve.label, style: seriesStyle(of, i) })),
          plain("Treat all", of.muted, TREAT_ALL_DASH),
          plain("Treat none", of.muted, TREAT_NONE_DASH),
        ],
      },
    },
    options,
    (c) => [
      clipped(c, [
        {
          kind: "path",
          d: linePath(points(c, figure.thresholds, figure.treatAll)),
          stroke: c.of.muted,
          strokeWidth: 0.9,
          dash: TREAT_ALL_DASH,
        },
        {
          kind: "path",
          d: `M${rounded(c.plot.x)} ${rounded(c.y(0))}h${rounded(c.plot.width)}`,
          stroke: c.of.muted,
          strokeWidth: 0.9,
          dash: TREAT_NONE_DASH,
        },
        ...figure.curves.flatMap((curve, i) =>
          curveMarks(c, { x: figure.thresholds, y: curve.netBenefit }, seriesStyle(c.of, i)),
        ),
      ]),
    ],
  );
}
