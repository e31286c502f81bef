import { sameGrid, type Volume } from "@livermark/imaging";
import type { SeriesEntry } from "./index-folder.js";
import type { PhaseGuess } from "./phase.js";
import { phaseByEnhancement } from "./phase-by-enhancement.js";
import { readVolume } from "./read-volume.js";
import { seriesRole } from "./role.js";

/** Places that are looked at in each volume; large vessels then have hundreds. */
const MOST_SAMPLES = 300_000;

/** Fewer places than these are no vessel. */
const LEAST_VESSEL_SAMPLES = 25;

/** Vessels of a contrast study rise by at least this over the series before, HU, or as a share of the signal in MR. */
const LEAST_RISE = { ct: 60, mr: 0.4 } as const;

/** Soft tissue and blood in the series where it is least enhanced, HU (blood of a study without a series before contrast). */
const SOFT_HU = [-20, 200] as const;

/** Organs and muscle in the series where they are least enhanced, HU. */
const ORGAN_HU = [35, 95] as const;

/** Among soft tissues the liver lies here by its rise: below it muscle, above it kidneys, spleen and vessels (0.6 to 0.8 serve). */
const LIVER_QUANTILE = 0.7;

/** Iodine in the portal vein begins here, HU: then the arterial phase is late (LI-RADS v2018). */
const PORTAL_FILLED_HU = 85;

const quantile = (sorted: ArrayLike<number>, p: number): number =>
  sorted[Math.min(sorted.length - 1, Math.floor(p * sorted.length))]!;

const sorted = (values: readonly number[]): Float64Array => Float64Array.from(values).sort();

const meanOf = (values: readonly number[]): number => values.reduce((sum, v) => sum + v, 0) / values.length;

/** Means of 3 × 3 pixels on a regular lattice of places: less noise than single voxels, and the same places everywhere. */
function samples(volume: Volume): Float32Array {
  const [ni, nj, nk] = volume.grid.size;
  const step = Math.max(1, Math.ceil(Math.sqrt((ni * nj * nk) / MOST_SAMPLES)));
  const columns = Math.floor((ni - 3) / step) + 1;
  const rows = Math.floor((nj - 3) / step) + 1;
  const out = new Float32Array(columns * rows * nk);
  let to = 0;
  for (let k = 0; k < nk; k++)
    for (let r = 0; r < rows; r++)
      for (let c = 0; c < columns; c++) {
        let at = c * step + ni * (r * step + nj * k);
        let sum = 0;
        for (let y = 0; y < 3; y++, at += ni) sum += volume.data[at]! + volume.data[at + 1]! + volume.data[at + 2]!;
        out[to++] = sum / 9;
      }
  return out;
}

interface Sampled {
  readonly number: number;
  readonly values: Float32Array;
}

/** Mean values of arteries, of veins that fill later, and of the organs, by series; null where no such place was found. */
interface Places {
  readonly artery: readonly number[];
  readonly vein: { readonly typical: readonly number[]; readonly brightest: readonly number[] } | null;
  /** How much organs rise over the series in which they are least enhanced. */
  readonly organRise: readonly number[];
  /** Position, among the series, of the one before contrast (or the least enhanced), and of the most arterial one. */
  readonly least: number;
  readonly most: number;
}

/**
 * Arteries, veins and organs by how they rise from the least enhanced series: arteries rise most, and most of all in one
 * series; veins peak in another; organs rise less. Null where nothing rises as vessels do.
 */
function placesOf(all: readonly Sampled[], ct: boolean): Places | null {
  const n = all[0]!.values.length;
  const usable: number[] = [];
  const air = ct ? 0 : 0.25 * quantile(sorted(Array.from(all[0]!.values)), 0.95);
  for (let p = 0; p < n; p++) {
    const fits = ct
      ? all.every(({ values }) => values[p]! > SOFT_HU[0] && values[p]! < 500)
      : all.every(({ values }) => values[p]! > air);
    if (fits) usable.push(p);
  }
  if (usable.length < 500) return null;
  // Least enhanced series of each place: arteries may be least enhanced in another than veins.
  const base = new Map(usable.map((p) => [p, Math.min(...all.map(({ values }) => values[p]!))]));
  const soft = ct ? usable.filter((p) => base.get(p)! < SOFT_HU[1]) : usable;
  const rise = (s: number, p: number): number => {
    const over = all[s]!.values[p]! - base.get(p)!;
    return ct ? over : over / base.get(p)!;
  };
  const tops = all.map((_, s) => quantile(sorted(soft.map((p) => rise(s, p))), 0.999));
  const most = tops.indexOf(Math.max(...tops));
  const top = tops[most]!;
  if (!(top >= (ct ? LEAST_RISE.ct : LEAST_RISE.mr))) return null;
  const peakOf = (p: number): number => all.reduce((best, _, s) => (rise(s, p) > rise(best, p) ? s : best), 0);
  const artery: number[] = [];
  const later: { p: number; peak: number }[] = [];
  const organ: number[] = [];
  for (const p of soft) {
    const best = peakOf(p);
    const peak = rise(best, p);
    if (rise(most, p) >= 0.7 * top) artery.push(p);
    else if (best !== most && rise(most, p) < 0.75 * peak) later.push({ p, peak });
    if (!ct || (base.get(p)! >= ORGAN_HU[0] && base.get(p)! <= ORGAN_HU[1])) organ.push(p);
  }
  if (artery.length < LEAST_VESSEL_SAMPLES || organ.length < LEAST_VESSEL_SAMPLES) return null;
  const limit = later.length === 0 ? 0 : 0.7 * quantile(sorted(later.map(({ peak }) => peak)), 0.995);
  const vein = later.filter(({ peak }) => peak >= limit && peak >= 0.3 * top).map(({ p }) => p);
  const value = (s: number, p: number): number => (ct ? all[s]!.values[p]! : rise(s, p));
  const arteries = all.map((_, s) => meanOf(artery.map((p) => value(s, p))));
  return {
    artery: arteries,
    organRise: all.map((_, s) => quantile(sorted(organ.map((p) => rise(s, p))), LIVER_QUANTILE)),
    vein:
      vein.length < LEAST_VESSEL_SAMPLES
        ? null
        : {
            typical: all.map((_, s) => quantile(sorted(vein.map((p) => value(s, p))), 0.5)),
            brightest: all.map((_, s) => quantile(sorted(vein.map((p) => value(s, p))), 0.97)),
          },
    least: arteries.indexOf(Math.min(...arteries)),
    most,
  };
}

const HOW = "by enhancement between the series of the study";

const guess = (value: PhaseGuess["value"], confidence: number, reason: string): PhaseGuess => ({
  value,
  confidence,
  reason: `${HOW}: ${reason}`,
});

function ctPhase(places: Places, s: number): PhaseGuess {
  const artery = places.artery[s]!;
  const organ = places.organRise[s]!;
  const said = `arteries ${Math.round(artery)} HU, organs rise by ${Math.round(organ)} HU`;
  if (artery < 80) return guess("unenhanced", artery < 60 ? 0.8 : 0.6, said);
  if (places.vein === null) {
    // Without a series in which veins peak, the organs tell: they fill through the portal vein.
    const share = organ / (artery - places.artery[places.least]!);
    if (artery >= 180 && share < 0.2) return guess("late-arterial", 0.5, `${said}; early or late is not known`);
    return guess(artery >= 110 ? "portal-venous" : "delayed", 0.5, said);
  }
  const vein = places.vein.typical[s]!;
  const words = `${said}, later vessels ${Math.round(vein)} HU`;
  if (artery >= 140 && vein < 0.6 * artery) {
    const filled = places.vein.brightest[s]! >= PORTAL_FILLED_HU;
    return guess(filled ? "late-arterial" : "early-arterial", 0.65, words);
  }
  const { value, confidence } = phaseByEnhancement({ aortaHu: artery, portalVeinHu: vein, liverHu: organ });
  return guess(value, 0.8 * confidence, words);
}

function mrPhase(places: Places, s: number): PhaseGuess {
  const artery = places.artery[s]!;
  const organ = places.organRise[s]!;
  const said = `arteries rise by ${Math.round(100 * artery)} %, organs by ${Math.round(100 * organ)} %`;
  if (s === places.least) return guess("unenhanced", 0.7, "no series of the study enhances less");
  if (organ > artery && organ > 0.2) return guess("hepatobiliary", 0.5, said);
  if (s === places.most && organ < 0.2 * artery)
    return guess("late-arterial", 0.5, `${said}; early or late is not known`);
  return guess(artery > 0.6 * places.artery[places.most]! ? "portal-venous" : "delayed", 0.5, said);
}

/** Series that contrast phases apply to and that hold one volume, by study and kind. */
function candidates(all: readonly SeriesEntry[]): readonly (readonly number[])[] {
  const groups = new Map<string, number[]>();
  all.forEach((series, n) => {
    const role = seriesRole(series).role;
    if ((role !== "ct" && role !== "t1") || series.stacks.length !== 1 || series.stacks[0]!.grid === null) return;
    const key = `${series.studyUid} ${role}`;
    groups.set(key, [...(groups.get(key) ?? []), n]);
  });
  return [...groups.values()];
}

/**
 * Contrast phases from the images themselves, for series whose phase neither timing nor words decide (confidence 0 in
 * `guesses`): how arteries, later-filling vessels and organs enhance between the series of one study. It needs two
 * series of one study on one grid; MR needs one proven scale too. What stays undecided keeps its guess. Nothing here is
 * sure: the confidence is at most 0.8, and the reason gives the numbers. It reads the volumes of undecided studies.
 * Example: `await classifyPhasesByImage(series, classifyPhases(series))`.
 */
export async function classifyPhasesByImage(
  all: readonly SeriesEntry[],
  guesses: readonly PhaseGuess[],
): Promise<readonly PhaseGuess[]> {
  const found = [...guesses];
  for (const group of candidates(all)) {
    const undecided = group.filter((n) => guesses[n]!.value === "unknown" && guesses[n]!.confidence === 0);
    for (const number of undecided) {
      if (found[number] !== guesses[number]) continue;
      const grid = all[number]!.stacks[0]!.grid!;
      const partners = group.filter((n) => sameGrid(grid, all[n]!.stacks[0]!.grid!));
      if (partners.length < 2) continue;
      const ct = seriesRole(all[number]!).role === "ct";
      const read: { readonly number: number; readonly values: Float32Array; readonly scale: string | null }[] = [];
      for (const n of partners) {
        const volume = await readVolume(all[n]!);
        if (!volume.ok) continue;
        const { scale } = volume.value;
        read.push({ number: n, values: samples(volume.value), scale: scale.proven ? scale.id : null });
      }
      const comparable = read.length >= 2 && read.every(({ scale }) => scale !== null && scale === read[0]!.scale);
      const places = comparable ? placesOf(read, ct) : null;
      if (places === null) continue;
      read.forEach(({ number: n }, s) => {
        if (undecided.includes(n)) found[n] = ct ? ctPhase(places, s) : mrPhase(places, s);
      });
    }
  }
  return found;
}
