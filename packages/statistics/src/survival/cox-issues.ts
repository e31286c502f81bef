import { type Issue, warningIssue } from "@livermark/core";
import type { NotEstimable } from "../models/estimability.js";
import type { CoxData } from "./cox-data.js";
import type { CoxMaximum } from "./cox-fit.js";

/** Why a coefficient has no estimate: the reason as a word for programs, and in words. */
export interface CoefficientNotEstimable extends NotEstimable {
  readonly reason: keyof typeof REASONS;
}

/** The reasons in words. */
export const REASONS = {
  constant: "the covariate has the same value in all rows used",
  collinear: "the covariates before it determine it, or it does not vary in any risk set",
  "diverges-to-plus-infinity": "the likelihood rises without end as the coefficient grows (monotone likelihood)",
  "diverges-to-minus-infinity": "the likelihood rises without end as the coefficient falls (monotone likelihood)",
  "no-variance": "its robust variance is zero",
} as const;

/** Why a column of the fit has no coefficient; null when it has one. */
export function reasonOf(data: CoxData, maximum: CoxMaximum, column: number): keyof typeof REASONS | null {
  if (data.constant[column]) return "constant";
  if (maximum.dropped.includes(column)) return "collinear";
  const way = maximum.diverging.find((entry) => entry.column === column);
  if (way === undefined) return null;
  return way.sign > 0 ? "diverges-to-plus-infinity" : "diverges-to-minus-infinity";
}

/** What a reader of the fit must be told. */
export function fitIssues(data: CoxData, maximum: CoxMaximum, robust: boolean): Issue[] {
  const issues = [...data.issues];
  data.covariates.forEach(({ name }, column) => {
    const reason = reasonOf(data, maximum, column);
    if (reason === null) return;
    const where = { column: name };
    if (reason === "constant") {
      issues.push(
        warningIssue({
          code: "constant-column",
          message: `${name} has the same value in all rows used and gets no coefficient.`,
          where,
        }),
      );
    } else if (reason === "collinear") {
      issues.push(
        warningIssue({
          code: "collinear-column",
          message: `${name} is determined by the covariates before it (or does not vary in any risk set) and gets no coefficient.`,
          mend: "Remove it, or one of those it repeats.",
          where,
        }),
      );
    } else {
      issues.push(
        warningIssue({
          code: "monotone-likelihood",
          message: `The likelihood keeps rising as the coefficient of ${name} goes to ${reason === "diverges-to-plus-infinity" ? "+" : "−"}infinity: its hazard ratio cannot be estimated. The likelihood ratio and score tests remain valid.`,
          wanted: "events on both sides of the covariate",
          mend: "Report the log-rank or likelihood ratio test, merge levels, or use a penalised (Firth) fit.",
          where,
        }),
      );
    }
  });
  const estimable = data.p - maximum.dropped.length;
  if (estimable > 0 && data.events < 5 * estimable) {
    issues.push(
      warningIssue({
        code: "few-events",
        message: `${data.events} events for ${estimable} coefficients: estimates are unstable and biased away from 1.`,
        got: data.events / estimable,
        wanted: "at least 5, better 10 events per coefficient",
      }),
    );
  }
  if (!maximum.convergence.converged && maximum.diverging.length === 0) {
    issues.push(
      warningIssue({
        code: "no-convergence",
        message: "The search for the maximum of the partial likelihood did not settle.",
        got: `${maximum.convergence.iterations} steps`,
        mend: "Allow more iterations, or check the covariates for extreme values.",
      }),
    );
  }
  if (robust) {
    issues.push(
      warningIssue({
        code: "likelihood-ratio-with-robust-variance",
        message:
          "With weights or clustered rows the likelihood ratio test is not valid; use the Wald or the robust score test.",
      }),
    );
  }
  return issues;
}
