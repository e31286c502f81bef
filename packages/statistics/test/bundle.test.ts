import { gzipSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import { bundle } from "./bundle.js";

describe("a bundle holds only what it uses", () => {
  it.each([
    ["kaplanMeier", 15_000],
    ["fisherTwoByTwo", 15_000],
    ["cohenKappa", 15_000],
  ])("%s alone stays under %i bytes gzip", async (name, limit) => {
    const code = await bundle(`export { ${name} } from "@livermark/statistics";`);
    const size = gzipSync(code, { level: 9 }).length;
    console.log(`${name} alone: ${size} bytes gzip`);
    expect(code).toContain("program");
    expect(size).toBeLessThan(limit);
  });
});
