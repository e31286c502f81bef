import { existsSync, readFileSync, statSync } from "node:fs";
import { andThen, ok, type Result, refuse } from "@livermark/core";

/** Largest text or JSON file, and largest table of another kind, that a command reads whole. */
const MAX_BYTES = 64 * 1024 * 1024;
const MAX_TABLE_BYTES = 512 * 1024 * 1024;

const tooLarge = (path: string, size: number, most: number): Result<never> =>
  refuse({
    code: "file-too-large",
    message: "The file is larger than what is read at once.",
    got: `${size} bytes`,
    wanted: `at most ${most} bytes`,
    where: { file: path },
  });

const notFound = (path: string): Result<never> =>
  refuse({
    code: "file-not-found",
    message: "There is no such file.",
    got: path,
    mend: "Check the path.",
    where: { file: path },
  });

const notAFile = (path: string): Result<never> =>
  refuse({
    code: "not-a-file",
    message: "This is a folder, not a file.",
    got: path,
    wanted: "a file",
    where: { file: path },
  });

const taken = (code: string, path: string, wanted: string): Result<never> =>
  refuse({
    code,
    message: "There is something of this name already.",
    got: path,
    wanted,
    mend: "Choose another name.",
    where: { file: path },
  });

/** Refuses names for new files (or series folders) that are taken, or given twice: nothing is written over. */
export function newFiles(paths: readonly string[]): Result<null> {
  const path = paths.find((one, n) => existsSync(one) || paths.indexOf(one) < n);
  return path === undefined ? ok(null) : taken("file-exists", path, "a name that is free");
}

/** Refuses the name of a new folder that is taken. */
export const newFolder = (path: string): Result<null> =>
  existsSync(path) ? taken("folder-exists", path, "a new folder") : ok(null);

const reasons: { readonly [code: string]: string } = {
  EACCES: "permission denied",
  EPERM: "permission denied",
  EROFS: "the place is read-only",
  ENOSPC: "the disk is full",
  EDQUOT: "the disk quota is used up",
  EISDIR: "it is a folder",
  ENOTDIR: "a part of the path is no folder",
  ENOENT: "there is no such file or folder",
  EEXIST: "there is something of this name already",
  ENAMETOOLONG: "the name is too long",
  EMFILE: "too many files are open",
  ERR_FS_FILE_TOO_LARGE: "the file is too large to be read at once",
};

/** What the system said when a file could not be read or written, as a refusal; null for every other throw. */
export function systemRefusal(error: unknown): Result<never> | null {
  if (!(error instanceof Error && "code" in error && typeof error.code === "string")) return null;
  const reason = reasons[error.code];
  if (reason === undefined) return null;
  const path = "path" in error && typeof error.path === "string" ? error.path : "";
  return refuse({
    code: "file-system",
    message: `A file cannot be read or written: ${reason}.`,
    got: path === "" ? error.message : path,
    mend: "Check the path, its permissions and the space on the disk.",
    where: path === "" ? {} : { file: path },
  });
}

/** Bytes of a file; refuses what is not there and what is a folder. */
export function fileSize(path: string): Result<number> {
  const found = statSync(path, { throwIfNoEntry: false });
  if (found === undefined) return notFound(path);
  return found.isDirectory() ? notAFile(path) : ok(found.size);
}

/** The bytes of a file, or an Issue that names it. */
export const readBytes = (path: string): Result<Uint8Array> =>
  andThen(fileSize(path), (size) =>
    size > MAX_TABLE_BYTES ? tooLarge(path, size, MAX_TABLE_BYTES) : ok(readFileSync(path)),
  );

/** A text file, or an Issue that names it. */
export function readTextFile(path: string): Result<string> {
  const found = fileSize(path);
  if (!found.ok) return found;
  const size = found.value;
  if (size > MAX_BYTES) return tooLarge(path, size, MAX_BYTES);
  try {
    return ok(new TextDecoder("utf-8", { fatal: true }).decode(readFileSync(path)).replace(/^\uFEFF/, ""));
  } catch {
    return refuse({ code: "not-utf8", message: "The file is not UTF-8 text.", wanted: "UTF-8", where: { file: path } });
  }
}

/** A JSON file, or an Issue that names it and the parser's reason. */
export function readJsonFile(path: string): Result<unknown> {
  const content = readTextFile(path);
  if (!content.ok) return content;
  try {
    const value: unknown = JSON.parse(content.value);
    return ok(value);
  } catch (error) {
    return refuse({
      code: "invalid-json",
      message: "The file is not valid JSON.",
      got: error instanceof Error ? error.message : String(error),
      where: { file: path },
    });
  }
}
