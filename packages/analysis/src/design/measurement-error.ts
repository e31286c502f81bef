import { mannWhitney } from "@livermark/statistics";
import { type Guard, listed, shown, shownP } from "./note.js";

/** Changes of a marker, and the change that repeated measurement alone brings about. */
export interface ChangeFacts {
  readonly where: string;
  readonly change: string;
  readonly unit: string;
  readonly changes: readonly number[];
  /** Cut-offs of the change that make groups. */
  readonly cuts: readonly number[];
  /** A change must exceed this to be real at 95 %. */
  readonly limit: number;
  /** Where the limit comes from, e.g. three placements of 161 scans. */
  readonly source: string;
}

/**
 * A change within measurement error: a cut-off inside ± the repeatability limit (zero, the question whether anything
 * changed, included), or half of all changes smaller than it. Bland and Altman 1996; Obuchowski 2018 (QIBA).
 */
export const changeWithinError: Guard<ChangeFacts> = (facts) => {
  const { change, unit, changes, cuts, limit, source } = facts;
  if (changes.length === 0) return [];
  const within = changes.filter((value) => Math.abs(value) < limit).length;
  const near = cuts.filter(
    (cut) => changes.filter((value) => Math.abs(value - cut) < limit).length >= 0.5 * changes.length,
  );
  if (within < 0.5 * changes.length && near.length === 0) return [];
  const parts = [
    `${within} of ${changes.length} values of ${change} lie within ± ${shown(limit)} ${unit}, the limit of repeatability (${source})`,
  ];
  if (near.length > 0)
    parts.push(
      `half or more of the values lie nearer than that to the cut-off ${listed(near.map(shown))}, so their group is chance`,
    );
  return [
    {
      code: "change-within-measurement-error",
      severity: "serious",
      where: facts.where,
      why: `${parts.join("; ")}.`,
      remedy: "Call only larger changes a change, repeat the measurement, or analyse it as continuous with its error.",
      reference: "Bland and Altman 1996; Obuchowski 2018",
    },
  ];
};

/** Scanners of the two measurements that a change is made of, by row. */
export interface ScannerFacts {
  readonly where: string;
  readonly change: string;
  readonly rows: readonly {
    readonly from: string | null;
    readonly to: string | null;
    readonly change: number | null;
  }[];
}

/**
 * Another scanner at the second time point in a tenth of the rows or more (at least three): the change holds the
 * difference between scanners. The note compares changes on the same and on different scanners (Mann–Whitney).
 */
export const scannerChange: Guard<ScannerFacts> = ({ where, change, rows }) => {
  const known = rows.filter(({ from, to }) => from !== null && to !== null);
  const moved = known.filter(({ from, to }) => from !== to);
  if (moved.length < 3 || moved.length < 0.1 * known.length) return [];
  const values = (same: boolean): number[] =>
    known.flatMap((row) => (row.change !== null && (row.from === row.to) === same ? [row.change] : []));
  const test = mannWhitney(values(true), values(false), { exact: false });
  const p = test.ok ? test.value.pNormal : null;
  return [
    {
      code: "scanner-changed",
      severity: "caution",
      where,
      why: `${moved.length} of ${known.length} were measured on another scanner at the second time point${typeof p === "number" ? `; ${change} on the same against another scanner: ${shownP(p)}` : ""}.`,
      remedy:
        "Show the result on the same scanner alone, or adjust for the scanner; a test that finds nothing is no proof of sameness.",
      reference: "Shukla-Dave 2019",
    },
  ];
};
