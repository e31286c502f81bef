import { drawRasters, type RasterJob } from "./draw-raster.js";

/** What a worker answers: the pictures of a job, or null when it could not draw them. */
export interface RasterReply {
  readonly id: number;
  readonly pictures: readonly Uint8Array[] | null;
}

type Draw = (job: RasterJob) => Promise<readonly Uint8Array[]>;

const MOST_WORKERS = 2;

/** Jobs given to a worker at a time: the next waits in its letter box while the main thread is busy with a document. */
const JOBS_AHEAD = 3;

/** One worker as a function; whatever it cannot draw, and all after its end, is drawn in this thread. */
async function workerDraw(file: URL): Promise<Draw> {
  const { Worker } = await import("node:worker_threads");
  const worker = new Worker(file);
  const waiting = new Map<number, (pictures: readonly Uint8Array[] | null) => void>();
  let next = 0;
  let ended = false;
  const settle = ({ id, pictures }: RasterReply): void => {
    waiting.get(id)?.(pictures);
    waiting.delete(id);
    // An idle worker must not keep the program from ending.
    if (waiting.size === 0) worker.unref();
  };
  const end = (): void => {
    ended = true;
    for (const id of [...waiting.keys()]) settle({ id, pictures: null });
  };
  worker.on("message", settle).on("error", end).on("exit", end).unref();
  return async (job) => {
    if (ended) return drawRasters(job);
    const pictures = await new Promise<readonly Uint8Array[] | null>((resolve) => {
      const id = next++;
      waiting.set(id, resolve);
      worker.ref();
      worker.postMessage({ id, job });
    });
    return pictures ?? drawRasters(job);
  };
}

async function drawers(file: URL): Promise<readonly Draw[]> {
  const [{ existsSync }, { availableParallelism }] = await Promise.all([import("node:fs"), import("node:os")]);
  const count = Math.min(MOST_WORKERS, availableParallelism());
  // In this thread two at a time: while sharp encodes one in its own threads, the next is drawn.
  if (file.protocol !== "file:" || count < 2 || !existsSync(file)) return [drawRasters, drawRasters];
  const workers = await Promise.all(Array.from({ length: count }, () => workerDraw(file)));
  return Array.from({ length: JOBS_AHEAD }, () => workers).flat();
}

/**
 * Draws pictures in up to two worker threads, first asked first drawn; the same bytes however many there are. A worker
 * is used only when its compiled file is there and the machine has two cores: Node 20 loads no TypeScript in a worker, so
 * that tests on the sources, and a bundle without the file, draw in the main thread.
 * Example: `const draw = rasterPool(new URL("./raster-worker.js", import.meta.url)); await draw(job)`.
 */
export function rasterPool(file: URL): Draw {
  let free: Promise<Draw[]> | undefined;
  const queue: ((draw: Draw) => void)[] = [];
  return async (job) => {
    free ??= drawers(file).then((all) => [...all]);
    const idle = await free;
    const draw = idle.shift() ?? (await new Promise<Draw>((resolve) => queue.push(resolve)));
    try {
      return await draw(job);
    } finally {
      const next = queue.shift();
      if (next === undefined) idle.push(draw);
      else next(draw);
    }
  };
}
