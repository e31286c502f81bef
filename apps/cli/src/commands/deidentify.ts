import { existsSync } from "node:fs";
import { join } from "node:path";
import { mapResult, type Result, refuse } from "@livermark/core";
import { type DeidentifyOptions, deidentify } from "@livermark/dicom";
import { deidentifyBundle } from "@livermark/pipeline";
import { type Command, flag, type Output, usageIssue } from "../command.js";
import { newFolder } from "../files.js";
import { readSiteKey } from "../site-key.js";

async function bundle(from: string, to: string, options: DeidentifyOptions): Promise<Result<Output>> {
  if (options.modifiedDates === false)
    return refuse({
      code: "dates-needed",
      message: "A study needs its dates.",
      got: "--remove-dates",
      wanted: "dates moved by one offset per patient",
    });
  const done = await deidentifyBundle(from, to, options);
  return mapResult(done, (report) => ({
    json: { report, issues: done.issues },
    text: [
      `${report.patients} patients written to ${to}: ${report.tables.length} tables, ${report.regions} region files, ${report.images?.files ?? 0} images`,
      ...(report.images?.leftOut ?? []).map(({ code, files }) => `left out: ${files} (${code})`),
      `${report.endpoints.equal} of ${report.endpoints.compared} endpoints equal to the day`,
    ].join("\n"),
    issues: done.issues,
  }));
}

export const command: Command = {
  usage:
    "IN OUT --key-file FILE [--remove-dates] [--remove-private] [--remove-descriptors] [--keep-characteristics] [--keep-device] [--json]",
  help: [
    "Copies the DICOM files under IN to OUT without patient identity, by the Basic Profile of DICOM PS3.15 with options: dates are shifted",
    "by one offset per patient (--remove-dates removes them), private attributes that measurements need are kept (--remove-private),",
    "descriptions keep the words of a fixed list (--remove-descriptors). --keep-characteristics keeps sex, age, size and weight,",
    "--keep-device the scanner's identity. The same key gives the same pseudonyms, UIDs and offsets in every run.",
    "Structured reports keep numbers, codes and references; names and sentences go. Files that cannot be made safe (encapsulated documents,",
    "burned-in text, unchecked screens) are left out with the reason.",
    "Where IN is a study bundle, its tables, regions and lock date move together with the images: pseudonyms and days are the same,",
    "endpoints are derived before and after and compared to the day.",
    "Example:\n  livermark deidentify export/ clean/ --key-file site.key",
  ].join("\n"),
  options: {
    "key-file": { type: "string" },
    "remove-dates": { type: "boolean" },
    "remove-private": { type: "boolean" },
    "remove-descriptors": { type: "boolean" },
    "keep-characteristics": { type: "boolean" },
    "keep-device": { type: "boolean" },
    "keep-unchecked-screens": { type: "boolean" },
  },
  async run(positionals, values) {
    const [from, to] = positionals;
    if (from === undefined || to === undefined || positionals.length > 2)
      return usageIssue("deidentify wants IN and OUT.");
    const free = newFolder(to);
    if (!free.ok) return free;
    const key = readSiteKey(values);
    if (!key.ok) return key;
    const options: DeidentifyOptions = {
      key: key.value,
      modifiedDates: !flag(values, "remove-dates"),
      safePrivate: !flag(values, "remove-private"),
      cleanDescriptors: !flag(values, "remove-descriptors"),
      patientCharacteristics: flag(values, "keep-characteristics"),
      deviceIdentity: flag(values, "keep-device"),
      keepUncheckedScreens: flag(values, "keep-unchecked-screens"),
    };
    if (existsSync(join(from, "study.yaml"))) return bundle(from, to, options);
    const done = await deidentify(from, to, options);
    return mapResult(done, ({ report, issues }) => ({
      json: { report, issues },
      text: [
        `${report.files} files of ${report.patients.length} patients written to ${to}`,
        ...report.leftOut.map(({ code, files }) => `left out: ${files} (${code})`),
      ].join("\n"),
      issues,
    }));
  },
};
