import type { Random } from "@livermark/core";

/** Rows of the analysis by cluster, as positions. */
export function clustersOf(names: readonly string[]): readonly (readonly number[])[] {
  const byName = new Map<string, number[]>();
  names.forEach((name, i) => {
    const own = byName.get(name) ?? [];
    own.push(i);
    byName.set(name, own);
  });
  return [...byName.values()];
}

/**
 * A permutation of values in which whole clusters change places with clusters of the same size, so that what rows of one
 * cluster share stays together. Example: `shuffledClusters(["a", "b", "b"], [[0], [1, 2]], stream)`.
 */
export function shuffledClusters<T>(
  values: readonly T[],
  clusters: readonly (readonly number[])[],
  stream: Random,
): readonly T[] {
  const moved = [...values];
  const sizes = new Map<number, (readonly number[])[]>();
  for (const cluster of clusters) sizes.set(cluster.length, [...(sizes.get(cluster.length) ?? []), cluster]);
  for (const same of sizes.values()) {
    const order = stream.permutation(same.length);
    same.forEach((target, i) => {
      const source = same[order[i] ?? 0] ?? target;
      target.forEach((position, k) => {
        const value = values[source[k] ?? 0];
        if (value !== undefined) moved[position] = value;
      });
    });
  }
  return moved;
}

/** Positions of whole clusters drawn with replacement. */
export function drawClusters(clusters: readonly (readonly number[])[], stream: Random): readonly number[] {
  return clusters.flatMap(() => clusters[stream.integer(clusters.length)] ?? []);
}
