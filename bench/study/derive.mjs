// Reads and derives a made-up study of many patients, and prints seconds and memory for two sizes, so that growth
// beyond linear shows. Usage: npm run build && node bench/study/derive.mjs [patients]
import { readFileSync } from "node:fs";
import { performance } from "node:perf_hooks";
import { random, unwrap } from "@livermark/core";
import { derive, parseProtocol, parseStudyFile, readRecords } from "@livermark/study";

const full = Number(process.argv[2] ?? 10_000);
const protocolFile = new URL("../../protocols/mpmri-nomogram.yaml", import.meta.url);
const protocol = unwrap(parseProtocol(readFileSync(protocolFile, "utf8"), "mpmri-nomogram.yaml"));
const study = unwrap(parseStudyFile("title: Bench\nprotocol: mpmri-nomogram\nlock_day: 2500\n", "study.yaml"));
const TESTS = [
  "neutrophils",
  "lymphocytes",
  "monocytes",
  "platelets",
  "albumin",
  "globulin",
  "alp",
  "bilirubin",
  "inr",
  "afp",
];

/** Three treatments, twenty labs, two visits of one lesion in each per patient. */
function tables(patients) {
  const draw = random(11);
  const rows = {
    patients: ["patient,sex,age"],
    procedures: ["patient,procedure,day,kind"],
    labs: ["patient,day,name,value,unit"],
    lesions: ["patient,treatment,time_point,day,lesion,role,organ,longest_mm,viable_mm,status"],
    events: ["patient,day,event,cause"],
  };
  for (let i = 0; i < patients; i++) {
    const id = `P${i}`;
    rows.patients.push(`${id},${draw.uniform() < 0.7 ? "M" : "F"},${40 + draw.integer(40)}`);
    for (const [k, day] of [0, 300, 650].entries()) rows.procedures.push(`${id},p${k},${day},systemic`);
    for (const test of TESTS)
      for (const day of [-7, 60]) rows.labs.push(`${id},${day},${test},${(1 + 5 * draw.uniform()).toFixed(2)},`);
    for (let treatment = 1; treatment <= 3; treatment++) {
      const start = [0, 300, 650][treatment - 1];
      for (const [point, offset] of [
        ["baseline", -7],
        ["month-6", 180],
      ]) {
        const mm = 10 + draw.integer(80);
        rows.lesions.push(`${id},${treatment},${point},${start + offset},T1,target,liver,${mm},${mm},measured`);
      }
    }
    const end = 900 + draw.integer(1600);
    if (draw.uniform() < 0.5) rows.events.push(`${id},${Math.floor(end / 2)},hepatic-progression,`);
    rows.events.push(`${id},${end},${draw.uniform() < 0.6 ? "death,tumour" : "last-contact,"}`);
  }
  return Object.entries(rows).map(([name, lines]) => ({
    name,
    file: `${name}.csv`,
    content: `${lines.join("\n")}\n`,
    rows: lines.length - 1,
  }));
}

for (const patients of [Math.round(full / 4), full]) {
  const files = tables(patients);
  const seconds = () => {
    const { user, system } = process.cpuUsage();
    return (user + system) / 1e6;
  };
  const c0 = seconds();
  const t0 = performance.now();
  const records = readRecords(files, protocol, study);
  const t1 = performance.now();
  const c1 = seconds();
  const derived = derive(records, protocol, study);
  const t2 = performance.now();
  const c2 = seconds();
  globalThis.gc?.();
  const memory = process.memoryUsage();
  console.log(
    JSON.stringify({
      patients,
      rows: Object.fromEntries(files.map(({ name, rows }) => [name, rows])),
      readSeconds: +((t1 - t0) / 1000).toFixed(2),
      deriveSeconds: +((t2 - t1) / 1000).toFixed(2),
      readCpuSeconds: +(c1 - c0).toFixed(2),
      deriveCpuSeconds: +(c2 - c1).toFixed(2),
      rssMiB: Math.round(memory.rss / 2 ** 20),
      heapMiB: Math.round(memory.heapUsed / 2 ** 20),
      issues: records.issues.length + derived.issues.length,
      endpoints: derived.endpoints.length,
      responses: derived.response.length,
      cells:
        derived.analysisSet.patients.rows.length * derived.analysisSet.patients.columns.length +
        derived.analysisSet.treatments.rows.length * derived.analysisSet.treatments.columns.length,
    }),
  );
}
