import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { unwrap } from "@livermark/core";
import { type LetbCtPhantom, letbCtPhantom, type PhantomPhase, serMrPhantom } from "@livermark/phantom";
import { temporaryFolder } from "testkit";
import { describe, expect, it } from "vitest";
import { classifyPhases, classifyPhasesByImage, indexFolder, uidFromSeed, writeSeries } from "../src/index.js";

const root = temporaryFolder("image-phases");
let folders = 0;

const drawn = new Map<string, LetbCtPhantom>();

/** One body in three phases, drawn once for each noise. */
function phantomOf(noise: number, seed: number): LetbCtPhantom {
  const key = `${noise} ${seed}`;
  const known = drawn.get(key);
  if (known !== undefined) return known;
  const phantom = unwrap(
    letbCtPhantom({
      seed,
      patient: "P1",
      body: { kind: "abdomen", size: [96, 96, 40], spacingMm: [3.6, 3.6, 5] },
      lesions: 3,
      noise: { sd: noise },
      phases: ["unenhanced", "late-arterial", "portal-venous"],
      timePoints: [{ name: "baseline", date: "2024-01-10", enhancingFraction: 0.1 }],
    }),
  );
  drawn.set(key, phantom);
  return phantom;
}

/** The phases of a phantom as a hospital may export them: no words, no times, no contrast agent. */
function silentCt(
  phases: readonly PhantomPhase[],
  noise: number,
  seed = 11,
): { folder: string; uids: Map<string, string> } {
  const folder = join(root, String(++folders));
  const phantom = phantomOf(noise, seed);
  const uids = new Map<string, string>();
  phases.forEach((phase, n) => {
    const { volume } = phantom.visits[0]!.volumes.find((one) => one.phase === phase)!;
    const seriesUid = uidFromSeed(`silent/${folder}/${phase}`);
    uids.set(seriesUid, phase);
    for (const { name, bytes } of writeSeries(volume, {
      patientId: "P1",
      studyUid: uidFromSeed(`silent/${folder}`),
      seriesUid,
      modality: "CT",
      description: "abdomen",
      seriesNumber: 10 - n,
      studyDate: "20240110",
      acquisitionTime: "100000",
      identityRemoved: true,
    })) {
      const path = join(folder, String(n), name);
      mkdirSync(dirname(path), { recursive: true });
      writeFileSync(path, bytes);
    }
  });
  return { folder, uids };
}

async function phasesOf(
  folder: string,
): Promise<ReadonlyMap<string, { value: string; confidence: number; reason: string }>> {
  const { series } = unwrap(indexFolder(folder));
  const plain = classifyPhases(series);
  for (const { value } of plain) expect(value).toBe("unknown");
  const found = await classifyPhasesByImage(series, plain);
  return new Map(series.map(({ uid }, n) => [uid, found[n]!]));
}

describe("contrast phase from the images themselves", () => {
  it.each<[string, readonly PhantomPhase[], number, number?]>([
    ["three phases", ["unenhanced", "late-arterial", "portal-venous"], 12],
    ["three phases in another order, with more noise", ["portal-venous", "unenhanced", "late-arterial"], 25],
    ["before contrast and arterial", ["unenhanced", "late-arterial"], 12],
    ["before contrast and portal venous", ["portal-venous", "unenhanced"], 12],
    ["arterial and portal venous, none before contrast", ["late-arterial", "portal-venous"], 12],
    ["another body", ["unenhanced", "late-arterial", "portal-venous"], 18, 24],
    ["another body, before contrast and arterial", ["late-arterial", "unenhanced"], 18, 24],
  ])("is found for %s, with the numbers as the reason", async (_, phases, noise, seed) => {
    const { folder, uids } = silentCt(phases, noise, seed);
    const found = await phasesOf(folder);
    for (const [uid, phase] of uids) {
      const guess = found.get(uid)!;
      expect(`${guess.value} ${guess.reason}`).toContain(`${phase} by enhancement between the series`);
      expect(guess.confidence).toBeGreaterThanOrEqual(0.5);
      expect(guess.confidence).toBeLessThanOrEqual(0.8);
      expect(guess.reason).toMatch(/arteries \d+ HU/);
    }
  });

  it("stays unknown for one series alone, and for two that enhance alike", async () => {
    const alone = silentCt(["late-arterial"], 12);
    expect([...(await phasesOf(alone.folder)).values()].map(({ value }) => value)).toEqual(["unknown"]);
    const { series } = unwrap(indexFolder(alone.folder));
    const twins = [series[0]!, { ...series[0]!, uid: "1.2.3" }];
    const found = await classifyPhasesByImage(twins, classifyPhases(twins));
    expect(found.map(({ value }) => value)).toEqual(["unknown", "unknown"]);
  });

  it("leaves what timing or words decide as it is", async () => {
    const { folder } = silentCt(["unenhanced", "late-arterial"], 12);
    const { series } = unwrap(indexFolder(folder));
    const given = series.map(() => ({ value: "delayed", confidence: 0.9, reason: "timing" }) as const);
    expect(await classifyPhasesByImage(series, given)).toEqual(given);
  });

  it("is found for MR on one proven scale, and stays unknown where the scale is not proven", async () => {
    const write = (scaling: "philips" | "common"): string => {
      const folder = join(root, String(++folders));
      const phantom = unwrap(
        serMrPhantom({
          seed: 2,
          patient: "P1",
          size: [96, 96, 24],
          spacingMm: [3.6, 3.6, 6],
          noiseSd: 6,
          scaling,
          timePoints: [{ name: "baseline", date: "2024-01-10", ser: 0.9 }],
        }),
      );
      phantom.visits[0]!.phases.forEach(({ volume, phase, scale }, n) => {
        const philips = { rescaleSlope: scale.slope, rescaleIntercept: 0, scaleSlope: scale.scaleSlope };
        for (const { name, bytes } of writeSeries(volume, {
          patientId: "P1",
          studyUid: uidFromSeed(folder),
          seriesUid: uidFromSeed(`${folder}/${phase}`),
          modality: "MR",
          description: "T1 GRE",
          seriesNumber: n + 1,
          studyDate: "20240110",
          acquisitionTime: "100000",
          ...(scaling === "philips" ? { philips } : {}),
        })) {
          const path = join(folder, String(n), name);
          mkdirSync(dirname(path), { recursive: true });
          writeFileSync(path, bytes);
        }
      });
      return folder;
    };
    const proven = [...(await phasesOf(write("philips"))).values()].map(({ value }) => value);
    expect(proven).toEqual(["unenhanced", "portal-venous"]);
    const unproven = [...(await phasesOf(write("common"))).values()].map(({ value }) => value);
    expect(unproven).toEqual(["unknown", "unknown"]);
  });
});
