import type { CoxRows } from "../survival/cox-risk-sets.js";
import { gather, snapTimes, sortOrder } from "../survival/order.js";

/** Follow-up sorted once by time; every fit and every bootstrap replicate reuses the order. */
export interface CoxSample {
  readonly n: number;
  /** Row of each sorted position. */
  readonly order: Uint32Array;
  readonly time: Float64Array;
  readonly event: Uint8Array;
  /** First position of each distinct time, and n at the end. */
  readonly starts: Int32Array;
}

/** Sorts follow-up; times that differ by rounding only count as one. */
export function sortFollowUp(time: Float64Array, event: ArrayLike<number>): CoxSample {
  const order = sortOrder(time);
  const sorted = gather(time, order);
  snapTimes(sorted);
  const starts: number[] = [];
  for (let i = 0; i < sorted.length; i++) if (i === 0 || sorted[i] !== sorted[i - 1]) starts.push(i);
  starts.push(sorted.length);
  return {
    n: sorted.length,
    order,
    time: sorted,
    event: Uint8Array.from(order, (row) => event[row]!),
    starts: Int32Array.from(starts),
  };
}

/** Rows of a Cox model from a row-major design of `width` columns, put into the sample's order. */
export function coxRows(sample: CoxSample, x: Float64Array, width: number): CoxRows {
  const { n, order, time, event } = sample;
  const sorted = new Float64Array(x.length);
  for (let i = 0; i < n; i++) {
    const from = order[i]! * width;
    for (let j = 0; j < width; j++) sorted[i * width + j] = x[from + j]!;
  }
  return {
    n,
    p: width,
    x: sorted,
    time,
    event,
    weights: null,
    counts: null,
    offset: null,
    entry: null,
    byEntry: null,
    strataStarts: Uint32Array.of(0, n),
  };
}

/** Log partial likelihood of the model without covariates: needs neither risks nor columns. */
export function nullLogPartialLikelihood(
  { starts, event }: CoxSample,
  counts: Float64Array | null,
  ties: "efron" | "breslow",
): number {
  let left = 0;
  let logLikelihood = 0;
  for (let g = starts.length - 2; g >= 0; g--) {
    let deaths = 0;
    for (let i = starts[g]!; i < starts[g + 1]!; i++) {
      const times = counts === null ? 1 : counts[i]!;
      left += times;
      if (event[i] === 1) deaths += times;
    }
    if (ties === "breslow") {
      if (deaths > 0) logLikelihood -= deaths * Math.log(left);
    } else for (let l = 0; l < deaths; l++) logLikelihood -= Math.log(left - l);
  }
  return logLikelihood;
}
