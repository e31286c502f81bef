import { parentPort } from "node:worker_threads";
import sharp from "sharp";
import { drawRasters, type RasterJob } from "./draw-raster.js";
import type { RasterReply } from "./raster-pool.js";

// As many threads draw as there are cores to use; sharp's own threads on top of them would only wait.
sharp.concurrency(1);

async function reply(id: number, job: RasterJob): Promise<void> {
  let answer: RasterReply;
  try {
    answer = { id, pictures: await drawRasters(job) };
  } catch {
    // The main thread draws it again, and there the error shows with its place.
    answer = { id, pictures: null };
  }
  parentPort?.postMessage(answer);
}

let last = Promise.resolve();
parentPort?.on("message", ({ id, job }: { readonly id: number; readonly job: RasterJob }) => {
  last = last.then(() => reply(id, job));
});
