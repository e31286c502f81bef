import { type Dataset, number, privateTag, text, texts, valueBytes } from "../parse/dataset.js";
import { TAG } from "../parse/tags.js";
import type { ReceiveFacts } from "./header.js";

/** Words of intensity filters in image type, scan options and private elements. */
const FILTER_WORDS: readonly (readonly [pattern: RegExp, name: string])[] = [
  [/^NORM$/, "Siemens NORM"],
  [/^DIS(2D|3D)$/, ""],
  [/^FILTERED_GEMS$/, "GE filtered"],
  [/^(PURE|SCIC|SCENIC)$/, "GE $1"],
  [/^CLEAR$/, "Philips CLEAR"],
];

/**
 * What the header says about the receive chain of an MR image: intensity filters, and the vendor's gains in one text
 * that is equal only when two series were received with one scale (GE: analogue and digital receive gain, transmit
 * gain and centre frequency of the prescan; Siemens: the coil scale factors of the protocol).
 */
export function receiveOf(dataset: Dataset): ReceiveFacts {
  const words = [...texts(dataset, TAG.ImageType), ...texts(dataset, TAG.ScanOptions)];
  const filters = new Set<string>();
  for (const word of words) {
    for (const [pattern, name] of FILTER_WORDS) {
      if (name !== "" && pattern.test(word)) filters.add(word.replace(pattern, name));
    }
  }
  const gePure = privateTag(dataset, 0x0043, "GEMS_PARM_01", 0x2d);
  const filterMode = gePure === undefined ? undefined : text(dataset, gePure);
  for (const match of filterMode?.matchAll(/PURE|SCIC|SCENIC/gi) ?? []) filters.add(`GE ${match[0].toUpperCase()}`);
  return { filters: [...filters].sort(), gain: geGain(dataset) ?? siemensGain(dataset) };
}

function geGain(dataset: Dataset): ReceiveFacts["gain"] {
  const values = [0x8a, 0x8b, 0x94, 0x93].map((element) => {
    const tag = privateTag(dataset, 0x0019, "GEMS_ACQU_01", element);
    return tag === undefined ? undefined : number(dataset, tag, element === 0x93 ? "DS" : "SS");
  });
  const [analogue, digital, transmit, frequency] = values;
  if (analogue === undefined || digital === undefined || transmit === undefined) return null;
  // Some exports blank the prescan results; equal zeros prove no reuse.
  if (frequency === undefined || frequency === 0) return null;
  return { vendor: "GE", text: `R1 ${analogue}, R2 ${digital}, TG ${transmit}, AX ${frequency}` };
}

/** Coil scale factors of the Siemens protocol text, in the order in which they stand. */
function siemensGain(dataset: Dataset): ReceiveFacts["gain"] {
  for (const element of [0x20, 0x19]) {
    const tag =
      privateTag(dataset, 0x0029, "SIEMENS CSA HEADER", element) ??
      privateTag(dataset, 0x0021, "SIEMENS MR SDS 01", element);
    const bytes = tag === undefined ? undefined : valueBytes(dataset, tag);
    if (bytes === undefined) continue;
    const protocol = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("latin1");
    const factors = [...protocol.matchAll(/aFFT_SCALE\[\d+\]\.flFactor\s*=\s*([\d.eE+-]+)/g)].map((match) => match[1]!);
    if (factors.length > 0) return { vendor: "Siemens", text: `FFT scale ${[...new Set(factors)].join(" ")}` };
  }
  return null;
}
