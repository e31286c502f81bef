/** Values of laboratory tests in the units of `LAB_UNITS`. */
export type LabValues = { readonly [test: string]: number };

/** Clinical grades that the scores need. */
export interface ClinicalGrades {
  /** 1 none, 2 mild or controlled, 3 severe. */
  readonly ascites: number;
  readonly encephalopathy: number;
}

const UMOL_BILIRUBIN = 17.104;
const UMOL_CREATININE = 88.402;

/** ALBI score = 0.66·log10(bilirubin, µmol/L) − 0.085·albumin, g/L (Johnson 2015). */
export const albiScore = (bilirubin: number, albumin: number): number => 0.66 * Math.log10(bilirubin) - 0.085 * albumin;

/** ALBI grade: 1 up to −2.60, 2 up to −1.39, else 3 (Johnson 2015). */
export const albiGrade = (score: number): "1" | "2" | "3" => (score <= -2.6 ? "1" : score <= -1.39 ? "2" : "3");

const points = (value: number, two: number, three: number): number => (value < two ? 1 : value <= three ? 2 : 3);

/**
 * Child–Pugh score (Pugh 1973, with INR): bilirubin < 2 / 2–3 / > 3 mg/dL (34 and 51 µmol/L), albumin > 35 / 28–35 /
 * < 28 g/L, INR < 1.7 / 1.7–2.3 / > 2.3, ascites and encephalopathy 1–3. Range 5 to 15.
 */
export function childPughScore(labs: LabValues, grades: ClinicalGrades): number {
  const albumin = labs.albumin!;
  return (
    points(labs.bilirubin!, 34, 51) +
    (albumin > 35 ? 1 : albumin >= 28 ? 2 : 3) +
    points(labs.inr!, 1.7, 2.3) +
    grades.ascites +
    grades.encephalopathy
  );
}

/** A: 5–6, B: 7–9, C: 10–15. */
export const childPughClass = (score: number): "A" | "B" | "C" => (score <= 6 ? "A" : score <= 9 ? "B" : "C");

/**
 * MELD (Kamath 2001, UNOS rounding rules): 3.78·ln(bilirubin) + 11.2·ln(INR) + 9.57·ln(creatinine) + 6.43 with
 * bilirubin and creatinine in mg/dL, values below 1 set to 1, creatinine at most 4, score 6 to 40, rounded.
 */
export function meldScore(bilirubin: number, inr: number, creatinine: number): number {
  const bil = Math.max(1, bilirubin / UMOL_BILIRUBIN);
  const ratio = Math.max(1, inr);
  const crea = Math.min(4, Math.max(1, creatinine / UMOL_CREATININE));
  const score = 3.78 * Math.log(bil) + 11.2 * Math.log(ratio) + 9.57 * Math.log(crea) + 6.43;
  return Math.min(40, Math.max(6, Math.round(score)));
}

/** MELD-Na (OPTN 2016): above 11, MELD + 1.32·(137 − Na) − 0.033·MELD·(137 − Na) with Na held in 125–137; at most 40. */
export function meldNaScore(meld: number, sodium: number): number {
  if (meld <= 11) return meld;
  const deficit = 137 - Math.min(137, Math.max(125, sodium));
  return Math.min(40, Math.max(6, Math.round(meld + 1.32 * deficit - 0.033 * meld * deficit)));
}

/** What BCLC staging looks at besides the liver. */
export interface BclcFacts {
  readonly childPugh: "A" | "B" | "C";
  readonly ecog: number;
  readonly tumours: number;
  readonly largestMm: number;
  readonly vascularInvasion: boolean;
  readonly extrahepatic: boolean;
}

/**
 * BCLC stage (Reig 2022), by its anatomical rules: D for ECOG above 2 or Child–Pugh C; C for vascular invasion,
 * extrahepatic spread or ECOG 1–2; 0 for one tumour up to 20 mm; A for one tumour, or up to three of up to 30 mm;
 * else B. Transplant candidacy, which may keep Child–Pugh C out of D, is not looked at.
 */
export function bclcStage(facts: BclcFacts): "0" | "A" | "B" | "C" | "D" {
  if (facts.ecog > 2 || facts.childPugh === "C") return "D";
  if (facts.vascularInvasion || facts.extrahepatic || facts.ecog > 0) return "C";
  if (facts.tumours === 1) return facts.largestMm <= 20 ? "0" : "A";
  return facts.tumours <= 3 && facts.largestMm <= 30 ? "A" : "B";
}
