import type { AuditBlock, AuditDocument, AuditQuote, AuditRow } from "./document.js";

/** All documents as one normalised text that still knows where each character came from. */
export interface AuditPage {
  readonly text: string;
  readonly quote: (start: number, end: number) => AuditQuote;
  /** True where the character at this place is of a table row. */
  readonly inTable: (place: number) => boolean;
  /** The table cell that holds the character at this place; null outside cells. */
  readonly cellAt: (place: number) => PlacedCell | null;
  readonly tables: readonly (readonly PlacedRow[])[];
}

export interface PlacedRow {
  readonly cells: readonly string[];
  readonly quote: AuditQuote;
}

/** A cell by its column (from 0), with the cells of its row and the rows of its table above it. */
export interface PlacedCell {
  readonly column: number;
  readonly cells: readonly string[];
  readonly above: readonly PlacedRow[];
}

const REPLACEMENT: Readonly<Record<string, string>> = {
  ﬁ: "fi",
  ﬂ: "fl",
  ﬀ: "ff",
  ﬃ: "ffi",
  ﬄ: "ffl",
  "−": "-",
  "‐": "-",
  "‑": "-",
  "﹣": "-",
  "－": "-",
  "—": "–",
  "·": ".",
  "∙": ".",
  "％": "%",
  "（": "(",
  "）": ")",
  "＜": "<",
  "＝": "=",
  "＞": ">",
  "’": "'",
};

const SPACE = /[\s\u00a0\u2000-\u200a\u202f\u205f\u3000]/;
const INVISIBLE = /[\u00ad\u200b-\u200f\u2060\ufeff]/;

interface Piece {
  readonly text: string;
  readonly source: readonly number[];
}

/** One block: ligatures spelled out, odd spaces and minus signs made plain, word breaks at line ends joined. */
export function normalise(raw: string): Piece {
  const out: string[] = [];
  const source: number[] = [];
  for (let i = 0; i < raw.length; i++) {
    const char = raw[i] ?? "";
    if (INVISIBLE.test(char)) continue;
    if (SPACE.test(char)) {
      let breaks = 0;
      let j = i;
      for (; j < raw.length && SPACE.test(raw[j] ?? ""); j++) if (raw[j] === "\n") breaks++;
      const last = out.length - 1;
      const wordBroken =
        breaks === 1 && out[last] === "-" && /[a-z]/.test(out[last - 1] ?? "") && /[a-z]/.test(raw[j] ?? "");
      if (wordBroken) {
        out.pop();
        source.pop();
      } else {
        for (const space of breaks === 0 ? " " : breaks === 1 ? "\n" : "\n\n") {
          out.push(space);
          source.push(i);
        }
      }
      i = j - 1;
      continue;
    }
    for (const plain of REPLACEMENT[char] ?? char) {
      out.push(plain);
      source.push(i);
    }
  }
  return { text: out.join(""), source };
}

interface RowPlace {
  readonly rows: readonly PlacedRow[];
  readonly index: number;
}

const fold = (text: string): string => text.replaceAll(/\s+/g, " ").trim();

/** Joins the blocks of all documents, each parted from the next by an empty line. */
export function auditPage(documents: readonly AuditDocument[]): AuditPage {
  const places: { start: number; piece: Piece; block: AuditBlock; file: string; row: RowPlace | null }[] = [];
  const texts: string[] = [];
  const tables = new Map<string, PlacedRow[]>();
  let start = 0;
  for (const { file, blocks } of documents) {
    let previous: AuditRow | undefined;
    for (const block of blocks) {
      const piece = normalise(block.text);
      // Rows of one table are neighbours, everything else is parted.
      const gap = texts.length === 0 ? "" : block.kind === "row" && previous?.table === block.table ? "\n" : "\n\n";
      texts.push(gap, piece.text);
      start += gap.length;
      const place: (typeof places)[number] = { start, piece, block, file, row: null };
      places.push(place);
      start += piece.text.length;
      previous = block.kind === "row" ? block : undefined;
      if (block.kind !== "row") continue;
      const key = `${file}\n${block.table}`;
      const rows = tables.get(key) ?? [];
      rows.push({
        cells: block.cells.map((cell) => normalise(cell).text.replaceAll("\n", " ").trim()),
        quote: { file, line: block.line, text: fold(block.text) },
      });
      tables.set(key, rows);
      place.row = { rows, index: rows.length - 1 };
    }
  }
  const placeAt = (from: number) => {
    let low = 0;
    let high = places.length - 1;
    while (low < high) {
      const middle = Math.ceil((low + high) / 2);
      if ((places[middle]?.start ?? 0) <= from) low = middle;
      else high = middle - 1;
    }
    return places[low];
  };
  const quote = (from: number, to: number): AuditQuote => {
    const place = placeAt(from);
    if (place === undefined) throw new Error("a quote from an empty document");
    const first = place.piece.source[Math.min(from - place.start, place.piece.source.length - 1)] ?? 0;
    const last = place.piece.source[Math.min(to - place.start, place.piece.source.length) - 1] ?? first;
    const before = place.block.text.slice(0, first);
    const line = place.block.line + (place.block.kind === "text" ? before.split("\n").length - 1 : 0);
    return { file: place.file, line, text: fold(place.block.text.slice(first, last + 1)) };
  };
  const inTable = (from: number): boolean => placeAt(from)?.block.kind === "row";
  const cellAt = (from: number): PlacedCell | null => {
    const place = placeAt(from);
    if (place === undefined || place.row === null) return null;
    const { rows, index } = place.row;
    const cells = rows[index]?.cells ?? [];
    let end = 0;
    for (const [column, cell] of cells.entries()) {
      const begin = place.piece.text.indexOf(cell, end);
      if (begin < 0) return null;
      end = begin + cell.length;
      if (from - place.start < end)
        return from - place.start < begin ? null : { column, cells, above: rows.slice(0, index) };
    }
    return null;
  };
  return { text: texts.join(""), quote, inTable, cellAt, tables: [...tables.values()] };
}
