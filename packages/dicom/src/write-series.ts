import { indexToPatient, type Volume } from "@livermark/imaging";
import { type ElementList, type ElementSpec, encodeFile } from "./write/elements.js";
import { uidFromSeed } from "./write/uid.js";

/** Diffusion weighting to write, and in which vendor's words. */
export interface DiffusionStyle {
  /** s/mm². */
  readonly bValue: number;
  readonly style: "standard" | "siemens" | "ge" | "philips";
}

/** Philips display scaling to write: stored = (value · scaleSlope · rescaleSlope − rescaleIntercept) / rescaleSlope. */
export interface PhilipsScale {
  readonly rescaleSlope: number;
  readonly rescaleIntercept: number;
  /** Private (2005,100E). */
  readonly scaleSlope: number;
}

/** What a written series says about itself. Dates are YYYYMMDD, times HHMMSS or HHMMSS.FFF. */
export interface SeriesAttributes {
  readonly patientId: string;
  readonly studyUid: string;
  readonly seriesUid: string;
  readonly modality: "CT" | "MR";
  readonly description: string;
  readonly seriesNumber: number;
  readonly studyDate: string;
  readonly acquisitionTime: string;
  readonly studyTime?: string;
  readonly studyDescription?: string;
  /** Shared by series on one coordinate system; made from the study UID where absent. */
  readonly frameOfReferenceUid?: string;
  /** Sets (0012,0062) to YES with the method named. */
  readonly identityRemoved?: boolean;
  readonly manufacturer?: string;
  readonly imageType?: readonly string[];
  readonly contrastAgent?: string;
  readonly contrastStartTime?: string;
  readonly kvp?: number;
  readonly fieldStrengthT?: number;
  readonly repetitionTimeMs?: number;
  readonly echoTimeMs?: number;
  readonly flipAngleDegrees?: number;
  /** (0018,0020); `GR` where absent. */
  readonly scanningSequence?: string;
  readonly sequenceName?: string;
  readonly diffusion?: DiffusionStyle;
  readonly philips?: PhilipsScale;
  /** Stored value = (value − intercept) / slope, rounded; 1 and 0 where absent. */
  readonly slope?: number;
  readonly intercept?: number;
  /** Slices of the series that were written before this volume; they number the files and instances. */
  readonly instanceOffset?: number;
  /** Further elements, which replace those above where the tags agree. */
  readonly extra?: ElementList;
}

/** One file of a series. */
export interface WrittenFile {
  readonly name: string;
  readonly bytes: Uint8Array;
}

const CT_IMAGE = "1.2.840.10008.5.1.4.1.1.2";
const MR_IMAGE = "1.2.840.10008.5.1.4.1.1.4";

/** b-value elements in a vendor's words, private creator included. */
export function diffusionElements({ bValue, style }: DiffusionStyle): ElementList {
  switch (style) {
    case "standard":
      return [[0x00189087, "FD", bValue]];
    case "siemens":
      return [
        [0x00190010, "LO", "SIEMENS MR HEADER"],
        [0x0019100c, "IS", bValue],
      ];
    case "ge":
      return [
        [0x00430010, "LO", "GEMS_PARM_01"],
        [0x00431039, "IS", [1e9 + bValue, 8, 0, 0]],
      ];
    case "philips":
      return [
        [0x20010010, "LO", "Philips Imaging DD 001"],
        [0x20011003, "FL", bValue],
        [0x00189087, "FD", bValue],
      ];
  }
}

function modalityElements(a: SeriesAttributes): ElementSpec[] {
  if (a.modality === "CT") {
    return [
      [0x00180060, "DS", a.kvp ?? 120],
      [0x00281052, "DS", a.intercept ?? 0],
      [0x00281053, "DS", a.slope ?? 1],
      [0x00281054, "LO", "HU"],
    ];
  }
  const elements: ElementSpec[] = [
    [0x00180020, "CS", a.scanningSequence ?? "GR"],
    [0x00180021, "CS", "NONE"],
    [0x00180022, "CS", ""],
    [0x00180023, "CS", "3D"],
    [0x00180080, "DS", a.repetitionTimeMs ?? 4],
    [0x00180081, "DS", a.echoTimeMs ?? 2],
    [0x00180087, "DS", a.fieldStrengthT ?? 1.5],
    [0x00180091, "IS", 1],
    [0x00181314, "DS", a.flipAngleDegrees ?? 10],
  ];
  if (a.sequenceName !== undefined) elements.push([0x00180024, "SH", a.sequenceName]);
  if (a.philips !== undefined) {
    elements.push(
      [0x00281052, "DS", a.philips.rescaleIntercept],
      [0x00281053, "DS", a.philips.rescaleSlope],
      [0x00281054, "LO", "normalized"],
      [0x20050010, "LO", "Philips MR Imaging DD 001"],
      [0x2005100d, "FL", 0],
      [0x2005100e, "FL", a.philips.scaleSlope],
    );
  } else if ((a.slope ?? 1) !== 1 || (a.intercept ?? 0) !== 0) {
    elements.push([0x00281052, "DS", a.intercept ?? 0], [0x00281053, "DS", a.slope ?? 1], [0x00281054, "LO", "US"]);
  }
  if (a.diffusion !== undefined) elements.push(...diffusionElements(a.diffusion));
  return elements;
}

function seriesElements(volume: Volume, a: SeriesAttributes): ElementSpec[] {
  const contrast: ElementSpec[] =
    a.contrastAgent === undefined
      ? []
      : [
          [0x00180010, "LO", a.contrastAgent],
          ...(a.contrastStartTime === undefined ? [] : [[0x00181042, "TM", a.contrastStartTime] satisfies ElementSpec]),
        ];
  const identity: ElementSpec[] =
    a.identityRemoved === true
      ? [
          [0x00120062, "CS", "YES"],
          [0x00120063, "LO", "synthetic: no patient"],
        ]
      : [];
  return [
    [0x00080005, "CS", "ISO_IR 192"],
    [0x00080008, "CS", a.imageType ?? ["ORIGINAL", "PRIMARY", ...(a.modality === "CT" ? ["AXIAL"] : ["OTHER"])]],
    [0x00080020, "DA", a.studyDate],
    [0x00080021, "DA", a.studyDate],
    [0x00080022, "DA", a.studyDate],
    [0x00080023, "DA", a.studyDate],
    [0x00080030, "TM", a.studyTime ?? a.acquisitionTime],
    [0x00080031, "TM", a.acquisitionTime],
    [0x00080032, "TM", a.acquisitionTime],
    [0x00080033, "TM", a.acquisitionTime],
    [0x00080050, "SH", ""],
    [0x00080060, "CS", a.modality],
    [0x00080070, "LO", a.manufacturer ?? "Livermark"],
    [0x00080090, "PN", ""],
    ...(a.studyDescription === undefined ? [] : [[0x00081030, "LO", a.studyDescription] satisfies ElementSpec]),
    [0x0008103e, "LO", a.description],
    [0x00100010, "PN", a.patientId],
    [0x00100020, "LO", a.patientId],
    [0x00100030, "DA", ""],
    [0x00100040, "CS", ""],
    ...identity,
    ...contrast,
    [0x00180015, "CS", "LIVER"],
    [0x00180050, "DS", volume.grid.spacingMm[2]],
    [0x00180088, "DS", volume.grid.spacingMm[2]],
    [0x00185100, "CS", "HFS"],
    [0x0020000d, "UI", a.studyUid],
    [0x0020000e, "UI", a.seriesUid],
    [0x00200010, "SH", "1"],
    [0x00200011, "IS", a.seriesNumber],
    [0x00200012, "IS", 1],
    [0x00200052, "UI", a.frameOfReferenceUid ?? uidFromSeed(`${a.studyUid}/frame-of-reference`)],
    [0x00201040, "LO", ""],
    ...modalityElements(a),
    ...(a.extra ?? []),
  ];
}

/** Stored 16-bit values of one slice. Throws where a value does not fit: that is the caller's mistake. */
function storedSlice(volume: Volume, k: number, a: SeriesAttributes, signed: boolean): Uint8Array {
  const n = volume.grid.size[0] * volume.grid.size[1];
  const bytes = new Uint8Array(2 * n);
  const view = new DataView(bytes.buffer);
  const [low, high] = signed ? [-32768, 32767] : [0, 65535];
  for (let p = 0; p < n; p++) {
    const stored = Math.round(toStored(volume.data[k * n + p]!, a));
    if (!(stored >= low && stored <= high))
      throw new Error(`stored value ${stored} does not fit 16 bits; choose another slope`);
    if (signed) view.setInt16(2 * p, stored, true);
    else view.setUint16(2 * p, stored, true);
  }
  return bytes;
}

function toStored(value: number, a: SeriesAttributes): number {
  if (a.philips !== undefined) {
    return (
      (value * a.philips.scaleSlope * a.philips.rescaleSlope - a.philips.rescaleIntercept) / a.philips.rescaleSlope
    );
  }
  return (value - (a.intercept ?? 0)) / (a.slope ?? 1);
}

/**
 * Writes a volume as a CT or MR series, one file per slice (explicit little endian, 16 bits), in the order of the
 * grid's slices. Everything comes from the arguments: the same volume and attributes give the same bytes. Instance
 * UIDs are made from the series UID and the slice number. Files pass dciodvfy without errors.
 * Throws where a stored value does not fit 16 bits.
 * Example: `for (const f of writeSeries(volume, attributes)) writeFileSync(f.name, f.bytes)`.
 */
export function writeSeries(volume: Volume, attributes: SeriesAttributes): readonly WrittenFile[] {
  const { grid, data } = volume;
  const sopClass = attributes.modality === "CT" ? CT_IMAGE : MR_IMAGE;
  const signed = attributes.modality === "CT" || data.some((v) => toStored(v, attributes) < -0.5);
  const shared = seriesElements(volume, attributes);
  return Array.from({ length: grid.size[2] }, (_, k): WrittenFile => {
    const number = (attributes.instanceOffset ?? 0) + k + 1;
    const bytes = encodeFile([
      ...shared,
      [0x00080016, "UI", sopClass],
      [0x00080018, "UI", uidFromSeed(`${attributes.seriesUid}/${number}`)],
      [0x00200013, "IS", number],
      [0x00200032, "DS", indexToPatient(grid, 0, 0, k)],
      [0x00200037, "DS", [...grid.axes[0], ...grid.axes[1]]],
      [0x00280002, "US", 1],
      [0x00280004, "CS", "MONOCHROME2"],
      [0x00280010, "US", grid.size[1]],
      [0x00280011, "US", grid.size[0]],
      [0x00280030, "DS", [grid.spacingMm[1], grid.spacingMm[0]]],
      [0x00280100, "US", 16],
      [0x00280101, "US", 16],
      [0x00280102, "US", 15],
      [0x00280103, "US", signed ? 1 : 0],
      [0x7fe00010, "OW", storedSlice(volume, k, attributes, signed)],
    ]);
    return { name: `slice-${String(number).padStart(4, "0")}.dcm`, bytes };
  });
}
