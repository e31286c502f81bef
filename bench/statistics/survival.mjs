/**
 * Survival methods against R's survival package, on the same columns, in one run.
 *
 *   npx tsc -b packages/statistics && node bench/statistics/survival.mjs [--out FILE.json] [--runs 5] [--small]
 *
 * Prints a Markdown table of medians and writes all times as JSON. R is paired when Rscript and the shared
 * `bench-r/dump.R` (LIVERMARK_SHARED) are there; without them only our times are given. `--small` leaves out n = 10⁶.
 * Each task runs in a process of its own, R's and ours in turn, so that memory is its own and a busy machine slows both.
 * Wall time decides; CPU time is given beside it, because it hardly feels the neighbours. Everything is one thread.
 */
import { execFileSync } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { cpus, tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { fileURLToPath } from "node:url";

const here = fileURLToPath(new URL(".", import.meta.url));
const option = (name, otherwise) => {
  const at = process.argv.indexOf(`--${name}`);
  return at < 0 ? otherwise : (process.argv[at + 1] ?? otherwise);
};
const flag = (name) => process.argv.includes(`--${name}`);
const median = (values) => {
  const sorted = [...values].sort((a, b) => a - b);
  const half = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[half] : (sorted[half - 1] + sorted[half]) / 2;
};

/** Columns of a file of doubles, column after column. */
function columnsOf(file, rows) {
  const bytes = readFileSync(file);
  const all = new Float64Array(bytes.buffer, bytes.byteOffset, bytes.byteLength / 8);
  return Array.from({ length: all.length / rows }, (_, j) => all.slice(j * rows, (j + 1) * rows));
}

/** Runs inside a process of its own: one task, `runs` times, printed as JSON. */
async function runTask(task, folder, size, runs) {
  const { coxRegression, kaplanMeier, logRank, scanCutPoints, survivalQuantile } = await import(
    "../../packages/statistics/dist/index.js"
  );
  const need = (result) => {
    if (!result.ok) throw new Error(result.issues.map((issue) => issue.message).join("; "));
    return result.value;
  };
  let act;
  if (task === "scan") {
    const columns = columnsOf(join(folder, "cox500.f64"), 500);
    const [marker, time, event] = [columns[0], columns[8], columns[9]];
    act = () => need(scanCutPoints({ time, event, marker })).logRank.chiSquare;
  } else {
    const rows = size > 100000 ? 1000000 : 100000;
    const columns = columnsOf(join(folder, `cox-${rows}.f64`), rows).map((column) => column.slice(0, size));
    const [time, event, ...x] = columns;
    if (task === "cox") {
      const covariates = x.map((values, j) => ({ name: `X${j + 1}`, values }));
      act = () => need(coxRegression({ time, event, covariates })).coefficients.map((c) => c.coefficient);
    } else if (task === "km") {
      act = () => {
        const curve = need(kaplanMeier({ time, event }));
        return [curve.events, Math.min(...curve.survival), survivalQuantile(curve, 0.5).value];
      };
    } else {
      const group = x[0].map((value) => (value > 0 ? 1 : 0));
      act = () => need(logRank({ time, event, group })).test.chiSquare;
    }
  }
  const seconds = [];
  const cpu = [];
  let value;
  for (let i = 0; i < runs; i++) {
    const used = process.cpuUsage();
    const start = process.hrtime.bigint();
    value = act();
    seconds.push(Number(process.hrtime.bigint() - start) / 1e9);
    const { user, system } = process.cpuUsage(used);
    cpu.push((user + system) / 1e6);
  }
  console.log(JSON.stringify({ seconds, cpu, value, peakMiB: process.resourceUsage().maxRSS / 1024 }));
}

const ours = (task, folder, size, runs) =>
  JSON.parse(
    execFileSync(
      process.execPath,
      [fileURLToPath(import.meta.url), "--task", task, folder, String(size), String(runs)],
      {
        encoding: "utf8",
        maxBuffer: 1 << 26,
      },
    ),
  );

/** The same generator as dump.R in spirit, for machines without R: tied times, ten covariates. */
function writeOwnData(folder, sizes) {
  let state = 12345;
  const uniform = () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return (state + 0.5) / 4294967296;
  };
  const normal = () => Math.sqrt(-2 * Math.log(uniform())) * Math.cos(2 * Math.PI * uniform());
  const write = (name, rows, columns, fill) => {
    const all = new Float64Array(rows * columns);
    for (let i = 0; i < rows; i++) {
      fill((j, value) => {
        all[j * rows + i] = value;
      });
    }
    writeFileSync(join(folder, name), new Uint8Array(all.buffer));
  };
  const beta = [0.5, -0.4, 0.3, -0.2, 0.1, 0, 0, 0, 0, 0];
  for (const n of sizes) {
    write(`cox-${n}.f64`, n, 12, (put) => {
      let line = 0;
      beta.forEach((b, j) => {
        const value = normal();
        line += b * value;
        put(2 + j, value);
      });
      const time = Math.ceil((-Math.log(uniform()) / (0.01 * Math.exp(line))) * 2);
      const end = Math.ceil(50 + 550 * uniform());
      put(0, Math.min(time, end));
      put(1, time <= end ? 1 : 0);
    });
  }
  write("cox500.f64", 500, 10, (put) => {
    const values = Array.from({ length: 8 }, normal);
    values.forEach((value, j) => {
      put(j, value);
    });
    const time = -Math.log(uniform()) / (0.1 * Math.exp(0.6 * values[0]));
    const end = -Math.log(uniform()) / 0.05;
    put(8, Math.min(time, end));
    put(9, time <= end ? 1 : 0);
  });
}

function main() {
  const runs = Math.max(5, Number(option("runs", "5")));
  const large = !flag("small");
  const shared = process.env.LIVERMARK_SHARED ?? resolve(here, "../../../shared");
  const dump = join(shared, "bench-r", "dump.R");
  const folder = mkdtempSync(join(tmpdir(), "livermark-bench-"));
  try {
    let paired = false;
    try {
      if (!existsSync(dump)) throw new Error("no dump.R");
      execFileSync("Rscript", [dump, folder], { stdio: "ignore" });
      paired = true;
    } catch (error) {
      console.error(`R is not paired: ${error.message}`);
      writeOwnData(folder, large ? [100000, 1000000] : [100000]);
    }
    const environment = { ...process.env, OPENBLAS_NUM_THREADS: "1", OMP_NUM_THREADS: "1" };
    const theirs = (task, size) =>
      JSON.parse(
        execFileSync("Rscript", [join(here, "survival.R"), folder, String(runs), task, String(size)], {
          encoding: "utf8",
          env: environment,
          stdio: ["ignore", "pipe", "ignore"],
        }),
      );
    const tasks = [
      ["Cox Efron, 10 covariates, ties, n = 1e5", "cox", 100000, 0.5],
      ...(large
        ? [
            ["Cox Efron, 10 covariates, ties, n = 1e6", "cox", 1000000, 0.5],
            ["Kaplan-Meier, n = 1e6", "km", 1000000, 0.25],
            ["Log-rank, two groups, n = 1e6", "logrank", 1000000, 0.25],
          ]
        : []),
      ["Exhaustive cut-point scan, n = 500", "scan", 500, 0.05],
    ];
    const lines = [
      "| task | ours, median s | R, median s | ours / R | goal | CPU: ours s | R s | ours / R | peak MiB | largest relative difference |",
      "|---|---|---|---|---|---|---|---|---|---|",
    ];
    const report = { node: process.version, r: null, cpu: cpus()[0]?.model ?? "", threads: 1, runs, tasks: [] };
    for (const [label, task, size, goal] of tasks) {
      const peer = paired ? theirs(task, size) : null;
      const own = ours(task, folder, size, runs);
      report.r ??= peer?.version ?? null;
      const found = [own.value].flat();
      const difference =
        peer === null
          ? null
          : Math.max(...peer.value.map((value, i) => Math.abs(found[i] - value) / Math.max(Math.abs(value), 1e-2)));
      const of = (pick) => (peer === null ? null : median(pick(peer)));
      const [wall, cpu] = [of((each) => each.seconds), of((each) => each.cpu)];
      const ratio = wall === null ? null : median(own.seconds) / wall;
      const cpuRatio = cpu === null ? null : median(own.cpu) / cpu;
      report.tasks.push({ label, size, goal, ours: own, r: peer, ratio, cpuRatio, difference });
      const show = (value, digits) => (value === null ? "" : value.toFixed(digits));
      const cells = [
        label,
        show(median(own.seconds), 4),
        show(wall, 3),
        show(ratio, 4),
        goal,
        show(median(own.cpu), 4),
        show(cpu, 3),
        show(cpuRatio, 4),
        show(own.peakMiB, 0),
        difference === null ? "" : difference.toExponential(1),
      ];
      lines.push(`| ${cells.join(" | ")} |`);
    }
    lines.push("", "| n | Kaplan-Meier CPU s | log-rank CPU s | Cox CPU s |", "|---|---|---|---|");
    report.growth = [1000, 10000, 100000, ...(large ? [1000000] : [])].map((n) => {
      const row = { n };
      for (const task of ["km", "logrank", "cox"]) row[task] = median(ours(task, folder, n, runs).cpu);
      lines.push(`| ${n} | ${row.km.toFixed(5)} | ${row.logrank.toFixed(5)} | ${row.cox.toFixed(5)} |`);
      return row;
    });
    console.log(lines.join("\n"));
    const out = option("out", null);
    if (out !== null) writeFileSync(out, `${JSON.stringify(report, null, 2)}\n`);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

if (process.argv[2] === "--task") {
  const [task, folder, size, runs] = process.argv.slice(3);
  await runTask(task, folder, Number(size), Number(runs));
} else main();
