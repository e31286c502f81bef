import { ok, type Result, random, refuse } from "@livermark/core";
import { adcCohort } from "./cohort-adc.js";
import { debCohort } from "./cohort-deb.js";
import { type LesionRules, severalLesions } from "./cohort-lesions.js";
import { letbCohort } from "./cohort-letb.js";
import { mpmriCohort } from "./cohort-mpmri.js";
import { serCohort } from "./cohort-ser.js";
import { type CohortTables, type PaperCohort, paperBundle } from "./paper-bundle.js";

interface Maker {
  readonly make: (seed: number) => CohortTables;
  /** What the protocol does with the lesions of one patient. */
  readonly lesionRules: LesionRules;
}

const COHORTS: Readonly<Record<string, Maker>> = {
  "ser-haic": { make: serCohort, lesionRules: { "si-pre": "mean", "si-portal": "mean" } },
  "adc-early-progression": { make: adcCohort, lesionRules: { "adc-mean": "largest" } },
  "mpmri-nomogram": {
    make: mpmriCohort,
    lesionRules: {
      "t2-sir": "largest",
      "adc-max": "largest",
      "adc-mean": "largest",
      "adc-min": "largest",
      diameter: "largest",
    },
  },
  "deb-tace": { make: debCohort, lesionRules: {} },
  "letb-tace": { make: letbCohort, lesionRules: {} },
};

/** Protocols that have a cohort with their paper's margins. */
export const PAPER_COHORTS: readonly string[] = Object.keys(COHORTS);

/**
 * A cohort as large as a paper's, with the margins that the paper prints and effects that are known, as a bundle for the
 * paper's protocol. With `lesions` above 1 each patient has so many targets, and responses are judged from their diameters
 * instead of being given; what is true of the patients stays. The same arguments give the same bytes. Refuses a protocol
 * without a cohort, and lesions other than 1 to 5. Example: `paperCohort("deb-tace", 1)` has 88 patients and 126 procedures.
 */
export function paperCohort(
  protocol: string,
  seed: number,
  { lesions = 1 }: { readonly lesions?: number } = {},
): Result<PaperCohort> {
  const maker = COHORTS[protocol];
  if (maker === undefined)
    return refuse({
      code: "no-such-cohort",
      message: "There is no cohort with the margins of a paper for this protocol.",
      got: protocol,
      wanted: PAPER_COHORTS.join(", "),
      mend: "Name one of the built-in protocols.",
    });
  if (!(Number.isInteger(lesions) && lesions >= 1 && lesions <= 5))
    return refuse({
      code: "phantom-options",
      message: "A patient of a cohort has one to five target lesions.",
      got: lesions,
      wanted: "a whole number from 1 to 5",
      mend: "Ask for two: more than two in one organ are against RECIST 1.1.",
    });
  const cohort = maker.make(seed);
  const stream = random(seed).fork(`${protocol} lesions`);
  const tables = lesions === 1 ? cohort.tables : severalLesions(cohort.tables, lesions, maker.lesionRules, stream);
  return ok(paperBundle(protocol, seed, { ...cohort, tables }));
}
