import type { TableRow } from "./cohort-rows.js";
import { csvFile, jsonFile, type PhantomFile, textFile } from "./files.js";

/** An effect that the cohort was made with: what a right analysis should find within its interval. */
export interface KnownEffect {
  readonly outcome: string;
  readonly kind: "cox" | "logistic";
  /** Column of the analysis set, e.g. a group of the protocol. */
  readonly term: string;
  /** The level and its reference; null for a number (per unit). */
  readonly level: string | null;
  readonly reference: string | null;
  /** True hazard ratio or odds ratio. */
  readonly ratio: number;
}

/** Effects on one outcome. Example: `effectsOn("OS", "cox")("grade", "G2", "G1", 1.72)`. */
export const effectsOn =
  (outcome: string, kind: KnownEffect["kind"]) =>
  (term: string, level: string, reference: string, ratio: number): KnownEffect => ({
    outcome,
    kind,
    term,
    level,
    reference,
    ratio,
  });

/** A cohort with a paper's margins as a bundle for that paper's protocol, and the truth behind it. */
export interface PaperCohort {
  readonly protocol: string;
  readonly patients: number;
  readonly files: readonly PhantomFile[];
  readonly effects: readonly KnownEffect[];
}

/** What is drawn of a cohort, before it is written. */
export interface CohortTables {
  readonly title: string;
  readonly readers: readonly string[];
  readonly tables: { readonly [name: string]: readonly TableRow[] };
  readonly effects: readonly KnownEffect[];
}

/** The bundle: `study.yaml`, the tables, and `truth.json`. Tables without rows are left out. */
export function paperBundle(protocol: string, seed: number, cohort: CohortTables): PaperCohort {
  const { title, readers, tables, effects } = cohort;
  const yaml = [
    `title: ${title} (digital phantom)`,
    `protocol: ${protocol}`,
    "lock_day: 6000",
    `seed: ${seed}`,
    "ethics: Not needed. Every patient of this study was drawn by a program.",
    ...(readers.length === 0 ? [] : ["readers:", ...readers.map((id) => `  - { id: ${id}, role: images, years: 8 }`)]),
    "notes:",
    "  - A cohort drawn with the margins that a paper prints. No number here says anything about a disease.",
    "",
  ].join("\n");
  const written = Object.entries(tables).flatMap(([name, rows]) => {
    const columns = [...new Set(rows.flatMap((row) => Object.keys(row)))];
    return rows.length === 0 ? [] : [csvFile(`tables/${name}.csv`, columns, rows)];
  });
  return {
    protocol,
    patients: tables.patients?.length ?? 0,
    effects,
    files: [
      textFile("study.yaml", yaml),
      ...written,
      jsonFile("truth.json", { kind: "paper-cohort", protocol, seed, effects }),
    ],
  };
}
