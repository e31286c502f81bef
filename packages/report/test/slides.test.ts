import { writeFileSync } from "node:fs";
import { join, posix } from "node:path";
import { unwrap } from "@livermark/core";
import { strFromU8, unzipSync } from "fflate";
import { describeWithTools, runTool, temporaryFolder } from "testkit";
import { describe, expect, it } from "vitest";
import { checklistDocx } from "../src/documents/checklist-docx.js";
import { guidelines } from "../src/documents/checklist-items.js";
import { reportSlides } from "../src/documents/slides.js";
import { figureFixtures } from "./fixtures/figures.js";
import { fixtureResults } from "./fixtures/results.js";

const results = { ...fixtureResults, figures: figureFixtures.slice(0, 3) };

describe("slides", () => {
  it("one slide for the flow chart and each figure, with its title, a picture and its words for those who cannot see it", async () => {
    const files = unzipSync(unwrap(await reportSlides(results)));
    const slides = Object.keys(files).filter((path) => /^ppt\/slides\/slide\d+\.xml$/.test(path));
    expect(slides).toHaveLength(results.figures.length + 1);
    expect(Object.keys(files)[0]).toBe("[Content_Types].xml");
    const xml = strFromU8(files["ppt/slides/slide2.xml"]!);
    expect(xml).toContain('<p:ph type="title"/>');
    expect(/descr="([^"]{40,})"/.exec(xml)?.[1]).toMatch(/\d/);
    expect(xml).toContain("For research use.");
    expect(files["ppt/media/figure2.png"]!.subarray(1, 4)).toEqual(new TextEncoder().encode("PNG"));
  });
});

/** Every tag closes in its order. */
function wellFormed(xml: string): boolean {
  const open: string[] = [];
  for (const [, close, name, rest] of xml.matchAll(/<(\/?)([\w:]+)((?:\s[\w:]+="[^"<]*")*\s*\/?)>/g)) {
    if (close === "/") {
      if (open.pop() !== name) return false;
    } else if (!rest?.endsWith("/")) open.push(name ?? "");
  }
  return open.length === 0;
}

// LibreOffice Impress is not among the programs of CI; its rendering was looked at by hand.
describe("the parts of a presentation", () => {
  it("are well-formed, have a type each, and lead only to parts that are there", async () => {
    const files = unzipSync(unwrap(await reportSlides(results)));
    const types = strFromU8(files["[Content_Types].xml"]!);
    for (const [path, bytes] of Object.entries(files)) {
      if (path.endsWith(".png")) continue;
      const xml = strFromU8(bytes);
      expect(wellFormed(xml), path).toBe(true);
      if (path.startsWith("ppt/") && path.endsWith(".xml")) expect(types).toContain(`PartName="/${path}"`);
      if (!path.endsWith(".rels")) continue;
      const folder = path.replace("_rels/", "").replace(/[^/]*\.rels$/, "");
      for (const [, target] of xml.matchAll(/Target="([^"]+)"/g)) {
        expect(Object.keys(files)).toContain(posix.normalize(`${folder}${target}`));
      }
    }
  });
});

describeWithTools("checklists in LibreOffice", ["soffice", "pdftotext"], () => {
  it("open, and hold every guideline", async () => {
    const folder = temporaryFolder();
    writeFileSync(join(folder, "checklists.docx"), await checklistDocx(results));
    runTool("soffice", ["--headless", "--convert-to", "pdf", "--outdir", folder, join(folder, "checklists.docx")]);
    const lists = runTool("pdftotext", [join(folder, "checklists.pdf"), "-"]);
    for (const { name } of guidelines) expect(lists).toContain(name);
    expect(lists).toContain("open: for the authors");
  });
});
