import { writeFileSync } from "node:fs";
import { join, posix } from "node:path";
import { unwrap } from "@livermark/core";
import { strFromU8, unzipSync } from "fflate";
import { describeWithTools, runTool, temporaryFolder } from "testkit";
import { describe, expect, it } from "vitest";
import { checklistDocx } from "../src/documents/checklist-docx.js";
import { guidelines } from "../src/documents/checklist-items.js";
import { documentScenes, SLIDE_ROWS } from "../src/documents/document-scenes.js";
import { reportSlides } from "../src/documents/slides.js";
import { sceneSvg } from "../src/figures/scene.js";
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

describe("many panels of residuals", () => {
  const fixture = figureFixtures.find((figure) => figure.kind === "residuals");
  if (fixture?.kind !== "residuals") throw new Error("there is a fixture of this kind");
  const eleven = Array.from({ length: 11 }, (_, i) => ({ ...fixture.panels[0]!, term: `Term ${i + 1}` }));
  const figure = { ...fixture, panels: eleven };

  it("are divided over slides, each panel once, with words as large as on other slides", () => {
    const scenes = documentScenes({ ...results, flow: [], figures: [figure] }, SLIDE_ROWS);
    expect(scenes.map(({ title }) => title.slice(-8))).toEqual(["(1 of 2)", "(2 of 2)"]);
    const svgs = scenes.map(({ scene }) => sceneSvg(scene));
    for (const { term } of eleven)
      expect(
        svgs.filter((svg) => new RegExp(`>${term}(?!\\d)`).test(svg)),
        term,
      ).toHaveLength(1);
    // A slide of 13.3 by 7.5 in leaves 405 pt under its title: words of 7.5 pt are to be 9 or more.
    for (const { scene } of scenes) expect((7.5 * 405) / scene.height).toBeGreaterThan(9);
  });

  it.each([1, 2, 3, 4, 5, 6, 7, 8, 9])("%i panels keep the size of their words", (n) => {
    const some = { ...figure, panels: eleven.slice(0, n) };
    for (const { scene } of documentScenes({ ...results, flow: [], figures: [some] }, SLIDE_ROWS))
      expect((7.5 * 405) / scene.height).toBeGreaterThan(9);
  });

  it("stay one figure in print", () => {
    expect(documentScenes({ ...results, flow: [], figures: [figure] })).toHaveLength(1);
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
