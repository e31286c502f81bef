import { type Issue, warningIssue } from "@livermark/core";
import { byPatient, type StudyRecords } from "../records.js";
import type { ResponseProfile } from "./profiles.js";

const modality = (role: string | null): "CT" | "MR" | null =>
  role === null || role === "mask" || role === "localiser" || role === "other" ? null : role === "ct" ? "CT" : "MR";

const IODISED_OIL = /lipiodol|iodi[sz]ed oil|ethiodol/i;

/**
 * What makes sizes of one patient hard to compare: CT at one time point and MR at another (sizes of one treatment
 * should come from one modality), and viable diameters on CT after iodised oil, whose density hides enhancement.
 */
export function comparabilityIssues(records: StudyRecords, profiles: readonly ResponseProfile[]): readonly Issue[] {
  const issues: Issue[] = [];
  const { images, lesions, procedures } = records.tables;
  const measured = new Set(lesions.rows.map((row) => row.patient));
  const oil = byPatient(
    procedures.rows.filter((row) =>
      [row.agent, row.device, row.emulsion, row.extra_embolic, row.note].some((text) => IODISED_OIL.test(text ?? "")),
    ),
  );
  for (const [patient, rows] of byPatient(images.rows)) {
    if (!measured.has(patient)) continue;
    const byTreatment = new Map<number | null, typeof rows>();
    for (const row of rows) byTreatment.set(row.treatment, [...(byTreatment.get(row.treatment) ?? []), row]);
    for (const own of byTreatment.values()) {
      const modalities = new Map<string, string>();
      for (const row of own) {
        const kind = modality(row.role);
        if (kind !== null && !modalities.has(kind)) modalities.set(kind, row.time_point);
      }
      if (modalities.size > 1)
        issues.push(
          warningIssue({
            code: "ct-and-mr",
            message: `Patient ${patient} was imaged by CT and by MR; their sizes are compared all the same.`,
            got: [...modalities].map(([kind, timePoint]) => `${kind} at ${timePoint}`).join(", "),
            wanted: "one modality over time",
            mend: "Measure all time points of a treatment on one modality.",
            where: { patient, file: images.file, table: "images", line: own[0]!.line, column: "role" },
          }),
        );
    }
    const oily = oil.get(patient)?.[0];
    if (
      oily !== undefined &&
      profiles.some(({ sums }) => sums === "viable-diameters") &&
      rows.some((row) => modality(row.role) === "CT")
    )
      issues.push(
        warningIssue({
          code: "iodised-oil-on-ct",
          message: `Patient ${patient} had iodised oil; its density on CT can hide or feign viable tissue.`,
          got: oily.agent ?? oily.device ?? oily.extra_embolic ?? oily.note,
          wanted: "viable diameters from MR, or from the subtraction of phases",
          mend: "Check the viable diameters of this patient.",
          where: { patient, file: procedures.file, table: "procedures", line: oily.line },
        }),
      );
  }
  return issues;
}
