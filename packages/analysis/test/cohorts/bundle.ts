import { readFileSync } from "node:fs";
import { join } from "node:path";
import { type Analysis, analyse } from "@livermark/analysis";
import { type Issue, unwrap } from "@livermark/core";
import { type PaperCohort, type PhantomFile, paperCohort } from "@livermark/phantom";
import {
  type Derived,
  derive,
  type Protocol,
  parseProtocol,
  parseStudyFile,
  readRecords,
  type StudyRecords,
  tableNameOf,
} from "@livermark/study";
import { repositoryRoot } from "testkit";

/** A built-in protocol. */
export const builtIn = (id: string): Protocol =>
  unwrap(parseProtocol(readFileSync(join(repositoryRoot, "protocols", `${id}.yaml`), "utf8"), `${id}.yaml`));

/** Everything of a bundle up to its analysis set. */
export interface ReadBundle {
  readonly records: StudyRecords;
  readonly derived: Derived;
  readonly excluded: ReadonlySet<string>;
  readonly issues: readonly Issue[];
}

/** Reads the files of a bundle in memory. */
export function readBundle(files: readonly PhantomFile[], protocol: Protocol): ReadBundle {
  const text = (path: string): string => {
    const file = files.find((one) => one.path === path);
    return file === undefined ? "" : new TextDecoder().decode(file.bytes);
  };
  const study = unwrap(parseStudyFile(text("study.yaml"), "study.yaml"));
  const tables = files.flatMap(({ path, bytes }) => {
    const name = path.startsWith("tables/") ? tableNameOf(path) : null;
    return name === null ? [] : [{ name, file: path, content: bytes }];
  });
  const records = readRecords(tables, protocol, study);
  const derived = derive(records, protocol, study);
  const excluded = new Set(derived.eligibility.filter((one) => one.verdict === "excluded").map((one) => one.patient));
  return { records, derived, excluded, issues: [...records.issues, ...derived.issues] };
}

/** Analyses a bundle with a protocol's plan, or with another plan in its place. */
export function analyseBundle(bundle: ReadBundle, protocol: Protocol, seed = 1): Analysis {
  return analyse(bundle.derived.analysisSet, protocol, {
    excluded: bundle.excluded,
    seed,
    records: bundle.records,
    derived: bundle.derived,
  });
}

export const cohortOf = (id: string, seed: number): PaperCohort => unwrap(paperCohort(id, seed));
