import { existsSync, readFileSync, statSync } from "node:fs";
import { ok, type Result, refuse } from "@livermark/core";

/** Largest text or JSON file a command reads whole. */
const MAX_BYTES = 64 * 1024 * 1024;

const notFound = (path: string): Result<never> =>
  refuse({
    code: "file-not-found",
    message: "There is no such file.",
    got: path,
    mend: "Check the path.",
    where: { file: path },
  });

/** The bytes of a file, or an Issue that names it. */
export const readBytes = (path: string): Result<Uint8Array> =>
  existsSync(path) ? ok(readFileSync(path)) : notFound(path);

/** A text file, or an Issue that names it. */
export function readTextFile(path: string): Result<string> {
  if (!existsSync(path)) return notFound(path);
  const { size } = statSync(path);
  if (size > MAX_BYTES)
    return refuse({
      code: "file-too-large",
      message: "The file is larger than what is read at once.",
      got: `${size} bytes`,
      wanted: `at most ${MAX_BYTES} bytes`,
      where: { file: path },
    });
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
