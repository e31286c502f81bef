// Series index, decoding, headers and de-identification, beside dcm2niix. Run after `npm run build`:
//   node bench/dicom/dicom.mjs [files] [headers]
// Files are made in a temporary folder and removed. Each figure is the best of three, dcm2niix runs between ours. CPU time
// is user + system of the whole process, start-up included, on both sides: it does not depend on what else runs.
import { execFileSync, fork } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { deidentify, indexFolder, readVolume, uidFromSeed, writeSeries } from "../../packages/dicom/dist/index.js";

const self = fileURLToPath(import.meta.url);
const seconds = (start) => (performance.now() - start) / 1000;
/** CPU seconds of this process since its start. */
const cpu = () => {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1e6;
};
const peakMb = () => process.resourceUsage().maxRSS / 1024;

/** One CT series of 512 × 512 slices, `files` files. */
function makeSeries(folder, files, size) {
  mkdirSync(folder, { recursive: true });
  const step = 50;
  for (let first = 0; first < files; first += step) {
    const slices = Math.min(step, files - first);
    const data = Int16Array.from({ length: size * size * slices }, (_, n) => (Math.imul(n, 2654435761) >>> 20) % 300);
    const volume = {
      grid: {
        size: [size, size, slices],
        originMm: [0, 0, first],
        spacingMm: [0.75, 0.75, 1],
        axes: [
          [1, 0, 0],
          [0, 1, 0],
          [0, 0, 1],
        ],
      },
      data,
      unit: "HU",
      modality: "CT",
    };
    const written = writeSeries(volume, {
      patientId: "BENCH",
      studyUid: uidFromSeed("bench/study"),
      seriesUid: uidFromSeed("bench/series"),
      instanceOffset: first,
      modality: "CT",
      description: "bench",
      seriesNumber: 1,
      studyDate: "20200101",
      acquisitionTime: "101010",
      identityRemoved: true,
    });
    for (const { name, bytes } of written) writeFileSync(join(folder, name), bytes);
  }
}

const jobs = {
  make: (folder, files, size) => makeSeries(folder, Number(files), Number(size)),
  index: (folder) => {
    const start = performance.now();
    const index = indexFolder(folder);
    const headers = index.value.series.reduce((sum, series) => sum + series.instances.length, 0);
    return { seconds: seconds(start), cpu: cpu(), peakMb: peakMb(), headers };
  },
  volume: async (folder) => {
    const start = performance.now();
    const index = indexFolder(folder);
    const indexed = seconds(start);
    const indexPeakMb = peakMb();
    const volume = await readVolume(index.value.series[0]);
    if (!volume.ok) throw new Error(volume.issues[0].message);
    return {
      seconds: seconds(start),
      cpu: cpu(),
      indexed,
      indexPeakMb,
      peakMb: peakMb(),
      voxels: volume.value.data.length,
    };
  },
  deidentify: async (folder, out) => {
    const start = performance.now();
    const done = await deidentify(folder, out, { key: "a key for the benchmark only" });
    return { seconds: seconds(start), cpu: cpu(), peakMb: peakMb(), files: done.value.report.files };
  },
};

/** Runs a job in a process of its own, so that peak memory is its own. */
function run(name, ...args) {
  return new Promise((resolve, reject) => {
    const child = fork(self, ["--job", name, ...args.map(String)]);
    let result;
    child.on("message", (message) => {
      result = message;
    });
    child.on("exit", (code) => (code === 0 ? resolve(result) : reject(new Error(`${name} ended with ${code}`))));
  });
}

const best = (results) => results.reduce((a, b) => (b.cpu < a.cpu ? b : a));
const least = (results, of) => Math.min(...results.map((one) => one[of]));

/** CPU seconds of a program, as the shell's `times` counts its children: `0m1.230s 0m0.450s`. */
function cpuOf(program, args) {
  const printed = execFileSync("sh", ["-c", '"$0" "$@" >/dev/null 2>&1; times', program, ...args], {
    encoding: "utf8",
  });
  const children = printed.trim().split("\n")[1];
  return [...children.matchAll(/(\d+)m([\d.]+)s/g)].reduce((sum, [, m, s]) => sum + 60 * Number(m) + Number(s), 0);
}
const round = (value, digits = 2) => Number(value.toFixed(digits));

async function main() {
  const files = Number(process.argv[2] ?? 1000);
  const headers = Number(process.argv[3] ?? 10_000);
  const folder = mkdtempSync(join(tmpdir(), "livermark-bench-"));
  try {
    const series = join(folder, "series");
    await run("make", series, files, 512);
    const ours = [];
    const theirs = [];
    for (let round = 0; round < 3; round++) {
      ours.push(await run("volume", series));
      const out = join(folder, `nii-${round}`);
      mkdirSync(out);
      const start = performance.now();
      const used = cpuOf("dcm2niix", ["-z", "n", "-b", "n", "-o", out, series]);
      theirs.push({ seconds: seconds(start), cpu: used });
      rmSync(out, { recursive: true });
    }
    const [a, b] = [best(ours), best(theirs)];
    const [wallA, wallB] = [least(ours, "seconds"), least(theirs, "seconds")];
    console.log(
      `series of ${files} files: index ${round(a.indexed)} s (peak ${round(a.indexPeakMb, 0)} MB), index and decode ${round(wallA)} s (peak ${round(a.peakMb, 0)} MB); dcm2niix ${round(wallB)} s; ratio ${round(wallA / wallB)}; CPU ${round(a.cpu)} s and ${round(b.cpu)} s, ratio ${round(a.cpu / b.cpu)}`,
    );
    const many = join(folder, "many");
    await run("make", many, headers, 64);
    const h = best([await run("index", many), await run("index", many), await run("index", many)]);
    console.log(
      `headers of ${h.headers} files: ${round(h.seconds)} s (CPU ${round(h.cpu)} s), peak ${round(h.peakMb, 0)} MB`,
    );
    const d = best([
      await run("deidentify", series, join(folder, "clean-1")),
      await run("deidentify", series, join(folder, "clean-2")),
    ]);
    console.log(
      `de-identified ${d.files} files: ${round(d.files / d.seconds, 0)} files/s (${round(d.files / d.cpu, 0)} per CPU second), peak ${round(d.peakMb, 0)} MB`,
    );
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

if (process.argv[2] === "--job") {
  const [, , , name, ...args] = process.argv;
  process.send((await jobs[name](...args)) ?? {}, () => process.disconnect());
} else {
  await main();
}
