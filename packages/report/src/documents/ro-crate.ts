import type { Provenance, Results } from "@livermark/analysis";
import {
  compareStrings,
  type Issue,
  type Json,
  ok,
  type Result,
  readableJson,
  sha256,
  warningIssue,
} from "@livermark/core";
import { conventionText } from "./study-facts.js";
import { type ReportFile, stableZip, textFile } from "./zip.js";

const formats: { readonly [extension: string]: string } = {
  csv: "text/csv",
  docx: "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
  html: "text/html",
  json: "application/json",
  md: "text/markdown",
  pdf: "application/pdf",
  png: "image/png",
  R: "text/x-r-source",
  svg: "image/svg+xml",
  tex: "application/x-tex",
  tif: "image/tiff",
  xlsx: "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
};

const mediaType = (path: string): string =>
  formats[path.slice(path.lastIndexOf(".") + 1)] ?? "application/octet-stream";

/** A path as a relative URI reference. */
const uri = (path: string): string => path.split("/").map(encodeURIComponent).join("/");

const isoDate = /^\d{4}-\d{2}-\d{2}$/;

/**
 * The metadata of an RO-Crate 1.3 after the Process Run Crate profile: the analysis as one action with the program as
 * instrument, the bundle's input files by their hash as object, and every report file as result. Who ran it is not known,
 * so the action names no agent. The date published is the lock date; a study locked by day number has none, which the
 * specification asks for, so a warning says so.
 */
export function roCrateMetadata(
  results: Results,
  provenance: Provenance,
  files: readonly ReportFile[],
): Result<string> {
  const { study } = results;
  const issues: Issue[] = [];
  const dated = study.lock !== null && isoDate.test(study.lock);
  if (!dated) {
    issues.push(
      warningIssue({
        code: "crate-without-date",
        message: "The crate has no date of publication, because the study is not locked by a date.",
        got: study.lock ?? "",
        wanted: "lock_date: YYYY-MM-DD",
        mend: "Give lock_date in study.yaml, or add datePublished before you publish the crate.",
      }),
    );
  }
  const outputs = [...files].sort((a, b) => compareStrings(a.path, b.path));
  const inputId = (sha: string): string => `urn:sha256:${sha}`;
  const inputs = [...new Map(provenance.files.map((file) => [file.sha256, file])).values()].sort((a, b) =>
    compareStrings(a.path, b.path),
  );
  const program = `#${study.software.name}`;
  const profile = "https://w3id.org/ro/wfrun/process/0.5";
  const graph: Json[] = [
    {
      "@id": "ro-crate-metadata.json",
      "@type": "CreativeWork",
      about: { "@id": "./" },
      conformsTo: { "@id": "https://w3id.org/ro/crate/1.3" },
    },
    {
      "@id": "./",
      "@type": "Dataset",
      name: study.title,
      description: `Report of ${study.software.name} ${study.software.version} by protocol ${study.protocol.id} ${study.protocol.version}. For research use; not a medical device.`,
      conformsTo: { "@id": profile },
      license: "Not stated: the owner of the data decides.",
      ...(dated ? { datePublished: study.lock } : {}),
      hasPart: outputs.map((file) => ({ "@id": uri(file.path) })),
      mentions: { "@id": "#analysis" },
    },
    { "@id": profile, "@type": "CreativeWork", name: "Process Run Crate", version: "0.5" },
    {
      "@id": program,
      "@type": "SoftwareApplication",
      name: study.software.name,
      softwareVersion: study.software.version,
    },
    {
      "@id": "#analysis",
      "@type": "CreateAction",
      name: "Analysis of the study",
      instrument: { "@id": program },
      object: [...inputs.map((file) => ({ "@id": inputId(file.sha256) })), { "@id": "#protocol" }],
      result: outputs.map((file) => ({ "@id": uri(file.path) })),
      description: conventionText(study),
    },
    {
      "@id": "#protocol",
      "@type": "CreativeWork",
      name: `Protocol ${study.protocol.id}`,
      version: study.protocol.version,
      sha256: study.protocol.sha256,
    },
    ...inputs.map(
      (file): Json => ({
        // A file that is not in the crate is no data entity of it.
        "@id": inputId(file.sha256),
        "@type": "CreativeWork",
        name: file.path,
        sha256: file.sha256,
        contentSize: String(file.bytes),
        description: "Input of the study; stays where the study is kept.",
      }),
    ),
    ...outputs.map(
      (file): Json => ({
        "@id": uri(file.path),
        "@type": "File",
        name: file.path,
        encodingFormat: mediaType(file.path),
        contentSize: String(file.bytes.length),
        sha256: sha256().update(file.bytes).hex(),
      }),
    ),
  ];
  return ok(readableJson({ "@context": "https://w3id.org/ro/crate/1.3/context", "@graph": graph }), issues);
}

/** The whole report as a byte-stable RO-Crate zip. */
export function roCrate(results: Results, provenance: Provenance, files: readonly ReportFile[]): Result<Uint8Array> {
  const metadata = roCrateMetadata(results, provenance, files);
  if (!metadata.ok) return metadata;
  const zip = stableZip([...files, textFile("ro-crate-metadata.json", metadata.value)], "ro-crate-metadata.json");
  return ok(zip, metadata.issues);
}
