import { ok, type Result, refuse } from "@livermark/core";
import { type Running, step } from "../models/running.js";

/**
 * One piece of heavy work: the same payload, the piece's number (from 0). It must draw its random numbers from the seed and the
 * number alone (`random(seed).fork(...)`), so that the answer does not depend on who computed which piece.
 */
export type PieceTask = (payload: unknown, piece: number) => unknown;

/** Tasks by name, known on both sides of a worker. */
export type PieceTasks = { readonly [name: string]: PieceTask };

/** The two ends of a message channel, whatever the platform calls them. `listen` answers how to stop listening. */
export interface Port {
  readonly send: (message: unknown) => void;
  readonly listen: (onMessage: (message: unknown) => void, onError: (message: string) => void) => () => void;
}

/** A worker thread of Node (`new Worker(file)` or `parentPort`). */
export interface NodeThread {
  postMessage(message: unknown): void;
  on(event: string, listener: (value: unknown) => void): unknown;
  off(event: string, listener: (value: unknown) => void): unknown;
}

/** A Web Worker, or `self` inside one. */
export interface WebThread {
  postMessage(message: unknown): void;
  addEventListener(type: string, listener: (event: unknown) => void): void;
  removeEventListener(type: string, listener: (event: unknown) => void): void;
}

const property = (value: unknown, name: string): unknown =>
  typeof value === "object" && value !== null && name in value
    ? (value as { readonly [key: string]: unknown })[name]
    : undefined;

/** Port of a Node worker thread. Example: `nodePort(new Worker(file))` outside, `nodePort(parentPort)` inside. */
export const nodePort = (thread: NodeThread): Port => ({
  send: (message) => thread.postMessage(message),
  listen: (onMessage, onError) => {
    const failing = (error: unknown): void => onError(String(property(error, "message") ?? error));
    thread.on("message", onMessage);
    thread.on("error", failing);
    return () => {
      thread.off("message", onMessage);
      thread.off("error", failing);
    };
  },
});

/** Port of a Web Worker. Example: `webPort(new Worker(url))` outside, `webPort(self)` inside. */
export const webPort = (thread: WebThread): Port => ({
  send: (message) => thread.postMessage(message),
  listen: (onMessage, onError) => {
    const heard = (event: unknown): void => onMessage(property(event, "data"));
    const failing = (event: unknown): void => onError(String(property(event, "message") ?? "error"));
    thread.addEventListener("message", heard);
    thread.addEventListener("error", failing);
    return () => {
      thread.removeEventListener("message", heard);
      thread.removeEventListener("error", failing);
    };
  },
});

/**
 * Inside a worker: answers pieces of the named tasks; answers how to stop. The payload of a run arrives once, with its
 * first piece. Example: `servePieces(webPort(self), { bootstrap })`.
 */
export function servePieces(port: Port, tasks: PieceTasks): () => void {
  let name = "";
  let payload: unknown;
  return port.listen(
    (message) => {
      const piece = Number(property(message, "piece"));
      const run = property(message, "run");
      const given = property(message, "task");
      if (given !== undefined) {
        name = String(given);
        payload = property(message, "payload");
      }
      try {
        const task = Object.hasOwn(tasks, name) ? tasks[name] : undefined;
        if (task === undefined) throw new Error(`the worker has no task ${name}`);
        port.send({ run, piece, value: task(payload, piece) });
      } catch (error) {
        port.send({ run, piece, failed: String(property(error, "message") ?? error) });
      }
    },
    () => undefined,
  );
}

/** What to compute, and who may help. */
export interface PieceWork extends Running {
  readonly tasks: PieceTasks;
  readonly task: string;
  readonly payload: unknown;
  readonly pieces: number;
  /** Workers that serve the same tasks; without any, the pieces are computed here. The caller closes them. */
  readonly ports?: readonly Port[];
  /** Awaited between pieces when they are computed here, so that a page can redraw and a stop can arrive. */
  readonly breathe?: () => Promise<void>;
}

const failed = (piece: number, message: string): ReturnType<typeof refuse> =>
  refuse({ code: "piece-failed", message: `Piece ${piece + 1} of the computation failed: ${message}`, got: message });

/**
 * Computes all pieces of a task and answers their values in order of number, the same for any number of workers.
 * Each worker gets its next piece when it has answered the last, so that slow pieces do not hold up the others.
 * Refuses an unknown task, a number of pieces that is not whole, a piece that fails, and a stop (`signal`).
 * Example: `await runPieces({ tasks, task: "bootstrap", payload, pieces: 8, ports: workers.map(nodePort) })`.
 */
export async function runPieces(work: PieceWork): Promise<Result<readonly unknown[]>> {
  const { tasks, task, payload, pieces, ports = [] } = work;
  const here = Object.hasOwn(tasks, task) ? tasks[task] : undefined;
  if (here === undefined || !(Number.isInteger(pieces) && pieces >= 0)) {
    return refuse({
      code: "unknown-task",
      message: "The work names no known task, or no whole number of pieces.",
      got: `${task}, ${pieces}`,
      wanted: Object.keys(tasks).join(", "),
    });
  }
  if (ports.length > 0) return withWorkers(work, ports);
  const values: unknown[] = [];
  for (let piece = 0; piece < pieces; piece++) {
    try {
      values.push(here(payload, piece));
    } catch (error) {
      return failed(piece, String(property(error, "message") ?? error));
    }
    const going = step(work, piece + 1, pieces);
    if (!going.ok) return going;
    await work.breathe?.();
  }
  return ok(values);
}

/** Tells the answers of one run from late ones of a run that was stopped. */
let runs = 0;

function withWorkers(work: PieceWork, ports: readonly Port[]): Promise<Result<readonly unknown[]>> {
  const { task, payload, pieces } = work;
  if (pieces === 0) return Promise.resolve(ok([]));
  const values = new Array<unknown>(pieces).fill(undefined);
  const run = ++runs;
  const stops: (() => void)[] = [];
  let next = 0;
  let done = 0;
  return new Promise<Result<readonly unknown[]>>((resolve) => {
    for (const port of ports) {
      let greeting: object = { task, payload };
      const give = (): void => {
        if (next >= pieces) return;
        port.send({ ...greeting, run, piece: next++ });
        greeting = {};
      };
      stops.push(
        port.listen(
          (message) => {
            if (property(message, "run") !== run) return;
            const piece = Number(property(message, "piece"));
            const reason = property(message, "failed");
            if (reason !== undefined) return resolve(failed(piece, String(reason)));
            values[piece] = property(message, "value");
            const going = step(work, ++done, pieces);
            if (!going.ok) return resolve(going);
            if (done === pieces) return resolve(ok(values));
            give();
          },
          (message) => resolve(failed(next - 1, message)),
        ),
      );
      give();
    }
  }).finally(() => {
    for (const stop of stops) stop();
  });
}
