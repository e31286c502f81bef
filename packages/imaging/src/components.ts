import { unitedRuns } from "./kernels/voxel-kernels.js";
import type { Mask } from "./volume.js";

/** How voxels of one component touch: by edges within a slice only, by faces, or by faces, edges and corners. */
export type Connectivity = 4 | 6 | 26;

/** Connected parts of a mask, the largest first; equal sizes in order of their first voxel. */
export interface Components {
  /** Voxels of each component. */
  readonly voxels: readonly number[];
  /** The mask of component n. */
  readonly mask: (n: number) => Mask;
  /** For each voxel 0 outside, else 1 + the number of its component; written into `target` where one is given. */
  readonly labels: (target?: Int32Array) => Int32Array;
}

/**
 * Splits a mask into its connected components in index space.
 * Method: runs along rows joined by union–find (Rosenfeld and Pfaltz 1966), so that memory follows the number of runs, not of
 * voxels. Example: `connectedComponents(mask, 6).voxels[0]` is the size of the largest.
 */
export function connectedComponents(mask: Mask, connectivity: Connectivity = 6): Components {
  const [columns] = mask.grid.size;
  const { runs, rowStart, parent, size } = unitedRuns(mask.data, mask.grid.size, connectivity);
  const n = runs.length / 2;
  const roots: number[] = [];
  for (let r = 0; r < n; r++) if (parent[r] === r) roots.push(r);
  sortBySize(roots, size);
  const rank = new Int32Array(n);
  roots.forEach((root, place) => {
    rank[root] = place;
  });

  const paint = (target: Uint8Array | Int32Array, value: (component: number) => number): void => {
    for (let row = 0; row < rowStart.length - 1; row++)
      for (let r = rowStart[row]!; r < rowStart[row + 1]!; r++) {
        const written = value(rank[parent[r]!]!);
        if (written === 0) continue;
        const end = row * columns + runs[2 * r + 1]!;
        for (let v = row * columns + runs[2 * r]!; v < end; v++) target[v] = written;
      }
  };
  return {
    voxels: roots.map((root) => size[root]!),
    mask(wanted) {
      const data = new Uint8Array(mask.data.length);
      paint(data, (component) => (component === wanted ? 1 : 0));
      return { name: `${mask.name}, part ${wanted + 1}`, grid: mask.grid, data };
    },
    labels(target) {
      const labels = target?.fill(0) ?? new Int32Array(mask.data.length);
      paint(labels, (component) => component + 1);
      return labels;
    },
  };
}

/** The largest first, equal ones in the order given; most components of a noisy mask are tiny, so those are counted out. */
function sortBySize(roots: number[], size: Int32Array): void {
  const tiny = 64;
  const large = roots.filter((root) => size[root]! >= tiny).sort((a, b) => size[b]! - size[a]! || a - b);
  const next = new Int32Array(tiny + 1);
  for (const root of roots) if (size[root]! < tiny) next[size[root]!]!++;
  let at = large.length;
  for (let s = tiny - 1; s >= 0; s--) {
    const n = next[s]!;
    next[s] = at;
    at += n;
  }
  const sorted = new Int32Array(roots.length);
  sorted.set(large);
  for (const root of roots) if (size[root]! < tiny) sorted[next[size[root]!]!++] = root;
  for (let n = 0; n < roots.length; n++) roots[n] = sorted[n]!;
}
