import { type Issue, ok, type Refused, type Result, refuse, warningIssue } from "@livermark/core";
import { chiSquareUpperTail, normalQuantile } from "../basic/distributions.js";
import { cholesky, quadraticForm, solveCholesky, toRows } from "../linear/index.js";
import { encodeLevels, type LabelColumn, readSurvival, type SurvivalColumns, takeLevels } from "./input.js";
import { refuseLevel } from "./kaplan-meier.js";
import { addStratum, type LogRankWeight, type Sums, sortColumns } from "./log-rank-sums.js";

export interface LogRankColumns extends SurvivalColumns {
  readonly group: LabelColumn;
  /** Comparison within strata; the sums run over them. */
  readonly strata?: LabelColumn | undefined;
}

export interface LogRankOptions {
  readonly weight?: LogRankWeight;
  /** Order of the groups; ascending unless given. Labels outside it count as missing. */
  readonly levels?: readonly (number | string)[];
  /** One score per group for the trend test; 1, 2, 3 … must be asked for by name. */
  readonly scores?: readonly number[];
  /** Level of the intervals of the two hazard-ratio approximations; 0.95 unless given. */
  readonly level?: number;
}

/** A chi-square with what belongs to it. */
export interface ChiSquareTest {
  readonly chiSquare: number;
  readonly df: number;
  readonly p: number;
}

export interface HazardRatioApproximation {
  /** Second group against the first (the reference). */
  readonly hazardRatio: number;
  readonly lower: number;
  readonly upper: number;
}

export interface LogRank {
  readonly method: "log-rank family";
  readonly weight: LogRankWeight;
  readonly stratified: boolean;
  readonly n: number;
  readonly events: number;
  readonly missing: number;
  readonly groups: readonly {
    readonly label: string;
    readonly n: number;
    readonly observed: number;
    readonly expected: number;
  }[];
  /** Null when no difference can be tested (no events, or one group alone at risk at every event). */
  readonly test: ChiSquareTest | null;
  /** Weighted observed minus expected, and its hypergeometric covariance. */
  readonly scoreVector: readonly number[];
  readonly covariance: readonly (readonly number[])[];
  readonly trend: (ChiSquareTest & { readonly scores: readonly number[] }) | null;
  /** Two groups and unit weights only: exp((O − E)/V) of Peto, and (O₂/E₂)/(O₁/E₁) of Pike. */
  readonly petoHazardRatio: HazardRatioApproximation | null;
  readonly pikeHazardRatio: HazardRatioApproximation | null;
  readonly level: number;
  readonly issues: readonly Issue[];
}

/** U' V⁻ U over the groups that were ever at risk at an event time; one of them is redundant. */
function testOf(sums: Sums, groups: number): ChiSquareTest | null {
  const used: number[] = [];
  for (let g = 0; g < groups; g++) if (sums.expected[g]! > 0) used.push(g);
  const size = used.length - 1;
  if (size < 1) return null;
  const u = Float64Array.from({ length: size }, (_, i) => sums.score[used[i]!]!);
  const v = new Float64Array(size * size);
  for (let i = 0; i < size; i++) {
    for (let j = 0; j < size; j++) v[i * size + j] = sums.covariance[used[i]! * groups + used[j]!]!;
  }
  const factor = cholesky(v, size);
  if (factor.rank === 0) return null;
  const solution = solveCholesky(factor, u);
  let chiSquare = 0;
  for (let i = 0; i < size; i++) chiSquare += u[i]! * solution[i]!;
  return { chiSquare, df: factor.rank, p: chiSquareUpperTail(chiSquare, factor.rank) };
}

function hazardRatios(
  sums: Sums,
  level: number,
): { peto: HazardRatioApproximation; pike: HazardRatioApproximation } | null {
  const o1 = sums.observed[0]!;
  const o2 = sums.observed[1]!;
  const e1 = sums.expected[0]!;
  const e2 = sums.expected[1]!;
  const v = sums.covariance[0]!;
  if (!(v > 0 && o1 > 0 && o2 > 0 && e1 > 0 && e2 > 0)) return null;
  const z = normalQuantile(1 - (1 - level) / 2);
  const around = (log: number, se: number): HazardRatioApproximation => ({
    hazardRatio: Math.exp(log),
    lower: Math.exp(log - z * se),
    upper: Math.exp(log + z * se),
  });
  return {
    peto: around((o2 - e2) / v, 1 / Math.sqrt(v)),
    pike: around(Math.log(o2 / e2 / (o1 / e1)), Math.sqrt(1 / e1 + 1 / e2)),
  };
}

function trendOf(sums: Sums, scores: readonly number[], size: number): LogRank["trend"] {
  let total = 0;
  for (let g = 0; g < size; g++) total += scores[g]! * sums.score[g]!;
  const variance = quadraticForm(sums.covariance, scores);
  if (!(variance > 0)) return null;
  const chiSquare = (total * total) / variance;
  return { scores, chiSquare, df: 1, p: chiSquareUpperTail(chiSquare, 1) };
}

function checkOptions(options: LogRankOptions, groups: number): Refused | null {
  const level = options.level ?? 0.95;
  if (!(level > 0 && level < 1)) return refuseLevel(level);
  if (groups < 2) {
    return refuse({
      code: "one-group",
      message: "A comparison of survival needs at least two groups with data.",
      got: `${groups} group`,
      wanted: "two or more",
    });
  }
  const { scores } = options;
  if (scores !== undefined && (scores.length !== groups || !scores.every(Number.isFinite))) {
    return refuse({
      code: "bad-scores",
      message: "The trend test needs one finite score for each group.",
      got: `${scores.length} scores for ${groups} groups`,
      wanted: `${groups} numbers`,
    });
  }
  return null;
}

/**
 * Compares survival of two or more groups: log-rank, Gehan, Tarone–Ware, Peto–Peto and Fleming–Harrington weights,
 * within strata if asked, with a test for trend over given scores and delayed entry; variance is hypergeometric.
 * Groups that are never at risk at an event give no degree of freedom. The p-value is an upper tail.
 * Refuses fewer than two groups, wrong scores, case weights, and what `readSurvival` refuses.
 * Sources: Mantel 1966; Tarone and Ware 1977; Harrington and Fleming 1982; Klein and Moeschberger 2003, sections 7.3–7.5.
 * Not for hazards that cross: a small effect early may cancel one late. Example:
 * `logRank({ time: [1, 2, 3, 4], event: [1, 1, 1, 1], group: ["a", "a", "b", "b"] })`.
 */
export function logRank(columns: LogRankColumns, options: LogRankOptions = {}): Result<LogRank> {
  if (columns.weights !== undefined) {
    return refuse({
      code: "weights-not-supported",
      message: "The log-rank family does not take case weights.",
      wanted: "a weighted Cox model with robust variance",
    });
  }
  const allGroups = encodeLevels(columns.group, options.levels);
  const allStrata = columns.strata === undefined ? null : encodeLevels(columns.strata);
  const read = readSurvival(columns, [], allStrata === null ? [allGroups] : [allGroups, allStrata]);
  if (!read.ok) return read;
  const { n, time, event, entry, rows, missing } = read.value;
  const group = takeLevels(allGroups, rows);
  const strata = allStrata === null ? null : takeLevels(allStrata, rows);
  const size = group.levels.length;
  const refused = checkOptions(options, size);
  if (refused !== null) return refused;

  const { columns: sorted, starts } = sortColumns(time, event, entry, group.codes, strata);
  const sums: Sums = {
    observed: new Float64Array(size),
    expected: new Float64Array(size),
    score: new Float64Array(size),
    covariance: new Float64Array(size * size),
  };
  const weight = options.weight ?? { kind: "log-rank" };
  for (let k = 0; k + 1 < starts.length; k++) addStratum(sums, size, weight, sorted, starts[k]!, starts[k + 1]!);
  const counts = new Float64Array(size);
  for (let i = 0; i < n; i++) counts[group.codes[i]!]!++;
  const events = sums.observed.reduce((sum, o) => sum + o, 0);
  const issues = [...read.value.issues, ...groupIssues(group.levels, sums, events)];
  const ratios = size === 2 && weight.kind === "log-rank" ? hazardRatios(sums, options.level ?? 0.95) : null;
  return ok(
    {
      method: "log-rank family",
      weight,
      stratified: strata !== null,
      n,
      events,
      missing,
      groups: group.levels.map((label, g) => ({
        label,
        n: counts[g]!,
        observed: sums.observed[g]!,
        expected: sums.expected[g]!,
      })),
      test: testOf(sums, size),
      scoreVector: Array.from(sums.score),
      covariance: toRows(sums.covariance, size, size),
      trend: options.scores === undefined ? null : trendOf(sums, options.scores, size),
      petoHazardRatio: ratios?.peto ?? null,
      pikeHazardRatio: ratios?.pike ?? null,
      level: options.level ?? 0.95,
      issues,
    },
    issues,
  );
}

function groupIssues(levels: readonly string[], sums: Sums, events: number): Issue[] {
  const issues: Issue[] = [];
  if (events === 0) {
    issues.push(warningIssue({ code: "no-events", message: "Nobody had the event: the groups cannot be compared." }));
    return issues;
  }
  levels.forEach((label, g) => {
    if (sums.expected[g] === 0) {
      issues.push(
        warningIssue({
          code: "group-never-at-risk",
          message: `Group ${label} has nobody at risk at any event and takes no part in the test.`,
          got: label,
        }),
      );
    } else if (sums.observed[g] === 0) {
      issues.push(
        warningIssue({
          code: "group-without-events",
          message: `Group ${label} has no events: the test stands, but no hazard ratio can be estimated for it.`,
          got: label,
        }),
      );
    }
  });
  return issues;
}
