import { ok, type Random, type Result, random, refuse } from "@livermark/core";
import { computeHere, type HeavySession, type HeavyTask } from "../basic/heavy-work.js";
import { quantiles } from "../basic/quantile.js";
import { type Running, step } from "../models/running.js";
import { type CutPointColumns, type CutPointOptions, prepareScan } from "./cut-point.js";
import { type Cuts, largestOf, scan } from "./cut-point-scan.js";
import { refuseLevel } from "./kaplan-meier.js";

export interface CutPointBootstrap {
  readonly method: "bootstrap of the cut-point search";
  readonly criterion: "rank" | "log-rank";
  readonly replicates: number;
  /** Replicates in which a cut was found. */
  readonly used: number;
  readonly seed: number;
  readonly level: number;
  /** Percentile limits (type 7) of the best cut. */
  readonly lower: number;
  readonly median: number;
  readonly upper: number;
  /** Share of replicates that chose the cut of the data. */
  readonly agreement: number;
}

/** What a bootstrap of the search needs: plain data, so that it can go to a worker. */
export interface CutPointBootstrapInput extends CutPointOptions {
  readonly columns: CutPointColumns;
  readonly replicates: number;
  readonly seed: number;
  readonly level?: number;
  readonly criterion?: "rank" | "log-rank";
}

/** `bootstrapCutPoint` as work that workers can share: `computeShared(cutPointTask, input, { ports })`. */
export const cutPointTask: HeavyTask<CutPointBootstrapInput, readonly number[], CutPointBootstrap> = {
  name: "bootstrap of the cut-point search",
  open: openCutPointBootstrap,
};

/** Draws n rows with replacement, as counts. */
function resample(stream: Random, counts: Uint32Array): void {
  counts.fill(0);
  for (let i = 0; i < counts.length; i++) counts[stream.integer(counts.length)]!++;
}

/**
 * Repeats the search in bootstrap samples (rows drawn with replacement, as counts) and gives percentile limits of the best
 * cut: how far the cut is decided by chance. Refuses what `scanCutPoints` refuses and fewer than 20 replicates.
 * Every replicate has its own random stream. Source: Efron and Tibshirani 1993, chapter 13.
 * Example: `bootstrapCutPoint({ time, event, marker }, { replicates: 1000, seed: 1 })`.
 */
export function bootstrapCutPoint(
  columns: CutPointColumns,
  options: Omit<CutPointBootstrapInput, "columns"> & Running,
): Result<CutPointBootstrap> {
  return computeHere(cutPointTask, { ...options, columns }, options);
}

function openCutPointBootstrap(
  input: CutPointBootstrapInput,
): Result<HeavySession<readonly number[], CutPointBootstrap>> {
  const { columns, replicates, seed, level = 0.95, criterion = "rank" } = input;
  if (!(level > 0 && level < 1)) return refuseLevel(level);
  if (!(replicates >= 20)) {
    return refuse({
      code: "too-few-replicates",
      message: "A bootstrap interval needs at least 20 replicates.",
      got: replicates,
      wanted: "1000 or more",
    });
  }
  const prepared = prepareScan(columns, input);
  if (!prepared.ok) return prepared;
  const { data, smallest, largest } = prepared.value;
  const pick = (cuts: Cuts): number => largestOf(criterion === "rank" ? cuts.standardized : cuts.chiSquare, cuts.count);
  const whole = scan(data, null, smallest, largest);
  const at = pick(whole);
  const seeded = random(seed);
  const part = (from: number, to: number, running: Running): Result<readonly number[]> => {
    const counts = new Uint32Array(data.n);
    const chosen: number[] = [];
    for (let b = from; b < to; b++) {
      resample(seeded.fork(`replicate ${b}`), counts);
      const cuts = scan(data, counts, smallest, largest);
      const best = pick(cuts);
      if (best >= 0) chosen.push(cuts.cut[best]!);
      const going = step(running, b + 1 - from, to - from);
      if (!going.ok) return going;
    }
    return ok(chosen);
  };
  const gather = (parts: readonly (readonly number[])[]): Result<CutPointBootstrap> => {
    const chosen = parts.flat();
    if (at < 0 || chosen.length < replicates / 2) {
      return refuse({
        code: "no-admissible-cut",
        message: "Too few bootstrap samples have a cut within the wanted shares.",
        got: `${chosen.length} of ${replicates}`,
      });
    }
    const [lower, median, upper] = quantiles(chosen, [(1 - level) / 2, 0.5, (1 + level) / 2], 7);
    return ok({
      method: "bootstrap of the cut-point search",
      criterion,
      replicates,
      used: chosen.length,
      seed,
      level,
      lower: lower!,
      median: median!,
      upper: upper!,
      agreement: chosen.filter((cut) => cut === whole.cut[at]).length / chosen.length,
    });
  };
  return ok({ units: replicates, part, gather });
}
