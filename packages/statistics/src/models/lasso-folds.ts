import { ok, type Result, random, refuse } from "@livermark/core";
import type { LassoData } from "./lasso.js";

/** The fold (any whole number) of each row as given, or how to draw folds of equal size. */
export type FoldChoice = ArrayLike<number> | { readonly seed: number; readonly count: number };

/** Rows of each fold. Refuses fewer than three folds and folds that do not cover the rows. */
export function foldsOf(data: LassoData, folds: FoldChoice): Result<Int32Array[]> {
  let codes: ArrayLike<number>;
  if ("seed" in folds) {
    const { count, seed } = folds;
    if (!(Number.isInteger(count) && count >= 3 && count <= data.n)) {
      return refuse({
        code: "fold-count",
        message: "Cross-validation needs at least three folds, and no more than rows.",
        got: count,
        wanted: `3 … ${data.n}`,
      });
    }
    const order = random(seed).permutation(data.n);
    const drawn = new Int32Array(data.n);
    order.forEach((row, i) => {
      drawn[row] = i % count;
    });
    codes = drawn;
  } else {
    const furthest = data.rows[data.rows.length - 1] ?? 0;
    if (folds.length <= furthest)
      return refuse({
        code: "unequal-lengths",
        message: "There is not one fold per row.",
        got: folds.length,
        wanted: `at least ${furthest + 1}`,
      });
    codes = Int32Array.from(data.rows, (row) => folds[row]!);
  }
  const parts = new Map<number, number[]>();
  for (let i = 0; i < data.n; i++) {
    const part = parts.get(codes[i]!) ?? [];
    part.push(i);
    parts.set(codes[i]!, part);
  }
  if (parts.size < 3)
    return refuse({
      code: "fold-count",
      message: "Cross-validation needs at least three folds.",
      got: parts.size,
      wanted: "3 or more",
    });
  return ok([...parts.keys()].sort((a, b) => a - b).map((key) => Int32Array.from(parts.get(key)!)));
}

/** Why a fold cannot be scored, or null. */
export function foldTrouble(data: LassoData, held: Int32Array, measure: string): string | null {
  if (data.family === "gaussian") return null;
  let inside = 0;
  for (const row of held) inside += data.y[row]!;
  const outside = data.events! - inside;
  if (data.family === "cox")
    return outside === 0 ? "all events lie in one fold" : inside === 0 ? "a fold holds no event" : null;
  if (outside === 0 || outside === data.n - held.length) return "the rows outside a fold have one class only";
  return measure === "auc" && (inside === 0 || inside === held.length)
    ? "a fold has one class only, so it has no area"
    : null;
}
