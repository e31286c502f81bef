import { existsSync } from "node:fs";
import { join } from "node:path";
import {
  type Analysis,
  analyse,
  conventionsOf,
  joinParts,
  type Part,
  type Provenance,
  part,
  type ResultRow,
  type Results,
  type ResultTable,
} from "@livermark/analysis";
import {
  compareStrings,
  errorIssue,
  type Issue,
  locate,
  ok,
  type Passport,
  type Result,
  readableJson,
  refuseWith,
} from "@livermark/core";
import { type FolderIndex, indexFolder, type SeriesAcquisition } from "@livermark/dicom";
import { htmlReport } from "@livermark/report";
import {
  type AcquisitionVerdict,
  acquisitionIssues,
  acquisitionVerdicts,
  analysisCodebookCsv,
  analysisCsv,
  type ComputedMeasurement,
  type Derived,
  derive,
} from "@livermark/study";
import { acquisitionPart, imageFacts } from "./acquisition-check.js";
import { type Bundle, openBundle } from "./bundle.js";
import { inputsSha256 } from "./bundle-files.js";
import type { Overrule } from "./image-decisions.js";
import { type LinkedSeries, linkImages, phasesOf } from "./link-images.js";
import { type MeasuredStudy, measureStudy } from "./measure-study.js";
import { measuredChanges } from "./measured-changes.js";
import { type OutputFile, writeFolder } from "./output.js";
import { registrationTable } from "./registration-table.js";
import { LIVERMARK_VERSION } from "./version.js";

/** Steps of a run, in their order. */
export const RUN_STEPS = ["inspect", "measure", "derive", "analyse", "report"] as const;

export type RunStep = (typeof RUN_STEPS)[number];

export interface RunOptions {
  /** Steps whose output is written; earlier ones are made where later ones need them. All, unless given. */
  readonly steps?: readonly RunStep[];
  /** Where to write; `out/` in the bundle when left out. */
  readonly out?: string;
  /** Go on without what is wrong; it is listed in the report. */
  readonly keepGoing: boolean;
  readonly progress: (done: number, total: number, what: string) => void;
  /** Ends registrations, which take longest; what they were for becomes an Issue. */
  readonly signal?: AbortSignal;
}

/** What a run has made, before anything is written. */
export interface RunOutcome {
  readonly results: Results;
  readonly provenance: Provenance;
  readonly derived: Derived;
  readonly files: readonly OutputFile[];
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
  progress: RunOptions["progress"],
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

/** The measurements of the images as a table of the report. */
function measurementTable(bundle: Bundle, { measurements }: MeasuredStudy): Part {
  if (measurements.length === 0) return part({});
  const markers = bundle.protocol.biomarkers.filter((marker) =>
    measurements.some((one) => one.biomarker === marker.id),
  );
  const rows = new Map<string, ResultRow>();
  for (const one of measurements) {
    const label = [
      one.patient,
      one.timePoint,
      one.treatment === null ? "" : `treatment ${one.treatment}`,
      one.reader === null ? "" : `reader ${one.reader}`,
    ]
      .filter((word) => word !== "")
      .join(", ");
    const marker = markers.find((candidate) => candidate.id === one.biomarker);
    const { interval } = one.measurement;
    const whole = marker?.part === undefined && interval !== null;
    const scale = marker?.unit === "mm2/s" ? 1000 : 1;
    const unit = marker?.unit === "mm2/s" ? "×10⁻³ mm²/s" : (marker?.unit ?? "");
    const decimals = marker?.unit === "1" || marker?.unit === "mm2/s" ? 3 : 1;
    const cell = whole
      ? ({
          id: one.id,
          kind: "estimate",
          value: scale * one.value,
          low: scale * interval.low,
          high: scale * interval.high,
          level: 0.95,
          decimals,
          unit,
        } as const)
      : ({ id: one.id, kind: "number", value: scale * one.value, unit, decimals } as const);
    const row = rows.get(label) ?? { label, cells: {} };
    rows.set(label, { ...row, cells: { ...row.cells, [one.biomarker]: cell } });
  }
  const table: ResultTable = {
    id: "measurements",
    title: "Measurements on images",
    columns: markers.map((marker) => ({ key: marker.id, label: marker.label })),
    rows: [...rows.values()],
    footnotes: [
      "Intervals (95 %) cover what the recipe names in its passport; they do not cover differences between readers.",
    ],
  };
  return part({
    tables: [table],
    methods: [
      `Measured on the images by Livermark's own kernels: ${markers.map((marker) => marker.label).join(", ")}. A region covers the voxels whose centres lie inside it.`,
    ],
  });
}

const bySeverity = (a: Issue, b: Issue): number =>
  a.severity === b.severity
    ? compareStrings(a.where.patient ?? "", b.where.patient ?? "") ||
      compareStrings(a.code, b.code) ||
      compareStrings(a.where.file ?? "", b.where.file ?? "") ||
      (a.where.line ?? 0) - (b.where.line ?? 0) ||
      compareStrings(a.message, b.message)
    : a.severity === "error"
      ? -1
      : 1;

/** Each Issue once, errors first. */
function tidy(issues: readonly Issue[]): readonly Issue[] {
  const seen = new Map<string, Issue>();
  for (const issue of issues) seen.set(JSON.stringify(issue), issue);
  return [...seen.values()].sort(bySeverity);
}

function resultsOf(bundle: Bundle, derived: Derived, analysis: Analysis, issues: readonly Issue[]): Results {
  const { protocol } = derived;
  const overridden = derived.overridden.map(({ path, value }) => `${path} = ${value}`);
  return {
    schema: "livermark.results/1",
    study: {
      title: bundle.study.title,
      protocol: { id: protocol.id, version: protocol.version, sha256: bundle.protocolFile.sha256 },
      lock: bundle.study.lock_date ?? (bundle.study.lock_day === undefined ? null : `day ${bundle.study.lock_day}`),
      software: { name: "livermark", version: LIVERMARK_VERSION },
      conventions: conventionsOf(protocol.conventions.statistics).printed,
      inputsSha256: inputsSha256(bundle.files),
      patients: derived.analysisSet.patients.rows.length,
    },
    flow: derived.flow,
    tables: analysis.tables,
    figures: analysis.figures,
    models: analysis.models,
    methods: [
      `The study followed the protocol ${protocol.id} version ${protocol.version} (${protocol.title}).`,
      ...(overridden.length === 0 ? [] : [`Changed for this study: ${overridden.join("; ")}.`]),
      ...analysis.methods,
      `Analyses were made with Livermark ${LIVERMARK_VERSION}.`,
    ],
    notes: [
      ...protocol.caveats.map((why, i) => ({
        code: `protocol-caveat-${i + 1}`,
        severity: "info" as const,
        where: `protocol ${protocol.id}`,
        why,
        remedy: "Keep it in mind when comparing with the publication.",
        reference: protocol.source ?? "",
      })),
      ...analysis.notes,
    ],
    issues,
    recompute: analysis.recompute,
  };
}

function provenanceOf(bundle: Bundle, passports: readonly Passport[]): Provenance {
  const byId = new Map<string, Passport>();
  for (const one of passports) byId.set(one.id, one);
  return {
    schema: "livermark.provenance/1",
    passports: Object.fromEntries([...byId].sort(([a], [b]) => compareStrings(a, b))),
    files: bundle.files.map(({ path, sha256, bytes }) => ({ path, sha256, bytes })),
  };
}

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

/**
 * Opens a bundle, measures on its images and derives response, endpoints and the analysis set. Refuses only a bundle
 * that cannot be opened; everything else that is wrong stands in `issues`.
 */
export async function deriveStudy(
  path: string,
  progress: RunOptions["progress"],
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

/** The files of the steps asked for. */
function outputsOf(
  steps: readonly RunStep[],
  { bundle, measured, derived, images }: DerivedStudy,
  results: Results,
  provenance: Provenance,
): readonly OutputFile[] {
  const files: Readonly<Record<RunStep, () => readonly OutputFile[]>> = {
    inspect: () => [{ path: "images.json", bytes: readableJson({ series: images, issues: bundle.issues }) }],
    measure: () => [{ path: "measurements.json", bytes: readableJson(measured.measurements) }],
    derive: () => [
      { path: "analysis-set/patients.csv", bytes: analysisCsv(derived.analysisSet.patients) },
      { path: "analysis-set/treatments.csv", bytes: analysisCsv(derived.analysisSet.treatments) },
      { path: "analysis-set/patients-codebook.csv", bytes: analysisCodebookCsv(derived.analysisSet.patients) },
      { path: "analysis-set/treatments-codebook.csv", bytes: analysisCodebookCsv(derived.analysisSet.treatments) },
    ],
    analyse: () => [
      { path: "results.json", bytes: readableJson(results) },
      { path: "provenance.json", bytes: readableJson(provenance) },
    ],
    report: () => [{ path: "report.html", bytes: htmlReport(results, provenance) }],
  };
  return RUN_STEPS.filter((step) => steps.includes(step)).flatMap((step) => files[step]());
}

/**
 * The whole way of a bundle in memory: images and tables to measurements, response and endpoints, statistics and
 * report. Without `keepGoing` any error Issue refuses the run; with it, what was left out is listed in the results.
 * The same inputs give the same bytes.
 */
export async function runStudy(path: string, options: RunOptions): Promise<Result<RunOutcome>> {
  const study = await deriveStudy(path, options.progress, options.signal);
  if (!study.ok) return study;
  const { bundle, measured, derived, linked, acquisition } = study.value;
  const stops = (issues: readonly Issue[]): boolean =>
    !options.keepGoing && issues.some((issue) => issue.severity === "error");
  if (stops(study.value.issues)) return refuseWith(study.value.issues);
  options.progress(0, 1, "computing statistics");
  const excluded = new Set(
    derived.eligibility.filter(({ verdict }) => verdict === "excluded").map(({ patient }) => patient),
  );
  const analysed = analyse(derived.analysisSet, derived.protocol, {
    excluded,
    seed: bundle.study.seed,
    records: bundle.records,
    derived,
    onProgress: (done, total) => options.progress(done, total, "computing statistics"),
  });
  const onImages = [
    acquisitionPart(derived.protocol, acquisition, linked, bundle.files),
    registrationTable(measured.registrations),
    measurementTable(bundle, measured),
    measuredChanges(derived.protocol, measured.measurements),
  ];
  const analysis = { ...joinParts([...onImages, analysed]), recompute: analysed.recompute };
  const issues = tidy([...study.value.issues, ...analysis.issues]);
  if (stops(analysis.issues)) return refuseWith(issues);
  const results = resultsOf(bundle, derived, analysis, issues);
  const provenance = provenanceOf(bundle, [...measured.passports, ...analysis.passports]);
  options.progress(0, 1, "writing the report");
  const files = outputsOf(options.steps ?? ["analyse", "report"], study.value, results, provenance);
  options.progress(1, 1, "done");
  return ok({ results, provenance, derived, files }, issues);
}

/** Runs a bundle and writes its output folder, whole or not at all. */
export async function runBundle(
  path: string,
  options: RunOptions,
): Promise<Result<RunOutcome & { readonly out: string }>> {
  const outcome = await runStudy(path, options);
  if (!outcome.ok) return outcome;
  const out = options.out ?? join(path, "out");
  writeFolder(out, outcome.value.files);
  return ok({ ...outcome.value, out }, outcome.issues);
}
