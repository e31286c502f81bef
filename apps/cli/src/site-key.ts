import { mapResult, type Result, refuse } from "@livermark/core";
import { text, type Values } from "./command.js";
import { readTextFile } from "./files.js";

/** The site's secret: from a file or the environment, never from the command line, which other users can see. */
export function readSiteKey(values: Values): Result<string> {
  const file = text(values, "key-file");
  if (file !== undefined) return mapResult(readTextFile(file), (content) => content.trim());
  const key = process.env.LIVERMARK_KEY;
  if (key !== undefined && key !== "") return { ok: true, value: key, issues: [] };
  return refuse({
    code: "no-key",
    message: "De-identification needs the site's secret key.",
    wanted: "--key-file FILE, or LIVERMARK_KEY in the environment; at least 16 characters",
    mend: "Make one once, keep it safe, and use it for all images and tables of the site.",
  });
}
