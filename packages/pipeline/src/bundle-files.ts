import { createHash } from "node:crypto";
import { closeSync, openSync, readdirSync, readSync, statSync } from "node:fs";
import { join } from "node:path";
import { compareStrings, errorIssue, type Issue, ok, type Result, refuse, warningIssue } from "@livermark/core";

/** One input file of a bundle, named relative to it with `/`. */
export interface BundleFile {
  readonly path: string;
  readonly bytes: number;
  readonly sha256: string;
}

const MAX_FILES = 200_000;
const MAX_DEPTH = 32;

/** Whether a path belongs to the bundle's input: not its output, not what tools and systems leave about. */
const isInput = (path: string): boolean =>
  !path.startsWith("out/") &&
  !path.split("/").some((part) => part.startsWith(".") || part.startsWith("~$") || part === "node_modules");

const linkIssue = (path: string): Issue =>
  warningIssue({
    code: "link-not-followed",
    message: "A link is no part of the study: what it points to is neither listed nor hashed.",
    got: path,
    wanted: "files and folders inside the bundle",
    mend: "Copy or move what it points to into the bundle.",
    where: { file: path },
  });

const folderForFile = (path: string): Issue =>
  errorIssue({
    code: "not-a-file",
    message: "There is a folder where a file is wanted.",
    got: path,
    wanted: "a file",
    mend: "Rename or remove the folder.",
    where: { file: path },
  });

/**
 * The files a bundle consists of, sorted by path. Links are not followed, which a warning says; a folder with the name
 * of a table or of study.yaml is an Issue. Refuses a folder that is not there, and one
 * with more files or deeper nesting than a study has.
 */
export function listBundleFiles(bundle: string): Result<readonly string[]> {
  const found: string[] = [];
  const issues: Issue[] = [];
  const walk = (folder: string, depth: number): Result<null> => {
    if (depth > MAX_DEPTH)
      return refuse({
        code: "folder-too-deep",
        message: "Folders are nested too deeply.",
        got: folder,
        wanted: `at most ${MAX_DEPTH} levels`,
      });
    for (const entry of readdirSync(join(bundle, folder), { withFileTypes: true })) {
      const path = folder === "" ? entry.name : `${folder}/${entry.name}`;
      if (!isInput(entry.isDirectory() ? `${path}/` : path)) continue;
      if (entry.isSymbolicLink()) issues.push(linkIssue(path));
      if (entry.isDirectory()) {
        if (/^(study\.ya?ml|tables\/[^/]+\.(csv|xlsx))$/i.test(path)) issues.push(folderForFile(path));
        const inner = walk(path, depth + 1);
        if (!inner.ok) return inner;
      } else if (entry.isFile()) found.push(path);
      if (found.length > MAX_FILES)
        return refuse({
          code: "too-many-files",
          message: "The folder holds more files than a study.",
          wanted: `at most ${MAX_FILES}`,
        });
    }
    return ok(null);
  };
  if (!statSync(bundle, { throwIfNoEntry: false })?.isDirectory())
    return refuse({
      code: "no-bundle",
      message: "There is no such study bundle.",
      got: bundle,
      wanted: "a folder that holds study.yaml",
      mend: "Check the path, or make a bundle with `livermark new`.",
    });
  const walked = walk("", 0);
  return walked.ok ? ok(found.sort(compareStrings), issues) : walked;
}

/** SHA-256 of a file, read in pieces. */
export function hashFile(path: string): { readonly bytes: number; readonly sha256: string } {
  const hash = createHash("sha256");
  const buffer = new Uint8Array(1 << 20);
  const file = openSync(path, "r");
  let bytes = 0;
  try {
    for (let n = readSync(file, buffer); n > 0; n = readSync(file, buffer)) {
      hash.update(buffer.subarray(0, n));
      bytes += n;
    }
  } finally {
    closeSync(file);
  }
  return { bytes, sha256: hash.digest("hex") };
}

/** Every input file with size and hash. */
export const hashBundle = (bundle: string, paths: readonly string[]): readonly BundleFile[] =>
  paths.map((path) => ({ path, ...hashFile(join(bundle, ...path.split("/"))) }));

/** One hash for all inputs: over the sorted `path:sha256` lines. */
export const inputsSha256 = (files: readonly BundleFile[]): string =>
  createHash("sha256")
    .update(files.map((file) => `${file.path}:${file.sha256}\n`).join(""))
    .digest("hex");
