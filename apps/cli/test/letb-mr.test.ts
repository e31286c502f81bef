import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { unwrap } from "@livermark/core";
import { readMasks, readVolumeFromPath } from "@livermark/dicom";
import { dice } from "@livermark/imaging";
import { type LetbMrOptions, letbMrPatientFiles, letbMrPhantom } from "@livermark/phantom";
import { temporaryFolder } from "testkit";
import { describe, expect, it } from "vitest";
import { command as measure } from "../src/commands/measure.js";
import { command as segment } from "../src/commands/segment.js";
import { call, json } from "./support.js";

interface Letb {
  readonly value: number;
  readonly interval: { readonly low: number; readonly high: number };
  readonly parts: { readonly liverVolumeMl: number; readonly placements: readonly unknown[] };
  readonly issues: readonly { readonly code: string }[];
}

/** From DICOM of three phases to LETB by the commands that a person would type. */
describe("LETB on MR", { timeout: 600_000 }, () => {
  const folder = temporaryFolder("letb-mr");
  const options: LetbMrOptions = {
    seed: 1203,
    patient: "P1",
    body: { kind: "abdomen", size: [112, 88, 50], spacingMm: [3, 3, 4] },
    lesions: 5,
    timePoints: [{ name: "baseline", date: "2024-01-10", enhancingFraction: 0.12, tumourFraction: 0.14 }],
    noiseSd: 20,
    // Philips' private slopes prove that the series lie on one scale, where a reader undoes them.
    scaling: "philips",
    phases: ["unenhanced", "late-arterial", "portal-venous"],
    motion: { shiftMm: [1, -2, 8], bendMm: 0 },
  };
  const { patient, visits, sequence } = unwrap(letbMrPhantom(options));
  const [visit] = visits;
  const { truth, liver } = visit!;
  const save = (root: string, phantom: Parameters<typeof letbMrPatientFiles>[0]): void => {
    for (const { path, bytes } of letbMrPatientFiles(phantom)) {
      mkdirSync(dirname(join(root, path)), { recursive: true });
      writeFileSync(join(root, path), bytes);
    }
  };
  save(folder, { patient, visits, sequence });
  const images = join(folder, "images/P1/baseline");
  const pair = ["--pre", join(images, "unenhanced"), "--arterial", join(images, "late-arterial")] as const;
  const drawn = join(folder, "regions/P1/baseline/liver.nii");

  it("refuses the pair as it came, and registered and with suggested references it reads what the definition expects", async () => {
    const moved = await call(measure, "letb", ...pair, "--liver", drawn, "--suggest");
    expect(moved.ok ? "" : moved.issues.map(({ code }) => code).join()).toContain("phases-moved");
    const found = await json<Letb>(measure, "letb", ...pair, "--liver", drawn, "--register", "--suggest");
    expect(Math.abs(found.value - truth.expectedLetbPercent)).toBeLessThan(3);
    expect(found.interval.low).toBeLessThan(truth.expectedLetbPercent + 1.5);
    expect(found.interval.high).toBeGreaterThan(truth.expectedLetbPercent - 1.5);
    expect(found.parts.liverVolumeMl).toBeCloseTo(truth.liverMl, 6);
    expect(found.parts.placements).toHaveLength(3);
  });

  it("outlines the liver on the portal venous phase, which lies with the arterial one", async () => {
    const out = join(folder, "draft.nii.gz");
    const portal = join(images, "portal-venous");
    const facts = await json<{ volumeMl: number }>(segment, "liver", portal, "--out", out);
    const grid = unwrap(await readVolumeFromPath(portal)).grid;
    expect(dice(unwrap(await readMasks(out, undefined, grid))[0]!.data, liver.data)).toBeGreaterThan(0.85);
    expect(facts.volumeMl).toBeGreaterThan(0);
    const found = await json<Letb>(measure, "letb", ...pair, "--liver", out, "--register", "--suggest");
    expect(Math.abs(found.value - truth.expectedLetbPercent)).toBeLessThan(6);
  });

  it("refuses series whose scales are not proven equal, and goes on with a person's reason", async () => {
    const still = unwrap(letbMrPhantom({ ...options, motion: { shiftMm: [0, 0, 0], bendMm: 0 }, scaling: "common" }));
    const other = join(folder, "unproven");
    save(other, still);
    const at = (phase: string): string => join(other, "images/P1/baseline", phase);
    const args = ["letb", "--pre", at("unenhanced"), "--arterial", at("late-arterial"), "--liver", drawn, "--suggest"];
    const refused = await call(measure, ...args);
    expect(refused.ok).toBe(false);
    expect(refused.issues.map(({ code }) => code)).toContain("unproven-scale");
    const found = await json<Letb>(measure, ...args, "--scale-override", "one gain for all series of this phantom");
    expect(Math.abs(found.value - truth.expectedLetbPercent)).toBeLessThan(3);
    expect(found.issues.map(({ code }) => code)).toContain("unproven-scale");
  });
});
