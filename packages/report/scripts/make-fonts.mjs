// Writes src/generated: advance widths of the shipped faces, and small WOFF faces for self-contained HTML.
// Run from anywhere: node packages/report/scripts/make-fonts.mjs
import { readFileSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { deflateSync } from "node:zlib";
import opentype from "opentype.js";

const { Font, parse } = opentype;
const require = createRequire(import.meta.url);
const folder = (name) => dirname(require.resolve(`${name}/package.json`));
const generated = join(dirname(fileURLToPath(import.meta.url)), "../src/generated");

// The font writer stamps its output with the clock; a fixed one keeps the generated files stable.
globalThis.Date = class extends Date {
  constructor() {
    super(0);
  }
};

const load = (path) => {
  const bytes = readFileSync(path);
  return parse(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length));
};
const faces = {
  regular: load(join(folder("@expo-google-fonts/source-sans-3"), "400Regular/SourceSans3_400Regular.ttf")),
  semibold: load(join(folder("@expo-google-fonts/source-sans-3"), "600SemiBold/SourceSans3_600SemiBold.ttf")),
};
const fallback = load(join(folder("dejavu-fonts-ttf"), "ttf/DejaVuSans.ttf"));

/** Runs of neighbouring code points: `[first, [width, …]]`. */
function widthRuns(font, skip = () => false) {
  const runs = [];
  for (let code = 0x20; code < 0x2c00; code++) {
    const index = font.charToGlyphIndex(String.fromCodePoint(code));
    if (index === 0 || skip(code)) continue;
    const width = Math.round((font.glyphs.get(index).advanceWidth * 1000) / font.unitsPerEm);
    const last = runs.at(-1);
    if (last !== undefined && last[0] + last[1].length === code) last[1].push(width);
    else runs.push([code, [width]]);
  }
  return runs;
}
const runLines = (runs) => runs.map(([first, widths]) => `  [${first}, "${widths.join(" ")}"],`).join("\n");
const inMain = (code) => faces.regular.charToGlyphIndex(String.fromCodePoint(code)) !== 0;

writeFileSync(
  join(generated, "font-metrics.ts"),
  `// Written by scripts/make-fonts.mjs from Source Sans 3 and DejaVu Sans: do not edit.

/** Advance widths in 1/1000 em as runs of neighbouring code points. */
export type WidthRuns = readonly (readonly [first: number, widths: string])[];

export const regularWidths: WidthRuns = [
${runLines(widthRuns(faces.regular))}
];

export const semiboldWidths: WidthRuns = [
${runLines(widthRuns(faces.semibold))}
];

/** Code points that only the fallback face (DejaVu Sans) has. */
export const fallbackWidths: WidthRuns = [
${runLines(widthRuns(fallback, inMain))}
];
`,
);

/** Characters that the HTML faces hold: Latin, Greek, punctuation, superscripts, arrows and operators of the reports. */
function webCharacters() {
  const codes = [];
  const add = (from, to) => {
    for (let code = from; code <= to; code++) if (inMain(code)) codes.push(code);
  };
  add(0x20, 0x7e);
  add(0xa0, 0x17f);
  add(0x384, 0x3ce);
  add(0x2002, 0x200a);
  add(0x2010, 0x2026);
  for (const character of "‰′″€™ℓ‹›⁄⁰⁴⁵⁶⁷⁸⁹⁺⁻₀₁₂₃₄₅₆₇₈₉←↑→↓−×÷±≈≠≤≥∞√∑∂∆■▲▼◆●○✓") {
    const code = character.codePointAt(0);
    if (inMain(code) && !codes.includes(code)) codes.push(code);
  }
  return codes;
}

function subset(font, styleName) {
  const glyphs = [font.glyphs.get(0)];
  const byIndex = new Map();
  for (const code of webCharacters()) {
    const index = font.charToGlyphIndex(String.fromCodePoint(code));
    const known = byIndex.get(index);
    if (known !== undefined) {
      known.addUnicode(code);
      continue;
    }
    const glyph = font.glyphs.get(index);
    void glyph.path;
    glyph.unicode = code;
    glyph.unicodes = [code];
    byIndex.set(index, glyph);
    glyphs.push(glyph);
  }
  // "Source" is a reserved font name: a changed face must be called otherwise.
  const small = new Font({
    familyName: "Livermark Sans",
    styleName,
    unitsPerEm: font.unitsPerEm,
    ascender: font.ascender,
    descender: font.descender,
    glyphs,
    createdTimestamp: 0,
    copyright: "Copyright 2010-2020 Adobe, SIL Open Font License 1.1",
    license: "SIL Open Font License 1.1",
  });
  return Buffer.from(small.toArrayBuffer());
}

/** WOFF 1.0: the font's tables, each deflated. */
function woff(sfnt) {
  const count = sfnt.readUInt16BE(4);
  const tables = [];
  for (let i = 0; i < count; i++) {
    const at = 12 + 16 * i;
    const data = sfnt.subarray(sfnt.readUInt32BE(at + 8), sfnt.readUInt32BE(at + 8) + sfnt.readUInt32BE(at + 12));
    const packed = deflateSync(data, { level: 9 });
    tables.push({
      tag: sfnt.subarray(at, at + 4),
      checksum: sfnt.readUInt32BE(at + 4),
      length: data.length,
      bytes: packed.length < data.length ? packed : data,
    });
  }
  const padded = (n) => Math.ceil(n / 4) * 4;
  const head = 44 + 20 * count;
  const total = tables.reduce((sum, table) => sum + padded(table.bytes.length), head);
  const out = Buffer.alloc(total);
  out.write("wOFF", 0, "latin1");
  sfnt.copy(out, 4, 0, 4);
  out.writeUInt32BE(total, 8);
  out.writeUInt16BE(count, 12);
  out.writeUInt32BE(
    tables.reduce((sum, table) => sum + padded(table.length), 12 + 16 * count),
    16,
  );
  out.writeUInt16BE(1, 20);
  let at = head;
  tables.forEach((table, i) => {
    table.tag.copy(out, 44 + 20 * i);
    out.writeUInt32BE(at, 48 + 20 * i);
    out.writeUInt32BE(table.bytes.length, 52 + 20 * i);
    out.writeUInt32BE(table.length, 56 + 20 * i);
    out.writeUInt32BE(table.checksum, 60 + 20 * i);
    table.bytes.copy(out, at);
    at += padded(table.bytes.length);
  });
  return out;
}

const web = (font, style) => woff(subset(font, style)).toString("base64");
writeFileSync(
  join(generated, "web-fonts.ts"),
  `// Written by scripts/make-fonts.mjs from Source Sans 3 (SIL Open Font License 1.1): do not edit.

/** Source Sans 3 regular, reduced to the characters of a report, as WOFF in base64. */
export const webFontRegular =
  "${web(faces.regular, "Regular")}";

/** Source Sans 3 semibold, likewise. */
export const webFontSemibold =
  "${web(faces.semibold, "SemiBold")}";
`,
);
