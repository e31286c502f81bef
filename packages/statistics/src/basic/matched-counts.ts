import { ok, type Result, refuse } from "@livermark/core";
import { type Limits, limits } from "../models/estimability.js";
import { type CountTable, tableMargins } from "./contingency.js";
import { binomialTest } from "./discrete-distributions.js";
import { chiSquareUpperTail, normalQuantile } from "./distributions.js";
import type { ChiSquareResult } from "./k-sample.js";

/** McNemar's test of symmetry of a square table of paired answers. */
export interface McNemar {
  /** Number of pairs that differ. */
  readonly discordant: number;
  readonly uncorrected: ChiSquareResult;
  /** With Edwards' correction of 1; 2×2 tables only, else null. */
  readonly corrected: ChiSquareResult | null;
  /** Exact binomial test of the two discordant cells; 2×2 tables only, else null. */
  readonly pExact: number | null;
}

/**
 * McNemar's test for 2×2 tables, Bowker's for larger squares. Refuses tables that are not square and pairs that all agree.
 * McNemar 1947; Edwards 1948; Bowker 1948. R: `mcnemar.test(m, correct = )`, `binom.test(b, b + c)`.
 * Example: `mcNemarTest([[20, 3], [9, 12]]).value.pExact` = 0.1459….
 */
export function mcNemarTest(table: CountTable): Result<McNemar> {
  const margins = tableMargins(table);
  if (!margins.ok) return margins;
  const k = table.length;
  if (table[0]!.length !== k) {
    return refuse({
      code: "table-shape",
      message: "Paired answers need a square table.",
      got: `${k} by ${table[0]!.length}`,
      wanted: "as many rows as columns",
    });
  }
  let discordant = 0;
  let plain = 0;
  let corrected = 0;
  let df = 0;
  for (let i = 0; i < k; i++) {
    for (let j = i + 1; j < k; j++) {
      const b = table[i]![j]!;
      const c = table[j]![i]!;
      df++;
      if (b + c === 0) {
        if (k > 2) return emptyPair(i, j);
        continue;
      }
      discordant += b + c;
      plain += (b - c) ** 2 / (b + c);
      corrected += b === c ? 0 : (Math.abs(b - c) - 1) ** 2 / (b + c);
    }
  }
  if (discordant === 0) {
    return refuse({
      code: "no-difference",
      message: "All pairs agree, so that there is nothing to test.",
      got: 0,
      wanted: "pairs that differ",
      mend: "Report the agreement without a test.",
    });
  }
  const test = (chiSquare: number): ChiSquareResult => ({ chiSquare, df, p: chiSquareUpperTail(chiSquare, df) });
  return ok({
    discordant,
    uncorrected: test(plain),
    corrected: k === 2 ? test(corrected) : null,
    pExact: k === 2 ? binomialTest(table[0]![1]!, discordant, 0.5) : null,
  });
}

const emptyPair = (i: number, j: number): ReturnType<typeof refuse> =>
  refuse({
    code: "empty-pair",
    message: `No pair joins categories ${i + 1} and ${j + 1}, so that Bowker's statistic is undefined.`,
    got: 0,
    wanted: "at least one pair for every two categories",
    mend: "Join categories.",
  });

/** Common odds ratio of several 2×2 tables. */
export interface MantelHaenszel {
  readonly strata: number;
  readonly oddsRatio: number;
  readonly interval: Limits;
  readonly uncorrected: ChiSquareResult;
  /** With continuity correction ½, left out where the deviation is smaller than that (as R does). */
  readonly corrected: ChiSquareResult;
}

/**
 * Cochran–Mantel–Haenszel test and common odds ratio of 2×2 tables, with the variance of Robins, Breslow and Greenland 1986.
 * Refuses other shapes, strata with one observation, and strata that together leave the odds ratio undefined.
 * Mantel and Haenszel 1959. R: `mantelhaen.test(a, correct = )`. Example: one table gives its own odds ratio ad/bc.
 */
export function mantelHaenszel(strata: readonly CountTable[], level = 0.95): Result<MantelHaenszel> {
  let deviation = 0;
  let variance = 0;
  let r = 0;
  let s = 0;
  let pr = 0;
  let psQr = 0;
  let qs = 0;
  for (const table of strata) {
    const margins = tableMargins(table);
    if (!margins.ok) return margins;
    const { n, rows, columns } = margins.value;
    if (rows.length !== 2 || columns.length !== 2 || n < 2) {
      return refuse({
        code: "table-shape",
        message: "Every stratum must be a 2 by 2 table with at least 2 observations.",
        got: `${rows.length} by ${columns.length}, n ${n}`,
        wanted: "2 by 2, n at least 2",
      });
    }
    const [a, b, c, d] = [table[0]![0]!, table[0]![1]!, table[1]![0]!, table[1]![1]!];
    deviation += a - (rows[0]! * columns[0]!) / n;
    variance += (rows[0]! * rows[1]! * columns[0]! * columns[1]!) / (n * n * (n - 1));
    const [ri, si, p, q] = [(a * d) / n, (b * c) / n, (a + d) / n, (b + c) / n];
    r += ri;
    s += si;
    pr += p * ri;
    psQr += p * si + q * ri;
    qs += q * si;
  }
  if (!(variance > 0 && r > 0 && s > 0)) {
    return refuse({
      code: "not-estimable",
      message: "The strata together leave the common odds ratio zero, infinite or undefined.",
      got: `sums ${r} and ${s}`,
      wanted: "cells above 0 on both diagonals",
    });
  }
  const oddsRatio = r / s;
  const se = Math.sqrt(pr / (2 * r * r) + psQr / (2 * r * s) + qs / (2 * s * s));
  const z = normalQuantile((1 + level) / 2);
  const test = (chiSquare: number): ChiSquareResult => ({ chiSquare, df: 1, p: chiSquareUpperTail(chiSquare, 1) });
  const held = Math.abs(deviation) >= 0.5 ? Math.abs(deviation) - 0.5 : deviation;
  return ok({
    strata: strata.length,
    oddsRatio,
    interval: limits("Robins-Breslow-Greenland", level, oddsRatio * Math.exp(-z * se), oddsRatio * Math.exp(z * se)),
    uncorrected: test(deviation ** 2 / variance),
    corrected: test(held ** 2 / variance),
  });
}
