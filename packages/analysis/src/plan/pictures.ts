import { DAYS_PER_MONTH, type ProvenanceInput } from "@livermark/core";
import { z } from "zod";
import { startDays, timePointDays } from "../design/subject.js";
import { joinParts, type Part, part } from "../part.js";
import { type CoursePoint, type LaneMark, spider, swimmer, waterfall } from "../pictures-part.js";
import { survivalData } from "../survival-data.js";
import { defineStep } from "./define.js";
import { widestWith } from "./group-tests.js";
import { type Layer, layerOf, type PlanContext } from "./step.js";

const common = { id: z.string(), label: z.string(), by: z.string().optional() };
const thresholds = z.array(z.number()).default([]);

const picture = z.discriminatedUnion("kind", [
  z.strictObject({ ...common, kind: z.literal("waterfall"), of: z.string(), thresholds }),
  z.strictObject({ ...common, kind: z.literal("spider"), of: z.string(), thresholds }),
  z.strictObject({ ...common, kind: z.literal("swimmer"), endpoint: z.string() }),
]);

/** The course of a biomarker (by time points) or of the sum of target lesions (`sum:<profile>`), in percent of baseline. */
function coursePoints(context: PlanContext, layer: Layer, of: string): readonly CoursePoint[] {
  const baseline = context.protocol.response.baseline;
  if (of.startsWith("sum:")) {
    const starts = startDays(context);
    return (context.derived?.response ?? []).flatMap((row): CoursePoint[] => {
      if (!("timePoint" in row) || row.profile !== of.slice("sum:".length) || row.sumMm === null || row.day === null)
        return [];
      if (row.baselineMm === null || row.baselineMm === 0 || context.excluded.has(row.patient)) return [];
      const start = starts.get(`${row.patient}/${row.treatment}`) ?? 0;
      const input: ProvenanceInput = { kind: "row", table: row.source.table, line: row.source.lines[0] ?? 0 };
      const key = layer.data.unit === "treatment" ? `${row.patient}/${row.treatment}` : row.patient;
      return [
        {
          row: key,
          months: (row.day - start) / DAYS_PER_MONTH,
          percent: 100 * (row.sumMm / row.baselineMm - 1),
          input,
        },
      ];
    });
  }
  const points = context.protocol.biomarkers.find(({ id }) => id === of)?.time_points ?? [];
  const base = layer.data.columns.find(({ name }) => name === `${of}@${baseline}`);
  return points.flatMap((timePoint) => {
    const column = layer.data.columns.find(({ name }) => name === `${of}@${timePoint}`);
    const days = timePointDays(context, timePoint);
    return layer.data.rows.flatMap((key, row): CoursePoint[] => {
      const value = column?.values[row];
      const first = base?.values[row];
      if (typeof value !== "number" || typeof first !== "number" || first === 0 || column === undefined) return [];
      const day = days.get(layer.data.unit === "treatment" ? key : `${key}/1`);
      const input: ProvenanceInput = { kind: "result", id: `data.${layer.data.id}.${column.name}` };
      return day === undefined
        ? []
        : [{ row: key, months: day / DAYS_PER_MONTH, percent: 100 * (value / first - 1), input }];
    });
  });
}

/** Procedures and events of every patient, in days from the start of the first treatment. */
function laneMarks(context: PlanContext): readonly LaneMark[] {
  const { records, excluded } = context;
  if (records === null) return [];
  const starts = startDays(context);
  const of = (patient: string, day: number, kind: string): LaneMark[] => {
    const start = starts.get(`${patient}/1`);
    return start === undefined || excluded.has(patient) || day < start ? [] : [{ patient, days: day - start, kind }];
  };
  return [
    ...records.tables.procedures.rows.flatMap((row) => of(row.patient, row.when.day, row.kind)),
    ...records.tables.events.rows
      .filter(({ event }) => event !== "last-contact" && event !== "lost")
      .flatMap((row) => of(row.patient, row.when.day, row.event)),
  ];
}

/** Data of waterfall, spider and swimmer plots. */
export const pictureStep = defineStep({
  key: "pictures",
  place: 38,
  schema: z.array(picture).default([]),
  run: (context, pictures) => ({
    part: joinParts(
      pictures.map((plan): Part => {
        const by = plan.by ?? null;
        if (plan.kind === "swimmer") {
          const layer = layerOf(context.layers, plan.endpoint);
          const endpoint = layer?.endpoints.find(({ name }) => name === plan.endpoint);
          const survival = layer === undefined || endpoint === undefined ? null : survivalData(layer.data, endpoint);
          return layer === undefined || survival === null || !survival.ok
            ? part({})
            : swimmer(layer.data, survival.value, laneMarks(context), { ...plan, by });
        }
        if (plan.kind === "waterfall") {
          const layer = widestWith(context.layers, [plan.of]) ?? context.layers[0];
          return layer === undefined ? part({}) : waterfall(layer.data, { ...plan, by });
        }
        const wanted = plan.of.startsWith("sum:") ? [] : [`${plan.of}@${context.protocol.response.baseline}`];
        const layer = widestWith(context.layers, wanted);
        return layer === undefined
          ? part({})
          : spider(layer.data, coursePoints(context, layer, plan.of), {
              ...plan,
              by,
              valueLabel: "Change from baseline (%)",
            });
      }),
    ),
  }),
});
