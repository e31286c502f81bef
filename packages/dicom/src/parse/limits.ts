/** What a file may cost before it is refused. Every length in a file is checked against these, and against the file. */
export interface Limits {
  /** Nesting of sequences inside sequences. */
  readonly depth: number;
  /** Data elements of one file, items included. */
  readonly elements: number;
  /** Bytes before the pixel data. */
  readonly headerBytes: number;
  /** Bytes that one deflated or gzipped stream may become. */
  readonly inflatedBytes: number;
  /** Bytes of one file or archive member that is read whole. */
  readonly fileBytes: number;
  /** Pixels times samples of all frames of one image. */
  readonly pixels: number;
  /** Pixels of one compressed frame: a decoder cannot be stopped inside a frame. */
  readonly framePixels: number;
  /** Wall-clock time for parsing one file, and again for decoding it. */
  readonly milliseconds: number;
  /** Frames of one image. */
  readonly frames: number;
  /** Files under one folder, members of archives included. */
  readonly files: number;
  /** Folders inside folders. */
  readonly folderDepth: number;
}

/** Generous for a hospital's exports, small enough that a hostile file cannot exhaust a workstation. */
export const LIMITS: Limits = {
  depth: 24,
  elements: 1_000_000,
  headerBytes: 256 * 2 ** 20,
  inflatedBytes: 2 ** 31 - 1,
  fileBytes: 2 ** 31 - 1,
  pixels: 2 ** 29,
  framePixels: 2 ** 26,
  milliseconds: 60_000,
  frames: 65_536,
  files: 2_000_000,
  folderDepth: 40,
};

/** Whether the time that one file may take is over. */
export type Deadline = () => boolean;

/** A deadline that begins now. It changes no result; it only turns what would hang into a refusal. */
export function deadlineOf(limits: Limits): Deadline {
  const end = performance.now() + limits.milliseconds;
  return () => performance.now() > end;
}
