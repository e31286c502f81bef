import { ok, type Passport, type Result, refuse } from "@livermark/core";
import { indexFolder, uidFromSeed, writeSeries } from "@livermark/dicom";
import type { Volume } from "@livermark/imaging";
import type { OutputFile } from "./output.js";

/**
 * A registered image as a DICOM series of its own: derived, of the study it came from, on the fixed image's frame of reference;
 * its UIDs follow from the registration's passport, so that the same registration gives the same bytes. Patient, dates and kVp are the
 * moving series' own; `deidentified` says whether it carries the mark of (0012,0062). Refuses a moving image that was no DICOM series.
 * Example: `movedSeriesFiles(registered.volume, "precontrast/", registered.passport, true)`.
 */
export function movedSeriesFiles(
  volume: Volume,
  movingPath: string,
  passport: Passport,
  deidentified: boolean,
): Result<readonly OutputFile[]> {
  const index = indexFolder(movingPath);
  const series = index.ok ? index.value.series.find((one) => one.uid === volume.source.seriesUid) : undefined;
  if (series === undefined || (series.modality !== "CT" && series.modality !== "MR"))
    return refuse({
      code: "not-a-dicom-series",
      message: "A DICOM series can only be written from one.",
      got: series === undefined ? "an image file" : series.modality,
      wanted: "a CT or MR series as moving image",
      mend: "Give --out a file that ends in .nii, .nii.gz, .mha or .nrrd.",
      where: { file: movingPath },
    });
  const facts = series.instances[0]!.acquisition;
  let greatest = 0;
  for (const value of volume.data) greatest = Math.max(greatest, Math.abs(value));
  const slope = greatest > 32000 || (series.modality === "MR" && greatest > 0) ? greatest / 32000 : 1;
  return ok(
    writeSeries(volume, {
      patientId: series.patient,
      studyUid: series.studyUid,
      seriesUid: uidFromSeed(`registered/${passport.id}`),
      modality: series.modality,
      description: `registered ${series.description}`.slice(0, 64),
      seriesNumber: 9000 + ((series.number ?? 0) % 1000),
      studyDate: facts.studyDate ?? facts.acquisitionDate ?? "",
      acquisitionTime: "000000",
      imageType: ["DERIVED", "SECONDARY", series.modality === "CT" ? "AXIAL" : "OTHER"],
      ...(volume.source.frameOfReferenceUid === null ? {} : { frameOfReferenceUid: volume.source.frameOfReferenceUid }),
      ...(facts.kvp === null ? {} : { kvp: facts.kvp }),
      ...(slope === 1 ? {} : { slope }),
      ...(deidentified
        ? {
            extra: [
              [0x00120062, "CS", "YES"],
              [0x00120063, "LO", "as the series it was made from"],
            ],
          }
        : {}),
    }).map(({ name, bytes }) => ({ path: name, bytes })),
  );
}
