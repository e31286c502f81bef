import type { SurvivalConventions } from "./survival-curve.js";

/** The statistical conventions of a preset. */
export interface Conventions {
  readonly preset: "r" | "spss";
  readonly survival: SurvivalConventions;
  readonly ties: "efron" | "breslow";
  /** Test of backward and forward steps where a plan names none. */
  readonly removalTest: "wald" | "likelihood-ratio";
  /** Every convention in words, for the report. */
  readonly printed: { readonly [name: string]: string };
}

/**
 * The named conventions of a preset; all of them are printed. `spss` rests on published formulas, not on the program.
 * Example: `conventionsOf("r").ties` is `"efron"`, `conventionsOf("spss").ties` is `"breslow"`.
 */
export function conventionsOf(preset: "r" | "spss"): Conventions {
  const spss = preset === "spss";
  const ties = spss ? "breslow" : "efron";
  const removalTest = spss ? "likelihood-ratio" : "wald";
  return {
    preset,
    survival: { intervalType: "log", medianRule: spss ? "spss" : "r", ties, level: 0.95 },
    ties,
    removalTest,
    printed: {
      preset,
      survivalInterval: "log",
      medianRule: spss ? "spss" : "r",
      ties,
      coxInterval: "wald",
      stepTest: removalTest,
      quantileType: "7",
      level: "0.95",
    },
  };
}
