/** Names of the response profiles. */
export const PROFILE_NAMES = [
  "recist-1.1",
  "recist-1.1/letb-paper",
  "mrecist",
  "mrecist/papers",
  "irecist",
  "easl",
  "letb",
  "qeasl",
] as const;

export type ProfileName = (typeof PROFILE_NAMES)[number];

/** The rules of a response profile, as data. Percentages are of the reference sum. */
export interface ResponseProfile {
  readonly name: ProfileName;
  readonly version: string;
  readonly title: string;
  /** As tables and labels name it. */
  readonly short: string;
  /**
   * What is summed: whole diameters (nodes: short axis), viable diameters of liver lesions, or one measured number for
   * each time point (an enhancing area, a tumour burden).
   */
  readonly sums: "diameters" | "viable-diameters" | "measurement";
  /** Biomarker that is compared when `sums` is `measurement`. */
  readonly biomarker: string | null;
  /** Partial response: a fall of at least so many percent of baseline (or of more, when strict). */
  readonly partialFallPercent: number;
  readonly partialStrict: boolean;
  /** Progression: a rise of at least so many percent of nadir (or of more, when strict); null = no such rule. */
  readonly progressionRisePercent: number | null;
  readonly progressionStrict: boolean;
  /** Smallest absolute rise of the sum for progression, in mm; null = none is asked for. */
  readonly progressionRiseMm: number | null;
  /** Progression counts only when confirmed (iRECIST). */
  readonly confirmsProgression: boolean;
  /**
   * When a new nodule of the liver counts: from this size on if it enhances (or the table does not say), otherwise
   * only once it has grown by so many mm; null = any new lesion counts. The rule asks for wash-out as well, which no
   * column holds: a reader who misses it writes `equivocal-new`.
   */
  readonly newLiverNodule: { readonly leastMm: number; readonly growthMm: number } | null;
  readonly source: string;
}

const recist: ResponseProfile = {
  name: "recist-1.1",
  version: "1.0.0",
  title: "RECIST 1.1",
  short: "RECIST 1.1",
  sums: "diameters",
  biomarker: null,
  partialFallPercent: 30,
  partialStrict: false,
  progressionRisePercent: 20,
  progressionStrict: false,
  progressionRiseMm: 5,
  confirmsProgression: false,
  newLiverNodule: null,
  source: "Eisenhauer et al. 2009, Eur J Cancer 45:228, sections 4.3 and 4.4",
};

const mrecist: ResponseProfile = {
  ...recist,
  name: "mrecist",
  title: "mRECIST",
  short: "mRECIST",
  sums: "viable-diameters",
  progressionRiseMm: null,
  newLiverNodule: { leastMm: 10, growthMm: 10 },
  source: "Lencioni and Llovet 2010, Semin Liver Dis 30:52",
};

const PROFILES: { readonly [N in ProfileName]: ResponseProfile } = {
  "recist-1.1": recist,
  "recist-1.1/letb-paper": {
    ...recist,
    name: "recist-1.1/letb-paper",
    title: "RECIST 1.1 as the LETB study words it (> 20 %, no absolute rise)",
    progressionStrict: true,
    progressionRiseMm: null,
    source: "LETB study, Qualitative Image Analysis",
  },
  mrecist,
  "mrecist/papers": {
    ...mrecist,
    name: "mrecist/papers",
    title: "mRECIST as the studies word it (> 20 %, any new lesion)",
    progressionStrict: true,
    newLiverNodule: null,
    source: "LETB, DEB-TACE and nomogram studies, response sections",
  },
  irecist: {
    ...recist,
    name: "irecist",
    title: "iRECIST",
    short: "iRECIST",
    confirmsProgression: true,
    source: "Seymour et al. 2017, Lancet Oncol 18:e143",
  },
  easl: {
    ...recist,
    name: "easl",
    title: "EASL (enhancing area)",
    short: "EASL",
    sums: "measurement",
    biomarker: "enhancing-area-mm2",
    partialFallPercent: 50,
    progressionRisePercent: 25,
    progressionStrict: true,
    progressionRiseMm: null,
    source: "Bruix et al. 2001, J Hepatol 35:421; fall of 50 % or more, rise of more than 25 %",
  },
  letb: {
    ...recist,
    name: "letb",
    title: "Liver enhancing tumour burden (median change of the LETB study)",
    short: "LETB",
    sums: "measurement",
    biomarker: "letb",
    partialFallPercent: 25.8,
    partialStrict: true,
    progressionRisePercent: null,
    progressionRiseMm: null,
    source: "LETB study, Survival Analyses; responder below -25.8 %, no class of progression",
  },
  qeasl: {
    ...recist,
    name: "qeasl",
    title: "qEASL (enhancing volume of the lesions)",
    short: "qEASL",
    sums: "measurement",
    biomarker: "qeasl",
    partialFallPercent: 65,
    progressionRisePercent: null,
    progressionRiseMm: null,
    // 65 % of a sphere's volume is 30 % of its diameter (1 − 0.7³); Bonekamp found the same cut by survival.
    source:
      "Duran et al. 2014, Transl Oncol 7:447 (qEASL in cm³) and Bonekamp et al. 2013, Radiology 268:420: responder at a fall of 65 % or more; no class of progression",
  },
};

/** The rules of a named profile. Example: `responseProfile("recist-1.1").progressionRiseMm` is 5. */
export const responseProfile = (name: ProfileName): ResponseProfile => PROFILES[name];

/** Whether a text names a profile. */
export const isProfileName = (name: string): name is ProfileName => PROFILE_NAMES.some((known) => known === name);
