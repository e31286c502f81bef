import type { Mask } from "@livermark/imaging";

/** A mask with the number that it has in its file: label value, segment number or ROI number. */
export interface LabelledMask extends Mask {
  readonly label: number;
}
