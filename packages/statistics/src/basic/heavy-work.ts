import { type Result, refuseWith } from "@livermark/core";
import type { Running } from "../models/running.js";
import { type PieceTasks, type Port, runPieces } from "./scheduler.js";

/**
 * Work on one payload, cut into numbered units (replicates, folds, data sets). A unit draws its random numbers from the
 * seed and its own number, and `gather` adds up in the order of units, so that the answer does not depend on the cuts.
 */
export interface HeavySession<Part, Answer> {
  readonly units: number;
  /** Units from … to − 1. */
  readonly part: (from: number, to: number, running: Running) => Result<Part>;
  /** The answer from all parts, in order. */
  readonly gather: (parts: readonly Part[]) => Result<Answer>;
}

/** Work by name. Payload and parts are plain data that a message can carry. */
export interface HeavyTask<Payload, Part, Answer> {
  readonly name: string;
  /** Checks the payload and does what all units need. */
  readonly open: (payload: Payload) => Result<HeavySession<Part, Answer>>;
}

/** Who helps, and how the work is watched. */
export interface Crew extends Running {
  /** Workers that serve `pieceTasks` of the same task; without any, this thread computes. The caller closes them. */
  readonly ports?: readonly Port[];
  /** Number of pieces handed out; four for each worker unless given. It does not change the answer. */
  readonly pieces?: number;
  /** Awaited between pieces when they are computed here, so that a page can redraw and a stop can arrive. */
  readonly breathe?: () => Promise<void>;
}

/**
 * Computes all units in this thread. Refuses what the task refuses, and a stop.
 * Example: `computeHere(coxOptimismTask, input, {})`.
 */
export function computeHere<Payload, Part, Answer>(
  task: HeavyTask<Payload, Part, Answer>,
  payload: Payload,
  running: Running,
): Result<Answer> {
  const session = task.open(payload);
  if (!session.ok) return session;
  const part = session.value.part(0, session.value.units, running);
  return part.ok ? session.value.gather([part.value]) : part;
}

interface Piece<Payload> {
  readonly payload: Payload;
  readonly units: number;
  readonly pieces: number;
}

/** A task as `servePieces` wants it. Example: `servePieces(nodePort(parentPort), pieceTasks(coxOptimismTask))`. */
export function pieceTasks<Payload, Part, Answer>(task: HeavyTask<Payload, Part, Answer>): PieceTasks {
  // A worker gets its payload once, so what all units need is done once.
  let last: { readonly payload: Payload; readonly session: Result<HeavySession<Part, Answer>> } | null = null;
  return {
    [task.name]: (message: unknown, piece: number): Result<Part> => {
      const { payload, units, pieces } = message as Piece<Payload>;
      if (last === null || last.payload !== payload) last = { payload, session: task.open(payload) };
      const { session } = last;
      if (!session.ok) return session;
      const edge = (k: number): number => Math.floor((k * units) / pieces);
      return session.value.part(edge(piece), edge(piece + 1), {});
    },
  };
}

/**
 * Computes a task with the help of workers (worker threads of Node or Web Workers), or in pieces here when there are none.
 * The answer is the same as that of `computeHere`, whoever computes what. Progress is told in units.
 * Refuses what the task refuses, a worker that fails, and a stop (`signal`), which is obeyed between pieces.
 * Example: `await computeShared(coxOptimismTask, { followUp, terms, draws: { seed: 1, replicates: 1000 } }, { ports })`.
 */
export async function computeShared<Payload, Part, Answer>(
  task: HeavyTask<Payload, Part, Answer>,
  payload: Payload,
  crew: Crew = {},
): Promise<Result<Answer>> {
  const session = task.open(payload);
  if (!session.ok) return session;
  const { units } = session.value;
  const { ports = [], onProgress, signal, breathe } = crew;
  const pieces = Math.max(1, Math.min(units, crew.pieces ?? 4 * Math.max(1, ports.length)));
  const message: Piece<Payload> = { payload, units, pieces };
  const ran = await runPieces({
    tasks: pieceTasks(task),
    task: task.name,
    payload: message,
    pieces,
    ports,
    ...(signal === undefined ? {} : { signal }),
    ...(breathe === undefined ? {} : { breathe }),
    ...(onProgress === undefined
      ? {}
      : { onProgress: (done: number) => onProgress(Math.floor((done * units) / pieces), units) }),
  });
  if (!ran.ok) return ran;
  const parts: Part[] = [];
  for (const value of ran.value) {
    const part = value as Result<Part>;
    if (!part.ok) return refuseWith(part.issues);
    parts.push(part.value);
  }
  const answer = session.value.gather(parts);
  return answer;
}
