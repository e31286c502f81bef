import type { EndpointEntry } from "../protocol/schema.js";

/** What an endpoint counts, as data. */
export interface EndpointDefinition {
  readonly name: string;
  readonly version: string;
  readonly label: string;
  readonly per: "patient" | "treatment";
  /** Which progressions are events: none, any site, or the liver only. */
  readonly progression: "none" | "any" | "hepatic";
  /** Which deaths are events; the others censor. */
  readonly death: "none" | "any" | "tumour";
  /** Whether the end of treatability is an event. */
  readonly untreatable: boolean;
  /** Whether the censoring and death rules for progression-free survival apply. */
  readonly isPfs: boolean;
  /** A yes/no outcome within so many months instead of a time; null for a time. */
  readonly withinMonths: number | null;
  /** Where the clock starts; null = as `treatments.clock_from` says. */
  readonly start: "first-procedure" | "last-procedure" | null;
  /** Time is counted from so long after the start, for those at risk then; null = from the start. */
  readonly landmark: { readonly days: number } | { readonly months: number } | null;
  /** Taken from `given.csv` and never derived. */
  readonly given: boolean;
}

const define = (
  parts: Partial<EndpointDefinition> & { readonly name: string; readonly label: string },
): EndpointDefinition => ({
  version: "1.0.0",
  per: "patient",
  progression: "none",
  death: "any",
  untreatable: false,
  isPfs: false,
  withinMonths: null,
  start: null,
  landmark: null,
  given: false,
  ...parts,
});

/**
 * The endpoints that Livermark knows by name. Start is the start of the first treatment (per patient) or of each
 * treatment; the event is the earliest of the listed ones; otherwise the time is censored (docs/protocols.md).
 */
export const ENDPOINT_LIBRARY: readonly EndpointDefinition[] = [
  define({ name: "OS", label: "Overall survival" }),
  define({ name: "PFS", label: "Progression-free survival", progression: "any", isPfs: true }),
  define({
    name: "hepatic-PFS",
    label: "Hepatic progression-free survival",
    per: "treatment",
    progression: "hepatic",
    isPfs: true,
  }),
  define({
    name: "whole-body-PFS",
    label: "Whole-body progression-free survival",
    per: "treatment",
    progression: "any",
    isPfs: true,
  }),
  define({ name: "time-to-untaceable-progression", label: "Time to unTA(C)Eable progression", untreatable: true }),
  define({
    name: "early-progression",
    label: "Early progression",
    progression: "any",
    death: "tumour",
    withinMonths: 12,
  }),
];

/**
 * The definition that a protocol's endpoint entry stands for. A new name without a library entry starts from OS's shape.
 * Example: `endpointDefinition({ name: "PFS", death: "tumour" }).death` is `"tumour"`.
 */
export function endpointDefinition(entry: EndpointEntry): EndpointDefinition {
  const name = typeof entry === "string" ? entry : entry.name;
  const known = ENDPOINT_LIBRARY.find((definition) => definition.name === name) ?? define({ name, label: name });
  if (typeof entry === "string") return known;
  const progression = entry.progression ?? known.progression;
  const withinMonths = entry.within_months ?? known.withinMonths;
  return {
    ...known,
    label: entry.label ?? known.label,
    per: entry.per ?? known.per,
    progression,
    death: entry.death ?? known.death,
    untreatable: entry.untreatable ?? known.untreatable,
    withinMonths,
    isPfs: progression !== "none" && withinMonths === null,
    start: entry.start ?? known.start,
    landmark:
      entry.landmark_days !== undefined
        ? { days: entry.landmark_days }
        : entry.landmark_months !== undefined
          ? { months: entry.landmark_months }
          : known.landmark,
    given: entry.given ?? known.given,
  };
}
