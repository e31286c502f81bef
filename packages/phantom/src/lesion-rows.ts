import type { Random } from "@livermark/core";
import { rounded } from "./covariate.js";
import type { Cell } from "./files.js";

/** Columns of `lesions.csv` that the phantoms fill. */
export const lesionColumns = [
  "patient",
  "treatment",
  "time_point",
  "date",
  "reader",
  "lesion",
  "role",
  "organ",
  "node",
  "longest_mm",
  "viable_mm",
  "status",
  "slice_mm",
] as const;

/** One treatment of one patient, as far as the readings of its target lesions need it. */
export interface LesionCourse {
  readonly patient: string;
  readonly treatment: number;
  readonly baselineDate: string;
  readonly followUpDate: string | null;
  readonly progressed: boolean;
  /** Readers; each measures with an error of his own (0.6 mm). None: one row without reader and without error. */
  readonly readers?: readonly string[];
  /** Relative change of the viable diameter, where something else decides it. */
  readonly viableChange?: number;
}

/**
 * Rows of two liver targets at baseline and, if there was one, at the first follow-up. A course that has progressed by then
 * grows by 25–48 %; any other stays between −45 % and +10 %, so that the arithmetic of RECIST 1.1 agrees with the events.
 */
export function lesionRows(course: LesionCourse, stream: Random): readonly { readonly [column: string]: Cell }[] {
  const { patient, treatment, baselineDate, followUpDate, progressed } = course;
  const change = progressed ? 0.25 + 0.23 * stream.uniform() : -0.45 + 0.55 * stream.uniform();
  const viableChange = course.viableChange ?? (progressed ? change : Math.max(-1, change - 0.3 * stream.uniform()));
  const lesions = ["T1", "T2"].map((lesion) => ({
    lesion,
    longest: 28 + 50 * stream.uniform(),
    part: 0.85 + 0.15 * stream.uniform(),
  }));
  const readers = course.readers ?? [];
  const row = (
    reader: string | null,
    time_point: string,
    date: string,
    lesion: string,
    longest: number,
    viable: number,
  ) => {
    const error = (): number => (reader === null ? 0 : 0.6 * stream.normal());
    const longest_mm = rounded(Math.max(10, longest + error()), 1);
    return {
      patient,
      treatment,
      time_point,
      date,
      reader,
      lesion,
      role: "target",
      organ: "liver",
      node: 0,
      longest_mm,
      viable_mm: rounded(Math.min(longest_mm, Math.max(0, viable + (viable > 0 ? error() : 0))), 1),
      status: "measured",
      slice_mm: 1.25,
    };
  };
  return (readers.length === 0 ? [null] : readers).flatMap((reader) =>
    lesions.flatMap(({ lesion, longest, part }) => [
      row(reader, "baseline", baselineDate, lesion, longest, longest * part),
      ...(followUpDate === null
        ? []
        : [
            row(
              reader,
              "follow-up-1",
              followUpDate,
              lesion,
              longest * (1 + change),
              longest * part * (1 + viableChange),
            ),
          ]),
    ]),
  );
}
