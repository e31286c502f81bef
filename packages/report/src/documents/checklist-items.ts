import type { ChecklistAnswer } from "@livermark/analysis";

export type Guideline = ChecklistAnswer["guideline"];

/** What of the results answers an item by itself; see `checklists.ts`. */
export type Evidence =
  | "flow"
  | "baseline"
  | "methods"
  | "survival"
  | "models"
  | "performance"
  | "agreement"
  | "limits"
  | "left-out"
  | "software";

export interface ChecklistItem {
  readonly number: string;
  /** Our own short words; the guideline's text is its journal's. */
  readonly label: string;
  readonly evidence?: Evidence;
}

const items = (lines: string): readonly ChecklistItem[] =>
  lines
    .trim()
    .split("\n")
    .map((line) => {
      const [number = "", label = "", evidence] = line.trim().split(" | ");
      return evidence === undefined ? { number, label } : { number, label, evidence: evidence as Evidence };
    });

/** The guidelines with their citation and items. */
export const guidelines: readonly {
  readonly name: Guideline;
  readonly cite: string;
  readonly items: readonly ChecklistItem[];
}[] = [
  {
    name: "REMARK",
    cite: "McShane 2005; Altman 2012",
    items: items(`
1 | Marker, aims, hypotheses
2 | Patients: source, inclusion, exclusion | flow
3 | Treatments and how they were chosen
4 | Material examined (here: images), its control
5 | How the marker was measured; blinding | methods
6 | How cases were selected; period; follow-up
7 | Endpoints defined
8 | All variables considered
9 | Reason for the number of patients
10 | Statistical methods, model building, missing values | methods
11 | How marker values were handled; cut-points | methods
12 | Flow of patients; numbers at each step; events | flow
13 | Patients and marker described; missing values counted | baseline
14 | Marker against standard variables | baseline
15 | Marker and outcome, one variable at a time | survival
16 | Multivariable effect of the marker with interval | models
17 | Effects of all variables in the model with interval | models
18 | Further analyses: assumptions, sensitivity, validation
19 | Interpretation and limits | limits
20 | What follows for research and practice`),
  },
  {
    name: "STROBE",
    cite: "von Elm 2007",
    items: items(`
1 | Title and abstract name the design
2 | Background
3 | Aims and hypotheses
4 | Design
5 | Setting, places, dates
6 | Participants: eligibility, selection, follow-up | flow
7 | Variables defined
8 | Data sources and measurement | methods
9 | Sources of bias
10 | Study size
11 | How quantitative variables were handled | methods
12 | Statistical methods, missing data | methods
13 | Participants at each stage, with reasons | flow
14 | Participants described; missing data; follow-up time | baseline
15 | Outcome events or measures | survival
16 | Main results with precision, crude and adjusted | models
17 | Other analyses
18 | Key results
19 | Limits | limits
20 | Interpretation
21 | Generalisability
22 | Funding`),
  },
  {
    name: "STARD",
    cite: "Bossuyt 2015",
    items: items(`
1 | Title names a study of accuracy
2 | Structured abstract
3 | Background and role of the test
4 | Aims and hypotheses
5 | Data collected before or after planning
6 | Eligibility | flow
7 | How participants were found
8 | Where and when
9 | Consecutive, random or convenience series
10a | Index test in replicable detail | methods
10b | Reference standard in replicable detail
11 | Reason for the reference standard
12a | Cut-offs of the index test: set beforehand or explored | methods
12b | Categories of the reference standard
13a | What readers of the index test knew
13b | What assessors of the reference knew
14 | Methods of estimating or comparing accuracy | methods
15 | Indeterminate results
16 | Missing data
17 | Variability analyses
18 | Sample size
19 | Flow diagram | flow
20 | Participants described | baseline
21a | Severity among those with the condition
21b | Other diagnoses among those without
22 | Time and treatment between test and reference
23 | Cross table of test and reference | performance
24 | Accuracy with precision | performance
25 | Harm by test or reference
26 | Limits | limits
27 | What follows for practice
28 | Registration
29 | Where the protocol is
30 | Funding`),
  },
  {
    name: "TRIPOD+AI",
    cite: "Collins 2024",
    items: items(`
1 | Title
2 | Abstract
3 | Background, setting, inequalities
4 | Aims
5 | Data sources and dates
6 | Participants: setting, eligibility, treatments | flow
7 | Data preparation
8 | Outcome: definition, assessors, blinding
9 | Predictors: choice, definition, blinding
10 | Sample size
11 | Missing data | left-out
12 | Analysis: use of data, model building, evaluation | methods
13 | Class imbalance
14 | Fairness
15 | Model output and thresholds
16 | Differences between development and evaluation data
17 | Ethics
18 | Open science: funding, protocol, data, code | software
19 | Patient and public involvement
20 | Participants described; flow; differences between sets | baseline
21 | Numbers of participants and events in each analysis | models
22 | Full model, so that it can be applied | models
23 | Performance with intervals, also in subgroups | performance
24 | Model updating
25 | Interpretation
26 | Limits | limits
27 | Usability in care and next steps`),
  },
  {
    name: "CLAIM",
    cite: "Mongan 2020, numbering of 2020",
    items: items(`
1 | Title or abstract names the method
2 | Structured abstract
3 | Background and intended role
4 | Aims and hypotheses
5 | Prospective or retrospective
6 | Goal of the study
7 | Data sources
8 | Eligibility | flow
9 | Preprocessing | methods
10 | Subsets of the data
11 | Data elements defined
12 | De-identification
13 | Missing data | left-out
14 | Reference standard defined
15 | Reason for the reference standard
16 | Who annotated, and their training
17 | Annotation tools
18 | Variability between and within readers | agreement
19 | Sample size
20 | How data were divided
21 | Level at which parts are disjoint
22 | Model described
23 | Software and versions | software
24 | Initial values
25 | Training
26 | How the final model was chosen
27 | Ensembling
28 | Measures of performance | methods
29 | Significance and uncertainty | methods
30 | Robustness
31 | Explanation
32 | Validation on other data
33 | Flow of participants | flow
34 | Participants described in each part | baseline
35 | Performance on each part | performance
36 | Accuracy with precision | performance
37 | Failures analysed
38 | Limits | limits
39 | What follows for practice
40 | Registration
41 | Where the protocol is
42 | Funding`),
  },
];
