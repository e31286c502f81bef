import { describe, expect, it } from "vitest";
import { command as measure } from "../src/commands/measure.js";
import { call } from "./support.js";

describe("options that a recipe would not look at", () => {
  it.each([
    ["region-stats", "--image", "a", "--region", "b", "--k", "3"],
    ["region-stats", "--image", "a", "--region", "b", "--pre", "c"],
    ["ser", "--si-pre", "297", "--si-portal", "709", "--region", "a"],
    ["ser", "--enhancing-ml", "297"],
    ["letb", "--enhancing-ml", "20", "--liver-ml", "40", "--k", "3"],
    ["letb", "--pre", "a", "--arterial", "b", "--steps", "rigid"],
    ["diameters", "--image", "a", "--region", "b", "--register"],
    ["t2-sir", "--image", "a", "--ibsi"],
  ])("measure %s %s %s … is wrong use", async (...args) => {
    const refused = await call(measure, ...args);
    expect(refused.ok).toBe(false);
    expect(refused.issues[0]?.code).toBe("usage");
    expect(refused.issues[0]?.message).toContain("does not use --");
  });

  it.each([
    ["letb", "--pre", "nothere", "--arterial", "nothere", "--register", "--steps", "rigid", "--suggest", "--k", "2"],
    ["adc", "--image", "nothere", "--region", "b", "--extremes", "pooled-voxel", "--resample-masks"],
    ["diameters", "--image", "nothere", "--region", "b", "--kind", "viable", "--viable", "c"],
    ["region-stats", "--image", "nothere", "--region", "b", "--ibsi", "--resample-masks"],
  ])("measure %s takes its own", async (...args) => {
    const refused = await call(measure, ...args);
    expect(refused.issues[0]?.code).not.toBe("usage");
  });
});
