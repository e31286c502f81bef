import type { Json, Result } from "@livermark/core";

/** A table of one statistic's case: columns by name; numbers where every present cell is one, else text; null = missing. */
export interface CaseTable {
  readonly rows: number;
  readonly columns: { readonly [name: string]: readonly (number | string | null)[] };
}

/** The `spec` of a case, as `livermark stat` reads it. */
export type CaseSpec = { readonly [option: string]: Json };

/** What a case method is given: its options, its table if it names one, and further tables by file name. */
export interface CaseInput {
  readonly spec: CaseSpec;
  readonly table: CaseTable | null;
  /** File names that `data` stands for: none, one, or several (`imp1..5.csv` is imp1.csv … imp5.csv). */
  readonly files: readonly string[];
  readonly load: (file: string) => Result<CaseTable>;
}

/** One method of `livermark stat`: answers exactly the fields that the oracle names under `expected`. */
export type CaseMethod = (input: CaseInput) => Result<Json>;

/** Methods by the name a case gives under `method`. */
export type CaseMethods = { readonly [method: string]: CaseMethod };
