import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { unwrap } from "@livermark/core";
import { exampleStudy, paperCohort } from "@livermark/phantom";
import { writeFolder } from "@livermark/pipeline";
import { chromium } from "playwright-core";
import { describeWithTools, findTool, temporaryFolder } from "testkit";
import { beforeAll, describe, expect, it } from "vitest";
import { command as board } from "../src/commands/board.js";
import { call, json } from "./support.js";

const folder = temporaryFolder("board");
const bundle = join(folder, "study");
const given = join(folder, "given");
const page = (name: string): string => readFileSync(join(folder, "pages", name), "utf8");

beforeAll(async () => {
  writeFolder(bundle, unwrap(exampleStudy({ seed: 5, patients: 8, imaged: [[45, 24]] })).files);
  writeFolder(given, unwrap(paperCohort("ser-haic", 1)).files);
  await json(board, bundle, "P001", "P006", "--out", join(folder, "pages"));
}, 300_000);

describe("livermark board", () => {
  it("sets course, key images, measurements with intervals and verdicts on the page of a patient", () => {
    const html = page("P001.html");
    for (const heading of ["Course", "Key images", "Measurements", "Response by each criterion", "Liver function"])
      expect(html).toContain(`<h2>${heading}</h2>`);
    expect(html).toMatch(/LETB \(95% interval\)<\/th><td>\d+\.\d% \(\d+\.\d–\d+\.\d\)/);
    expect(html).toContain("Border of the liver");
    expect(html).toContain("RECIST 1.1</th>");
    expect(html).toContain("recommends nothing");
    const words = html.replace(/<style>[\s\S]*?<\/style>|base64,[^"]*/g, "");
    expect(words).not.toMatch(/mrecist\/papers|NaN|undefined|null/);
  });

  it("gives the sum at the first visit that later ones are held against", () => {
    const row = /Longest diameters, sum<\/th>(?:<td>[^<]*<\/td>)+/.exec(page("P006.html"))?.[0] ?? "";
    expect(row).toMatch(/^Longest diameters, sum<\/th><td>\d+\.\d mm<\/td>/);
  });

  it("does without images, and gives the same bytes every time", async () => {
    const [a, b] = [join(folder, "a"), join(folder, "b")];
    const made = await json<{ files: readonly string[] }>(board, given, "P002", "--out", a);
    await json(board, given, "P002", "--out", b);
    expect(made.files).toEqual(["P002.html"]);
    expect(readFileSync(join(a, "P002.html")).equals(readFileSync(join(b, "P002.html")))).toBe(true);
    const html = readFileSync(join(a, "P002.html"), "utf8");
    expect(html).not.toContain("Key images");
    expect(html).toMatch(/SER<\/th><td>\d\.\d\d<\/td>/);
    expect(html).not.toMatch(/2[01]\d\d-\d\d-\d\d/);
  });

  it("puts the decisions of boards on the page, in months and in the words of the table", async () => {
    const procedures = readFileSync(join(given, "tables", "procedures.csv"), "utf8").split("\n");
    const columns = (procedures[0] ?? "").split(",");
    const first = procedures.map((row) => row.split(",")).find((row) => row[columns.indexOf("patient")] === "P003");
    const time = columns.includes("date") ? "date" : "day";
    const when = first?.[columns.indexOf(time)] ?? "";
    writeFileSync(
      join(given, "tables", "board.csv"),
      `patient,${time},question,decision\nP003,${when},HAIC or TACE?,HAIC\nP004,${when},,Wait\n`,
    );
    const out = join(folder, "decided");
    await json(board, given, "P003", "--out", out);
    const html = readFileSync(join(out, "P003.html"), "utf8");
    expect(html).toContain('<th scope="row">Month 0.0</th><td>HAIC or TACE?</td><td>HAIC</td>');
    expect(html).not.toContain("Wait");
  });

  it("refuses a patient that the bundle does not have", async () => {
    const refused = await call(board, given, "P999");
    expect(refused.ok).toBe(false);
    expect(refused.issues[0]).toMatchObject({ code: "unknown-patient", got: "P999" });
  });

  describeWithTools("in print", ["chromium", "pdfinfo"], () => {
    it("is one A4 page", async () => {
      const browser = await chromium.launch({ executablePath: findTool("chromium")!, args: ["--no-sandbox"] });
      const tab = await browser.newPage();
      for (const name of ["P001.html", "P006.html"]) {
        await tab.goto(pathToFileURL(join(folder, "pages", name)).href);
        const pdf = await tab.pdf({ preferCSSPageSize: true });
        expect([...pdf.toString("latin1").matchAll(/\/Type\s*\/Page\b(?!s)/g)].length, name).toBe(1);
      }
      await browser.close();
    });

    it("prints no word of a figure below 7 points", async () => {
      const browser = await chromium.launch({ executablePath: findTool("chromium")!, args: ["--no-sandbox"] });
      // A4 less its margins, at 96 px to the inch.
      const tab = await browser.newPage({ viewport: { width: 703, height: 1032 } });
      await tab.emulateMedia({ media: "print" });
      for (const name of ["P001.html", "P006.html"]) {
        await tab.goto(pathToFileURL(join(folder, "pages", name)).href);
        const sizes = await tab.evaluate<number[]>(
          "[...document.querySelectorAll('.draw text')].map((text) => [text.getScreenCTM(), 0.75 * parseFloat(getComputedStyle(text).fontSize)]).map(([at, pt]) => pt * Math.hypot(at.a, at.b))",
        );
        expect(sizes.length, name).toBeGreaterThan(20);
        expect(Math.min(...sizes), name).toBeGreaterThanOrEqual(7);
      }
      await browser.close();
    });
  });
});
