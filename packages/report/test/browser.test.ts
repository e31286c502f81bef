import { join } from "node:path";
import { chromium } from "playwright-core";
import { rolldown } from "rolldown";
import { describeWithTools, findTool, repositoryRoot } from "testkit";
import { describe, expect, it } from "vitest";
import { figureSvg } from "../src/figures/draw.js";
import { figureFixtures } from "./fixtures/figures.js";

const source = (room: string): string => join(repositoryRoot, "packages", room, "src/index.ts");

/** The browser's entry as one module, with nothing left to load. */
async function bundled(): Promise<{ readonly code: string; readonly imports: readonly string[] }> {
  const build = await rolldown({
    input: join(repositoryRoot, "packages/report/src/browser.ts"),
    platform: "browser",
    resolve: {
      alias: { "@livermark/core": source("core"), "@livermark/analysis": source("analysis") },
      extensionAlias: { ".js": [".ts", ".js"] },
    },
  });
  const { output } = await build.generate({ format: "esm" });
  await build.close();
  return {
    code: output[0].code,
    imports: output.flatMap((chunk) => (chunk.type === "chunk" ? [...chunk.imports, ...chunk.dynamicImports] : [])),
  };
}

describe("the browser entry", () => {
  it("needs no module of Node and nothing else at run time", async () => {
    const { code, imports } = await bundled();
    expect(imports).toEqual([]);
    expect(code).not.toMatch(/from "node:|import\("node:|require\(/);
  });
});

describeWithTools("the browser entry in a browser", ["chromium"], () => {
  it("draws every figure as Node draws it", async () => {
    const { code } = await bundled();
    const browser = await chromium.launch({ executablePath: findTool("chromium")!, args: ["--no-sandbox"] });
    try {
      const page = await browser.newPage();
      await page.addScriptTag({
        type: "module",
        content: `${code.replace(/export\s*\{([^}]*)\};?\s*$/, "")}\nglobalThis.figureSvg = figureSvg;`,
      });
      for (const figure of figureFixtures) {
        const drawn = await page.evaluate<string>(`globalThis.figureSvg(${JSON.stringify(figure)})`);
        expect(drawn === figureSvg(figure), figure.id).toBe(true);
      }
    } finally {
      await browser.close();
    }
  });
});
