import { type Issue, type IssueWhere, warningIssue } from "@livermark/core";
import type { PhaseGuess, SeriesRole } from "@livermark/dicom";
import type { Row } from "@livermark/study";

/** What a person decided about a series against what its images say; kept with the images and printed in the report. */
export interface Overrule {
  readonly fact: "role" | "phase" | "scale" | "tilt";
  /** What the images say. */
  readonly found: string;
  readonly decided: string;
  /** The person's reason; empty where none was given. */
  readonly why: string;
  /** Who decided; empty where nobody is named. */
  readonly by: string;
}

/** What the note of an images.csv row decides, beyond its role and phase columns. */
export interface NoteDecisions {
  /** Reason for which a person vouches for the intensity scale; null where nobody does. */
  readonly scale: string | null;
  readonly resampleTilt: boolean;
  readonly why: string;
  readonly by: string;
}

/**
 * Reads the decisions in a note: parts divided by semicolons, of the form `scale: REASON` (the intensity scale of this
 * series may be compared, for that reason), `tilt: resample`, `why: REASON` and `by: WHO`. A note of another form is
 * the reason itself. Example: `noteDecisions("scale: same prescan, console log; by: R1").scale` is
 * `same prescan, console log`.
 */
export function noteDecisions(note: string | null): NoteDecisions {
  const free: string[] = [];
  const said = new Map<string, string>();
  for (const part of (note ?? "").split(";")) {
    const match = /^\s*(scale|tilt|why|by)\s*:\s*(.*?)\s*$/i.exec(part);
    if (match === null) free.push(part.trim());
    else said.set(match[1]!.toLowerCase(), match[2]!);
  }
  const scale = said.get("scale") ?? "";
  return {
    scale: scale === "" ? null : scale,
    resampleTilt: /^resample$/i.test(said.get("tilt") ?? ""),
    why: said.get("why") ?? free.filter((part) => part !== "").join("; "),
    by: said.get("by") ?? "",
  };
}

/** The reason with its author, for reports. Example: `same prescan (R1)`. */
export const reasonOf = (why: string, by: string): string =>
  `${why === "" ? "no reason given" : why}${by === "" ? "" : ` (${by})`}`;

/** A guess without evidence is no statement that a person could contradict. */
const LEAST_CONFIDENCE = 0.4;

/**
 * What a row of images.csv decides against the images: another role or contrast phase than they show, a vouched-for
 * intensity scale, a resampled tilt. Naming what the images leave open is no overrule.
 */
export function overrulesOf(row: Row<"images">, role: SeriesRole, phase: PhaseGuess): readonly Overrule[] {
  const note = noteDecisions(row.note);
  const { why, by } = note;
  const overrules: Overrule[] = [];
  if (row.role !== null && row.role !== role.role && role.confidence >= LEAST_CONFIDENCE)
    overrules.push({ fact: "role", found: `${role.role} (${role.reason})`, decided: row.role, why, by });
  const stated = phase.value !== "unknown" && phase.confidence >= LEAST_CONFIDENCE;
  if (row.phase !== null && stated && row.phase !== phase.value)
    overrules.push({ fact: "phase", found: `${phase.value} (${phase.reason})`, decided: row.phase, why, by });
  if (note.scale !== null)
    overrules.push({ fact: "scale", found: "see the series", decided: "accepted", why: note.scale, by });
  if (note.resampleTilt) overrules.push({ fact: "tilt", found: "see the series", decided: "resampled", why, by });
  return overrules;
}

/** The Issues by which overrules of role and phase reach the report; those of scale and tilt come from where they act. */
export function overruleIssues(overrules: readonly Overrule[], where: IssueWhere): readonly Issue[] {
  return overrules
    .filter(({ fact }) => fact === "role" || fact === "phase")
    .map(({ fact, found, decided, why, by }) =>
      warningIssue({
        code: `${fact}-overruled`,
        message: `A person gave this series another ${fact} than its images show. Reason: ${reasonOf(why, by)}.`,
        got: decided,
        wanted: found,
        mend: "Check the row of images.csv.",
        where,
      }),
    );
}
