import type { ResponseProfile } from "./profiles.js";
import type { LesionRow } from "./timeline.js";

/** Node below which a lymph node is normal, in mm of short axis (RECIST 1.1, 4.3.1). */
export const NORMAL_NODE_MM = 10;

/** Size with which a lesion too small to measure enters the sum, in mm (RECIST 1.1, 4.3.2). */
export const TOO_SMALL_MM = 5;

/** Whether a row is a lymph node, from its own column or its organ. */
export const isNode = (row: LesionRow): boolean =>
  row.node ?? (row.organ === "lymph-node" || row.organ === "porta-hepatis-node");

/** Whether a row is in the liver; a lesion without an organ is. */
export const inLiver = (row: LesionRow): boolean => row.organ === null || row.organ === "liver";

/** Whether a follow-up row continues the baseline lesion: the lesion, a part `T1.2` of it, or a merger `T1/T2`. */
export const continues = (row: LesionRow, lesion: string): boolean =>
  row.lesion === lesion ||
  row.lesion.split("/").some((part) => {
    const name = part.trim();
    return name === lesion || name.startsWith(`${lesion}.`);
  });

/** Which diameter of a lesion is summed. */
export type SizeBasis = "longest" | "short-axis" | "viable";

/** One summed size. `mm` is null when the lesion was not assessed. */
export interface SizePart {
  readonly lesion: string;
  readonly line: number;
  readonly basis: SizeBasis;
  readonly mm: number | null;
  readonly tooSmall: boolean;
  readonly gone: boolean;
}

/** The targets of one visit. */
export interface TargetSum {
  readonly parts: readonly SizePart[];
  /** Sum over all targets, or null when one was not assessed. */
  readonly sumMm: number | null;
  /** Sum over those that were measured. */
  readonly measuredMm: number;
  /** Baseline targets without a size at this visit. */
  readonly notAssessed: readonly string[];
  /** Every target has gone, every node target is below 10 mm. */
  readonly allGone: boolean;
  /** Both viable and whole diameters were summed. */
  readonly mixed: boolean;
}

/**
 * Which diameter a baseline target contributes: nodes their short axis; under a viable-diameter profile a liver lesion
 * with arterial enhancement its viable diameter; everything else its longest diameter.
 */
export function sizeBasis(profile: ResponseProfile, baseline: LesionRow): SizeBasis {
  if (isNode(baseline)) return "short-axis";
  if (profile.sums === "viable-diameters" && inLiver(baseline) && (baseline.viable_mm ?? 0) > 0) return "viable";
  return "longest";
}

function sizeOf(row: LesionRow, basis: SizeBasis): { readonly mm: number | null; readonly tooSmall: boolean } {
  switch (row.status) {
    case "absent":
      return { mm: 0, tooSmall: false };
    case "too-small":
      return { mm: TOO_SMALL_MM, tooSmall: true };
    case "not-assessed":
      return { mm: null, tooSmall: false };
    default: {
      const mm = basis === "viable" ? row.viable_mm : basis === "short-axis" ? row.short_mm : row.longest_mm;
      return { mm, tooSmall: false };
    }
  }
}

/**
 * Sums the targets of a visit. Parts of a split lesion are added, a merged lesion counts once for all that merged, a
 * baseline target without any row was not assessed.
 * Example: targets T1 30 mm and T2 20 mm at baseline, rows `T1/T2` 41 mm at follow-up: sum 41 mm.
 */
export function sumTargets(
  profile: ResponseProfile,
  targets: readonly LesionRow[],
  visit: readonly LesionRow[],
): TargetSum {
  const used = new Set<LesionRow>();
  const parts: SizePart[] = [];
  const notAssessed: string[] = [];
  for (const target of targets) {
    const basis = sizeBasis(profile, target);
    const rows = visit.filter((row) => row.role !== "new" && continues(row, target.lesion));
    if (rows.length === 0) notAssessed.push(target.lesion);
    for (const row of rows) {
      const { mm, tooSmall } = sizeOf(row, basis);
      if (mm === null && !notAssessed.includes(target.lesion)) notAssessed.push(target.lesion);
      if (used.has(row)) continue;
      used.add(row);
      const gone = mm !== null && (basis === "short-axis" ? mm < NORMAL_NODE_MM : mm === 0);
      parts.push({ lesion: row.lesion, line: row.line, basis, mm, tooSmall, gone });
    }
  }
  const measuredMm = parts.reduce((sum, part) => sum + (part.mm ?? 0), 0);
  const bases = new Set(parts.map((part) => part.basis));
  return {
    parts,
    sumMm: notAssessed.length > 0 || targets.length === 0 ? null : measuredMm,
    measuredMm,
    notAssessed,
    allGone: notAssessed.length === 0 && parts.length > 0 && parts.every((part) => part.gone),
    mixed: bases.has("viable") && bases.size > 1,
  };
}
