import { type Result, random, unwrap } from "@livermark/core";
import {
  adc,
  checkMask,
  compareLetb,
  draftOutline,
  letb,
  letbChange,
  letbFromVolumes,
  type Mask,
  rasterise,
  regionStats,
  ser,
  suggestReferences,
  type Volume,
} from "@livermark/imaging";
import { describe, expect, it } from "vitest";
import { filled, grid, maskOf } from "./make.js";

/** One bad input: what is done, and the code of the Issue that must answer it. */
type Row = readonly [what: string, run: () => Result<unknown>, code: string];

/** A refusal says what was found or wanted and how to go on, and brings no number. */
function refused(run: () => Result<unknown>, code: string, picture: boolean): void {
  const result = run();
  expect(result.ok).toBe(false);
  expect(result).not.toHaveProperty("value");
  const issue = result.issues.find((one) => one.code === code);
  if (issue === undefined) throw new Error(`no ${code}, but ${result.issues.map((one) => one.code).join(", ")}`);
  expect(issue.severity).toBe("error");
  expect(issue.message).toMatch(/^[A-Z].*\.$/);
  expect(`${issue.got}${issue.wanted}`).not.toBe("");
  if (!picture) return;
  expect(issue.where.series).toMatch(/^1\.2/);
  expect(issue.where.slice).toBeGreaterThanOrEqual(1);
}

const mr = { unit: "a.u.", modality: "MR" } as const;

describe("bad input of regions and quantities", () => {
  const g = grid([24, 20, 10], [1.5, 1.5, 3]);
  const image = filled(g, (i, j) => 100 + i + j);
  const roi = maskOf(g, (i, j, k) => i > 5 && i < 10 && j > 5 && j < 10 && k === 4, "tumour T1");
  const few = maskOf(g, (i, j, k) => i > 5 && i < 8 && j > 5 && j < 8 && k === 4, "tumour T1");
  const signal = (value: number): Volume => filled(g, () => value, mr);
  const lesions = (mask: Mask) => [{ pre: mask, portal: mask }];
  const dwi = (...b: number[]) => b.map((one) => ({ b: one, volume: signal(900 * Math.exp(-one * 1e-3)) }));
  const unproven: Volume = {
    ...signal(200),
    scale: { id: "?", proven: false, reason: "no scale slope", filters: [] },
  };
  const rows: readonly Row[] = [
    [
      "a region outside the volume",
      () => rasterise({ kind: "disc", center: [400, 0, 0], radiusMm: 5 }, g),
      "region-outside-volume",
    ],
    [
      "a region between the voxel centres",
      () => rasterise({ kind: "sphere", center: [6.75, 6.75, 7.5], volumeCm3: 0.0002 }, g),
      "empty-region",
    ],
    ["an empty mask", () => regionStats({ volume: image, region: maskOf(g, () => false) }), "empty-region"],
    [
      "a region on another frame of reference",
      () => regionStats({ volume: image, region: { ...roi, source: { sha256: "0", frameOfReferenceUid: "9.9" } } }),
      "other-frame-of-reference",
    ],
    [
      "a region on another grid",
      () => checkMask(image, { ...roi, grid: { ...g, originMm: [40, 0, 0] } }),
      "other-grid",
    ],
    [
      "a tumour region of four voxels",
      () => ser({ pre: signal(100), portal: signal(200), lesions: lesions(few) }),
      "too-few-voxels",
    ],
    [
      "a signal before contrast of zero",
      () => ser({ pre: signal(0), portal: signal(200), lesions: lesions(roi) }),
      "non-positive-baseline",
    ],
    [
      "a signal before contrast below zero",
      () => ser({ pre: signal(-3), portal: signal(200), lesions: lesions(roi) }),
      "non-positive-baseline",
    ],
    ["b-values that are all equal", () => adc({ dwi: dwi(800, 800), regions: [roi] }), "b-values-equal"],
    ["an ADC fit with one b-value", () => adc({ dwi: dwi(800), regions: [roi] }), "one-b-value"],
    [
      "an unproven intensity scale",
      () => ser({ pre: signal(100), portal: unproven, lesions: lesions(roi) }),
      "unproven-scale",
    ],
  ];
  it.each(rows)("%s is refused", (_, run, code) => refused(run, code, false));

  it("a mask that touches the volume's edge is refused where the whole organ is asked for", () => {
    const half = maskOf(g, (i) => i < 12, "liver");
    refused(() => letb({ pre: image, arterial: image, liver: half, references: [roi] }), "mask-touches-edge", true);
  });
});

describe("bad input of LETB", () => {
  const g = grid([60, 50, 20], [2, 2, 4]);
  const at = (i: number, j: number, k: number): number => (k * 50 + j) * 60 + i;
  const inside = (i: number, j: number, k: number, r: number): boolean =>
    ((i - 29) / (22 + r)) ** 2 + ((j - 24) / (18 + r)) ** 2 + ((k - 10) / (7 + r)) ** 2 <= 1;
  const liver = maskOf(g, (i, j, k) => inside(i, j, k, 0), "liver");
  const tumour = maskOf(
    g,
    (i, j, k) => ((i - 36) / 6) ** 2 + ((j - 24) / 6) ** 2 + ((k - 10) / 3) ** 2 <= 1,
    "tumour T1",
  );
  const vessels = maskOf(
    g,
    (i, j, k) => i < 27 && inside(i, j, k, 0) && Math.abs(j - 24) < 2 && k > 8 && k < 12,
    "vein",
  );
  const draw = random(4);
  const pre = filled(g, (i, j, k) => (inside(i, j, k, 0) ? 55 : -105) + 8 * draw.normal());
  const arterial = filled(
    g,
    (i, j, k) => (inside(i, j, k, 0) ? 67 : -105) + 60 * tumour.data[at(i, j, k)]! + 8 * draw.normal(),
    { source: { ...pre.source, seriesUid: "1.2.4" } },
  );
  const cube = (i: number, j: number, k: number, name = "reference"): Mask =>
    unwrap(rasterise({ kind: "cube", unit: "voxel", center: [i, j, k], volumeCm3: 1, name }, g));
  const reference = cube(20, 30, 10);
  const inputs = { pre, arterial, liver, references: [reference] };
  const moved = (slices: number, source: Volume): Volume => ({
    ...source,
    data: source.data.map((_, v) => source.data[Math.min(source.data.length - 1, v + slices * 3000)]!),
  });
  const far = { ...g, originMm: [0, 0, 900] as const };

  it("has a good case to begin with", () => {
    expect(unwrap(letb({ ...inputs, tumours: [tumour], vessels })).issues).toEqual([]);
  });

  const rows: readonly Row[] = [
    [
      "phases on frames without overlap",
      () => letb({ ...inputs, pre: { ...pre, grid: far, source: { ...pre.source, frameOfReferenceUid: "7.7" } } }),
      "phases-do-not-overlap",
    ],
    [
      "a mask that touches the edge",
      () => letb({ ...inputs, liver: maskOf(g, (i, j, k) => inside(i, j, k, 0) || (inside(i, j, 10, 0) && k > 10)) }),
      "mask-touches-edge",
    ],
    [
      "a mask that is not one organ",
      () =>
        letb({
          ...inputs,
          liver: maskOf(
            g,
            (i, j, k) => inside(i, j, k, 0) || (i > 52 && i < 58 && j > 2 && j < 14 && k > 2 && k < 17),
            "liver",
          ),
        }),
      "mask-not-one-organ",
    ],
    [
      "a reference on the tumour",
      () => letb({ ...inputs, tumours: [tumour], references: [cube(31, 24, 10)] }),
      "reference-touches-tumour",
    ],
    [
      "a reference on a vessel",
      () => letb({ ...inputs, vessels, references: [cube(20, 24, 10)] }),
      "reference-touches-vessel",
    ],
    [
      "a reference outside the liver",
      () => letb({ ...inputs, references: [cube(8, 24, 10)] }),
      "reference-outside-liver",
    ],
    [
      "an unenhanced series given as arterial",
      () => letb({ ...inputs, arterial: { ...moved(0, pre), source: arterial.source } }),
      "no-contrast",
    ],
    ["motion between the phases", () => letb({ ...inputs, pre: moved(2, pre) }), "phases-moved"],
    [
      "phases on two grids",
      () => letb({ ...inputs, pre: { ...pre, grid: { ...g, originMm: [0.7, 0, 0] } } }),
      "phases-on-different-grids",
    ],
    ["an empty mask", () => letb({ ...inputs, liver: maskOf(g, () => false) }), "empty-region"],
    [
      "a mask on another frame of reference",
      () => letb({ ...inputs, liver: { ...liver, source: { sha256: "0", frameOfReferenceUid: "9.9" } } }),
      "other-frame-of-reference",
    ],
    [
      "a mask on another grid",
      () => letb({ ...inputs, liver: { ...liver, grid: { ...g, originMm: [4, 0, 0] } } }),
      "other-grid",
    ],
    [
      "a draft that doubts itself",
      () => letb({ ...inputs, liver: { ...liver, outline: draftOutline(0.8, false) } }),
      "outline-uncertain",
    ],
    ["no reference", () => letb({ ...inputs, references: [] }), "no-reference-region"],
    [
      "a reference of four voxels",
      () => letb({ ...inputs, references: [maskOf(g, (i, j, k) => i > 19 && i < 24 && j === 30 && k === 10)] }),
      "too-few-voxels",
    ],
    [
      "a liver without room for a reference",
      () => suggestReferences({ ...inputs, liver: reference }),
      "no-room-for-reference",
    ],
    [
      "series of which one has no proven scale",
      () => letb({ ...inputs, arterial: { ...arterial, scale: { ...arterial.scale, proven: false } } }),
      "unproven-scale",
    ],
  ];
  it.each(rows)("%s is refused with the picture that shows it", (_, run, code) => refused(run, code, true));

  const unseen: readonly Row[] = [
    ["a smoothing that is no length", () => letb(inputs, { smoothingMm: -1 }), "bad-length"],
    ["a change from nothing", () => letbChange(0, 12), "zero-baseline"],
    [
      "a comparison with a baseline of 0",
      () =>
        compareLetb(
          unwrap(letbFromVolumes({ enhancingMl: 0, liverMl: 1500 })),
          unwrap(letbFromVolumes({ enhancingMl: 9, liverMl: 1500 })),
        ),
      "zero-baseline",
    ],
  ];
  it.each(unseen)("%s is refused", (_, run, code) => refused(run, code, false));

  it("a person's reason lets the doubtful ones through, and is printed", () => {
    const reasons = [
      [{ ...inputs, pre: moved(2, pre) }, { motionOverride: "fat in the fissure" }, "phases-moved"],
      [
        { ...inputs, arterial: { ...moved(0, pre), source: arterial.source } },
        { contrastOverride: "timing checked" },
        "no-contrast",
      ],
    ] as const;
    for (const [given, parameters, code] of reasons) {
      const found = unwrap(letb(given, parameters));
      expect(found.issues.map((issue) => issue.code)).toContain(code);
      expect(found.issues.find((issue) => issue.code === code)?.message).toContain(Object.values(parameters)[0]);
      expect(found.passport.parameters).toMatchObject(parameters);
    }
  });
});
