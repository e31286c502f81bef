import { existsSync } from "node:fs";
import { join } from "node:path";
import { describeIssue, ok, refuse } from "@livermark/core";
import { checkReplaceable, deriveStudy, writeFolder } from "@livermark/pipeline";
import {
  analysisCodebookCsv,
  analysisCsv,
  analysisPassportsCsv,
  calendarCsv,
  calendarIcs,
  type Derived,
  deriveTreatments,
  followUpCalendar,
  type PlannedVisit,
  parseIsoTime,
  type StudyRecords,
} from "@livermark/study";
import { type Command, text, usageIssue } from "../command.js";

/** The follow-up calendar on a day, and the day; null when neither --as-of nor a lock says which. */
function calendarOf(
  records: StudyRecords,
  derived: Derived,
  day: number | null,
): { readonly plans: readonly PlannedVisit[]; readonly csv: string; readonly ics: string } | null {
  if (day === null) return null;
  const axis = records.axis ?? "day";
  const treatments = deriveTreatments(records, derived.protocol.treatments);
  const plans = followUpCalendar(records, derived.protocol, treatments, day);
  return { plans, csv: calendarCsv(plans, axis), ics: calendarIcs(plans, axis, day) };
}

/** What `--out` writes. */
const OUTPUT_NAMES: readonly string[] = [
  "patients.csv",
  "treatments.csv",
  "patients-codebook.csv",
  "treatments-codebook.csv",
  "patients-passports.csv",
  "treatments-passports.csv",
  "calendar.csv",
  "calendar.ics",
];

export const command: Command = {
  usage: "BUNDLE [--out DIR] [--as-of DATE|DAY] [--json]",
  help: [
    "Derives response, treatments, endpoints and eligibility of a bundle, each with the record that decided, and the analysis set.",
    "--out writes the analysis set as CSV (one file per patient, one per treatment) with codebooks and the passport of every cell, and the",
    "follow-up calendar on --as-of (default: the lock) as a table and as ICS. What is wrong in the tables is listed under issues; the rest",
    "is derived all the same.",
    "Example:\n  livermark derive my-study --json",
  ].join("\n"),
  options: { out: { type: "string" }, "as-of": { type: "string" } },
  async run(positionals, values, terminal) {
    const [bundle] = positionals;
    if (bundle === undefined || positionals.length > 1) return usageIssue("derive wants one BUNDLE.");
    const asOf = text(values, "as-of");
    const asked =
      asOf === undefined ? null : /^-?\d{1,5}$/.test(asOf) ? Number(asOf) : (parseIsoTime(asOf)?.day ?? null);
    if (asOf !== undefined && asked === null) return usageIssue("--as-of wants YYYY-MM-DD, or a whole day.");
    const out = text(values, "out");
    // A folder of patients.csv alone may be the tables of a study.
    const free =
      out === undefined
        ? ok(null)
        : checkReplaceable(out, existsSync(join(out, "patients-passports.csv")) ? OUTPUT_NAMES : []);
    if (!free.ok) return free;
    const study = await deriveStudy(bundle, terminal.progress);
    if (!study.ok) return study;
    const { derived, issues, acquisition } = study.value;
    const { records } = study.value.bundle;
    if (asOf !== undefined && (records.axis === "date") !== asOf.includes("-", 1))
      return refuse({
        code: "as-of-axis",
        message: "--as-of is on another time axis than the bundle.",
        got: asOf,
        wanted: records.axis === "date" ? "a date" : "a whole day",
      });
    const { response, endpoints, treatments, eligibility, flow, analysisSet } = derived;
    const calendar = calendarOf(records, derived, asked ?? study.value.bundle.study.lock?.day ?? null);
    if (out !== undefined)
      writeFolder(out, [
        { path: "patients.csv", bytes: analysisCsv(analysisSet.patients) },
        { path: "treatments.csv", bytes: analysisCsv(analysisSet.treatments) },
        { path: "patients-codebook.csv", bytes: analysisCodebookCsv(analysisSet.patients) },
        { path: "treatments-codebook.csv", bytes: analysisCodebookCsv(analysisSet.treatments) },
        { path: "patients-passports.csv", bytes: analysisPassportsCsv(analysisSet.patients) },
        { path: "treatments-passports.csv", bytes: analysisPassportsCsv(analysisSet.treatments) },
        ...(calendar === null ? [] : [{ path: "calendar.csv", bytes: calendar.csv }]),
        ...(calendar === null || calendar.ics === "" ? [] : [{ path: "calendar.ics", bytes: calendar.ics }]),
      ]);
    const boxes = flow.map(
      (box) => `${box.label}: ${box.n}${box.excluded.map((one) => `\n    out: ${one.n} ${one.reason}`).join("")}`,
    );
    const counted = derived.responseCounts
      .filter(({ assessed }) => assessed > 0)
      .map(({ unit, profile, counts, total, groupings }) =>
        [
          `${profile}, per ${unit} (${total}): ${Object.entries(counts)
            .filter(([, n]) => n > 0)
            .map(([overall, n]) => `${overall} ${n}`)
            .join(", ")}`,
          ...groupings.map(({ label, yes, of }) => `    ${label}: ${yes} of ${of}`),
        ].join("\n"),
      );
    const late = derived.longAfterLastScan.filter(({ censored }) => censored > 0);
    const outside = derived.windows.filter(({ met }) => !met);
    return ok({
      json: {
        response,
        endpoints,
        treatments,
        eligibility,
        flow,
        responseCounts: derived.responseCounts,
        adverseEvents: { ...derived.adverseEvents, issues: [] },
        windows: derived.windows,
        acquisition,
        longAfterLastScan: derived.longAfterLastScan,
        amendments: derived.amendments,
        calendar: calendar?.plans ?? [],
        issues,
      },
      text: [
        ...boxes,
        ...counted,
        `${endpoints.length} endpoint times, ${response.length} response verdicts`,
        ...late.map(
          ({ name, censored, beyondInterval, intervalDays }) =>
            `${name}: ${beyondInterval} of ${censored} censored more than ${Math.round(intervalDays)} days after the last scan`,
        ),
        ...(outside.length === 0
          ? []
          : [
              `${outside.length} of ${derived.windows.length} time points outside their windows, the first: ${outside[0]!.patient}, ${outside[0]!.why}`,
            ]),
        ...(out === undefined ? [] : [`wrote the analysis set to ${out}`]),
        ...issues.map(describeIssue),
      ].join("\n"),
      issues: [],
    });
  },
};
