import { readFileSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { type Browser, chromium } from "playwright-core";
import { describeWithTools, findTool, temporaryFolder } from "testkit";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { calculatorPage } from "../src/html/calculator-page.js";
import { tumourBoardHtml } from "../src/html/tumour-board.js";
import { coxModel, logisticModel } from "./fixtures/models.js";
import { boardSheet } from "./fixtures/tumour-board.js";

describe("tumourBoardHtml", () => {
  const html = tumourBoardHtml(boardSheet);

  it("states findings with intervals and recommends nothing", () => {
    expect(html).toContain("44.8% (42.1–47.4)");
    expect(html).toContain("The criteria disagree: SD by RECIST 1.1; PR by mRECIST; Responder by LETB.");
    expect(html).toContain("recommends nothing");
    expect(html).not.toContain("<script");
  });

  it("lists what boards were asked and decided, with the columns that say something", () => {
    const table = /<table class="verdicts decisions">[\s\S]*?<\/table>/.exec(html)?.[0] ?? "";
    expect(table.match(/<th scope="col">[^<]*/g)?.map((head) => head.split(">")[1])).toEqual([
      "Question",
      "Images shown",
      "Decision",
      "Cause",
    ]);
    expect(table).toContain('<th scope="row">Month 8.4</th><td>Another TACE?</td><td>—</td><td>No more TACE</td>');
    const short = tumourBoardHtml({
      ...boardSheet,
      decisions: boardSheet.decisions.map((one) => ({ ...one, images: null })),
    });
    expect(short).not.toContain("Images shown");
    expect(tumourBoardHtml({ ...boardSheet, decisions: [] })).not.toContain("Decisions of the board");
  });

  it("gives the same bytes every time", () => {
    expect(tumourBoardHtml(boardSheet)).toBe(html);
  });

  it("does without images, course and verdicts", () => {
    const bare = tumourBoardHtml({
      ...boardSheet,
      timeLine: null,
      images: null,
      verdicts: [],
      liver: [],
      measures: [],
    });
    expect(bare).not.toContain("<svg");
    expect(bare).toContain("None recorded.");
  });
});

describeWithTools("small pages in a browser", ["chromium"], () => {
  const folder = temporaryFolder("pages");
  const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
  const pages = {
    board: tumourBoardHtml(boardSheet),
    logistic: calculatorPage(logisticModel),
    cox: calculatorPage(coxModel),
  };
  let browser: Browser;
  beforeAll(async () => {
    for (const [name, html] of Object.entries(pages)) writeFileSync(join(folder, `${name}.html`), html);
    browser = await chromium.launch({ executablePath: findTool("chromium")!, args: ["--no-sandbox"] });
  });
  afterAll(() => browser.close());

  it.each(Object.keys(pages).flatMap((name) => [[name, "light"] as const, [name, "dark"] as const]))(
    "axe finds no violation in %s (%s)",
    async (name, colorScheme) => {
      const context = await browser.newContext({ colorScheme, bypassCSP: true });
      const page = await context.newPage();
      await page.goto(pathToFileURL(join(folder, `${name}.html`)).href);
      await page.addScriptTag({ content: axe });
      const violations = await page.evaluate<string[]>(
        "axe.run({ runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'] }).then((r) => r.violations.map((v) => v.id + ': ' + v.nodes.map((n) => n.target).join(' | ')))",
      );
      expect(violations).toEqual([]);
      await context.close();
    },
  );

  it("the tumour board sheet is one A4 page", async () => {
    const page = await browser.newPage();
    await page.goto(pathToFileURL(join(folder, "board.html")).href);
    const pdf = (await page.pdf({ preferCSSPageSize: true })).toString("latin1");
    expect(pdf.match(/\/Type\s*\/Page\b/g)).toHaveLength(1);
    await page.close();
  });
});
