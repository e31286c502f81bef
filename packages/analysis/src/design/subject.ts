import type { AnalysisColumn } from "@livermark/study";
import { columnOf, type DataColumn } from "../dataset.js";
import type { Layer, PlanContext } from "../plan/step.js";

/** What a column of the analysis is about: the variable that a group was cut from, and when that was known. */
export interface Subject {
  readonly name: string;
  readonly label: string;
  readonly unit: string;
  readonly role: AnalysisColumn["role"] | "unknown";
  readonly afterBaseline: boolean;
  /** Time point at which it was measured; null when it has none. */
  readonly timePoint: string | null;
}

/** What the guards read of a plan's context. */
export type DesignContext = Pick<
  PlanContext,
  "set" | "protocol" | "layers" | "records" | "derived" | "excluded" | "sections" | "conventions" | "seed"
>;

/** The column that a group is cut from, through groups of groups; the column itself when it is no group. */
export function subjectOf(context: DesignContext, name: string): Subject {
  const { protocol, set } = context;
  const rule = protocol.groups.find((group) => group.id === name);
  if (rule !== undefined && rule.of !== name) return subjectOf(context, rule.of);
  const column = set.patients.columns.find((one) => one.name === name);
  const change = protocol.changes.find(({ id }) => id === name);
  const response = column?.role === "response";
  return {
    name,
    label: column?.label ?? name,
    unit: column?.unit ?? "",
    role: column?.role ?? "unknown",
    afterBaseline: column?.afterBaseline ?? false,
    timePoint:
      change !== undefined
        ? change.to
        : response
          ? (protocol.response.time_point ?? null)
          : name.includes("@")
            ? name.slice(name.indexOf("@") + 1)
            : null,
  };
}

/** The patient of a row of a layer. */
export const patientOf = (row: string, unit: "patient" | "treatment"): string =>
  unit === "treatment" ? row.slice(0, row.lastIndexOf("/")) : row;

/** The treatment of a row: its own, or the first for rows of patients. */
export const treatmentOf = (row: string, unit: "patient" | "treatment"): number =>
  unit === "treatment" ? Number(row.slice(row.lastIndexOf("/") + 1)) : 1;

/** A column of a layer, or null. */
export function columnIn(layer: Layer, name: string): DataColumn | null {
  const found = columnOf(layer.data, name);
  return found.ok ? found.value : null;
}

const DAY_MS = 86_400_000;

/** Start of each treatment's clock as a day of the study's axis, by `patient/treatment`. */
export function startDays(context: DesignContext): ReadonlyMap<string, number> {
  return new Map(
    (context.derived?.treatments ?? []).map(({ patient, treatment, start }) => [
      `${patient}/${treatment}`,
      typeof start === "number" ? start : Math.round(Date.parse(`${start}T00:00:00Z`) / DAY_MS),
    ]),
  );
}

/** Day on which a time point was, relative to the start of the treatment, by `patient/treatment`. */
export function timePointDays(context: DesignContext, timePoint: string): ReadonlyMap<string, number> {
  const starts = startDays(context);
  const days = new Map<string, number>();
  for (const row of context.records?.tables["time-points"].rows ?? []) {
    if (row.time_point !== timePoint) continue;
    const key = `${row.patient}/${row.treatment ?? 1}`;
    const start = starts.get(key);
    if (start !== undefined) days.set(key, row.when.day - start);
  }
  return days;
}
