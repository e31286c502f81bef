import type { Vec3 } from "@livermark/imaging";
import { column, type Solid, superquadric, tube, union } from "./shape.js";
import { tissue } from "./tissue.js";

/** A tissue and where it lies. */
export interface Organ {
  readonly code: number;
  readonly inside: Solid;
}

/** About which the liver is scaled, mm. */
export const liverCenter: Vec3 = [-52, -14, 4];

/** Liver with its veins and gallbladder, in the standard body's millimetres. */
export function liverSolids(vary: (spread: number) => number): {
  liver: Solid;
  portal: Solid;
  veins: Solid;
  bladder: Solid;
} {
  const right = superquadric([-72, 6, 0], [57 * vary(0.05), 70 * vary(0.05), 64 * vary(0.06)], 2.3, -0.12);
  const dome = superquadric([-64, -8, 28], [56, 58 * vary(0.05), 46], 2.2);
  const left = superquadric([-6, -50, 20], [64 * vary(0.12), 29 * vary(0.1), 36 * vary(0.1)], 2.1, 0.18);
  const tip = superquadric([-92, 16, -44], [34, 44, 42 * vary(0.12)], 2.2);
  const bladder = superquadric([-44, -36, -34], [17 * vary(0.1), 21, 30], 2, 0.3);
  const portal = union(
    tube(
      [
        [-2, 20, -42],
        [-18, 8, -18],
        [-34, -2, 0],
      ],
      7.5,
      6.5,
    ),
    tube(
      [
        [-34, -2, 0],
        [-62, 6, 6],
        [-88, 16, 4],
        [-108, 30, -6],
      ],
      6,
      2,
    ),
    tube(
      [
        [-62, 6, 6],
        [-80, -22, 14],
        [-92, -42, 22],
      ],
      4.2,
      1.5,
    ),
    tube(
      [
        [-88, 16, 4],
        [-96, 26, -28],
        [-100, 28, -50],
      ],
      3.6,
      1.5,
    ),
    tube(
      [
        [-34, -2, 0],
        [-24, -26, 12],
        [-4, -44, 20],
        [28, -52, 26],
      ],
      5,
      1.8,
    ),
  );
  const veins = union(
    tube(
      [
        [-26, 24, 58],
        [-58, 26, 44],
        [-86, 32, 20],
        [-104, 36, -14],
      ],
      5.5,
      1.6,
    ),
    tube(
      [
        [-24, 20, 58],
        [-44, -10, 46],
        [-58, -34, 28],
        [-64, -44, 4],
      ],
      5,
      1.6,
    ),
    tube(
      [
        [-20, 18, 58],
        [-4, -22, 48],
        [14, -44, 38],
        [36, -54, 30],
      ],
      4.6,
      1.5,
    ),
  );
  return { liver: union(right, dome, left, tip), portal, veins, bladder };
}

/** Small bowel as wound tubes, colon with air and stool, and the vessels of the mesentery; all below the stomach. */
function bowel(): readonly Organ[] {
  const organs: Organ[] = [];
  const gut = (path: readonly Vec3[], radius: number, wall: number, airAt: Solid): void => {
    const lumen = tube(path, radius - wall, radius - wall);
    organs.push(
      { code: tissue.gas, inside: (x, y, z) => lumen(x, y, z) && airAt(x, y, z) },
      { code: tissue.stomach, inside: lumen },
      { code: tissue.wall, inside: tube(path, radius, radius) },
    );
  };
  const wound = (cx: number, cy: number, cz: number, turn: number): readonly Vec3[] =>
    Array.from({ length: 15 }, (_, n) => {
      const t = (n / 14) * 2 * Math.PI * 1.3 + turn;
      return [cx + 30 * Math.cos(t), cy + 15 * Math.sin(1.7 * t + turn), cz + 15 * Math.sin(t) - 14 * (n / 14)];
    });
  const bubbles: Solid = (x, y, z) => Math.sin(x / 6.1 + z / 4.7) + Math.sin(y / 5.3 - z / 6.7) > 1.25;
  // Air gathers in front, where a lying patient's bowel is highest.
  const front: Solid = (x, y, z) => y < -62 + 5 * Math.sin(x / 11) || bubbles(x, y, z);
  const transverse: readonly Vec3[] = [
    [-86, -34, -84],
    [-60, -62, -74],
    [-20, -72, -70],
    [24, -73, -68],
    [66, -62, -60],
    [98, -28, -46],
    [110, 8, -34],
  ];
  gut(transverse, 17, 2.2, front);
  gut(
    [
      [110, 8, -34],
      [112, 26, -60],
      [108, 34, -110],
    ],
    14,
    2,
    bubbles,
  );
  gut(
    [
      [-86, -34, -84],
      [-98, -4, -96],
      [-104, 14, -125],
    ],
    19,
    2.2,
    bubbles,
  );
  for (const [n, [x, y, z]] of (
    [
      [28, -38, -56],
      [70, -18, -64],
      [20, -26, -92],
      [62, -40, -96],
      [-34, -38, -104],
      [2, -46, -122],
    ] as const
  ).entries())
    gut(wound(x, y, z, 1.1 * n), 11 + (n % 3), 2.6, bubbles);
  for (let n = 0; n < 7; n++) {
    const angle = -1.1 + 0.42 * n;
    const reach = (share: number): Vec3 => [
      6 + 78 * share * Math.sin(angle),
      6 - 46 * share * Math.cos(angle) ** 2,
      -40 - 60 * share * (0.6 + 0.08 * n),
    ];
    organs.push(
      { code: tissue["portal-vein"], inside: tube([[4, 8, -36], reach(0.5), reach(1)], 3, 1.2) },
      { code: tissue.aorta, inside: tube([[10, 12, -40], reach(0.54), reach(0.96)], 1.8, 0.9) },
    );
  }
  return organs;
}

/** Organs around the liver from front to back of the drawing order: the first that holds a point wins. */
export function neighbours(vary: (spread: number) => number): readonly Organ[] {
  const organ = (code: number, inside: Solid): Organ => ({ code, inside });
  const kidney = (side: -1 | 1): readonly Organ[] => {
    const center: Vec3 = [66 * side, 46, side < 0 ? -56 : -40];
    const cortex = superquadric(center, [30 * vary(0.06), 27 * vary(0.06), 54], 2.2, 0.5 * side);
    const medulla = superquadric([center[0], center[1], center[2]], [20, 17, 44], 2, 0.5 * side);
    const sinus = superquadric([center[0] - 12 * side, center[1] - 5, center[2]], [12, 8, 22], 2, 0.5 * side);
    return [organ(tissue.fat, sinus), organ(tissue["kidney-medulla"], medulla), organ(tissue["kidney-cortex"], cortex)];
  };
  const stomach = superquadric([58, -42, 30], [44 * vary(0.12), 34 * vary(0.1), 46], 2.2, 0.35);
  const lumen = superquadric([58, -42, 30], [39, 29, 41], 2.2, 0.35);
  const bubbleLevel = -58 + 8 * (vary(0.5) - 1);
  const loops = bowel();
  return [
    organ(
      tissue.aorta,
      tube(
        [
          [13, 26, -6],
          [10, 10, -10],
          [-6, 4, -12],
          [-22, 2, -8],
        ],
        4,
        2.4,
      ),
    ),
    ...kidney(-1),
    ...kidney(1),
    organ(tissue.spleen, superquadric([101, 28, 16], [30 * vary(0.1), 46 * vary(0.08), 52 * vary(0.1)], 2.2, -0.45)),
    organ(tissue.gas, (x, y, z) => y < bubbleLevel && lumen(x, y, z)),
    organ(tissue.stomach, lumen),
    organ(tissue.wall, stomach),
    organ(
      tissue.pancreas,
      tube(
        [
          [-16, 0, -40],
          [6, -8, -28],
          [36, 2, -18],
          [66, 12, -8],
        ],
        12,
        8,
      ),
    ),
    organ(
      tissue["portal-vein"],
      tube(
        [
          [-2, 14, -34],
          [30, 14, -18],
          [72, 24, -2],
        ],
        5,
        3.5,
      ),
    ),
    ...loops,
  ];
}

/** Spine and back muscles, all within 62 mm of the midline and behind y = 40. */
export function spine(): readonly Organ[] {
  const body = column([0, 62], [23, 17], 2.3);
  const discAt = (z: number): boolean => Math.abs(((((z + 11) % 32) + 32) % 32) - 16) > 13.2;
  const marrow = column([0, 62], [20.5, 14.6], 2.3);
  const transverse = column([0, 76], [34, 4]);
  const psoas = union(column([34, 58], [14, 15]), column([-34, 58], [14, 15]));
  const spinous = column([0, 103], [4, 13]);
  return [
    { code: tissue.wall, inside: (x, y, z) => discAt(z) && body(x, y, z) },
    { code: tissue.marrow, inside: marrow },
    { code: tissue.cortical, inside: body },
    { code: tissue.canal, inside: column([0, 86], [9, 8]) },
    { code: tissue.cortical, inside: union(column([0, 88], [15, 14]), spinous) },
    { code: tissue.cortical, inside: (x, y, z) => !discAt(z) && transverse(x, y, z) },
    { code: tissue.muscle, inside: union(column([31, 86], [25, 14], 2.4), column([-31, 86], [25, 14], 2.4)) },
    { code: tissue.muscle, inside: (x, y, z) => z < -12 && psoas(x, y, z) },
  ];
}

/** Nine pairs of oblique ribs, all within the wall. */
export function ribs(): readonly Organ[] {
  const organs: Organ[] = [];
  for (let n = 0; n < 9; n++)
    for (const side of [-1, 1] as const) {
      const at = (t: number): Vec3 => [
        side * 137 * Math.sin(t) ** 0.9,
        2 - 92 * Math.cos(t),
        30 * n - 108 - 23.4 * Math.cos(t),
      ];
      const path = Array.from({ length: 13 }, (_, m) => at(0.95 + (m / 12) * 1.95));
      organs.push(
        { code: tissue.marrow, inside: tube(path, 2.6, 2.6) },
        { code: tissue.cortical, inside: tube(path, 4.8, 4.8) },
      );
    }
  return organs;
}
