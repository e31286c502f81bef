import type { Dataset } from "../parse/dataset.js";
import { LONG_VR, TEXT_VR } from "../parse/vr.js";

const encoder = new TextEncoder();

/** Written in ASCII, which every character set of DICOM contains: letters lose their marks, other scripts are dropped. */
export const asciiBytes = (value: string): Uint8Array =>
  encoder.encode(
    value
      .normalize("NFKD")
      .replace(/[^\x20-\x7e]/g, "")
      .trim(),
  );

/** Tag, representation and length of an element, in the data set's own encoding. */
export function elementHead(dataset: Dataset, tag: number, vr: string, length: number): Uint8Array {
  const long = LONG_VR.has(vr);
  const bytes = new Uint8Array(dataset.explicit && long ? 12 : 8);
  const view = new DataView(bytes.buffer);
  view.setUint16(0, tag >>> 16, dataset.littleEndian);
  view.setUint16(2, tag & 0xffff, dataset.littleEndian);
  if (!dataset.explicit) view.setUint32(4, length, dataset.littleEndian);
  else {
    bytes[4] = vr.charCodeAt(0);
    bytes[5] = vr.charCodeAt(1);
    if (long) view.setUint32(8, length, dataset.littleEndian);
    else view.setUint16(6, length, dataset.littleEndian);
  }
  return bytes;
}

function evenBytes(bytes: Uint8Array, vr: string): Uint8Array {
  if (bytes.length % 2 === 0) return bytes;
  const even = new Uint8Array(bytes.length + 1);
  even.set(bytes);
  even[bytes.length] = TEXT_VR.has(vr) && vr !== "UI" ? 0x20 : 0;
  return even;
}

/** An element with its value, padded to an even length. */
export function putElement(out: Uint8Array[], dataset: Dataset, tag: number, vr: string, value: Uint8Array): void {
  const bytes = evenBytes(value, vr);
  out.push(elementHead(dataset, tag, vr, bytes.length), bytes);
}
