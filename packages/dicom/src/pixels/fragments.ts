import { ok, type Result, refuse } from "@livermark/core";
import type { FileSource } from "../files/source.js";

/** Place of one fragment's bytes in its file. */
export interface Fragment {
  readonly offset: number;
  readonly length: number;
}

/** Encapsulated pixel data: the basic offset table and the fragments (PS3.5 A.4). */
export interface Fragments {
  readonly offsetTable: readonly number[];
  readonly list: readonly Fragment[];
  /** Where the first fragment's item begins; the offset table counts from here. */
  readonly base: number;
}

const MOST_FRAGMENTS = 1_000_000;

/**
 * Walks the items of encapsulated pixel data that begin at `offset`, reading only their headers.
 * Refuses a fragment that ends after the file, a foreign tag, and data without any fragment.
 */
export function fragmentsOf(source: FileSource, offset: number): Result<Fragments> {
  const damaged = (detail: string): Result<never> =>
    refuse({
      code: "truncated",
      message: `The compressed pixel data are damaged: ${detail}.`,
      wanted: "complete fragments and a sequence delimiter",
      mend: "Export or copy the file again.",
    });
  const list: Fragment[] = [];
  let offsetTable: number[] = [];
  let first = true;
  let base = 0;
  let at = offset;
  while (list.length <= MOST_FRAGMENTS) {
    const head = source.read(at, at + 8);
    if (head.length < 8) {
      return damaged("they end without a sequence delimiter");
    }
    const view = new DataView(head.buffer, head.byteOffset, 8);
    const group = view.getUint16(0, true);
    const element = view.getUint16(2, true);
    const length = view.getUint32(4, true);
    at += 8;
    if (group !== 0xfffe) return damaged(`byte ${at - 8} holds no item`);
    if (element === 0xe0dd) break;
    if (element !== 0xe000) return damaged(`byte ${at - 8} holds no item`);
    if (at + length > source.size) return damaged(`a fragment of ${length} bytes at byte ${at} ends after the file`);
    if (first) {
      const table = source.read(at, at + Math.min(length, 4 * MOST_FRAGMENTS));
      const offsets = new DataView(table.buffer, table.byteOffset, table.byteLength);
      offsetTable = Array.from({ length: Math.floor(table.length / 4) }, (_, n) => offsets.getUint32(4 * n, true));
      base = at + length;
      first = false;
    } else list.push({ offset: at, length });
    at += length;
  }
  return list.length === 0 ? damaged("there is no fragment") : ok({ offsetTable, list, base });
}

const isStart = (bytes: Uint8Array): boolean =>
  (bytes[0] === 0xff && (bytes[1] === 0xd8 || bytes[1] === 0x4f)) ||
  // JP2 signature box
  (bytes[4] === 0x6a && bytes[5] === 0x50 && bytes[6] === 0x20 && bytes[7] === 0x20);

/**
 * The compressed bytes of each frame: one fragment each where the counts agree, all of them for a single frame, else
 * by the offset table, else by the code streams' own start markers. Refuses where none of these fits.
 */
export function frameStreams(source: FileSource, fragments: Fragments, frames: number): Result<readonly Uint8Array[]> {
  const { list, offsetTable, base } = fragments;
  const join = (parts: readonly Fragment[]): Uint8Array => {
    const whole = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
    let at = 0;
    for (const part of parts) {
      whole.set(source.read(part.offset, part.offset + part.length), at);
      at += part.length;
    }
    return whole;
  };
  if (frames === 1) return ok([join(list)]);
  if (list.length === frames) return ok(list.map((part) => join([part])));
  const starts =
    offsetTable.length === frames
      ? offsetTable.map((offset) => list.findIndex((part) => part.offset - 8 === base + offset))
      : list.flatMap((part, n) => (isStart(source.read(part.offset, part.offset + 8)) ? [n] : []));
  if (starts.length !== frames || starts.some((start, n) => start < 0 || (n > 0 && start <= starts[n - 1]!))) {
    return refuse({
      code: "frame-count",
      message: "The compressed fragments cannot be assigned to frames.",
      got: `${list.length} fragments`,
      wanted: `${frames} frames`,
      mend: "Export the image again with an offset table.",
    });
  }
  return ok(starts.map((start, n) => join(list.slice(start, starts[n + 1] ?? list.length))));
}
