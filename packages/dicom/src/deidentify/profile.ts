import { TAG } from "../parse/tags.js";

/** The edition of PS3.15 whose Table E.1-1 these actions meet or exceed. */
export const PROFILE_EDITION = "PS3.15 2024b";

/**
 * What happens to an attribute. `shift` moves a date by the patient's offset; `clean` keeps the words of a fixed
 * vocabulary; `uid` maps a UID by keyed hash; `dummy` writes a neutral value where an object needs one.
 */
export type Action = "keep" | "remove" | "empty" | "dummy" | "uid" | "shift" | "clean" | "pseudonym";

/** Options of PS3.15 annex E, by their names there. */
export interface ProfileOptions {
  /** Retain Longitudinal Temporal Information with Modified Dates. */
  readonly modifiedDates: boolean;
  /** Retain Safe Private. */
  readonly safePrivate: boolean;
  /** Clean Descriptors: descriptions keep the words of a fixed vocabulary; without it they are removed. */
  readonly cleanDescriptors: boolean;
  /** Retain Patient Characteristics: sex, age up to 89, size, weight. */
  readonly patientCharacteristics: boolean;
  /** Retain Device Identity: station name, serial numbers. */
  readonly deviceIdentity: boolean;
}

export const DEFAULT_PROFILE: ProfileOptions = {
  modifiedDates: true,
  safePrivate: true,
  cleanDescriptors: true,
  patientCharacteristics: false,
  deviceIdentity: false,
};

const tags = (...list: readonly number[]): ReadonlySet<number> => new Set(list);

/** Text attributes that describe technique, not people; kept after a search for the file's own identifying words. */
const TECHNICAL_TEXT = tags(
  0x00080070, // Manufacturer
  0x00081090, // Manufacturer's Model Name
  0x00080100, // Code Value
  0x00080102, // Coding Scheme Designator
  0x00080103, // Coding Scheme Version
  0x00080104, // Code Meaning
  0x00080119, // Long Code Value
  0x00180024, // Sequence Name
  0x00180085, // Imaged Nucleus
  0x00181020, // Software Versions
  0x00181040, // Contrast/Bolus Route
  0x00181160, // Filter Type
  0x00181180, // Collimator/grid Name
  0x00181210, // Convolution Kernel
  0x00181250, // Receive Coil Name
  0x00181251, // Transmit Coil Name
  0x00189005, // Pulse Sequence Name
  0x00189050, // Receive Coil Manufacturer Name
  0x00209056, // Stack ID
  0x00209421, // Dimension Description Label
  0x00281054, // Rescale Type
  0x00281055, // Window Center & Width Explanation
  0x00283003, // LUT Explanation
  0x00283004, // Modality LUT Type
  0x00409210, // LUT Label
  0x00620009, // Segment Algorithm Name
);

/** The label of a segment, which every segment must have. */
export const SEGMENT_LABEL = 0x00620005;

/** Descriptions: cleaned by vocabulary, or removed. */
const DESCRIPTORS = tags(
  0x00081030, // Study Description
  0x0008103e, // Series Description
  0x00180010, // Contrast/Bolus Agent
  0x00181030, // Protocol Name
  0x00181400, // Acquisition Device Processing Description
  0x00321060, // Requested Procedure Description
  0x00400007, // Scheduled Procedure Step Description
  0x00400254, // Performed Procedure Step Description
  SEGMENT_LABEL,
  0x00620006, // Segment Description
  0x30060004, // Structure Set Name
  0x30060026, // ROI Name
  0x30060028, // ROI Description
  0x30060085, // ROI Observation Label
);

/** Attributes that objects must have, if empty. */
const EMPTIED = tags(
  0x00080050, // Accession Number
  0x00080090, // Referring Physician's Name
  0x0008009c, // Consulting Physician's Name
  0x00100030, // Patient's Birth Date
  0x00100040, // Patient's Sex
  0x00200010, // Study ID
  0x00201040, // Position Reference Indicator
  0x00700081, // Content Description
  0x00700084, // Content Creator's Name
  0x300600a6, // ROI Interpreter
);

/** Attributes that objects must fill: neutral text. */
const DUMMIES: { readonly [tag: number]: string } = {
  1576960: "0", // Device Serial Number
  805699586: "ANON", // Structure Set Label
  4195602: "0", // Container Identifier
  4195665: "0", // Specimen Identifier
  4235303: "ANON", // Verifying Organization
  4236435: "UNVERIFIED", // Verification Flag, in reports whose verifying observer is removed
};

/** Attributes that objects must fill and whose text may stay: neutral text where nothing of it may. */
const FILLED: ReadonlyMap<number, string> = new Map([
  [0x00081090, "UNKNOWN"], // Manufacturer's Model Name
  [SEGMENT_LABEL, "Segment"],
  [0x00700080, "UNKNOWN"], // Content Label
]);

/** UIDs of the standard itself, not of a person's images. */
const STANDARD_UIDS = tags(
  0x00080016,
  0x0008001a,
  0x0008001b,
  0x00080062,
  0x0008010c,
  0x0008010d,
  0x00080117,
  0x00080118,
  0x00081150,
  0x0008115a,
  0x00083002,
  0x00041510,
  0x00041512,
);

/** Removed although their representation is not one that could hold free text, or although dates are shifted. */
const REMOVED = tags(
  0x00100032, // Patient's Birth Time
  0x00100033,
  0x00100034,
  0x00100035,
  0x00080015, // Instance Coercion DateTime
  0x00081084, // Admitting Diagnoses Code Sequence
  0x00080096, // Referring Physician Identification Sequence
  0x0008009d, // Consulting Physician Identification Sequence
  0x00081041, // Institutional Department Type Code Sequence
  0x00081049, // Physician(s) of Record Identification Sequence
  0x00081052, // Performing Physician Identification Sequence
  0x00081062, // Physician(s) Reading Study Identification Sequence
  0x00081072, // Operator Identification Sequence
  0x00080082, // Institution Code Sequence
  0x00081110, // Referenced Study Sequence
  0x00081111, // Referenced Performed Procedure Step Sequence
  0x00081120, // Referenced Patient Sequence
  0x00100024, // Issuer of Patient ID Qualifiers Sequence
  0x00100050, // Patient's Insurance Plan Code Sequence
  0x00100101, // Patient's Primary Language Code Sequence
  0x00100200, // Quality Control Subject
  0x00100213, // Strain Nomenclature …
  0x00100221, // Genetic modifications
  0x001021a0, // Smoking Status
  0x001021c0, // Pregnancy Status
  0x001021d0, // Last Menstrual Date
  0x00102202, // Patient Species Code Sequence
  0x00102203, // Patient's Sex Neutered
  0x00101002, // Other Patient IDs Sequence
  0x00101100, // Referenced Patient Photo Sequence
  0x00400275, // Request Attributes Sequence
  0x00401101, // Person Identification Code Sequence
  0x00401102,
  0x00401103,
  0x00401104,
  0x00401011, // Intended Recipients of Results Identification Sequence
  0x0040a073, // Verifying Observer Sequence
  0x0040a078, // Author Observer Sequence
  0x0040a07a, // Participant Sequence
  0x0040a07c, // Custodial Organization Sequence
  0x0040a088, // Verifying Observer Identification Code Sequence
  0x0040a730, // Content Sequence
  0x00404034, // Scheduled Human Performers Sequence
  0x00404035, // Actual Human Performers Sequence
  0x00404025, // Station name and location codes
  0x00404027,
  0x00404028,
  0x00404030,
  0x0040000b, // Scheduled Performing Physician Identification Sequence
  0x0040100a, // Reason for Requested Procedure Code Sequence
  0x00321067, // Reason for Visit Code Sequence
  0x00400513, // Issuer of the Container Identifier Sequence
  0x00400562, // Issuer of the Specimen Identifier Sequence
  0x0040a358, // Verbal Source Identifier Code Sequence
  0x0018100a, // UDI Sequence
  0x00185011, // Transducer Identification Sequence
  0x3006004d, // ROI Creator Sequence
  0x3006004e, // ROI Interpreter Sequence
  0x00420011, // Encapsulated Document
  0x00700001, // Graphic Annotation Sequence
  0x00700086, // Content Creator's Identification Code Sequence
  0x00880200, // Icon Image Sequence
  0x04000100, // MACs and signatures
  0x04000310,
  0x04000404,
  0x04000550, // Modified Attributes Sequence
  0x04000551,
  0x04000552,
  0x04000561, // Original Attributes Sequence
  0x04000600,
  0x0018a001, // Contributing Equipment Sequence
  0x0016002b, // Maker Note
  0x00380004, // Referenced Patient Alias Sequence
  0x00380064,
  0x00380014,
  0x00400560, // Specimen Description Sequence
  0x00400610, // Specimen Preparation Sequence
  0x00340001, // Flow Identifier Sequence
  0x30100081, // Prescription Notes Sequence
  0x00720065, // Selector values
  0x0072006d,
  0xfffafffa,
  0xfffcfffc,
);

/** Visits, signatures and changed values, display and print, delivery, results, arbitrary text. */
const REMOVED_GROUPS: ReadonlySet<number> = new Set([
  0x0034, 0x0038, 0x0072, 0x0400, 0x2100, 0x2110, 0x2200, 0x4000, 0x4008, 0xfffa, 0xfffc,
]);

const CHARACTERISTICS = tags(0x00100040, 0x00101010, 0x00101020, 0x00101030);
const DEVICE = tags(0x00081010, 0x00181000, 0x00181002, 0x00181003, 0x00181004, 0x00181005, 0x00181008);

/** Representations that can hold a name or a sentence. */
const FREE_TEXT = new Set(["AE", "LO", "LT", "PN", "SH", "ST", "UC", "UR", "UT"]);

/** Whether values of a representation can hold a name or a sentence. */
export const isFreeText = (vr: string): boolean => FREE_TEXT.has(vr);

/** Representations that hold numbers, codes of a fixed list, or pixel-like data. */
const HARMLESS = new Set("AT CS DS FD FL IS OB OD OF OL OV OW SL SQ SS SV UL US UV".split(" "));

/** The neutral value of an attribute that must be filled; empty for one that need not. */
export const dummyValue = (tag: number): string => DUMMIES[tag] ?? FILLED.get(tag) ?? "";

/**
 * Action for a public attribute of representation `vr` (undefined = not in the dictionary). What no rule names is
 * removed: only technical attributes, numbers and codes pass. Private attributes are decided elsewhere.
 */
export function publicAction(tag: number, vr: string | undefined, options: ProfileOptions): Action {
  const group = tag >>> 16;
  if (vr === undefined || (tag & 0xffff) === 0) return "remove";
  // Curves and overlays can show burned-in text; group 0016 is consumer cameras with positions of the globe.
  if ((group >= 0x5000 && group <= 0x50ff) || (group >= 0x6000 && group <= 0x60ff) || group === 0x0016) return "remove";
  if (REMOVED_GROUPS.has(group)) return "remove";
  if (tag === TAG.PatientName || tag === TAG.PatientID) return "pseudonym";
  if (CHARACTERISTICS.has(tag))
    return options.patientCharacteristics ? "keep" : tag === 0x00100040 ? "empty" : "remove";
  if (DEVICE.has(tag) && options.deviceIdentity) return "keep";
  if (REMOVED.has(tag)) return "remove";
  if (EMPTIED.has(tag)) return "empty";
  // The patient and trial modules hold nothing technical beyond what is named above.
  if (group === 0x0010 || group === 0x0012) return "remove";
  if (DUMMIES[tag] !== undefined) return "dummy";
  if (DESCRIPTORS.has(tag)) return options.cleanDescriptors ? "clean" : FILLED.has(tag) ? "dummy" : "remove";
  if (TECHNICAL_TEXT.has(tag)) return "keep";
  if (vr === "UI") return STANDARD_UIDS.has(tag) ? "keep" : "uid";
  if (vr === "DA" || vr === "DT") return options.modifiedDates ? "shift" : group === 8 ? "empty" : "remove";
  if (vr === "TM") return options.modifiedDates ? "keep" : group === 8 ? "empty" : "remove";
  if (FREE_TEXT.has(vr) || vr === "AS" || vr === "UN") return "remove";
  return HARMLESS.has(vr) ? "keep" : "remove";
}

/** Codes of PS3.16 CID 7050 for what was done, for (0012,0064); `structured` where the content of a report was cleaned. */
export function methodCodes(
  options: ProfileOptions,
  structured = false,
): readonly (readonly [code: string, meaning: string])[] {
  return [
    ["113100", "Basic Application Confidentiality Profile"],
    ["113103", "Clean Graphics Option"],
    ...(structured ? [["113104", "Clean Structured Content Option"] as const] : []),
    ...(options.cleanDescriptors ? [["113105", "Clean Descriptors Option"] as const] : []),
    ...(options.modifiedDates
      ? [["113107", "Retain Longitudinal Temporal Information Modified Dates Option"] as const]
      : []),
    ...(options.patientCharacteristics ? [["113108", "Retain Patient Characteristics Option"] as const] : []),
    ...(options.deviceIdentity ? [["113109", "Retain Device Identity Option"] as const] : []),
    ...(options.safePrivate ? [["113111", "Retain Safe Private Option"] as const] : []),
  ];
}
