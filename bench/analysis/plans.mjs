// CPU seconds of a protocol's whole plan on a cohort of its paper's margins, and of repeating a recipe.
// node bench/analysis/plans.mjs [protocol …]
import { readFileSync } from "node:fs";
import { analyse } from "@livermark/analysis";
import { paperCohort } from "@livermark/phantom";
import { derive, parseProtocol, parseStudyFile, readRecords, tableNameOf } from "@livermark/study";

const unwrap = (result) => {
  if (!result.ok) throw new Error(JSON.stringify(result.issues, null, 1));
  return result.value;
};

/** A phantom cohort up to its analysis set. */
export function cohort(id, seed, text = readFileSync(new URL(`../../protocols/${id}.yaml`, import.meta.url), "utf8")) {
  const protocol = unwrap(parseProtocol(text, `${id}.yaml`));
  const { files } = unwrap(paperCohort(id, seed));
  const content = (path) => new TextDecoder().decode(files.find((one) => one.path === path).bytes);
  const study = unwrap(parseStudyFile(content("study.yaml"), "study.yaml"));
  const tables = files.flatMap(({ path, bytes }) => {
    const name = path.startsWith("tables/") ? tableNameOf(path) : null;
    return name === null ? [] : [{ name, file: path, content: bytes }];
  });
  const records = readRecords(tables, protocol, study);
  const derived = derive(records, protocol, study);
  const excluded = new Set(derived.eligibility.filter((one) => one.verdict === "excluded").map((one) => one.patient));
  return { protocol, records, derived, excluded };
}

export const run = ({ protocol, records, derived, excluded }, options = {}) =>
  analyse(derived.analysisSet, protocol, { excluded, seed: 1, records, derived, ...options });

if (process.argv[1]?.endsWith("plans.mjs")) {
  const asked = process.argv.slice(2);
  for (const id of asked.length > 0
    ? asked
    : ["mpmri-nomogram", "ser-haic", "adc-early-progression", "deb-tace", "letb-tace"]) {
    const study = cohort(id, 1);
    const start = process.cpuUsage();
    const analysis = run(study);
    const { user, system } = process.cpuUsage(start);
    const row = {
      protocol: id,
      cpuSeconds: Number(((user + system) / 1e6).toFixed(2)),
      tables: analysis.tables.length,
      figures: analysis.figures.length,
      models: analysis.models.length,
      passports: analysis.passports.length,
      computations: analysis.recompute.computations.length,
      issues: analysis.issues.length,
    };
    console.log(JSON.stringify(row));
    if (process.env.DUMP) {
      console.log(
        analysis.issues
          .map((issue) => `${issue.severity} ${issue.code} ${issue.path}: ${issue.message} got ${issue.got}`)
          .join("\n"),
      );
      console.log(analysis.tables.map((table) => `${table.id} (${table.rows.length})`).join(", "));
      console.log(analysis.figures.map((figure) => figure.id).join(", "));
    }
  }
}
