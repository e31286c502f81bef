import { ok, type Result, refuse } from "@livermark/core";
import { adcCohort } from "./cohort-adc.js";
import { debCohort } from "./cohort-deb.js";
import { letbCohort } from "./cohort-letb.js";
import { mpmriCohort } from "./cohort-mpmri.js";
import { serCohort } from "./cohort-ser.js";
import type { PaperCohort } from "./paper-bundle.js";

const COHORTS: Readonly<Record<string, (seed: number) => PaperCohort>> = {
  "ser-haic": serCohort,
  "adc-early-progression": adcCohort,
  "mpmri-nomogram": mpmriCohort,
  "deb-tace": debCohort,
  "letb-tace": letbCohort,
};

/** Protocols that have a cohort with their paper's margins. */
export const PAPER_COHORTS: readonly string[] = Object.keys(COHORTS);

/**
 * A cohort as large as a paper's, with the margins that the paper prints and effects that are known, as a bundle for the
 * paper's protocol. The same seed gives the same bytes. Refuses a protocol without one.
 * Example: `paperCohort("deb-tace", 1)` has 88 patients and 126 procedures.
 */
export function paperCohort(protocol: string, seed: number): Result<PaperCohort> {
  const make = COHORTS[protocol];
  return make === undefined
    ? refuse({
        code: "no-such-cohort",
        message: "There is no cohort with the margins of a paper for this protocol.",
        got: protocol,
        wanted: PAPER_COHORTS.join(", "),
        mend: "Name one of the built-in protocols.",
      })
    : ok(make(seed));
}
