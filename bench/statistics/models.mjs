// Speed of ROC, penalised regression and bootstrap validation, beside R in the same run.
// Usage: node bench/statistics/models.mjs [--runs 5] [--tasks binomial,cox,auc,optimism] [--out FILE.json]; needs the built packages; LIVERMARK_SHARED names
// the folder with bench-r/dump.R (else ../shared). Without Rscript only our side is timed.
import { execFileSync } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { cpus, tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { Worker } from "node:worker_threads";
import {
  aucDelong,
  bootstrapOptimismCox,
  computeShared,
  coxOptimismTask,
  lasso,
  lassoCrossValidation,
  lassoCvTask,
  nodePort,
} from "../../packages/statistics/dist/index.js";

const here = dirname(fileURLToPath(import.meta.url));
const option = (name, otherwise) => {
  const at = process.argv.indexOf(`--${name}`);
  return at < 0 ? otherwise : process.argv[at + 1];
};
const runs = Number(option("runs", "5"));
const chosen = option("tasks", "binomial,cox,auc,optimism").split(",");
const shared = process.env.LIVERMARK_SHARED ?? resolve(here, "../../../shared");
const dump = join(shared, "bench-r", "dump.R");

function hasR() {
  try {
    execFileSync("Rscript", ["--version"], { stdio: "ignore" });
    return existsSync(dump);
  } catch {
    return false;
  }
}
if (!hasR()) {
  console.log("Rscript or bench-r/dump.R not found: nothing to compare with.");
  process.exit(0);
}

const folder = mkdtempSync(join(tmpdir(), "livermark-bench-"));
process.on("exit", () => rmSync(folder, { recursive: true, force: true }));
execFileSync("Rscript", [dump, folder], { stdio: "ignore" });

const read64 = (name) => {
  const bytes = readFileSync(join(folder, name));
  return new Float64Array(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length));
};
const column = (data, rows, k) => data.slice(k * rows, (k + 1) * rows);
const value = (result) => {
  if (!result.ok) throw new Error(JSON.stringify(result.issues));
  return result.value;
};

const x = read64("glmnet-x.f64");
const y = read64("glmnet-y.f64");
const covariates = Array.from({ length: 500 }, (_, j) => ({ name: `x${j + 1}`, values: column(x, 1000, j) }));
const folds = column(y, 1000, 3);
const binomial = { family: "binomial", outcome: { name: "y", values: column(y, 1000, 0) } };
const cox = {
  family: "cox",
  time: { name: "time", values: column(y, 1000, 1) },
  event: { name: "event", values: column(y, 1000, 2) },
};
const rocData = read64("roc.f64");
const rocY = column(rocData, 1e5, 0);
const rocX = column(rocData, 1e5, 1);
const c500 = read64("cox500.f64");
const follow = { time: column(c500, 500, 8), event: column(c500, 500, 9) };
const terms = Array.from({ length: 8 }, (_, j) => ({
  kind: "numeric",
  name: `X${j + 1}`,
  values: column(c500, 500, j),
}));

const cvOptions = { measure: "deviance", folds };
const draws = { seed: 1, replicates: 1000 };

const allTasks = {
  binomial: {
    name: "cv.glmnet binomial 1000 × 500, 10 folds, threshold 1e-7",
    goal: 0.5,
    run: () => value(lassoCrossValidation(binomial, covariates, cvOptions)),
    share: (ports) => computeShared(lassoCvTask, { response: binomial, covariates, options: cvOptions }, { ports }),
  },
  cox: {
    name: "cv.glmnet Cox 1000 × 500, 10 folds, threshold 1e-7",
    goal: 0.5,
    run: () => value(lassoCrossValidation(cox, covariates, cvOptions)),
    share: (ports) => computeShared(lassoCvTask, { response: cox, covariates, options: cvOptions }, { ports }),
  },
  auc: {
    name: "AUC + DeLong, n = 100 000",
    goal: 0.5,
    run: () => value(aucDelong(rocY, rocX, "higher-in-cases")),
  },
  optimism: {
    name: "bootstrap optimism, Cox, B = 1000, n = 500, p = 8",
    goal: 0.15,
    run: () => value(bootstrapOptimismCox(follow, terms, { draws })),
    share: (ports) => computeShared(coxOptimismTask, { followUp: follow, terms, draws }, { ports }),
  },
};

const tasks = Object.fromEntries(Object.entries(allTasks).filter(([key]) => chosen.includes(key)));

const median = (list) => [...list].sort((a, b) => a - b)[Math.floor(list.length / 2)];
function timed(run, count = runs) {
  const elapsed = [];
  const cpu = [];
  for (let i = 0; i < count; i++) {
    const start = process.cpuUsage();
    const from = performance.now();
    run();
    elapsed.push((performance.now() - from) / 1000);
    cpu.push(process.cpuUsage(start).user / 1e6);
  }
  return { elapsed, cpu };
}

const auc = allTasks.auc.run();
const ours = {};
for (const [key, task] of Object.entries(tasks)) ours[key] = timed(task.run);

/** Elapsed seconds with two worker threads, which must give the answer of one. */
async function timedShared(task) {
  const workers = [0, 1].map(() => new Worker(new URL("worker.mjs", import.meta.url)));
  const ports = workers.map(nodePort);
  const alone = JSON.stringify(task.run());
  const elapsed = [];
  for (let i = 0; i <= runs; i++) {
    const from = performance.now();
    const answer = value(await task.share(ports));
    if (i > 0) elapsed.push((performance.now() - from) / 1000);
    if (JSON.stringify(answer) !== alone) throw new Error(`${task.name}: two workers give another answer`);
  }
  await Promise.all(workers.map((worker) => worker.terminate()));
  return elapsed;
}
const shared2 = {};
for (const [key, task] of Object.entries(tasks)) if (task.share) shared2[key] = await timedShared(task);

const rFile = join(folder, "r.json");
execFileSync("Rscript", [join(here, "models.R"), folder, rFile, String(runs), chosen.join(",")], {
  stdio: ["ignore", "ignore", "inherit"],
});
const r = JSON.parse(readFileSync(rFile, "utf8"));

/** Largest |ours − R| / max(absolute tolerance, relative tolerance · |R|) over a path: agreement means ≤ 1. */
function compare(response, answer, intercept) {
  const fit = value(lasso(response, covariates, { lambda: answer.lambda, threshold: 1e-14 }));
  const rows = 500 + (intercept ? 1 : 0);
  let worst = 0;
  answer.lambda.forEach((_, k) => {
    for (let j = 0; j < rows; j++) {
      const expected = answer.beta[k * rows + j];
      const got = intercept ? (j === 0 ? fit.intercepts[k] : fit.coefficients[k][j - 1]) : fit.coefficients[k][j];
      worst = Math.max(worst, Math.abs(got - expected) / Math.max(1e-6, 1e-5 * Math.abs(expected)));
    }
  });
  return worst;
}
const agreement = Object.fromEntries(
  Object.entries({ binomial: [binomial, true], cox: [cox, false] })
    .filter(([key]) => chosen.includes(key))
    .map(([key, [response, intercept]]) => [key, compare(response, r.answers[key], intercept)]),
);
agreement.auc = Math.abs(auc.area - r.auc[1]);

const growth = [1e3, 1e4, 1e5, 1e6].map((n) => {
  const a = Float64Array.from({ length: n }, (_, i) => rocY[i % 1e5]);
  const b = Float64Array.from({ length: n }, (_, i) => rocX[i % 1e5] + Math.floor(i / 1e5) * 1e-7);
  return { n, seconds: median(timed(() => value(aucDelong(a, b, "higher-in-cases")), 5).elapsed) };
});

const f = (seconds) => seconds.toPrecision(3);
const lines = [
  `${runs} runs each, medians; one thread on both sides; Node ${process.version}, ${r.version}, ${cpus().length} CPUs. CPU = user time of the process, which other load does not lengthen.`,
  "",
  "| task | ours s | R s | ratio | ours CPU s | R CPU s | CPU ratio | two workers s | their ratio | goal |",
  "|---|---|---|---|---|---|---|---|---|---|",
  ...Object.entries(tasks).map(([key, task]) => {
    const [a, b, c, d] = [ours[key].elapsed, r.times[key].elapsed, ours[key].cpu, r.times[key].cpu].map(median);
    const two = shared2[key] ? median(shared2[key]) : null;
    const both = two === null ? " | " : `${f(two)} | ${(two / b).toFixed(2)}`;
    return `| ${task.name} | ${f(a)} | ${f(b)} | ${(a / b).toFixed(2)} | ${f(c)} | ${f(d)} | ${(c / d).toFixed(2)} | ${both} | ≤ ${task.goal} |`;
  }),
  "",
  "Agreement: LASSO at threshold 1e-14 over 20 penalties as largest error / tolerance (1e-5 relative, 1e-6 absolute), AUC as difference:",
  Object.entries(agreement)
    .map(([key, worst]) => `${key} ${worst.toExponential(1)}`)
    .join(", "),
  "",
  "| AUC + DeLong, n | seconds |",
  "|---|---|",
  ...growth.map((row) => `| ${row.n} | ${f(row.seconds)} |`),
];
console.log(lines.join("\n"));
const json = JSON.stringify(
  { runs, node: process.version, r: r.version, ours, twoWorkers: shared2, rTimes: r.times, agreement, growth },
  null,
  1,
);
const out = option("out", null);
if (out === null) console.log(`\n${json}`);
else writeFileSync(out, `${json}\n`);
