import { andThen, ok, type Result } from "@livermark/core";
import { computeHere, type HeavySession, type HeavyTask } from "../basic/heavy-work.js";
import { calibrationLine } from "./calibration-stats.js";
import { missingWarning, type NumericColumn } from "./columns.js";
import { type ModelTerm, scaleDesign } from "./design.js";
import { type LogisticProblem, leastSquaresStart, maximiseLogistic, softplus } from "./logistic-core.js";
import { logisticInput, nullLogLikelihood } from "./logistic-input.js";
import { interpolate, lowess } from "./lowess.js";
import { areaFromGroups, markerGroups, splitByOutcome } from "./marker-groups.js";
import {
  type BootstrapDraws,
  checkDraws,
  giniMeanDifference,
  joinRuns,
  type OptimismRuns,
  type OptimismTable,
  optimismTable,
  overResamples,
} from "./optimism.js";
import type { Running } from "./running.js";

/** Indexes of a logistic model, in the order of `indexes`. */
const INDEXES = ["dxy", "c", "brier", "intercept", "slope", "r2", "d", "u", "q", "g", "gp"] as const;

/** Bootstrap-corrected performance of a logistic model. */
export interface LogisticOptimism extends OptimismTable {
  readonly method: "bootstrap optimism of a logistic model";
  readonly n: number;
  readonly events: number;
  readonly missing: number;
  readonly correctedC: number;
  /** Largest |risk − calibrated risk| of the corrected calibration line. */
  readonly correctedEmax: number;
  readonly calibration: {
    readonly grid: readonly number[];
    /** Null where no curve reaches. */
    readonly apparent: readonly (number | null)[];
    readonly optimism: readonly (number | null)[];
    readonly corrected: readonly (number | null)[];
  } | null;
}

const expit = (x: number): number => (x >= 0 ? 1 / (1 + Math.exp(-x)) : Math.exp(x) / (1 + Math.exp(x)));
const pick = (column: Float64Array, rows: Int32Array): Float64Array => Float64Array.from(rows, (row) => column[row]!);

/** Indexes of a linear predictor in a sample; `own` says that the sample made the predictor, so its line is 0 and 1. */
function indexesOf(lp: Float64Array, y: Float64Array, own: boolean): number[] | null {
  const n = y.length;
  let events = 0;
  for (const value of y) events += value;
  if (events === 0 || events === n) return null;
  const p = lp.map(expit);
  // Risks of exactly 0 or 1 are held 1e-12 away from them before the line is fitted.
  const held = p.map((value) => {
    const q = Math.min(1 - 1e-12, Math.max(1e-12, value));
    return Math.log(q / (1 - q));
  });
  const line = own
    ? { intercept: 0, slope: 1, loglik: -loss(lp, y) }
    : calibrationLine(held, y, { maxIterations: 100, stepTolerance: 1e-9 });
  const nullLoglik = nullLogLikelihood(n, events);
  const lr = 2 * (line.loglik - nullLoglik);
  const d = (lr - 1) / n;
  const u = (2 * (line.loglik + loss(lp, y)) - 2) / n;
  const { cases, controls } = splitByOutcome(y, p, 1);
  const c = areaFromGroups(markerGroups(cases, controls));
  let brier = 0;
  for (let i = 0; i < n; i++) brier += (p[i]! - y[i]!) ** 2 / n;
  const recalibrated = lp.map((e) => line.intercept + line.slope * e);
  const r2 = -Math.expm1(-lr / n) / -Math.expm1((2 * nullLoglik) / n);
  return [
    2 * c - 1,
    c,
    brier,
    line.intercept,
    line.slope,
    r2,
    d,
    u,
    d - u,
    giniMeanDifference(recalibrated, null),
    giniMeanDifference(recalibrated.map(expit), null),
  ];
}

/** Negative log likelihood of risks expit(lp). */
function loss(lp: Float64Array, y: Float64Array): number {
  let sum = 0;
  for (let i = 0; i < lp.length; i++) sum += softplus(lp[i]!) - y[i]! * lp[i]!;
  return sum;
}

/**
 * Largest distance between a risk and its calibrated value over risks 0.0001, 0.0002 … 0.9999 (Emax of a calibration line;
 * Harrell 2015). Example: `largestLineError(0, 1)` is 0 but for rounding.
 */
export function largestLineError(intercept: number, slope: number): number {
  let largest = 0;
  for (let k = 1; k < 10000; k++) {
    const p = k / 10000;
    largest = Math.max(largest, Math.abs(p - expit(intercept + slope * Math.log(p / (1 - p)))));
  }
  return largest;
}

/** What a bootstrap of a logistic model needs: plain data, so that it can go to a worker. */
export interface LogisticOptimismInput {
  readonly outcome: { readonly name: string; readonly values: NumericColumn };
  readonly terms: readonly ModelTerm[];
  readonly draws: BootstrapDraws;
  /** Risks at which the calibration curve is read. */
  readonly grid?: readonly number[];
}

/** Replicates with the differences (in the resample − in the data) of their calibration curves at the grid. */
interface LogisticRuns extends OptimismRuns {
  readonly curves: readonly (readonly (number | null)[])[];
}

/** `bootstrapOptimismLogistic` as work that workers can share. */
export const logisticOptimismTask: HeavyTask<LogisticOptimismInput, LogisticRuns, LogisticOptimism> = {
  name: "optimism of a logistic model",
  open: openLogisticOptimism,
};

/**
 * Optimism of a logistic model by Efron's bootstrap: the model is refitted in each resample and judged there and in the
 * original data; the mean difference is taken off the apparent index. Indexes: Dxy, C, Brier, calibration intercept and
 * slope, Nagelkerke R², D, U, Q, Gini's mean differences g (linear predictor) and gp (risk). With `grid`, also the lowess
 * calibration curve with its optimism per grid point (replicates that do not reach a point are left out there).
 * The steps of a selection procedure are NOT repeated: give the covariates that were fixed before.
 * Refuses what the model refuses. Sources: Efron 1983; Harrell, Lee and Mark 1996; Harrell 2015, section 5.3.4. Example:
 * `bootstrapOptimismLogistic({ name: "response", values: y }, terms, { draws: { seed: 1, replicates: 200 } })`.
 */
export function bootstrapOptimismLogistic(
  outcome: LogisticOptimismInput["outcome"],
  terms: readonly ModelTerm[],
  options: { readonly draws: BootstrapDraws; readonly grid?: readonly number[] } & Running,
): Result<LogisticOptimism> {
  const { draws, grid = [] } = options;
  return computeHere(logisticOptimismTask, { outcome, terms, draws, grid }, options);
}

function openLogisticOptimism({
  outcome,
  terms,
  draws,
  grid = [],
}: LogisticOptimismInput): Result<HeavySession<LogisticRuns, LogisticOptimism>> {
  const prepared = logisticInput(outcome, terms);
  if (!prepared.ok) return prepared;
  const { design, y, n, events } = prepared.value;
  const { x, width } = scaleDesign(design.columns, n, true);
  const replicates = checkDraws(n, draws);
  if (!replicates.ok) return replicates;
  const fit = (weights: Float64Array | null): Float64Array | null => {
    const problem: LogisticProblem = { n, width, x, y, weights };
    const state = maximiseLogistic(problem, leastSquaresStart(problem), { maxIterations: 30, stepTolerance: 1e-9 });
    return Number.isFinite(state.loglik) ? state.eta : null;
  };
  const own = fit(null)!;
  const curve = (lp: Float64Array, outcomes: Float64Array): (number | null)[] => {
    if (grid.length === 0) return [];
    const smooth = lowess(lp.map(expit), outcomes);
    return grid.map((at) => {
      const value = interpolate(smooth, at);
      return value === null ? null : value - at;
    });
  };
  const apparentCurve = curve(own, y);
  const part = (from: number, to: number, running: Running): Result<LogisticRuns> => {
    const curves: (number | null)[][] = [];
    const runs = overResamples(n, draws, from, to, running, ({ counts, rows }) => {
      const drawn = pick(y, rows);
      const ones = drawn.reduce((sum, value) => sum + value, 0);
      if (ones === 0 || ones === n) return null;
      const lp = fit(counts);
      if (lp === null) return null;
      const trained = pick(lp, rows);
      const training = indexesOf(trained, drawn, true);
      const test = indexesOf(lp, y, false);
      if (training === null || test === null || [...training, ...test].some((value) => !Number.isFinite(value)))
        return null;
      const a = curve(trained, drawn);
      const b = curve(lp, y);
      curves.push(grid.map((_, k) => (a[k] == null || b[k] == null ? null : a[k] - b[k])));
      return { training, test };
    });
    return runs.ok ? ok({ ...runs.value, curves }) : runs;
  };
  const gather = (parts: readonly LogisticRuns[]): Result<LogisticOptimism> =>
    andThen(joinRuns(parts), (runs) => {
      const table = optimismTable(INDEXES, indexesOf(own, y, true)!, runs);
      const at = (name: (typeof INDEXES)[number]): number => table.corrected[INDEXES.indexOf(name)]!;
      const curves = parts.flatMap((each) => each.curves);
      const optimism = grid.map((_, k) => {
        const found = curves.map((row) => row[k]!).filter((value) => value !== null);
        return found.length === 0 ? null : found.reduce((sum, value) => sum + value, 0) / found.length;
      });
      const apparent = apparentCurve.map((value, k) => (value === null ? null : value + grid[k]!));
      return ok(
        {
          method: "bootstrap optimism of a logistic model",
          n,
          events,
          missing: design.missing,
          ...table,
          correctedC: at("c"),
          correctedEmax: largestLineError(at("intercept"), at("slope")),
          calibration:
            grid.length === 0
              ? null
              : {
                  grid,
                  apparent,
                  optimism,
                  corrected: apparent.map((value, k) =>
                    value === null || optimism[k] === null ? null : value - optimism[k]!,
                  ),
                },
        },
        missingWarning(design.missing, n),
      );
    });
  return ok({ units: replicates.value, part, gather });
}
