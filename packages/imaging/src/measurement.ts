import type { Issue, Json, Passport, Unit } from "@livermark/core";

/** Names of the measurement recipes. */
export type RecipeName = "region-stats" | "ser" | "adc" | "t2-sir" | "letb" | "diameters" | "qeasl";

/** A 95 % interval of a measurement and what it takes into account, e.g. `["roi-sampling", "noise"]`. */
export interface MeasurementInterval {
  readonly low: number;
  readonly high: number;
  readonly sources: readonly string[];
}

/** What every recipe returns: the value with its unit, the named inputs it came from, and its passport. */
export interface Measurement {
  readonly recipe: RecipeName;
  readonly value: number;
  readonly unit: Unit;
  readonly parts: { readonly [name: string]: Json };
  readonly interval: MeasurementInterval | null;
  readonly passport: Passport;
  /** Warnings only; a recipe that meets an error returns no Measurement. */
  readonly issues: readonly Issue[];
}
