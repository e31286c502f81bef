/** What a font file calls itself and which characters it draws. */
export interface FontCoverage {
  /** The names by which programs know it: of its typographic family, then of its plain one. */
  readonly families: readonly string[];
  readonly covers: (codePoint: number) => boolean;
}

/** Neighbouring characters, and whether one of them has a glyph other than the box for missing ones. */
interface Range {
  readonly first: number;
  readonly last: number;
  readonly drawn: (codePoint: number) => boolean;
}

/** Character ranges of a cmap subtable of format 4 or 12; other formats are left to the others of the font. */
function rangesOf(view: DataView, at: number): readonly Range[] {
  const format = view.getUint16(at);
  if (format === 12) {
    const groups = view.getUint32(at + 12);
    return Array.from({ length: groups }, (_, i) => {
      const [first, glyph] = [view.getUint32(at + 16 + 12 * i), view.getUint32(at + 24 + 12 * i)];
      return { first, last: view.getUint32(at + 20 + 12 * i), drawn: (codePoint) => glyph + codePoint - first !== 0 };
    });
  }
  if (format !== 4) return [];
  const segments = view.getUint16(at + 6) / 2;
  return Array.from({ length: segments }, (_, i): Range => {
    const first = view.getUint16(at + 16 + 2 * segments + 2 * i);
    const delta = view.getUint16(at + 16 + 4 * segments + 2 * i);
    const place = at + 16 + 6 * segments + 2 * i;
    const offset = view.getUint16(place);
    // A segment with a table of glyphs may name the missing one in between.
    const drawn = (codePoint: number): boolean =>
      offset === 0
        ? ((codePoint + delta) & 0xffff) !== 0
        : view.getUint16(place + offset + 2 * (codePoint - first)) !== 0;
    return { first, last: view.getUint16(at + 14 + 2 * i), drawn };
  }).filter(({ first }) => first !== 0xffff);
}

/** Family names (name ids 16 and 1) of the table `name` in Windows records, English ones first. */
function familiesOf(view: DataView, at: number): readonly string[] {
  const count = view.getUint16(at + 2);
  const strings = at + view.getUint16(at + 4);
  const found: { readonly rank: number; readonly name: string }[] = [];
  for (let i = 0; i < count; i++) {
    const record = at + 6 + 12 * i;
    const [platform, language, id] = [view.getUint16(record), view.getUint16(record + 4), view.getUint16(record + 6)];
    if (platform !== 3 || (id !== 16 && id !== 1)) continue;
    const length = view.getUint16(record + 8) / 2;
    const from = strings + view.getUint16(record + 10);
    const name = String.fromCharCode(...Array.from({ length }, (_, k) => view.getUint16(from + 2 * k)));
    found.push({ rank: (language === 0x409 ? 0 : 2) + (id === 16 ? 0 : 1), name });
  }
  return [...new Set(found.sort((a, b) => a.rank - b.rank).map(({ name }) => name))];
}

/**
 * Family and characters of a TrueType or OpenType file (of a collection, its first face, the one that is drawn); null
 * for any other file, and for a font without a name or a table of characters that is read here.
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
    const families = familiesOf(view, name);
    if (families.length === 0 || ranges.length === 0) return null;
    return {
      families,
      covers: (codePoint) =>
        ranges.some(({ first, last, drawn }) => first <= codePoint && codePoint <= last && drawn(codePoint)),
    };
  } catch (error) {
    if (error instanceof RangeError) return null;
    throw error;
  }
}
