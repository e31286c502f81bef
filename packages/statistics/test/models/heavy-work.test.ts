import { Worker } from "node:worker_threads";
import { unwrap } from "@livermark/core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import {
  aucBootstrapTask,
  computeHere,
  computeShared,
  coxOptimismTask,
  cutPointTask,
  type HeavyTask,
  imputationTask,
  lassoCvTask,
  logisticOptimismTask,
  nodePort,
  type Port,
  survivalBenefitTask,
} from "../../src/index.js";
import { bundle } from "../bundle.js";
import { cohort, numeric } from "./data.js";

const d = cohort(90, 4);
const terms = [numeric("a", d.a), numeric("b", d.b)];
const draws = { seed: 5, replicates: 23 };
const outcome = { name: "y", values: d.y };
const columns = [
  { name: "a", values: d.a },
  { name: "b", values: d.b },
  { name: "c", values: d.c },
];

const workers: Worker[] = [];
let ports: Port[] = [];
beforeAll(async () => {
  const library = await bundle(`export { heavyTasks, nodePort, servePieces } from "@livermark/statistics";`);
  const code = `${library};program.servePieces(program.nodePort(require("node:worker_threads").parentPort), program.heavyTasks());`;
  workers.push(new Worker(code, { eval: true }), new Worker(code, { eval: true }));
  ports = workers.map(nodePort);
});
afterAll(async () => {
  await Promise.all(workers.map((worker) => worker.terminate()));
});

/** The same answer from one call, from pieces here, from one worker and from two. */
async function sameEverywhere<Payload, Part, Answer>(task: HeavyTask<Payload, Part, Answer>, payload: Payload) {
  const whole = unwrap(computeHere(task, payload, {}));
  expect(unwrap(await computeShared(task, payload, { pieces: 5 }))).toEqual(whole);
  expect(unwrap(await computeShared(task, payload, { ports: ports.slice(0, 1) }))).toEqual(whole);
  expect(unwrap(await computeShared(task, payload, { ports }))).toEqual(whole);
}

describe("heavy work gives the same answer whoever computes it", () => {
  it("optimism of a Cox model", () =>
    sameEverywhere(coxOptimismTask, { followUp: { time: d.time, event: d.event }, terms, draws }));
  it("optimism of a logistic model, with its calibration curve", () =>
    sameEverywhere(logisticOptimismTask, { outcome, terms, draws, grid: [0.2, 0.4, 0.6] }));
  it.each([true, false])("bootstrap of the area, stratified: %s", (stratified) =>
    sameEverywhere(aucBootstrapTask, {
      outcome: d.y,
      marker: d.a,
      direction: "higher-in-cases",
      resampling: { seed: 2, replicates: 50, stratified },
    }),
  );
  it("bootstrap of the cut-point search", () =>
    sameEverywhere(cutPointTask, {
      columns: { time: d.time, event: d.event, marker: d.a },
      replicates: 40,
      seed: 3,
      criterion: "log-rank",
    }));
  it("cross-validation of a penalised regression", () =>
    sameEverywhere(lassoCvTask, {
      response: { family: "binomial", outcome },
      covariates: columns,
      options: { measure: "deviance", folds: { seed: 1, count: 5 } },
    }));
  it.each([null, { seed: 6, replicates: 30 }])("decision curve at a time, bootstrap: %j", (bootstrap) =>
    sameEverywhere(survivalBenefitTask, {
      followUp: { time: d.time, event: d.event },
      risk: d.a.map((x) => 1 / (1 + Math.exp(-x))),
      at: 1,
      thresholds: [0.2, 0.5],
      bootstrap,
    }),
  );
  it("imputation", () =>
    sameEverywhere(imputationTask, {
      columns: [
        { name: "a", values: d.a, method: "normal" },
        { name: "b", values: d.b.map((x, i) => (i % 4 === 0 ? null : x)), method: "predictive mean matching" },
        { name: "y", values: d.y.map((y, i) => (i % 7 === 0 ? null : y)), method: "logistic" },
      ],
      seed: 8,
      imputations: 7,
      iterations: 3,
    }));

  it("tells its progress in units, obeys a stop, and its workers can be used again", async () => {
    const input = { followUp: { time: d.time, event: d.event }, terms, draws };
    const told: number[] = [];
    const crew = { ports, onProgress: (done: number, total: number) => told.push(done / total) };
    await computeShared(coxOptimismTask, input, crew);
    expect(told.length).toBe(8);
    expect(told.at(-1)).toBe(1);
    const stopped = await computeShared(coxOptimismTask, input, { ports, signal: { aborted: true } });
    expect(stopped).toMatchObject({ ok: false, issues: [{ code: "stopped" }] });
    await sameEverywhere(coxOptimismTask, input);
  });
  it("refuses what the task refuses, before any worker is asked", async () => {
    const refused = await computeShared(
      coxOptimismTask,
      { followUp: { time: d.time, event: d.event.map(() => 0) }, terms, draws },
      { ports },
    );
    expect(refused).toMatchObject({ ok: false, issues: [{ code: "no-events" }] });
  });
});
