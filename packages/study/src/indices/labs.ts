import type { Row } from "../tables/definitions.js";

/** Unit in which each laboratory test is used. */
export const LAB_UNITS: { readonly [test: string]: string } = {
  neutrophils: "10^9/L",
  lymphocytes: "10^9/L",
  monocytes: "10^9/L",
  platelets: "10^9/L",
  wbc: "10^9/L",
  haemoglobin: "g/L",
  albumin: "g/L",
  globulin: "g/L",
  "total-protein": "g/L",
  bilirubin: "umol/L",
  creatinine: "umol/L",
  sodium: "mmol/L",
  inr: "1",
  alp: "U/L",
  alt: "U/L",
  ast: "U/L",
  ggt: "U/L",
  afp: "ng/mL",
  cea: "ng/mL",
  "ca19-9": "U/mL",
  ca125: "U/mL",
};

const SYNONYMS: { readonly [name: string]: string } = {
  n: "neutrophils",
  neu: "neutrophils",
  neut: "neutrophils",
  neutrophil: "neutrophils",
  anc: "neutrophils",
  l: "lymphocytes",
  lym: "lymphocytes",
  lymphocyte: "lymphocytes",
  m: "monocytes",
  mono: "monocytes",
  monocyte: "monocytes",
  p: "platelets",
  plt: "platelets",
  platelet: "platelets",
  whitebloodcells: "wbc",
  leukocytes: "wbc",
  leucocytes: "wbc",
  hb: "haemoglobin",
  hemoglobin: "haemoglobin",
  alb: "albumin",
  glb: "globulin",
  glob: "globulin",
  tp: "total-protein",
  totalprotein: "total-protein",
  tbil: "bilirubin",
  tbili: "bilirubin",
  bil: "bilirubin",
  totalbilirubin: "bilirubin",
  crea: "creatinine",
  cr: "creatinine",
  scr: "creatinine",
  na: "sodium",
  ptinr: "inr",
  alkalinephosphatase: "alp",
  gpt: "alt",
  got: "ast",
  alphafetoprotein: "afp",
  ca199: "ca19-9",
  "ca19-9": "ca19-9",
  "ca-125": "ca125",
  中性粒细胞: "neutrophils",
  中性粒细胞计数: "neutrophils",
  好中球: "neutrophils",
  淋巴细胞: "lymphocytes",
  淋巴细胞计数: "lymphocytes",
  リンパ球: "lymphocytes",
  单核细胞: "monocytes",
  单核细胞计数: "monocytes",
  単球: "monocytes",
  血小板: "platelets",
  血小板计数: "platelets",
  白细胞: "wbc",
  白細胞: "wbc",
  白血球: "wbc",
  血红蛋白: "haemoglobin",
  ヘモグロビン: "haemoglobin",
  白蛋白: "albumin",
  アルブミン: "albumin",
  球蛋白: "globulin",
  总胆红素: "bilirubin",
  総ビリルビン: "bilirubin",
  肌酐: "creatinine",
  クレアチニン: "creatinine",
  碱性磷酸酶: "alp",
  谷丙转氨酶: "alt",
  谷草转氨酶: "ast",
  甲胎蛋白: "afp",
  癌胚抗原: "cea",
  钠: "sodium",
  natrium: "sodium",
  leukozyten: "wbc",
  thrombozyten: "platelets",
  kreatinin: "creatinine",
  "bilirubin gesamt": "bilirubin",
};

/** Canonical name of a laboratory test; an unknown one keeps its own in lower case. Example: `labName("TBil")` is `bilirubin`. */
export function labName(name: string): string {
  const known = names.get(name);
  if (known !== undefined) return known;
  const found = lookUp(name);
  if (names.size < 10_000) names.set(name, found);
  return found;
}

/** Names met before: a study writes the same few tests many thousand times. */
const names = new Map<string, string>();

function lookUp(name: string): string {
  const lower = name.trim().toLowerCase();
  if (Object.hasOwn(LAB_UNITS, lower)) return lower;
  const bare = lower.replace(/[\s_-]/g, "");
  return SYNONYMS[lower] ?? SYNONYMS[bare] ?? (Object.hasOwn(LAB_UNITS, bare) ? bare : lower);
}

/** Factor to the canonical unit, by canonical unit and written unit; `test:` keys hold for one test only. */
const FACTORS: { readonly [unit: string]: { readonly [written: string]: number } } = {
  "10^9/l": {
    "10^9/l": 1,
    "10e9/l": 1,
    "x10^9/l": 1,
    "g/l": 1,
    "10^3/ul": 1,
    "k/ul": 1,
    "/ul": 1e-3,
    "cells/ul": 1e-3,
    "/mm3": 1e-3,
    "10^6/l": 1e-3,
  },
  "g/l": { "g/l": 1, "g/dl": 10, "mg/dl": 0.01, "mg/l": 1e-3 },
  "mmol/l": { "mmol/l": 1, "meq/l": 1 },
  "umol/l": { "umol/l": 1, "mmol/l": 1e3 },
  "1": { "1": 1, "": 1, ratio: 1 },
  "u/l": { "u/l": 1, "iu/l": 1, "ukat/l": 60 },
  "ng/ml": { "ng/ml": 1, "ug/l": 1, "iu/ml": 1.21 },
  "u/ml": { "u/ml": 1, "iu/ml": 1, "ku/l": 1 },
};

/** µmol/L in one mg/dL, from molar masses 584.66 (bilirubin) and 113.12 g/mol (creatinine). */
const UMOL_PER_MG_DL: { readonly [test: string]: number } = { bilirubin: 17.104, creatinine: 88.402 };

const fold = (unit: string): string =>
  unit
    .trim()
    .toLowerCase()
    .replace(/[µμ]/g, "u")
    .replace(/×/g, "x")
    .replace(/\s/g, "")
    .replace("⁹", "^9")
    .replace("³", "^3");

/**
 * A laboratory value in another unit, or null when the units do not fit. Without a written unit the value is taken to
 * be in the canonical one. Example: `convertLab("albumin", 4, "g/dL", "g/L")` is 40.
 */
export function convertLab(test: string, value: number, from: string, to: string): number | null {
  const a = fold(from);
  const b = fold(to);
  if (a === b || a === "") return value;
  const molar = UMOL_PER_MG_DL[test];
  if (molar !== undefined) {
    if (a === "mg/dl" && b === "umol/l") return value * molar;
    if (a === "umol/l" && b === "mg/dl") return value / molar;
  }
  if (test === "afp" && (a === "iu/ml" || b === "iu/ml")) return a === "iu/ml" ? value * 1.21 : value / 1.21;
  for (const table of Object.values(FACTORS)) {
    const x = table[a];
    const y = table[b];
    // Grams per litre stand among the cell counts ("G/L", giga) as well; only proteins mean grams.
    if (x !== undefined && y !== undefined && !(table === FACTORS["10^9/l"] && isProtein(test))) return (value * x) / y;
  }
  return null;
}

const isProtein = (test: string): boolean =>
  test === "albumin" || test === "globulin" || test === "total-protein" || test === "haemoglobin";

/** A laboratory row that was chosen, in its canonical unit. */
export interface ChosenLab {
  readonly value: number;
  readonly unit: string;
  readonly censored: "below" | "above" | null;
  readonly uln: number | null;
  readonly row: Row<"labs">;
  readonly daysFromAnchor: number;
}

/** Why no laboratory row could be chosen. */
export interface NoLab {
  readonly reason: string;
  readonly line: number | null;
}

/**
 * The row of a test nearest to `anchorDay` inside the window (days before and after, inclusive); of two equally near
 * the earlier day, then the earlier line. Refused when its unit cannot be converted.
 */
export function chooseLab(
  labs: readonly Row<"labs">[],
  test: string,
  anchorDay: number,
  window: readonly [number, number],
  unit?: string,
): ChosenLab | NoLab {
  const name = labName(test);
  let best: Row<"labs"> | null = null;
  for (const row of labs) {
    if (row.value === null || labName(row.name) !== name) continue;
    const offset = row.when.day - anchorDay;
    if (offset < window[0] || offset > window[1]) continue;
    if (best === null) best = row;
    else {
      const nearer = Math.abs(offset) - Math.abs(best.when.day - anchorDay);
      if (
        nearer < 0 ||
        (nearer === 0 && (row.when.day < best.when.day || (row.when.day === best.when.day && row.line < best.line)))
      )
        best = row;
    }
  }
  if (best === null || best.value === null)
    return { reason: `no ${name} from ${window[0]} to ${window[1]} days around the first procedure`, line: null };
  const wanted = unit ?? LAB_UNITS[name] ?? best.unit ?? "";
  const value = convertLab(name, best.value.value, best.unit ?? "", wanted);
  if (value === null) return { reason: `${name} in ${best.unit}, wanted ${wanted}`, line: best.line };
  return {
    value,
    unit: wanted,
    censored: best.value.censored,
    uln: best.uln === null ? null : convertLab(name, best.uln, best.unit ?? "", wanted),
    row: best,
    daysFromAnchor: best.when.day - anchorDay,
  };
}

export const isChosen = (lab: ChosenLab | NoLab): lab is ChosenLab => "row" in lab;
