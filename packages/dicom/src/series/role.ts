import type { InstanceHeader } from "./header.js";
import type { SeriesEntry } from "./index-folder.js";
import { isAdcMap } from "./values.js";

/** What a series is for, with a confidence from 0 to 1 and the reason in words. */
export interface SeriesRole {
  readonly role: "ct" | "t1" | "t1-in" | "t1-opposed" | "t2" | "t2-fs" | "dwi" | "adc" | "mask" | "localiser" | "other";
  readonly confidence: number;
  readonly reason: string;
}

const SEGMENTATION = "1.2.840.10008.5.1.4.1.1.66.4";
const STRUCTURES = "1.2.840.10008.5.1.4.1.1.481.3";

const SECONDARY_CAPTURE = "1.2.840.10008.5.1.4.1.1.7";
const NOT_ACQUIRED = /^(SCREEN ?SAVE|DOSE_INFO|.*DOSE ?REPORT)$/i;

/** Image type words of Dixon reconstructions (Siemens, Philips, GE). */
const DIXON: readonly (readonly [pattern: RegExp, role: SeriesRole["role"]])[] = [
  [/^(OPP_PHASE|OUT_PHASE|OP)$/i, "t1-opposed"],
  [/^(IN_PHASE|IP)$/i, "t1-in"],
  [/^(WATER|W|DIXON_WATER)$/i, "t1"],
  [/^(FAT|F|DIXON_FAT)$/i, "other"],
];

const role = (value: SeriesRole["role"], confidence: number, reason: string): SeriesRole => ({
  role: value,
  confidence,
  reason,
});

/** Words of sequence names in the languages and vendors' spellings met in the field. */
const WORDS = {
  localiser: /\b(loc|localizer|localiser|localizador|lokali[sz]er|scout|survey|topogram|plan scan|3-?plane|定位)\b/i,
  dwi: /(\bdwi\b|\bdiff|trace|\bep2d_diff|ivim|resolve|弥散|扩散)/i,
  t2: /\bt2|haste|ssfse|trufi|fiesta|mrcp|blade|propeller|single ?shot|压脂t2/i,
  t1: /\bt1|vibe|lava|thrive|e-?thrive|fame|twist|disco|flash|dixon|mdixon|ideal|opp|in ?phase|out ?phase/i,
  fat: /\b(fs|fatsat|fat ?sat|spair|spir|stir|fatsup|压脂|wfs|chemsat|sfs)\b|_fs(_|$)|fs$/i,
  opposed: /opp|out[ -_]?(of)?[ -_]?phase|\bout\b|_op(_|$)|gegenphase|反相/i,
  inPhase: /\bin[ -_]?phase|_in(_|$)|\bip\b|inphase|同相/i,
  mask: /\b(mask|maske|segmentation|label|roi)\b/i,
};

const texts = (first: InstanceHeader): string =>
  [first.seriesDescription, first.acquisition.protocolName ?? "", first.acquisition.sequenceName ?? ""]
    .join(" ")
    .replaceAll("_", " ");

/**
 * Role of a series from its object class, image type, sequence parameters and, last, the words of its description.
 * Parameters outweigh words: echo and repetition time are measured, descriptions are typed.
 */
export function seriesRole(series: SeriesEntry): SeriesRole {
  const first = series.instances[0]!;
  const words = texts(first);
  const { acquisition } = first;
  if (first.sopClassUid === SEGMENTATION || series.modality === "SEG") return role("mask", 1, "DICOM segmentation");
  if (first.sopClassUid === STRUCTURES) return role("mask", 1, "DICOM structure set");
  if (first.pixels === null) return role("other", 1, "no images");
  if (first.imageType.some((word) => word.toUpperCase() === "LOCALIZER"))
    return role("localiser", 1, "image type LOCALIZER");
  if (WORDS.localiser.test(words)) return role("localiser", 0.9, `description "${first.seriesDescription}"`);
  if (first.sopClassUid.startsWith(SECONDARY_CAPTURE) || first.imageType.some((word) => NOT_ACQUIRED.test(word))) {
    return role("other", 0.95, "a capture or report picture, not an acquired image");
  }
  if (first.pixels.bitsStored === 1) return role("mask", 0.9, "one bit per pixel");
  if (series.modality === "CT" && first.pixels.bitsAllocated === 8)
    return role("mask", 0.8, "8-bit pixels, which CT values never are");
  if (WORDS.mask.test(first.seriesDescription)) return role("mask", 0.7, `description "${first.seriesDescription}"`);
  if (series.modality === "CT") return role("ct", 1, "modality CT");
  if (series.modality !== "MR") {
    return isAdcMap(first)
      ? role("adc", 0.9, "ADC map")
      : role("other", 0.9, `modality ${series.modality || "unknown"}`);
  }
  if (isAdcMap(first)) return role("adc", 0.95, "image type or description names an ADC map");
  const bs = series.stacks.flatMap((stack) => (stack.bValue === null ? [] : [stack.bValue]));
  if (bs.some((b) => b > 0))
    return role("dwi", 1, `b-values ${[...new Set(bs)].sort((a, b) => a - b).join(", ")} s/mm²`);
  if (WORDS.dwi.test(words)) return role("dwi", bs.length > 0 ? 0.9 : 0.6, `description "${first.seriesDescription}"`);
  return relaxationRole(series, words, acquisition.repetitionTimeMs);
}

/** T1 or T2 by echo and repetition time; in or opposed phase by the echo time's fat-water beat. */
function relaxationRole(series: SeriesEntry, words: string, repetitionTimeMs: number | null): SeriesRole {
  const first = series.instances[0]!;
  for (const word of first.imageType.slice(2)) {
    const dixon = DIXON.find(([pattern]) => pattern.test(word));
    if (dixon !== undefined) return role(dixon[1], 0.9, `image type ${word}`);
  }
  const echo = series.stacks[0]?.echoTimeMs ?? null;
  const gradient = first.acquisition.scanningSequence.includes("GR");
  const fatSuppressed =
    WORDS.fat.test(words) || first.acquisition.scanOptions.some((word) => /^(FS|FATSAT|SP)$/i.test(word));
  if (echo !== null && echo >= 50 && !gradient) {
    const value = fatSuppressed ? "t2-fs" : "t2";
    return role(
      value,
      WORDS.t2.test(words) ? 0.95 : 0.8,
      `spin echo with TE ${echo} ms${fatSuppressed ? ", fat suppressed" : ""}`,
    );
  }
  if (gradient && echo !== null && echo < 10 && (repetitionTimeMs ?? 0) < 500) {
    const phase = dixonPhase(first.acquisition.fieldStrengthT, echo, words);
    if (phase !== null) return phase;
    return role("t1", WORDS.t1.test(words) ? 0.95 : 0.7, `gradient echo with TE ${echo} ms`);
  }
  if (WORDS.t2.test(words))
    return role(fatSuppressed ? "t2-fs" : "t2", 0.5, `description "${first.seriesDescription}"`);
  if (WORDS.t1.test(words)) return role("t1", 0.5, `description "${first.seriesDescription}"`);
  return role("other", 0.3, "neither the parameters nor the description tell");
}

/** Fat and water beat at 3.4 ppm: in phase at multiples of 1000 / (3.4 · 42.577 · B0) ms, opposed half-way. */
function dixonPhase(fieldT: number | null, echoMs: number, words: string): SeriesRole | null {
  const saysOpposed = WORDS.opposed.test(words);
  const saysIn = WORDS.inPhase.test(words);
  if (!saysOpposed && !saysIn) return null;
  const value = saysOpposed ? "t1-opposed" : "t1-in";
  if (saysOpposed && saysIn) return null;
  if (fieldT === null) return role(value, 0.7, "description names the phase");
  const period = 1000 / (3.4 * 42.577 * fieldT);
  const turn = (echoMs / period) % 1;
  const opposedByEcho = Math.abs(turn - 0.5) < 0.2;
  const agrees = opposedByEcho === saysOpposed;
  return role(
    value,
    agrees ? 0.95 : 0.5,
    `description names the phase, TE ${echoMs} ms ${agrees ? "agrees" : "disagrees"}`,
  );
}
