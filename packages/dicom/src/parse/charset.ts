/** Defined terms of (0008,0005) and the WHATWG decoder that reads them (PS3.3 C.12.1.1.2). */
const DECODERS: { readonly [term: string]: string } = {
  "": "windows-1252",
  "ISO_IR 6": "windows-1252",
  "ISO_IR 100": "windows-1252",
  "ISO_IR 101": "iso-8859-2",
  "ISO_IR 109": "iso-8859-3",
  "ISO_IR 110": "iso-8859-4",
  "ISO_IR 144": "iso-8859-5",
  "ISO_IR 127": "iso-8859-6",
  "ISO_IR 126": "iso-8859-7",
  "ISO_IR 138": "iso-8859-8",
  "ISO_IR 148": "windows-1254",
  "ISO_IR 203": "iso-8859-15",
  "ISO_IR 13": "shift_jis",
  "ISO_IR 166": "windows-874",
  "ISO_IR 192": "utf-8",
  GB18030: "gb18030",
  GBK: "gbk",
  "ISO 2022 IR 6": "windows-1252",
  "ISO 2022 IR 100": "windows-1252",
  "ISO 2022 IR 101": "iso-8859-2",
  "ISO 2022 IR 109": "iso-8859-3",
  "ISO 2022 IR 110": "iso-8859-4",
  "ISO 2022 IR 144": "iso-8859-5",
  "ISO 2022 IR 127": "iso-8859-6",
  "ISO 2022 IR 126": "iso-8859-7",
  "ISO 2022 IR 138": "iso-8859-8",
  "ISO 2022 IR 148": "windows-1254",
  "ISO 2022 IR 13": "shift_jis",
  "ISO 2022 IR 166": "windows-874",
  "ISO 2022 IR 87": "iso-2022-jp",
  "ISO 2022 IR 159": "iso-2022-jp",
  "ISO 2022 IR 149": "euc-kr",
  "ISO 2022 IR 58": "gb18030",
};

type Decoder = InstanceType<typeof TextDecoder>;
const decoders = new Map<string, Decoder>();

function decoderOf(label: string): Decoder {
  let decoder = decoders.get(label);
  if (decoder === undefined) {
    decoder = new TextDecoder(label);
    decoders.set(label, decoder);
  }
  return decoder;
}

/**
 * The decoder for the values of Specific Character Set (0008,0005). With several values the first that is not plain
 * ASCII is taken: Japanese, Korean and Chinese escape sequences are then read by a decoder that knows them (the 94-set
 * designation bytes of ISO 2022 IR 149 and 58 are dropped first). An unknown term falls back to Latin-1.
 */
export function textDecoder(terms: readonly string[]): (bytes: Uint8Array) => string {
  const labels = terms.map((term) => DECODERS[term.trim()] ?? "windows-1252");
  const label = labels.find((name) => name !== "windows-1252") ?? "windows-1252";
  const decoder = decoderOf(label);
  if (label === "euc-kr" || label === "gb18030") return (bytes) => decoder.decode(withoutEscapes(bytes));
  return (bytes) => decoder.decode(bytes);
}

/** Drops ESC $ ) C and ESC $ ) A, which designate the set whose bytes follow with the high bit set. */
function withoutEscapes(bytes: Uint8Array): Uint8Array {
  if (!bytes.includes(0x1b)) return bytes;
  const kept: number[] = [];
  for (let i = 0; i < bytes.length; i++) {
    if (bytes[i] === 0x1b && bytes[i + 1] === 0x24 && bytes[i + 2] === 0x29) i += 3;
    else kept.push(bytes[i]!);
  }
  return Uint8Array.from(kept);
}
