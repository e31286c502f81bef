import { readFileSync } from "node:fs";
import { join } from "node:path";
import { repositoryRoot } from "testkit";
import { expect, it } from "vitest";
import * as library from "../../src/index.js";

it("docs/statistics.md names every function of the library", () => {
  const page = readFileSync(join(repositoryRoot, "docs/statistics.md"), "utf8");
  const named = new Set([...page.matchAll(/`([A-Za-z0-9]+)`/g)].map((match) => match[1]));
  expect(Object.keys(library).filter((name) => !named.has(name))).toEqual([]);
});
