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

/**
 * The new lesions of a series, by visit index (0 = baseline). A row of role `new` counts as new unless its status is
 * `equivocal-new` (then a later row must call it new), `absent` or `not-assessed`.
 */
export function newLesions(
  visits: readonly Visit<LesionRow>[],
  inLiver: (row: LesionRow) => boolean,
): readonly NewLesion[] {
  const found = new Map<string, NewLesion>();
  visits.forEach((visit, index) => {
    for (const row of visit.rows) {
      if (row.role !== "new" || row.status === "absent" || row.status === "not-assessed") continue;
      const before = found.get(row.lesion);
      const confirmed = row.status !== "equivocal-new";
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
