/** Rows sorted by time with distinct-time tables, so that one scan is O(n log n). */
export interface ScanData {
  readonly n: number;
  /** Index of the distinct time of each row. */
  readonly slot: Int32Array;
  readonly event: Uint8Array;
  readonly marker: Float64Array;
  readonly byMarker: Uint32Array;
  readonly slots: number;
}

/** All admissible cuts, ascending; the arrays hold `count` of them. */
export interface Cuts {
  readonly cut: Float64Array;
  readonly low: Int32Array;
  readonly standardized: Float64Array;
  readonly chiSquare: Float64Array;
  readonly count: number;
}

/**
 * Log-rank scores of the rows in the order of the marker: event less the cumulative Σ events / (n − γ + 1), where γ counts the
 * rows with a time up to and including each (Hothorn and Lausen 2003).
 */
export function logRankScores({ n, slot, event, byMarker, slots }: ScanData): Float64Array {
  const rows = new Float64Array(slots);
  const deaths = new Float64Array(slots);
  for (let i = 0; i < n; i++) {
    rows[slot[i]!]!++;
    deaths[slot[i]!]! += event[i]!;
  }
  const hazard = new Float64Array(slots);
  let sum = 0;
  let later = n;
  for (let k = 0; k < slots; k++) {
    later -= rows[k]!;
    sum += deaths[k]! / (later + 1);
    hazard[k] = sum;
  }
  return Float64Array.from(byMarker, (row) => event[row]! - hazard[slot[row]!]!);
}

/**
 * Scans all cuts for rows counted `counts` times (null = once). Moving one row to the low group adds Λ(t) to its expected
 * events; its variance changes by sums over earlier rows of K(min(t, t′)), which a tree over times gives in log n steps.
 */
export function scan(data: ScanData, counts: Uint32Array | null, smallest: number, largest: number): Cuts {
  const { n, slot, event, marker, byMarker, slots } = data;
  const times = new Float64Array(slots);
  const deaths = new Float64Array(slots);
  let total = 0;
  for (let i = 0; i < n; i++) {
    const c = counts === null ? 1 : counts[i]!;
    total += c;
    times[slot[i]!]! += c;
    if (event[i] === 1) deaths[slot[i]!]! += c;
  }
  // Cumulated to each time: hazard d/r, linear part d(r−d)/(r−1)/r, squared part d(r−d)/(r−1)/r², and the score's hazard.
  const hazard = new Float64Array(slots);
  const linear = new Float64Array(slots);
  const squared = new Float64Array(slots);
  const scoreHazard = new Float64Array(slots);
  let atRisk = total;
  for (let k = 0, h = 0, a = 0, b = 0, s = 0; k < slots; k++) {
    const d = deaths[k]!;
    if (d > 0) {
      h += d / atRisk;
      const spread = atRisk > 1 ? (d * (atRisk - d)) / (atRisk - 1) : 0;
      a += spread / atRisk;
      b += spread / (atRisk * atRisk);
      // The scores number tied times by the last of them (Hothorn and Lausen 2003).
      s += d / (atRisk - times[k]! + 1);
    }
    hazard[k] = h;
    linear[k] = a;
    squared[k] = b;
    scoreHazard[k] = s;
    atRisk -= times[k]!;
  }
  let scoreSum = 0;
  for (let i = 0; i < n; i++) scoreSum += (counts === null ? 1 : counts[i]!) * (event[i]! - scoreHazard[slot[i]!]!);
  const scoreMean = scoreSum / total;
  let scoreSquares = 0;
  for (let i = 0; i < n; i++) {
    scoreSquares += (counts === null ? 1 : counts[i]!) * (event[i]! - scoreHazard[slot[i]!]! - scoreMean) ** 2;
  }
  const treeSum = new Float64Array(slots + 1);
  const treeCount = new Float64Array(slots + 1);
  const cut = new Float64Array(n);
  const low = new Int32Array(n);
  const standardized = new Float64Array(n);
  const chiSquare = new Float64Array(n);
  // As in R's maxstat: shares are turned into counts by rounding down.
  const fewest = Math.floor(total * smallest + 1e-9);
  const most = Math.floor(total * largest + 1e-9);
  let found = 0;
  let inLow = 0;
  let observed = 0;
  let expected = 0;
  let variance = 0;
  let score = 0;
  for (let i = 0; i < n; ) {
    const value = marker[byMarker[i]!]!;
    for (; i < n && marker[byMarker[i]!] === value; i++) {
      const row = byMarker[i]!;
      const c = counts === null ? 1 : counts[row]!;
      if (c === 0) continue;
      const k = slot[row]!;
      let sumBefore = 0;
      let countBefore = 0;
      for (let node = k + 1; node > 0; node &= node - 1) {
        sumBefore += treeSum[node]!;
        countBefore += treeCount[node]!;
      }
      const shared = sumBefore + (inLow - countBefore) * squared[k]!;
      observed += c * event[row]!;
      expected += c * hazard[k]!;
      score += c * (event[row]! - scoreHazard[k]!);
      variance += c * linear[k]! - 2 * c * shared - c * c * squared[k]!;
      for (let node = k + 1; node <= slots; node += node & -node) {
        treeSum[node]! += c * squared[k]!;
        treeCount[node]! += c;
      }
      inLow += c;
    }
    if (inLow === 0 || inLow === total || inLow < fewest || inLow > most) continue;
    if (found > 0 && low[found - 1] === inLow) continue;
    const permutation = (scoreSquares * inLow * (total - inLow)) / (total * (total - 1));
    cut[found] = value;
    low[found] = inLow;
    standardized[found] = permutation > 0 ? Math.abs(score - inLow * scoreMean) / Math.sqrt(permutation) : 0;
    chiSquare[found] = variance > 1e-12 ? (observed - expected) ** 2 / variance : Number.NaN;
    found++;
  }
  return { cut, low, standardized, chiSquare, count: found };
}

/** Index of the largest finite value from `from` on; −1 when there is none. */
export function largestOf(values: Float64Array, count: number, from = 0): number {
  let best = -1;
  for (let i = from; i < count; i++) if (values[i]! >= 0 && (best < 0 || values[i]! > values[best]!)) best = i;
  return best;
}
