import { type Analysis, analyse, parsePlan, planSteps, predictPatient, readPortableModel } from "@livermark/analysis";
import { unwrap } from "@livermark/core";
import type { Protocol } from "@livermark/study";
import { sized } from "testkit";
import { describe, expect, it } from "vitest";
import { builtIn, cohortOf, type ReadBundle, readBundle, tableOf, unexplained } from "./bundle.js";

const RESAMPLES = sized(20, 100);

const run = (bundle: ReadBundle, protocol: Protocol): Analysis =>
  analyse(bundle.derived.analysisSet, protocol, {
    excluded: bundle.excluded,
    seed: 1,
    records: bundle.records,
    derived: bundle.derived,
    mostResamples: RESAMPLES,
  });

const EXPECTED = {
  "mpmri-nomogram": {
    tables: [
      "group-table.by-response",
      "group-table.by-therapy",
      "agreement.categories",
      "agreement.numbers",
      "cut-offs",
      "model.candidates",
      "model.candidates.selection",
      "model.lasso.selection",
      "model.combined",
      "model.combined.performance",
      "model.combined.corrected",
      "model.combined.continuous",
      "model.recipe.corrected",
      "model.recipe.stability",
      "models.models",
      "models.models.delong",
      "models.by-therapy.by-therapy",
      "group-test.combined-by-therapy",
      "survival.PFS",
      "continuous",
      "subgroup.adc",
      "sensitivity.combined",
      "multiplicity.candidates",
      "follow-up",
      "external.published",
    ],
    figures: [
      "figure.model.lasso.lasso-path",
      "figure.model.lasso.lasso-error",
      "figure.model.combined",
      "figure.model.combined.nomogram",
      "figure.model.combined.calibration",
      "figure.models.models.roc",
      "figure.models.models.decision-curve",
      "figure.survival.PFS.risk-class:combined",
    ],
  },
  "ser-haic": {
    tables: [
      "baseline.patients",
      "response.patients",
      "group-test.ser-by-scanner",
      "group-test.dser-by-same-scanner",
      "roc",
      "survival.OS",
      "survival.PFS",
      "model.os",
      "model.os.performance",
      "model.os.corrected",
      "landmark.os-by-dser",
      "sweep.ser.OS",
      "cut-offs",
      "follow-up",
      "sensitivity.os",
    ],
    figures: [
      "figure.survival.OS.ser-high",
      "figure.survival.PFS.dser-fell",
      "figure.roc.ser",
      "figure.cut.ser-os",
      "figure.model.os.schoenfeld",
      "figure.model.os.nomogram",
      "figure.model.os.calibration",
      "figure.subgroup.ser",
    ],
  },
  "adc-early-progression": {
    tables: [
      "group-table.by-early-progression",
      "roc",
      "survival.PFS",
      "model.early",
      "model.early.corrected",
      "model.pfs",
      "model.early-cut.corrected",
      "cut-offs",
      "models.early",
    ],
    figures: [
      "figure.roc.adc",
      "figure.survival.PFS.adc-high",
      "figure.model.early",
      "figure.model.pfs",
      "figure.cut.adc-pfs",
    ],
  },
} as const;

describe.each(["mpmri-nomogram", "ser-haic", "adc-early-progression"] as const)("the plan of %s", (id) => {
  const protocol = builtIn(id);
  const bundle = readBundle(cohortOf(id, 1).files, protocol);
  const analysis = run(bundle, protocol);

  it("leaves every table and figure that the paper has, and what it lacks", () => {
    for (const table of EXPECTED[id].tables) expect(tableOf(analysis, table).rows.length, table).toBeGreaterThan(0);
    const figures = analysis.figures.map((figure) => figure.id);
    for (const figure of EXPECTED[id].figures) expect(figures).toContain(figure);
    expect(analysis.issues.filter(({ severity }) => severity === "error")).toEqual([]);
  });

  it("prints sensitivity and specificity in percent, corrected ones too, and says male and female", () => {
    const units = analysis.tables
      .filter((table) => table.id.endsWith(".corrected"))
      .flatMap(({ rows }) => rows.filter(({ label }) => /^(?:Sensi|Speci)/.test(label)))
      .flatMap(({ cells }) => Object.values(cells).flatMap((cell) => (cell.kind === "number" ? [cell.unit] : [])));
    expect(units.every((unit) => unit === "%")).toBe(true);
    if (id !== "ser-haic") expect(units.length).toBeGreaterThan(3);
    const labels = tableOf(analysis, "baseline.patients").rows.map(({ label }) => label);
    const sex = labels.indexOf("Sex");
    expect(labels.slice(sex + 1, sex + 3)).toEqual(["male", "female"]);
  });

  it("draws residuals in the step that the ratio speaks of, and names models as models", () => {
    for (const figure of analysis.figures)
      if (figure.kind === "residuals")
        for (const { term, residual } of figure.panels)
          expect(Math.max(...residual.map(Math.abs)), term).toBeLessThan(200);
    const methods = analysis.methods.join(" ");
    expect(methods).not.toMatch(/The performance of [A-Z]|Sensitivity of|Subgroups of SER/);
    expect(methods).toMatch(/The performance of the model “/);
  });

  it("gives every number a passport, no number twice, and no number that is none", () => {
    expect(unexplained(analysis)).toEqual([]);
    const ids = analysis.tables.flatMap(({ rows }) =>
      rows.flatMap(({ cells }) => Object.values(cells).flatMap((cell) => cell.id ?? [])),
    );
    expect(ids.filter((one, i) => ids.indexOf(one) !== i)).toEqual([]);
    const values = analysis.tables.flatMap(({ rows }) =>
      rows.flatMap(({ cells }) => Object.values(cells).flatMap((cell) => Object.values(cell))),
    );
    expect(values.filter((value) => typeof value === "number" && !Number.isFinite(value))).toEqual([]);
  });

  it("leaves models that somebody else can read and use", () => {
    expect(analysis.models.length).toBeGreaterThan(1);
    for (const json of analysis.models) {
      const model = readPortableModel(json, id);
      if (!model.ok) continue;
      const inputs = Object.fromEntries(
        model.value.terms.map((term): [string, number | string] => {
          const { group } = term;
          if (group !== undefined) return [group.of, ((group.low ?? 0) + (group.high ?? 1)) / 2];
          if (term.level === null) return [term.term, ((term.low ?? 0) + (term.high ?? 1)) / 2];
          return [term.term, term.level];
        }),
      );
      const found = unwrap(predictPatient(model.value, inputs));
      if (found.kind === "logistic") expect(found.risk?.value).toBeGreaterThanOrEqual(0);
      else expect(found.survival?.length).toBeGreaterThan(0);
    }
  });
});

describe("a model taken to other patients", () => {
  it("has slope 1 and its own area in the data that made it", () => {
    const base = builtIn("adc-early-progression");
    const bundle = readBundle(cohortOf("adc-early-progression", 2).files, base);
    const model = {
      id: "alone",
      label: "Alone",
      kind: "logistic",
      outcome: "early-progression",
      covariates: ["adc-mean@baseline"],
    };
    const first = run(bundle, { ...base, plan: { models: [model] } });
    const [object] = first.models;
    const external = [{ id: "own", label: "Own", model: object, outcome: "early-progression" }];
    const second = run(bundle, { ...base, plan: { models: [model], external_validation: external } });
    const value = (what: string): number => {
      const row = tableOf(second, "external.own").rows.find(({ cells }) => cells.value?.id === `external.own.${what}`);
      const cell = row?.cells.value;
      return cell?.kind === "estimate" || cell?.kind === "number" ? cell.value : Number.NaN;
    };
    expect(value("slope")).toBeCloseTo(1, 6);
    expect(value("recalibrated-intercept")).toBeCloseTo(0, 6);
    expect(value("in-the-large")).toBeCloseTo(0, 6);
    const apparent = tableOf(second, "model.alone.performance").rows.find(
      ({ cells }) => cells.value?.id === "model.alone.auc",
    );
    expect(apparent?.cells.value).toMatchObject({ value: value("auc") });
  });
});

describe("a plan with mistakes", () => {
  it("leaves out what is wrong, says so, and goes on", () => {
    const base = builtIn("adc-early-progression");
    const plan = {
      schema: "livermark.plan/3",
      response: "perhaps",
      cut_offs: [{ id: "adc-youden", rule: "youden", outcome: "nobody" }],
      comparisons: [{ id: "a", label: "A", endpoint: "nothing", by: "sex" }],
      models: [
        { id: "m", label: "M", kind: "cox", outcome: "PFS", covariates: ["absent", "adc-mean@baseline"] },
        { id: "k", label: "K", kind: "logistic", outcome: "age", covariates: ["sex"] },
      ],
      model_comparisons: [
        { id: "c", label: "C", outcome: "early-progression", markers: ["risk:absent", "adc-mean@baseline"] },
      ],
      sensitivity: [{ id: "s", label: "S", model: "absent", effects: ["sex"], variants: [{ label: "x" }] }],
      multiplicity: [{ id: "f", label: "F", of: ["nothing.*"] }],
      elsewhere: 1,
    };
    expect(parsePlan(plan, "p").ok).toBe(false);
    const protocol = { ...base, plan };
    const analysis = run(readBundle(cohortOf("adc-early-progression", 1).files, protocol), protocol);
    const codes = new Set(analysis.issues.map(({ code }) => code));
    for (const code of [
      "invalid-plan",
      "cut-not-derived",
      "unknown-endpoint",
      "unknown-column",
      "outcome-not-binary",
      "unknown-model",
      "no-p-values",
    ])
      expect(codes).toContain(code);
    expect(tableOf(analysis, "model.m").rows).toHaveLength(1);
    expect(tableOf(analysis, "models.c").rows).toHaveLength(1);
  });

  it("has a key of its own for each section", () => {
    const keys = planSteps.map(({ key }) => key);
    expect(new Set(keys).size).toBe(keys.length);
  });
});
