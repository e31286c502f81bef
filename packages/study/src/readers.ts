import { compareStrings } from "@livermark/core";

/**
 * Whose read enters the analysis: the consensus (null) where there is one and the protocol wants it, otherwise the
 * first reader in the order of study.yaml, otherwise the first by name. Undefined when nobody read.
 */
export function analysisReader(
  readers: readonly (string | null)[],
  rule: "consensus" | "first" | "mean",
  order: readonly string[],
): string | null | undefined {
  if (readers.length === 0) return undefined;
  if (rule === "consensus" && readers.includes(null)) return null;
  const named = readers.filter((reader) => reader !== null);
  if (named.length === 0) return null;
  return order.find((reader) => named.includes(reader)) ?? [...named].sort(compareStrings)[0];
}
