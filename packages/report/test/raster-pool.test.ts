import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { unwrap } from "@livermark/core";
import { temporaryFolder } from "testkit";
import { describe, expect, it } from "vitest";
import { drawRasters } from "../src/documents/draw-raster.js";
import { fontFiles } from "../src/documents/fonts.js";
import { rasterPool } from "../src/documents/raster-pool.js";
import { reportFiles } from "../src/documents/report-files.js";
import { reportSlides } from "../src/documents/slides.js";
import { figureSheets, figureSvg } from "../src/figures/draw.js";
import { figureFixtures } from "./fixtures/figures.js";
import { fixtureProvenance, fixtureResults } from "./fixtures/results.js";
import { survivalFigure } from "./fixtures/survival.js";

const svg = figureSvg(survivalFigure);
const job = async (dpi: number) => ({ svg, dpi, kinds: ["png", "tiff"] as const, fontFiles: await fontFiles() });
const folder = temporaryFolder("raster-pool");

/** A worker that answers each job by these statements. */
function worker(name: string, statements: string): URL {
  const file = join(folder, `${name}.mjs`);
  writeFileSync(
    file,
    `import { parentPort } from "node:worker_threads";\nparentPort.on("message", ({ id, job }) => { ${statements} });\n`,
  );
  return pathToFileURL(file);
}

describe("rasterPool", () => {
  it("answers each job with its own picture, whichever worker is first", async () => {
    const echo = worker(
      "echo",
      "setTimeout(() => parentPort.postMessage({ id, pictures: [Uint8Array.of(job.dpi)] }), job.dpi % 5);",
    );
    const draw = rasterPool(echo);
    const asked = Array.from({ length: 40 }, (_, i) => 20 + i);
    const made = await Promise.all(asked.map(async (dpi) => (await draw(await job(dpi)))[0]![0]));
    // On one core there is no worker, and each is a real PNG, whose first byte is 137.
    expect(made).toEqual(made[0] === 137 ? asked.map(() => 137) : asked);
  });

  it.each([
    ["is missing", () => pathToFileURL(join(folder, "nowhere.js"))],
    ["cannot draw", () => worker("null", "parentPort.postMessage({ id, pictures: null });")],
    ["fails", () => worker("fails", 'throw new Error("no");')],
    ["ends", () => worker("ends", "process.exit(1);")],
  ])("draws the same bytes in this thread when the worker %s", async (_, file) => {
    const draw = rasterPool(file());
    const wanted = await drawRasters(await job(50));
    const made = await Promise.all([50, 50, 50, 50, 50, 50, 50, 50].map(async (dpi) => draw(await job(dpi))));
    for (const pictures of made) expect(pictures).toEqual(wanted);
  });

  it("tells the error of a drawing that is no figure", async () => {
    await expect(
      rasterPool(worker("no", "parentPort.postMessage({ id, pictures: null });"))({
        ...(await job(50)),
        svg: "<svg/>",
      }),
    ).rejects.toThrow("not a figure");
  });
});

describe("a figure longer than a page", () => {
  const forest = figureFixtures.find((figure) => figure.kind === "forest")!;
  const row = forest.rows[0]!;
  const long = { ...forest, rows: Array.from({ length: 100 }, () => ({ ...row, indent: 0 as const })) };
  const results = { ...fixtureResults, flow: [], figures: [long] };

  it("is drawn as numbered sheets in pixels and whole as a vector", async () => {
    const files = unwrap(await reportFiles(results, fixtureProvenance, ["svg", "png"]));
    const count = figureSheets(long).length;
    expect(count).toBeGreaterThan(1);
    expect(files.map((file) => file.path)).toEqual([
      `figures/${long.id}.svg`,
      ...Array.from({ length: count }, (_, i) => `figures/${long.id}-${i + 1}.png`),
    ]);
  });

  it("is a slide for each sheet", async () => {
    const text = new TextDecoder("latin1").decode(unwrap(await reportSlides(results)));
    for (const n of [1, 2, 3]) expect(text).toContain(`ppt/slides/slide${n}.xml`);
  });
});
