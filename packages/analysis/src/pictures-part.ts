import { DAYS_PER_MONTH, type Passport } from "@livermark/core";
import { columnInputs } from "./cell-ledger.js";
import { columnOf, type Dataset } from "./dataset.js";
import { patientOf } from "./design/subject.js";
import type { SpiderFigure, SwimmerFigure, WaterfallFigure } from "./figures.js";
import { type Part, part } from "./part.js";
import type { SurvivalData } from "./survival-data.js";
import { labelWithUnit, printedLevels } from "./wording.js";

const figurePart = (figure: WaterfallFigure | SpiderFigure | SwimmerFigure, inputs: Passport["inputs"]): Part =>
  part({
    figures: [figure],
    passports: [{ id: figure.id, function: `${figure.kind}-data`, version: "1", inputs, parameters: {} }],
  });

const UNCLASSED = "not classed";

/** Category of each row by a column; rows without one are `not classed`. */
function categories(
  data: Dataset,
  by: string | null,
): { readonly of: (row: number) => string; readonly names: readonly string[] } {
  const found = by === null ? null : columnOf(data, by);
  if (found === null || !found.ok || found.value.type !== "category") return { of: () => "all", names: ["all"] };
  const { value: column } = found;
  const of = (row: number): string => {
    const value = column.values[row];
    return typeof value === "string" ? value : UNCLASSED;
  };
  const met = new Set(data.rows.map((_, row) => of(row)));
  return { of, names: [...printedLevels(column), UNCLASSED].filter((name) => met.has(name)) };
}

/** Bars of one change per row, largest first, coloured by a category. Rows without a value are left out. */
export function waterfall(
  data: Dataset,
  plan: {
    readonly id: string;
    readonly label: string;
    readonly of: string;
    readonly by: string | null;
    readonly thresholds: readonly number[];
  },
): Part {
  const column = columnOf(data, plan.of);
  if (!column.ok) return part({ issues: column.issues.map((issue) => ({ ...issue, severity: "warning" as const })) });
  if (column.value.type !== "number") return part({});
  const { value } = column;
  const category = categories(data, plan.by);
  const bars = data.rows
    .flatMap((patient, row) => {
      const height = value.values[row];
      return typeof height === "number" ? [{ patient, value: height, category: category.of(row) }] : [];
    })
    .sort((a, b) => b.value - a.value || (a.patient < b.patient ? -1 : 1));
  const used = new Set(bars.map((bar) => bar.category));
  return figurePart(
    {
      id: `figure.waterfall.${plan.id}`,
      kind: "waterfall",
      title: plan.label,
      valueLabel: labelWithUnit(value.label, value.unit),
      unit: data.unit,
      bars,
      categories: category.names.filter((name) => used.has(name)),
      thresholds: plan.thresholds.map((threshold) => ({
        value: threshold,
        label: String(threshold).replace("-", "−"),
      })),
    },
    columnInputs(data, [plan.of, ...(plan.by === null ? [] : [plan.by])]),
  );
}

/** One measured point of one row's course, in percent of its baseline. */
export interface CoursePoint {
  readonly row: string;
  readonly months: number;
  readonly percent: number;
  readonly input: Passport["inputs"][number];
}

/** Lines of change over time, one for each row with a baseline and a later point. */
export function spider(
  data: Dataset,
  points: readonly CoursePoint[],
  plan: {
    readonly id: string;
    readonly label: string;
    readonly valueLabel: string;
    readonly by: string | null;
    readonly thresholds: readonly number[];
  },
): Part {
  const category = categories(data, plan.by);
  const lines = data.rows.flatMap((key, row) => {
    const own = points.filter((one) => one.row === key).sort((a, b) => a.months - b.months);
    return own.length < 2
      ? []
      : [
          {
            patient: key,
            category: category.of(row),
            time: own.map(({ months }) => months),
            value: own.map(({ percent }) => percent),
          },
        ];
  });
  if (lines.length === 0) return part({});
  const used = new Set(lines.map((line) => line.category));
  return figurePart(
    {
      id: `figure.spider.${plan.id}`,
      kind: "spider",
      title: plan.label,
      timeLabel: "Months",
      valueLabel: plan.valueLabel,
      lines,
      categories: category.names.filter((name) => used.has(name)),
      thresholds: plan.thresholds.map((threshold) => ({
        value: threshold,
        label: String(threshold).replace("-", "−"),
      })),
    },
    points.map(({ input }) => input),
  );
}

/** Something that happened to a patient, in days of the study's axis from the start. */
export interface LaneMark {
  readonly patient: string;
  readonly days: number;
  readonly kind: string;
}

/** Kinds of events are codes (`new-therapy`); acronyms keep their hyphens (`DEB-TACE`). */
const words = (kind: string): string => (/^[a-z-]+$/.test(kind) ? kind.replaceAll("-", " ") : kind);

/** One lane per patient from the start to the end of an endpoint, with marks of what happened, longest first. */
export function swimmer(
  data: Dataset,
  survival: SurvivalData,
  marks: readonly LaneMark[],
  plan: { readonly id: string; readonly label: string; readonly by: string | null },
): Part {
  const category = categories(data, plan.by);
  const lanes = survival.rows
    .map((row, i) => {
      const patient = patientOf(data.rows[row] ?? "", data.unit);
      const end = survival.months[i] ?? 0;
      return {
        patient,
        end,
        category: category.of(row),
        marks: marks
          .filter((mark) => mark.patient === patient && mark.days / DAYS_PER_MONTH <= end + 1e-9)
          .map((mark) => ({ time: mark.days / DAYS_PER_MONTH, kind: words(mark.kind) }))
          .sort((a, b) => a.time - b.time),
        ongoing: survival.event[i] === 0,
      };
    })
    .sort((a, b) => b.end - a.end || (a.patient < b.patient ? -1 : 1));
  const used = new Set(lanes.map((lane) => lane.category));
  const kinds = [...new Set(marks.map(({ kind }) => words(kind)))];
  return figurePart(
    {
      id: `figure.swimmer.${plan.id}`,
      kind: "swimmer",
      title: plan.label,
      timeLabel: "Months",
      lanes,
      categories: category.names.filter((name) => used.has(name)),
      markKinds: kinds,
    },
    columnInputs(data, [survival.endpoint.time, survival.endpoint.event, ...(plan.by === null ? [] : [plan.by])]),
  );
}
