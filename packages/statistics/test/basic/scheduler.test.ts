import { Worker } from "node:worker_threads";
import { random, unwrap } from "@livermark/core";
import { afterAll, describe, expect, it } from "vitest";
import { nodePort, type PieceTasks, type Port, runPieces, servePieces } from "../../src/index.js";
import { bundle } from "../bundle.js";

const payload = { seed: 9, count: 40 };

const TASKS = `{
  draw: ({ seed, count }, piece) => {
    const stream = program.random(seed).fork("piece " + piece);
    return Array.from({ length: count }, () => stream.normal());
  },
  fail: () => { throw new Error("on purpose"); },
}`;

/** The normal numbers of one piece. */
function draw(piece: number): readonly number[] {
  const numbers = random(payload.seed).fork(`piece ${piece}`);
  return Array.from({ length: payload.count }, () => numbers.normal());
}

const tasks: PieceTasks = {
  draw: (_payload, piece) => draw(piece),
  fail: () => {
    throw new Error("on purpose");
  },
};

describe("pieces of work", () => {
  const workers: Worker[] = [];
  afterAll(async () => {
    await Promise.all(workers.map((worker) => worker.terminate()));
  });
  const threads = async (count: number): Promise<Port[]> => {
    const library = await bundle(
      `export { random } from "@livermark/core"; export { nodePort, servePieces } from "@livermark/statistics";`,
    );
    const code = `${library};const { parentPort } = require("node:worker_threads");program.servePieces(program.nodePort(parentPort), ${TASKS});`;
    const started = Array.from({ length: count }, () => new Worker(code, { eval: true }));
    workers.push(...started);
    return started.map(nodePort);
  };

  it("one thread, two worker threads and one call give the same values, in order", async () => {
    const whole = [0, 1, 2, 3, 4].map(draw);
    const told: number[] = [];
    const alone = unwrap(
      await runPieces({ tasks, task: "draw", payload, pieces: 5, onProgress: (done) => told.push(done) }),
    );
    const shared = unwrap(await runPieces({ tasks, task: "draw", payload, pieces: 5, ports: await threads(2) }));
    expect(alone).toEqual(whole);
    expect(shared).toEqual(whole);
    expect(told).toEqual([1, 2, 3, 4, 5]);
  });
  it("a failing piece, an unknown task and a stop are refusals, with and without workers", async () => {
    const refusal = (code: string) => ({ ok: false, issues: [{ code }] });
    expect(await runPieces({ tasks, task: "fail", payload, pieces: 2 })).toMatchObject(refusal("piece-failed"));
    expect(await runPieces({ tasks, task: "fail", payload, pieces: 2, ports: await threads(1) })).toMatchObject(
      refusal("piece-failed"),
    );
    expect(await runPieces({ tasks, task: "none", payload, pieces: 2 })).toMatchObject(refusal("unknown-task"));
    const signal = { aborted: false };
    const stopped = runPieces({
      tasks,
      task: "draw",
      payload,
      pieces: 4,
      signal,
      breathe: async () => {
        signal.aborted = true;
      },
    });
    expect(await stopped).toMatchObject(refusal("stopped"));
  });
  it("a served port answers unknown tasks with a failure", () => {
    const sent: unknown[] = [];
    const listeners: ((message: unknown) => void)[] = [];
    servePieces(
      {
        send: (message) => sent.push(message),
        listen: (onMessage) => {
          listeners.push(onMessage);
          return () => undefined;
        },
      },
      tasks,
    );
    listeners[0]!({ task: "none", payload: null, piece: 3 });
    expect(sent).toMatchObject([{ piece: 3, failed: "the worker has no task none" }]);
  });
});
