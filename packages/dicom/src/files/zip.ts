import { inflateRawSync } from "node:zlib";
import { ok, type Result, refuse } from "@livermark/core";
import { LIMITS, type Limits } from "../parse/limits.js";
import type { FileSource } from "./source.js";

const LOCAL = 0x04034b50;
const CENTRAL = 0x02014b50;
const END = 0x06054b50;
const END64 = 0x06064b50;
const END64_LOCATOR = 0x07064b50;

/** Deflate cannot compress better than about 1 : 1032; more means members that overlap, which only a bomb has. */
const MOST_RATIO = 1100;

const viewOf = (bytes: Uint8Array): DataView => new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);

/** Whether the file begins like a zip archive. */
export function isZip(source: FileSource): boolean {
  if (source.size < 22) return false;
  const signature = viewOf(source.read(0, 4)).getUint32(0, true);
  return signature === LOCAL || signature === END;
}

interface Directory {
  readonly offset: number;
  readonly size: number;
  readonly entries: number;
}

function findDirectory(source: FileSource): Directory | null {
  const tailAt = Math.max(0, source.size - 65_557);
  const tail = source.read(tailAt, source.size);
  const view = viewOf(tail);
  for (let at = tail.length - 22; at >= 0; at--) {
    if (view.getUint32(at, true) !== END) continue;
    const plain = {
      entries: view.getUint16(at + 10, true),
      size: view.getUint32(at + 12, true),
      offset: view.getUint32(at + 16, true),
    };
    const needs64 = plain.entries === 0xffff || plain.size === 0xffffffff || plain.offset === 0xffffffff;
    if (!needs64) return plain;
    if (at < 20 || view.getUint32(at - 20, true) !== END64_LOCATOR) return null;
    const at64 = Number(view.getBigUint64(at - 12, true));
    if (at64 + 56 > source.size) return null;
    const end64 = viewOf(source.read(at64, at64 + 56));
    if (end64.getUint32(0, true) !== END64) return null;
    return {
      entries: Number(end64.getBigUint64(32, true)),
      size: Number(end64.getBigUint64(40, true)),
      offset: Number(end64.getBigUint64(48, true)),
    };
  }
  return null;
}

interface Entry {
  readonly name: string;
  readonly method: number;
  readonly encrypted: boolean;
  readonly packed: number;
  readonly size: number;
  readonly header: number;
}

function readEntries(directory: Uint8Array, count: number): readonly Entry[] | null {
  const view = viewOf(directory);
  const entries: Entry[] = [];
  let at = 0;
  for (let n = 0; n < count; n++) {
    if (at + 46 > directory.length || view.getUint32(at, true) !== CENTRAL) return null;
    const nameLength = view.getUint16(at + 28, true);
    const extraLength = view.getUint16(at + 30, true);
    const commentLength = view.getUint16(at + 32, true);
    const end = at + 46 + nameLength + extraLength;
    if (end > directory.length) return null;
    let packed = view.getUint32(at + 20, true);
    let size = view.getUint32(at + 24, true);
    let header = view.getUint32(at + 42, true);
    for (let extra = at + 46 + nameLength; extra + 4 <= end; extra += 4 + view.getUint16(extra + 2, true)) {
      if (view.getUint16(extra, true) !== 1) continue;
      let field = extra + 4;
      const next = (): number => {
        if (field + 8 > end) return Number.POSITIVE_INFINITY;
        field += 8;
        return Number(view.getBigUint64(field - 8, true));
      };
      if (size === 0xffffffff) size = next();
      if (packed === 0xffffffff) packed = next();
      if (header === 0xffffffff) header = next();
    }
    const flags = view.getUint16(at + 8, true);
    entries.push({
      name: new TextDecoder(flags & 0x800 ? "utf-8" : "windows-1252").decode(
        directory.subarray(at + 46, at + 46 + nameLength),
      ),
      method: view.getUint16(at + 10, true),
      encrypted: (flags & 1) === 1,
      packed,
      size,
      header,
    });
    at = end + commentLength;
  }
  return entries;
}

/** A member, or the reason why it cannot be read. */
export interface ZipMember {
  readonly source: FileSource;
  readonly problem: string | null;
}

/** The member that was inflated last: headers are read in small pieces, and a member can only be inflated whole. */
let lastInflated: { readonly archive: FileSource; readonly header: number; readonly bytes: Uint8Array } | null = null;

function readMember(archive: FileSource, entry: Entry): Uint8Array {
  if (lastInflated?.archive === archive && lastInflated.header === entry.header) return lastInflated.bytes;
  const local = viewOf(archive.read(entry.header, entry.header + 30));
  if (local.byteLength < 30 || local.getUint32(0, true) !== LOCAL) return new Uint8Array(0);
  const start = entry.header + 30 + local.getUint16(26, true) + local.getUint16(28, true);
  const packed = archive.read(start, start + entry.packed);
  let bytes: Uint8Array = packed;
  if (entry.method === 8) {
    try {
      bytes = inflateRawSync(packed, { maxOutputLength: Math.max(1, entry.size) });
    } catch {
      // A damaged or lying member reads as empty; the caller then reports it as truncated.
      bytes = new Uint8Array(0);
    }
  }
  lastInflated = { archive, header: entry.header, bytes };
  return bytes;
}

/**
 * Members of a zip archive in the order of their names, each readable by itself (nothing is unpacked to disk).
 * Refuses a damaged directory, more members or bytes than the limits, and archives whose members overlap.
 * A member that is encrypted, too large or packed by another method than deflate carries its `problem`.
 * Format: PKWARE APPNOTE 6.3.
 */
export function zipMembers(archive: FileSource, limits: Limits = LIMITS): Result<readonly ZipMember[]> {
  const damaged = (detail: string): Result<never> =>
    refuse({
      code: "bad-archive",
      message: `The zip archive cannot be read: ${detail}.`,
      wanted: "a complete zip archive",
      mend: "Copy or pack it again.",
      where: { file: archive.file },
    });
  const directory = findDirectory(archive);
  if (directory === null) return damaged("its directory is missing");
  if (directory.entries > limits.files || directory.size > limits.headerBytes)
    return damaged("it has too many members");
  if (directory.offset + directory.size > archive.size) return damaged("its directory lies beyond its end");
  const entries = readEntries(archive.read(directory.offset, directory.offset + directory.size), directory.entries);
  if (entries === null) return damaged("its directory is damaged");
  const total = entries.reduce((sum, entry) => sum + entry.size, 0);
  if (total > MOST_RATIO * archive.size) return damaged("it would become impossibly large when unpacked");
  const members = entries
    .filter((entry) => !entry.name.endsWith("/"))
    .map((entry): ZipMember => {
      const problem = entry.encrypted
        ? "it is encrypted"
        : entry.size > limits.fileBytes || entry.packed > archive.size
          ? "it is too large"
          : entry.method !== 0 && entry.method !== 8
            ? `it is packed by method ${entry.method}`
            : null;
      const source: FileSource = {
        file: `${archive.file}!${entry.name.replaceAll("\\", "/")}`,
        size: entry.size,
        read: (from, to) => (problem === null ? readMember(archive, entry).subarray(from, to) : new Uint8Array(0)),
      };
      return { source, problem };
    })
    .sort((a, b) => (a.source.file < b.source.file ? -1 : a.source.file > b.source.file ? 1 : 0));
  return ok(members);
}
