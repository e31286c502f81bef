import type { TimeLineFigure } from "@livermark/analysis";
import { DAYS_PER_MONTH } from "@livermark/core";
import type { Measures } from "./board-measures.js";
import { type BoardSubject, dayOf } from "./board-visits.js";

/** The patient's course in months from the first procedure: measurements, procedures, board decisions, endpoints. */
export function courseOf(subject: BoardSubject, measures: Measures): TimeLineFigure | null {
  const { study, patient, startDay, visits } = subject;
  if (startDay === null) return null;
  const { records } = study.bundle;
  const { derived } = study;
  const months = (day: number): number => (day - startDay) / DAYS_PER_MONTH;
  const drawn = measures.find(({ cells }) => cells.some((cell) => cell?.kind === "estimate")) ?? measures[0];
  const points = (drawn?.cells ?? []).flatMap((cell, i) => {
    const at = visits[i]?.months ?? null;
    return at === null || (cell?.kind !== "estimate" && cell?.kind !== "number") ? [] : [{ at, cell }];
  });
  const treatments = derived.treatments.filter((one) => one.patient === patient);
  return {
    id: `board.${patient}.course`,
    kind: "time-line",
    title: `Course of ${patient}`,
    patient,
    timeLabel: "Months from the first procedure",
    measurement:
      points.length === 0
        ? null
        : {
            label: (drawn?.label ?? "").replace(" (95% interval)", ""),
            unit: points[0]!.cell.unit,
            time: points.map(({ at }) => at),
            value: points.map(({ cell }) => cell.value),
            low: points.map(({ cell }) => (cell.kind === "estimate" ? cell.low : null)),
            high: points.map(({ cell }) => (cell.kind === "estimate" ? cell.high : null)),
          },
    procedures: records.tables.procedures.rows
      .filter((row) => row.patient === patient)
      .map((row) => ({
        time: months(row.when.day),
        label: row.kind,
        treatment: `Treatment ${treatments.find((one) => one.procedures.includes(row.procedure))?.treatment ?? 1}`,
      })),
    decisions: records.tables.board.rows
      .filter((row) => row.patient === patient)
      .map((row) => ({ time: months(row.when.day), label: row.decision })),
    endpoints: derived.endpoints
      .filter((row) => row.patient === patient && row.listed && row.event !== null)
      .map((row) => {
        const treatment = treatments.find((one) => one.treatment === (row.treatment ?? 1));
        const start = treatment === undefined ? 0 : months(dayOf(treatment.start));
        const label = derived.definitions.find(({ name }) => name === row.name)?.label ?? row.name;
        return {
          label: row.treatment === null || treatments.length < 2 ? label : `${label}, treatment ${row.treatment}`,
          start,
          end: start + row.timeDays / DAYS_PER_MONTH,
          event: row.event === 1,
        };
      }),
  };
}
