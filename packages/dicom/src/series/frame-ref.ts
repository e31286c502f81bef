import type { FrameFacts, InstanceHeader } from "./header.js";

/** One frame of one file. */
export interface FrameRef {
  readonly instance: InstanceHeader;
  /** 0-based frame number in its file. */
  readonly frame: number;
  readonly facts: FrameFacts;
  readonly rows: number;
  readonly columns: number;
  /** Where a mosaic's tile lies in its image; null for an ordinary frame. */
  readonly tile: { readonly firstRow: number; readonly firstColumn: number; readonly imageColumns: number } | null;
  /** Rank by instance number and file name, to break ties the same way everywhere. */
  readonly order: number;
}
