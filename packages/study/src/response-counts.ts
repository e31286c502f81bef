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
  return [set.patients, set.treatments].flatMap((table) => {
    /** How often each value of a column occurs; missing cells do not. */
    const tally = (column: string): ReadonlyMap<string, number> => {
      const counts = new Map<string, number>();
      for (const row of table.rows) {
        const value = row.cells[column]?.value ?? null;
        if (value !== null) counts.set(String(value), (counts.get(String(value)) ?? 0) + 1);
      }
      return counts;
    };
    const sum = (counts: ReadonlyMap<string, number>): number => [...counts.values()].reduce((all, n) => all + n, 0);
    return protocol.response.profiles.map((profile): ResponseCounts => {
      const counts = tally(responseVariable(profile));
      return {
        unit: table.unit,
        profile,
        counts: Object.fromEntries(OVERALL_RESPONSES.map((overall) => [overall, counts.get(overall) ?? 0])),
        assessed: sum(counts),
        total: table.rows.length,
        groupings: protocol.response.groupings.map(({ id, label }) => {
          const answers = tally(`${id}:${profile}`);
          return { id, label, yes: answers.get("yes") ?? 0, of: sum(answers) };
        }),
      };
    });
  });
}
