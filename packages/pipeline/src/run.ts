import { join } from "node:path";
import { analyse, joinParts, type Provenance, type Results } from "@livermark/analysis";
import { type Issue, ok, type Result, readableJson, refuseWith } from "@livermark/core";
import { htmlReport } from "@livermark/report";
import { analysisCodebookCsv, analysisCsv, type Derived } from "@livermark/study";
import { acquisitionPart } from "./acquisition-check.js";
import { type DerivedStudy, deriveStudy } from "./derive-study.js";
import { measuredChanges } from "./measured-changes.js";
import { measurementTable } from "./measurement-table.js";
import { checkReplaceable, type OutputFile, writeFolder } from "./output.js";
import { registrationTable } from "./registration-table.js";
import { provenanceOf, resultsOf } from "./study-results.js";
import { tidy } from "./tidy-issues.js";

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

/** What a run and `livermark report` leave in a folder. */
const OUTPUT_NAMES: readonly string[] = [
  "images.json",
  "measurements.json",
  "analysis-set",
  "results.json",
  "provenance.json",
  "report.html",
  "documents",
];

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
    measurementTable(bundle.protocol, measured),
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

/**
 * Runs a bundle and writes its output folder, whole or not at all. Refuses another folder than the bundle's `out` where
 * that holds more than earlier results.
 */
export async function runBundle(
  path: string,
  options: RunOptions,
): Promise<Result<RunOutcome & { readonly out: string }>> {
  const out = options.out ?? join(path, "out");
  const free = options.out === undefined ? ok(null) : checkReplaceable(out, OUTPUT_NAMES);
  if (!free.ok) return free;
  const outcome = await runStudy(path, options);
  if (!outcome.ok) return outcome;
  writeFolder(out, outcome.value.files);
  return ok({ ...outcome.value, out }, outcome.issues);
}
