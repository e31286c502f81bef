// Makes sure that node_modules is what package-lock.json says: a stamp inside node_modules holds the lock file's hash.
import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

export const root = fileURLToPath(new URL("..", import.meta.url));
const stampFile = `${root}node_modules/.livermark-lock`;

/** Runs a program in the repository, shows its output, and ends the process when it fails. */
export function runOrExit(command, args, options = {}) {
  const { status, error } = spawnSync(command, args, { cwd: root, stdio: "inherit", ...options });
  if (error) console.error(`${command}: ${error.message}`);
  if (status !== 0) process.exit(status ?? 1);
}

export function ensureInstalled(say = console.error) {
  const hash = createHash("sha256")
    .update(readFileSync(`${root}package-lock.json`))
    .digest("hex");
  if (existsSync(stampFile) && readFileSync(stampFile, "utf8") === hash) return;
  say("installing packages from package-lock.json (once; about a minute) …");
  const windows = process.platform === "win32";
  runOrExit(windows ? "npm.cmd" : "npm", ["ci", "--no-audit", "--no-fund", "--loglevel=error"], { shell: windows });
  writeFileSync(stampFile, hash);
}

/** Compiles what changed. */
export function build() {
  runOrExit(process.execPath, [`${root}node_modules/typescript/bin/tsc`, "-b"]);
}
