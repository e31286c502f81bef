import type { Vec3 } from "@livermark/imaging";
import type { FrameRef } from "./frame-ref.js";
import type { InstanceHeader, MosaicFacts } from "./header.js";

/**
 * The slices of a Siemens mosaic as frames. Tiles fill a square of ceil(√n) by ceil(√n), row by row. The position in
 * the header is that of a single image as large as the whole mosaic around the first slice's centre, so the first
 * tile's corner lies half the difference inwards; slices follow along the CSA slice normal, which may oppose the
 * right-handed one. Without that normal the slices get no position and the stack is refused.
 */
export function mosaicFrames(instance: InstanceHeader, mosaic: MosaicFacts, order: number): readonly FrameRef[] {
  const { rows: allRows, columns: allColumns } = instance.pixels!;
  const perSide = Math.ceil(Math.sqrt(mosaic.tiles));
  const rows = Math.floor(allRows / perSide);
  const columns = Math.floor(allColumns / perSide);
  const facts = instance.frames[0]!;
  const first = firstTile(instance, allRows - rows, allColumns - columns);
  return Array.from({ length: mosaic.tiles }, (_, n): FrameRef => {
    const { normal, sliceSpacingMm } = mosaic;
    const positionMm =
      first === null || normal === null || sliceSpacingMm === null
        ? null
        : ([0, 1, 2].map((axis) => first[axis]! + n * sliceSpacingMm * normal[axis]!) as [number, number, number]);
    return {
      instance,
      frame: 0,
      facts: { ...facts, positionMm },
      rows,
      columns,
      tile: {
        firstRow: Math.floor(n / perSide) * rows,
        firstColumn: (n % perSide) * columns,
        imageColumns: allColumns,
      },
      order: order + n,
    };
  });
}

function firstTile(instance: InstanceHeader, moreRows: number, moreColumns: number): Vec3 | null {
  const { positionMm, rowAxis, columnAxis, spacingMm } = instance.frames[0]!;
  if (positionMm === null || rowAxis === null || columnAxis === null || spacingMm === null) return null;
  const right = (moreColumns / 2) * spacingMm[0];
  const down = (moreRows / 2) * spacingMm[1];
  return [
    positionMm[0] + right * rowAxis[0] + down * columnAxis[0],
    positionMm[1] + right * rowAxis[1] + down * columnAxis[1],
    positionMm[2] + right * rowAxis[2] + down * columnAxis[2],
  ];
}
