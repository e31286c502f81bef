import type { Issue } from "@livermark/core";
import type { Running } from "@livermark/statistics";
import type { AnalysisSet, Derived, Protocol, StudyRecords } from "@livermark/study";
import type { z } from "zod";
import type { Conventions } from "../conventions.js";
import type { DataColumn, Dataset } from "../dataset.js";
import type { Part } from "../part.js";
import type { EndpointColumns } from "../survival-data.js";

/** One table of the analysis set with its endpoints. */
export interface Layer {
  readonly data: Dataset;
  readonly endpoints: readonly EndpointColumns[];
}

/** The sections of a plan as they were written (schema v3), by their keys. */
export type PlanSections = { readonly [section: string]: unknown };

/**
 * What a step of a plan can see: the data with every column that earlier steps added, the protocol, and what earlier
 * steps left.
 */
export interface PlanContext {
  readonly set: AnalysisSet;
  readonly protocol: Protocol;
  readonly sections: PlanSections;
  /** Patients first, then treatments; excluded patients are gone. */
  readonly layers: readonly Layer[];
  readonly conventions: Conventions;
  /** Seed of the study; a step forks its own stream from it by a name. */
  readonly seed: number;
  readonly running: Running;
  /** Most resamples of any one bootstrap; infinite unless the caller wants a quick look. */
  readonly mostResamples: number;
  /** Everything that earlier steps left, in the order of their execution. */
  readonly before: Part;
  /** Patients that the eligibility rules exclude. */
  readonly excluded: ReadonlySet<string>;
  /** Records and derivations of the study, where the caller has them (readings per reader, adverse events …). */
  readonly records: StudyRecords | null;
  readonly derived: Derived | null;
}

/** A column that a step adds for the steps after it, e.g. a group from a derived cut-off or a predicted risk. */
export interface AddedColumn {
  /** Id of the data set it belongs to: `patients` or `treatments`. */
  readonly data: string;
  readonly column: DataColumn;
}

/** What a step leaves. */
export interface StepOutcome {
  readonly part: Part;
  readonly columns?: readonly AddedColumn[];
}

/** One section of the plan language: its key, its schema, where its results stand in the report, and what it does. */
export interface PlanStep {
  readonly key: string;
  /** Results of steps are printed in ascending order of this number; equal numbers in the order of execution. */
  readonly place: number;
  readonly schema: z.ZodType;
  /** Checks a section without running it; Issues have paths that begin with the key. */
  readonly check: (section: unknown) => readonly Issue[];
  readonly run: (context: PlanContext) => StepOutcome;
}

/** The section of another step, read by that step's schema; null where it cannot be read. */
export function sectionOf<S extends z.ZodType>(
  context: Pick<PlanContext, "sections">,
  step: { readonly key: string; readonly schema: S },
): z.output<S> | null {
  const parsed = step.schema.safeParse(context.sections[step.key]);
  return parsed.success ? parsed.data : null;
}

/** The layer that owns an endpoint: patients, if the endpoint is one per patient, else treatments. */
export const layerOf = (layers: readonly Layer[], endpoint: string): Layer | undefined =>
  layers.find((layer) => layer.endpoints.some((one) => one.name === endpoint));

/** The first layer that has a column of this name. */
export const layerWith = (layers: readonly Layer[], column: string): Layer | undefined =>
  layers.find((layer) => layer.data.columns.some((one) => one.name === column));

/** Layers with columns added to their data; a column of a name that exists replaces it. */
export const withColumns = (layers: readonly Layer[], added: readonly AddedColumn[]): readonly Layer[] =>
  added.length === 0
    ? layers
    : layers.map((layer) => {
        const own = new Map(
          added.filter((one) => one.data === layer.data.id).map(({ column }) => [column.name, column] as const),
        );
        if (own.size === 0) return layer;
        const kept = layer.data.columns.map((column) => {
          const replaced = own.get(column.name);
          own.delete(column.name);
          return replaced ?? column;
        });
        return { ...layer, data: { ...layer.data, columns: [...kept, ...own.values()] } };
      });
