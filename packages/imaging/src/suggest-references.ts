import { ok, type Result, refuse, warningIssue } from "@livermark/core";
import { checkMask, maskBox, maskCentre } from "./mask.js";
import { moments, quantile7 } from "./moments.js";
import { pictureOf } from "./picture.js";
import { cubeRoot } from "./portable-math.js";
import { rasterise } from "./rasterise.js";
import { sameSpace } from "./recipes/shared.js";
import { indexToPatient, type Mask, type Vec3, type Volume } from "./volume.js";

export interface SuggestionInputs {
  readonly pre: Volume;
  readonly arterial: Volume;
  readonly liver: Mask;
  readonly tumours?: readonly Mask[];
  readonly vessels?: Mask;
}

export interface SuggestionParameters {
  /** 1 cm³; 0.5 where little parenchyma is left. */
  readonly volumeCm3?: number;
  /** 3. */
  readonly count?: number;
  /** Least distance from tumour and vessel, mm; 5. */
  readonly marginMm?: number;
  /** Sites of an earlier time point, patient mm: the nearest valid place to each is taken. */
  readonly matchSites?: readonly Vec3[];
}

/** A suggested placement of the reference region, with the reason. */
export interface ReferenceSuggestion {
  readonly region: { readonly kind: "cube"; readonly center: Vec3; readonly volumeCm3: number; readonly name: string };
  readonly mask: Mask;
  /** Mean and sample SD of arterial − precontrast in it. */
  readonly mean: number;
  readonly sd: number;
  readonly why: string;
}

interface Candidate {
  readonly index: Vec3;
  readonly center: Vec3;
  readonly mean: number;
  readonly sd: number;
  readonly tumourDistanceMm: number;
}

/**
 * Places for the LETB reference region: cubes wholly inside the liver, clear of tumours and vessels by a margin, whose mean
 * and SD of the subtraction are near the median of all such places. The SD is never sought to be small: a low SD
 * lowers the threshold and biases LETB up. Places near the tumour come first (same side), apart from each other; at follow-up
 * give the baseline's sites to get the matched ones. Without tumour outlines a warning asks for a look.
 * Refuses what `checkMask` refuses and a liver in which fewer places than asked for are found.
 * Example: `suggestReferences({ pre, arterial, liver, tumours })` gives three cubes of 1 cm³.
 */
export function suggestReferences(
  inputs: SuggestionInputs,
  parameters: SuggestionParameters = {},
): Result<readonly ReferenceSuggestion[]> {
  const { pre, arterial, liver, tumours = [] } = inputs;
  const { volumeCm3 = 1, count = 3, marginMm = 5, matchSites } = parameters;
  const together = sameSpace(pre, arterial, ["precontrast", "arterial"]);
  if (!together.ok) return together;
  for (const [volume, mask] of [
    [pre, liver],
    [arterial, liver],
    ...tumours.map((t) => [arterial, t] as const),
  ] as const) {
    const checked = checkMask(volume, mask);
    if (!checked.ok) return checked;
  }
  const candidates = validPlaces(inputs, volumeCm3, marginMm);
  const wanted = matchSites?.length ?? count;
  const sideMm = 10 * cubeRoot(volumeCm3);
  const chosen =
    matchSites === undefined ? choose(typical(candidates), count, 2 * sideMm) : match(typical(candidates), matchSites);
  if (chosen.length < wanted)
    return refuse({
      code: "no-room-for-reference",
      message: `The liver has no ${wanted} separate places for a reference region of ${volumeCm3} cm³.`,
      got: `${chosen.length} of ${candidates.length} valid places`,
      wanted: `${wanted} places`,
      mend:
        volumeCm3 > 0.5
          ? "Try 0.5 cm³, as the paper does where little parenchyma is left."
          : "Place the regions by hand.",
      where: pictureOf(arterial, liver),
    });
  const medianSd = median(candidates.map((c) => c.sd));
  const suggestions: ReferenceSuggestion[] = [];
  for (const [n, c] of chosen.entries()) {
    const region = { kind: "cube", center: c.center, volumeCm3, name: `reference ${n + 1}` } as const;
    const mask = rasterise(region, liver.grid);
    if (!mask.ok) return mask;
    const near = Number.isFinite(c.tumourDistanceMm)
      ? `, ${c.tumourDistanceMm.toFixed(0)} mm from the nearest tumour's centre`
      : "";
    suggestions.push({
      region,
      mask: mask.value,
      mean: c.mean,
      sd: c.sd,
      why: `inside the liver, at least ${marginMm} mm from tumour and vessel${near}; SD ${c.sd.toFixed(1)} (median of ${candidates.length} valid places ${medianSd.toFixed(1)})`,
    });
  }
  const issues =
    tumours.length > 0
      ? []
      : [
          warningIssue({
            code: "tumours-not-outlined",
            message: "Tumours are not outlined, so the suggested reference regions may lie in tumour.",
            mend: "Look at each before using it, or outline the tumours.",
          }),
        ];
  return ok(suggestions, issues);
}

const median = (values: readonly number[]): number => quantile7(Float64Array.from(values).sort(), 0.5);

const distance = (a: Vec3, b: Vec3): number =>
  Math.sqrt((a[0] - b[0]) * (a[0] - b[0]) + (a[1] - b[1]) * (a[1] - b[1]) + (a[2] - b[2]) * (a[2] - b[2]));

/** Every place on a raster of half a side where the cube may lie. */
function validPlaces(inputs: SuggestionInputs, volumeCm3: number, marginMm: number): Candidate[] {
  const { pre, arterial, liver, tumours = [], vessels } = inputs;
  const box = maskBox(liver);
  if (box === null) return [];
  const { size, spacingMm } = liver.grid;
  const half = 5 * cubeRoot(volumeCm3);
  const reach = spacingMm.map((s) => half / s);
  const guard = spacingMm.map((s) => Math.floor((half + marginMm) / s));
  const step = spacingMm.map((s) => Math.max(1, Math.round(half / s)));
  const blocked = [...tumours, ...(vessels === undefined ? [] : [vessels])];
  const centres = tumours.map(maskCentre).filter((centre) => centre !== null);
  const at = (i: number, j: number, k: number): number => (k * size[1] + j) * size[0] + i;
  const clear = (c: Vec3): boolean => {
    for (let k = Math.max(0, c[2] - guard[2]!); k <= Math.min(size[2] - 1, c[2] + guard[2]!); k++)
      for (let j = Math.max(0, c[1] - guard[1]!); j <= Math.min(size[1] - 1, c[1] + guard[1]!); j++)
        for (let i = Math.max(0, c[0] - guard[0]!); i <= Math.min(size[0] - 1, c[0] + guard[0]!); i++)
          if (blocked.some((mask) => mask.data[at(i, j, k)] !== 0)) return false;
    return true;
  };
  const found: Candidate[] = [];
  const values: number[] = [];
  for (let k = box.low[2]; k <= box.high[2]; k += step[2]!)
    for (let j = box.low[1]; j <= box.high[1]; j += step[1]!)
      for (let i = box.low[0]; i <= box.high[0]; i += step[0]!) {
        const index: Vec3 = [i, j, k];
        if (liver.data[at(i, j, k)] === 0 || !cubeValues(index)) continue;
        if (blocked.length > 0 && !clear(index)) continue;
        const m = moments(values);
        if (m.sd === null) continue;
        const center = indexToPatient(liver.grid, i, j, k);
        found.push({
          index,
          center,
          mean: m.mean,
          sd: m.sd,
          tumourDistanceMm: Math.min(...centres.map((c) => distance(c, center))),
        });
      }
  return found;

  /** Fills `values` with the subtraction in the cube around a voxel; false when the cube leaves the liver. */
  function cubeValues(c: Vec3): boolean {
    values.length = 0;
    const [rx, ry, rz] = [reach[0]!, reach[1]!, reach[2]!];
    for (let k = Math.floor(c[2] - rz) + 1; k <= c[2] + rz; k++)
      for (let j = Math.floor(c[1] - ry) + 1; j <= c[1] + ry; j++)
        for (let i = Math.floor(c[0] - rx) + 1; i <= c[0] + rx; i++) {
          if (i < 0 || j < 0 || k < 0 || i >= size[0] || j >= size[1] || k >= size[2]) return false;
          const v = at(i, j, k);
          const d = arterial.data[v]! - pre.data[v]!;
          if (liver.data[v] === 0 || !Number.isFinite(d)) return false;
          values.push(d);
        }
    return values.length >= 5;
  }
}

/** Places whose mean and SD lie in the middle half of all. */
function typical(candidates: readonly Candidate[]): Candidate[] {
  if (candidates.length === 0) return [];
  const spread = (values: readonly number[]): { middle: number; scale: number } => {
    const middle = median(values);
    return { middle, scale: median(values.map((x) => Math.abs(x - middle))) || 1 };
  };
  const mean = spread(candidates.map((c) => c.mean));
  const sd = spread(candidates.map((c) => c.sd));
  const away = (c: Candidate): number =>
    Math.max(Math.abs(c.mean - mean.middle) / mean.scale, Math.abs(c.sd - sd.middle) / sd.scale);
  return candidates.filter((c) => away(c) <= 1);
}

/** Places apart from each other: those nearest to a tumour, or, without tumours, those nearest to the middle one. */
function choose(candidates: readonly Candidate[], count: number, apartMm: number): Candidate[] {
  const middle = candidates[candidates.length >> 1]?.center;
  const far = (c: Candidate): number =>
    Number.isFinite(c.tumourDistanceMm) || middle === undefined ? c.tumourDistanceMm : distance(c.center, middle);
  const order = [...candidates].sort((a, b) => far(a) - far(b));
  const chosen: Candidate[] = [];
  for (const c of order) {
    if (chosen.length === count) break;
    if (chosen.every((other) => distance(other.center, c.center) >= apartMm)) chosen.push(c);
  }
  return chosen;
}

function match(candidates: readonly Candidate[], sites: readonly Vec3[]): Candidate[] {
  const left = [...candidates];
  return sites.flatMap((site) => {
    let best = -1;
    for (let n = 0; n < left.length; n++)
      if (best < 0 || distance(left[n]!.center, site) < distance(left[best]!.center, site)) best = n;
    return best < 0 ? [] : left.splice(best, 1);
  });
}
