import type { AnalysisSet } from "./analysis-set/types.js";
import type { Protocol } from "./protocol/schema.js";
import { responseVariable } from "./protocol/variables.js";
import { OVERALL_RESPONSES } from "./response/overall.js";

/** How often each response and each grouping (ORR, DCR …) occurs, per treatment and per patient, by one profile. */
export interface ResponseCounts {
  readonly unit: "patient" | "treatment";
  readonly profile: string;
  readonly counts: { readonly [overall: string]: number };
  /** Rows with an assessment. */
  readonly assessed: number;
  readonly total: number;
  readonly groupings: readonly {
    readonly id: string;
    readonly label: string;
    readonly yes: number;
    readonly of: number;
  }[];
}

/** Response counts of the analysis set; groupings are named choices of the protocol, their intervals the analysis's. */
export function responseCounts(set: AnalysisSet, protocol: Protocol): readonly ResponseCounts[] {
  return [set.patients, set.treatments].flatMap((table) =>
    protocol.response.profiles.map((profile): ResponseCounts => {
      const value = (row: (typeof table.rows)[number], column: string): number | string | null =>
        row.cells[column]?.value ?? null;
      const column = responseVariable(profile);
      const counts = Object.fromEntries(
        OVERALL_RESPONSES.map((overall) => [
          overall,
          table.rows.filter((row) => value(row, column) === overall).length,
        ]),
      );
      return {
        unit: table.unit,
        profile,
        counts,
        assessed: table.rows.filter((row) => value(row, column) !== null).length,
        total: table.rows.length,
        groupings: protocol.response.groupings.map(({ id, label }) => ({
          id,
          label,
          yes: table.rows.filter((row) => value(row, `${id}:${profile}`) === "yes").length,
          of: table.rows.filter((row) => value(row, `${id}:${profile}`) !== null).length,
        })),
      };
    }),
  );
}
