import type { Protocol } from "../protocol/schema.js";
import { responseVariable } from "../protocol/variables.js";
import { analysisReader } from "../readers.js";
import { byPatient } from "../records.js";
import { OVERALL_RESPONSES } from "../response/overall.js";
import { isProfileName, responseProfile } from "../response/profiles.js";
import { type AnalysisCell, cell, fromRow, missingCell } from "./types.js";
import { type AnalysisInputs, column, type Variable } from "./variables.js";

/** Responses by each profile, at the protocol's visit or the best, and their groupings. */
export function responseVariables({ responses: derived, protocol, readerOrder }: AnalysisInputs): readonly Variable[] {
  const { time_point: timePoint, groupings } = protocol.response;
  const byTreatment = byPatient<{
    readonly patient: string;
    readonly treatment: number;
    readonly profile: string;
    readonly reader: string | null;
    readonly value: string;
    readonly why: string;
    readonly table: string;
    readonly lines: readonly number[];
  }>(
    timePoint === undefined
      ? derived.best.map((row) => ({ ...row, value: row.best, table: "lesions", lines: [] }))
      : derived.timePoints
          .filter((row) => row.timePoint === timePoint)
          .map((row) => ({ ...row, value: row.overall, table: row.source.table, lines: row.source.lines })),
  );
  const find = (patient: string, treatment: number, profile: string): AnalysisCell => {
    const rows = (byTreatment.get(patient) ?? []).filter(
      (row) => row.treatment === treatment && row.profile === profile,
    );
    const reader = analysisReader(
      rows.map((row) => row.reader),
      protocol.readers.analysis,
      readerOrder,
    );
    const row = rows.find((one) => one.reader === reader);
    if (row === undefined) return missingCell("no assessment");
    return cell(
      row.value,
      row.lines.map((line) => fromRow(row.table, line)),
      row.why,
    );
  };
  const visit = protocol.time_points.find(({ id }) => id === timePoint)?.label ?? timePoint;
  const titled = (profile: string): string => (isProfileName(profile) ? responseProfile(profile).short : profile);
  return protocol.response.profiles.flatMap((profile): readonly Variable[] => {
    const title = titled(profile);
    return [
      {
        column: column({
          name: responseVariable(profile),
          label: timePoint === undefined ? `Best response (${title})` : `Response (${title}), ${visit}`,
          type: "category",
          levels: OVERALL_RESPONSES,
          role: "response",
          afterBaseline: true,
        }),
        at: (patient, treatment) => find(patient, treatment, profile),
      },
      ...groupings.map(
        (grouping): Variable => ({
          column: column({
            name: `${grouping.id}:${profile}`,
            label: `${grouping.label} (${title})`,
            type: "category",
            levels: ["no", "yes"],
            role: "response",
            afterBaseline: true,
          }),
          at: (patient, treatment) => {
            const found = find(patient, treatment, profile);
            const text = String(found.value);
            if (grouping.yes.includes(text)) return { ...found, value: "yes" };
            return grouping.no.includes(text)
              ? { ...found, value: "no" }
              : missingCell(found.missing || `${text} is in neither group`, found.sources);
          },
        }),
      ),
    ];
  });
}

/** Groups named by their limits (`<=50`, `25-50`) say what they are limits of. */
function groupLabel(label: string, levels: readonly string[], unit: string): string {
  const bare = /^(?:[<>]=?\s*)?\d+(?:\.\d+)?(?:\s*-\s*\d+(?:\.\d+)?)?$/;
  if (unit === "" || unit === "1" || unit === "mm2/s" || label.includes(unit)) return label;
  return levels.every((level) => bare.test(level)) ? `${label} (${unit})` : label;
}

/** Groups by fixed cut-offs; those that the data decide are made by the analysis. */
export function groupVariables(protocol: Protocol, known: ReadonlyMap<string, Variable>): readonly Variable[] {
  return protocol.groups.flatMap((group): readonly Variable[] => {
    const of = known.get(group.of);
    const { cuts } = group;
    if (of === undefined || cuts === undefined) return [];
    const rest = group.labels.filter((label) => label !== group.reference);
    const how = `${group.of}, cut ${cuts.join(", ")}`;
    const classify = (found: AnalysisCell): AnalysisCell => {
      const { value } = found;
      if (typeof value !== "number") return missingCell(found.missing || "no number", found.sources);
      const above = cuts.filter((cut) => (group.equal_goes === "up" ? value >= cut : value > cut)).length;
      return cell(group.labels[above]!, found.sources, how);
    };
    let last: { readonly found: AnalysisCell; readonly cell: AnalysisCell } | null = null;
    return [
      {
        column: column({
          name: group.id,
          label: groupLabel(group.label, group.labels, of.column.unit),
          type: "category",
          levels: [group.reference, ...rest],
          // Two groups stand as the regression has them, reference first; three and more from low to high.
          ...(group.labels.length > 2 ? { printOrder: group.labels } : {}),
          role: "group",
          afterBaseline: of.column.afterBaseline,
        }),
        at: (patient, treatment) => {
          const found = of.at(patient, treatment);
          if (last?.found !== found) last = { found, cell: classify(found) };
          return last.cell;
        },
      },
    ];
  });
}
