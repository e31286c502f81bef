import { readdirSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { defineConfig } from "vitest/config";

const path = (relative: string): string => fileURLToPath(new URL(relative, import.meta.url));
const rooms = readdirSync(path("./packages"));

/** Tests run against the sources, so that a change is tested without a build. */
export default defineConfig({
  resolve: {
    alias: [
      { find: /^fast-check$/, replacement: path("./test/support/seeded-checks.ts") },
      { find: "testkit", replacement: path("./test/support/index.ts") },
      ...rooms.map((room) => ({
        find: new RegExp(`^@livermark/${room}$`),
        replacement: path(`./packages/${room}/src/index.ts`),
      })),
    ],
  },
  test: {
    include: ["packages/*/test/**/*.test.ts", "apps/*/test/**/*.test.ts", "test/**/*.test.ts"],
    pool: "forks",
    maxWorkers: 2,
    testTimeout: 120_000,
    hookTimeout: 120_000,
    reporters: ["dot", "./test/support/reporter.ts"],
    env: { TZ: "UTC" },
  },
});
