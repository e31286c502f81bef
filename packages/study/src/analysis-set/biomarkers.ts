import { errorIssue, type Issue, type ProvenanceInput, warningIssue } from "@livermark/core";
import type { BiomarkerRule, Protocol } from "../protocol/schema.js";
import { analysisReader } from "../readers.js";
import { byPatient, type StudyRecords } from "../records.js";
import { type AnalysisCell, cell, fromRow, missingCell } from "./types.js";

/** A measurement that the images gave: a row like those of measurements.csv, with the id of its result. */
export interface ComputedMeasurement {
  readonly patient: string;
  readonly timePoint: string;
  readonly treatment: number | null;
  readonly reader: string | null;
  readonly lesion: string | null;
  readonly biomarker: string;
  readonly repeat: number | null;
  readonly value: number;
  readonly unit: string;
  /** Passport id. */
  readonly result: string;
}

interface Reading {
  readonly treatment: number | null;
  readonly timePoint: string;
  readonly reader: string | null;
  readonly lesion: string | null;
  readonly repeat: number | null;
  readonly value: number;
  readonly source: ProvenanceInput;
}

/** Looks up the combined value of a biomarker. */
export type BiomarkerLookup = (
  patient: string,
  treatment: number,
  biomarker: string,
  timePoint: string,
) => AnalysisCell;

const CONVERSIONS: { readonly [unit: string]: { readonly to: string; readonly factor: number } } = {
  cm3: { to: "ml", factor: 1 },
  mL: { to: "ml", factor: 1 },
  "10^-3 mm2/s": { to: "mm2/s", factor: 1e-3 },
  "1e-3 mm2/s": { to: "mm2/s", factor: 1e-3 },
  "x10^-3 mm2/s": { to: "mm2/s", factor: 1e-3 },
  "10^-6 mm2/s": { to: "mm2/s", factor: 1e-6 },
  "1e-6 mm2/s": { to: "mm2/s", factor: 1e-6 },
  "um2/s": { to: "mm2/s", factor: 1e-6 },
  cm: { to: "mm", factor: 10 },
  cm2: { to: "mm2", factor: 100 },
  ratio: { to: "1", factor: 1 },
  "": { to: "1", factor: 1 },
};

const mean = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
}

/**
 * Joins given and computed measurements and combines them by the protocol's rules: the reader that enters the
 * analysis, then repeats, then lesions. A biomarker without own measurements is made from others by its formula.
 * Units other than the protocol's are converted when known and refused otherwise; an ADC outside 0.2e-3 to 4e-3 mm²/s
 * raises a warning.
 */
export function biomarkerLookup(
  records: StudyRecords,
  protocol: Protocol,
  readerOrder: readonly string[],
  computed: readonly ComputedMeasurement[],
): { readonly lookup: BiomarkerLookup; readonly issues: readonly Issue[] } {
  const issues: Issue[] = [];
  const rules = new Map(protocol.biomarkers.map((rule) => [rule.id, rule]));
  const readings = new Map<string, Map<string, Reading[]>>();
  const put = (patient: string, biomarker: string, reading: Reading): void => {
    const own = readings.get(patient) ?? new Map<string, Reading[]>();
    readings.set(patient, own);
    const list = own.get(biomarker);
    if (list === undefined) own.set(biomarker, [reading]);
    else list.push(reading);
  };
  const { measurements } = records.tables;
  for (const row of measurements.rows) {
    if (row.value === null) continue;
    const rule = rules.get(row.biomarker);
    const value = rule === undefined || row.unit === null ? row.value : convert(row.value, row.unit, rule.unit);
    const where = {
      patient: row.patient,
      file: measurements.file,
      table: "measurements",
      line: row.line,
      column: "unit",
    };
    if (value === null) {
      issues.push(
        errorIssue({
          code: "measurement-unit",
          message: `${row.biomarker} of patient ${row.patient} has an unexpected unit; it was left out.`,
          got: row.unit,
          wanted: rule?.unit ?? "",
          mend: "Convert the value, or correct the unit.",
          where,
        }),
      );
      continue;
    }
    if (rule?.unit === "mm2/s" && (value < 0.2e-3 || value > 4e-3))
      issues.push(
        warningIssue({
          code: "adc-range",
          message: `${row.biomarker} of patient ${row.patient} is outside what tissue shows: is the unit right?`,
          got: `${row.value} ${row.unit ?? ""}`,
          wanted: "0.2e-3 to 4e-3 mm2/s",
          mend: "Check the unit (1e-3 or 1e-6 mm2/s).",
          where,
        }),
      );
    put(row.patient, row.biomarker, {
      treatment: row.treatment,
      timePoint: row.time_point,
      reader: row.reader,
      lesion: row.lesion,
      repeat: row.repeat,
      value,
      source: fromRow("measurements", row.line, "value"),
    });
  }
  for (const one of computed) put(one.patient, one.biomarker, { ...one, source: { kind: "result", id: one.result } });

  const largestOf = largestLesions(records, protocol.response.baseline);
  // Changes, groups and formulas of one row ask for the same values again.
  let askedPatient = "";
  let askedTreatment = 0;
  const asked = new Map<string, AnalysisCell>();
  /** What a patient without any measurement has, by biomarker: nothing, for the same reason. */
  const unmeasured = new Map<string, AnalysisCell>();
  const lookup: BiomarkerLookup = (patient, treatment, biomarker, timePoint) => {
    if (!readings.has(patient)) {
      let none = unmeasured.get(biomarker);
      if (none === undefined) {
        none = find(patient, treatment, biomarker, timePoint);
        unmeasured.set(biomarker, none);
      }
      return none;
    }
    if (patient !== askedPatient || treatment !== askedTreatment) {
      askedPatient = patient;
      askedTreatment = treatment;
      asked.clear();
    }
    const key = `${biomarker}@${timePoint}`;
    const known = asked.get(key) ?? find(patient, treatment, biomarker, timePoint);
    asked.set(key, known);
    return known;
  };
  const find: BiomarkerLookup = (patient, treatment, biomarker, timePoint) => {
    const rule = rules.get(biomarker);
    const here = (readings.get(patient)?.get(biomarker) ?? []).filter(
      (one) => one.timePoint === timePoint && (one.treatment === null || one.treatment === treatment),
    );
    if (here.length > 0)
      return combine(here, rule, protocol.readers.analysis, readerOrder, largestOf(patient, treatment));
    if (rule?.formula === undefined) return missingCell("not measured");
    return fromFormula(rule.formula, (part) => lookup(patient, treatment, part, timePoint));
  };
  return { lookup, issues };
}

function convert(value: number, from: string, to: string): number | null {
  if (from === to) return value;
  const conversion = CONVERSIONS[from.replace("²", "2").replace("³", "3")];
  return conversion?.to === to ? value * conversion.factor : null;
}

/** The lesion with the longest diameter before a treatment, or null where no diameters are recorded. */
function largestLesions(
  records: StudyRecords,
  baseline: string,
): (patient: string, treatment: number) => string | null {
  const sized = byPatient(
    records.tables.lesions.rows.filter((row) => row.time_point === baseline && row.longest_mm !== null),
  );
  return (patient, treatment) =>
    (sized.get(patient) ?? [])
      .filter((row) => row.treatment === null || row.treatment === treatment)
      .reduce<{ readonly lesion: string; readonly mm: number } | null>(
        (best, { lesion, longest_mm: mm }) => (mm !== null && (best === null || mm > best.mm) ? { lesion, mm } : best),
        null,
      )?.lesion ?? null;
}

function combine(
  readings: readonly Reading[],
  rule: BiomarkerRule | undefined,
  readerRule: "consensus" | "first" | "mean",
  readerOrder: readonly string[],
  largest: string | null,
): AnalysisCell {
  const readers = [...new Set(readings.map(({ reader }) => reader))];
  const reader = analysisReader(readers, readerRule, readerOrder);
  const read = readerRule === "mean" ? readings : readings.filter((one) => one.reader === reader);
  const byLesion = new Map<string, Reading[]>();
  for (const one of read) {
    const list = byLesion.get(one.lesion ?? "") ?? [];
    list.push(one);
    byLesion.set(one.lesion ?? "", list);
  }
  const lesionRule = rule?.combine.lesions ?? "mean";
  const repeatRule = rule?.combine.repeats ?? "mean";
  let used = [...byLesion.entries()];
  if (lesionRule === "largest" && used.length > 1) {
    const lesions = used.length;
    used = used.filter(([lesion]) => lesion === largest);
    if (used.length === 0)
      return missingCell(
        largest === null
          ? `which of ${lesions} lesions is the largest is not recorded`
          : `not measured in the largest lesion, ${largest}`,
        read.map(({ source }) => source),
      );
  }
  const perLesion = used.map(([, list]) => {
    const values = list.map(({ value }) => value);
    return repeatRule === "mean" ? mean(values) : repeatRule === "median" ? median(values) : values[0]!;
  });
  const value = lesionRule === "sum" ? perLesion.reduce((sum, one) => sum + one, 0) : mean(perLesion);
  const sources = used.flatMap(([, list]) => list.map(({ source }) => source));
  const parts = [
    sources.length > used.length ? `${repeatRule} of ${sources.length} readings` : "",
    used.length > 1 ? `${lesionRule} over ${used.length} lesions` : "",
    readers.length > 1 ? (readerRule === "mean" ? "mean of readers" : `reader ${reader ?? "consensus"}`) : "",
  ].filter((part) => part !== "");
  return cell(value, sources, parts.join(", "));
}

function fromFormula(formula: NonNullable<BiomarkerRule["formula"]>, part: (id: string) => AnalysisCell): AnalysisCell {
  const names = formula.kind === "spread" ? [formula.max, formula.min, formula.mean] : [formula.of, formula.over];
  const cells = names.map(part);
  const values = cells.map(({ value }) => value);
  const sources = cells.flatMap((one) => one.sources);
  const absent = names.filter((_, i) => typeof values[i] !== "number");
  if (absent.length > 0) return missingCell(`${absent.join(", ")} not measured`, sources);
  const [a, b, c] = values.map(Number);
  if (a === undefined || b === undefined) return missingCell("not measured", sources);
  const divisor = formula.kind === "spread" ? c! : b;
  if (!(divisor > 0)) return missingCell(`${names[names.length - 1]} is not above 0`, sources);
  switch (formula.kind) {
    case "relative-rise":
      return cell((a - b) / b, sources, `(${names[0]} − ${names[1]}) / ${names[1]}`);
    case "ratio":
      return cell(a / b, sources, `${names[0]} / ${names[1]}`);
    case "percent-share":
      return cell((100 * a) / b, sources, `100 × ${names[0]} / ${names[1]}`);
    case "spread":
      return cell((a - b) / divisor, sources, `(${names[0]} − ${names[1]}) / ${names[2]}`);
  }
}
