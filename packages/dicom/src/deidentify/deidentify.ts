import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { errorIssue, type Issue, locate, ok, type Result, readableJson, warningIssue } from "@livermark/core";
import type { FileSource } from "../files/source.js";
import { walk } from "../files/walk.js";
import { isZip, zipMembers } from "../files/zip.js";
import { ascii, type Dataset, text, texts, valueBytes } from "../parse/dataset.js";
import type { Parsed } from "../parse/parse.js";
import { inflatedSource, readParsed } from "../parse/read-header.js";
import { TAG } from "../parse/tags.js";
import { type Dictionary, loadDictionary } from "./dictionary.js";
import { checkKey, type DeidentificationKey } from "./keyed.js";
import { DEFAULT_PROFILE, methodCodes, PROFILE_EDITION, type ProfileOptions } from "./profile.js";
import { type Rewritten, rewrite } from "./rewrite.js";

/** How to de-identify. */
export interface DeidentifyOptions extends Partial<ProfileOptions> {
  /** Secret of the site, at least 16 characters; keep it, or later images of a patient get another pseudonym. */
  readonly key: DeidentificationKey;
  /** Keep images that may show burned-in text (secondary captures, ultrasound …) although nobody has looked at them. */
  readonly keepUncheckedScreens?: boolean;
  /**
   * Patient by Series Instance UID, where a study's tables call the patient otherwise than the images do. Pseudonym and
   * date offset are then made from that name, so that images and tables stay together; the Patient ID counts elsewhere.
   */
  readonly patients?: ReadonlyMap<string, string>;
}

/** What was done, without anything about who the patients are. */
export interface DeidentificationReport {
  readonly profile: string;
  readonly methods: readonly string[];
  readonly files: number;
  readonly leftOut: readonly { readonly code: string; readonly files: number }[];
  readonly patients: readonly { readonly pseudonym: string; readonly files: number }[];
  /** How often an attribute was removed, emptied, mapped, shifted or cleaned, nested items included. */
  readonly attributes: { readonly [action: string]: number };
}

/** The report, and the Issues of files left out (these name input files: for the person, not for passing on). */
export interface Deidentification {
  readonly report: DeidentificationReport;
  readonly issues: readonly Issue[];
}

const DIRECTORY = "1.2.840.10008.1.3.10";
const SCREENS = /^(US|XC|ES|OP|GM|SM|SC)$/;
const SECONDARY_CAPTURE = "1.2.840.10008.5.1.4.1.1.7";

/** Why a file must not pass, or null. */
function blocked(dataset: Dataset, keepUncheckedScreens: boolean): Issue | null {
  const sopClass = text(dataset, TAG.SOPClassUID) ?? "";
  if (sopClass.startsWith("1.2.840.10008.5.1.4.1.1.104.")) {
    return errorIssue({
      code: "encapsulated-document",
      message: "The file is a document (PDF, CDA …), whose text cannot be cleaned.",
    });
  }
  if (text(dataset, TAG.BurnedInAnnotation) === "YES") {
    return errorIssue({
      code: "burned-in-text",
      message: "The header says that text is burned into the image.",
      mend: "Black out the text first.",
    });
  }
  const screen =
    sopClass.startsWith(SECONDARY_CAPTURE) ||
    SCREENS.test(text(dataset, TAG.Modality) ?? "") ||
    texts(dataset, TAG.ImageType).some((word) => /SCREEN ?SAVE|SCREENSHOT|SECONDARY CAPTURE/i.test(word));
  if (screen && text(dataset, TAG.BurnedInAnnotation) !== "NO" && !keepUncheckedScreens) {
    return errorIssue({
      code: "may-hold-burned-in-text",
      message: "The image may show burned-in text (a screen or secondary capture), and its header does not deny it.",
      mend: "Look at the images; then keep unchecked screens knowingly.",
    });
  }
  return null;
}

interface Tally {
  readonly attributes: Map<string, number>;
  readonly patients: Map<string, number>;
  readonly leftOut: Map<string, number>;
  readonly issues: Issue[];
  files: number;
  /** Files whose patient nothing but a name and a date of birth tells. */
  withoutId: number;
}

const add = (counts: Map<string, number>, name: string, n = 1): void =>
  void counts.set(name, (counts.get(name) ?? 0) + n);

function leaveOut(tally: Tally, source: FileSource, issue: Issue): void {
  add(tally.leftOut, issue.code);
  tally.issues.push(locate({ ...issue, severity: "warning" }, { file: source.file }));
}

function parsedWhole(source: FileSource): Result<Parsed> {
  const inflated = inflatedSource(source);
  return inflated.ok ? readParsed(inflated.value, true) : inflated;
}

function isDirectory(parsed: Parsed): boolean {
  const bytes = parsed.meta === null ? undefined : valueBytes(parsed.meta, 0x00020002);
  return bytes !== undefined && ascii(bytes) === DIRECTORY;
}

interface Run {
  readonly outPath: string;
  readonly key: DeidentificationKey;
  readonly profile: ProfileOptions;
  readonly keepUncheckedScreens: boolean;
  readonly patients: ReadonlyMap<string, string>;
  readonly dictionary: Dictionary;
  readonly tally: Tally;
  readonly written: Set<string>;
}

/** One file, or each member of an archive. */
function take(source: FileSource, depth: number, run: Run): void {
  const { tally } = run;
  const parsed = parsedWhole(source);
  if (parsed.ok) {
    const issue = isDirectory(parsed.value) ? null : pass(parsed.value, run);
    if (issue !== null) leaveOut(tally, source, issue);
    return;
  }
  const archive = depth < 2 && parsed.issues[0]!.code === "not-dicom" && isZip(source);
  const members = archive ? zipMembers(source) : parsed;
  if (!members.ok) {
    leaveOut(tally, source, members.issues[0]!);
    return;
  }
  for (const member of members.value) take(member.source, depth + 1, run);
}

/** Writes one file without identity, or says why it must not pass. */
function pass(parsed: Parsed, run: Run): Issue | null {
  const issue = blocked(parsed.dataset, run.keepUncheckedScreens);
  if (issue !== null) return issue;
  if (text(parsed.dataset, TAG.SOPInstanceUID) === undefined) {
    return errorIssue({ code: "no-instance-uid", message: "The file has no SOP Instance UID." });
  }
  const patient = run.patients.get(text(parsed.dataset, TAG.SeriesInstanceUID) ?? "");
  const clean = rewrite(parsed, run.key, run.profile, run.dictionary, patient);
  const path = join(run.outPath, outputName(clean, run.written));
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, clean.bytes);
  run.tally.files++;
  if (patient === undefined && text(parsed.dataset, TAG.PatientID) === undefined) run.tally.withoutId++;
  add(run.tally.patients, clean.pseudonym);
  for (const [name, n] of clean.counts) add(run.tally.attributes, name, n);
  return null;
}

/**
 * De-identifies every DICOM file under `inPath` (folders, zip archives) into `outPath` by the Basic Application Level
 * Confidentiality Profile of PS3.15 with the named options: `PSEUDONYM/study/series/instance.dcm`, all names made from
 * mapped UIDs, and `deidentification-report.json`. Consistent by the key: the same patient, study and image get the
 * same pseudonym, UIDs and date offset in every run. Structured reports keep numbers, codes, coordinates and references;
 * names go and text is reduced to the vocabulary. Left out, with the reason: damaged files, encapsulated documents,
 * images with burned-in text or screens that may have it.
 * Refuses a short key, a path that does not exist, and an input without any file that may pass.
 * Example: `await deidentify("export", "clean", { key })`.
 */
export async function deidentify(
  inPath: string,
  outPath: string,
  options: DeidentifyOptions,
): Promise<Result<Deidentification>> {
  const strong = checkKey(options.key);
  if (!strong.ok) return strong;
  const { key, keepUncheckedScreens = false, patients = new Map<string, string>(), ...chosen } = options;
  const profile: ProfileOptions = { ...DEFAULT_PROFILE, ...chosen };
  const found = walk(inPath);
  if (!found.ok) return found;
  const dictionary = await loadDictionary();
  const tally: Tally = {
    attributes: new Map(),
    patients: new Map(),
    leftOut: new Map(),
    issues: [...found.value.issues],
    files: 0,
    withoutId: 0,
  };
  const written = new Set<string>();
  const run: Run = { outPath, key, profile, keepUncheckedScreens, patients, dictionary, tally, written };
  for (const source of found.value.sources) take(source, 0, run);
  if (tally.files === 0) {
    return {
      ok: false,
      issues: [errorIssue({ code: "nothing-to-deidentify", message: "No DICOM file here may pass." }), ...tally.issues],
    };
  }
  if (tally.withoutId > 0)
    tally.issues.push(
      warningIssue({
        code: "no-patient-id",
        message:
          "Files have no Patient ID. Name and date of birth stand for it: a patient under two names becomes two, and files without either become one.",
        got: `${tally.withoutId} of ${tally.files} files`,
        wanted: "Patient ID (0010,0020) in every file",
        mend: "Compare the number of patients; a study bundle names the patient of each series in images.csv.",
      }),
    );
  const report = reportOf(tally, profile);
  writeFileSync(join(outPath, "deidentification-report.json"), readableJson(report));
  return ok({ report, issues: tally.issues }, tally.issues);
}

/** Two files under one UID stay two files. */
function outputName(clean: Rewritten, written: Set<string>): string {
  const base = `${clean.pseudonym}/${clean.studyUid}/${clean.seriesUid}/${clean.sopInstanceUid}`;
  for (let n = 1; ; n++) {
    const file = `${base}${n === 1 ? "" : `-${n}`}.dcm`;
    if (written.has(file)) continue;
    written.add(file);
    return file;
  }
}

function reportOf(tally: Tally, profile: ProfileOptions): DeidentificationReport {
  const sorted = (counts: ReadonlyMap<string, number>): [string, number][] =>
    [...counts].sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0));
  return {
    profile: PROFILE_EDITION,
    methods: methodCodes(profile).map(([code, meaning]) => `${code} ${meaning}`),
    files: tally.files,
    leftOut: sorted(tally.leftOut).map(([code, files]) => ({ code, files })),
    patients: sorted(tally.patients).map(([pseudonym, files]) => ({ pseudonym, files })),
    attributes: Object.fromEntries(sorted(tally.attributes)),
  };
}
