import { createRequire } from "node:module";
import { Worker } from "node:worker_threads";
import { type Json, ok, type Passport, passport, type Result, refuse, refuseWith } from "@livermark/core";
import {
  maskInput,
  pointMap,
  type Registration,
  type RegistrationGate,
  type RegistrationInputs,
  type RegistrationParameters,
  registrationRecord,
  type Volume,
  type VoxelAllocator,
  type VoxelArray,
  volumeInput,
} from "@livermark/imaging";
import { nativeElastixAbsent, nativeElastixVersion } from "./native-elastix.js";
import type { EngineName, RegistrationJob, RegistrationMessage, Resampling } from "./registration-message.js";

export interface RegisterOptions {
  readonly parameters?: Partial<RegistrationParameters>;
  readonly gate?: RegistrationGate;
  readonly engine?: EngineName;
  /** How far the registration may be wrong, for the resampling at the liver's surface, mm (1). */
  readonly guardMm?: number;
  /** Ends the registration; nothing of it is left. */
  readonly signal?: AbortSignal;
  readonly progress?: (done: number, total: number, what: string) => void;
}

/** The moving image on the fixed grid, and how it came there. */
export interface RegisteredImages {
  readonly volume: Volume;
  readonly registration: Registration;
  readonly resampling: Resampling;
  /** Of the registration itself: both series, the liver, engine, parameters, transform and quality. */
  readonly passport: Passport;
}

const buffer = (bytes: number): SharedArrayBuffer => new SharedArrayBuffer(bytes);

/** Arrays that the registration thread sees without a copy. Example: `readVolumeFromPath(path, { memory: sharedVoxels })`. */
export const sharedVoxels: VoxelAllocator = {
  uint8: (length) => new Uint8Array(buffer(length)),
  int16: (length) => new Int16Array(buffer(2 * length)),
  float32: (length) => new Float32Array(buffer(4 * length)),
};

/** The same voxels in shared memory; arrays that lie there already are not copied. */
function shared<T extends VoxelArray>(data: T): VoxelArray {
  if (data.buffer instanceof SharedArrayBuffer) return data;
  const room = buffer(data.byteLength);
  new Uint8Array(room).set(new Uint8Array(data.buffer, data.byteOffset, data.byteLength));
  if (data instanceof Uint8Array) return new Uint8Array(room);
  if (data instanceof Int16Array) return new Int16Array(room);
  if (data instanceof Uint16Array) return new Uint16Array(room);
  if (data instanceof Int32Array) return new Int32Array(room);
  if (data instanceof Uint32Array) return new Uint32Array(room);
  if (data instanceof Float32Array) return new Float32Array(room);
  return new Float64Array(room);
}

function sharedInputs({ fixed, moving, liver, tumours, movingLiver }: RegistrationInputs): RegistrationInputs {
  const mask = <M extends { readonly data: Uint8Array }>(one: M): M => {
    const data = shared(one.data);
    return data instanceof Uint8Array ? { ...one, data } : one;
  };
  return {
    fixed: { ...fixed, data: shared(fixed.data) },
    moving: { ...moving, data: shared(moving.data) },
    liver: mask(liver),
    ...(tumours === undefined ? {} : { tumours: tumours.map(mask) }),
    ...(movingLiver === undefined ? {} : { movingLiver: mask(movingLiver) }),
  };
}

/** The compiled thread, whether this file runs compiled or from its source. */
const threadFile = (): string => createRequire(import.meta.url).resolve("@livermark/pipeline/registration-thread");

const cancelled = (): Result<never> =>
  refuse({
    code: "cancelled",
    message: "The registration was cancelled.",
    mend: "Start it again; nothing of it was kept.",
  });

/**
 * Registers the moving image to the fixed one in a thread of its own and brings it onto the fixed grid (`registerPair`,
 * `guidedResample`). A pair on one grid that needs no registration, or whose registration the gate refused, keeps its moving image
 * as it is. Refuses what `registerPair` refuses, `native` without an installed elastix, and a cancelled run.
 * Example: `await registerImages({ fixed: arterial, moving: pre, liver }, { parameters: { steps: "rigid" } })`.
 */
export async function registerImages(
  inputs: RegistrationInputs,
  options: RegisterOptions = {},
): Promise<Result<RegisteredImages>> {
  const { parameters = {}, gate = {}, engine = "wasm", guardMm = 1, signal, progress = () => {} } = options;
  if (signal?.aborted === true) return cancelled();
  if (engine === "native" && nativeElastixVersion() === null) return nativeElastixAbsent();
  const job: RegistrationJob = { inputs: sharedInputs(inputs), parameters, gate, engine, guardMm };
  const answer = await inThread(job, signal, progress);
  if (!answer.ok) return answer;
  const { registration: facts, resampling, moved } = answer.value;
  const registration: Registration = { ...facts, map: pointMap(facts.transform, facts.frame) };
  const volume: Volume =
    moved === null
      ? inputs.moving
      : {
          ...moved.source,
          grid: inputs.fixed.grid,
          data: moved.data,
          source: { ...moved.source.source, frameOfReferenceUid: inputs.fixed.source.frameOfReferenceUid },
        };
  const json = (value: object): Json => JSON.parse(JSON.stringify(value)) as Json;
  return ok(
    {
      volume,
      registration,
      resampling,
      passport: passport({
        function: "registration",
        version: "1",
        inputs: [
          volumeInput(inputs.fixed),
          volumeInput(inputs.moving),
          maskInput(inputs.liver),
          ...(inputs.tumours ?? []).map(maskInput),
        ],
        parameters: { ...registrationRecord(registration), resampling: json(resampling) },
        seed: registration.parameters.seed,
      }),
    },
    registration.issues,
  );
}

type Done = Extract<RegistrationMessage, { readonly kind: "done" }>;

function inThread(
  job: RegistrationJob,
  signal: AbortSignal | undefined,
  progress: NonNullable<RegisterOptions["progress"]>,
): Promise<Result<Done>> {
  return new Promise((resolve) => {
    const thread = new Worker(threadFile(), { workerData: job, execArgv: [], stdout: true, stderr: true });
    let child: number | null = null;
    const end = (result: Result<Done>): void => {
      signal?.removeEventListener("abort", stop);
      resolve(result);
    };
    const stop = (): void => {
      if (child !== null) endProcess(child);
      void thread.terminate().then(() => end(cancelled()));
    };
    signal?.addEventListener("abort", stop, { once: true });
    thread.on("message", (message: RegistrationMessage) => {
      if (message.kind === "progress") progress(message.done, message.total, message.what);
      else if (message.kind === "started") child = message.pid;
      else if (message.kind === "refused") end(refuseWith(message.issues));
      else end(ok(message));
    });
    thread.on("error", (failure) => end(threadStopped(failure.message)));
    thread.on("exit", (code) => {
      if (signal?.aborted !== true) end(threadStopped(`exit code ${code}`));
    });
  });
}

const threadStopped = (got: string): Result<never> =>
  refuse({
    code: "registration-thread",
    message: "The registration thread stopped.",
    got,
    wanted: "a registration",
    mend: "Close other programs if memory ran out, or use a coarser working size.",
  });

/** Ends a program that the thread started; it may have ended by itself. */
function endProcess(pid: number): void {
  try {
    process.kill(pid);
  } catch (failure) {
    if (!(failure instanceof Error && "code" in failure && failure.code === "ESRCH")) throw failure;
  }
}
