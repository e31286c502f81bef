import { join } from "node:path";
import { random } from "@livermark/core";
import { chromium } from "playwright-core";
import { describeWithTools, findTool } from "testkit";
import { expect, it } from "vitest";
import { compute } from "./browser-program.js";
import { bundle } from "./bundle.js";

const FLAGS = [
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];

/** Largest relative difference of the numbers of two JSON values; Infinity when anything else differs. */
function farthest(a: unknown, b: unknown): number {
  if (typeof a === "number" && typeof b === "number") return Math.abs(a - b) / Math.max(1e-3, Math.abs(b));
  if (typeof a !== "object" || typeof b !== "object" || a === null || b === null) {
    return a === b ? 0 : Number.POSITIVE_INFINITY;
  }
  const left = Object.entries(a);
  const right = new Map(Object.entries(b));
  if (left.length !== right.size) return Number.POSITIVE_INFINITY;
  return Math.max(0, ...left.map(([key, value]) => farthest(value, right.get(key))));
}

const launch = () => chromium.launch({ executablePath: findTool("chromium") ?? "chromium", args: FLAGS });

const PIECES = `
  const tasks = { draw: (payload, piece) => program.random(payload.seed).fork("piece " + piece).normal() };
`;

const SHARE = `(async () => {
  const url = URL.createObjectURL(new Blob([LIBRARY + TASKS + "program.servePieces(program.webPort(self), tasks);"]));
  const workers = [new Worker(url), new Worker(url)];
  const result = await program.runPieces({ tasks, task: "draw", payload: { seed: 4 }, pieces: 7, ports: workers.map(program.webPort) });
  workers.forEach((worker) => worker.terminate());
  return JSON.stringify(result);
})()`;

describeWithTools("the library in headless Chromium", ["chromium"], () => {
  it("computes a Cox model and a LASSO path to the same numbers as Node, but for rounding of Math.exp", async () => {
    const entry = join(import.meta.dirname, "browser-program.ts");
    const code = await bundle(`export { compute } from ${JSON.stringify(entry)};`);
    const browser = await launch();
    try {
      const page = await browser.newPage();
      const errors: string[] = [];
      page.on("pageerror", (error) => errors.push(error.message));
      await page.setContent("<!doctype html><title>statistics</title>");
      await page.addScriptTag({ content: code });
      const answer = await page.evaluate("JSON.stringify(program.compute())");
      expect(errors).toEqual([]);
      const there = JSON.parse(String(answer));
      const here = JSON.parse(JSON.stringify(compute()));
      expect(farthest(there, here)).toBeLessThan(1e-12);
    } finally {
      await browser.close();
    }
  });

  it("shares pieces of work between Web Workers", async () => {
    const library = await bundle(
      `export { random } from "@livermark/core"; export { runPieces, servePieces, webPort } from "@livermark/statistics";`,
    );
    const browser = await launch();
    try {
      const page = await browser.newPage();
      await page.setContent("<!doctype html><title>workers</title>");
      const texts = `const LIBRARY = ${JSON.stringify(library)}; const TASKS = ${JSON.stringify(PIECES)};`;
      await page.addScriptTag({ content: `${library}${PIECES}${texts}` });
      const answer = JSON.parse(String(await page.evaluate(SHARE)));
      const expected = Array.from({ length: 7 }, (_, piece) => random(4).fork(`piece ${piece}`).normal());
      expect(answer).toMatchObject({ ok: true });
      expect(farthest(answer.value, expected)).toBeLessThan(1e-12);
    } finally {
      await browser.close();
    }
  });
});
