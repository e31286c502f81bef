import { type Analysis, conventionsOf, type Provenance, type Results } from "@livermark/analysis";
import { compareStrings, type Issue, type Passport } from "@livermark/core";
import type { Derived } from "@livermark/study";
import type { Bundle } from "./bundle.js";
import { inputsSha256 } from "./bundle-files.js";
import { LIVERMARK_VERSION } from "./version.js";

/** The results of a study: its analysis, with what it is, what was changed of its protocol, and what was wrong. */
export function resultsOf(bundle: Bundle, derived: Derived, analysis: Analysis, issues: readonly Issue[]): Results {
  const { protocol } = derived;
  const overridden = derived.overridden.map(({ path, value }) => `${path} = ${value}`);
  return {
    schema: "livermark.results/1",
    study: {
      title: bundle.study.title,
      protocol: { id: protocol.id, version: protocol.version, sha256: bundle.protocolFile.sha256 },
      lock: bundle.study.lock_date ?? (bundle.study.lock_day === undefined ? null : `day ${bundle.study.lock_day}`),
      software: { name: "livermark", version: LIVERMARK_VERSION },
      conventions: conventionsOf(protocol.conventions.statistics).printed,
      inputsSha256: inputsSha256(bundle.files),
      patients: derived.analysisSet.patients.rows.length,
    },
    flow: derived.flow,
    tables: analysis.tables,
    figures: analysis.figures,
    models: analysis.models,
    methods: [
      `The study followed the protocol ${protocol.id} version ${protocol.version} (${protocol.title}).`,
      ...(overridden.length === 0 ? [] : [`Changed for this study: ${overridden.join("; ")}.`]),
      ...analysis.methods,
      `Analyses were made with Livermark ${LIVERMARK_VERSION}.`,
    ],
    notes: [
      ...protocol.caveats.map((why, i) => ({
        code: `protocol-caveat-${i + 1}`,
        severity: "info" as const,
        where: `protocol ${protocol.id}`,
        why,
        remedy: "Keep it in mind when comparing with the publication.",
        reference: protocol.source ?? "",
      })),
      ...analysis.notes,
    ],
    issues,
    recompute: analysis.recompute,
  };
}

/** The passports by id, and the files that were read. */
export function provenanceOf(bundle: Bundle, passports: readonly Passport[]): Provenance {
  const byId = new Map<string, Passport>();
  for (const one of passports) byId.set(one.id, one);
  return {
    schema: "livermark.provenance/1",
    passports: Object.fromEntries([...byId].sort(([a], [b]) => compareStrings(a, b))),
    files: bundle.files.map(({ path, sha256, bytes }) => ({ path, sha256, bytes })),
  };
}
