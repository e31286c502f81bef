import { compareStrings, errorIssue, type Issue, warningIssue } from "@livermark/core";
import {
  classifyPhases,
  classifyPhasesByImage,
  type FolderIndex,
  type PhaseGuess,
  type SeriesAcquisition,
  type SeriesEntry,
  seriesAcquisition,
  seriesRole,
} from "@livermark/dicom";
import type { Row, StudyRecords } from "@livermark/study";
import { type Overrule, overruleIssues, overrulesOf } from "./image-decisions.js";

/** A series with its place in the study: whose it is, when it was made, and what it shows. */
export interface LinkedSeries {
  readonly series: SeriesEntry;
  readonly patient: string;
  readonly timePoint: string;
  readonly treatment: number | null;
  readonly role: string;
  readonly phase: string;
  /** How it was made, for the protocol's acquisition rules. */
  readonly acquisition: SeriesAcquisition;
  /** What a person decided against the images. */
  readonly overrules: readonly Overrule[];
  /** Line of images.csv, or null when the header alone made the link. */
  readonly line: number | null;
}

export interface ImageLinks {
  readonly linked: readonly LinkedSeries[];
  readonly issues: readonly Issue[];
}

const files = (series: SeriesEntry): readonly string[] => series.instances.map((instance) => instance.source.file);

/** Whether a row of images.csv means this series. `path` is a file or folder under `images/`. */
export function rowMeans(row: Row<"images">, series: SeriesEntry): boolean {
  if (row.series_uid !== null) return row.series_uid === series.uid;
  if (row.study_uid !== null) return row.study_uid === series.studyUid;
  const path = row.path?.replace(/^images\//, "").replace(/\/+$/, "");
  if (path === undefined || path === "") return false;
  return files(series).every((file) => file === path || file.startsWith(`${path}/`) || file.startsWith(`${path}!`));
}

const naming = (row: Row<"images">): string => row.series_uid ?? row.study_uid ?? row.path ?? "nothing";

/**
 * Contrast phases of the series of a bundle: by timing and words, and where these decide nothing and no person gave a
 * phase in images.csv, by the images themselves (which reads them).
 */
export async function phasesOf(index: FolderIndex, records: StudyRecords): Promise<readonly PhaseGuess[]> {
  const guesses = classifyPhases(index.series);
  const given = records.tables.images.rows.filter((row) => row.phase !== null);
  // A phase that a person gave needs no look at the images; its series still serves for comparison.
  const open = guesses.map((guess, n) =>
    given.some((row) => rowMeans(row, index.series[n]!)) ? { ...guess, confidence: 1 } : guess,
  );
  const found = await classifyPhasesByImage(index.series, open);
  return guesses.map((guess, n) => (found[n] === open[n] ? guess : found[n]!));
}

/**
 * Ties every series to patient and time point: by images.csv, else by PatientID and by the study date being that of a
 * time point. What is linked to nothing, or to two rows, is an Issue; masks and localisers need no link.
 */
export function linkImages(
  index: FolderIndex,
  records: StudyRecords,
  phases: readonly PhaseGuess[] = classifyPhases(index.series),
): ImageLinks {
  const issues: Issue[] = [];
  const linked: LinkedSeries[] = [];
  const rows = records.tables.images.rows;
  const table = { file: records.tables.images.file, table: "images" };
  const used = new Set<Row<"images">>();
  index.series.forEach((series, i) => {
    const role = seriesRole(series);
    const own = rows.filter((row) => rowMeans(row, series));
    for (const row of own) used.add(row);
    const [row, second] = own;
    if (row !== undefined && second !== undefined) {
      issues.push(
        errorIssue({
          code: "image-linked-twice",
          message: "Two rows of images.csv name the same series.",
          got: `lines ${row.line} and ${second.line}`,
          wanted: "one row per series",
          mend: "Remove the wrong row.",
          where: { ...table, line: second.line, series: series.uid },
        }),
      );
      return;
    }
    const guess = phases[i] ?? { value: "unknown", confidence: 0, reason: "" };
    const phase = guess.value;
    if (row !== undefined) {
      const patient = row.patient || series.patient;
      const overrules = overrulesOf(row, role, guess);
      issues.push(...overruleIssues(overrules, { ...table, line: row.line, series: series.uid, patient }));
      linked.push({
        series,
        patient,
        timePoint: row.time_point,
        treatment: row.treatment,
        role: row.role ?? role.role,
        phase: row.phase ?? phase,
        acquisition: seriesAcquisition(series),
        overrules,
        line: row.line,
      });
      return;
    }
    if (role.role === "mask" || role.role === "localiser" || series.stacks.length === 0) return;
    const found = linkByHeader(series, records);
    if ("issue" in found) issues.push(found.issue);
    else {
      const acquisition = seriesAcquisition(series);
      linked.push({ series, ...found, role: role.role, phase, acquisition, overrules: [], line: null });
    }
  });
  for (const row of rows)
    if (!used.has(row))
      issues.push(
        errorIssue({
          code: "image-not-found",
          message: "images.csv names images that are not there.",
          got: naming(row),
          wanted: "a series, study or folder under images/",
          mend: "Correct the row, or add the images.",
          where: { ...table, line: row.line, ...(row.patient ? { patient: row.patient } : {}) },
        }),
      );
  linked.sort(
    (a, b) =>
      compareStrings(a.patient, b.patient) ||
      compareStrings(a.timePoint, b.timePoint) ||
      compareStrings(a.series.uid, b.series.uid),
  );
  return { linked, issues };
}

/** DICOM date YYYYMMDD as ISO. */
const isoOf = (date: string): string => `${date.slice(0, 4)}-${date.slice(4, 6)}-${date.slice(6, 8)}`;

function linkByHeader(
  series: SeriesEntry,
  records: StudyRecords,
):
  | { readonly patient: string; readonly timePoint: string; readonly treatment: number | null }
  | { readonly issue: Issue } {
  const where = { series: series.uid };
  if (!records.patients.includes(series.patient))
    return {
      issue: errorIssue({
        code: "image-of-unknown-patient",
        message: "The images belong to a patient who is in no table.",
        got: series.patient === "" ? "an empty PatientID" : `PatientID ${series.patient}`,
        wanted: "a patient of patients.csv",
        mend: "Add the patient, or link the series in images.csv.",
        where: { ...where, ...(series.patient === "" ? {} : { patient: series.patient }) },
      }),
    };
  const date = series.instances[0]?.acquisition.studyDate ?? null;
  const iso = date === null || date.length < 8 ? null : isoOf(date);
  const points = records.tables["time-points"].rows.filter(
    (row) => row.patient === series.patient && row.when.text === iso,
  );
  const [point] = points;
  if (point === undefined || points.length > 1)
    return {
      issue: warningIssue({
        code: "image-without-time-point",
        message: `The images of patient ${series.patient} fall on ${points.length === 0 ? "no" : "more than one"} time point and were not used.`,
        got: iso ?? "no study date",
        wanted: "the date of one time point",
        mend: "Link the series in images.csv.",
        where: { ...where, patient: series.patient },
      }),
    };
  return { patient: series.patient, timePoint: point.time_point, treatment: point.treatment };
}
