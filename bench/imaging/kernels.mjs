// Voxel kernels against gcc -O3 C, in pairs in one run: node bench/imaging/kernels.mjs [--pairs 5] [--out FOLDER]
// Each pair runs the C program and our kernel one after the other, each in a process of its own, on the same numbers; a
// time is the processor time of the best of its repeats and the ratio printed is the median over pairs. Results are compared. Writes
// kernels.json and kernels.md. Needs `npm run build` and gcc.
import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { cpus, tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const COLUMNS = 512;
const ROWS = 512;
const SLICES = 300;
const VOXELS = COLUMNS * ROWS * SLICES;
const ADC_VOXELS = 256 * 256 * 40;
const B_VALUES = [0, 100, 400, 800];
const REPEATS = 5;

const cases = {
  letb: { title: "LETB count, 512×512×300, int16", limit: 1.2, bytes: 5 * VOXELS },
  moments: { title: "masked mean and SD, 512×512×300, int16", limit: 1.2, bytes: 3 * VOXELS },
  "adc-int16": { title: "ADC map, 256×256×40×4, int16", limit: 1.2, bytes: ADC_VOXELS * (4 * 2 + 4) },
  "adc-float32": { title: "ADC map, 256×256×40×4, float32", limit: 1.2, bytes: ADC_VOXELS * (4 * 4 + 4) },
  components: { title: "6-connected components with labels, 512×512×300", limit: 2, bytes: 5 * VOXELS },
};

const generator = (seed) => {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state;
  };
};

async function runOurs(name, copied) {
  const imaging = await import("@livermark/imaging");
  if (name === "nothing") {
    // The program itself, warmed on one small row: what is more than this belongs to the data.
    const row = new Uint8Array(512);
    imaging.connectedComponents({ name: "", grid: { size: [512, 1, 1] }, data: row }, 6);
    console.log(JSON.stringify({ rssKiB: process.resourceUsage().maxRSS }));
    return;
  }
  const room = copied ? null : imaging.voxelMemory(cases[name].bytes + 4096);
  const int16 = (n) => (room === null ? new Int16Array(n) : room.int16(n));
  const uint8 = (n) => (room === null ? new Uint8Array(n) : room.uint8(n));
  const float32 = (n) => (room === null ? new Float32Array(n) : room.float32(n));
  let task;
  if (name === "letb" || name === "moments") {
    const arterial = int16(VOXELS);
    const pre = name === "letb" ? int16(VOXELS) : null;
    const mask = uint8(VOXELS);
    const next = generator(1);
    for (let v = 0; v < VOXELS; v++) {
      const p = (next() >>> 16) % 300;
      if (pre !== null) pre[v] = p;
      arterial[v] = (next() >>> 16) % 400;
    }
    for (let k = 0; k < SLICES; k += 3)
      for (let j = 0; j < ROWS; j++) mask.fill(1, (k * ROWS + j) * COLUMNS + 101, (k * ROWS + j) * COLUMNS + 300);
    task =
      pre === null
        ? () => imaging.maskedMeanSd(arterial, mask).sd
        : () => imaging.countEnhancing(pre, arterial, mask, 65);
  } else if (name.startsWith("adc")) {
    const planes = B_VALUES.map(() => (name === "adc-int16" ? int16(ADC_VOXELS) : float32(ADC_VOXELS)));
    const next = generator(3);
    for (const plane of planes)
      for (let v = 0; v < ADC_VOXELS; v++) plane[v] = (10 + (next() >>> 20)) * (name === "adc-int16" ? 1 : 0.5);
    const weights = imaging.logLinearWeights(B_VALUES);
    const out = float32(ADC_VOXELS);
    task = () => {
      imaging.adcPlanes(planes, weights, out);
      return out[12345];
    };
  } else {
    const data = uint8(VOXELS);
    const next = generator(7);
    let v = 0;
    for (let k = 0; k < SLICES; k++)
      for (let j = 0; j < ROWS; j++)
        for (let i = 0; i < COLUMNS; i++) {
          const [x, y, z] = [(i % 48) - 24, (j % 40) - 20, (k % 36) - 18];
          // The noise is drawn only outside the balls, as in C, so that both masks are equal.
          data[v++] = x * x + y * y + z * z < 225 || next() >>> 24 < 2 ? 1 : 0;
        }
    const grid = {
      size: [COLUMNS, ROWS, SLICES],
      originMm: [0, 0, 0],
      spacingMm: [1, 1, 1],
      axes: [
        [1, 0, 0],
        [0, 1, 0],
        [0, 0, 1],
      ],
    };
    const labels = new Int32Array(VOXELS);
    task = () => {
      const parts = imaging.connectedComponents({ name: "blobs", grid, data }, 6);
      parts.labels(labels);
      return parts.voxels.length;
    };
  }
  const ms = [];
  let result;
  let rssKiB = 0;
  for (let r = 0; r < REPEATS; r++) {
    // Processor time of this thread: on a shared machine the clock on the wall measures the neighbours.
    const t = process.threadCpuUsage?.() ?? process.cpuUsage();
    result = task();
    const spent = process.threadCpuUsage?.(t) ?? process.cpuUsage(t);
    ms.push((spent.user + spent.system) / 1000);
    // Repeats leave garbage of each other's behind; the memory of the task is that of one.
    if (r === 0) rssKiB = process.resourceUsage().maxRSS;
  }
  console.log(JSON.stringify({ ms, result, rssKiB }));
}

const median = (values) => {
  const sorted = [...values].sort((a, b) => a - b);
  const half = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[half] : (sorted[half - 1] + sorted[half]) / 2;
};

function compare(pairs, out) {
  const folder = mkdtempSync(join(tmpdir(), "livermark-bench-"));
  const program = join(folder, "kernels");
  const here = fileURLToPath(new URL(".", import.meta.url));
  const flags = ["-O3", "-march=native"];
  execFileSync("gcc", [...flags, join(here, "kernels.c"), "-o", program, "-lm"]);
  const self = fileURLToPath(import.meta.url);
  const idle = execFileSync(process.execPath, [self, "--run", "nothing", "room"], { encoding: "utf8" });
  const nothing = JSON.parse(idle).rssKiB;
  const rows = [];
  for (const [name, facts] of Object.entries(cases)) {
    const runs = [];
    for (let p = 0; p < pairs; p++) {
      const c = JSON.parse(execFileSync(program, [name, String(REPEATS)], { encoding: "utf8" }));
      const own = (way) => JSON.parse(execFileSync(process.execPath, [self, "--run", name, way], { encoding: "utf8" }));
      const inRoom = own("room");
      const copied = own("copied");
      for (const run of [inRoom, copied])
        if (Math.abs(run.result - c.result) > 2e-5 * Math.abs(c.result))
          throw new Error(`${name}: C gives ${c.result}, ours ${run.result}`);
      runs.push({ c, inRoom, copied });
    }
    const best = (run) => Math.min(...run.ms);
    rows.push({
      name,
      title: facts.title,
      limit: facts.limit,
      cMs: median(runs.map((r) => best(r.c))),
      oursMs: median(runs.map((r) => best(r.inRoom))),
      copiedMs: median(runs.map((r) => best(r.copied))),
      ratio: median(runs.map((r) => best(r.inRoom) / best(r.c))),
      copiedRatio: median(runs.map((r) => best(r.copied) / best(r.c))),
      cPeakMiB: Math.max(...runs.map((r) => r.c.rssKiB)) / 1024,
      oursPeakMiB: Math.max(...runs.map((r) => r.inRoom.rssKiB)) / 1024,
      inputMiB: facts.bytes / 2 ** 20,
      memoryOverInput: (Math.max(...runs.map((r) => r.inRoom.rssKiB)) - nothing) / (facts.bytes / 1024),
    });
    console.error(`${facts.title}: ${rows.at(-1).ratio.toFixed(2)} × C (limit ${facts.limit})`);
  }
  rmSync(folder, { recursive: true });
  const table = [
    "| kernel | C, ms | ours, ms | ratio (limit) | ours from ordinary arrays, ratio | input and output, MiB | peak, MiB (C) | own memory / data |",
    "|---|---|---|---|---|---|---|---|",
    ...rows.map(
      (r) =>
        `| ${r.title} | ${r.cMs.toFixed(1)} | ${r.oursMs.toFixed(1)} | ${r.ratio.toFixed(2)} (${r.limit}) | ${r.copiedRatio.toFixed(2)} | ${r.inputMiB.toFixed(0)} | ${r.oursPeakMiB.toFixed(0)} (${r.cPeakMiB.toFixed(0)}) | ${r.memoryOverInput.toFixed(2)} |`,
    ),
  ].join("\n");
  const about = `Median of ${pairs} pairs, best of ${REPEATS} each; gcc ${flags.join(" ")}; Node ${process.version}; ${cpus().length} cores. An idle process with our code loaded (${(nothing / 1024).toFixed(0)} MiB) is taken off in the last column.`;
  mkdirSync(out, { recursive: true });
  writeFileSync(join(out, "kernels.md"), `# Voxel kernels against C\n\n${about}\n\n${table}\n`);
  writeFileSync(
    join(out, "kernels.json"),
    `${JSON.stringify({ pairs, repeats: REPEATS, flags: flags.join(" "), rows }, null, 2)}\n`,
  );
  console.log(table);
  if (rows.some((r) => r.ratio > r.limit)) process.exitCode = 1;
}

const argument = (name, otherwise) => {
  const at = process.argv.indexOf(name);
  return at < 0 ? otherwise : process.argv[at + 1];
};
if (process.argv.includes("--run")) {
  const at = process.argv.indexOf("--run");
  await runOurs(process.argv[at + 1], process.argv[at + 2] === "copied");
} else {
  compare(Number(argument("--pairs", "5")), argument("--out", fileURLToPath(new URL("results", import.meta.url))));
}
