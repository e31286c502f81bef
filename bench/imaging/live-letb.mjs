// How fast LETB answers in headless Chromium when the reference region or k changes, 512×512×120 int16:
//   node bench/imaging/live-letb.mjs [--out FOLDER]
// Times voxels of the cube + threshold + count for a moved cube, and the count alone for a changed k. Needs `npm run build`, chromium.
import { createReadStream, existsSync, mkdirSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import { join, normalize } from "node:path";
import { fileURLToPath } from "node:url";
import { chromium } from "playwright-core";

const packages = fileURLToPath(new URL("../../packages", import.meta.url));
const page = `<!doctype html><title>live LETB</title>
<script type="importmap">{"imports":{"@livermark/core":"/core/dist/index.js","@livermark/imaging":"/imaging/dist/index.js"}}</script>`;

const server = createServer((request, response) => {
  const path = join(packages, normalize(request.url ?? "/"));
  if (request.url === "/") {
    response.writeHead(200, { "content-type": "text/html" }).end(page);
  } else if (path.startsWith(packages) && existsSync(path)) {
    response.writeHead(200, { "content-type": "text/javascript" });
    createReadStream(path).pipe(response);
  } else response.writeHead(404).end();
});
await new Promise((done) => server.listen(0, "127.0.0.1", done));

/** Runs in the page. */
async function measure() {
  const imaging = await import("@livermark/imaging");
  const size = [512, 512, 120];
  const n = size[0] * size[1] * size[2];
  const axes = [
    [1, 0, 0],
    [0, 1, 0],
    [0, 0, 1],
  ];
  const grid = { size, originMm: [0, 0, 0], spacingMm: [0.75, 0.75, 2.5], axes };
  const room = imaging.voxelMemory(5 * n + 4096);
  const [pre, arterial, inside] = [room.int16(n), room.int16(n), room.uint8(n)];
  let state = 9;
  const next = () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state >>> 16;
  };
  for (let v = 0; v < n; v++) {
    pre[v] = 50 + (next() % 20);
    arterial[v] = 65 + (next() % 20);
    const [i, j, k] = [v % 512, (v >> 9) % 512, v >> 18];
    inside[v] = ((i - 200) / 130) ** 2 + ((j - 250) / 110) ** 2 + ((k - 60) / 50) ** 2 <= 1 ? 1 : 0;
  }
  const source = { seriesUid: "1.2", frameOfReferenceUid: null, description: "", files: 1, sha256: "" };
  const scale = { id: "hu", proven: true, reason: "", filters: [] };
  const volume = (data) => ({ grid, data, unit: "HU", modality: "CT", scale, source });
  const [before, after] = [volume(pre), volume(arterial)];
  const answer = (center, k) => {
    const cube = { kind: "cube", unit: "voxel", center, volumeCm3: 1 };
    const { threshold } = imaging.enhancementThresholdOfRegion(before, after, cube, k).value;
    return imaging.countEnhancing(pre, arterial, inside, threshold);
  };
  const timed = (task) => {
    const ms = [];
    for (let r = 0; r < 21; r++) {
      const t = performance.now();
      task(r);
      ms.push(performance.now() - t);
    }
    const sorted = ms.sort((a, b) => a - b);
    return { medianMs: sorted[10], worstMs: sorted[20] };
  };
  return {
    movedRegion: timed((r) => answer([180 + r, 240 + r, 55 + (r % 9)], 2)),
    changedK: timed((r) => imaging.countEnhancing(pre, arterial, inside, 30 + r)),
  };
}

const browser = await chromium.launch({ executablePath: "/usr/bin/chromium", args: ["--no-sandbox"] });
try {
  const tab = await browser.newPage();
  await tab.goto(`http://127.0.0.1:${server.address().port}/`);
  const found = await tab.evaluate(measure);
  const at = process.argv.indexOf("--out");
  const out = at < 0 ? fileURLToPath(new URL("results", import.meta.url)) : process.argv[at + 1];
  const line = (name, { medianMs, worstMs }) => `| ${name} | ${medianMs.toFixed(1)} | ${worstMs.toFixed(1)} | 50 |`;
  const table = [
    "| LETB in Chromium, 512×512×120 | median, ms | worst of 21, ms | limit, ms |",
    "|---|---|---|---|",
    line("another reference region", found.movedRegion),
    line("another k", found.changedK),
  ].join("\n");
  mkdirSync(out, { recursive: true });
  const file = join(out, "live-letb");
  writeFileSync(`${file}.json`, `${JSON.stringify(found, null, 2)}\n`);
  writeFileSync(`${file}.md`, `# Live LETB\n\n${table}\n`);
  console.log(table);
  if (found.movedRegion.medianMs > 50) process.exitCode = 1;
} finally {
  await browser.close();
  server.close();
}
