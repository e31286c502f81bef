import { readFileSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { type Browser, chromium } from "playwright-core";
import { describeWithTools, findTool, temporaryFolder } from "testkit";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { htmlReport } from "../src/html/html-report.js";
import { tableHtml } from "../src/tables/html-table.js";
import { figureFixtures } from "./fixtures/figures.js";
import { fixtureProvenance, fixtureResults } from "./fixtures/results.js";

const allFigures = { ...fixtureResults, figures: figureFixtures };

describe("htmlReport", () => {
  const html = htmlReport(fixtureResults, fixtureProvenance);

  it("gives the same bytes every time", () => {
    expect(htmlReport(fixtureResults, fixtureProvenance)).toBe(html);
  });

  it("asks for nothing from anywhere", () => {
    expect(html).toContain("default-src 'none'");
    expect(html.replace(/xmlns="http:\/\/www\.w3\.org\/2000\/svg"/g, "")).not.toMatch(
      /(?:src|href)="https?:|url\(https?:|@import/,
    );
    expect(html).not.toMatch(/\beval\(|new Function|innerHTML/);
  });

  it("names version, data, protocol, lock, conventions and use", () => {
    for (const words of [
      "livermark 0.1.0",
      fixtureResults.study.inputsSha256,
      "letb-tace 1.0.0",
      "day 1460",
      "ties: efron",
      "Not a medical device",
    ]) {
      expect(html).toContain(words);
    }
  });

  it("carries the passport of every number it shows, and of what that was made from", () => {
    const json: unknown = JSON.parse(
      /<script type="application\/json" id="passports">(.*?)<\/script>/s.exec(html)![1]!,
    );
    expect(json).toHaveProperty(["cox.letb.multi.hr", "function"], "analysis.cox");
    expect(json).toHaveProperty(["analysis-set.cox", "inputs"]);
  });

  it("makes text harmless", () => {
    const evil = {
      ...fixtureResults,
      study: { ...fixtureResults.study, title: `</title><script>alert("1")</script>` },
    };
    expect(htmlReport(evil, fixtureProvenance)).not.toContain("<script>alert");
  });

  it("says so when nothing was left out and when a study is empty", () => {
    const empty = { ...fixtureResults, flow: [], tables: [], figures: [], notes: [], issues: [], methods: [] };
    expect(htmlReport(empty, { ...fixtureProvenance, passports: {} })).toContain("Nothing was left out.");
  });

  it("names a table's rows and columns for screen readers", () => {
    const table = tableHtml(fixtureResults.tables[3]!, "4");
    expect(table).toContain('<th scope="colgroup" colspan="2">');
    expect(table).toContain('<th scope="row">');
    expect(table.match(/tabindex="0"/g)).toHaveLength(1);
  });
});

describeWithTools("htmlReport in a browser", ["chromium"], () => {
  const folder = temporaryFolder("html");
  const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
  let browser: Browser;
  beforeAll(async () => {
    writeFileSync(join(folder, "report.html"), htmlReport(allFigures, fixtureProvenance));
    browser = await chromium.launch({ executablePath: findTool("chromium")!, args: ["--no-sandbox"] });
  });
  afterAll(() => browser.close());

  const open = async (colorScheme: "light" | "dark") => {
    const context = await browser.newContext({ colorScheme, viewport: { width: 1200, height: 900 }, bypassCSP: true });
    const page = await context.newPage();
    const problems: string[] = [];
    page.on("console", (message) => problems.push(message.text()));
    page.on("pageerror", (error) => problems.push(error.message));
    page.on("request", (request) => {
      if (!request.url().startsWith("file:") && !request.url().startsWith("data:")) problems.push(request.url());
    });
    await page.goto(pathToFileURL(join(folder, "report.html")).href);
    return { page, problems };
  };

  it.each(["light", "dark"] as const)("axe finds no violation (%s)", async (scheme) => {
    const { page, problems } = await open(scheme);
    await page.click('td[data-id="cox.letb.multi.hr"]');
    await page.addScriptTag({ content: axe });
    const violations = await page.evaluate<string[]>(
      "axe.run({ runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'] }).then((r) => r.violations.map((v) => v.id + ': ' + v.nodes.map((n) => n.target).join(' | ')))",
    );
    expect(violations).toEqual([]);
    expect(problems).toEqual([]);
  });

  it("its own policy lets its own script run; a click and Enter open a passport, Escape closes it", async () => {
    const context = await browser.newContext();
    const page = await context.newPage();
    await page.goto(pathToFileURL(join(folder, "report.html")).href);
    await page.click('td[data-id="cox.letb.multi.hr"]');
    expect(await page.locator("#passport").textContent()).toContain("analysis.cox");
    await page.locator("#passport summary").first().click();
    // What a fold holds is written when the page tells that it opened, a moment after the click.
    await page.locator("#passport", { hasText: "tables/patients.csv" }).waitFor();
    expect(await page.locator("#passport").textContent()).toContain("tables/patients.csv");
    await page.keyboard.press("Escape");
    expect(await page.locator("#passport").isVisible()).toBe(false);
    await page.locator('td[data-id="cox.letb.multi.hr"]').focus();
    await page.keyboard.press("Enter");
    expect(await page.locator("#passport").isVisible()).toBe(true);
    await page.keyboard.press("Escape");
    await page.keyboard.press("ArrowLeft");
    expect(await page.evaluate<string>("document.activeElement.getAttribute('data-id')")).toBe("cox.letb.uni.p");
  });

  it("enlarges a figure and lets it go", async () => {
    const { page, problems } = await open("light");
    await page.click("#roc-models button");
    expect(await page.locator("#zoom svg").boundingBox()).toMatchObject({ width: expect.any(Number) as number });
    await page.keyboard.press("Escape");
    expect(await page.locator("#zoom").isVisible()).toBe(false);
    expect(problems).toEqual([]);
  });

  it("sorts a flat table and puts it back", async () => {
    const { page } = await open("light");
    const labels = () => page.locator("#acquisition tbody th").allTextContents();
    const before = await labels();
    const button = page.locator("#acquisition thead button").nth(2);
    await button.click();
    expect(await labels()).toEqual(["Scanner C", "Scanner A", "Scanner B", "Scanner D"]);
    await button.click();
    await button.click();
    expect(await labels()).toEqual(before);
  });

  it("numbers of a column stand with their points in one line", async () => {
    const { page } = await open("light");
    const points = await page.evaluate<
      number[]
    >(`[...document.querySelectorAll('#baseline tbody tr')].map((row) => row.cells[1]).filter((cell) => cell && /\\d\\./.test(cell.textContent) && !/^\\d+ /.test(cell.textContent)).map((cell) => {
      const walker = document.createTreeWalker(cell, NodeFilter.SHOW_TEXT); const node = walker.nextNode();
      const range = document.createRange(); const at = node.data.indexOf('.'); range.setStart(node, at); range.setEnd(node, at + 1);
      return range.getBoundingClientRect().left; })`);
    expect(points.length).toBeGreaterThan(1);
    expect(Math.max(...points) - Math.min(...points)).toBeLessThan(0.6);
  });
});
