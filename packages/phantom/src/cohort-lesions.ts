import type { Random } from "@livermark/core";
import { decimals, drawn } from "./cohort-draws.js";
import type { TableRow } from "./cohort-rows.js";

/** How a protocol makes one value of several lesions: that of the largest, or their mean. Other biomarkers are of the liver. */
export type LesionRules = { readonly [biomarker: string]: "largest" | "mean" };

type Tables = { readonly [name: string]: readonly TableRow[] };

/** Change of a sum of diameters that gives a response by RECIST 1.1 and by mRECIST, far from their limits. */
const CHANGE: Readonly<Record<string, number>> = { CR: -1, PR: -0.45, SD: -0.1, PD: 0.4 };

/** Whether a profile sums viable diameters. */
const isViable = (profile: unknown): boolean => String(profile).startsWith("mrecist");

/**
 * The tables of a cohort with several lesions in each patient in place of one: the given responses become diameters of `lesions`
 * targets whose sum changes as the response says while one of them grows and another shrinks more, and each measurement
 * becomes one of every lesion, so that the protocol's rule gives the value of before. What is drawn is the course of the single
 * lesions; responses, biomarkers and endpoints of the patients stay.
 */
export function severalLesions(tables: Tables, lesions: number, rules: LesionRules, stream: Random): Tables {
  const { responses = [], measurements = [], ...others } = tables;
  const visits = new Map<string, TableRow[]>();
  for (const row of responses) {
    const key = [row.patient, row.treatment, row.time_point, row.reader ?? ""].join("/");
    visits.set(key, [...(visits.get(key) ?? []), row]);
  }
  const readers = [...new Set(responses.map(({ reader }) => reader ?? null))];
  const baselines = (tables["time-points"] ?? []).filter((row) => row.time_point === "baseline");
  const sizes = new Map(baselines.map((row) => [`${row.patient}/${row.treatment}`, drawnSizes(lesions, stream)]));
  return {
    ...others,
    measurements: measurements.flatMap((row) => perLesion(row, lesions, rules[String(row.biomarker)])),
    lesions: [
      ...baselines.flatMap((row) =>
        readers.flatMap((reader) =>
          (sizes.get(`${row.patient}/${row.treatment}`) ?? []).map((mm, j) =>
            lesionRow(row, reader, j, mm, decimals(VIABLE_PART * mm, 1)),
          ),
        ),
      ),
      ...[...visits.values()].flatMap((rows) => {
        const [row] = rows;
        if (row === undefined) return [];
        const before = sizes.get(`${row.patient}/${row.treatment}`) ?? [];
        const said = (viable: boolean): number =>
          CHANGE[String(rows.find(({ profile }) => isViable(profile) === viable)?.overall ?? "SD")] ?? 0;
        const whole = changed(before, said(false));
        const viable = changed(
          before.map((mm) => VIABLE_PART * mm),
          said(true),
        );
        return whole.map((mm, j) => lesionRow(row, row.reader ?? null, j, mm, Math.min(mm, viable[j] ?? 0)));
      }),
    ],
  };
}

/** Part of a target that is viable at baseline; small, so that what is viable can grow while the whole shrinks. */
const VIABLE_PART = 0.35;

/** Diameters in descending order, so that T1 is the largest lesion of the patient. */
const drawnSizes = (lesions: number, stream: Random): readonly number[] =>
  drawn(lesions, (j) => decimals(70 - (30 * j) / lesions + (15 / lesions) * stream.uniform(), 1));

/** Diameters after a change of their sum; the last lesion has grown by what the first has lost beyond its part. */
function changed(before: readonly number[], change: number): readonly number[] {
  const even = before.map((mm) => mm * (1 + change));
  const moved = change <= -1 ? 0 : 0.6 * Math.min(...even);
  return even.map((mm, j) => decimals(mm + (j === 0 ? -moved : j === even.length - 1 ? moved : 0), 1));
}

const lesionRow = (at: TableRow, reader: TableRow[string], j: number, longest: number, viable: number): TableRow => ({
  patient: at.patient ?? null,
  treatment: at.treatment ?? null,
  time_point: at.time_point ?? null,
  day: at.day ?? null,
  reader,
  lesion: `T${j + 1}`,
  role: "target",
  organ: "liver",
  longest_mm: longest,
  viable_mm: viable,
  status: longest === 0 ? "absent" : "measured",
});

/** One measurement as one of each lesion: the largest keeps the value, or all lie evenly around it. */
function perLesion(row: TableRow, lesions: number, rule: LesionRules[string] | undefined): readonly TableRow[] {
  if (rule === undefined || typeof row.value !== "number") return [row];
  const { value } = row;
  return drawn(lesions, (j) => ({
    ...row,
    lesion: `T${j + 1}`,
    value: rule === "largest" ? value * 1.1 ** j : value * (1 + 0.2 * (j / (lesions - 1) - 0.5)),
  }));
}
