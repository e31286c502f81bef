import { unwrap } from "@livermark/core";
import { displaced, type LetbCtOptions, type LetbCtVisit, letbCtPhantom } from "@livermark/phantom";
import { sized } from "testkit";
import { describe, expect, it } from "vitest";
import { rasterise } from "../../src/rasterise.js";
import { letb } from "../../src/recipes/letb.js";
import { wasmElastix } from "../../src/registration/elastix.js";
import {
  deformation,
  guidedResample,
  type Registration,
  type RegistrationEngine,
  type RegistrationParameters,
  registerPair,
  registrationErrorMm,
  registrationRecord,
  standardRegistration,
} from "../../src/registration/index.js";
import type { Mask, Volume } from "../../src/volume.js";

type Motion = NonNullable<LetbCtOptions["motion"]>;
const noMotion: Motion = { shiftMm: [0, 0, 0], bendMm: 0 };

const made = new Map<string, LetbCtVisit>();

/** One body that moved between the phases; drawn once for each motion. */
function phantom(motion: Motion): LetbCtVisit {
  const key = JSON.stringify(motion);
  const known = made.get(key);
  if (known !== undefined) return known;
  const visit = unwrap(
    letbCtPhantom({
      seed: 9,
      patient: "P1",
      body: { kind: "abdomen", size: [96, 84, 44], spacingMm: [3.4, 3, 4.2] },
      lesions: 5,
      timePoints: [{ name: "baseline", date: "2024-01-10", enhancingFraction: 0.25 }],
      noise: { sd: 8 },
      textureHu: 2,
      motion,
    }),
  ).visits[0]!;
  made.set(key, visit);
  return visit;
}

interface Pair {
  readonly pre: Volume;
  readonly arterial: Volume;
}
const pairOf = (visit: LetbCtVisit): Pair => ({ pre: visit.volumes[0]!.volume, arterial: visit.volumes[1]!.volume });

const register = async (
  visit: LetbCtVisit,
  parameters: Partial<RegistrationParameters>,
  tumours: readonly Mask[],
): Promise<Registration> => {
  const { pre, arterial } = pairOf(visit);
  return unwrap(
    await registerPair({ fixed: arterial, moving: pre, liver: visit.liver, tumours }, wasmElastix, parameters),
  );
};

/** Displacement that the registration leaves inside the liver, against the phantom's own. */
const left = ({ map }: Registration, motion: Motion, liver: Mask): number =>
  deformation((p) => {
    const found = map(p);
    const truth = displaced(motion, p);
    return [p[0] + found[0] - truth[0], p[1] + found[1] - truth[1], p[2] + found[2] - truth[2]];
  }, liver).meanMm;

const letbOf = (visit: LetbCtVisit, pre: Volume): number => {
  const { arterial } = pairOf(visit);
  const references = visit.references.map((region) => unwrap(rasterise(region, arterial.grid)));
  return unwrap(letb({ pre, arterial, liver: visit.liver, references })).value;
};

// The engine works for up to 20 s on one core of its own; a busy machine takes many times that.
const PATIENCE_MS = 600_000;

describe("registration of phantoms that breathed", { timeout: PATIENCE_MS }, () => {
  const nineMm: Motion = { shiftMm: [2, -3, 8], bendMm: 0 };
  const three: readonly (readonly [string, Motion, RegistrationParameters["steps"], number])[] = [
    ["5 mm", { shiftMm: [1, -1, 5], bendMm: 0 }, "rigid", 1],
    ["20 mm", { shiftMm: [-4, 3, 19], bendMm: 0 }, "rigid", 1],
    ["6 mm with a bend of 5 mm", { shiftMm: [2, -1, 6], bendMm: 5 }, "rigid+b-spline", 3],
  ];
  const more: typeof three = [
    ["9 mm", nineMm, "rigid", 1],
    ["15 mm", { shiftMm: [3, 4, 14], bendMm: 0 }, "rigid", 1],
    ["10 mm backwards", { shiftMm: [-2, 2, -10], bendMm: 0 }, "rigid", 1],
    ["10 mm, B-spline where none is needed", { shiftMm: [0, 2, 10], bendMm: 0 }, "rigid+b-spline", 3],
    ["12 mm with a bend of 8 mm", { shiftMm: [2, -1, 12], bendMm: 8 }, "rigid+b-spline", 3],
    ["a bend of 4 mm", { shiftMm: [0, 0, 0], bendMm: 4 }, "rigid+b-spline", 3],
  ];
  it.each(sized(three, [...three, ...more]))("undoes %s", async (_, motion, steps, withinMm) => {
    const visit = phantom(motion);
    const registration = await register(visit, { steps, splineIterations: sized(60, 200) }, visit.lesions);
    expect(registration.verdict).toBe("accepted");
    expect(left(registration, motion, visit.liver)).toBeLessThan(withinMm);
    expect(registration.shift.after.meanMm!).toBeLessThan(registration.shift.before.meanMm!);
    const { pre, arterial } = pairOf(visit);
    const moved = guidedResample(pre, arterial.grid, registration.map, { liver: visit.liver }).volume;
    // The reading is that of the definition; without registration it is refused or several points high.
    if (steps === "rigid") expect(Math.abs(letbOf(visit, moved) - visit.truth.expectedLetbPercent)).toBeLessThan(2.5);
  });

  it("leaves a pair alone that lies together, without asking the engine", async () => {
    const visit = phantom(noMotion);
    const silent: RegistrationEngine = {
      name: "none",
      run: () => {
        throw new Error("the engine was asked");
      },
    };
    const { pre, arterial } = pairOf(visit);
    const found = unwrap(await registerPair({ fixed: arterial, moving: pre, liver: visit.liver }, silent));
    expect(found.verdict).toBe("already-aligned");
    expect(found.map([1, 2, 3])).toEqual([1, 2, 3]);
    expect(found.shift.before.meanMm!).toBeLessThan(0.5);
  });

  it("gives the same bytes again, and tells the distance of the outlines", async () => {
    const visit = phantom(nineMm);
    const { pre, arterial } = pairOf(visit);
    const movingLiver = phantom(noMotion).liver;
    const once = async (): Promise<Registration> =>
      unwrap(
        await registerPair({ fixed: arterial, moving: pre, liver: visit.liver, movingLiver }, wasmElastix, {
          rigidIterations: 60,
        }),
      );
    const [first, second] = [await once(), await once()];
    expect(JSON.stringify(registrationRecord(first))).toBe(JSON.stringify(registrationRecord(second)));
    expect(left(first, nineMm, visit.liver)).toBeLessThan(1);
    expect(first.surface?.before?.meanMm).toBeCloseTo(0, 9);
    expect(first.surface?.after?.meanMm).toBeGreaterThan(2);
  });

  const visit = phantom({ shiftMm: [0, 0, 6], bendMm: 0 });
  const engineOf = (Transform: string, TransformParameters: readonly string[]): RegistrationEngine => ({
    name: "wrong",
    run: async () => ({
      ok: true,
      issues: [],
      value: [{ Transform: [Transform], TransformParameters, CenterOfRotationPoint: ["0", "0", "0"] }],
    }),
  });
  it.each([
    ["a worse place", ["0", "0", "0", "9", "0", "0"]],
    ["a place outside the image", ["0", "0", "0", "0", "0", "140"]],
  ])("does not use %s and keeps the pair", async (_, parameters) => {
    const { pre, arterial } = pairOf(visit);
    const engine = engineOf("EulerTransform", parameters);
    const found = unwrap(await registerPair({ fixed: arterial, moving: pre, liver: visit.liver }, engine));
    expect(found.verdict).toBe("refused");
    expect(found.used).toBe("none");
    expect(found.map([1, 2, 3])).toEqual([1, 2, 3]);
    expect(found.issues.map((issue) => issue.code)).toEqual(["registration-refused"]);
  });

  it("tries a B-spline that squeezes tissue again with its control points farther apart", async () => {
    const rigid = {
      Transform: ["EulerTransform"],
      TransformParameters: ["0", "0", "0", "0", "0", "6"],
      CenterOfRotationPoint: ["0", "0", "0"],
    };
    const asked: string[] = [];
    const engine: RegistrationEngine = {
      name: "stiff",
      run: async ({ step, initial }) => {
        if (step.Transform?.[0] === "EulerTransform") return { ok: true, issues: [], value: [rigid] };
        const spacing = step.FinalGridSpacingInPhysicalUnits?.[0] ?? "";
        asked.push(spacing);
        const squeeze = Number(spacing) < 60 ? -0.5 : -0.01;
        const parameters = Array.from({ length: 3 * 1000 }, (_, n) =>
          n < 2000 ? "0" : String(squeeze * (-60 + 60 * Math.floor((n - 2000) / 100))),
        );
        const spline = {
          Transform: ["BSplineTransform"],
          TransformParameters: parameters,
          GridSize: ["10", "10", "10"],
          GridOrigin: ["-60", "-60", "-60"],
          GridSpacing: ["60", "60", "60"],
        };
        return { ok: true, issues: [], value: [...initial, spline] };
      },
    };
    const { pre, arterial } = pairOf(visit);
    const found = unwrap(
      await registerPair({ fixed: arterial, moving: pre, liver: visit.liver }, engine, { steps: "rigid+b-spline" }),
    );
    expect(asked).toEqual(["45", "60"]);
    expect(found.trials.map((trial) => trial.controlSpacingMm)).toEqual([null, 45, 60]);
    expect(found.trials.map((trial) => trial.quality.squeezes)).toEqual([false, true, false]);
    expect(found.issues[0]?.message).toContain("with control points 45 mm apart");
  });

  it("tells the displacement that it is expected to have left", () => {
    const shift = { after: { meanMm: 0.4, maxMm: 0.7, parts: 8 } };
    const parameters = { ...standardRegistration, workingMm: 3 };
    expect(registrationErrorMm({ verdict: "accepted", parameters, shift })).toBeCloseTo(Math.hypot(0.4, 1), 12);
    expect(registrationErrorMm({ verdict: "already-aligned", parameters, shift })).toBe(0.4);
    const unseen = { after: { meanMm: null, maxMm: null, parts: 0 } };
    expect(registrationErrorMm({ verdict: "accepted", parameters, shift: unseen })).toBeNull();
  });

  const { pre, arterial } = pairOf(visit);
  const empty: Mask = { ...visit.liver, data: new Uint8Array(visit.liver.data.length) };
  const away: Volume = { ...pre, grid: { ...pre.grid, originMm: [4000, 0, 0] } };
  it.each([
    ["an empty mask", { liver: empty }, wasmElastix, "registration-mask"],
    ["images apart", { moving: away }, wasmElastix, "registration-no-overlap"],
    ["a transform of another kind", {}, engineOf("AffineTransform", ["1"]), "registration-engine"],
    ["numbers that are not finite", {}, engineOf("EulerTransform", ["NaN"]), "registration-engine"],
  ] as const)("refuses %s", async (_, change, engine, code) => {
    const result = await registerPair({ fixed: arterial, moving: pre, liver: visit.liver, ...change }, engine);
    expect(result.ok ? "" : result.issues[0]!.code).toBe(code);
  });
});
