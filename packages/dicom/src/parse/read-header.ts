import { inflateRawSync } from "node:zlib";
import { type Result, refuse } from "@livermark/core";
import type { FileSource } from "../files/source.js";
import { LIMITS, type Limits } from "./limits.js";
import { DEFLATED, type Parsed, parseDicom } from "./parse.js";

const FIRST_BYTES = 32 * 1024;

/**
 * The header of a file: reads its beginning only, and more of it as the parser asks. A deflated data set is inflated
 * whole (it cannot be read in part). `wholeFile` reads to the end, pixels included.
 * Refuses what `parseDicom` refuses, and a file larger than the limits.
 */
export function readParsed(source: FileSource, wholeFile = false, limits: Limits = LIMITS): Result<Parsed> {
  if (source.size > limits.fileBytes && wholeFile) return tooLarge(source.size, limits.fileBytes);
  let wanted = wholeFile ? source.size : Math.min(source.size, FIRST_BYTES);
  for (;;) {
    const bytes = source.read(0, wanted);
    const outcome = parseDicom(bytes, { fileSize: source.size, wholeFile, limits });
    if (outcome.ok === "need-more") {
      if (bytes.length < wanted)
        return refuse({ code: "truncated", message: "The file became shorter while it was read." });
      wanted = Math.min(source.size, Math.max(outcome.bytes + FIRST_BYTES, wanted * 4));
      continue;
    }
    return outcome;
  }
}

const tooLarge = (got: number, limit: number): Result<never> =>
  refuse({
    code: "too-large",
    message: "The file is larger than Livermark reads.",
    got,
    wanted: `at most ${limit} bytes`,
  });

/**
 * The same file with its data set inflated, where the transfer syntax is a deflated one; else the source itself.
 * Refuses a stream that is damaged or grows past the limits.
 */
export function inflatedSource(source: FileSource, limits: Limits = LIMITS): Result<FileSource> {
  const head = source.read(0, Math.min(source.size, 4096));
  const meta = metaEnd(head);
  if (meta === null || !DEFLATED.has(meta.transferSyntax)) return { ok: true, value: source, issues: [] };
  if (source.size > limits.fileBytes) return tooLarge(source.size, limits.fileBytes);
  try {
    const inflated = inflateRawSync(source.read(meta.at, source.size), {
      maxOutputLength: Math.min(limits.inflatedBytes, 1024 * source.size),
    });
    const whole = new Uint8Array(meta.at + inflated.length);
    whole.set(source.read(0, meta.at));
    whole.set(inflated, meta.at);
    return {
      ok: true,
      value: { ...source, size: whole.length, read: (from, to) => whole.subarray(from, to) },
      issues: [],
    };
  } catch {
    return refuse({
      code: "bad-deflate",
      message: "The deflated data set cannot be inflated.",
      wanted: "a complete deflate stream within the size limits",
      mend: "Export or copy the file again.",
    });
  }
}

/** End of the meta group and the transfer syntax it names, found without parsing what follows (it may be deflated). */
function metaEnd(head: Uint8Array): { at: number; transferSyntax: string } | null {
  const magic = String.fromCharCode(...head.subarray(128, 132));
  if (magic !== "DICM") return null;
  const view = new DataView(head.buffer, head.byteOffset, head.byteLength);
  let at = 132;
  let transferSyntax = "";
  while (at + 12 <= head.length && view.getUint16(at, true) === 2) {
    const element = view.getUint16(at + 2, true);
    const vr = String.fromCharCode(head[at + 4]!, head[at + 5]!);
    const long = vr === "OB" || vr === "UN";
    const length = long ? view.getUint32(at + 8, true) : view.getUint16(at + 6, true);
    const value = at + (long ? 12 : 8);
    if (value + length > head.length) return null;
    if (element === 0x10)
      transferSyntax = String.fromCharCode(...head.subarray(value, value + length)).replace(/[\0 ]+$/, "");
    at = value + length;
  }
  return { at, transferSyntax };
}
