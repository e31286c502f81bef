import { ok, type Result, refuse } from "@livermark/core";

/** The part of an AbortSignal that long work reads. */
export interface StopSignal {
  readonly aborted: boolean;
}

/** How long work is watched and stopped. */
export interface Running {
  /** Called after each finished piece of work. */
  readonly onProgress?: (done: number, total: number) => void;
  readonly signal?: StopSignal;
}

/** Reports one finished piece; refuses when the caller has asked to stop. */
export function step(running: Running, done: number, total: number): Result<null> {
  running.onProgress?.(done, total);
  return running.signal?.aborted === true && done < total
    ? refuse({
        code: "stopped",
        message: "The computation was stopped before its end.",
        got: `${done} of ${total}`,
        wanted: `${total} of ${total}`,
        mend: "Run it again without stopping it.",
      })
    : ok(null);
}
