import { sha256Hex } from "@livermark/core";

/**
 * A UID that depends on nothing but the seed: `2.25.` and the integer of a UUID (PS3.5 B.2) whose bits are the first
 * 128 of the seed's SHA-256, marked as version 8 (RFC 9562). Example: `uidFromSeed("case 1/series 2")`.
 */
export function uidFromSeed(seed: string): string {
  const hex = sha256Hex(seed).slice(0, 32);
  const variant = "89ab"[Number.parseInt(hex[16]!, 16) & 3]!;
  const uuid = `${hex.slice(0, 12)}8${hex.slice(13, 16)}${variant}${hex.slice(17)}`;
  return `2.25.${BigInt(`0x${uuid}`)}`;
}
