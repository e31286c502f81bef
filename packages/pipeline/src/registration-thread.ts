import { parentPort, workerData } from "node:worker_threads";
import { guidedResample, type Registration, registerPair, sameGrid } from "@livermark/imaging";
import { wasmElastix } from "@livermark/imaging/elastix";
import { nativeElastix } from "./native-elastix.js";
import type { RegistrationFacts, RegistrationJob, RegistrationMessage } from "./registration-message.js";

/** Steps that the progress counts before the slices of the resampling. */
const STEPS_BEFORE = 3;

const say = (message: RegistrationMessage, transfer: readonly ArrayBuffer[] = []): void =>
  parentPort?.postMessage(message, transfer);

const factsOf = ({ map: _, ...facts }: Registration): RegistrationFacts => facts;

/** Registers, resamples, and answers with one message; progress on the way. */
async function work({ inputs, parameters, gate, engine, guardMm }: RegistrationJob): Promise<void> {
  let step = 0;
  const registered = await registerPair(
    inputs,
    engine === "native" ? nativeElastix((pid) => say({ kind: "started", pid })) : wasmElastix,
    parameters,
    gate,
    (what) => say({ kind: "progress", done: step++, total: 100, what }),
  );
  if (!registered.ok) {
    say({ kind: "refused", issues: registered.issues });
    return;
  }
  const { fixed, moving, liver } = inputs;
  const registration = registered.value;
  if (registration.used === "none" && sameGrid(fixed.grid, moving.grid)) {
    const none = { cubic: 0, linear: 0, widened: 0 };
    say({
      kind: "done",
      registration: factsOf(registration),
      resampling: { interpolation: "none", guardMm: 0, outsideVoxels: 0, liverVoxels: none },
      moved: null,
    });
    return;
  }
  const { volume, outsideVoxels, liverVoxels } = guidedResample(moving, fixed.grid, registration.map, {
    liver,
    guardMm,
    progress: (slice, slices) => {
      if (slice % 8 === 0 || slice === slices)
        say({
          kind: "progress",
          done: STEPS_BEFORE + Math.round(((97 - STEPS_BEFORE) * slice) / slices),
          total: 100,
          what: "resampling",
        });
    },
  });
  const { data, grid: _, ...source } = volume;
  say(
    {
      kind: "done",
      registration: factsOf(registration),
      resampling: { interpolation: "liver-guided cubic", guardMm, outsideVoxels, liverVoxels },
      moved: { data, source },
    },
    data.buffer instanceof ArrayBuffer ? [data.buffer] : [],
  );
}

await work(workerData as RegistrationJob);
