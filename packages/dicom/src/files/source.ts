import { closeSync, openSync, readSync } from "node:fs";

/** A readable file or archive member. `file` is its path relative to what the person named, with `/`. */
export interface FileSource {
  readonly file: string;
  readonly size: number;
  /** Bytes from `from` up to `to` (clipped to the file); may be put `into` memory of the caller's, if that is large enough. */
  readonly read: (from: number, to: number, into?: Uint8Array) => Uint8Array;
}

/** A file on disk, opened for each read, so that thousands can be held without open handles. */
export function diskSource(path: string, file: string, size: number): FileSource {
  return {
    file,
    size,
    read(from, to, into) {
      const length = Math.max(0, Math.min(to, size) - from);
      // Uninitialised memory: whatever the file does not fill is cut off below.
      const bytes =
        into !== undefined && into.length >= length ? into.subarray(0, length) : Buffer.allocUnsafeSlow(length);
      if (length === 0) return bytes;
      const handle = openSync(path, "r");
      try {
        let done = 0;
        while (done < length) {
          const got = readSync(handle, bytes, done, length - done, from + done);
          if (got === 0) return bytes.subarray(0, done);
          done += got;
        }
        return bytes;
      } finally {
        closeSync(handle);
      }
    },
  };
}

/** Bytes in memory. */
export const memorySource = (bytes: Uint8Array, file: string): FileSource => ({
  file,
  size: bytes.length,
  read: (from, to) => bytes.subarray(from, to),
});
