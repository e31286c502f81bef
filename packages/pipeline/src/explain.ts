import type { Cell, Provenance, Results } from "@livermark/analysis";
import { compareStrings, ok, type Passport, type ProvenanceInput, type Result, refuse } from "@livermark/core";

/** A number's passport with the passports of the numbers it was made from, down to rows, regions and files. */
export interface Explanation {
  readonly id: string;
  readonly passport: Omit<Passport, "inputs">;
  readonly inputs: readonly ExplainedInput[];
}

export type ExplainedInput =
  | Exclude<ProvenanceInput, { kind: "result" }>
  | { readonly kind: "result"; readonly result: Explanation }
  /** A number that was explained further up; named only, so that a walk stays short. */
  | { readonly kind: "seen"; readonly id: string };

/**
 * Walks from one result id to the bottom. Refuses an id that the study does not hold, naming the nearest ones.
 * Example: `explain(provenance, "measurement.P01.baseline.letb")`.
 */
export function explain(provenance: Provenance, id: string): Result<Explanation> {
  if (!Object.hasOwn(provenance.passports, id)) {
    const parts = id.toLowerCase().split(".");
    const near = Object.keys(provenance.passports)
      .map((known) => ({ known, shared: parts.filter((part) => known.toLowerCase().includes(part)).length }))
      .filter(({ shared }) => shared > 0)
      .sort((a, b) => b.shared - a.shared || compareStrings(a.known, b.known))
      .slice(0, 5)
      .map(({ known }) => known);
    return refuse({
      code: "unknown-result",
      message: "The study has no result of this id.",
      got: id,
      wanted: near.length > 0 ? `one such as ${near.join(", ")}` : "an id that report.html shows",
      mend: "List ids with --find TEXT.",
    });
  }
  const seen = new Set<string>();
  const walk = (at: string): Explanation | undefined => {
    const found = provenance.passports[at];
    if (found === undefined) return undefined;
    seen.add(at);
    const { inputs, ...rest } = found;
    return {
      id: at,
      passport: rest,
      inputs: inputs.map((input): ExplainedInput => {
        if (input.kind !== "result") return input;
        if (seen.has(input.id)) return { kind: "seen", id: input.id };
        const result = walk(input.id);
        return result === undefined ? { kind: "seen", id: input.id } : { kind: "result", result };
      }),
    };
  };
  const explanation = walk(id);
  if (explanation === undefined) throw new Error(`passport ${id} vanished`);
  return ok(explanation);
}

/** One id that `--find` lists, with the words around it in the report. */
export interface FoundId {
  readonly id: string;
  readonly where: string;
}

/** Ids whose id, table, row or column holds `text` (case-insensitive), in the order of the report. */
export function findIds(results: Results, provenance: Provenance, text: string): readonly FoundId[] {
  const wanted = text.toLowerCase();
  const found: FoundId[] = [];
  const seen = new Set<string>();
  const add = (id: string | null, where: string): void => {
    if (id === null || seen.has(id) || !`${id} ${where}`.toLowerCase().includes(wanted)) return;
    seen.add(id);
    found.push({ id, where });
  };
  for (const table of results.tables)
    for (const row of table.rows)
      for (const column of table.columns) {
        const cell: Cell | undefined = row.cells[column.key];
        if (cell !== undefined) add(cell.id, `${table.title} / ${row.label} / ${column.label}`);
      }
  for (const id of Object.keys(provenance.passports).sort(compareStrings)) add(id, "");
  return found;
}

/** The walk as indented lines for a terminal. */
export function explanationText(explanation: Explanation, indent = ""): string {
  const { passport: facts, inputs } = explanation;
  const parameters = Object.entries(facts.parameters).map(([name, value]) => `${name} = ${JSON.stringify(value)}`);
  const seed = facts.seed === undefined ? [] : [`seed = ${facts.seed}`];
  const head = `${indent}${explanation.id}\n${indent}  by ${facts.function}, version ${facts.version}`;
  const details = [...parameters, ...seed].map((line) => `${indent}  ${line}`);
  const below = inputs.map((input) => inputText(input, `${indent}  `));
  return [head, ...details, ...below].join("\n");
}

function inputText(input: ExplainedInput, indent: string): string {
  switch (input.kind) {
    case "result":
      return explanationText(input.result, `${indent}  `);
    case "seen":
      return `${indent}from ${input.id} (see above)`;
    case "file":
      return `${indent}from file ${input.path}, SHA-256 ${input.sha256}`;
    case "row":
      return `${indent}from ${input.table}, line ${input.line}${input.column === undefined ? "" : `, column ${input.column}`}`;
    case "series":
      return `${indent}from series ${input.seriesUid} (${input.files} files), SHA-256 ${input.sha256}`;
    case "region":
      return `${indent}from region ${input.name}${input.path === undefined ? "" : ` in ${input.path}`}, SHA-256 ${input.sha256}`;
  }
}
