import type { Issue } from "@livermark/core";
import type { Vec3 } from "@livermark/imaging";
import type { FileSource } from "../files/source.js";
import type { PixelElement } from "../parse/read-elements.js";

/** How pixels are stored. */
export interface PixelLayout {
  readonly element: PixelElement;
  readonly rows: number;
  readonly columns: number;
  readonly frames: number;
  readonly samples: number;
  readonly bitsAllocated: number;
  readonly bitsStored: number;
  readonly highBit: number;
  readonly signed: boolean;
  readonly planar: boolean;
  readonly photometric: string;
  readonly littleEndian: boolean;
}

/** Diffusion weighting of a frame; `direction` is null for b = 0 and for trace images. */
export interface DiffusionFacts {
  /** s/mm². */
  readonly bValue: number;
  readonly direction: Vec3 | null;
  readonly trace: boolean;
  /** Which attribute told it. */
  readonly from: "standard" | "siemens" | "ge" | "philips" | "united-imaging" | "sequence-name";
}

/** Linear map from stored to real value: value = slope · stored + intercept. */
export interface LinearMap {
  readonly slope: number;
  readonly intercept: number;
  /** Unit as the file writes it: a UCUM code, a Rescale Type, or empty. */
  readonly unit: string;
}

/** Everything that says what the stored values mean. */
export interface ValueFacts {
  /** (0028,1053) and (0028,1052). */
  readonly rescale: LinearMap | null;
  /** First real-world value map with a slope. */
  readonly realWorld: LinearMap | null;
  /** Philips scale slope (2005,100E): floating value = display value / (rescale slope · scale slope). */
  readonly philipsScaleSlope: number | null;
  /** A modality LUT sequence stands instead of a slope. */
  readonly lookupTable: boolean;
}

/** What one frame adds to the facts of its file. */
export interface FrameFacts {
  readonly positionMm: Vec3 | null;
  readonly rowAxis: Vec3 | null;
  readonly columnAxis: Vec3 | null;
  /** Distance between columns and between rows, mm. */
  readonly spacingMm: readonly [number, number] | null;
  readonly thicknessMm: number | null;
  readonly values: ValueFacts;
  readonly diffusion: DiffusionFacts | null;
  readonly echoTimeMs: number | null;
  readonly temporalPosition: number | null;
  readonly triggerTimeMs: number | null;
  /** DICOM time of this frame, seconds of the day. */
  readonly acquisitionSeconds: number | null;
  readonly stackId: string | null;
}

/** How and when the image was made, for the protocol's rules. Missing facts are null. */
export interface AcquisitionFacts {
  readonly studyDate: string | null;
  readonly acquisitionDate: string | null;
  readonly manufacturer: string | null;
  readonly scannerModel: string | null;
  readonly fieldStrengthT: number | null;
  readonly kvp: number | null;
  readonly kernel: string | null;
  readonly sliceThicknessMm: number | null;
  readonly spacingBetweenSlicesMm: number | null;
  readonly gantryTiltDegrees: number | null;
  readonly repetitionTimeMs: number | null;
  readonly inversionTimeMs: number | null;
  readonly flipAngleDegrees: number | null;
  readonly scanningSequence: readonly string[];
  readonly sequenceVariant: readonly string[];
  readonly scanOptions: readonly string[];
  readonly sequenceName: string | null;
  readonly protocolName: string | null;
  readonly bodyPart: string | null;
  readonly contrastAgent: string | null;
  /** Seconds of the day. */
  readonly contrastStartSeconds: number | null;
}

/** Facts about the receive chain of an MR image. */
export interface ReceiveFacts {
  readonly filters: readonly string[];
  /** Vendor's receive gains and prescan results in one comparable text; null where the header does not say. */
  readonly gain: { readonly vendor: string; readonly text: string } | null;
}

/** How the tiles of a Siemens mosaic form a volume. */
export interface MosaicFacts {
  readonly tiles: number;
  /** Direction in which the slices follow each other; null where the header does not say. */
  readonly normal: Vec3 | null;
  readonly sliceSpacingMm: number | null;
}

/** The header of one DICOM file, without its bytes. */
export interface InstanceHeader {
  readonly source: FileSource;
  readonly transferSyntax: string;
  readonly sopClassUid: string;
  readonly sopInstanceUid: string;
  readonly patient: string;
  /** One-way mark of name, id and birth date: tells patients apart without keeping who they are. */
  readonly patientMark: string;
  readonly studyUid: string;
  readonly studyDescription: string;
  readonly seriesUid: string;
  readonly seriesNumber: number | null;
  readonly seriesDescription: string;
  readonly modality: string;
  readonly imageType: readonly string[];
  /** M, P, R, I for magnitude, phase, real, imaginary; empty where the header does not say. */
  readonly component: string;
  readonly frameOfReferenceUid: string | null;
  readonly instanceNumber: number | null;
  readonly acquisitionNumber: number | null;
  readonly identityRemoved: boolean;
  readonly burnedInAnnotation: boolean | null;
  readonly acquisition: AcquisitionFacts;
  readonly receive: ReceiveFacts;
  readonly pixels: PixelLayout | null;
  /** One per frame; empty without pixels. */
  readonly frames: readonly FrameFacts[];
  /** Present where the image is a Siemens mosaic: the slices of one volume side by side. */
  readonly mosaic: MosaicFacts | null;
  readonly issues: readonly Issue[];
}
