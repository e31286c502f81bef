import { mkdirSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { basename, dirname, join } from "node:path";

/** A file to be written, with a path relative to its folder and `/` between names. */
export interface OutputFile {
  readonly path: string;
  readonly bytes: Uint8Array | string;
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
