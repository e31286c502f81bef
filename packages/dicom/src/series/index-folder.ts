import { compareStrings, errorIssue, type Issue, locate, ok, type Result, warningIssue } from "@livermark/core";
import type { FileSource } from "../files/source.js";
import { walk } from "../files/walk.js";
import { isZip, zipMembers } from "../files/zip.js";
import { LIMITS, type Limits } from "../parse/limits.js";
import type { InstanceHeader } from "./header.js";
import { readInstance } from "./read-instance.js";
import { type Stack, stacksOf } from "./stacks.js";

/** A series: its files' headers, the volumes they form, and what is wrong with it. */
export interface SeriesEntry {
  readonly uid: string;
  readonly studyUid: string;
  readonly patient: string;
  readonly number: number | null;
  readonly description: string;
  readonly modality: string;
  readonly instances: readonly InstanceHeader[];
  /** Files that repeat a SOP Instance UID; `issues` says which and why. */
  readonly leftOut: readonly InstanceHeader[];
  readonly stacks: readonly Stack[];
  readonly issues: readonly Issue[];
}

/** A file that could not be read, and why. */
export interface RefusedFile {
  readonly file: string;
  readonly issue: Issue;
}

/** What lies under a folder. */
export interface FolderIndex {
  readonly series: readonly SeriesEntry[];
  readonly refused: readonly RefusedFile[];
  readonly issues: readonly Issue[];
}

const DICOMDIR = "1.2.840.10008.1.3.10";
const ZIP_DEPTH = 2;

interface Found {
  readonly headers: InstanceHeader[];
  readonly refused: RefusedFile[];
}

/** A damaged DICOMDIR loses nothing: the files that it lists are found without it. */
function isDirectory(source: FileSource): boolean {
  const head = String.fromCharCode(...source.read(0, 512));
  return head.includes(`${DICOMDIR}\0`) || head.includes(`${DICOMDIR}\x02`);
}

function take(source: FileSource, found: Found, limits: Limits, zipDepth: number): void {
  const refusal = (issue: Issue): void => {
    found.refused.push({ file: source.file, issue: locate(issue, { file: source.file }) });
  };
  if (source.size === 0) {
    refusal(errorIssue({ code: "empty-file", message: "The file is empty.", mend: "Copy it again." }));
    return;
  }
  const header = readInstance(source, limits);
  if (header.ok) {
    if (header.value.sopClassUid !== DICOMDIR) found.headers.push(header.value);
    return;
  }
  const first = header.issues[0]!;
  if (first.code !== "not-dicom" && isDirectory(source)) return;
  if (first.code !== "not-dicom" || zipDepth >= ZIP_DEPTH || !isZip(source)) {
    refusal(first);
    return;
  }
  const members = zipMembers(source, limits);
  if (!members.ok) {
    refusal(members.issues[0]!);
    return;
  }
  for (const { source: member, problem } of members.value) {
    if (problem === null) take(member, found, limits, zipDepth + 1);
    else {
      const issue = errorIssue({
        code: "unreadable-member",
        message: `The archive's member cannot be read: ${problem}.`,
      });
      found.refused.push({ file: member.file, issue: locate(issue, { file: member.file }) });
    }
  }
}

/** Copies of one image are dropped; images that differ under one UID are an error. One Issue each, with its count. */
function withoutCopies(
  instances: readonly InstanceHeader[],
  leftOut: InstanceHeader[],
  issues: Issue[],
): readonly InstanceHeader[] {
  const byUid = new Map<string, InstanceHeader>();
  const kept: InstanceHeader[] = [];
  const copies: string[] = [];
  const conflicts: string[] = [];
  for (const instance of instances) {
    const earlier = instance.sopInstanceUid === "" ? undefined : byUid.get(instance.sopInstanceUid);
    if (earlier === undefined) {
      byUid.set(instance.sopInstanceUid, instance);
      kept.push(instance);
      continue;
    }
    leftOut.push(instance);
    const pair = `${earlier.source.file} and ${instance.source.file}`;
    (sameBytes(earlier.source, instance.source) ? copies : conflicts).push(pair);
  }
  const where = (): { file: string } => ({ file: leftOut[0]!.source.file });
  if (copies.length > 0) {
    issues.push(
      warningIssue({
        code: "copied-file",
        message: `${copies.length} ${copies.length === 1 ? "file is a copy" : "files are copies"} of another and left out.`,
        got: copies.slice(0, 5).join("; "),
        where: where(),
      }),
    );
  }
  if (conflicts.length > 0) {
    issues.push(
      errorIssue({
        code: "same-uid-different-image",
        message: `${conflicts.length} ${conflicts.length === 1 ? "file carries" : "files carry"} the SOP Instance UID of a different file and ${conflicts.length === 1 ? "was" : "were"} left out.`,
        got: conflicts.slice(0, 5).join("; "),
        wanted: "one file per SOP Instance UID",
        mend: "Find out which one is right and remove the other.",
        where: where(),
      }),
    );
  }
  return kept;
}

function sameBytes(a: FileSource, b: FileSource): boolean {
  if (a.size !== b.size) return false;
  const step = 1 << 20;
  for (let at = 0; at < a.size; at += step) {
    if (Buffer.compare(a.read(at, at + step), b.read(at, at + step)) !== 0) return false;
  }
  return true;
}

function seriesOf(uid: string, all: readonly InstanceHeader[]): SeriesEntry {
  const issues: Issue[] = [];
  const sorted = [...all].sort(
    (a, b) =>
      (a.instanceNumber ?? Number.MAX_SAFE_INTEGER) - (b.instanceNumber ?? Number.MAX_SAFE_INTEGER) ||
      compareStrings(a.source.file, b.source.file),
  );
  const leftOut: InstanceHeader[] = [];
  const instances = withoutCopies(sorted, leftOut, issues);
  const first = instances[0]!;
  const where = { series: uid };
  if (uid === "") {
    issues.push(
      warningIssue({
        code: "no-series-uid",
        message: "The file does not say to which series it belongs.",
        wanted: "Series Instance UID (0020,000E)",
        where: { file: first.source.file },
      }),
    );
  }
  const patients = new Set(instances.map((instance) => instance.patientMark));
  if (patients.size > 1) {
    issues.push(
      errorIssue({
        code: "mixed-patients",
        message: `The images of this series belong to ${patients.size} patients.`,
        wanted: "one patient per series",
        mend: "Separate the files by patient and export them again.",
        where,
      }),
    );
  }
  const exposed = instances.find((instance) => !instance.identityRemoved);
  if (exposed !== undefined) {
    issues.push(
      warningIssue({
        code: "not-deidentified",
        message: "The images are not marked as de-identified ((0012,0062) is not YES).",
        wanted: "de-identified images",
        mend: "Run livermark deidentify IN OUT first.",
        where: { ...where, file: exposed.source.file },
      }),
    );
  }
  const seen = new Set<string>();
  for (const issue of instances.flatMap((instance) =>
    instance.issues.map((i) => locate(i, { file: instance.source.file })),
  )) {
    if (seen.has(issue.code)) continue;
    seen.add(issue.code);
    issues.push(locate(issue, where));
  }
  return {
    uid,
    studyUid: first.studyUid,
    patient: first.patient,
    number: first.seriesNumber,
    description: first.seriesDescription,
    modality: first.modality,
    instances,
    leftOut,
    stacks: stacksOf(instances),
    issues,
  };
}

/** Groups headers into series; files without a series UID stand alone. */
export function groupSeries(headers: readonly InstanceHeader[]): readonly SeriesEntry[] {
  const groups = new Map<string, InstanceHeader[]>();
  for (const header of headers) {
    const key = header.seriesUid === "" ? `file ${header.source.file}` : header.seriesUid;
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [header]);
    else group.push(header);
  }
  return [...groups.values()]
    .map((group) => seriesOf(group[0]!.seriesUid, group))
    .sort(
      (a, b) =>
        compareStrings(a.patient, b.patient) ||
        compareStrings(a.studyUid, b.studyUid) ||
        (a.number ?? Number.MAX_SAFE_INTEGER) - (b.number ?? Number.MAX_SAFE_INTEGER) ||
        compareStrings(a.uid, b.uid) ||
        compareStrings(a.instances[0]!.source.file, b.instances[0]!.source.file),
    );
}

/**
 * Finds the DICOM series under a path: nested folders, zip archives (a member is `archive.zip!member`), any file name
 * with or without extension. Only headers are read. The order is by patient, study, series number and UID, and does
 * not depend on the file system. Files that are not DICOM or are damaged are listed in `refused` with the reason; a
 * DICOMDIR is passed over. Refuses a path that does not exist.
 * Example: `const index = unwrap(indexFolder("images")); index.series.length`.
 */
export function indexFolder(path: string, limits: Limits = LIMITS): Result<FolderIndex> {
  const files = walk(path, limits);
  if (!files.ok) return files;
  const found: Found = { headers: [], refused: [] };
  for (const source of files.value.sources) take(source, found, limits, 0);
  return ok({ series: groupSeries(found.headers), refused: found.refused, issues: files.value.issues });
}
