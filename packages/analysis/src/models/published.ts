import { type PortableModel, portableModel } from "./portable.js";

/** Where a source says what. */
export interface Place {
  readonly where: string;
  readonly says: string;
}

/** A published cut-off with what it can and cannot give. */
export interface PublishedCutOff {
  readonly id: string;
  readonly protocol: string;
  readonly marker: string;
  readonly label: string;
  readonly unit: string;
  readonly cut: number;
  readonly equalGoes: "up" | "down";
  readonly outcome: string;
  /** What the source says of the side at or above (or above) the cut. */
  readonly reads: string;
  /** How the source found it. */
  readonly found: string;
  readonly direction: "stated" | "disputed";
  readonly margins: "agree" | "disagree" | "not-checkable";
  readonly places: readonly Place[];
}

const NOMOGRAM = "Nomogram study of 78 patients with hepatocellular carcinoma under immune-targeted therapy";
const ON_THESE_DATA = "Youden's index on the outcome that it was then tested on";

const disputedSir: readonly Place[] = [
  {
    where: "Table 4, post-treatment T2 SIR ≥ 1.418",
    says: "odds ratio of progression 5.500 (univariable), 8.692 (multivariable): higher is worse",
  },
  {
    where: "Discussion, second paragraph on T2 SIR",
    says: "an elevated T2 SIR in patients who respond to treatment: higher is better",
  },
];
const disputedNlr: readonly Place[] = [
  {
    where: "Table 4, NLR ≥ 4.41",
    says: "odds ratio of progression 0.210 (univariable), 0.162 (multivariable): higher is better",
  },
  {
    where: "Discussion, paragraph on NLR",
    says: "lower NLR correlates with a decreased risk of progression: higher is worse",
  },
];

/** A cut of the nomogram study: patients at or above it by table, and the count that its odds ratio and interval need. */
function nomogramCut(
  marker: string,
  label: string,
  cut: number,
  unit: string,
  reads: string,
  printed: number,
  needed: number,
  odds: string,
  places: readonly Place[] = [],
): PublishedCutOff {
  return {
    id: `mpmri-nomogram/${marker}`,
    protocol: "mpmri-nomogram",
    marker,
    label,
    unit,
    cut,
    equalGoes: "up",
    outcome: "progression (SD or PD by mRECIST) at 6 months",
    reads,
    found: ON_THESE_DATA,
    direction: places.length > 0 ? "disputed" : "stated",
    margins: printed === needed ? "agree" : "disagree",
    places: [
      ...places,
      { where: "Table 4", says: `${printed} of 78 at or above ${cut}; odds ratio ${odds}, which needs ${needed}` },
    ],
  };
}

/** The cut-offs that the five papers print. */
export const publishedCutOffs: readonly PublishedCutOff[] = [
  {
    id: "ser-haic/ser",
    protocol: "ser-haic",
    marker: "ser@baseline",
    label: "SER before treatment",
    unit: "1",
    cut: 1.04,
    equalGoes: "up",
    outcome: "overall survival under HAIC",
    reads: "at or above: longer survival (median 23.9 against 12.3 months)",
    found: "Youden's index on a ROC curve (AUC 0.601) whose outcome is not named; 49/88 and 10/14 fit disease control",
    direction: "stated",
    margins: "agree",
    places: [
      {
        where: "Results, relationship between survival, SER and ΔSER",
        says: "SER ≥ 1.04 (53 patients): median OS 23.9 months",
      },
    ],
  },
  {
    id: "ser-haic/dser",
    protocol: "ser-haic",
    marker: "dser",
    label: "Fall of SER after two cycles",
    unit: "1",
    cut: 0,
    equalGoes: "down",
    outcome: "overall survival under HAIC",
    reads: "above: longer survival; not independent of the other covariates (p = 0.779)",
    found: "fixed at 0",
    direction: "stated",
    margins: "not-checkable",
    places: [{ where: "Table 2, ΔSER", says: "hazard ratio 1.137 (0.463, 2.793), p 0.779" }],
  },
  {
    id: "adc-early-progression/adc",
    protocol: "adc-early-progression",
    marker: "adc-mean@baseline",
    label: "ADC before treatment",
    unit: "mm2/s",
    cut: 0.001028,
    equalGoes: "down",
    outcome: "progression-free survival under lenvatinib and PD-1 antibody",
    reads: "above: longer PFS (median 16 against 5 months)",
    found: ON_THESE_DATA,
    direction: "stated",
    margins: "not-checkable",
    places: [{ where: "Summary", says: "printed as 1.028 x 10^3 mm2/sec; 1.028 x 10⁻³ mm²/s is meant" }],
  },
  nomogramCut(
    "t2-sir@follow-up-1",
    "T2 SIR after treatment",
    1.418,
    "1",
    "at or above: progression more frequent by the table",
    61,
    63,
    "5.500 (1.562–19.362)",
    disputedSir,
  ),
  nomogramCut(
    "adc-mean@follow-up-1",
    "Mean ADC after treatment",
    0.001085,
    "mm2/s",
    "at or above: progression less frequent",
    29,
    30,
    "0.275 (0.105–0.717)",
  ),
  nomogramCut(
    "nlr",
    "NLR",
    4.41,
    "1",
    "at or above: progression less frequent by the table",
    14,
    14,
    "0.210 (0.059–0.745; the upper limit is printed as 0.210)",
    disputedNlr,
  ),
  nomogramCut("lmr", "LMR", 3.24, "1", "at or above: progression more frequent", 49, 49, "3.211 (1.234–8.358)"),
  nomogramCut("aapr", "AAPR", 0.33, "1", "at or above: progression less frequent", 29, 30, "0.438 (0.172–1.115)"),
  nomogramCut("siri", "SIRI", 1.13, "10^9/L", "at or above: progression less frequent", 32, 35, "0.365 (0.144–0.925)"),
  nomogramCut(
    "piv",
    "PIV",
    406.12,
    "10^18/L2",
    "at or above: progression less frequent",
    14,
    16,
    "0.459 (0.151–1.397)",
  ),
  nomogramCut(
    "sii",
    "SII",
    1096.19,
    "10^9/L",
    "at or above: progression less frequent",
    9,
    11,
    "printed as 0.031, outside its own interval 0.051–0.864; 0.210 fits it",
  ),
  ...(
    [
      ["os", -25.8, "overall survival", "0.56 (0.33, 0.95)", "agree"],
      ["untaceable", -10, "time to unTA(C)Eable progression", "0.44 (0.28, 0.70)", "agree"],
      [
        "hepatic-pfs",
        -10,
        "hepatic progression-free survival",
        "0.42 (0.29, 0.67): the interval's middle is 0.44",
        "disagree",
      ],
      ["whole-body-pfs", -25.8, "whole-body progression-free survival", "0.47 (0.34, 0.66)", "agree"],
    ] as const
  ).map(
    ([id, cut, outcome, ratio, margins]): PublishedCutOff => ({
      id: `letb-tace/${id}`,
      protocol: "letb-tace",
      marker: "letb-change",
      label: "Change of LETB",
      unit: "%",
      cut,
      equalGoes: "up",
      outcome,
      reads: "below: responder, longer time",
      found: "the best of the thresholds tried on the same outcome",
      direction: "stated",
      margins,
      places: [{ where: "Table 5", says: `hazard ratio of response by LETB change ${ratio}` }],
    }),
  ),
  {
    id: "deb-tace/burden",
    protocol: "deb-tace",
    marker: "tumour_burden",
    label: "Liver tumour burden",
    unit: "%",
    cut: 50,
    equalGoes: "down",
    outcome: "overall survival under DEB-TACE",
    reads: "above: shorter survival",
    found: "fixed classes ≤ 25, 25–50, > 50 %",
    direction: "stated",
    margins: "agree",
    places: [{ where: "Table 3", says: "hazard ratio of > 50 % against ≤ 25 %: 2.953 (1.482–5.884)" }],
  },
];

const group = (
  of: string,
  label: string,
  unit: string,
  cut: number,
  labels: readonly [string, string],
  equalGoes: "up" | "down" = "up",
) => ({
  group: { of, label, unit, cuts: [cut], labels: [...labels], equalGoes },
});

const nomogramTerms = [
  {
    term: "t2-sir-f-cut",
    label: "T2 SIR after treatment",
    level: ">=1.418",
    reference: "<1.418",
    coefficient: Math.log(8.692),
    ...group("t2-sir@follow-up-1", "T2 SIR after treatment", "1", 1.418, ["<1.418", ">=1.418"]),
  },
  {
    term: "adc-mean-f-cut",
    label: "ADC mean after treatment",
    level: ">=1.085",
    reference: "<1.085",
    coefficient: Math.log(0.189),
    ...group("adc-mean@follow-up-1", "ADC mean after treatment", "mm2/s", 0.001085, ["<1.085", ">=1.085"]),
  },
  {
    term: "nlr-cut",
    label: "NLR",
    level: ">=4.41",
    reference: "<4.41",
    coefficient: Math.log(0.162),
    ...group("nlr", "NLR", "1", 4.41, ["<4.41", ">=4.41"]),
  },
];

const nomogram = {
  schema: "livermark.model/1",
  kind: "logistic",
  outcome: "progression (SD or PD by mRECIST) at 6 months",
  n: 78,
  events: 46,
  terms: nomogramTerms,
  riskCut: { value: 0.698, scale: "risk" },
  direction: "disputed",
  margins: "disagree",
  places: [
    ...disputedSir,
    ...disputedNlr,
    {
      where: "Table 4",
      says: "61 and 29 patients at or above the cuts of T2 SIR and ADC; their odds ratios need 63 and 30",
    },
    {
      where: "Table 5",
      says: "PPV 90.605 and NPV 62.985 are no shares of whole patients; sensitivity 29/46 and specificity 29/32 are",
    },
  ],
  source: NOMOGRAM,
  cohort: "78 patients, one centre, 3 T",
  validation: "not validated: apparent performance (AUC 0.811) in the data that chose cut-offs and covariates",
} as const;

const letb = (
  id: string,
  label: string,
  outcome: string,
  margins: "agree" | "disagree",
  terms: readonly unknown[],
): unknown => ({
  schema: "livermark.model/1",
  id: `letb-tace/${id}`,
  label,
  kind: "cox",
  outcome,
  n: id === "os" || id === "untaceable" ? 119 : 161,
  terms,
  direction: "stated",
  margins,
  places: [{ where: "Table 5", says: "hazard ratios; no baseline survival is printed" }],
  source: "LETB study of 119 patients with neuroendocrine liver metastases under TAE/TACE",
  cohort: "119 patients, 161 treatments",
  status: "published",
  validation: "not validated: the threshold was chosen on the outcome that it is tested on",
});

const responder = (cut: number, ratio: number) => ({
  term: "letb-response",
  label: `LETB change below ${cut} %`,
  level: "responder",
  reference: "non-responder",
  coefficient: Math.log(ratio),
  ...group("letb-change", "Change of LETB", "%", cut, ["responder", "non-responder"]),
});
const grade = (ratio: number) => ({
  term: "grade",
  label: "Tumour grade, per grade",
  unit: "1",
  level: null,
  coefficient: Math.log(ratio),
  low: 1,
  high: 3,
});
const previous = (ratio: number) => ({
  term: "previous_treatment",
  label: "Previous treatment",
  level: "yes",
  reference: "no",
  coefficient: Math.log(ratio),
});

/** The models that the five papers print, as far as they print them. Relative only where intercept or baseline is not printed. */
export const publishedModels: readonly PortableModel[] = [
  { ...nomogram, id: "mpmri-nomogram", label: "Nomogram of T2 SIR, ADC and NLR", status: "published" },
  {
    ...nomogram,
    id: "mpmri-nomogram/reconstructed",
    label: "Nomogram of T2 SIR, ADC and NLR (reconstructed, not published)",
    status: "reconstructed",
    intercept: -0.316,
    cautions: [
      "The intercept −0.316 solves mean risk = 46/78 with the three inputs taken as independent; at the cut of 0.698 any intercept from −1.32 to 0.34 gives the printed sensitivity and specificity.",
    ],
  },
  letb("os", "Overall survival by LETB change", "overall survival", "agree", [
    grade(1.72),
    {
      term: "burden",
      label: "Visual burden, per class",
      unit: "1",
      level: null,
      coefficient: Math.log(1.3),
      low: 1,
      high: 4,
    },
    responder(-25.8, 0.56),
  ]),
  letb("untaceable", "Time to unTA(C)Eable progression by LETB change", "time to unTA(C)Eable progression", "agree", [
    grade(1.42),
    {
      term: "multiple-treatments",
      label: "Several intra-arterial treatments",
      level: "yes",
      reference: "no",
      coefficient: Math.log(0.63),
    },
    responder(-10, 0.44),
  ]),
  letb("hepatic-pfs", "Hepatic PFS by LETB change", "hepatic progression-free survival", "disagree", [
    previous(2.15),
    responder(-10, 0.42),
  ]),
  letb("whole-body-pfs", "Whole-body PFS by LETB change", "whole-body progression-free survival", "agree", [
    grade(1.37),
    previous(1.71),
    responder(-25.8, 0.47),
  ]),
  {
    schema: "livermark.model/1",
    id: "adc-early-progression",
    label: "Early progression by ADC",
    kind: "logistic",
    outcome: "progression within 12 months",
    n: 43,
    terms: [
      { term: "adc-mean@baseline", label: "ADC", unit: "mm2/s", level: null, coefficient: 1000 * Math.log(0.012) },
    ],
    direction: "stated",
    margins: "not-checkable",
    places: [
      {
        where: "Summary",
        says: "odds ratio 0.012; the unit is not printed and taken as 10⁻³ mm²/s, the intercept is not printed",
      },
    ],
    source: "ADC study of 43 patients with intrahepatic cholangiocarcinoma under lenvatinib and PD-1 antibody",
    cohort: "43 patients, one centre",
    status: "published",
    validation: "not validated: AUC 0.774 in the data that made the model",
  },
].map((model) => portableModel.parse(model));

/** A published model by its id, or undefined. Example: `publishedModel("letb-tace/os")?.kind` is `"cox"`. */
export const publishedModel = (id: string): PortableModel | undefined =>
  publishedModels.find((model) => model.id === id);
