/** Names of the indices that are made from laboratory values. */
export const INDEX_NAMES = [
  "nlr",
  "lmr",
  "aapr",
  "siri",
  "piv",
  "sii",
  "ag-ratio",
  "albi",
  "albi-grade",
  "child-pugh",
  "child-pugh-class",
  "meld",
  "meld-na",
  "bclc",
] as const;

export type IndexName = (typeof INDEX_NAMES)[number];

/** An index as data: what it needs and how it is printed. */
export interface IndexDefinition {
  readonly name: IndexName;
  readonly version: string;
  readonly label: string;
  /** Laboratory tests (canonical names) in the units of `LAB_UNITS`. */
  readonly labs: readonly string[];
  /** Clinical fields of `patients.csv`. */
  readonly fields: readonly string[];
  /** Ordered levels of a class; null for a number. */
  readonly levels: readonly string[] | null;
  readonly source: string;
}

const index = (
  name: IndexName,
  label: string,
  labs: readonly string[],
  source: string,
  rest: Partial<IndexDefinition> = {},
): IndexDefinition => ({ name, version: "1.0.0", label, labs, fields: [], levels: null, source, ...rest });

const blood = "blood counts in 10^9/L";
const childPugh = ["bilirubin", "albumin", "inr"];
const ascites = ["ascites", "encephalopathy"];

const DEFINITIONS: readonly IndexDefinition[] = [
  index("nlr", "Neutrophils / lymphocytes", ["neutrophils", "lymphocytes"], blood),
  index("lmr", "Lymphocytes / monocytes", ["lymphocytes", "monocytes"], blood),
  index("aapr", "Albumin (g/L) / alkaline phosphatase (U/L)", ["albumin", "alp"], "ratio of the two"),
  index("siri", "Neutrophils x monocytes / lymphocytes", ["neutrophils", "monocytes", "lymphocytes"], blood),
  index(
    "piv",
    "Platelets x neutrophils x monocytes / lymphocytes",
    ["platelets", "neutrophils", "monocytes", "lymphocytes"],
    blood,
  ),
  index("sii", "Platelets x neutrophils / lymphocytes", ["platelets", "neutrophils", "lymphocytes"], blood),
  index("ag-ratio", "Albumin / globulin", ["albumin", "globulin"], "both in g/L"),
  index("albi", "ALBI score", ["bilirubin", "albumin"], "Johnson et al. 2015, J Clin Oncol 33:550"),
  index("albi-grade", "ALBI grade", ["bilirubin", "albumin"], "Johnson et al. 2015, J Clin Oncol 33:550", {
    levels: ["1", "2", "3"],
  }),
  index("child-pugh", "Child-Pugh score", childPugh, "Pugh et al. 1973, Br J Surg 60:646; INR form", {
    fields: ascites,
  }),
  index("child-pugh-class", "Child-Pugh class", childPugh, "Pugh et al. 1973, Br J Surg 60:646; INR form", {
    fields: ascites,
    levels: ["A", "B", "C"],
  }),
  index("meld", "MELD", ["bilirubin", "inr", "creatinine"], "Kamath et al. 2001, Hepatology 33:464"),
  index("meld-na", "MELD-Na", ["bilirubin", "inr", "creatinine", "sodium"], "OPTN policy of 2016"),
  index("bclc", "BCLC stage", childPugh, "Reig et al. 2022, J Hepatol 76:681", {
    fields: [...ascites, "ecog", "tumour_number", "largest_mm", "vascular_invasion", "extrahepatic"],
    levels: ["0", "A", "B", "C", "D"],
  }),
];

/** The definition of a named index with its inputs and source. Example: `indexDefinition("meld").label` is `"MELD"`. */
export function indexDefinition(name: IndexName): IndexDefinition {
  const found = DEFINITIONS.find((definition) => definition.name === name);
  if (found === undefined) throw new Error(`index ${name} has no definition`);
  return found;
}
