import type { StudyTime } from "../time.js";
import {
  birth,
  type CellsOf,
  type Column,
  flag,
  integer,
  measured,
  number,
  requiredInteger,
  requiredText,
  requiredWord,
  text,
  within,
  word,
} from "./columns.js";

/** Body parts of `lesions.csv`. Paired organs count as one organ, and so do all nodes (RECIST 1.1). */
export const ORGANS = [
  "liver",
  "lung",
  "lymph-node",
  "porta-hepatis-node",
  "bone",
  "adrenal",
  "kidney",
  "pancreas",
  "spleen",
  "brain",
  "breast",
  "ovary",
  "gastrointestinal",
  "gallbladder",
  "bile-duct",
  "peritoneum",
  "pleura",
  "soft-tissue",
  "skin",
  "muscle",
  "vessel",
  "thyroid",
  "other",
] as const;

const patient = requiredText("Patient");
const note = text("Note");
const treatment = within(integer("Treatment number, 1 = first"), 1);
const reader = text("Reader; empty = consensus");

/** Who settled what readers did not agree on, on the row without reader. */
const decision = {
  decided_by: word(["third-reader", "joint-consensus"], "How a disagreement was settled"),
  decided_who: text("Who settled it"),
  reason: text("Why"),
} as const;

/**
 * The canonical tables. `time` says whether a row carries a `date` or `day` and whether it must; `open` tables keep
 * the extra columns that the codebook names.
 */
export const TABLES = {
  patients: {
    file: "patients.csv",
    time: "none",
    open: true,
    title: "One row per patient, then covariates",
    columns: {
      patient,
      sex: word(["M", "F"], "Sex"),
      age: within(number("Age at first treatment", "years"), 0, 130),
      birth_date: birth("Date of birth"),
    },
  },
  images: {
    file: "images.csv",
    time: "none",
    open: false,
    title: "Links images to patient and time point",
    columns: {
      series_uid: text("Series Instance UID"),
      study_uid: text("Study Instance UID"),
      path: text("Folder or file under images/"),
      patient,
      time_point: requiredText("Time point"),
      treatment,
      role: word(
        ["ct", "t1", "t1-in", "t1-opposed", "t2", "t2-fs", "dwi", "adc", "mask", "localiser", "other"],
        "Role of the series",
      ),
      phase: word(
        ["unenhanced", "early-arterial", "late-arterial", "portal-venous", "delayed", "hepatobiliary", "unknown"],
        "Contrast phase",
      ),
      note,
    },
  },
  regions: {
    file: "regions.csv",
    time: "none",
    open: false,
    title: "Links masks and region files",
    columns: {
      path: requiredText("Region file under regions/"),
      label: within(integer("Label value in a mask file"), 0),
      patient,
      time_point: requiredText("Time point"),
      treatment,
      reader,
      repeat: within(integer("Repeat number of the same reader"), 1),
      lesion: text("Lesion"),
      purpose: requiredWord(
        ["liver", "tumour", "viable", "reference", "muscle", "vessel", "segment"],
        "What the region is",
      ),
      series_uid: text("Series on which it was drawn"),
    },
  },
  "time-points": {
    file: "time-points.csv",
    time: "required",
    open: false,
    title: "When each time point was",
    columns: { patient, time_point: requiredText("Time point"), treatment, note },
  },
  procedures: {
    file: "procedures.csv",
    time: "required",
    open: true,
    title: "One row per treatment procedure or cycle",
    columns: {
      patient,
      procedure: requiredText("Procedure"),
      kind: requiredText("Kind of procedure: TAE, TACE, DEB-TACE, HAIC, systemic, surgery, ablation, …"),
      agent: text("Drug or agent"),
      dose_mg: within(number("Dose", "mg"), 0),
      device: text("Embolic or device"),
      bead_um: text("Bead size", "um"),
      bead_amount: text("Amount of beads or particles, e.g. 1 vial, 2 mL"),
      emulsion: text("Emulsion: oil and volume ratio, e.g. iodised oil 1:2"),
      segment: text("Treated segments"),
      vessel_level: text("Vessel level reached"),
      feeders: text("Feeding arteries"),
      loading_min: within(number("Loading time", "min"), 0),
      end_point: text("End point reached"),
      extra_embolic: text("Extra embolisation"),
      arterial_infusion: text("Arterial infusion: drug and dose"),
      port: flag("Given through an implanted port"),
      combined_with: text("Combined with"),
      cycle: within(integer("Cycle"), 1),
      dose_mg_m2: within(number("Dose per body surface", "mg/m2"), 0),
      dap_gycm2: within(number("Dose-area product", "Gy*cm2"), 0),
      fluoroscopy_min: within(number("Fluoroscopy time", "min"), 0),
      note,
    },
  },
  lesions: {
    file: "lesions.csv",
    time: "optional",
    open: true,
    title: "One row per lesion, time point and reader",
    columns: {
      patient,
      treatment,
      time_point: requiredText("Time point"),
      reader,
      lesion: requiredText("Lesion"),
      role: requiredWord(["target", "non-target", "new"], "Role"),
      organ: word(ORGANS, "Organ"),
      node: flag("Lymph node"),
      longest_mm: within(number("Longest diameter", "mm"), 0, 500),
      short_mm: within(number("Short axis", "mm"), 0, 500),
      viable_mm: within(number("Longest viable (enhancing) diameter", "mm"), 0, 500),
      status: word(
        ["measured", "absent", "too-small", "not-assessed", "present", "unequivocal-progression", "equivocal-new"],
        "Status",
      ),
      previously_treated: flag("Locally treated before"),
      progressed_since: flag("Progressed since that treatment"),
      slice_mm: within(number("Slice thickness", "mm"), 0.1, 50),
      segment: text("Liver segments it lies in, e.g. 5,6"),
      note,
    },
  },
  responses: {
    file: "responses.csv",
    time: "optional",
    open: false,
    title: "Given overall responses instead of lesions",
    columns: {
      patient,
      treatment,
      time_point: requiredText("Time point"),
      reader,
      profile: requiredText("Response profile"),
      overall: requiredWord(["CR", "PR", "SD", "non-CR/non-PD", "PD", "NE"], "Overall response"),
      ...decision,
      note,
    },
  },
  measurements: {
    file: "measurements.csv",
    time: "none",
    open: false,
    title: "Given measurements, one value per row",
    columns: {
      patient,
      time_point: requiredText("Time point"),
      treatment,
      reader,
      lesion: text("Lesion"),
      biomarker: requiredText("Biomarker"),
      repeat: within(integer("Repeat"), 1),
      value: number("Value"),
      unit: text("Unit"),
      scanner: text("Scanner"),
      ...decision,
      note,
    },
  },
  features: {
    file: "features.csv",
    time: "none",
    open: false,
    title: "Qualitative features",
    columns: {
      patient,
      time_point: requiredText("Time point"),
      treatment,
      reader,
      lesion: text("Lesion"),
      feature: requiredText("Feature"),
      value: text("Category"),
      ...decision,
      note,
    },
  },
  board: {
    file: "board.csv",
    time: "required",
    open: false,
    title: "Tumour-board decisions",
    columns: {
      patient,
      question: text("Question"),
      images: text("Images shown: series, time points, or in words"),
      decision: requiredText("Decision"),
      cause: text("Cause"),
      note,
    },
  },
  labs: {
    file: "labs.csv",
    time: "required",
    open: false,
    title: "Laboratory values",
    columns: {
      patient,
      name: requiredText("Test"),
      value: measured("Value"),
      unit: text("Unit"),
      uln: within(number("Upper limit of normal"), 0),
      lln: within(number("Lower limit of normal"), 0),
      note,
    },
  },
  events: {
    file: "events.csv",
    time: "required",
    open: false,
    title: "What happened and when",
    columns: {
      patient,
      event: requiredWord(
        [
          "death",
          "progression",
          "hepatic-progression",
          "extrahepatic-progression",
          "untreatable",
          "new-therapy",
          "last-contact",
          "lost",
        ],
        "Event",
      ),
      cause: word(
        [
          "tumour",
          "liver-function",
          "treatment",
          "other",
          "unknown",
          "not-treatable",
          "progression-after-repeat",
          "vascular-invasion",
          "performance-status",
        ],
        "Cause",
      ),
      treatment,
      note,
    },
  },
  "adverse-events": {
    file: "adverse-events.csv",
    time: "optional",
    open: true,
    title: "Adverse events",
    columns: {
      patient,
      procedure: text("Procedure"),
      scale: requiredWord(["CTCAE-5.0", "CTCAE-6.0", "SIR"], "Grading scale"),
      term: requiredText("Term"),
      grade: integer("Grade"),
      relatedness: word(
        ["unrelated", "unlikely", "possible", "probable", "definite"],
        "Relation to the procedure or drug",
      ),
      note,
    },
  },
  "ae-terms": {
    file: "ae-terms.csv",
    time: "none",
    open: false,
    title: "Terms of CTCAE and the grades each has (made by import --ctcae from the official spreadsheet)",
    columns: {
      scale: requiredWord(["CTCAE-5.0", "CTCAE-6.0"], "Grading scale"),
      term: requiredText("Term"),
      code: text("MedDRA code"),
      system_organ_class: text("System organ class"),
      grades: text("Grades that the term has, separated by |"),
    },
  },
  screening: {
    file: "screening.csv",
    time: "none",
    open: false,
    title: "Counts before the study data begin",
    columns: {
      subject: requiredText("Subject"),
      unit: word(["patient", "treatment"], "What is counted"),
      step: requiredText("Step of the flow chart"),
      excluded: flag("Excluded at this step"),
      reason: text("Reason"),
    },
  },
  codebook: {
    file: "codebook.csv",
    time: "none",
    open: false,
    title: "Labels, types and levels of further columns",
    columns: {
      table: text("Table"),
      column: requiredText("Column"),
      label: text("Label"),
      type: word(["number", "category", "date", "text"], "Type"),
      unit: text("Unit"),
      levels: text("Ordered levels, first = reference, separated by |"),
      missing_codes: text("Codes that mean missing, separated by |"),
    },
  },
  history: {
    file: "history.csv",
    time: "none",
    open: false,
    title: "What was recorded, amended, retracted and locked: who, when, why (written by import and amend)",
    columns: {
      entry: requiredInteger("Number of the entry"),
      at: requiredText("When, UTC"),
      by: requiredText("Who"),
      action: requiredWord(["record", "amend", "retract", "lock"], "What was done"),
      table: text("Table"),
      line_number: integer("First line"),
      last_line: integer("Last line, for records"),
      column: text("Column"),
      was: text("Earlier value"),
      now: text("New value; for records the hash of the rows"),
      why: text("Reason"),
      chain: requiredText("SHA-256 over the entry and the chain before it"),
    },
  },
  given: {
    file: "given.csv",
    time: "none",
    open: true,
    title: "An analysis set brought along",
    columns: { patient, treatment },
  },
} as const satisfies {
  readonly [name: string]: {
    readonly file: string;
    readonly time: "none" | "optional" | "required";
    readonly open: boolean;
    readonly title: string;
    readonly columns: { readonly [name: string]: Column };
  };
};

/** Name of a canonical table, without `.csv`. */
export type TableName = keyof typeof TABLES;

/** A value of a column that only the codebook describes. */
export interface CovariateCell {
  readonly value: number | string | null;
  /** Set when a laboratory limit was written (`<20`); `value` is then that limit. */
  readonly censored: "below" | "above" | null;
  /** Why there is no value; null when there is one. */
  readonly missing: string | null;
}

/** A row of table `N`: its typed cells, the file line (header = 1), and the codebook's extra columns. */
export type Row<N extends TableName> = CellsOf<(typeof TABLES)[N]["columns"]> & {
  readonly line: number;
  readonly extra: { readonly [column: string]: CovariateCell };
} & ((typeof TABLES)[N]["time"] extends "none"
    ? unknown
    : (typeof TABLES)[N]["time"] extends "required"
      ? { readonly when: StudyTime }
      : { readonly when: StudyTime | null });

/** All table names in reading order: the codebook first, because it explains the others. */
export const TABLE_NAMES: readonly TableName[] = [
  "codebook",
  "patients",
  "screening",
  "time-points",
  "images",
  "regions",
  "procedures",
  "lesions",
  "responses",
  "measurements",
  "features",
  "labs",
  "events",
  "board",
  "adverse-events",
  "ae-terms",
  "given",
  "history",
];

/** The definition of a table as data, with its columns widened for generic code. */
export interface TableDefinition {
  readonly file: string;
  readonly time: "none" | "optional" | "required";
  readonly open: boolean;
  readonly title: string;
  readonly columns: { readonly [name: string]: Column };
}

export const tableDefinition = (name: TableName): TableDefinition => TABLES[name];
