/** Edit distance with adjacent transpositions (Damerau 1964, optimal string alignment), in edits. */
export function editDistance(a: string, b: string): number {
  let beforeLast: number[] = [];
  let last = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    for (let j = 1; j <= b.length; j++) {
      const cost = a[i - 1] === b[j - 1] ? 0 : 1;
      let best = Math.min(row[j - 1]! + 1, last[j]! + 1, last[j - 1]! + cost);
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1])
        best = Math.min(best, beforeLast[j - 2]! + 1);
      row.push(best);
    }
    beforeLast = last;
    last = row;
  }
  return last[b.length]!;
}

const plain = (text: string): string => text.toLowerCase().replace(/[\s_-]+/g, "");

/**
 * The known word a person probably meant, or null when none is near: at most one edit in three letters.
 * Case, spaces, hyphens and underscores do not count. Example: `closest("basline", ["baseline", "month-6"])` is `baseline`.
 */
export function closest(word: string, known: readonly string[]): string | null {
  const wanted = plain(word);
  let best: string | null = null;
  let bestDistance = Number.POSITIVE_INFINITY;
  for (const candidate of known) {
    const distance = editDistance(wanted, plain(candidate));
    if (distance < bestDistance) {
      best = candidate;
      bestDistance = distance;
    }
  }
  return bestDistance <= Math.max(1, Math.floor(wanted.length / 3)) ? best : null;
}

/** `Did you mean X?`, or an empty string. */
export const didYouMean = (word: string, known: readonly string[]): string => {
  const guess = closest(word, known);
  return guess === null ? "" : `Did you mean "${guess}"?`;
};
