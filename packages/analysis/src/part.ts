import type { Issue, Json, Passport } from "@livermark/core";
import type { ResultFigure } from "./figures.js";
import type { CodedOutcome } from "./recompute.js";
import type { Computation, DesignNote, ResultTable } from "./results.js";

/** What one step of a plan adds to the results. */
export interface Part {
  readonly tables: readonly ResultTable[];
  readonly figures: readonly ResultFigure[];
  readonly models: readonly Json[];
  readonly methods: readonly string[];
  readonly notes: readonly DesignNote[];
  readonly issues: readonly Issue[];
  readonly passports: readonly Passport[];
  readonly computations: readonly Computation[];
  /** Yes/no outcomes that the computations name, to be coded 1 and 0 in the table of the recomputation. */
  readonly codedOutcomes: readonly CodedOutcome[];
}

/** A part with only what is named. */
export const part = (some: Partial<Part>): Part => ({
  tables: [],
  figures: [],
  models: [],
  methods: [],
  notes: [],
  issues: [],
  passports: [],
  computations: [],
  codedOutcomes: [],
  ...some,
});

/** The tables that have a row; one without says nothing. */
export const filled = (...tables: readonly ResultTable[]): readonly ResultTable[] =>
  tables.filter(({ rows }) => rows.length > 0);

/** Parts in order; a sentence or note that two parts bring stands once. */
export function joinParts(parts: readonly Part[]): Part {
  const notes = new Map<string, DesignNote>();
  for (const one of parts) for (const note of one.notes) notes.set(`${note.code}\u0000${note.where}`, note);
  return {
    tables: parts.flatMap((one) => one.tables),
    figures: parts.flatMap((one) => one.figures),
    models: parts.flatMap((one) => one.models),
    methods: [...new Set(parts.flatMap((one) => one.methods))],
    notes: [...notes.values()],
    issues: parts.flatMap((one) => one.issues),
    passports: parts.flatMap((one) => one.passports),
    computations: parts.flatMap((one) => one.computations),
    codedOutcomes: parts.flatMap((one) => one.codedOutcomes),
  };
}
