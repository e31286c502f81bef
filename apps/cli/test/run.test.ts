import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { Cell, Results } from "@livermark/analysis";
import type { Mask } from "@livermark/imaging";
import type { LetbTruth } from "@livermark/phantom";
import { writeFolder } from "@livermark/pipeline";
import { describeWithData, near, sharedText, sized, temporaryFolder } from "testkit";
import { beforeAll, expect, it } from "vitest";
import { command as explain } from "../src/commands/explain.js";
import { command as run } from "../src/commands/run.js";
import { cohortBundle, livePhantom, realLiver } from "./study-bundle.js";
import { call, json } from "./support.js";

interface Reference {
  readonly km_overall: { readonly "0.95LCL": number };
  readonly km_by_vascularinvasion: {
    readonly [group: string]: { readonly median: number | null; readonly "0.95LCL": number | null };
  };
  readonly logrank_vascularinvasion: { readonly p: number };
  readonly logrank_BCLC: { readonly p: number };
  readonly [model: `cox_${string}`]: {
    readonly HR: number | readonly number[];
    readonly HR_lower: number | readonly number[];
    readonly HR_upper: number | readonly number[];
    readonly p: number | readonly number[];
    readonly terms: string | readonly string[];
  };
}

const list = <T>(value: T | readonly T[]): readonly T[] => (Array.isArray(value) ? value : [value as T]);

describeWithData(
  "a real cohort with a phantom on a real liver",
  ["data/liver-ct-3dircadb01-17", "data/survival"],
  () => {
    const folder = temporaryFolder("run");
    const bundle = join(folder, "study");
    const reference = JSON.parse(sharedText("data/survival/hepatoCellular.reference.json")) as Reference;
    let liver: Mask;
    let truth: LetbTruth | undefined;
    let results: Results;
    let first: readonly Buffer[];
    const outputs = ["results.json", "provenance.json", "report.html"];
    const read = (): readonly Buffer[] => outputs.map((name) => readFileSync(join(bundle, "out", name)));
    const cell = (table: string, label: string, key: string, after = ""): Cell => {
      const rows = results.tables.find((one) => one.id === table)?.rows ?? [];
      const start = after === "" ? 0 : rows.findIndex((row) => row.label === after);
      const found = rows.slice(start).find((row) => row.label === label)?.cells[key];
      if (found === undefined) throw new Error(`no cell ${table} / ${label} / ${key}`);
      return found;
    };

    beforeAll(async () => {
      liver = await realLiver(sized(6, 120), sized(3, 1));
      const phantom = livePhantom(liver, 0);
      truth = phantom.visits[0]?.truth;
      writeFolder(bundle, cohortBundle(phantom));
      await json(run, bundle);
      first = read();
      results = JSON.parse(first[0]?.toString("utf8") ?? "") as Results;
    });

    it("finds the phantom's LETB to the voxel where there is no noise", () => {
      const found = cell("measurements", "P001, baseline, treatment 1, reader R1", "letb");
      if (found.kind !== "estimate" || truth === undefined) throw new Error("no LETB");
      expect(truth.liverVoxels).toBeGreaterThan(sized(230_000, 2_106_496));
      expect(found.value).toBeCloseTo(truth.letbPercent, 9);
    });

    it("has R's medians and log-rank tests", () => {
      const all = cell("survival.OS", "All", "median");
      expect(all).toMatchObject({ kind: "not-reached", low: reference.km_overall["0.95LCL"], high: null });
      const invaded = cell("survival.OS", "1", "median", "Vascular invasion");
      const expected = reference.km_by_vascularinvasion["Vascularinvasion=1"];
      expect(invaded).toMatchObject({
        kind: "estimate",
        value: expected?.median,
        low: expected?.["0.95LCL"],
        high: null,
      });
      for (const [label, p] of [
        ["Vascular invasion", reference.logrank_vascularinvasion.p],
        ["BCLC class", reference.logrank_BCLC.p],
      ] as const) {
        const found = cell("survival.OS", label, "p");
        if (found.kind !== "p") throw new Error("no p");
        expect(near(found.value, p, 1e-8)).toBe(true);
      }
    });

    it.each([
      ["os-size", "cox_uni_Tumorsize"],
      ["os-all", "cox_multi"],
      ["rfs", "cox_RFS"],
    ] as const)("has R's hazard ratios in model %s", (id, name) => {
      const model = reference[name];
      if (model === undefined) throw new Error(`no reference ${name}`);
      const rows = results.tables.find((one) => one.id === `model.${id}`)?.rows ?? [];
      expect(rows).toHaveLength(list(model.terms).length);
      rows.forEach((row, i) => {
        const ratio = row.cells["multi.ratio"];
        const p = row.cells["multi.p"];
        if (ratio?.kind !== "estimate" || p?.kind !== "p") throw new Error("no estimate");
        expect(near(ratio.value, list(model.HR)[i] ?? 0, 1e-6)).toBe(true);
        expect(near(ratio.low ?? 0, list(model.HR_lower)[i] ?? 0, 1e-6)).toBe(true);
        expect(near(ratio.high ?? 0, list(model.HR_upper)[i] ?? 0, 1e-6)).toBe(true);
        expect(near(p.value, list(model.p)[i] ?? 0, 1e-6)).toBe(true);
      });
    });

    it("explains the LETB cell down to region, series and file hash", async () => {
      const id = cell("measurements", "P001, baseline, treatment 1, reader R1", "letb").id ?? "";
      const { inputs } = await json<{
        inputs: readonly { kind: string; seriesUid?: string; sha256: string; path?: string }[];
      }>(explain, bundle, id);
      expect(inputs.filter((input) => input.kind === "series").map((input) => input.seriesUid?.slice(0, 5))).toEqual([
        "2.25.",
        "2.25.",
      ]);
      expect(inputs.filter((input) => input.kind === "region")).toHaveLength(4);
      for (const input of inputs) expect(input.sha256).toMatch(/^[0-9a-f]{64}$/);
      const { found } = await json<{ found: readonly { id: string }[] }>(explain, bundle, "--find", "LETB");
      expect(found.map((one) => one.id)).toContain(id);
      const unknown = await call(explain, bundle, "measurement.nobody");
      expect(unknown.ok).toBe(false);
    });

    it("gives the same bytes again", async () => {
      await json(run, bundle);
      read().forEach((bytes, i) => {
        expect(bytes.equals(first[i] ?? Buffer.alloc(0))).toBe(true);
      });
    });

    it("reads with noise what the definition expects", async () => {
      const noisy = join(folder, "noisy");
      const phantom = livePhantom(liver, 9);
      writeFolder(noisy, cohortBundle(phantom));
      await json(run, noisy);
      const study = JSON.parse(readFileSync(join(noisy, "out/results.json"), "utf8")) as Results;
      const found = study.tables.find((one) => one.id === "measurements")?.rows[0]?.cells.letb;
      const expected = phantom.visits[0]?.truth.expectedLetbPercent ?? 0;
      if (found?.kind !== "estimate") throw new Error("no LETB");
      // Three reference cubes of 1 cm³ know mean and SD of the noise only roughly: within one point.
      expect(Math.abs(found.value - expected)).toBeLessThanOrEqual(1);
    });
  },
);
