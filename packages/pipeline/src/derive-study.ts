import { existsSync } from "node:fs";
import { join } from "node:path";
import { errorIssue, type Issue, locate, ok, type Result } from "@livermark/core";
import { type FolderIndex, indexFolder, type SeriesAcquisition } from "@livermark/dicom";
import {
  type AcquisitionVerdict,
  acquisitionIssues,
  acquisitionVerdicts,
  type ComputedMeasurement,
  type Derived,
  derive,
} from "@livermark/study";
import { imageFacts } from "./acquisition-check.js";
import { type Bundle, openBundle } from "./bundle.js";
import type { Overrule } from "./image-decisions.js";
import { type LinkedSeries, linkImages, phasesOf } from "./link-images.js";
import { type MeasuredStudy, measureStudy } from "./measure-study.js";
import { tidy } from "./tidy-issues.js";

type Progress = (done: number, total: number, what: string) => void;

/** A bundle with everything up to the analysis set. */
export interface DerivedStudy {
  readonly bundle: Bundle;
  readonly measured: MeasuredStudy;
  readonly derived: Derived;
  /** The series that were tied to the study. */
  readonly images: readonly LinkedImage[];
  readonly linked: readonly LinkedSeries[];
  /** The protocol's acquisition rules against the headers of those series. */
  readonly acquisition: readonly AcquisitionVerdict[];
  readonly issues: readonly Issue[];
}

/** One linked series, in words. */
export interface LinkedImage {
  readonly uid: string;
  readonly patient: string;
  readonly timePoint: string;
  readonly treatment: number | null;
  readonly role: string;
  readonly phase: string;
  readonly description: string;
  readonly files: number;
  /** How it was made. */
  readonly acquisition: SeriesAcquisition;
  /** What a person decided against the images. */
  readonly overrules: readonly Overrule[];
}

const NO_IMAGES: FolderIndex = { series: [], refused: [], issues: [] };

/** The images of a bundle; a bundle without `images/` has none. */
function indexImages(bundle: Bundle): Result<FolderIndex> {
  const folder = join(bundle.path, "images");
  return existsSync(folder) ? indexFolder(folder) : ok(NO_IMAGES);
}

/** Hidden files say nothing; a file that is no DICOM is worth a word; a damaged image is an error. */
function refusedFile(file: string, issue: Issue): readonly Issue[] {
  if (/(^|[/!])\.[^/!]*$/.test(file)) return [];
  return [issue.code === "not-dicom" ? { ...issue, severity: "warning" } : issue];
}

async function measure(
  bundle: Bundle,
  progress: Progress,
  signal: AbortSignal | undefined,
): Promise<{
  readonly measured: MeasuredStudy;
  readonly images: readonly LinkedImage[];
  readonly linked: readonly LinkedSeries[];
  readonly issues: readonly Issue[];
}> {
  progress(0, 1, "reading image headers");
  const index = indexImages(bundle);
  if (!index.ok)
    return {
      measured: { measurements: [], registrations: [], passports: [], issues: [] },
      images: [],
      linked: [],
      issues: index.issues,
    };
  const phases = await phasesOf(index.value, bundle.records);
  const { linked, issues } = linkImages(index.value, bundle.records, phases);
  const inFolder = (issue: Issue): Issue =>
    issue.where.file === undefined
      ? issue
      : { ...issue, where: { ...issue.where, file: `images/${issue.where.file}` } };
  const warnings = linked.flatMap(({ series, patient }) =>
    series.issues.filter((issue) => issue.severity === "warning").map((issue) => locate(inFolder(issue), { patient })),
  );
  const measured = await measureStudy({
    bundle: bundle.path,
    protocol: bundle.protocol,
    records: bundle.records,
    linked,
    progress,
    ...(signal === undefined ? {} : { signal }),
  });
  return {
    measured,
    linked,
    images: linked.map(({ series, line: _, ...place }) => ({
      uid: series.uid,
      ...place,
      description: series.description,
      files: series.instances.length,
    })),
    issues: [
      ...index.value.issues,
      ...index.value.refused.flatMap(({ file, issue }) => refusedFile(file, inFolder(issue))),
      ...issues,
      ...warnings,
      ...measured.issues,
    ],
  };
}

const computedRows = (bundle: Bundle, { measurements }: MeasuredStudy): readonly ComputedMeasurement[] =>
  measurements.map((one) => ({
    patient: one.patient,
    timePoint: one.timePoint,
    treatment: one.treatment,
    reader: one.reader,
    lesion: null,
    biomarker: one.biomarker,
    repeat: null,
    value: one.value,
    unit: bundle.protocol.biomarkers.find((marker) => marker.id === one.biomarker)?.unit ?? one.measurement.unit,
    result: one.id,
  }));

/** A value that a table gives although the images give it too: the table's row would count as a second reading. */
function givenTwice(bundle: Bundle, { measurements }: MeasuredStudy): readonly Issue[] {
  const { rows, file } = bundle.records.tables.measurements;
  return measurements.flatMap((one) => {
    const row = rows.find(
      (other) =>
        other.patient === one.patient &&
        other.time_point === one.timePoint &&
        other.biomarker === one.biomarker &&
        (other.treatment === null || other.treatment === one.treatment) &&
        other.reader === one.reader,
    );
    if (row === undefined) return [];
    return [
      errorIssue({
        code: "measured-and-given",
        message: `${one.biomarker} at ${one.timePoint} stands in the table and was measured on images too.`,
        got: `${row.value ?? "nothing"} in the table, ${one.value} measured`,
        wanted: "one source for each value",
        mend: "Remove the row, or the regions of this time point.",
        where: { patient: one.patient, file, table: "measurements", line: row.line },
      }),
    ];
  });
}

/**
 * Opens a bundle, measures on its images and derives response, endpoints and the analysis set. Refuses only a bundle
 * that cannot be opened; everything else that is wrong stands in `issues`.
 */
export async function deriveStudy(
  path: string,
  progress: Progress,
  signal?: AbortSignal,
): Promise<Result<DerivedStudy>> {
  const opened = await openBundle(path);
  if (!opened.ok) return opened;
  const bundle = opened.value;
  const { measured, images, linked, issues } = await measure(bundle, progress, signal);
  const acquisition = acquisitionVerdicts(bundle.protocol, imageFacts(linked));
  progress(0, 1, "deriving response and endpoints");
  const derived = derive(bundle.records, bundle.protocol, bundle.study, computedRows(bundle, measured));
  const all = [
    ...opened.issues,
    ...bundle.issues,
    ...issues,
    ...acquisitionIssues(bundle.protocol, acquisition),
    ...givenTwice(bundle, measured),
    ...derived.issues,
  ];
  return ok({ bundle, measured, derived, images, linked, acquisition, issues: tidy(all) });
}
