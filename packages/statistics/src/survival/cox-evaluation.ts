/** Log partial likelihood with its derivatives in the standardised covariates. */
export interface CoxEvaluation {
  readonly logLikelihood: number;
  readonly score: Float64Array;
  /** Observed information, symmetric, row-major p × p. */
  readonly information: Float64Array;
}
