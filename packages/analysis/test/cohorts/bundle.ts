import { readFileSync } from "node:fs";
import { join } from "node:path";
import { type Analysis, analyse, type ResultTable } from "@livermark/analysis";
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

/** The table of an analysis by its id. */
export const tableOf = ({ tables }: Analysis, id: string): ResultTable => {
  const found = tables.find((table) => table.id === id);
  if (found === undefined) throw new Error(`no table ${id}`);
  return found;
};

/** Ids that the results name but no passport explains, and inputs of passports that lead nowhere. */
export function unexplained({ tables, figures, passports }: Analysis): readonly string[] {
  const known = new Set(passports.map(({ id }) => id));
  const named = [
    ...tables.flatMap(({ rows }) => rows.flatMap(({ cells }) => Object.values(cells).flatMap(({ id }) => id ?? []))),
    ...figures.map(({ id }) => id),
    ...passports.flatMap(({ inputs }) => inputs.flatMap((input) => (input.kind === "result" ? [input.id] : []))),
  ];
  return [...new Set(named)].filter((id) => !known.has(id));
}

/** Ids that two cells share. */
export const repeated = ({ tables }: Analysis): readonly string[] => {
  const ids = tables.flatMap(({ rows }) =>
    rows.flatMap(({ cells }) => Object.values(cells).flatMap(({ id }) => id ?? [])),
  );
  return [...new Set(ids.filter((id, i) => ids.indexOf(id) !== i))];
};
