import { unwrap } from "@livermark/core";
import {
  indexToPatient,
  intersectMasks,
  lineLengthMm,
  maskDigest,
  maskVoxels,
  parseRegion,
  type Region,
  rasterise,
  subtractMasks,
  unionMasks,
  type Vec3,
} from "@livermark/imaging";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { codes, covered, grid, turnedAxes } from "./make.js";

const plane = grid([20, 20, 3]);
const polygon = (points: readonly (readonly [number, number])[], k = 1): Region => ({
  kind: "polygon",
  unit: "voxel",
  points: points.map(([i, j]) => [i, j, k]),
});
const count = (region: Region, g = plane): number => maskVoxels(unwrap(rasterise(region, g)));

describe("which voxels a region covers", () => {
  it("gives a centre on an edge to the lower-index side", () => {
    const square = polygon([
      [2, 3],
      [4, 3],
      [4, 5],
      [2, 5],
    ]);
    expect(covered(unwrap(rasterise(square, plane)))).toEqual(["3,4,1", "4,4,1", "3,5,1", "4,5,1"]);
  });

  it("does not depend on the direction or the start of a polygon", () => {
    const points: [number, number][] = [
      [2.5, 1.25],
      [15, 4],
      [9, 17.5],
      [3, 12],
    ];
    const digest = (p: readonly [number, number][]) => maskDigest(unwrap(rasterise(polygon(p), plane)));
    expect(digest([...points].reverse())).toBe(digest(points));
    expect(digest([...points.slice(2), ...points.slice(0, 2)])).toBe(digest(points));
  });

  it("leaves the inner part of a self-crossing star out (even-odd)", () => {
    const star = [0, 2, 4, 1, 3].map((n): [number, number] => {
      const a = (2 * Math.PI * n) / 5;
      return [10 + 8 * Math.sin(a), 10 - 8 * Math.cos(a)];
    });
    const mask = unwrap(rasterise(polygon(star), plane));
    expect(covered(mask)).not.toContain("10,10,1");
    expect(covered(mask)).toContain("10,4,1");
  });

  it("splits a rectangle along any line without loss or double count", () => {
    fc.assert(
      fc.property(
        fc.tuple(...[0, 1, 2, 3].map(() => fc.integer({ min: 0, max: 40 }))),
        fc.integer({ min: 0, max: 40 }),
        fc.integer({ min: 0, max: 40 }),
        ([x0, y0, w, h], top, bottom) => {
          const a = x0! / 4;
          const b = y0! / 4;
          const c = a + (w! + 1) / 4;
          const d = b + (h! + 1) / 4;
          const p = a + ((c - a) * top) / 40;
          const q = a + ((c - a) * bottom) / 40;
          const g = grid([22, 22, 3]);
          const cells = (region: Region): string[] => {
            const r = rasterise(region, g);
            return r.ok ? covered(r.value) : [];
          };
          const whole = cells(
            polygon([
              [a, b],
              [c, b],
              [c, d],
              [a, d],
            ]),
          );
          const left = cells(
            polygon([
              [a, b],
              [p, b],
              [q, d],
              [a, d],
            ]),
          );
          const right = cells(
            polygon([
              [p, b],
              [c, b],
              [c, d],
              [q, d],
            ]),
          );
          return (
            left.length + right.length === whole.length &&
            new Set([...left, ...right]).size === whole.length &&
            whole.every((cell) => left.includes(cell) || right.includes(cell))
          );
        },
      ),
    );
  });

  it("closes disc, ellipse and sphere, and half-opens the cube", () => {
    expect(count({ kind: "disc", unit: "voxel", center: [10, 10, 1], radiusMm: 5 })).toBe(81);
    expect(count({ kind: "ellipse", unit: "voxel", center: [10, 10, 1], axis1: [3, 4, 0], axis2: [-4, 3, 0] })).toBe(
      81,
    );
    const box = grid([31, 31, 31]);
    expect(count({ kind: "cube", unit: "voxel", center: [15, 15, 15], volumeCm3: 1 }, box)).toBe(1000);
    expect(count({ kind: "cube", unit: "voxel", center: [14.5, 14.5, 14.5], volumeCm3: 0.5 }, box)).toBe(512);
    expect(count({ kind: "cube", unit: "voxel", center: [15, 15, 15], volumeCm3: 0.5 }, box)).toBe(343);
    const ball = count({ kind: "sphere", unit: "voxel", center: [15, 15, 15], volumeCm3: 4 }, box);
    expect(ball).toBeGreaterThan(3900);
    expect(ball).toBeLessThan(4100);
  });

  it("takes non-square pixels as millimetres", () => {
    const g = grid([40, 40, 4], [0.5, 2, 3]);
    const mask = unwrap(rasterise({ kind: "disc", center: [10, 40, 6], radiusMm: 4 }, g));
    expect(covered(mask).every((cell) => cell.endsWith(",2"))).toBe(true);
    expect(covered(mask)).toContain("28,20,2");
    expect(covered(mask)).not.toContain("29,20,2");
    expect(covered(mask)).toContain("20,22,2");
    expect(covered(mask)).not.toContain("20,23,2");
  });

  it("covers the same voxels on oblique and reversed grids as in index coordinates", () => {
    for (const mirrored of [false, true])
      for (const angle of [0, 0.3, -0.7]) {
        const g = grid([24, 18, 9], [0.7, 1.3, 2.5], {
          axes: turnedAxes(angle, mirrored),
          originMm: [-31.7, 12.3, 880.1],
        });
        const mm = (i: number, j: number, k: number): Vec3 => indexToPatient(g, i, j, k);
        const corners: [number, number][] = [
          [3, 3],
          [17, 4],
          [14, 15],
          [4, 12],
        ];
        const inIndex = unwrap(rasterise(polygon(corners, 4), g));
        const inMm = unwrap(rasterise({ kind: "polygon", points: corners.map(([i, j]) => mm(i, j, 4)) }, g));
        expect(inMm.data).toEqual(inIndex.data);
        const cube = { kind: "cube", volumeCm3: 0.5 } as const;
        expect(unwrap(rasterise({ ...cube, center: mm(12, 9, 4) }, g)).data).toEqual(
          unwrap(rasterise({ ...cube, unit: "voxel", center: [12, 9, 4] }, g)).data,
        );
      }
  });

  it("moves with the grid: cropping does not change which voxels are covered", () => {
    const region: Region = { kind: "sphere", center: [12.2, 9.1, 7.7], volumeCm3: 0.4 };
    const whole = grid([24, 24, 16]);
    const crop = grid([14, 14, 12], [1, 1, 1], { originMm: [6, 3, 2] });
    const shifted = covered(unwrap(rasterise(region, crop))).map((cell) => {
      const [i, j, k] = cell.split(",").map(Number);
      return `${i! + 6},${j! + 3},${k! + 2}`;
    });
    expect(shifted).toEqual(covered(unwrap(rasterise(region, whole))));
  });

  it("combines masks", () => {
    const a = unwrap(rasterise({ kind: "disc", unit: "voxel", center: [8, 10, 1], radiusMm: 5 }, plane));
    const b = unwrap(rasterise({ kind: "disc", unit: "voxel", center: [12, 10, 1], radiusMm: 5 }, plane));
    const n = (r: ReturnType<typeof unionMasks>): number => maskVoxels(unwrap(r));
    expect(n(unionMasks(a, b)) + n(intersectMasks(a, b))).toBe(maskVoxels(a) + maskVoxels(b));
    expect(n(subtractMasks(a, b))).toBe(maskVoxels(a) - n(intersectMasks(a, b)));
    const other = unwrap(
      rasterise({ kind: "disc", unit: "voxel", center: [8, 10, 1], radiusMm: 5 }, grid([20, 20, 4])),
    );
    expect(codes(unionMasks(a, other))).toEqual(["other-grid"]);
  });

  it("refuses what covers nothing or is not a region of this volume", () => {
    const refused = (region: Region): string[] => codes(rasterise(region, plane));
    expect(refused({ kind: "disc", center: [100, 100, 1], radiusMm: 3 })).toEqual(["region-outside-volume"]);
    expect(refused({ kind: "disc", center: [5.5, 5.5, 1], radiusMm: 0.2 })).toEqual(["empty-region"]);
    expect(
      refused({
        kind: "polygon",
        points: [
          [1, 1, 1],
          [9, 1, 1],
          [9, 9, 2],
        ],
      }),
    ).toEqual(["polygon-off-plane"]);
    expect(
      refused({
        kind: "line",
        points: [
          [1, 1, 1],
          [9, 1, 1],
        ],
      }),
    ).toEqual(["region-without-voxels"]);
    expect(refused({ kind: "mask", file: "liver.nii" })).toEqual(["mask-not-read"]);
    expect(refused({ kind: "ellipse", center: [9, 9, 1], axis1: [3, 0, 0], axis2: [6, 0, 0] })).toEqual([
      "bad-ellipse",
    ]);
    expect(refused({ kind: "ellipse", center: [9, 9, 1], axis1: [3, 0, 0], axis2: [0, 0, 2] })).toEqual([
      "bad-ellipse",
    ]);
    const partly = rasterise({ kind: "disc", center: [0, 9, 1], radiusMm: 3 }, plane);
    expect(partly.ok && codes(partly)).toEqual(["region-partly-outside"]);
  });
});

describe("region files", () => {
  it("reads every kind", () => {
    const shapes: object[] = [
      {
        kind: "polygon",
        points: [
          [0, 0, 0],
          [1, 0, 0],
          [1, 1, 0],
        ],
        name: "a",
        series: "1.2",
        unit: "voxel",
      },
      { kind: "ellipse", center: [0, 0, 0], axis1: [1, 0, 0], axis2: [0, 1, 0] },
      { kind: "disc", center: [0, 0, 0], radiusMm: 2 },
      { kind: "cube", center: [0, 0, 0], volumeCm3: 1 },
      { kind: "sphere", center: [0, 0, 0], volumeCm3: 1 },
      {
        kind: "line",
        points: [
          [0, 0, 0],
          [3, 4, 0],
        ],
      },
      { kind: "mask", file: "a.nii.gz", label: 2 },
    ];
    for (const shape of shapes) expect(unwrap(parseRegion(shape))).toEqual(shape);
    expect(unwrap(parseRegion({ ...shapes[2], patient: "P1", purpose: "tumour" }))).toEqual(shapes[2]);
  });

  it.each([
    [[], ""],
    [{ kind: "blob" }, "kind"],
    [{ kind: "disc", center: [0, 0], radiusMm: 1 }, "center"],
    [{ kind: "disc", center: [0, 0, 0], radiusMm: 0 }, "radiusMm"],
    [{ kind: "cube", center: [0, 0, Number.NaN], volumeCm3: 1 }, "center"],
    [{ kind: "sphere", center: [0, 0, 0], volumeCm3: -1 }, "volumeCm3"],
    [
      {
        kind: "polygon",
        points: [
          [0, 0, 0],
          [1, 1, 1],
        ],
      },
      "points",
    ],
    [
      {
        kind: "polygon",
        points: [
          [0, 0, 0],
          [1, 1, 1],
          [1, "2", 1],
        ],
      },
      "points[2]",
    ],
    [{ kind: "line", points: [[0, 0, 0]] }, "points"],
    [{ kind: "mask" }, "file"],
    [{ kind: "mask", file: "a", label: 1.5 }, "label"],
    [{ kind: "disc", center: [0, 0, 0], radiusMm: 1, unit: "cm" }, "unit"],
  ])("refuses %j and names the place", (json, path) => {
    const result = parseRegion(json, { file: "r.json" });
    expect(result.ok).toBe(false);
    expect(result.issues[0]).toMatchObject({ code: "bad-region", path, where: { file: "r.json" } });
  });

  it("measures lines", () => {
    const line = {
      kind: "line",
      points: [
        [0, 0, 0],
        [3, 4, 0],
      ],
    } as const;
    expect(unwrap(lineLengthMm(line))).toBe(5);
    expect(unwrap(lineLengthMm({ ...line, unit: "voxel" }, grid([9, 9, 9], [2, 2, 2])))).toBe(10);
    expect(codes(lineLengthMm({ ...line, unit: "voxel" }))).toEqual(["line-without-grid"]);
  });
});
