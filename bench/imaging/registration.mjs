// Registration of 256 × 256 × 64 phantoms by the built-in elastix and by native elastix with the same parameter maps, one after the
// other in one run: node bench/imaging/registration.mjs [--pairs 3] [--out FOLDER]
// Processor time of the engine alone (native: of the program), and the displacement that is left in the liver against the phantom's
// own motion. Needs `npm run build` and an installed elastix.
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { unwrap } from "@livermark/core";
import { deformation, registerPair } from "@livermark/imaging";
import { wasmElastix } from "@livermark/imaging/elastix";
import { displaced, letbCtPhantom } from "@livermark/phantom";
import { nativeElastix, nativeElastixAbsent, nativeElastixVersion } from "@livermark/pipeline";

const { values } = parseArgs({ options: { pairs: { type: "string", default: "3" }, out: { type: "string" } } });
if (nativeElastixVersion() === null) {
  console.error(nativeElastixAbsent().issues[0].mend);
  process.exit(1);
}

const TICKS_PER_SECOND = 100;
/** Processor seconds of this process, and of its children that have ended. */
function processorSeconds() {
  const { user, system } = process.cpuUsage();
  const fields = readFileSync("/proc/self/stat", "utf8").split(") ")[1].split(" ");
  return { own: (user + system) / 1e6, children: (Number(fields[13]) + Number(fields[14])) / TICKS_PER_SECOND };
}

/** The engine with the processor time of its runs added up. */
function timed(engine, which) {
  const spent = { seconds: 0 };
  const run = async (job) => {
    const before = processorSeconds();
    const answer = await engine.run(job);
    const after = processorSeconds();
    spent.seconds += after[which] - before[which];
    return answer;
  };
  return { spent, engine: { name: engine.name, run } };
}

const median = (list) => [...list].sort((a, b) => a - b)[Math.floor(list.length / 2)];
const rows = [];
for (let pair = 0; pair < Number(values.pairs); pair++) {
  const motion = { shiftMm: [2, -1, 6 + pair], bendMm: 5 };
  const { volumes, liver, lesions } = unwrap(
    letbCtPhantom({
      seed: 40 + pair,
      patient: "P1",
      body: { kind: "abdomen", size: [256, 256, 64], spacingMm: [1.5, 1.5, 3] },
      lesions: 6,
      timePoints: [{ name: "baseline", date: "2024-01-10", enhancingFraction: 0.3 }],
      noise: { sd: 10 },
      textureHu: 2,
      motion,
    }),
  ).visits[0];
  const [moving, fixed] = volumes.map(({ volume }) => volume);
  for (const [name, base, which] of [
    ["built in", wasmElastix, "own"],
    ["native", nativeElastix(() => {}), "children"],
  ]) {
    const { engine, spent } = timed(base, which);
    const found = unwrap(
      await registerPair({ fixed, moving, liver, tumours: lesions }, engine, { steps: "rigid+b-spline" }),
    );
    const left = deformation((p) => {
      const q = found.map(p);
      const truth = displaced(motion, p);
      return [p[0] + q[0] - truth[0], p[1] + q[1] - truth[1], p[2] + q[2] - truth[2]];
    }, liver);
    rows.push({
      pair,
      name,
      engine: engine.name,
      used: found.used,
      seconds: spent.seconds,
      leftMm: left.meanMm,
      mostMm: left.maxMm,
    });
    console.log(JSON.stringify(rows.at(-1)));
  }
}
const of = (name, key) => rows.filter((row) => row.name === name).map((row) => row[key]);
const ratios = of("built in", "seconds").map((seconds, n) => seconds / of("native", "seconds")[n]);
const summary = {
  voxels: "256×256×64",
  pairs: rows.length / 2,
  engines: [...new Set(rows.map((row) => row.engine))],
  processorSeconds: { builtIn: median(of("built in", "seconds")), native: median(of("native", "seconds")) },
  ratio: median(ratios),
  leftMm: { builtIn: median(of("built in", "leftMm")), native: median(of("native", "leftMm")) },
};
console.log(JSON.stringify(summary));
if (values.out !== undefined) {
  mkdirSync(values.out, { recursive: true });
  writeFileSync(join(values.out, "registration.json"), `${JSON.stringify({ summary, rows }, null, 2)}\n`);
}
