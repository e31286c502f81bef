// npm test: build, types of the tests, style, then every suite that can run here. `--full` runs the long sizes.
import { spawnSync } from "node:child_process";
import { build, ensureInstalled, root } from "./install.mjs";

const full = process.argv.includes("--full");
ensureInstalled();
build();

/** A step that is not vitest's: its failure ends the run with the same plain last line. */
function step(what, script, args) {
  console.error(`${what} …`);
  const { status } = spawnSync(process.execPath, [`${root}node_modules/${script}`, ...args], {
    cwd: root,
    stdio: "inherit",
  });
  if (status !== 0) {
    console.log(`${what} failed\n0 passed, 1 failed, 0 skipped`);
    process.exit(1);
  }
}

step("checking the types of the tests", "typescript/bin/tsc", ["-p", "tsconfig.tests.json"]);
step("checking style", "@biomejs/biome/bin/biome", ["check", ".", "--error-on-warnings"]);
console.error(full ? "running every suite at full size …" : "running every suite …");
const { status } = spawnSync(process.execPath, [`${root}node_modules/vitest/vitest.mjs`, "run"], {
  cwd: root,
  stdio: "inherit",
  env: { ...process.env, ...(full ? { LIVERMARK_FULL: "1" } : {}) },
});
process.exit(status ?? 1);
