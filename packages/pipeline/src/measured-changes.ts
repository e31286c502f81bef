import { type Cell, type Part, part, type ResultRow } from "@livermark/analysis";
import { errorIssue, type Issue, locate, type Passport, passport, shownUnit } from "@livermark/core";
import { compareLetb, measurementChange } from "@livermark/imaging";
import type { Protocol } from "@livermark/study";
import type { StudyMeasurement } from "./measure-study.js";

type Change = Protocol["changes"][number];

/** Cells of one change of one patient, in the order of their columns. */
interface Compared {
  readonly cells: readonly { readonly column: string; readonly cell: Cell }[];
  readonly passport: Passport;
  readonly issues: readonly Issue[];
}

const verdictOf = (within: boolean | null, basis: string): string =>
  within === null ? "measurement error not known" : `${within ? "within" : "beyond"} measurement error (${basis})`;

/** One change with everything that must be read beside it. */
function compared(change: Change, from: StudyMeasurement, to: StudyMeasurement): Compared | readonly Issue[] {
  const id = `change.${to.id.replace(/^measurement\./, "")}`;
  const facts = {
    function: "measurement-change",
    version: "1",
    inputs: [from, to].map((m) => ({ kind: "result" as const, id: m.id })),
  };
  const number = (column: string, value: number, unit: string, decimals: number): Compared["cells"][number] => ({
    column,
    cell: { id, kind: "number", value, unit, decimals },
  });
  const words = (column: string, text: string): Compared["cells"][number] => ({
    column,
    cell: { id, kind: "text", text },
  });
  if (from.measurement.recipe === "letb") {
    const found = compareLetb(from.measurement, to.measurement);
    if (!found.ok) return found.issues;
    const {
      letbChangePercent,
      enhancingVolumeChangePercent,
      liverVolumeChangePercent,
      oppositeSigns,
      withinMeasurementError,
    } = found.value;
    return {
      cells: [
        number(change.id, letbChangePercent, "%", 1),
        number(`${change.id}.enhancing`, enhancingVolumeChangePercent, "%", 1),
        number(`${change.id}.liver`, liverVolumeChangePercent, "%", 1),
        words(
          `${change.id}.verdict`,
          `${verdictOf(withinMeasurementError, "the two 95 % intervals")}${oppositeSigns ? "; LETB and enhancing volume changed in opposite directions" : ""}`,
        ),
      ],
      passport: passport({ ...facts, id, parameters: { ...found.value } }),
      issues: found.issues,
    };
  }
  const found = measurementChange(from.measurement, to.measurement);
  if (!found.ok) return found.issues;
  const { difference, percent, withinMeasurementError, basis } = found.value;
  if (change.as === "percent" && percent === null)
    return [
      errorIssue({
        code: "zero-baseline",
        message: `The baseline of ${change.id} is not above 0, so its change in percent is undefined.`,
        got: from.measurement.value,
        wanted: "a baseline above 0, or a change as rise or fall",
      }),
    ];
  const sign = change.as === "fall" ? -1 : 1;
  const { factor, label: unit } = shownUnit(from.measurement.unit);
  return {
    cells: [
      change.as === "percent" && percent !== null
        ? number(change.id, percent, "%", 1)
        : number(change.id, sign * factor * difference, unit, 3),
      words(`${change.id}.verdict`, verdictOf(withinMeasurementError, basis)),
    ],
    passport: passport({ ...facts, id, parameters: { ...found.value } }),
    issues: [],
  };
}

const columnsOf = (change: Change, letb: boolean): readonly { key: string; label: string; group: string }[] => {
  const column = (key: string, label: string) => ({ key, label, group: change.label });
  return letb
    ? [
        column(change.id, "LETB"),
        column(`${change.id}.enhancing`, "Enhancing volume"),
        column(`${change.id}.liver`, "Liver volume"),
        column(`${change.id}.verdict`, "Verdict"),
      ]
    : [column(change.id, "Change"), column(`${change.id}.verdict`, "Verdict")];
};

/**
 * The protocol's changes of what was measured on images, patient by patient, each with whether it lies within the measurement
 * error; a LETB change always stands beside those of enhancing and liver volume, with a flag where they disagree.
 * Changes of single parts (a volume alone) are left to the analysis.
 */
export function measuredChanges(protocol: Protocol, measurements: readonly StudyMeasurement[]): Part {
  const rows = new Map<string, ResultRow>();
  const shown = new Map<Change, boolean>();
  const passports: Passport[] = [];
  const issues: Issue[] = [];
  for (const change of protocol.changes) {
    const marker = protocol.biomarkers.find(({ id }) => id === change.of);
    if (marker?.recipe === undefined || marker.part !== undefined) continue;
    for (const to of measurements) {
      if (to.biomarker !== change.of || to.timePoint !== change.to) continue;
      const from = measurements.find(
        (one) =>
          one.biomarker === change.of &&
          one.timePoint === change.from &&
          one.patient === to.patient &&
          one.treatment === to.treatment &&
          one.reader === to.reader,
      );
      if (from === undefined) continue;
      const found = compared(change, from, to);
      if (!("cells" in found)) {
        issues.push(...found.map((issue) => locate({ ...issue, severity: "warning" }, { patient: to.patient })));
        continue;
      }
      shown.set(change, from.measurement.recipe === "letb");
      passports.push(found.passport);
      issues.push(...found.issues.map((issue) => locate(issue, { patient: to.patient })));
      const label = [
        to.patient,
        to.treatment === null ? "" : `treatment ${to.treatment}`,
        to.reader === null ? "" : `reader ${to.reader}`,
      ]
        .filter((word) => word !== "")
        .join(", ");
      const cells = Object.fromEntries(found.cells.map(({ column, cell }) => [column, cell]));
      rows.set(label, { label, cells: { ...rows.get(label)?.cells, ...cells } });
    }
  }
  if (rows.size === 0) return part({ issues });
  return part({
    tables: [
      {
        id: "measured-changes",
        title: "Changes measured on images",
        columns: [...shown].flatMap(([change, letb]) => columnsOf(change, letb)),
        rows: [...rows.values()],
        footnotes: [
          "A change within the measurement error cannot be told from none. The error does not cover differences between readers.",
        ],
      },
    ],
    passports,
    issues,
  });
}
