import { existsSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { Worker } from "node:worker_threads";
import { unwrap } from "@livermark/core";
import { temporaryFolder } from "testkit";
import { describe, expect, it } from "vitest";
import { SLIDE_ROWS } from "../src/documents/document-scenes.js";
import { drawRasters } from "../src/documents/draw-raster.js";
import { fontFiles } from "../src/documents/fonts.js";
import { type RasterReply, rasterPool } from "../src/documents/raster-pool.js";
import { reportFiles } from "../src/documents/report-files.js";
import { reportSlides } from "../src/documents/slides.js";
import { figureSheets, figureSvg } from "../src/figures/draw.js";
import { figureFixtures } from "./fixtures/figures.js";
import { fixtureProvenance, fixtureResults } from "./fixtures/results.js";
import { survivalFigure } from "./fixtures/survival.js";

const svg = figureSvg(survivalFigure);
const job = async (dpi: number) => ({
  svg,
  dpi,
  kinds: ["png", "tiff"] as const,
  fontFiles: unwrap(await fontFiles()),
});
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

/** The worker as it is shipped: `npm test` builds before it runs. */
const compiled = fileURLToPath(new URL("../dist/documents/raster-worker.js", import.meta.url));

describe.skipIf(!existsSync(compiled))("the compiled worker", () => {
  it("draws the same bytes as this thread, job by job, and says which it cannot draw", async () => {
    const asked = [await job(50), { ...(await job(50)), svg: "<svg/>" }, await job(72)];
    const made = new Worker(compiled);
    try {
      const replies: RasterReply[] = [];
      const all = new Promise<void>((resolve, reject) => {
        made.on("error", reject).on("message", (reply: RasterReply) => {
          if (replies.push(reply) === asked.length) resolve();
        });
      });
      asked.forEach((one, id) => {
        made.postMessage({ id, job: one });
      });
      await all;
      expect(replies.map(({ id, pictures }) => [id, pictures?.length ?? null])).toEqual([
        [0, 2],
        [1, null],
        [2, 2],
      ]);
      expect(replies[0]?.pictures).toEqual(await drawRasters(asked[0]!));
      expect(replies[2]?.pictures).toEqual(await drawRasters(asked[2]!));
    } finally {
      await made.terminate();
    }
  });

  it("gives the same bytes through the pool", async () => {
    const draw = rasterPool(pathToFileURL(compiled));
    expect(await draw(await job(50))).toEqual(await drawRasters(await job(50)));
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
    const slides = new Set([...text.matchAll(/ppt\/slides\/slide(\d+)\.xml/g)].map(([, n]) => n));
    expect(slides.size).toBe(figureSheets(long, SLIDE_ROWS).length);
    expect(slides.size).toBeGreaterThan(figureSheets(long).length);
  });
});
