import { sha256Hex } from "@livermark/core";

/**
 * A DICOM UID made from a label (form 2.25 of PS3.5 B.2, an integer below 2^120): the same label gives the same UID.
 * Example: `labelUid("a") === labelUid("a")`.
 */
export const labelUid = (label: string): string => `2.25.${BigInt(`0x1${sha256Hex(label).slice(0, 29)}`)}`;
