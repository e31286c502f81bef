import { random } from "@livermark/core";
import { logRank, quantiles, scanCutPoints } from "@livermark/statistics";
import { youdenCut } from "../recipe/cuts.js";

/** The effect at a chosen cut as it was found, and with the optimism of the choice taken off. */
export interface CutOptimism {
  /** What the effect is, e.g. `hazard ratio`. */
  readonly measure: string;
  readonly apparent: number;
  readonly corrected: number;
}

/** A cut that was sought again in resamples. */
export interface SoughtAgain {
  readonly cut: number;
  /** Percentile limits (95 %, type 7) of the cut. */
  readonly interval: { readonly low: number; readonly high: number };
  readonly optimism: CutOptimism;
}

/** How a cut is chosen among rows, and what it is worth in rows: both null where the rows do not allow it. */
interface Search {
  readonly n: number;
  readonly choose: (rows: Int32Array) => number | null;
  /** With a sign, so that a cut that works the other way round elsewhere counts against itself. */
  readonly effect: (rows: Int32Array, cut: number) => number | null;
}

/**
 * Repeats a search in bootstrap samples of rows: each sample's own cut is judged in the sample and in the data, and the mean
 * difference is the optimism of the effect. Null when the data, or half of the samples, give no cut.
 * Efron and Tibshirani 1993, section 17.6; Harrell 2015, section 5.3.4.
 */
function seekAgain(search: Search, replicates: number, seed: number) {
  const { n, choose, effect } = search;
  const all = Int32Array.from({ length: n }, (_, i) => i);
  const cut = choose(all);
  const found = cut === null ? null : effect(all, cut);
  if (cut === null || found === null) return null;
  const stream = random(seed);
  const cuts: number[] = [];
  let excess = 0;
  for (let b = 0; b < replicates; b++) {
    const rows = Int32Array.from({ length: n }, () => stream.integer(n));
    const own = choose(rows);
    const here = own === null ? null : effect(rows, own);
    const there = own === null ? null : effect(all, own);
    if (own === null || here === null || there === null) continue;
    cuts.push(own);
    excess += Math.abs(here) - Math.sign(here) * there;
  }
  const [low, high] = quantiles(cuts, [0.025, 0.975], 7);
  if (cuts.length < replicates / 2 || low === undefined || high === undefined) return null;
  return { cut, interval: { low, high }, apparent: Math.abs(found), corrected: Math.abs(found) - excess / cuts.length };
}

const at = (values: ArrayLike<number>, rows: Int32Array): Float64Array =>
  Float64Array.from(rows, (row) => values[row] ?? Number.NaN);

/**
 * The cut of the largest log-rank statistic (10 to 90 % of the rows below it) and the hazard ratio between its sides
 * (Peto's, from observed less expected events, above 1 as found), with the optimism of the logarithm taken off: a
 * corrected ratio of 1 or less says that nothing is left of it. Null where no cut can be sought.
 * Example: `survivalCutAgain({ time, event, marker }, 200, 1)?.optimism.corrected`.
 */
export function survivalCutAgain(
  columns: {
    readonly time: ArrayLike<number>;
    readonly event: ArrayLike<number>;
    readonly marker: ArrayLike<number>;
  },
  replicates: number,
  seed: number,
): SoughtAgain | null {
  const drawn = (rows: Int32Array) => ({
    time: at(columns.time, rows),
    event: at(columns.event, rows),
    marker: at(columns.marker, rows),
  });
  const found = seekAgain(
    {
      n: columns.marker.length,
      choose: (rows) => {
        const scan = scanCutPoints(drawn(rows));
        return scan.ok ? (scan.value.logRank?.cut ?? null) : null;
      },
      effect: (rows, cut) => {
        const { time, event, marker } = drawn(rows);
        const group = Array.from(marker, (value) => (Number.isNaN(value) ? null : value > cut ? "above" : "below"));
        const test = logRank({ time, event, group });
        const ratio = test.ok ? (test.value.petoHazardRatio?.hazardRatio ?? null) : null;
        return ratio === null ? null : Math.log(ratio);
      },
    },
    replicates,
    seed,
  );
  return found === null
    ? null
    : {
        cut: found.cut,
        interval: found.interval,
        optimism: {
          measure: "hazard ratio",
          apparent: Math.exp(found.apparent),
          corrected: Math.exp(found.corrected),
        },
      };
}

/**
 * The Youden cut of a marker and its Youden index (sensitivity + specificity − 1), with the optimism of the choice taken
 * off. `outcome` is 1 for a case, 0 for a control. Null where there are no two classes.
 * Example: `youdenCutAgain(marker, outcome, "auto", 200, 1)?.optimism.corrected`.
 */
export function youdenCutAgain(
  marker: ArrayLike<number>,
  outcome: ArrayLike<number>,
  direction: "auto" | "higher-in-cases" | "lower-in-cases",
  replicates: number,
  seed: number,
): SoughtAgain | null {
  const effect = (rows: Int32Array, cut: number): number | null => {
    const n = { case: 0, control: 0, caseAbove: 0, controlAbove: 0 };
    for (const row of rows) {
      const value = marker[row] ?? Number.NaN;
      if (Number.isNaN(value)) continue;
      const above = value > cut ? 1 : 0;
      if (outcome[row] === 1) {
        n.case += 1;
        n.caseAbove += above;
      } else {
        n.control += 1;
        n.controlAbove += above;
      }
    }
    return n.case === 0 || n.control === 0 ? null : n.caseAbove / n.case - n.controlAbove / n.control;
  };
  const found = seekAgain(
    {
      n: marker.length,
      choose: (rows) => youdenCut(at(marker, rows), at(outcome, rows), direction),
      effect,
    },
    replicates,
    seed,
  );
  return found === null
    ? null
    : {
        cut: found.cut,
        interval: found.interval,
        optimism: { measure: "Youden index", apparent: found.apparent, corrected: found.corrected },
      };
}
