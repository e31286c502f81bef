import { describeIssue, type Issue, ok, refuseWith } from "@livermark/core";
import { type InspectedSeries, inspect } from "@livermark/dicom";
import { type Command, flag, usageIssue } from "../command.js";

const length = (mm: number): string => String(Math.round(mm * 1000) / 1000);

/** How a series was made, as far as its images agree. */
function made(facts: InspectedSeries["seriesAcquisition"]): readonly string[] {
  const scanner = [facts.manufacturer, facts.scannerModel].filter((word) => word !== null).join(" ");
  return [
    scanner,
    facts.fieldStrengthT === null ? "" : `${length(facts.fieldStrengthT)} T`,
    facts.kvp === null ? "" : `${length(facts.kvp)} kVp`,
    facts.sliceThicknessMm === null ? "" : `thickness ${length(facts.sliceThicknessMm)} mm`,
    facts.contrastAgent === null ? "" : `contrast ${facts.contrastAgent}`,
    facts.studyDate ?? "",
    facts.mixed.length === 0 ? "" : `images disagree in ${facts.mixed.join(", ")}`,
  ];
}

/** The volumes that share a series, by what tells them apart; the first few where there are many. */
function shared({ volumes }: InspectedSeries): string {
  if (volumes.length < 2) return "";
  const labels = volumes.slice(0, 4).map(({ label }) => label);
  return `${volumes.length} volumes (${labels.join("; ")}${volumes.length > labels.length ? "; …" : ""})`;
}

/** A few lines per series, as a person reads them. */
function seriesText(series: InspectedSeries): string {
  const spacing = series.spacingMm === null ? "no spacing" : `${series.spacingMm.map(length).join(" × ")} mm`;
  const facts = [
    `${series.modality} "${series.description}"`,
    `${series.files} file${series.files === 1 ? "" : "s"}`,
    series.columns === null ? "no pixels" : `${series.columns} × ${series.rows} × ${series.slices}`,
    spacing,
    shared(series),
    `role ${series.role} (${Math.round(100 * series.roleConfidence)} %: ${series.roleReason})`,
    series.phase.value === "unknown"
      ? ""
      : `phase ${series.phase.value} (${Math.round(100 * series.phase.confidence)} %: ${series.phase.reason})`,
    series.bValues.length === 0 ? "" : `b = ${series.bValues.join(", ")} s/mm²`,
    // The values of a mask are labels, whatever its modality says.
    series.scale === null || series.role === "mask" ? "" : `values in ${series.scale.unit}`,
    ...made(series.seriesAcquisition),
  ].filter((fact) => fact !== "");
  const issues = series.issues.map((issue) => `    ${describeIssue(issue)}`);
  return [`series ${series.uid === "" ? "without UID" : series.uid}`, `    ${facts.join(" · ")}`, ...issues].join("\n");
}

export const command: Command = {
  usage: "PATH [--pixels] [--json]",
  help: [
    "Lists the DICOM series under PATH (folders, zip archives, single files) with geometry, role, contrast phase, b-values and scale,",
    "and every file that was refused, with the reason. --pixels decodes every image, prints a hash of its stored values, and looks for",
    "contrast phases in the images where neither timing nor words decide.",
    "Example:\n  livermark inspect images/ --json",
  ].join("\n"),
  options: { pixels: { type: "boolean" } },
  async run(positionals, values) {
    const [path] = positionals;
    if (path === undefined || positionals.length > 1) return usageIssue("inspect wants one PATH.");
    const inspected = await inspect(path, { pixels: flag(values, "pixels") });
    if (!inspected.ok) return inspected;
    const { series, refused } = inspected.value;
    if (series.length === 0) {
      const none: Issue = {
        code: "no-dicom",
        severity: "error",
        path: "",
        message: "No DICOM image lies under this path.",
        got: `${refused.length} other file${refused.length === 1 ? "" : "s"}`,
        wanted: "at least one DICOM image",
        mend: "Check the path; images may lie in a zip archive or without file name extension.",
        where: { file: path },
      };
      return refuseWith([none, ...refused.slice(0, 20).map(({ issue }) => issue)]);
    }
    const text = [
      ...series.map(seriesText),
      ...refused.map(({ file, issue }) => `refused ${file}: ${issue.message}`),
      `${series.length} series, ${refused.length} refused files`,
    ].join("\n");
    return ok({ json: inspected.value, text, issues: [] });
  },
};
