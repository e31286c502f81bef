import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { unwrap } from "@livermark/core";
import type { Grid } from "@livermark/imaging";
import { temporaryFolder } from "testkit";
import { describe, expect, it } from "vitest";
import { assembleDwi, indexFolder, readMasks, readVolume } from "../src/index.js";
import { type ElementList, encodeFile } from "../src/write/elements.js";

const root = temporaryFolder("multiframe");
let files = 0;

function folderWith(elements: ElementList): string {
  const folder = join(root, String(++files));
  mkdirSync(folder);
  writeFileSync(join(folder, "image"), encodeFile(elements));
  return folder;
}

const words = (values: readonly number[]): Uint8Array => new Uint8Array(Uint16Array.from(values).buffer);

/** What stands in one frame's functional groups. */
interface Frame {
  readonly z: number;
  readonly b?: number;
  readonly time?: number;
  readonly slope?: number;
}

/** An enhanced MR image of 2 × 2 pixels whose frame n holds the value 100 n. */
const enhanced = (frames: readonly Frame[]): ElementList => [
  [0x00080008, "CS", ["ORIGINAL", "PRIMARY", "DIFFUSION", "NONE"]],
  [0x00080016, "UI", "1.2.840.10008.5.1.4.1.1.4.1"],
  [0x00080018, "UI", "1.2.3"],
  [0x00080060, "CS", "MR"],
  [0x0008103e, "LO", "DWI"],
  [0x0020000d, "UI", "1.2"],
  [0x0020000e, "UI", "1.2.4"],
  [0x00280002, "US", 1],
  [0x00280004, "CS", "MONOCHROME2"],
  [0x00280008, "IS", frames.length],
  [0x00280010, "US", 2],
  [0x00280011, "US", 2],
  [0x00280100, "US", 16],
  [0x00280101, "US", 16],
  [0x00280102, "US", 15],
  [0x00280103, "US", 0],
  [
    0x52009229,
    "SQ",
    [
      [
        [0x00209116, "SQ", [[[0x00200037, "DS", [1, 0, 0, 0, 1, 0]]]]],
        [
          0x00289110,
          "SQ",
          [
            [
              [0x00280030, "DS", [1.5, 1.25]],
              [0x00180050, "DS", 4],
            ],
          ],
        ],
      ],
    ],
  ],
  [
    0x52009230,
    "SQ",
    frames.map(
      ({ z, b, time, slope }): ElementList => [
        [0x00209113, "SQ", [[[0x00200032, "DS", [-5, -6, z]]]]],
        [0x00209111, "SQ", [time === undefined ? [] : [[0x00209128, "UL", time]]]],
        ...(b === undefined ? [] : ([[0x00189117, "SQ", [[[0x00189087, "FD", b]]]]] satisfies ElementList)),
        ...(slope === undefined
          ? []
          : ([
              [
                0x00289145,
                "SQ",
                [
                  [
                    [0x00281052, "DS", 0],
                    [0x00281053, "DS", slope],
                  ],
                ],
              ],
            ] satisfies ElementList)),
      ],
    ),
  ],
  [0x7fe00010, "OW", words(frames.flatMap((_, n) => [100 * n, 100 * n + 1, 100 * n + 2, 100 * n + 3]))],
];

describe("enhanced multi-frame images", () => {
  it("sorts frames by position, whatever their order in the file", async () => {
    const { series } = unwrap(indexFolder(folderWith(enhanced([{ z: 8 }, { z: 0 }, { z: 12 }, { z: 4 }]))));
    const volume = unwrap(await readVolume(series[0]!));
    expect(volume.grid).toMatchObject({ size: [2, 2, 4], originMm: [-5, -6, 0], spacingMm: [1.25, 1.5, 4] });
    expect([0, 4, 8, 12].map((at) => volume.data[at])).toEqual([100, 300, 0, 200]);
  });

  it("separates b-values and time points, and assembles the diffusion set of one file", async () => {
    const mixed = [400, 0, 800].flatMap((b) => [0, 4, 8].map((z): Frame => ({ z, b })));
    const { series } = unwrap(indexFolder(folderWith(enhanced(mixed))));
    const dwi = unwrap(await assembleDwi(series));
    expect(dwi.bValues).toEqual([0, 400, 800]);
    expect(dwi.volumes.map((volume) => volume.data[0])).toEqual([300, 0, 600]);
    const dynamic = [1, 2].flatMap((time) => [0, 4, 8].map((z): Frame => ({ z, time })));
    const times = unwrap(indexFolder(folderWith(enhanced(dynamic)))).series[0]!;
    expect(times.stacks.map((stack) => stack.label)).toEqual(["time point 1", "time point 2"]);
  });

  it("applies each frame's own slope", async () => {
    const { series } = unwrap(
      indexFolder(
        folderWith(
          enhanced([
            { z: 0, slope: 2 },
            { z: 4, slope: 3 },
          ]),
        ),
      ),
    );
    const volume = unwrap(await readVolume(series[0]!));
    expect([...volume.data]).toEqual([0, 2, 4, 6, 300, 303, 306, 309]);
  });
});

describe("structure sets", () => {
  const grid: Grid = {
    size: [10, 10, 2],
    originMm: [0, 0, 0],
    spacingMm: [1, 1, 3],
    axes: [
      [1, 0, 0],
      [0, 1, 0],
      [0, 0, 1],
    ],
  };
  const square = (from: number, to: number, z: number): number[] => [
    from,
    from,
    z,
    to,
    from,
    z,
    to,
    to,
    z,
    from,
    to,
    z,
  ];

  const structures = (contours: readonly { readonly kind?: string; readonly points: readonly number[] }[]): string =>
    folderWith([
      [0x00080016, "UI", "1.2.840.10008.5.1.4.1.1.481.3"],
      [0x00080018, "UI", "1.2.9"],
      [0x00080060, "CS", "RTSTRUCT"],
      [0x0020000d, "UI", "1.2"],
      [0x0020000e, "UI", "1.2.5"],
      [
        0x30060020,
        "SQ",
        [
          [
            [0x30060022, "IS", 7],
            [0x30060026, "LO", "Tumour"],
          ],
        ],
      ],
      [
        0x30060039,
        "SQ",
        [
          [
            [
              0x30060040,
              "SQ",
              contours.map(
                ({ kind, points }): ElementList => [
                  [0x30060042, "CS", kind ?? "CLOSED_PLANAR"],
                  [0x30060046, "IS", points.length / 3],
                  [0x30060050, "DS", points],
                ],
              ),
            ],
            [0x30060084, "IS", 7],
          ],
        ],
      ],
    ]);

  it("makes a hole of an inner contour, and counts centres inside", async () => {
    const path = structures([{ points: square(0.5, 7.5, 3) }, { points: square(2.5, 4.5, 3) }]);
    const [mask] = unwrap(await readMasks(path, undefined, grid));
    expect([mask!.name, mask!.label]).toEqual(["Tumour", 7]);
    expect(mask!.data.reduce((sum, v) => sum + v, 0)).toBe(7 * 7 - 2 * 2);
    expect([mask!.data[100 + 33], mask!.data[100 + 22], mask!.data[22]]).toEqual([0, 1, 0]);
  });

  it("refuses contours between slices and outside, and says when nothing is closed", async () => {
    const codes = async (path: string): Promise<readonly string[]> =>
      (await readMasks(path, undefined, grid)).issues.map((issue) => issue.code);
    expect(await codes(structures([{ points: square(1, 5, 1.2) }]))).toEqual(["grid-mismatch"]);
    expect(await codes(structures([{ points: square(1, 15, 0) }]))).toEqual(["mask-outside"]);
    expect(await codes(structures([{ kind: "OPEN_PLANAR", points: square(1, 5, 0) }]))).toEqual(["empty-mask"]);
  });
});

describe("segmentations of other programs", () => {
  const grid: Grid = {
    size: [4, 2, 2],
    originMm: [0, 0, 0],
    spacingMm: [1, 1, 2],
    axes: [
      [1, 0, 0],
      [0, 1, 0],
      [0, 0, 1],
    ],
  };

  /** Frames in descending order, rows running the other way, fractional values. */
  const fractional = (position: readonly number[]): ElementList => [
    [0x00080016, "UI", "1.2.840.10008.5.1.4.1.1.66.4"],
    [0x00080018, "UI", "1.2.3"],
    [0x00080060, "CS", "SEG"],
    [0x0020000d, "UI", "1.2"],
    [0x0020000e, "UI", "1.2.4"],
    [0x00280002, "US", 1],
    [0x00280004, "CS", "MONOCHROME2"],
    [0x00280008, "IS", 1],
    [0x00280010, "US", 2],
    [0x00280011, "US", 4],
    [0x00280100, "US", 8],
    [0x00280101, "US", 8],
    [0x00280102, "US", 7],
    [0x00280103, "US", 0],
    [0x00620001, "CS", "FRACTIONAL"],
    [0x0062000e, "US", 200],
    [
      0x00620002,
      "SQ",
      [
        [
          [0x00620004, "US", 1],
          [0x00620005, "LO", "Liver"],
        ],
      ],
    ],
    [
      0x52009229,
      "SQ",
      [
        [
          [0x00209116, "SQ", [[[0x00200037, "DS", [-1, 0, 0, 0, 1, 0]]]]],
          [
            0x00289110,
            "SQ",
            [
              [
                [0x00280030, "DS", [1, 1]],
                [0x00180050, "DS", 2],
              ],
            ],
          ],
        ],
      ],
    ],
    [
      0x52009230,
      "SQ",
      [
        [
          [0x00209113, "SQ", [[[0x00200032, "DS", position]]]],
          [0x0062000a, "SQ", [[[0x0062000b, "US", 1]]]],
        ],
      ],
    ],
    [0x7fe00010, "OB", Uint8Array.from([200, 99, 100, 0, 0, 0, 0, 150])],
  ];

  it("places frames by their own position and direction, and cuts fractions at one half", async () => {
    const read = await readMasks(folderWith(fractional([3, 0, 2])), undefined, grid);
    expect(read.issues.map((issue) => issue.code)).toEqual(["fractional-segmentation"]);
    // Columns run from right to left: the first pixel is voxel (3, 0, 1).
    expect([...unwrap(read)[0]!.data]).toEqual([0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0, 1, 1, 0, 0, 0]);
  });

  it("refuses frames between voxels and marks outside of the image", async () => {
    const codes = async (position: readonly number[]): Promise<readonly string[]> =>
      (await readMasks(folderWith(fractional(position)), undefined, grid)).issues.map((issue) => issue.code);
    expect(await codes([3.4, 0, 2])).toEqual(["grid-mismatch"]);
    expect(await codes([3, 0, 1])).toEqual(["grid-mismatch"]);
    expect(await codes([5, 0, 2])).toEqual(["mask-outside"]);
  });
});
