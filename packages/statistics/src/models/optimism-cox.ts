import { andThen, ok, type Result, refuse } from "@livermark/core";
import { computeHere, type HeavySession, type HeavyTask } from "../basic/heavy-work.js";
import { multiply } from "../linear/index.js";
import { maximiseCox } from "../survival/cox-fit.js";
import { coxScratch } from "../survival/cox-likelihood.js";
import { refitCox } from "../survival/cox-refit.js";
import { rowResiduals } from "../survival/cox-residuals.js";
import type { CoxRows } from "../survival/cox-risk-sets.js";
import { countFollowUpEvents, missingWarning, type NumericColumn } from "./columns.js";
import { type CoxSample, coxRows, nullLogPartialLikelihood, sortFollowUp } from "./cox-sample.js";
import { buildDesign, type Design, type ModelTerm, scaleDesign } from "./design.js";
import {
  type BootstrapDraws,
  checkDraws,
  joinRuns,
  type OptimismRuns,
  type OptimismTable,
  optimismTable,
  overResamples,
} from "./optimism.js";
import type { Running } from "./running.js";
import { concordanceOf, giniOfRanked, type Ranked, rankScores } from "./sorted-concordance.js";

const INDEXES = ["dxy", "slope", "r2", "d", "u", "q", "g"] as const;

/** Bootstrap-corrected performance of a Cox model. */
export interface CoxOptimism extends OptimismTable {
  readonly method: "bootstrap optimism of a Cox model";
  readonly n: number;
  readonly events: number;
  readonly missing: number;
  readonly ties: "efron" | "breslow";
  readonly correctedC: number;
}

export interface CoxInput {
  readonly design: Design;
  readonly time: Float64Array;
  readonly event: Float64Array;
  readonly events: number;
  readonly sample: CoxSample;
}

/** Checks follow-up and covariates, and sorts once. */
export function coxInput(
  followUp: { readonly time: NumericColumn; readonly event: NumericColumn },
  terms: readonly ModelTerm[],
): Result<CoxInput> {
  const built = buildDesign(
    [
      { name: "time", values: followUp.time },
      { name: "event", values: followUp.event },
    ],
    terms,
  );
  if (!built.ok) return built;
  const [time, event] = [built.value.others[0]!, built.value.others[1]!];
  const counted = countFollowUpEvents(event, "event");
  if (!counted.ok) return counted;
  return ok({ design: built.value, time, event, events: counted.value, sample: sortFollowUp(time, event) });
}

/** Arrays that hold the rows of one resample after another. */
interface Drawn {
  readonly x: Float64Array;
  readonly time: Float64Array;
  readonly event: Uint8Array;
  readonly counts: Float64Array;
}

const spaceFor = ({ n, p }: CoxRows): Drawn => ({
  x: new Float64Array(n * p),
  time: new Float64Array(n),
  event: new Uint8Array(n),
  counts: new Float64Array(n),
});

/** The rows that a resample holds (about 63 % of all), packed into `drawn`, and its number of deaths. */
function drawnRows(rows: CoxRows, counts: Float64Array, drawn: Drawn): { rows: CoxRows; deaths: number } {
  const { p } = rows;
  let deaths = 0;
  let k = 0;
  for (let i = 0; i < rows.n; i++) {
    const times = counts[i]!;
    if (times === 0) continue;
    for (let j = 0; j < p; j++) drawn.x[k * p + j] = rows.x[i * p + j]!;
    drawn.time[k] = rows.time[i]!;
    drawn.event[k] = rows.event[i]!;
    drawn.counts[k] = times;
    deaths += times * rows.event[i]!;
    k++;
  }
  return { rows: { ...rows, ...drawn, n: k, strataStarts: Uint32Array.of(0, k) }, deaths };
}

/** What a bootstrap of a Cox model needs: plain data, so that it can go to a worker. */
export interface CoxOptimismInput {
  readonly followUp: { readonly time: NumericColumn; readonly event: NumericColumn };
  readonly terms: readonly ModelTerm[];
  readonly draws: BootstrapDraws;
  readonly ties?: "efron" | "breslow";
}

/** `bootstrapOptimismCox` as work that workers can share: `computeShared(coxOptimismTask, input, { ports })`. */
export const coxOptimismTask: HeavyTask<CoxOptimismInput, OptimismRuns, CoxOptimism> = {
  name: "optimism of a Cox model",
  open: openCoxOptimism,
};

/**
 * Optimism of a Cox model by Efron's bootstrap with the order of times computed once: a resample only changes how often
 * each patient counts (a patient drawn twice is two patients, so two tied deaths). Indexes: Dxy of the risk score
 * (2C − 1), calibration slope, Nagelkerke R², D, U, Q and Gini's mean difference g of the calibrated linear predictor.
 * Selection steps are not repeated. Refuses what the model refuses.
 * Sources: Efron 1983; Harrell, Lee and Mark 1996; Harrell 2015, sections 5.3.4 and 20. Example:
 * `bootstrapOptimismCox({ time, event }, [{ kind: "numeric", name: "age", values: age }], { draws: { seed: 1, replicates: 200 } })`.
 */
export function bootstrapOptimismCox(
  followUp: CoxOptimismInput["followUp"],
  terms: readonly ModelTerm[],
  options: { readonly draws: BootstrapDraws; readonly ties?: "efron" | "breslow" } & Running,
): Result<CoxOptimism> {
  const { draws, ties = "efron" } = options;
  return computeHere(coxOptimismTask, { followUp, terms, draws, ties }, options);
}

function openCoxOptimism({
  followUp,
  terms,
  draws,
  ties = "efron",
}: CoxOptimismInput): Result<HeavySession<OptimismRuns, CoxOptimism>> {
  const prepared = coxInput(followUp, terms);
  if (!prepared.ok) return prepared;
  const { design, events, sample } = prepared.value;
  const { n } = design;
  const replicates = checkDraws(n, draws);
  if (!replicates.ok) return replicates;
  const scaled = scaleDesign(design.columns, n, false);
  const { width } = scaled;
  const rows = coxRows(sample, scaled.x, width);
  const { x } = rows;
  const predictor = (beta: Float64Array): Float64Array => {
    const lp = new Float64Array(n);
    for (let i = 0; i < n; i++) {
      let sum = 0;
      for (let j = 0; j < width; j++) sum += x[i * width + j]! * beta[j]!;
      lp[i] = sum;
    }
    return lp;
  };
  const indexes = (
    dxy: number,
    slope: number,
    uncalibrated: number,
    calibrated: number,
    nullLoglik: number,
    g: number,
    own: boolean,
  ): number[] => {
    const lr = 2 * (calibrated - nullLoglik);
    const total = -2 * nullLoglik;
    const d = (lr - 1) / total;
    // Two parameters are charged only where the slope was fitted on the sample it is judged in, as in Harrell's validate.
    const u = (2 * (calibrated - uncalibrated) - (own ? 2 : 0)) / total;
    return [dxy, slope, -Math.expm1(-lr / n) / -Math.expm1(-total / n), d, u, d - u, g];
  };
  const nullLoglik = nullLogPartialLikelihood(sample, null, ties);
  if (!(nullLoglik < 0)) {
    return refuse({
      code: "nothing-to-compare",
      message: "Whoever had the event was alone at risk then, so that covariates explain nothing.",
      got: events,
      wanted: "events while others are at risk",
    });
  }
  const whole = maximiseCox(rows, { ties, maxIterations: 50, tolerance: 1e-9 });
  if (!whole.convergence.converged) {
    return refuse({
      code: "not-converged",
      message: "The Cox model did not converge: a coefficient drifts (monotone likelihood).",
      got: `${whole.convergence.iterations} iterations`,
      wanted: "finite estimates",
      mend: "Leave the covariate without events in a level out.",
    });
  }
  const ownLp = rankScores(predictor(whole.beta));
  const dxyOf = (ranked: Ranked, counts: Float64Array | null): number =>
    2 * concordanceOf(sample, ranked, counts).concordance - 1;
  const apparent = indexes(
    dxyOf(ownLp, null),
    1,
    whole.at.logLikelihood,
    whole.at.logLikelihood,
    nullLoglik,
    giniOfRanked(ownLp, null),
    true,
  );
  const sortedCounts = new Float64Array(n);
  const drawn = spaceFor(rows);
  const scratch = coxScratch(n);
  // To first order, one more copy of a row moves the coefficients by its score residual times the inverse information.
  const influence = multiply(rowResiduals(rows, whole.beta, ties).score, whole.variance, n, width, width);
  const part = (from: number, to: number, running: Running): Result<OptimismRuns> =>
    overResamples(n, draws, from, to, running, ({ counts }) => {
      for (let i = 0; i < n; i++) sortedCounts[i] = counts[sample.order[i]!]!;
      const present = drawnRows(rows, sortedCounts, drawn);
      if (present.deaths === 0) return null;
      const start = Float64Array.from(whole.beta);
      for (let i = 0; i < n; i++) {
        const more = sortedCounts[i]! - 1;
        if (more !== 0) for (let j = 0; j < width; j++) start[j]! += more * influence[i * width + j]!;
      }
      const fit = refitCox(present.rows, start, ties, scratch);
      const drawnNull = nullLogPartialLikelihood(sample, sortedCounts, ties);
      if (!fit.converged || fit.rank < whole.rank || !(drawnNull < 0)) return null;
      const lp = predictor(fit.beta);
      const ranked = rankScores(lp);
      const calibrated = refitCox({ ...rows, p: 1, x: lp }, Float64Array.of(1), ties, scratch);
      const slope = calibrated.beta[0]!;
      // A resample's coefficients may run off so far that all patients together have no likelihood under them.
      if (![slope, calibrated.startLogLikelihood, calibrated.logLikelihood].every(Number.isFinite)) return null;
      return {
        training: indexes(
          dxyOf(ranked, sortedCounts),
          1,
          fit.logLikelihood,
          fit.logLikelihood,
          drawnNull,
          giniOfRanked(ranked, sortedCounts),
          true,
        ),
        test: indexes(
          dxyOf(ranked, null),
          slope,
          calibrated.startLogLikelihood,
          calibrated.logLikelihood,
          nullLoglik,
          Math.abs(slope) * giniOfRanked(ranked, null),
          false,
        ),
      };
    });
  return ok({
    units: replicates.value,
    part,
    gather: (parts) =>
      andThen(joinRuns(parts), (runs) => {
        const table = optimismTable(INDEXES, apparent, runs);
        return ok(
          {
            method: "bootstrap optimism of a Cox model",
            n,
            events,
            missing: design.missing,
            ties,
            ...table,
            correctedC: table.corrected[0]! / 2 + 0.5,
          },
          missingWarning(design.missing, n),
        );
      }),
  });
}
