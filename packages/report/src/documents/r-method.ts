/** One statistic in R: what it needs, and the function that computes the fields of its answer from data and spec. */
export interface RMethod {
  readonly packages: readonly string[];
  /** Names of functions that this one calls. */
  readonly uses: readonly string[];
  readonly source: string;
}
