import { join } from "node:path";
import { ok, type Result, refuse } from "@livermark/core";
import { readJsonFile } from "./files.js";

/** A file that `livermark run` wrote into a bundle; its `schema` member tells that it is ours. */
export function readOutput<T extends { readonly schema: string }>(
  bundle: string,
  name: string,
  schema: T["schema"],
): Result<T> {
  const file = join(bundle, "out", name);
  const content = readJsonFile(file);
  if (!content.ok) return content;
  const value = content.value as T;
  if (value?.schema === schema) return ok(value);
  return refuse({
    code: "wrong-schema",
    message: "The file is not what this version writes.",
    got: String(value?.schema),
    wanted: schema,
    mend: "Run `livermark run` again.",
    where: { file },
  });
}
