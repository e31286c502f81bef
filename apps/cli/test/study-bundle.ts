import { join } from "node:path";
import { unwrap } from "@livermark/core";
import { readMasks, readVolumeFromPath } from "@livermark/dicom";
import { type Grid, indexToPatient, type Mask, maskBox, type Vec3 } from "@livermark/imaging";
import {
  csvFile,
  imageColumns,
  type LetbCtPhantom,
  letbBundleRows,
  letbCtPhantom,
  letbPatientFiles,
  type PhantomFile,
  regionColumns,
  textFile,
} from "@livermark/phantom";
import { sharedPath, sharedText } from "testkit";

const IRCAD = sharedPath("data/liver-ct-3dircadb01-17");

/**
 * The real liver mask, cut to its bounding box and a margin of `margin` voxels; every `step`-th column and row is kept
 * (the short size of the suite takes every third, the full size all of them).
 */
export async function realLiver(margin: number, step: number): Promise<Mask> {
  const image = unwrap(await readVolumeFromPath(join(IRCAD, "PATIENT_DICOM.zip")));
  const [mask] = unwrap(await readMasks(join(IRCAD, "MASK_liver.zip"), undefined, image.grid));
  const box = mask === undefined ? null : maskBox(mask);
  if (mask === undefined || box === null) throw new Error("no liver");
  const sizes = mask.grid.size;
  const from = box.low.map((index) => Math.max(0, index - margin)) as [number, number, number];
  const steps: Vec3 = [step, step, 1];
  const size = box.high.map(
    (index, axis) =>
      Math.floor((Math.min((sizes[axis] ?? 1) - 1, index + margin) - (from[axis] ?? 0)) / (steps[axis] ?? 1)) + 1,
  ) as [number, number, number];
  const data = new Uint8Array(size[0] * size[1] * size[2]);
  for (let k = 0; k < size[2]; k++)
    for (let j = 0; j < size[1]; j++)
      for (let i = 0; i < size[0]; i++)
        data[(k * size[1] + j) * size[0] + i] =
          mask.data[((k + from[2]) * sizes[1] + j * step + from[1]) * sizes[0] + i * step + from[0]] ?? 0;
  const [sx, sy, sz] = mask.grid.spacingMm;
  const grid: Grid = {
    ...mask.grid,
    size,
    spacingMm: [sx * step, sy * step, sz],
    originMm: indexToPatient(mask.grid, ...from),
  };
  return { name: "liver", grid, data };
}

const PROTOCOL = `schema: livermark.protocol/2
id: hcc-letb
version: 1.0.0
title: LETB of one patient on a real liver, survival of a real cohort
time_points:
  - { id: baseline, label: before treatment }
images:
  - { id: unenhanced, label: Precontrast CT, role: ct, phase: unenhanced, time_points: [baseline] }
  - { id: arterial, label: Late arterial CT, role: ct, phase: late-arterial, time_points: [baseline] }
regions:
  - { id: liver, label: Whole liver, purpose: liver, drawn_on: arterial, time_points: [baseline], shape: mask }
  - { id: reference, label: Parenchyma, purpose: reference, drawn_on: arterial, time_points: [baseline], shape: cube, repeats: 3 }
biomarkers:
  - id: letb
    label: LETB
    unit: "%"
    time_points: [baseline]
    recipe: letb
    images: { pre: unenhanced, arterial: arterial }
    regions: { liver: liver, reference: reference }
    parameters: { k: 2 }
covariates:
  - { column: Age, label: Age at resection, type: number, unit: years, table: given }
  - { column: Gender, label: Gender, type: number, table: given }
  - { column: Cirrhosis, label: Cirrhosis, type: number, table: given }
  - { column: AFP, label: AFP class, type: number, table: given }
  - { column: Tumorsize, label: Tumour size class, type: number, table: given }
  - { column: Vascularinvasion, label: Vascular invasion, type: number, table: given }
  - { column: Tumormultiplicity, label: Multiple tumours, type: number, table: given }
  - { column: invasion, label: Vascular invasion, type: category, levels: ["0", "1"], table: given }
  - { column: BCLC, label: BCLC class, type: category, levels: ["1", "2"], table: given }
  - { column: CXCL17T, label: CXCL17 in the tumour, type: number, table: given }
endpoints:
  - { name: OS, given: true }
  - { name: RFS, label: Recurrence-free survival, given: true }
baseline_table: [Age, BCLC, invasion]
comparisons:
  - { id: os-invasion, label: OS by vascular invasion, endpoint: OS, by: invasion }
  - { id: os-bclc, label: OS by BCLC, endpoint: OS, by: BCLC }
models:
  - { id: os-size, label: OS and tumour size, kind: cox, outcome: OS, covariates: [Tumorsize] }
  - { id: os-all, label: OS and seven covariates, kind: cox, outcome: OS, covariates: [Age, Gender, Cirrhosis, AFP, Tumorsize, Vascularinvasion, Tumormultiplicity] }
  - { id: rfs, label: RFS, kind: cox, outcome: RFS, covariates: [Tumorsize, Vascularinvasion, CXCL17T] }
`;

const STUDY = `title: Real cohort with one phantom on a real liver
protocol: protocol.yaml
given:
  endpoints:
    OS: { time: OS_months, event: Death, unit: months }
    RFS: { time: RFS_months, event: Recurrence, unit: months }
`;

/** Simple CSV without quotes, as the shared cohort is. */
export function simpleCsv(text: string): readonly { readonly [column: string]: string }[] {
  const [head = "", ...lines] = text.trim().split(/\r?\n/);
  const columns = head.split(",").map((name) => name.replaceAll('"', ""));
  return lines.map((line) =>
    Object.fromEntries(line.split(",").map((cell, i) => [columns[i] ?? "", cell.replaceAll('"', "")])),
  );
}

const patientOf = (n: string): string => `P${n.padStart(3, "0")}`;

/** A bundle: the real cohort as a given analysis set, and a phantom CT of its first patient. */
export function cohortBundle(phantom: LetbCtPhantom): readonly PhantomFile[] {
  const rows = simpleCsv(sharedText("data/survival/hepatoCellular.csv"));
  const { images, regions } = letbBundleRows(phantom, 1, "R1");
  const covariates = [
    "Age",
    "Gender",
    "Cirrhosis",
    "AFP",
    "Tumorsize",
    "Vascularinvasion",
    "Tumormultiplicity",
    "BCLC",
    "CXCL17T",
  ];
  const given = rows.map((row) => ({
    patient: patientOf(row.Number ?? ""),
    OS_months: row.OS ?? null,
    Death: row.Death ?? null,
    RFS_months: row.RFS ?? null,
    Recurrence: row.Recurrence ?? null,
    invasion: row.Vascularinvasion ?? null,
    ...Object.fromEntries(covariates.map((name) => [name, row[name] ?? null])),
  }));
  return [
    textFile("study.yaml", STUDY),
    textFile("protocol.yaml", PROTOCOL),
    csvFile("tables/patients.csv", ["patient"], given),
    csvFile(
      "tables/given.csv",
      ["patient", "OS_months", "Death", "RFS_months", "Recurrence", "invasion", ...covariates],
      given,
    ),
    csvFile("tables/images.csv", imageColumns, images),
    csvFile("tables/regions.csv", regionColumns, regions),
    ...letbPatientFiles(phantom),
  ];
}

/** Phantom CT at one time point around a given liver. */
export const livePhantom = (liver: Mask, noiseSd: number): LetbCtPhantom =>
  unwrap(
    letbCtPhantom({
      seed: 17,
      patient: "P001",
      body: { kind: "around-mask", liver },
      lesions: 8,
      timePoints: [{ name: "baseline", date: "2020-01-15", enhancingFraction: 0.22, tumourFraction: 0.3 }],
      noise: { sd: noiseSd },
      samplesPerAxis: 1,
    }),
  );
