import { existsSync } from "node:fs";
import { join } from "node:path";
import { temporaryFolder } from "testkit";
import { describe, expect, it } from "vitest";
import { command as phantom } from "../src/commands/phantom.js";
import { call, json } from "./support.js";

describe("options of livermark phantom", () => {
  const out = join(temporaryFolder("phantom-options"), "made");
  it.each([
    ["cohort", "--fraction", "0.3"],
    ["cohort", "--of", "letb-tace", "--patients", "4"],
    ["ser-mr", "--patients", "4"],
    ["letb-study", "--lesions", "3"],
    ["letb-ct", "--image", "series"],
    ["example", "--noise", "3"],
  ])("%s %s is refused where it would not be looked at", async (...args) => {
    const refused = await call(phantom, ...args, "--out", out);
    expect(refused.issues[0]).toMatchObject({ code: "usage", message: expect.stringContaining("does not use --") });
    expect(existsSync(out)).toBe(false);
  });

  it("its own options are taken", async () => {
    const made = await json<{ files: string[] }>(phantom, "cohort", "--patients", "4", "--seed", "2", "--out", out);
    expect(made.files).toContain("tables/patients.csv");
  });
});
