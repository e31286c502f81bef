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

describe("missingGlyphs", () => {
  it("names what no shipped font draws, once each", () => {
    expect(missingGlyphs("Leber 肝臓 ≥ 肝")).toEqual(["肝", "臓"]);
    expect(missingGlyphs("Größe ≤ 5 × 10⁻³ χ² ●")).toEqual([]);
  });
});
