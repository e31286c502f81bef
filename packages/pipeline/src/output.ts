import { mkdirSync, readdirSync, renameSync, rmSync, statSync, writeFileSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { ok, type Result, refuse } from "@livermark/core";

/** A file to be written, with a path relative to its folder and `/` between names. */
export interface OutputFile {
  readonly path: string;
  readonly bytes: Uint8Array | string;
}

/** What file managers and version control leave in any folder. */
const BYSTANDERS: readonly string[] = [".DS_Store", "Thumbs.db", "desktop.ini", ".keep", ".gitkeep", ".gitignore"];

/**
 * Whether a folder may be replaced as a whole: it is not there, empty, or holds only `names`, which earlier outputs left.
 * Refuses a file, and a folder with anything else, which replacing would delete.
 * Example: `checkReplaceable("results", ["results.json", "report.html"])`.
 */
export function checkReplaceable(folder: string, names: readonly string[]): Result<null> {
  const found = statSync(folder, { throwIfNoEntry: false });
  if (found === undefined) return ok(null);
  if (!found.isDirectory())
    return refuse({
      code: "not-a-folder",
      message: "There is a file where a folder of results shall be.",
      got: folder,
      wanted: "a new folder, or one with earlier results",
      mend: "Choose another name.",
      where: { file: folder },
    });
  const strange = readdirSync(folder).filter((name) => !names.includes(name) && !BYSTANDERS.includes(name));
  if (strange.length === 0) return ok(null);
  return refuse({
    code: "folder-in-use",
    message: "The folder holds other things, which would be deleted.",
    got: strange.length > 3 ? `${strange.slice(0, 3).join(", ")} and ${strange.length - 3} more` : strange.join(", "),
    wanted: "a new folder, or one with earlier results only",
    mend: "Choose another name.",
    where: { file: folder },
  });
}

/**
 * Writes a whole folder or nothing: files go to a sibling folder first, which then takes the name. An older folder of
 * that name is moved away before and removed after, so that a crash leaves either the old or the new one complete.
 * Example: `writeFolder("study/out", [{ path: "results.json", bytes: "{}" }])`.
 */
export function writeFolder(folder: string, files: readonly OutputFile[]): void {
  const parent = dirname(folder);
  const fresh = join(parent, `.${basename(folder)}.new-${process.pid}`);
  const old = join(parent, `.${basename(folder)}.old-${process.pid}`);
  rmSync(fresh, { recursive: true, force: true });
  mkdirSync(fresh, { recursive: true });
  try {
    for (const file of files) {
      const path = join(fresh, ...file.path.split("/"));
      mkdirSync(dirname(path), { recursive: true });
      writeFileSync(path, file.bytes);
    }
    let replaced = false;
    try {
      renameSync(folder, old);
      replaced = true;
    } catch (error) {
      if (!(error instanceof Error && "code" in error && error.code === "ENOENT")) throw error;
    }
    renameSync(fresh, folder);
    if (replaced) rmSync(old, { recursive: true, force: true });
  } catch (error) {
    rmSync(fresh, { recursive: true, force: true });
    throw error;
  }
}
