import type { ResponseProfile } from "./profiles.js";
import { continues, isNode, NORMAL_NODE_MM } from "./sum.js";
import type { LesionRow, Visit } from "./timeline.js";

export type NonTargetResponse = "CR" | "non-CR/non-PD" | "PD" | "NE";

/**
 * Non-target part (RECIST 1.1, 4.3.3): PD for unequivocal progression of any; NE when one was not assessed; CR when
 * all have gone and nodes are below 10 mm; else non-CR/non-PD. Null when there is no non-target lesion at baseline.
 */
export function nonTargetResponse(
  nonTargets: readonly LesionRow[],
  visit: readonly LesionRow[],
): { readonly response: NonTargetResponse | null; readonly why: string } {
  if (nonTargets.length === 0) return { response: null, why: "" };
  const states = nonTargets.map((lesion) => {
    const rows = visit.filter((row) => row.role !== "new" && continues(row, lesion.lesion));
    const worst = rows.map((row) => nonTargetState(row)).sort((a, b) => SEVERITY[b] - SEVERITY[a])[0];
    return { lesion: lesion.lesion, state: worst ?? ("not-assessed" as const) };
  });
  const named = (state: NonTargetState): string =>
    states
      .filter((one) => one.state === state)
      .map((one) => one.lesion)
      .join(", ");
  if (named("progression") !== "")
    return { response: "PD", why: `unequivocal progression of non-target ${named("progression")}` };
  if (named("not-assessed") !== "") return { response: "NE", why: `non-target ${named("not-assessed")} not assessed` };
  if (named("present") !== "") return { response: "non-CR/non-PD", why: `non-target ${named("present")} persists` };
  return { response: "CR", why: "all non-targets gone" };
}

type NonTargetState = "gone" | "present" | "not-assessed" | "progression";
const SEVERITY: { readonly [S in NonTargetState]: number } = { gone: 0, present: 1, "not-assessed": 2, progression: 3 };

function nonTargetState(row: LesionRow): NonTargetState {
  switch (row.status) {
    case "unequivocal-progression":
      return "progression";
    case "absent":
      return "gone";
    case "not-assessed":
      return "not-assessed";
    case "present":
    case "too-small":
    case "equivocal-new":
      return "present";
    case "measured":
    case null: {
      const size = isNode(row) ? row.short_mm : row.longest_mm;
      if (size === null) return row.status === null ? "not-assessed" : "present";
      return (isNode(row) ? size < NORMAL_NODE_MM : size === 0) ? "gone" : "present";
    }
  }
}

/** New lesions of a series: which visit each was first seen at, and from which visit on it counts. */
export interface NewLesion {
  readonly lesion: string;
  readonly firstSeen: number;
  /** Visit at which it is called new without doubt; null while it stays equivocal. */
  readonly confirmedAt: number | null;
  readonly line: number;
  readonly inLiver: boolean;
}

/** Longest size that a row gives, in mm. */
const sizeOf = (row: LesionRow): number | null => row.longest_mm ?? row.viable_mm;

/** Whether a new nodule of the liver counts at this size: large enough and enhancing, or grown enough since first seen. */
function noduleCounts(
  row: LesionRow,
  firstMm: number | null,
  rule: NonNullable<ResponseProfile["newLiverNodule"]>,
): boolean {
  const size = sizeOf(row);
  if (size === null) return true;
  const enhances = row.viable_mm === null || row.viable_mm > 0;
  return (enhances && size >= rule.leastMm) || (firstMm !== null && size - firstMm >= rule.growthMm);
}

/**
 * The new lesions of a series, by visit index (0 = baseline). A row of role `new` counts as new unless its status is
 * `equivocal-new` (then a later row must call it new), `absent` or `not-assessed`. Under a profile with a rule for new
 * liver nodules (mRECIST: 10 mm with arterial enhancement, otherwise growth by 10 mm) a nodule that does not meet it
 * yet is equivocal as well; once it does, progression is dated back to its first sight (Lencioni 2010).
 */
export function newLesions(
  visits: readonly Visit<LesionRow>[],
  inLiver: (row: LesionRow) => boolean,
  rule: ResponseProfile["newLiverNodule"] = null,
): readonly NewLesion[] {
  const found = new Map<string, NewLesion>();
  const firstMm = new Map<string, number | null>();
  visits.forEach((visit, index) => {
    for (const row of visit.rows) {
      if (row.role !== "new" || row.status === "absent" || row.status === "not-assessed") continue;
      const before = found.get(row.lesion);
      if (before === undefined) firstMm.set(row.lesion, sizeOf(row));
      const grown = before === undefined ? null : (firstMm.get(row.lesion) ?? null);
      const confirmed =
        row.status !== "equivocal-new" &&
        (rule === null || !inLiver(row) || isNode(row) || noduleCounts(row, grown, rule));
      if (before === undefined)
        found.set(row.lesion, {
          lesion: row.lesion,
          firstSeen: index,
          confirmedAt: confirmed ? index : null,
          line: row.line,
          inLiver: inLiver(row),
        });
      else if (before.confirmedAt === null && confirmed) found.set(row.lesion, { ...before, confirmedAt: index });
    }
  });
  return [...found.values()];
}
