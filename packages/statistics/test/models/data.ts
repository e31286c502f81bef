import { random } from "@livermark/core";
import type { ModelTerm } from "../../src/models/index.js";

/** A made cohort with two covariates that act and one that does not. */
export function cohort(n: number, seed: number) {
  const stream = random(seed);
  const a = Array.from({ length: n }, () => stream.normal());
  const b = Array.from({ length: n }, () => (stream.uniform() < 0.4 ? 1 : 0));
  const c = Array.from({ length: n }, () => stream.normal());
  const lp = a.map((v, i) => 0.9 * v - 0.8 * b[i]!);
  const y = lp.map((v) => (stream.uniform() < 1 / (1 + Math.exp(-v)) ? 1 : 0));
  const death = lp.map((v) => stream.exponential() / Math.exp(v));
  const end = lp.map(() => 2 * stream.exponential());
  const time = death.map((t, i) => Math.ceil(10 * Math.min(t, end[i]!)) / 10);
  const event = death.map((t, i) => (t <= end[i]! ? 1 : 0));
  return { n, a, b, c, y, time, event };
}

export const numeric = (name: string, values: ArrayLike<number | null>): ModelTerm => ({
  kind: "numeric",
  name,
  values,
});
