import { join } from "node:path";
import { random } from "@livermark/core";
import { computeHere, coxOptimismTask } from "@livermark/statistics";
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

const SHARE = `(async () => {
  const serve = "program.servePieces(program.webPort(self), program.heavyTasks());";
  const url = URL.createObjectURL(new Blob([LIBRARY + ";" + serve]));
  const workers = [new Worker(url), new Worker(url)];
  const ports = workers.map(program.webPort);
  const result = await program.computeShared(program.coxOptimismTask, INPUT, { ports });
  workers.forEach((worker) => worker.terminate());
  return JSON.stringify(result);
})()`;

/** A small study for the bootstrap that Web Workers share. */
function optimismInput() {
  const stream = random(4);
  const values = Array.from({ length: 60 }, () => stream.normal());
  const time = values.map((x) => stream.exponential() * Math.exp(-x));
  return {
    followUp: { time, event: time.map((_, i) => (i % 4 === 0 ? 0 : 1)) },
    terms: [{ kind: "numeric" as const, name: "x", values }],
    draws: { seed: 3, replicates: 20 },
  };
}

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

  it("shares a bootstrap between Web Workers", async () => {
    const library = await bundle(
      `export { computeShared, coxOptimismTask, heavyTasks, servePieces, webPort } from "@livermark/statistics";`,
    );
    const browser = await launch();
    try {
      const page = await browser.newPage();
      await page.setContent("<!doctype html><title>workers</title>");
      const texts = `const LIBRARY = ${JSON.stringify(library)}; const INPUT = ${JSON.stringify(optimismInput())};`;
      await page.addScriptTag({ content: `${library};${texts}` });
      const answer = JSON.parse(String(await page.evaluate(SHARE)));
      const here = computeHere(coxOptimismTask, optimismInput(), {});
      expect(answer).toMatchObject({ ok: true });
      expect(farthest(answer, JSON.parse(JSON.stringify(here)))).toBeLessThan(1e-9);
    } finally {
      await browser.close();
    }
  });
});
