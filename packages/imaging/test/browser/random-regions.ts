import { random, unwrap } from "@livermark/core";
import {
  adcMap,
  axialDiameters,
  countEnhancing,
  type Grid,
  ibsiFirstOrder,
  indexToPatient,
  letb,
  maskDigest,
  type Region,
  rasterise,
  regionStats,
  ser,
  type Vec3,
  type Volume,
  type VoxelArray,
} from "@livermark/imaging";

/** A volume as it travels to the browser: its geometry, and its voxels as bytes of one array type. */
export interface Shipped {
  readonly grid: Grid;
  readonly type: "int16" | "float64";
  readonly url: string;
}

const toVolume = (grid: Grid, data: VoxelArray): Volume => ({
  grid,
  data,
  unit: "a.u.",
  modality: "OT",
  scale: { id: "one", proven: true, reason: "test", filters: [] },
  source: { seriesUid: "1.2.3", frameOfReferenceUid: null, description: "", files: 1, sha256: "00" },
});

/** A random region of each kind in turn, somewhere inside the grid. */
function randomRegion(grid: Grid, n: number, seed: number): Region {
  const draw = random(seed).fork(`region ${n}`);
  const within = (axis: 0 | 1 | 2): number => grid.size[axis] * (0.25 + 0.5 * draw.uniform());
  const [i, j, k] = [within(0), within(1), Math.floor(within(2))];
  const center = indexToPatient(grid, i, j, k);
  const along = (axis: 0 | 1, mm: number): Vec3 => {
    const a = grid.axes[axis];
    return [a[0] * mm, a[1] * mm, a[2] * mm];
  };
  const mm = 4 + 20 * draw.uniform();
  switch (n % 5) {
    case 0:
      return { kind: "disc", center, radiusMm: mm };
    case 1:
      return { kind: "ellipse", center, axis1: along(0, mm), axis2: along(1, mm * 0.6) };
    case 2:
      return { kind: "cube", center, volumeCm3: 1 + 8 * draw.uniform() };
    case 3:
      return { kind: "sphere", center, volumeCm3: 1 + 20 * draw.uniform() };
    default: {
      const points = Array.from({ length: 3 + draw.integer(9) }, () =>
        indexToPatient(grid, i + 30 * (draw.uniform() - 0.5), j + 30 * (draw.uniform() - 0.5), k),
      );
      return { kind: "polygon", points };
    }
  }
}

/**
 * Measures `count` random regions on one image and returns everything as text: a number's shortest form names its bits, so
 * equal text means equal bits.
 */
export function measureRandomRegions(grid: Grid, data: VoxelArray, count: number, seed: number): string[] {
  const image = toVolume(grid, data);
  const shifted = toVolume(grid, data.slice().reverse());
  const whole = toVolume(grid, data instanceof Int16Array ? data : Int16Array.from(data));
  const other = toVolume(grid, whole.data.slice().reverse());
  const liver = unwrap(
    rasterise(
      { kind: "sphere", unit: "voxel", center: [grid.size[0] / 2, grid.size[1] / 2, grid.size[2] / 2], volumeCm3: 900 },
      grid,
    ),
  );
  const lines: string[] = [];
  for (let n = 0; n < count; n++) {
    const region = unwrap(rasterise(randomRegion(grid, n, seed), grid));
    const cut = { cutLiverOverride: "test" };
    lines.push(
      JSON.stringify({
        digest: maskDigest(region),
        statistics: regionStats({ volume: image, region }),
        ibsi: ibsiFirstOrder(image, region),
        hull: axialDiameters(region, "in-plane-interpolated"),
        ser: ser({ pre: image, portal: shifted, lesions: [{ pre: region, portal: region }] }),
        letb: n < 4 ? letb({ pre: whole, arterial: other, liver, references: [region] }, cut) : null,
        count: countEnhancing(whole.data, other.data, region.data, n - 20),
      }),
    );
  }
  // 16-bit numbers above zero give an ADC everywhere but where the image has no signal.
  const map = unwrap(
    adcMap(
      [
        { b: 0, volume: whole },
        { b: 100, volume: other },
        { b: 800, volume: whole },
      ],
      { residualMap: false },
    ),
  ).adc.data;
  lines.push(maskDigest({ name: "map", grid, data: new Uint8Array(map.buffer).map((byte) => byte & 1) }));
  const summary = Array.from({ length: 1000 }, (_, n) => map[(n * 7919) % map.length]);
  lines.push(JSON.stringify(summary));
  return lines;
}

/** What the page calls. */
export async function measureShipped(shipped: Shipped, count: number, seed: number): Promise<string[]> {
  const bytes = await (await fetch(shipped.url)).arrayBuffer();
  const data = shipped.type === "int16" ? new Int16Array(bytes) : new Float64Array(bytes);
  return measureRandomRegions(shipped.grid, data, count, seed);
}
