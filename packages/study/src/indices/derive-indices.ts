import type { ProvenanceInput } from "@livermark/core";
import { type AnalysisCell, cell, fromRow, missingCell } from "../analysis-set/types.js";
import type { Protocol } from "../protocol/schema.js";
import { byPatient, type StudyRecords } from "../records.js";
import type { Row } from "../tables/definitions.js";
import type { Treatments } from "../treatments.js";
import { type IndexName, indexDefinition } from "./definitions.js";
import {
  albiGrade,
  albiScore,
  bclcStage,
  childPughClass,
  childPughScore,
  type LabValues,
  meldNaScore,
  meldScore,
} from "./formulas.js";
import { type ChosenLab, chooseLab, isChosen, type NoLab } from "./labs.js";

/** Looks up the indices of a patient at baseline. */
export interface DerivedIndices {
  readonly of: (patient: string, index: IndexName) => AnalysisCell;
}

const GRADES: { readonly [word: string]: number } = {
  none: 1,
  no: 1,
  absent: 1,
  "0": 1,
  "1": 1,
  mild: 2,
  controlled: 2,
  "grade 1-2": 2,
  "2": 2,
  moderate: 3,
  severe: 3,
  refractory: 3,
  "grade 3-4": 3,
  "3": 3,
};

const YES: { readonly [word: string]: boolean } = {
  "1": true,
  yes: true,
  present: true,
  "0": false,
  no: false,
  absent: false,
};

/**
 * Indices from the laboratory values nearest to the first procedure inside the protocol's window, each value named
 * with its line and day. Values of 0, limits (`<20`) in a denominator, wrong units and absent fields give no index and
 * say why. A number for a Child–Pugh grade is its number of points (0 counts as none).
 */
export function deriveIndices(records: StudyRecords, protocol: Protocol, treatments: Treatments): DerivedIndices {
  const labs = byPatient(records.tables.labs.rows);
  const patients = new Map(records.tables.patients.rows.map((row) => [row.patient, row]));
  const memo = new Map<IndexName, Map<string, AnalysisCell>>();
  // Indices of one patient are asked for together, and share their laboratory values.
  let chosenFor = "";
  const chosen = new Map<string, ChosenLab | NoLab>();
  const of = (patient: string, index: IndexName): AnalysisCell => {
    let cells = memo.get(index);
    if (cells === undefined) {
      cells = new Map();
      memo.set(index, cells);
    }
    const known = cells.get(patient);
    if (known !== undefined) return known;
    const start = treatments.byPatient.get(patient)?.[0]?.firstDay ?? null;
    if (chosenFor !== patient) {
      chosenFor = patient;
      chosen.clear();
    }
    const choose = (test: string, anchor: number): ChosenLab | NoLab => {
      let lab = chosen.get(test);
      if (lab === undefined) {
        lab = chooseLab(labs.get(patient) ?? [], test, anchor, protocol.indices.window_days);
        chosen.set(test, lab);
      }
      return lab;
    };
    const made =
      start === null
        ? missingCell("no first treatment to look around")
        : compute(index, (test) => choose(test, start), patients.get(patient));
    cells.set(patient, made);
    return made;
  };
  return { of };
}

function compute(
  index: IndexName,
  choose: (test: string) => ChosenLab | NoLab,
  patient: Row<"patients"> | undefined,
): AnalysisCell {
  const definition = indexDefinition(index);
  const values: { [test: string]: number } = {};
  const sources: ProvenanceInput[] = [];
  const used: string[] = [];
  for (const test of definition.labs) {
    const lab = choose(test);
    if (!isChosen(lab)) return missingCell(lab.reason, sources);
    const source = fromRow("labs", lab.row.line, "value");
    if (lab.censored !== null) return missingCell(`${test} is only a limit`, [...sources, source]);
    if (!(lab.value > 0)) return missingCell(`${test} is ${lab.value}: not above 0`, [...sources, source]);
    values[test] = lab.value;
    sources.push(source);
    used.push(test, " ", String(lab.value), " ", lab.unit, ` (line ${lab.row.line}, ${lab.daysFromAnchor} days)`, ", ");
  }
  const fields: { [field: string]: string } = {};
  for (const field of definition.fields) {
    const found = patient?.extra[field];
    if (patient === undefined || found === undefined || found.value === null)
      return missingCell(`${field} not recorded`, sources);
    fields[field] = String(found.value).toLowerCase();
    sources.push(fromRow("patients", patient.line, field));
    used.push(field, " ", String(found.value), ", ");
  }
  const result = formulaOf(index, values, fields);
  return typeof result === "object"
    ? missingCell(result.reason, sources)
    : cell(result, sources, used.slice(0, -1).join(""));
}

function formulaOf(
  index: IndexName,
  labs: LabValues,
  fields: { readonly [field: string]: string },
): number | string | { readonly reason: string } {
  const { neutrophils: n, lymphocytes: l, monocytes: m, platelets: p } = labs;
  const childPugh = (): number | { readonly reason: string } => {
    const ascites = GRADES[fields.ascites ?? ""];
    const encephalopathy = GRADES[fields.encephalopathy ?? ""];
    if (ascites === undefined || encephalopathy === undefined)
      return {
        reason: `ascites "${fields.ascites}", encephalopathy "${fields.encephalopathy}": wanted none, mild, severe`,
      };
    return childPughScore(labs, { ascites, encephalopathy });
  };
  switch (index) {
    case "nlr":
      return n! / l!;
    case "lmr":
      return l! / m!;
    case "aapr":
      return labs.albumin! / labs.alp!;
    case "siri":
      return (n! * m!) / l!;
    case "piv":
      return (p! * n! * m!) / l!;
    case "sii":
      return (p! * n!) / l!;
    case "ag-ratio":
      return labs.albumin! / labs.globulin!;
    case "albi":
      return albiScore(labs.bilirubin!, labs.albumin!);
    case "albi-grade":
      return albiGrade(albiScore(labs.bilirubin!, labs.albumin!));
    case "child-pugh":
      return childPugh();
    case "child-pugh-class": {
      const score = childPugh();
      return typeof score === "number" ? childPughClass(score) : score;
    }
    case "meld":
      return meldScore(labs.bilirubin!, labs.inr!, labs.creatinine!);
    case "meld-na":
      return meldNaScore(meldScore(labs.bilirubin!, labs.inr!, labs.creatinine!), labs.sodium!);
    case "bclc": {
      const score = childPugh();
      if (typeof score !== "number") return score;
      const vascular = YES[fields.vascular_invasion ?? ""];
      const extrahepatic = YES[fields.extrahepatic ?? ""];
      const [ecog, tumours, largestMm] = [fields.ecog, fields.tumour_number, fields.largest_mm].map(Number);
      if (vascular === undefined || extrahepatic === undefined)
        return { reason: "vascular_invasion and extrahepatic want yes or no" };
      if (
        ecog === undefined ||
        tumours === undefined ||
        largestMm === undefined ||
        !Number.isFinite(ecog + tumours + largestMm)
      )
        return { reason: "ecog, tumour_number and largest_mm want numbers" };
      return bclcStage({
        childPugh: childPughClass(score),
        ecog,
        tumours,
        largestMm,
        vascularInvasion: vascular,
        extrahepatic,
      });
    }
  }
}
