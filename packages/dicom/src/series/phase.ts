import type { SeriesEntry } from "./index-folder.js";
import { seriesRole } from "./role.js";
import type { Stack } from "./stacks.js";

/** Contrast phases of the liver. */
export type ContrastPhase =
  | "unenhanced"
  | "early-arterial"
  | "late-arterial"
  | "portal-venous"
  | "delayed"
  | "hepatobiliary"
  | "unknown";

/** A phase with a confidence from 0 to 1 and the reason in words. */
export interface PhaseGuess {
  readonly value: ContrastPhase;
  readonly confidence: number;
  readonly reason: string;
}

/** Description words by phase, in English, German, French, Spanish, Italian, Portuguese and Chinese; first match wins. */
const WORDS: readonly (readonly [phase: ContrastPhase, pattern: RegExp])[] = [
  ["hepatobiliary", /hepatobil|hep(ato)?[ -]?bil|\bhbp\b|20 ?min|gxp|肝胆/],
  ["early-arterial", /early[ -]?art|fr[üu]h ?art|art[ée]riel(le)? pr[ée]coce|arterial precoz|动脉早/],
  [
    "late-arterial",
    /late[ -]?art|sp[äa]t ?art|art[ée]riel(le)? tardi|arterial tard[ií]|动脉晚|\bhap\b|art(erial|eriel|erielle|eriosa|.rielle)?\b|arterio|动脉/,
  ],
  [
    "portal-venous",
    /porto?[ -]?v|portal|ven[öo]s|veineu|venosa|venous|\bpv[p]?\b|\bven\b|70 ?s(ec)?\b|门脉|门静脉|静脉期/,
  ],
  ["delayed", /delay|equilib|[ée]quilibre|sp[äa]t|tardi[fv]|tard[ií]a|late\b|3 ?min|5 ?min|延迟|平衡/],
  [
    "unenhanced",
    /unenh|non[ -]?(contrast|enh)|native?\b|nativ|sans (iv|inj|contraste)|sin contraste|senza (mdc|contrasto)|sem contraste|\bpre\b|pre[ -]?(contrast|gd|km)|plain|w[/ ]?o\b|without|\bnc\b|ohne km|平扫/,
  ],
];

/** Seconds after contrast start, upper ends of the phases (liver CT and MR protocols). */
const TIMING: readonly (readonly [phase: ContrastPhase, untilSeconds: number])[] = [
  ["early-arterial", 25],
  ["late-arterial", 50],
  ["portal-venous", 110],
  ["delayed", 600],
  ["hepatobiliary", 3600],
];

const guess = (value: ContrastPhase, confidence: number, reason: string): PhaseGuess => ({ value, confidence, reason });

function byWords(series: SeriesEntry): PhaseGuess | null {
  const first = series.instances[0]!;
  const words = `${series.description} ${first.acquisition.protocolName ?? ""}`.toLowerCase().replaceAll("_", " ");
  for (const [value, pattern] of WORDS) {
    const match = pattern.exec(words);
    if (match !== null) return guess(value, 0.7, `description says "${match[0].trim()}"`);
  }
  return null;
}

function phaseAt(seconds: number): ContrastPhase {
  return TIMING.find(([, until]) => seconds < until)?.[0] ?? "unknown";
}

/** From the contrast start time in the header, where the image was taken after it (or before it: unenhanced). */
function byContrastStart(stack: Stack | undefined): PhaseGuess | null {
  const start = stack?.frames[0]?.instance.acquisition.contrastStartSeconds ?? null;
  const times = (stack?.frames ?? []).flatMap(({ facts }) =>
    facts.acquisitionSeconds === null ? [] : [facts.acquisitionSeconds],
  );
  if (start === null || times.length === 0) return null;
  const [first, last] = times.reduce(
    ([low, high], time) => [Math.min(low, time), Math.max(high, time)],
    [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY],
  );
  const after = (first + last) / 2 - start;
  if (after < -1) return guess("unenhanced", 0.9, `taken ${Math.round(-after)} s before the contrast agent`);
  if (after > 3600) return null;
  return guess(phaseAt(after), 0.9, `taken ${Math.round(after)} s after the start of contrast`);
}

/**
 * Contrast phase of each volume of one series (a dynamic series holds several), by the contrast start time and the
 * volume's own acquisition time; `unknown` where the header lacks one of them.
 */
export const volumePhases = (series: SeriesEntry): readonly PhaseGuess[] =>
  series.stacks.map(
    (stack) => byContrastStart(stack) ?? guess("unknown", 0, "the header does not say when contrast began"),
  );

/**
 * Contrast phase of every series. The contrast start time decides where the header has it; else the words of the
 * description; else, for CT without any contrast agent in the header of a study where other series have one,
 * unenhanced. Anything else is `unknown`: a phase is never guessed from the order of series alone.
 * Roles to which contrast does not apply (DWI, ADC, masks, localisers) get `unknown` with that reason.
 */
export function classifyPhases(all: readonly SeriesEntry[]): readonly PhaseGuess[] {
  const contrastStudies = new Set(
    all.filter((series) => series.instances[0]!.acquisition.contrastAgent !== null).map((series) => series.studyUid),
  );
  return all.map((series) => {
    const { role } = seriesRole(series);
    if (!["ct", "t1", "t1-in", "t1-opposed"].includes(role))
      return guess("unknown", 1, `contrast phases do not apply to ${role}`);
    const timed = byContrastStart(series.stacks[0]);
    const named = byWords(series);
    if (timed !== null && named !== null) {
      return timed.value === named.value
        ? guess(timed.value, 0.98, `${timed.reason}; ${named.reason}`)
        : guess(timed.value, 0.6, `${timed.reason}, although the ${named.reason}`);
    }
    if (timed !== null) return timed;
    if (named !== null) {
      const agent = series.instances[0]!.acquisition.contrastAgent;
      const contradicted = named.value === "unenhanced" && agent !== null;
      return contradicted ? guess(named.value, 0.4, `${named.reason}, although a contrast agent is named`) : named;
    }
    if (
      role === "ct" &&
      series.instances[0]!.acquisition.contrastAgent === null &&
      contrastStudies.has(series.studyUid)
    ) {
      return guess("unenhanced", 0.6, "no contrast agent in the header, although other series of the study have one");
    }
    return guess("unknown", 0, "neither timing nor description tell the contrast phase");
  });
}
