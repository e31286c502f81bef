import { mkdirSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { basename, dirname, join } from "node:path";

/** A file to be written at a path of its own. */
export interface NewFile {
  readonly path: string;
  readonly bytes: Uint8Array | string;
  /** Only its owner may read it. */
  readonly secret?: boolean;
}

/**
 * Writes several files so that none is ever half written: all are written aside first, and take their names only when
 * every one of them is complete. Example: `replaceFiles([{ path: "study/tables/labs.csv", bytes: csv }])`.
 */
export function replaceFiles(files: readonly NewFile[]): void {
  const asides = files.map(({ path }) => join(dirname(path), `.${basename(path)}.new-${process.pid}`));
  try {
    files.forEach(({ path, bytes, secret }, i) => {
      mkdirSync(dirname(path), { recursive: true });
      writeFileSync(asides[i]!, bytes, secret === true ? { mode: 0o600 } : {});
    });
    files.forEach(({ path }, i) => {
      renameSync(asides[i]!, path);
    });
  } catch (error) {
    for (const aside of asides) rmSync(aside, { force: true });
    throw error;
  }
}
