import { writeNifti } from "@livermark/dicom";
import type { Mask } from "@livermark/imaging";
import { type Cell, inFolder, jsonFile, type PhantomFile } from "./files.js";
import type { LetbCtPhantom } from "./letb-ct.js";
import type { LetbMrPhantom } from "./letb-mr.js";
import type { LetbVisit, PhaseVolume } from "./letb-scene.js";
import type { SerMrPhantom, SerMrVisit } from "./ser-mr.js";
import { ctSeriesFiles, mrSeriesFiles, type SeriesPlace } from "./series-files.js";

const maskFile = (path: string, mask: Mask): PhantomFile => ({ path, bytes: writeNifti(mask) });

/** One label map: lesion n has label n. */
function labelFile(path: string, masks: readonly Mask[]): PhantomFile {
  const data = new Uint8Array(masks[0]!.data.length);
  for (const [n, mask] of masks.entries())
    for (let v = 0; v < data.length; v++) if (mask.data[v] === 1) data[v] = n + 1;
  return { path, bytes: writeNifti({ grid: masks[0]!.grid, data }) };
}

const letbRegions = (visit: LetbVisit): readonly PhantomFile[] => [
  maskFile("liver.nii", visit.liver),
  ...(visit.lesions.length === 0 ? [] : [labelFile("lesions.nii", visit.lesions)]),
  ...visit.references.map((region, n) => jsonFile(`reference-${n + 1}.json`, region)),
];

const patientFiles = <P extends PhaseVolume>(
  patient: string,
  visits: readonly LetbVisit<P>[],
  series: (image: P, place: SeriesPlace) => readonly PhantomFile[],
): readonly PhantomFile[] =>
  visits.flatMap((visit) => [
    ...visit.volumes.flatMap((image, n) =>
      inFolder(
        `images/${patient}/${visit.name}/${image.phase}`,
        series(image, { patient, visit: visit.name, date: visit.date, number: n + 1 }),
      ),
    ),
    ...inFolder(`regions/${patient}/${visit.name}`, letbRegions(visit)),
  ]);

/**
 * A CT phantom patient as files of a bundle: `images/PATIENT/TIME POINT/PHASE/*.dcm`, and in `regions/PATIENT/TIME POINT/`
 * the liver mask and the lesions' label map (NIfTI) and the reference cubes (JSON).
 */
export const letbPatientFiles = ({ patient, visits }: LetbCtPhantom): readonly PhantomFile[] =>
  patientFiles(patient, visits, ({ phase, volume }, place) => ctSeriesFiles(volume, phase, place));

/** The same of an MR phantom patient. */
export const letbMrPatientFiles = ({ patient, visits, sequence }: LetbMrPhantom): readonly PhantomFile[] =>
  patientFiles(patient, visits, (image, place) => mrSeriesFiles(image, sequence, place));

/** An MR phantom patient as files of a bundle; the region is an ellipse in JSON, the tumour a NIfTI mask. */
export const serPatientFiles = ({ patient, sequence, visits }: SerMrPhantom): readonly PhantomFile[] =>
  visits.flatMap((visit) => [
    ...visit.phases.flatMap((phase, n) =>
      inFolder(
        `images/${patient}/${visit.name}/${phase.phase}`,
        mrSeriesFiles(phase, sequence, { patient, visit: visit.name, date: visit.date, number: n + 1 }),
      ),
    ),
    ...inFolder(`regions/${patient}/${visit.name}`, [
      jsonFile("T1.json", visit.region),
      maskFile("T1-mask.nii", visit.tumour),
    ]),
  ]);

type TableRow = { readonly [column: string]: Cell };

/** Rows of `images.csv` and `regions.csv`. */
export interface BundleRows {
  readonly images: readonly TableRow[];
  readonly regions: readonly TableRow[];
}

/** Columns of `images.csv` and `regions.csv` that the phantoms fill. */
export const imageColumns = ["path", "patient", "time_point", "treatment", "role", "phase"] as const;
export const regionColumns = [
  "path",
  "label",
  "patient",
  "time_point",
  "treatment",
  "reader",
  "repeat",
  "lesion",
  "purpose",
  "series_uid",
] as const;

/** The rows that link a LETB phantom's files to patient, time point and treatment. */
export function letbBundleRows(
  { patient, visits }: LetbCtPhantom | LetbMrPhantom,
  treatment: number,
  reader: string,
): BundleRows {
  const at = (visit: LetbVisit) => ({ patient, time_point: visit.name, treatment });
  return {
    images: visits.flatMap((visit) =>
      visit.volumes.map(({ phase, volume }) => ({
        path: `${patient}/${visit.name}/${phase}`,
        ...at(visit),
        role: volume.modality === "MR" ? "t1" : "ct",
        phase,
      })),
    ),
    regions: visits.flatMap((visit) => {
      const fixed = visit.volumes.find(({ phase }) => phase === "late-arterial") ?? visit.volumes[0]!;
      const drawn = { ...at(visit), reader, series_uid: fixed.volume.source.seriesUid };
      const path = (name: string): string => `${patient}/${visit.name}/${name}`;
      return [
        { path: path("liver.nii"), label: 1, ...drawn, purpose: "liver" },
        ...visit.references.map((_, n) => ({
          path: path(`reference-${n + 1}.json`),
          ...drawn,
          repeat: n + 1,
          purpose: "reference",
        })),
      ];
    }),
  };
}

/** The rows that link an MR phantom's files. */
export function serBundleRows({ patient, visits }: SerMrPhantom, treatment: number, reader: string): BundleRows {
  const at = (visit: SerMrVisit) => ({ patient, time_point: visit.name, treatment });
  return {
    images: visits.flatMap((visit) =>
      visit.phases.map(({ phase }) => ({ path: `${patient}/${visit.name}/${phase}`, ...at(visit), role: "t1", phase })),
    ),
    regions: visits.map((visit) => ({
      path: `${patient}/${visit.name}/T1.json`,
      ...at(visit),
      reader,
      lesion: "T1",
      purpose: "tumour",
      series_uid: visit.phases[0]!.volume.source.seriesUid,
    })),
  };
}
