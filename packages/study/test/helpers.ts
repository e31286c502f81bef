import { readFileSync } from "node:fs";
import { join } from "node:path";
import { unwrap } from "@livermark/core";
import { repositoryRoot } from "testkit";
import {
  type Derived,
  derive,
  type EndpointRow,
  type Protocol,
  parseProtocol,
  parseStudyFile,
  readRecords,
  type StudyRecords,
  type TableFile,
  type TimePointResponse,
  tableNameOf,
} from "../src/index.js";

/** A protocol with the smallest possible file, and `extra` YAML after it. */
export const minimalProtocol = (extra = "", endpoints = "[OS, PFS]"): Protocol =>
  unwrap(
    parseProtocol(
      [
        "schema: livermark.protocol/2",
        "id: own",
        "version: 1.0.0",
        "title: Own study",
        "time_points:",
        "  - { id: baseline, label: before }",
        "  - { id: follow-up-1, label: first follow-up }",
        `endpoints: ${endpoints}`,
        extra,
      ].join("\n"),
      "own.yaml",
    ),
  );

export const builtIn = (id: string): Protocol =>
  unwrap(parseProtocol(readFileSync(join(repositoryRoot, "protocols", `${id}.yaml`), "utf8"), `${id}.yaml`));

export interface Bundle {
  readonly protocol: Protocol;
  readonly study?: string;
  readonly tables: { readonly [file: string]: string };
}

export interface Run {
  readonly records: StudyRecords;
  readonly derived: Derived;
  readonly codes: readonly string[];
}

export function run({ protocol, study = "", tables }: Bundle): Run {
  const studyFile = unwrap(parseStudyFile(`title: T\nprotocol: own\n${study}`, "study.yaml"));
  const files = Object.entries(tables).map(([file, content]): TableFile => {
    const name = tableNameOf(file);
    if (name === null) throw new Error(`no table ${file}`);
    return { name, file, content };
  });
  const records = readRecords(files, protocol, studyFile);
  const derived = derive(records, protocol, studyFile);
  return { records, derived, codes: [...records.issues, ...derived.issues].map((issue) => issue.code) };
}

export const endpoint = (
  derived: Derived,
  name: string,
  patient = "P1",
  treatment: number | null = null,
): EndpointRow => {
  const row = derived.endpoints.find(
    (one) => one.name === name && one.patient === patient && one.treatment === treatment,
  );
  if (row === undefined) throw new Error(`no ${name} of ${patient}`);
  return row;
};

export const timePoints = (derived: Derived, patient = "P1", profile?: string): readonly TimePointResponse[] =>
  derived.response
    .filter((row): row is TimePointResponse => "timePoint" in row)
    .filter((row) => row.patient === patient && (profile === undefined || row.profile === profile));
