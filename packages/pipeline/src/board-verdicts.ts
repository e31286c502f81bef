import type { TumourBoardSheet } from "@livermark/report";
import { isProfileName, responseProfile } from "@livermark/study";
import { type BoardSubject, cellsOf, responseAt } from "./board-visits.js";

const shownChange = (value: number, as: "percent" | "rise" | "fall"): string =>
  `${value.toFixed(as === "percent" ? 1 : 2).replace("-", "−")}${as === "percent" ? "%" : ""}`;

/** The last verdict of each profile of the last treatment, and of each change that the protocol divides. */
export function verdicts(subject: BoardSubject): TumourBoardSheet["verdicts"] {
  const { study, patient, visits } = subject;
  const { protocol, analysisSet } = study.derived;
  const treatment = Math.max(1, ...visits.map((visit) => visit.treatment));
  const several = new Set(visits.map((visit) => visit.treatment)).size > 1;
  const byProfile = protocol.response.profiles.flatMap((profile): TumourBoardSheet["verdicts"] => {
    const last = visits
      .filter((visit) => visit.treatment === treatment)
      .flatMap((visit) => {
        const found = responseAt(subject, visit, profile);
        return found === null || visit.timePoint === visits[0]?.timePoint ? [] : [{ visit, found }];
      })
      .at(-1);
    if (last === undefined) return [];
    const criterion = isProfileName(profile) ? responseProfile(profile).short : profile;
    return [{ criterion, verdict: last.found.overall, why: `${last.visit.label}: ${last.found.why}` }];
  });
  const cells = cellsOf(several ? analysisSet.treatments : analysisSet.patients, patient, treatment);
  // A change is a criterion where the protocol calls its sides responder and non-responder, at one cut-off or several.
  const byChange = protocol.changes.flatMap((change): TumourBoardSheet["verdicts"] => {
    const value = cells[change.id]?.value;
    const found = protocol.groups.flatMap((group) => {
      const side =
        group.of === change.id && group.labels.some((label) => /respon/i.test(label)) ? cells[group.id]?.value : null;
      const cut = group.cuts?.[0];
      return typeof side === "string" && cut !== undefined
        ? [{ side, cut: shownChange(cut, change.as).replace(/\.0+(?=%|$)/, "") }]
        : [];
    });
    if (found.length === 0 || typeof value !== "number") return [];
    const sides = [...new Set(found.map(({ side }) => side))];
    return [
      {
        criterion: change.label,
        verdict: sides.join(" or "),
        why: `${change.label} ${shownChange(value, change.as)}: ${sides.map((side) => `${side} at ${found.flatMap((one) => (one.side === side ? [one.cut] : [])).join(", ")}`).join("; ")}`,
      },
    ];
  });
  return [...byProfile, ...byChange];
}
