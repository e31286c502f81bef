import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import fc from "fast-check";
import opentype from "opentype.js";
import { describe, expect, it } from "vitest";
import { missingGlyphs, textWidth, wrapText } from "../src/text.js";

const folder = dirname(createRequire(import.meta.url).resolve("@expo-google-fonts/source-sans-3/package.json"));
const bytes = readFileSync(join(folder, "400Regular", "SourceSans3_400Regular.ttf"));
const font = opentype.parse(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length));

describe("textWidth", () => {
  it.each(["0.56 (0.38–0.83)", "LETB ≥ 25 %", "×10⁻³ mm²/s", "κ = 0.41"])(
    "measures %s as the font file does",
    (text) => {
      const advance = [...text].reduce((sum, character) => sum + (font.charToGlyph(character).advanceWidth ?? 0), 0);
      expect(textWidth(text, 8)).toBeCloseTo((advance * 8) / font.unitsPerEm, 6);
    },
  );

  it("grows with size and adds up over parts", () => {
    fc.assert(
      fc.property(fc.string(), fc.string(), (a, b) => {
        const whole = textWidth(a + b, 10);
        return (
          Math.abs(whole - textWidth(a, 10) - textWidth(b, 10)) < 1e-9 &&
          Math.abs(textWidth(a + b, 20) - 2 * whole) < 1e-9
        );
      }),
    );
  });
});

describe("wrapText", () => {
  it("keeps every line within the width and loses no word", () => {
    const text = "no arterial-phase CT within 3 months before treatment";
    const lines = wrapText(text, 90, 8);
    expect(lines.length).toBeGreaterThan(1);
    expect(lines.every((line) => textWidth(line, 8) <= 90)).toBe(true);
    expect(lines.join(" ")).toBe(text);
  });

  it("leaves a word alone that is wider than the line", () => {
    expect(wrapText("a chemoembolisation b", 20, 8)).toEqual(["a", "chemoembolisation", "b"]);
  });
});

describe("wrapText of ideographs", () => {
  it("breaks between them, and leaves punctuation and numbers with what they belong to", () => {
    expect(wrapText("总生存期", 16, 8)).toEqual(["总生", "存期"]);
    expect(wrapText("肝癌（晚期）、进展", 24, 8)).toEqual(["肝癌", "（晚", "期）、", "进展"]);
    expect(wrapText("糖类抗原CA19-9 高", 30, 8)).toEqual(["糖类抗", "原", "CA19-9", "高"]);
  });

  it("loses no letter and no space between words on one line", () => {
    expect(wrapText("年龄 age 60 岁", 400, 8)).toEqual(["年龄 age 60 岁"]);
  });
});

describe("missingGlyphs", () => {
  it("names what no shipped font draws, once each", () => {
    expect(missingGlyphs("Leber 肝臓 ≥ 肝")).toEqual(["肝", "臓"]);
    expect(missingGlyphs("Größe ≤ 5 × 10⁻³ χ² ●")).toEqual([]);
  });
});
