import { existsSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { parsePlan } from "@livermark/analysis";
import { errorIssue, type Issue, ok, type Result, refuse, sha256Hex } from "@livermark/core";
import {
  derive,
  type Protocol,
  parseProtocol,
  parseStudyFile,
  readRecords,
  type StudyFile,
  type StudyRecords,
  type TableFile,
  tableFile,
} from "@livermark/study";
import { type BundleFile, hashBundle, listBundleFiles } from "./bundle-files.js";
import { builtInProtocols, type ProtocolText } from "./protocols.js";

/** A study bundle, read and checked; images and regions are only listed. */
export interface Bundle {
  readonly path: string;
  readonly files: readonly BundleFile[];
  readonly study: StudyFile;
  /** As its file says; the study's overrides are applied by `derive`. */
  readonly protocol: Protocol;
  readonly protocolFile: { readonly file: string; readonly sha256: string };
  readonly records: StudyRecords;
  readonly issues: readonly Issue[];
}

const MAX_TABLE_BYTES = 256 * 1024 * 1024;
const MAX_YAML_BYTES = 16 * 1024 * 1024;

/** The text of study.yaml or of a protocol in the bundle. */
function yamlText(path: string, file: string): Result<string> {
  const { size } = statSync(path);
  if (size > MAX_YAML_BYTES)
    return refuse({
      code: "file-too-large",
      message: "The file is larger than a study's settings can be.",
      got: `${size} bytes`,
      wanted: `at most ${MAX_YAML_BYTES} bytes`,
      where: { file },
    });
  try {
    return ok(new TextDecoder("utf-8", { fatal: true }).decode(readFileSync(path)));
  } catch {
    return refuse({
      code: "not-utf8",
      message: "The file is not UTF-8 text.",
      wanted: "UTF-8",
      mend: "Save it as UTF-8.",
      where: { file },
    });
  }
}

/** Compares versions such as 1.10.0 number by number. */
const compareVersions = (a: string, b: string): number => {
  const [x, y] = [a.split(".").map(Number), b.split(".").map(Number)];
  return x.map((part, i) => part - (y[i] ?? 0)).find((difference) => difference !== 0) ?? 0;
};

/**
 * The protocol that `study.yaml` names: a path inside the bundle, `id@version`, or a bare id (its newest version).
 * Refuses an unknown name, listing what is built in.
 */
export function findProtocol(
  name: string,
  bundle: string | null,
): Result<{ readonly protocol: Protocol; readonly source: ProtocolText }> {
  if (bundle !== null && /\.ya?ml$/i.test(name)) {
    const file = join(bundle, name);
    if (name.split(/[\\/]/).includes("..") || !existsSync(file))
      return refuse({
        code: "protocol-not-found",
        message: "study.yaml names a protocol file that is not in the bundle.",
        got: name,
        wanted: "a file inside the bundle",
        where: { file: "study.yaml" },
      });
    const text = yamlText(file, name);
    if (!text.ok) return text;
    const source = { file: name, text: text.value };
    const protocol = parseProtocol(source.text, name);
    return protocol.ok ? ok({ protocol: protocol.value, source }, protocol.issues) : protocol;
  }
  const [id, version] = name.split("@");
  const known: string[] = [];
  let best: { readonly protocol: Protocol; readonly source: ProtocolText } | null = null;
  for (const source of builtInProtocols()) {
    const protocol = parseProtocol(source.text, source.file);
    if (!protocol.ok) return protocol;
    const found = protocol.value;
    known.push(`${found.id}@${found.version}`);
    const fits = found.id === id && (version === undefined || found.version === version);
    if (fits && (best === null || compareVersions(found.version, best.protocol.version) > 0))
      best = { protocol: found, source };
  }
  if (best !== null) return ok(best);
  return refuse({
    code: "protocol-not-found",
    message: "There is no such protocol.",
    got: name,
    wanted: `${known.join(", ")}, or a .yaml file inside the bundle`,
    mend: "Correct `protocol:` in study.yaml.",
    where: { file: "study.yaml" },
  });
}

/** The tables of a bundle as the study room reads them (CSV or XLSX); files in `tables/` of another name are Issues. */
async function tableFiles(
  path: string,
  files: readonly string[],
): Promise<{ readonly tables: readonly TableFile[]; readonly issues: readonly Issue[] }> {
  const tables: TableFile[] = [];
  const issues: Issue[] = [];
  for (const file of files.filter((name) => name.startsWith("tables/"))) {
    const full = join(path, ...file.split("/"));
    const { size } = statSync(full);
    if (size > MAX_TABLE_BYTES) {
      issues.push(
        errorIssue({
          code: "file-too-large",
          message: "The table is too large.",
          got: `${size} bytes`,
          wanted: `at most ${MAX_TABLE_BYTES}`,
          where: { file },
        }),
      );
      continue;
    }
    const read = await tableFile(file, readFileSync(full));
    issues.push(...read.issues);
    if (!read.ok) continue;
    const twin = tables.find((table) => table.name === read.value.name);
    if (twin === undefined) tables.push(read.value);
    else
      issues.push(
        errorIssue({
          code: "table-twice",
          message: `The table ${read.value.name} is there twice.`,
          got: `${twin.file} and ${file}`,
          wanted: "one file",
          where: { file },
        }),
      );
  }
  return { tables, issues };
}

/**
 * Opens a bundle: lists and hashes its files, reads study.yaml, the protocol, and all tables.
 * Refuses a missing bundle, study.yaml or protocol; wrong cells and rows are Issues and the rest is kept.
 */
export async function openBundle(path: string): Promise<Result<Bundle>> {
  const files = listBundleFiles(path);
  if (!files.ok) return files;
  if (!files.value.includes("study.yaml"))
    return refuse({
      code: "no-study-file",
      message: "The folder holds no study.yaml.",
      got: path,
      wanted: "a study bundle",
      mend: "Make one with `livermark new`.",
      where: { file: "study.yaml" },
    });
  const settings = yamlText(join(path, "study.yaml"), "study.yaml");
  if (!settings.ok) return settings;
  const study = parseStudyFile(settings.value, "study.yaml");
  if (!study.ok) return study;
  const found = findProtocol(study.value.protocol, path);
  if (!found.ok) return found;
  const { protocol } = found.value;
  const { tables, issues } = await tableFiles(path, files.value);
  const records = readRecords(tables, protocol, study.value);
  return ok({
    path,
    files: hashBundle(path, files.value),
    study: study.value,
    protocol,
    protocolFile: { file: found.value.source.file, sha256: sha256Hex(found.value.source.text) },
    records,
    issues: [...files.issues, ...study.issues, ...found.issues, ...issues, ...records.issues],
  });
}

/** Every Issue that a bundle would meet before anything is measured: study.yaml, protocol, tables, links to files. */
export async function checkBundle(path: string): Promise<Result<readonly Issue[]>> {
  const bundle = await openBundle(path);
  if (!bundle.ok) return bundle;
  const { files, records, issues, protocol, study } = bundle.value;
  const plan = parsePlan(protocol.plan, protocol.id);
  const there = new Set(files.map((file) => file.path));
  const folders = new Set(files.map((file) => file.path.slice(0, file.path.lastIndexOf("/"))));
  const absent = records.tables.regions.rows.flatMap((row) => {
    const file = `regions/${row.path.replace(/^regions\//, "")}`;
    if (there.has(file) || folders.has(file)) return [];
    return [
      errorIssue({
        code: "file-not-found",
        message: "regions.csv names a file that is not there.",
        got: file,
        wanted: "a file or folder under regions/",
        mend: "Add the file, or correct the path.",
        where: {
          patient: row.patient,
          file: records.tables.regions.file,
          table: "regions",
          line: row.line,
          column: "path",
        },
      }),
    ];
  });
  const { issues: derived } = derive(records, protocol, study);
  return ok([...bundle.issues, ...issues, ...plan.issues, ...absent, ...derived]);
}
