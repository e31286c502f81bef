// Processor and elapsed time of each format of the report of a cohort with a paper's margins, after `npm run build`:
//   node bench/report/formats.mjs [mpmri-nomogram]
// The run itself is not counted. Wanted: all figures and formats of mpmri-nomogram in 15 s on two cores, HTML alone in 2 s.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { paperCohort } from "../../packages/phantom/dist/index.js";
import { runStudy, writeFolder } from "../../packages/pipeline/dist/index.js";
import { reportFiles, reportFormats } from "../../packages/report/dist/index.js";

const protocol = process.argv[2] ?? "mpmri-nomogram";
const cohort = paperCohort(protocol, 1);
if (!cohort.ok) throw new Error(`no cohort for ${protocol}`);
const folder = mkdtempSync(join(tmpdir(), "report-bench-"));
const bundle = join(folder, "study");
writeFolder(bundle, cohort.value.files);
const ran = await runStudy(bundle, { keepGoing: true, progress: () => {} });
rmSync(folder, { recursive: true });
if (!ran.ok) throw new Error("the run was refused");
const { results, provenance } = ran.value;

async function timed(name, formats) {
  const cpu = process.cpuUsage();
  const start = performance.now();
  const made = await reportFiles(results, provenance, formats);
  const { user, system } = process.cpuUsage(cpu);
  const bytes = made.ok ? made.value.reduce((sum, file) => sum + file.bytes.length, 0) : 0;
  const seconds = (value) => value.toFixed(2).padStart(7);
  console.log(
    `${name.padEnd(12)}${seconds((user + system) / 1e6)} s processor ${seconds((performance.now() - start) / 1000)} s elapsed  ${made.ok ? made.value.length : 0} files, ${Math.round(bytes / 1000)} kB`,
  );
}

console.log(`${protocol}: ${results.tables.length} tables, ${results.figures.length} figures`);
// The first pass of each loads its libraries.
await timed("html, first", ["html"]);
for (const format of reportFormats) await timed(format, [format]);
await timed("all", reportFormats);
