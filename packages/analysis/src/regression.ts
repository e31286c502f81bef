import type { Issue } from "@livermark/core";
import type { SurvivalData } from "./survival-data.js";

/** What a regression explains: a time to an event, or a yes/no outcome; aligned with `rows` of the analysis set. */
export type Outcome =
  | {
      readonly kind: "cox";
      readonly survival: SurvivalData;
      readonly ties: "efron" | "breslow";
      readonly cluster: readonly string[] | null;
      /** Stratum of each row of the data; baseline hazards differ between strata. */
      readonly strata: readonly (string | null)[] | null;
    }
  | {
      readonly kind: "logistic";
      readonly name: string;
      readonly rows: readonly number[];
      readonly values: readonly number[];
      /** Cluster of each row of the data, for robust standard errors. */
      readonly cluster: readonly string[] | null;
    };

/** One printed effect: per unit of a number, or of one level against the reference. */
export interface Effect {
  readonly term: string;
  readonly level: string | null;
  readonly reference: string | null;
  /** Step of a number that `ratio` and its limits speak of, in the column's unit: 0.001 for mm²/s, else 1. */
  readonly per: number;
  /** Hazard ratio or odds ratio; null with `why` where it cannot be estimated. */
  readonly ratio: number | null;
  readonly low: number | null;
  readonly high: number | null;
  readonly coefficient: number | null;
  readonly standardError: number | null;
  readonly p: number | null;
  readonly why: string | null;
}

/** A fitted model as tables need it. */
export interface Regression {
  readonly kind: "cox" | "logistic";
  readonly n: number;
  readonly events: number;
  readonly missing: number;
  readonly effects: readonly Effect[];
  readonly intercept: number | null;
  readonly logLikelihood: number;
  readonly aic: number;
  /** Test that all coefficients are 0: likelihood ratio; Wald where the variance is robust to clusters; null without one. */
  readonly globalP: number | null;
  /** Harrell's C or the area under the ROC curve of the linear predictor; null where not estimable. */
  readonly concordance: number | null;
  readonly variance: "model" | "cluster-robust";
  /** Test of proportional hazards over the whole model; null for logistic models and where it fails. */
  readonly proportionalHazardsP: number | null;
  /** Covariance of [intercept of a logistic model,] the effects in order; null where an effect has no estimate. */
  readonly covariance: readonly (readonly number[])[] | null;
  readonly hazards: HazardFacts | null;
  /** Wald test that all coefficients are 0 (robust where the variance is); null where one has no estimate. */
  readonly wald: { readonly chiSquare: number; readonly df: number; readonly p: number } | null;
  readonly issues: readonly Issue[];
}

/** What only Cox models have. */
export interface HazardFacts {
  /** Cumulative baseline hazard of covariates 0 (references), by stratum; times in months. */
  readonly baseline: readonly {
    readonly stratum: string | null;
    readonly time: readonly number[];
    readonly cumulativeHazard: readonly number[];
  }[];
  /** Tests of proportional hazards by covariate. */
  readonly proportionality: readonly { readonly term: string; readonly p: number }[];
  /** Scaled Schoenfeld residuals with the coefficient added: β(t) at each event, by coefficient. */
  readonly schoenfeld: readonly {
    readonly effect: number;
    readonly time: readonly number[];
    readonly value: readonly number[];
  }[];
}

/** Rows of the data that have the outcome. */
export const outcomeRows = (outcome: Outcome): readonly number[] =>
  outcome.kind === "cox" ? outcome.survival.rows : outcome.rows;
