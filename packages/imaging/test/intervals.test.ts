import { type Random, random, unwrap } from "@livermark/core";
import {
  adc,
  type DiameterDefinition,
  diameters,
  expectedPercent,
  type Grid,
  letb,
  type Mask,
  type Measurement,
  normalCdf,
  qeasl,
  rasterise,
  regionStats,
  ser,
  t2Sir,
  t975,
  type Volume,
} from "@livermark/imaging";
import { sized } from "testkit";
import { describe, expect, it } from "vitest";
import { filled, grid, maskOf } from "./make.js";

const phantoms = sized(200, 2000);
const mr = { unit: "a.u.", modality: "MR" } as const;
const g = grid([20, 20, 8], [1.2, 1.2, 3]);
const block = (i0: number, j0: number, k0: number, w: number, d: number, name = "roi"): Mask =>
  maskOf(g, (i, j, k) => i >= i0 && i < i0 + w && j >= j0 && j < j0 + w && k >= k0 && k < k0 + d, name);
const noisy = (draw: Random, mean: (i: number, j: number, k: number) => number, sd: number, on: Grid = g): Volume =>
  filled(on, (i, j, k) => mean(i, j, k) + sd * draw.normal(), mr);

/** What one phantom measures, and the truth its interval should cover. */
type Trial = (draw: Random) => { readonly measurement: Measurement; readonly truth: number };

const trials: { readonly [biomarker: string]: Trial } = {
  "mean of a region": (draw) => ({
    measurement: unwrap(regionStats({ volume: noisy(draw, () => 90, 12), region: block(4, 4, 3, 4, 1) })),
    truth: 90,
  }),
  "mean of a region in an image with correlated noise": (draw) => {
    const white = new Float64Array(3600).map(() => 12 * draw.normal());
    const at = (i: number, j: number): number => white[(j + 5) * 60 + i + 5]!;
    const plane = grid([40, 40, 1]);
    const smooth = filled(plane, (i, j) => 90 + at(i, j) + at(i + 1, j) + at(i, j + 1) + at(i + 1, j + 1), mr);
    const region = maskOf(plane, (i, j) => i > 8 && i < 30 && j > 8 && j < 30);
    return { measurement: unwrap(regionStats({ volume: smooth, region })), truth: 90 };
  },
  "SER, one region on both phases": (draw) => {
    const tissue = new Float64Array(3200).map(() => 200 + 20 * draw.normal());
    const at = (i: number, j: number, k: number): number => tissue[(k * 20 + j) * 20 + i]!;
    const roi = block(5, 5, 2, 6, 1);
    return {
      measurement: unwrap(
        ser({
          pre: noisy(draw, at, 10),
          portal: noisy(draw, (i, j, k) => 2.04 * at(i, j, k), 15),
          lesions: [{ pre: roi, portal: roi }],
        }),
      ),
      truth: 1.04,
    };
  },
  "SER, two lesions, other regions on the two phases": (draw) => {
    const lesions = [
      { pre: block(1, 1, 2, 5, 1), portal: block(2, 1, 2, 6, 1) },
      { pre: block(10, 9, 5, 4, 2), portal: block(10, 10, 5, 5, 1) },
    ];
    const pre = noisy(draw, (i) => (i < 9 ? 150 : 250), 20);
    const portal = noisy(draw, (i) => (i < 9 ? 360 : 440), 30);
    return { measurement: unwrap(ser({ pre, portal, lesions })), truth: 1 };
  },
  "T2 signal ratio of three regions": (draw) => ({
    measurement: unwrap(
      t2Sir({
        volume: noisy(draw, (i) => (i < 12 ? 320 : 150), 18),
        tumour: [block(1, 1, 4, 3, 1), block(5, 2, 4, 3, 1), block(3, 10, 4, 4, 1)],
        muscle: [block(14, 8, 4, 4, 1)],
      }),
    ),
    truth: 320 / 150,
  }),
  "mean ADC of three regions, Rician noise": (draw) => {
    const rician = (s: number): number => Math.hypot(s + 20 * draw.normal(), 20 * draw.normal());
    const dwi = [50, 400, 800].map((b) => ({
      b,
      volume: filled(g, () => rician(900 * Math.exp(-b * 1.1e-3)), mr),
    }));
    const regions = [block(1, 1, 4, 3, 1), block(5, 2, 4, 4, 1), block(3, 10, 4, 5, 1)];
    return { measurement: unwrap(adc({ dwi, regions })), truth: 1.1e-3 };
  },
  "LETB, one reference region": (draw) => letbTrial(draw, 1),
  "LETB, three reference regions": (draw) => letbTrial(draw, 3),
  "qEASL of one lesion": (draw) => {
    const { pre, arterial, lesion, contrast, noise } = twoPhases(draw);
    const measurement = unwrap(qeasl({ pre, arterial, lesions: [lesion], references: [block(2, 2, 1, 5, 4)] }));
    return { measurement, truth: expectedPercent(0.5, contrast, noise, 2) };
  },
};

for (const definition of ["voxel-centres", "sub-voxel-hull", "in-plane-interpolated"] as const)
  Object.assign(trials, {
    [`diameter by ${definition}`]: (draw: Random) => diameterTrial(draw, definition, 1),
    [`sum of five diameters by ${definition}`]: (draw: Random) => diameterTrial(draw, definition, 5),
  });

/** A liver of noise with a lesion whose left half enhances. */
function twoPhases(draw: Random) {
  const contrast = 45;
  const noise = 12;
  const lesion = block(10, 10, 1, 8, 6, "lesion");
  const bright = block(10, 10, 1, 8, 6).data.map((inside, v) => (inside === 1 && v % 20 < 14 ? 1 : 0));
  const part = noise / Math.SQRT2;
  const pre = noisy(draw, () => 55, part);
  const arterial = noisy(draw, (i, j, k) => 65 + (bright[(k * 20 + j) * 20 + i] === 1 ? contrast : 0), part);
  return { pre, arterial, lesion, contrast, noise };
}

function letbTrial(draw: Random, placements: number): ReturnType<Trial> {
  const { pre, arterial, contrast, noise } = twoPhases(draw);
  const liver = maskOf(g, (i, j, k) => i > 0 && i < 19 && j > 0 && j < 19 && k > 0 && k < 7, "liver");
  // Small beside the liver, as 1 cm³ is: the reference's own voxels are counted too, which ties the two errors together.
  const references = [block(2, 2, 1, 3, 3), block(12, 2, 2, 3, 3), block(2, 12, 2, 3, 3)].slice(0, placements);
  const fraction = (4 * 8 * 6) / (18 * 18 * 6);
  return {
    measurement: unwrap(letb({ pre, arterial, liver, references })),
    truth: expectedPercent(fraction, contrast, noise, 2),
  };
}

function diameterTrial(draw: Random, definition: DiameterDefinition, lesions: number): ReturnType<Trial> {
  const n = 76;
  const plane = grid([n, n, 3], [0.8, 0.8, 5]);
  const along = (length: number, angle: number) =>
    [0.8 * length * Math.cos(angle), 0.8 * length * Math.sin(angle), 0] as const;
  let truth = 0;
  const masks = Array.from({ length: lesions }, (_, lesion) => {
    const a = 4 + 26 * draw.uniform();
    const b = a * (0.4 + 0.6 * draw.uniform());
    const turn = Math.PI * draw.uniform();
    const center = [0.4 * n + 0.8 * draw.uniform(), 0.4 * n + 0.8 * draw.uniform(), 5] as const;
    truth += 1.6 * a;
    const name = `T${lesion + 1}`;
    const axes = { axis1: along(a, turn), axis2: along(b, turn + Math.PI / 2) };
    return unwrap(rasterise({ kind: "ellipse", name, center, ...axes }, plane));
  });
  const lesionMasks = masks.map((mask) => ({ mask }));
  const measurement = unwrap(diameters({ volume: filled(plane, () => 0), lesions: lesionMasks }, { definition }));
  return { measurement, truth };
}

describe(`95 % intervals over ${phantoms} phantoms each`, () => {
  it.each(Object.keys(trials))("cover the truth: %s", (biomarker) => {
    const draw = random(2026).fork(biomarker);
    let covered = 0;
    for (let p = 0; p < phantoms; p++) {
      const { measurement, truth } = trials[biomarker]!(draw.fork(`${p}`));
      const { low, high } = measurement.interval!;
      // No value stands outside its own interval.
      expect(low).toBeLessThanOrEqual(measurement.value);
      expect(high).toBeGreaterThanOrEqual(measurement.value);
      if (low <= truth && truth <= high) covered++;
    }
    const percent = (100 * covered) / phantoms;
    // Four binomial standard errors around 95 % in the short size; the issue's own bounds in the full one.
    const [low, high] = sized([90, 100], [93, 97]);
    if (phantoms >= 1000) console.log(`coverage, ${biomarker}: ${percent.toFixed(1)} %`);
    expect(percent).toBeGreaterThanOrEqual(low!);
    expect(percent).toBeLessThanOrEqual(high!);
  });

  it("have the right quantiles", () => {
    const tables: [number, number][] = [
      [1, 12.7062],
      [2, 4.30265],
      [5, 2.57058],
      [6, 2.44691],
      [10, 2.22814],
      [30, 2.04227],
      [120, 1.97993],
    ];
    for (const [df, want] of tables) expect(Math.abs(t975(df) - want)).toBeLessThan(2e-4);
    expect(normalCdf(-2)).toBeCloseTo(0.022750131948179, 14);
    expect(normalCdf(0)).toBe(0.5);
    expect(normalCdf(1.959963984540054)).toBeCloseTo(0.975, 14);
    expect([normalCdf(-9), normalCdf(9)]).toEqual([0, 1]);
  });
});
