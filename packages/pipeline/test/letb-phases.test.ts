import { ok, unwrap } from "@livermark/core";
import { type Mask, rasterise, registrationErrorMm, sameGrid, type Vec3, type Volume } from "@livermark/imaging";
import { type LetbCtVisit, letbCtPhantom } from "@livermark/phantom";
import { describe, expect, it } from "vitest";
import { letbPhases, onPhases } from "../src/letb-phases.js";
import { runRecipe } from "../src/recipe.js";
import type { RecipeSources } from "../src/recipe-inputs.js";
import { registerImages } from "../src/register-images.js";

const visitOf = (shiftMm: Vec3): LetbCtVisit =>
  unwrap(
    letbCtPhantom({
      seed: 21,
      patient: "P1",
      body: { kind: "abdomen", size: [96, 84, 50], spacingMm: [3.4, 3.1, 4] },
      lesions: 5,
      timePoints: [{ name: "baseline", date: "2024-01-10", enhancingFraction: 0.25 }],
      noise: { sd: 9 },
      textureHu: 2,
      motion: { shiftMm, bendMm: 0 },
    }),
  ).visits[0]!;

const sourcesOf = (visit: LetbCtVisit, drawn: boolean): RecipeSources => {
  const [pre, arterial] = visit.volumes.map(({ volume }) => volume) as [Volume, Volume];
  const references = (): readonly Mask[] => visit.references.map((region) => unwrap(rasterise(region, arterial.grid)));
  return {
    images: ["pre", "arterial"],
    regions: drawn ? ["liver", "reference"] : ["liver"],
    volume: async (input) => ok(input === "pre" ? pre : arterial),
    dwi: async () => ok([]),
    masks: async (input) => ok(input === "liver" ? [visit.liver] : references()),
  };
};

describe("phases of a LETB", { timeout: 600_000 }, () => {
  const still = visitOf([0, 0, 0]);
  it("stay as they are where the protocol asks for nothing, and that is printed", async () => {
    const phases = unwrap(await letbPhases(sourcesOf(still, true), { k: 2 }, { id: "r" }));
    expect(phases.passport).toBeNull();
    const found = unwrap(await onPhases(phases, (sources, own) => runRecipe("letb", sources, own)));
    expect(found.parts.phases).toEqual({ registration: "none" });
    expect(found.passport.parameters.references).toBe("drawn");
  });
  it("are left alone when they lie together, and drawn regions win over suggested ones", async () => {
    const sources = sourcesOf(still, true);
    const parameters = { k: 2, registration: "rigid", references: "suggested" };
    const phases = unwrap(await letbPhases(sources, parameters, { id: "r" }));
    expect(phases.registered?.registration.verdict).toBe("already-aligned");
    expect(phases.sites).toBeNull();
    expect(unwrap(await phases.sources.volume("pre")).data).toBe(unwrap(await sources.volume("pre")).data);
    const seen = Number(phases.parameters.registration_error_mm);
    expect(phases.parameters).toEqual({ k: 2, registration_error_mm: seen });
    expect(seen).toBeLessThan(0.5);
  });
  it("are registered, with suggested regions that later visits match", async () => {
    const visit = visitOf([1, 0, 7]);
    const parameters = { k: 2, registration: "rigid", references: "suggested" };
    const phases = unwrap(await letbPhases(sourcesOf(visit, false), parameters, { id: "registration.P1" }));
    expect(phases.passport?.id).toBe("registration.P1");
    const moved = unwrap(await phases.sources.volume("pre"));
    expect(sameGrid(moved.grid, visit.liver.grid)).toBe(true);
    const found = unwrap(await onPhases(phases, (sources, own) => runRecipe("letb", sources, own)));
    expect(Math.abs(found.value - visit.truth.expectedLetbPercent)).toBeLessThan(2.5);
    expect(found.passport.inputs).toContainEqual({ kind: "result", id: "registration.P1" });
    expect(found.passport.parameters).toMatchObject({ references: "suggested", phases: { verdict: "accepted" } });
    const mm = registrationErrorMm(phases.registered!.registration)!;
    expect(mm).toBeGreaterThan(1);
    expect(mm).toBeLessThan(2);
    expect(found.passport.parameters).toMatchObject({
      registrationErrorMm: mm,
      phases: { registrationError: { mm, source: "estimated" } },
    });
    expect(found.interval?.sources).toContain("registration");
    expect(phases.sites).toHaveLength(3);
    const later = unwrap(
      await letbPhases(
        sourcesOf(still, false),
        { references: "suggested" },
        { id: "r", ...(phases.sites === null ? {} : { sites: phases.sites }) },
      ),
    );
    later.sites?.forEach((site, n) => {
      const first = phases.sites?.[n] ?? [1e9, 0, 0];
      expect(Math.hypot(site[0] - first[0], site[1] - first[1], site[2] - first[2])).toBeLessThan(25);
    });
  });
  it("cover the displacement that a person gives instead of the estimate", async () => {
    const sources = sourcesOf(still, true);
    const phases = unwrap(await letbPhases(sources, { registration: "rigid", registration_error_mm: 2.5 }, {}));
    const found = unwrap(await onPhases(phases, (prepared, own) => runRecipe("letb", prepared, own)));
    expect(found.passport.parameters).toMatchObject({
      registrationErrorMm: 2.5,
      phases: { registrationError: { mm: 2.5, source: "given" } },
    });
  });
  it.each([
    [{ registration: "affine" }, "registration"],
    [{ references: "guessed" }, "references"],
    [{ registration: 3 }, "registration"],
  ] as const)("refuses %j", async (parameters, path) => {
    const result = await letbPhases(sourcesOf(still, false), parameters, { id: "r" });
    expect(result.ok ? "" : result.issues[0]?.path).toBe(path);
  });
  it("end when they are cancelled", async () => {
    const visit = visitOf([1, 0, 7]);
    const [pre, arterial] = visit.volumes.map(({ volume }) => volume) as [Volume, Volume];
    const inputs = { fixed: arterial, moving: pre, liver: visit.liver };
    const controller = new AbortController();
    const seen: string[] = [];
    const result = await registerImages(inputs, {
      signal: controller.signal,
      progress: (_, __, what) => {
        seen.push(what);
        if (what === "rigid registration") controller.abort();
      },
    });
    expect(result.ok ? "" : result.issues[0]?.code).toBe("cancelled");
    expect(seen).not.toContain("resampling");
    const before = await registerImages(inputs, { signal: AbortSignal.abort() });
    expect(before.ok ? "" : before.issues[0]?.code).toBe("cancelled");
  });
});
