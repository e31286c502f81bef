import { readdirSync, statSync } from "node:fs";
import { basename, join } from "node:path";
import { compareStrings, type Issue, ok, type Result, refuse, warningIssue } from "@livermark/core";
import { LIMITS, type Limits } from "../parse/limits.js";
import { diskSource, type FileSource } from "./source.js";

/** Files below a path, in the order of their names, and folders that could not be read. */
export interface Walk {
  readonly sources: readonly FileSource[];
  readonly issues: readonly Issue[];
}

/**
 * Every regular file under a folder (or the file itself), by name, so that the order is the same on every machine.
 * Links to folders are not followed (they may form a ring). Refuses a path that does not exist.
 */
export function walk(path: string, limits: Limits = LIMITS): Result<Walk> {
  const top = statSync(path, { throwIfNoEntry: false });
  if (top === undefined) {
    return refuse({ code: "no-such-path", message: "There is no file or folder of this name.", got: path });
  }
  if (!top.isDirectory()) return ok({ sources: [diskSource(path, basename(path), top.size)], issues: [] });
  const sources: FileSource[] = [];
  const issues: Issue[] = [];
  const enter = (folder: string, relative: string, depth: number): void => {
    if (depth > limits.folderDepth || sources.length > limits.files) {
      issues.push(
        warningIssue({ code: "folder-limit", message: "Folders below this were not read.", where: { file: relative } }),
      );
      return;
    }
    let entries: { name: string; isDirectory(): boolean; isFile(): boolean; isSymbolicLink(): boolean }[];
    try {
      entries = readdirSync(folder, { withFileTypes: true });
    } catch {
      issues.push(
        warningIssue({ code: "unreadable-folder", message: "The folder cannot be read.", where: { file: relative } }),
      );
      return;
    }
    entries.sort((a, b) => compareStrings(a.name, b.name));
    for (const entry of entries) {
      const inside = join(folder, entry.name);
      const name = relative === "" ? entry.name : `${relative}/${entry.name}`;
      if (entry.isDirectory()) enter(inside, name, depth + 1);
      else if (entry.isFile() || entry.isSymbolicLink()) {
        const file = statSync(inside, { throwIfNoEntry: false });
        if (file?.isFile()) sources.push(diskSource(inside, name, file.size));
      }
    }
  };
  enter(path, "", 0);
  return ok({ sources, issues });
}
