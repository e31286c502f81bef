import { ok, type Result, refuse } from "@livermark/core";
import { headerMeaning } from "./header-words.js";

/** Encodings that clinical exports come in. */
export const ENCODINGS = ["utf-8", "utf-16le", "utf-16be", "gb18030", "shift_jis", "windows-1252"] as const;
export type Encoding = (typeof ENCODINGS)[number];

const decode = (bytes: Uint8Array, encoding: Encoding): string | null => {
  try {
    return new TextDecoder(encoding, { fatal: true }).decode(bytes);
  } catch {
    return null;
  }
};

/**
 * Text of a file. A byte-order mark decides; without one valid UTF-8 is UTF-8; anything else needs the encoding named,
 * because the same bytes are valid text in several. The refusal shows how each candidate would read the first line.
 * Example: `decodeText(bytes, "gb18030", "labs.csv")`.
 */
export function decodeText(
  bytes: Uint8Array,
  named: Encoding | null,
  file: string,
): Result<{ readonly text: string; readonly encoding: Encoding }> {
  const marked: Encoding | null =
    bytes[0] === 0xff && bytes[1] === 0xfe ? "utf-16le" : bytes[0] === 0xfe && bytes[1] === 0xff ? "utf-16be" : null;
  for (const encoding of [marked, named, named === null ? ("utf-8" as const) : null]) {
    if (encoding === null) continue;
    const text = decode(bytes, encoding);
    if (text !== null) return ok({ text, encoding });
    if (encoding === named)
      return refuse({
        code: "wrong-encoding",
        message: `The file is not valid ${encoding}.`,
        got: `${bytes.length} bytes`,
        wanted: ENCODINGS.join(", "),
        mend: "Name the encoding that the file was saved in.",
        where: { file },
      });
  }
  const candidates = ENCODINGS.filter((encoding) => !encoding.startsWith("utf")).flatMap((encoding) => {
    const text = decode(bytes, encoding);
    return text === null ? [] : [`${encoding}: ${text.split(/\r?\n/)[0]?.slice(0, 60) ?? ""}`];
  });
  return refuse({
    code: "unknown-encoding",
    message: "The file is not UTF-8, and its encoding must be named.",
    got: candidates.join(" | ") || "no known encoding reads it",
    wanted: ENCODINGS.join(", "),
    mend: "Put the encoding whose first line reads right into the mapping (source.encoding).",
    where: { file, line: 1 },
  });
}

/**
 * The encoding of a file whose header a person would recognise: what decides by itself, else the candidate under which
 * the most header cells mean something. Refused like `decodeText` when no candidate stands out.
 */
export function guessEncoding(bytes: Uint8Array, file: string): Result<Encoding> {
  const plain = decodeText(bytes, null, file);
  if (plain.ok) return ok(plain.value.encoding);
  const rated = ENCODINGS.filter((encoding) => !encoding.startsWith("utf"))
    .map((encoding) => {
      const header = (decode(bytes, encoding) ?? "").split(/\r?\n/)[0]?.split(/[,;\t]/) ?? [];
      return { encoding, known: header.filter((name) => /[^ -~]/.test(name) && headerMeaning(name) !== null).length };
    })
    .sort((a, b) => b.known - a.known);
  const [best, second] = rated;
  return best !== undefined && best.known > (second?.known ?? 0) ? ok(best.encoding) : plain;
}
