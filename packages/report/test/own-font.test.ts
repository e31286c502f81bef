import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { unwrap } from "@livermark/core";
import sharp from "sharp";
import { describeWithTools, runTool, temporaryFolder } from "testkit";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { fontCoverage } from "../src/documents/font-coverage.js";
import { FONT_VARIABLE, fontFiles } from "../src/documents/fonts.js";
import { figurePng } from "../src/documents/raster.js";
import { reportFiles } from "../src/documents/report-files.js";
import { figurePdf } from "../src/documents/typst.js";
import { boxCollection, boxFont } from "./fixtures/box-font.js";
import { fixtureProvenance, fixtureResults } from "./fixtures/results.js";
import { survivalFigure } from "./fixtures/survival.js";

const folder = temporaryFolder("own-font");
const HIGH = "高";
const LOW = "低";

function fontFile(name: string, bytes: Uint8Array): string {
  mkdirSync(folder, { recursive: true });
  const path = join(folder, name);
  writeFileSync(path, bytes);
  return path;
}

const word = (text: string): string =>
  `<svg xmlns="http://www.w3.org/2000/svg" width="100pt" height="50pt" viewBox="0 0 100 50" font-family="'Source Sans 3', 'DejaVu Sans', sans-serif"><rect width="100" height="50" fill="#fff"/><text x="0" y="40" font-size="40">${text}</text></svg>`;

/** Height of what is drawn black in the columns of the first letter and of the second, in points of 40. */
async function heights(svg: string): Promise<readonly number[]> {
  const { data, info } = await sharp(unwrap(await figurePng(svg, 72)))
    .greyscale()
    .raw()
    .toBuffer({ resolveWithObject: true });
  return [20, 60].map(
    (x) => Array.from({ length: info.height }, (_, y) => data[y * info.width + x]!).filter((v) => v < 128).length,
  );
}

let before: string | undefined;
beforeEach(() => {
  before = process.env[FONT_VARIABLE];
});
afterEach(() => {
  if (before === undefined) delete process.env[FONT_VARIABLE];
  else process.env[FONT_VARIABLE] = before;
});

describe("what a font draws", () => {
  it("is read from its table of characters, of a collection from the first face", () => {
    const one = fontCoverage(boxFont("Boxes", [LOW, HIGH]));
    expect(one?.families).toEqual(["Boxes"]);
    expect([LOW, HIGH, "肝", "A"].map((c) => one?.covers(c.codePointAt(0)!))).toEqual([true, true, false, false]);
    const first = fontCoverage(boxCollection(["First", [LOW]], ["Second", [HIGH]]));
    expect(first?.families).toEqual(["First"]);
    expect([LOW, HIGH].map((c) => first?.covers(c.codePointAt(0)!))).toEqual([true, false]);
  });

  it("does not count a character whose glyph is the one for missing ones", () => {
    const bytes = boxFont("Boxes", [LOW]);
    const view = new DataView(bytes.buffer);
    const tag = (at: number): string => String.fromCharCode(...bytes.subarray(at, at + 4));
    const cmap = [0, 1, 2, 3, 4, 5, 6, 7].map((i) => 12 + 16 * i).find((at) => tag(at) === "cmap")!;
    // The delta of the only segment: 12 bytes of header, 14 of the subtable, two segments' ends, padding, starts.
    const delta = view.getUint32(cmap + 8) + 12 + 14 + 4 + 2 + 4;
    view.setInt16(delta, -LOW.charCodeAt(0));
    expect(fontCoverage(bytes)?.covers(LOW.charCodeAt(0))).toBe(false);
  });

  it("is null for what is no font, and for one without characters", () => {
    expect(fontCoverage(new TextEncoder().encode("no font at all, only words"))).toBeNull();
    expect(fontCoverage(boxFont("Boxes", [LOW]).subarray(0, 40))).toBeNull();
    expect(fontCoverage(boxFont("", []))).toBeNull();
  });
});

describe.each([
  ["a font", () => boxFont("Boxes", [LOW, HIGH])],
  ["the first face of a collection", () => boxCollection(["Boxes", [LOW, HIGH]], ["Other", ["肝"]])],
])("%s of the person's own", (name, bytes) => {
  beforeEach(() => {
    process.env[FONT_VARIABLE] = fontFile(`${name.replace(/\W/g, "-")}.ttf`, bytes());
  });

  it("draws two Chinese letters in pixels, at their place and size", async () => {
    // 低 is the first in code order: 0.2 em; 高 the second: 0.4 em.
    expect(await heights(word(LOW + HIGH))).toEqual([8, 16]);
    expect(await heights(word(HIGH + LOW))).toEqual([16, 8]);
    expect((await figurePng(word(LOW + HIGH), 72)).issues).toEqual([]);
  });

  it("leaves a letter that no font has an Issue", async () => {
    const drawn = await figurePng(word(`${LOW}肝`), 72);
    expect(drawn.issues.map(({ code, got }) => [code, got])).toEqual([["glyph-missing", "U+809D"]]);
    expect(drawn.issues[0]?.message).toContain("nor Boxes");
  });

  it("carries Chinese groups and a Chinese title through every format without a warning", async () => {
    const [a, b] = survivalFigure.groups;
    const figure = {
      ...survivalFigure,
      groups: [
        { ...a!, label: LOW },
        { ...b!, label: HIGH },
      ],
    };
    const chinese = {
      ...fixtureResults,
      study: { ...fixtureResults.study, title: HIGH + LOW },
      figures: [figure],
    };
    const made = await reportFiles(chinese, fixtureProvenance, ["html", "svg", "png", "tiff", "pdf", "docx", "slides"]);
    expect(made.issues.filter(({ code }) => code.startsWith("glyph") || code.startsWith("font"))).toEqual([]);
    expect(unwrap(made).map(({ path }) => path)).toContain("report.pdf");
  }, 60_000);

  describeWithTools("in a PDF", ["pdffonts"], () => {
    it("is embedded", async () => {
      const path = join(folder, "boxes.pdf");
      writeFileSync(path, unwrap(await figurePdf(word(LOW + HIGH))));
      expect(runTool("pdffonts", [path])).toMatch(/\+Boxes.* yes yes yes /);
    });
  });
});

describe("a variable that names no font", () => {
  it.each([
    ["nothing", () => join(folder, "nowhere.ttf"), "font-not-found"],
    ["a folder", () => folder, "font-not-found"],
    ["words", () => fontFile("words.ttf", new TextEncoder().encode("words")), "font-not-read"],
  ])("is refused in pictures and print (%s)", async (_, path, code) => {
    process.env[FONT_VARIABLE] = path();
    for (const made of [await fontFiles(), await figurePng(word("A"), 72), await figurePdf(word("A"))]) {
      expect(made.ok).toBe(false);
      expect(made.issues.map((issue) => issue.code)).toEqual([code]);
    }
    const report = await reportFiles({ ...fixtureResults, figures: [survivalFigure] }, fixtureProvenance, ["docx"]);
    expect(report.ok).toBe(false);
  });
});

describe("the shipped fonts", () => {
  const file = createRequire(import.meta.url).resolve("dejavu-fonts-ttf/ttf/DejaVuSans.ttf");

  it("are read for their names and characters", () => {
    const coverage = fontCoverage(new Uint8Array(readFileSync(file)));
    expect(coverage?.families).toEqual(["DejaVu Sans"]);
    expect([0x41, 0x3b1, 0x809d].map((code) => coverage?.covers(code))).toEqual([true, true, false]);
  });

  it("take a named font only for what it draws", async () => {
    const svg = word("\u{1d49c}肝");
    process.env[FONT_VARIABLE] = "";
    expect((await figurePng(svg, 72)).issues[0]?.got).toBe("U+1D49C U+809D");
    process.env[FONT_VARIABLE] = file;
    const covers = fontCoverage(new Uint8Array(readFileSync(file)))!.covers;
    const missing = [0x1d49c, 0x809d].filter((code) => !covers(code));
    expect((await figurePng(svg, 72)).issues[0]?.got).toBe(
      missing.map((code) => `U+${code.toString(16).toUpperCase()}`).join(" "),
    );
  });
});
