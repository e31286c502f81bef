import { type Grid, indexToPatient } from "@livermark/imaging";
import type { InstanceHeader } from "../series/header.js";
import type { SeriesEntry } from "../series/index-folder.js";
import type { ElementList, ElementSpec } from "./elements.js";
import { uidFromSeed } from "./uid.js";

/** What a derived object says about itself. Dates are YYYYMMDD, times HHMMSS; all come from the caller. */
export interface DerivedAttributes {
  /** The same seed and source give the same UIDs. */
  readonly seed: string;
  readonly seriesNumber: number;
  readonly description: string;
  readonly date: string;
  readonly time: string;
}

/** A code: value, scheme, meaning. */
export type Code = readonly [value: string, scheme: string, meaning: string];

/** The item of a code sequence. */
export const codeItem = ([value, scheme, meaning]: Code): ElementList => [
  [0x00080100, "SH", value],
  [0x00080102, "SH", scheme],
  [0x00080104, "LO", meaning],
];

/** UIDs of a derived object. */
export function derivedUids(
  series: SeriesEntry,
  attributes: DerivedAttributes,
  kind: string,
): { seriesUid: string; instanceUid: string } {
  const seed = `${attributes.seed}/${kind}/${series.uid}`;
  return { seriesUid: uidFromSeed(seed), instanceUid: uidFromSeed(`${seed}/1`) };
}

/**
 * Patient, study, series, equipment and frame-of-reference modules of an object derived from a series. The patient's
 * name is never written: the Patient ID stands for it.
 */
export function derivedModules(
  series: SeriesEntry,
  attributes: DerivedAttributes,
  sopClass: string,
  modality: string,
): ElementSpec[] {
  const { seriesUid, instanceUid } = derivedUids(series, attributes, modality);
  const first = series.instances[0]!;
  return [
    [0x00080005, "CS", "ISO_IR 192"],
    [0x00080016, "UI", sopClass],
    [0x00080018, "UI", instanceUid],
    [0x00080020, "DA", first.acquisition.studyDate ?? ""],
    [0x00080021, "DA", attributes.date],
    [0x00080023, "DA", attributes.date],
    [0x00080030, "TM", ""],
    [0x00080031, "TM", attributes.time],
    [0x00080033, "TM", attributes.time],
    [0x00080050, "SH", ""],
    [0x00080060, "CS", modality],
    [0x00080070, "LO", "Livermark"],
    [0x00080090, "PN", ""],
    [0x0008103e, "LO", attributes.description],
    [0x00081090, "LO", "Livermark"],
    [0x00100010, "PN", series.patient],
    [0x00100020, "LO", series.patient],
    [0x00100030, "DA", ""],
    [0x00100040, "CS", ""],
    ...(first.identityRemoved
      ? ([
          [0x00120062, "CS", "YES"],
          [0x00120063, "LO", "as the source images"],
        ] satisfies ElementSpec[])
      : []),
    [0x00180015, "CS", "LIVER"],
    [0x00181000, "LO", "0"],
    [0x00181020, "LO", "1"],
    [0x0020000d, "UI", series.studyUid],
    [0x0020000e, "UI", seriesUid],
    [0x00200010, "SH", ""],
    [0x00200011, "IS", attributes.seriesNumber],
    [0x00200013, "IS", 1],
    [0x00200052, "UI", first.frameOfReferenceUid ?? uidFromSeed(`${series.uid}/frame-of-reference`)],
    [0x00201040, "LO", ""],
  ];
}

/** Rows, columns, spacing and orientation that all frames on a grid share. */
export const sharedGeometry = (grid: Grid): ElementList => [
  [0x00209116, "SQ", [[[0x00200037, "DS", [...grid.axes[0], ...grid.axes[1]]]]]],
  [
    0x00289110,
    "SQ",
    [
      [
        [0x00180050, "DS", grid.spacingMm[2]],
        [0x00180088, "DS", grid.spacingMm[2]],
        [0x00280030, "DS", [grid.spacingMm[1], grid.spacingMm[0]]],
      ],
    ],
  ],
];

/** Position of slice k, as a functional group. */
export const planePosition = (grid: Grid, k: number): ElementSpec => [
  0x00209113,
  "SQ",
  [[[0x00200032, "DS", indexToPatient(grid, 0, 0, k)]]],
];

/** The source images, by series, as the Common Instance Reference module wants them. */
export function referencedSeries(series: SeriesEntry): ElementSpec {
  const images = series.instances.filter((instance) => instance.pixels !== null);
  return [
    0x00081115,
    "SQ",
    [
      [
        [
          0x0008114a,
          "SQ",
          images.map(
            (instance): ElementList => [
              [0x00081150, "UI", instance.sopClassUid],
              [0x00081155, "UI", instance.sopInstanceUid],
            ],
          ),
        ],
        [0x0020000e, "UI", series.uid],
      ],
    ],
  ];
}

/** The source image of a frame and what was done with it, as a functional group. */
export const derivationImage = (source: InstanceHeader, derivation: Code): ElementSpec => [
  0x00089124,
  "SQ",
  [
    [
      [
        0x00082112,
        "SQ",
        [
          [
            [0x00081150, "UI", source.sopClassUid],
            [0x00081155, "UI", source.sopInstanceUid],
            [0x0040a170, "SQ", [codeItem(["121322", "DCM", "Source image for image processing operation"])]],
          ],
        ],
      ],
      [0x00089215, "SQ", [codeItem(derivation)]],
    ],
  ],
];
