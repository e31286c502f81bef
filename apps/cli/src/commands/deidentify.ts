import { existsSync } from "node:fs";
import { mapResult, type Result, refuse } from "@livermark/core";
import { deidentify } from "@livermark/dicom";
import { type Command, flag, text, usageIssue, type Values } from "../command.js";
import { readTextFile } from "../files.js";

/** The site's secret: from a file or the environment, never from the command line, which other users can see. */
function readKey(values: Values): Result<string> {
  const file = text(values, "key-file");
  if (file !== undefined) return mapResult(readTextFile(file), (content) => content.trim());
  const key = process.env.LIVERMARK_KEY;
  if (key !== undefined && key !== "") return { ok: true, value: key, issues: [] };
  return refuse({
    code: "no-key",
    message: "De-identification needs the site's secret key.",
    wanted: "--key-file FILE, or LIVERMARK_KEY in the environment; at least 16 characters",
    mend: "Make one once, keep it safe, and use it for all images of the site.",
  });
}

export const command: Command = {
  usage:
    "IN OUT --key-file FILE [--remove-dates] [--remove-private] [--remove-descriptors] [--keep-characteristics] [--keep-device] [--json]",
  help: [
    "Copies the DICOM files under IN to OUT without patient identity, by the Basic Profile of DICOM PS3.15 with options: dates are shifted",
    "by one offset per patient (--remove-dates removes them), private attributes that measurements need are kept (--remove-private),",
    "descriptions keep the words of a fixed list (--remove-descriptors). --keep-characteristics keeps sex, age, size and weight,",
    "--keep-device the scanner's identity. The same key gives the same pseudonyms, UIDs and offsets in every run.",
    "Files that cannot be made safe (documents, reports, burned-in text) are left out with the reason.",
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
    if (existsSync(to))
      return refuse({
        code: "folder-exists",
        message: "There is something of this name already.",
        got: to,
        wanted: "a new folder",
      });
    const key = readKey(values);
    if (!key.ok) return key;
    const done = await deidentify(from, to, {
      key: key.value,
      modifiedDates: !flag(values, "remove-dates"),
      safePrivate: !flag(values, "remove-private"),
      cleanDescriptors: !flag(values, "remove-descriptors"),
      patientCharacteristics: flag(values, "keep-characteristics"),
      deviceIdentity: flag(values, "keep-device"),
      keepUncheckedScreens: flag(values, "keep-unchecked-screens"),
    });
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
