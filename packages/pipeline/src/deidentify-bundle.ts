import { existsSync, mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { type Issue, locate, ok, type Result, readableJson, refuse, refuseWith, warningIssue } from "@livermark/core";
import {
  cleanMaskFile,
  type DeidentificationReport,
  type DeidentifyOptions,
  deidentify,
  identifiersIn,
  indexFolder,
  mappedUid,
  type PatientPseudonyms,
  pseudonymsOf,
  scanForLeaks,
} from "@livermark/dicom";
import { applyOverrides, type Derived, derive, deriveTreatments, type Row } from "@livermark/study";
import { type Bundle, openBundle } from "./bundle.js";
import { type CellRow, cleanTables } from "./deidentify-tables.js";
import { noteDecisions } from "./image-decisions.js";
import { linkImages, rowMeans } from "./link-images.js";
import { readRegionFile } from "./regions.js";

/** What was done to a bundle; nothing in it tells who the patients are. */
export interface BundleDeidentification {
  readonly patients: number;
  readonly tables: readonly string[];
  readonly regions: number;
  readonly images: DeidentificationReport | null;
  /** Endpoint times derived from the tables before and after, and how many are equal to the day. */
  readonly endpoints: { readonly compared: number; readonly equal: number };
}

const fileExists = (path: string): boolean => statSync(path, { throwIfNoEntry: false }) !== undefined;

/** Lines of study.yaml that pass: no lock date, which patients no longer share, and no free text. */
function cleanStudyFile(text: string): string {
  const kept: string[] = [];
  let skipping = false;
  for (const line of text.split(/\r?\n/)) {
    const key = /^([A-Za-z_]+)\s*:/.exec(line)?.[1];
    if (key !== undefined) skipping = ["lock_date", "ethics", "notes"].includes(key);
    else if (/^\S/.test(line)) skipping = false;
    if (!skipping && !/^\s*#/.test(line)) kept.push(line);
  }
  return kept.join("\n");
}

interface Work {
  readonly bundle: Bundle;
  readonly out: string;
  readonly options: DeidentifyOptions;
  readonly pseudonyms: PatientPseudonyms;
  readonly known: readonly string[];
  readonly issues: Issue[];
}

function put(work: Work, path: string, bytes: Uint8Array | string): void {
  const full = join(work.out, ...path.split("/"));
  mkdirSync(dirname(full), { recursive: true });
  writeFileSync(full, bytes);
}

/** The report of one folder stands in that of the bundle; among the images it would be a foreign file. */
const dropReport = (work: Work, folder: string): void =>
  rmSync(join(work.out, ...folder.split("/"), "deidentification-report.json"), { force: true });

interface CleanImages {
  readonly report: DeidentificationReport | null;
  readonly rows: readonly CellRow[];
}

/** The images, and the rows that link them by their new UIDs (paths do not survive: they are made from pseudonyms). */
async function cleanImages(work: Work): Promise<Result<CleanImages>> {
  const { bundle, pseudonyms, options } = work;
  const folder = join(bundle.path, "images");
  if (!existsSync(folder) || !bundle.files.some(({ path }) => path.startsWith("images/")))
    return ok({ report: null, rows: [] });
  const index = indexFolder(folder);
  if (!index.ok) return index;
  const { linked } = linkImages(index.value, bundle.records);
  const patients = new Map(linked.map(({ series, patient }) => [series.uid, patient]));
  const done = await deidentify(folder, join(work.out, "images"), { ...options, patients });
  if (!done.ok) return done;
  work.issues.push(...done.value.issues);
  dropReport(work, "images");
  const rows = bundle.records.tables.images.rows.flatMap((row) =>
    index.value.series
      .filter((series) => rowMeans(row, series))
      .map((series): CellRow => {
        const { scale, resampleTilt } = noteDecisions(row.note);
        const note = [scale === null ? "" : `scale: ${kept(scale, work)}`, resampleTilt ? "tilt: resample" : ""];
        return {
          series_uid: mappedUid(options.key, series.uid),
          patient: pseudonyms.of(row.patient || series.patient),
          time_point: row.time_point,
          treatment: row.treatment,
          role: row.role,
          phase: row.phase,
          note: note.filter((part) => part !== "").join("; ") || null,
        };
      }),
  );
  return ok({ report: done.value.report, rows });
}

/** A person's reason where it identifies nobody. */
const kept = (reason: string, work: Work): string =>
  identifiersIn(reason, work.known).length === 0 ? reason : "reason removed at de-identification";

/** Region and mask files under neutral names, and the rows that name them. */
async function cleanRegions(work: Work): Promise<{ readonly rows: readonly CellRow[]; readonly files: number }> {
  const { bundle, pseudonyms, options } = work;
  const names = new Map<string, string | null>();
  let files = 0;
  const cleanName = async (row: Row<"regions">): Promise<string | null> => {
    const source = row.path.replace(/^regions\//, "");
    const known = names.get(source);
    if (known !== undefined) return known;
    const base = `${pseudonyms.of(row.patient)}/region-${row.line}`;
    const cleaned = await cleanRegion(join(bundle.path, "regions", ...source.split("/")), base, row, work);
    const name = cleaned.ok ? cleaned.value : null;
    if (!cleaned.ok)
      work.issues.push(
        ...cleaned.issues.map((issue) =>
          locate({ ...issue, severity: "warning" }, { table: "regions", line: row.line }),
        ),
      );
    else files++;
    names.set(source, name);
    return name;
  };
  const rows: CellRow[] = [];
  for (const row of bundle.records.tables.regions.rows) {
    const path = await cleanName(row);
    if (path === null) continue;
    rows.push({
      path,
      label: row.label,
      patient: pseudonyms.of(row.patient),
      time_point: row.time_point,
      treatment: row.treatment,
      reader: row.reader,
      repeat: row.repeat,
      lesion: row.lesion,
      purpose: row.purpose,
      series_uid: row.series_uid === null ? null : mappedUid(options.key, row.series_uid),
    });
  }
  return { rows, files };
}

/** One region file, mask file, or DICOM segmentation, written without identity; its new path under `regions/`. */
async function cleanRegion(path: string, base: string, row: Row<"regions">, work: Work): Promise<Result<string>> {
  const where = { file: `regions/${row.path}` };
  const stat = statSync(path, { throwIfNoEntry: false });
  if (stat === undefined)
    return refuse({ code: "file-not-found", message: "The region's file is not there and was left out.", where });
  if (path.toLowerCase().endsWith(".json")) {
    const read = readRegionFile({ path, shown: where.file });
    if (!read.ok) return read;
    const { name, series, ...shape } = read.value.region;
    if (shape.kind === "mask")
      return refuse({
        code: "region-names-a-file",
        message: "The region names another file and was left out; name the mask itself in regions.csv.",
        got: shape.file,
        where,
      });
    const uid = series === undefined ? {} : { series: mappedUid(work.options.key, series) };
    const label = name === undefined || identifiersIn(name, work.known).length > 0 ? {} : { name };
    put(work, `regions/${base}.json`, readableJson({ ...shape, ...uid, ...label }));
    return ok(`${base}.json`);
  }
  if (stat.isFile() && /\.(nii|nii\.gz|nrrd|mha|mhd)$/i.test(path)) {
    const mask = cleanMaskFile(path, stat.size);
    if (!mask.ok) return mask;
    put(work, `regions/${base}.nii`, mask.value);
    return ok(`${base}.nii`);
  }
  const index = indexFolder(path);
  if (!index.ok) return index;
  const patients = new Map(index.value.series.map(({ uid }) => [uid, row.patient]));
  const done = await deidentify(path, join(work.out, "regions", ...base.split("/")), { ...work.options, patients });
  if (!done.ok) return done;
  dropReport(work, `regions/${base}`);
  return ok(base, done.issues);
}

/** Endpoint times by patient, treatment and name. */
const timesOf = (derived: Derived, name: (patient: string) => string): ReadonlyMap<string, string> =>
  new Map(
    derived.endpoints.map((row) => [
      `${name(row.patient)} ${row.treatment ?? ""} ${row.name}`,
      `${row.timeDays} ${row.event ?? "unknown"}`,
    ]),
  );

/** The Issues of a copy whose endpoints are not those of the original. */
function compareEndpoints(before: ReadonlyMap<string, string>, after: ReadonlyMap<string, string>) {
  const differing = [...before].filter(([key, time]) => after.get(key) !== time);
  const issues = differing.slice(0, 20).map(([key, time]) =>
    warningIssue({
      code: "endpoint-moved",
      message: `An endpoint of the copy is not that of the original: ${key}.`,
      got: after.get(key) ?? "none",
      wanted: time,
      mend: "Calendar months are of unequal length; a window in months that ends within days of a record can move with the dates.",
    }),
  );
  return { compared: before.size, equal: before.size - differing.length, issues };
}

/**
 * A study bundle without identity in a new folder: images by `deidentify`, tables with pseudonyms and dates moved by
 * the same keyed offset per patient, the lock applied to each patient, regions and masks under neutral names with new
 * UIDs, study.yaml without lock date and free text. Endpoints are derived from the tables before and after and compared
 * to the day, and the leak scanner looks at the copy. What cannot be made safe is left out with an Issue; a copy that
 * cannot be finished is removed.
 * Refuses a bundle with error Issues, a short key, and an output folder that exists.
 * Example: `await deidentifyBundle("study", "clean", { key })`.
 */
export async function deidentifyBundle(
  path: string,
  out: string,
  options: DeidentifyOptions,
): Promise<Result<BundleDeidentification>> {
  const pseudonyms = pseudonymsOf(options.key);
  if (!pseudonyms.ok) return pseudonyms;
  if (fileExists(out))
    return refuse({
      code: "folder-exists",
      message: "There is something of this name already.",
      got: out,
      wanted: "a new folder",
    });
  const opened = await openBundle(path);
  if (!opened.ok) return opened;
  const bundle = opened.value;
  const errors = bundle.issues.filter(({ severity }) => severity === "error");
  if (errors.length > 0) return refuseWith(errors);
  const { records } = bundle;
  const work: Work = {
    bundle,
    out,
    options,
    pseudonyms: pseudonyms.value,
    known: records.patients.filter((patient) => patient.length >= 5),
    issues: [],
  };
  const written = await writeCopy(work);
  // Half a copy is neither a study nor safe.
  if (!written.ok) rmSync(out, { recursive: true, force: true });
  return written;
}

/** What the leak scanner finds in the copy: identifiers of the tables anywhere, and the forms of identifiers in images. */
function leaksOf(work: Work): readonly Issue[] {
  const found = scanForLeaks(work.out, work.known);
  return found.ok
    ? found.value.slice(0, 20).map(({ file, place, kind }) =>
        warningIssue({
          code: "possible-leak",
          message: `The copy holds what may identify a person (${kind}).`,
          got: place,
          wanted: "nothing that identifies a person",
          mend: "Look at the file before it is passed on.",
          where: { file },
        }),
      )
    : found.issues;
}

async function writeCopy(work: Work): Promise<Result<BundleDeidentification>> {
  const { bundle, out } = work;
  const { records, study } = bundle;
  const { protocol } = applyOverrides(bundle.protocol, study);
  const treatments = deriveTreatments(records, protocol.treatments);
  mkdirSync(out, { recursive: true });
  const images = await cleanImages(work);
  if (!images.ok) return images;
  const regions = await cleanRegions(work);
  const cleaned = cleanTables({
    records,
    lockDay: study.lock?.day ?? null,
    pseudonyms: work.pseudonyms,
    images: images.value.rows,
    regions: regions.rows,
    startDay: (patient) => treatments.byPatient.get(patient)?.[0]?.startDay ?? null,
  });
  for (const { path: name, csv } of cleaned.tables) put(work, name, csv);
  put(work, "study.yaml", cleanStudyFile(readFileSync(join(bundle.path, "study.yaml"), "utf8")));
  const own = join(bundle.path, study.protocol);
  if (/\.ya?ml$/i.test(study.protocol)) put(work, study.protocol, readFileSync(own));
  const copy = await openBundle(out);
  if (!copy.ok) return copy;
  const before = timesOf(derive(records, bundle.protocol, study), work.pseudonyms.of);
  const after = timesOf(derive(copy.value.records, copy.value.protocol, copy.value.study), (patient) => patient);
  const { issues: moved, ...endpoints } = compareEndpoints(before, after);
  const report: BundleDeidentification = {
    patients: records.patients.length,
    tables: cleaned.tables.map(({ path: name }) => name),
    regions: regions.files,
    images: images.value.report,
    endpoints,
  };
  put(work, "bundle-deidentification.json", readableJson(report));
  return ok(report, [...work.issues, ...cleaned.issues, ...copy.value.issues, ...moved, ...leaksOf(work)]);
}
