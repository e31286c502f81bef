import { execFileSync } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, describe, it } from "vitest";

/** The repository's root folder. */
export const repositoryRoot = resolve(fileURLToPath(new URL("../..", import.meta.url)));

/** True in `npm run test:full`: the same code with larger sizes. */
export const fullSize = process.env.LIVERMARK_FULL === "1";

/** `short` in `npm test`, `full` in `npm run test:full`. */
export const sized = <T>(short: T, full: T): T => (fullSize ? full : short);

const inCi = process.env.CI === "true" || process.env.CI === "1";
const sharedRoot = process.env.LIVERMARK_SHARED ?? resolve(repositoryRoot, "../shared");

/** Path inside the folder of real data and R answers (`LIVERMARK_SHARED`, else `../shared`). */
export const sharedPath = (...parts: string[]): string => join(sharedRoot, ...parts);

/** A shared file as text. */
export const sharedText = (...parts: string[]): string => readFileSync(sharedPath(...parts), "utf8");

/** Full path of a program, or null. Debian keeps some servers in sbin, which PATH may lack. */
export function findTool(name: string): string | null {
  for (const folder of [...(process.env.PATH ?? "").split(delimiter), "/usr/sbin", "/usr/local/sbin"]) {
    const path = join(folder, name);
    if (folder !== "" && existsSync(path)) return path;
  }
  return null;
}

/** Output of a program; its error text is part of the exception. */
export const runTool = (name: string, args: readonly string[], cwd?: string): string =>
  execFileSync(findTool(name) ?? name, args, {
    encoding: "utf8",
    maxBuffer: 1 << 28,
    stdio: ["ignore", "pipe", "pipe"],
    ...(cwd === undefined ? {} : { cwd }),
  });

function describeIfPresent(name: string, missing: readonly string[], mustHave: boolean, body: () => void): void {
  if (missing.length === 0) {
    describe(name, body);
  } else if (mustHave) {
    describe(name, () => {
      it("has what it needs", () => {
        throw new Error(`missing in CI: ${missing.join(", ")}`);
      });
    });
  } else {
    // The body is not even collected: it may read what is not there.
    describe.skipIf(true)(`${name} [skipped: ${missing.join(", ")} not found]`, () => {
      it("needs what is missing", () => {});
    });
  }
}

/** A suite that reads real data: skipped by name where the data are absent, failing where CI promised them. */
export function describeWithData(name: string, folders: readonly string[], body: () => void): void {
  const missing = folders.filter((folder) => !existsSync(sharedPath(folder))).map((folder) => `shared/${folder}`);
  describeIfPresent(name, missing, inCi && process.env.LIVERMARK_SHARED !== undefined, body);
}

/** A suite that needs programs (`Rscript`, `dciodvfy`, `chromium`, `Orthanc` …): skipped by name where absent, failing in CI. */
export function describeWithTools(name: string, tools: readonly string[], body: () => void): void {
  describeIfPresent(
    name,
    tools.filter((tool) => findTool(tool) === null),
    inCi,
    body,
  );
}

/** A folder that is removed after the suite; call inside a `describe`. */
export function temporaryFolder(label = "test"): string {
  const path = mkdtempSync(join(tmpdir(), `livermark-${label}-`));
  afterAll(() => rmSync(path, { recursive: true, force: true }));
  return path;
}

/** |a − b| ≤ max(absolute, relative·|b|), with the oracle's words for what is not finite. */
export function near(actual: number, expected: number, relative = 1e-8, absolute = 1e-10): boolean {
  if (Number.isNaN(expected)) return Number.isNaN(actual);
  if (!Number.isFinite(expected)) return actual === expected;
  return Math.abs(actual - expected) <= Math.max(absolute, relative * Math.abs(expected));
}
