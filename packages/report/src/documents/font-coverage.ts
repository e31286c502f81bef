/** What a font file calls itself and which characters it draws. */
export interface FontCoverage {
  readonly family: string;
  readonly covers: (codePoint: number) => boolean;
}

interface Range {
  readonly first: number;
  readonly last: number;
}

/** Character ranges of a cmap subtable of format 4 or 12; other formats are left to the others of the font. */
function rangesOf(view: DataView, at: number): readonly Range[] {
  const format = view.getUint16(at);
  if (format === 12) {
    const groups = view.getUint32(at + 12);
    return Array.from({ length: groups }, (_, i) => ({
      first: view.getUint32(at + 16 + 12 * i),
      last: view.getUint32(at + 20 + 12 * i),
    }));
  }
  if (format !== 4) return [];
  const segments = view.getUint16(at + 6) / 2;
  return Array.from({ length: segments }, (_, i) => ({
    first: view.getUint16(at + 16 + 2 * segments + 2 * i),
    last: view.getUint16(at + 14 + 2 * i),
  })).filter(({ first }) => first !== 0xffff);
}

/** The family name (name id 16, else 1) of the table `name`, from a Windows record. */
function familyOf(view: DataView, at: number): string {
  const count = view.getUint16(at + 2);
  const strings = at + view.getUint16(at + 4);
  const names = new Map<number, string>();
  for (let i = 0; i < count; i++) {
    const record = at + 6 + 12 * i;
    const [platform, language, id] = [view.getUint16(record), view.getUint16(record + 4), view.getUint16(record + 6)];
    if (platform !== 3 || language !== 0x409) continue;
    const length = view.getUint16(record + 8) / 2;
    const from = strings + view.getUint16(record + 10);
    names.set(id, String.fromCharCode(...Array.from({ length }, (_, k) => view.getUint16(from + 2 * k))));
  }
  return names.get(16) ?? names.get(1) ?? "";
}

/**
 * Family and characters of a TrueType or OpenType file (of a collection, its first face); null for any other file.
 * Source: OpenType 1.9, tables cmap and name. Example: `fontCoverage(bytes)?.covers(0x809d)`.
 */
export function fontCoverage(bytes: Uint8Array): FontCoverage | null {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  try {
    const tag = (at: number): string => String.fromCharCode(...bytes.subarray(at, at + 4));
    const start = tag(0) === "ttcf" ? view.getUint32(12) : 0;
    if (!["\0\u0001\0\0", "OTTO", "true"].includes(tag(start))) return null;
    const tables = new Map(
      Array.from({ length: view.getUint16(start + 4) }, (_, i) => {
        const record = start + 12 + 16 * i;
        return [tag(record), view.getUint32(record + 8)] as const;
      }),
    );
    const [cmap, name] = [tables.get("cmap"), tables.get("name")];
    if (cmap === undefined || name === undefined) return null;
    const subtables = Array.from(
      { length: view.getUint16(cmap + 2) },
      (_, i) => cmap + view.getUint32(cmap + 8 + 8 * i),
    );
    const ranges = subtables.flatMap((at) => rangesOf(view, at));
    return {
      family: familyOf(view, name),
      covers: (codePoint) => ranges.some(({ first, last }) => first <= codePoint && codePoint <= last),
    };
  } catch (error) {
    if (error instanceof RangeError) return null;
    throw error;
  }
}
