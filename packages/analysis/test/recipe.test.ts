import {
  predictPatient,
  publishedCutOffs,
  publishedModel,
  publishedModels,
  readPortableModel,
} from "@livermark/analysis";
import { random, unwrap } from "@livermark/core";
import {
  type ModelTerm,
  median,
  quantiles,
  rocAnalysis,
  scanCutPoints,
  stepwiseAic,
  univariateScreen,
} from "@livermark/statistics";
import { sized } from "testkit";
import { describe, expect, it } from "vitest";
import { areaOf } from "../src/recipe/accuracy.js";
import { applyRule, type ChooseRule } from "../src/recipe/choose.js";
import { deriveCuts, youdenCut } from "../src/recipe/cuts.js";
import { type Frame, type FrameColumn, takeRows } from "../src/recipe/frame.js";
import { logisticEngine, quickStepwise } from "../src/recipe/logistic-engine.js";
import { plus632, recipeOptimism } from "../src/recipe/optimism.js";
import { type Candidate, predictRecipe, type Recipe, runRecipe } from "../src/recipe/recipe.js";

const shuffle = (seed: number, n: number): readonly number[] => random(seed).permutation(n);

/** A cohort of pure noise: 18 two-level features and 26 numbers, 10 of them cut by Youden's index on the outcome. */
function noise(seed: number, n = 78): { readonly frame: Frame; readonly candidates: readonly Candidate[] } {
  const stream = random(seed);
  const y = Float64Array.from({ length: n }, () => (stream.uniform() < 46 / 78 ? 1 : 0));
  const columns = new Map<string, FrameColumn>([["y", { kind: "number", name: "y", values: y }]]);
  const candidates: Candidate[] = [];
  for (let j = 0; j < 44; j++) {
    const name = `x${j}`;
    if (j < 18)
      columns.set(name, {
        kind: "category",
        name,
        levels: ["absent", "present"],
        codes: Int16Array.from({ length: n }, () => (stream.uniform() < 0.4 ? 1 : 0)),
      });
    else columns.set(name, { kind: "number", name, values: Float64Array.from({ length: n }, () => stream.normal()) });
    candidates.push(
      j >= 34
        ? {
            name: `${name}-cut`,
            cut: {
              of: name,
              rule: { kind: "youden", outcome: "y", direction: "auto" },
              labels: ["low", "high"],
              reference: "low",
              equalGoes: "up",
            },
          }
        : { name, cut: null },
    );
  }
  return {
    frame: { n, columns, outcome: { kind: "logistic", y }, ids: Int32Array.from({ length: n }, (_, i) => i) },
    candidates,
  };
}

const UNIVARIABLE: ChooseRule = { rule: "univariable-p", enterP: 0.1, test: "wald" };
const STEPWISE: ChooseRule = { rule: "stepwise-aic", direction: "both" };
const LASSO: ChooseRule = { rule: "lasso", lambda: "min", folds: 10, seed: 1 };

describe("optimism of a whole recipe", () => {
  const cohorts = sized(5, 40);
  it.each([
    ["univariable p, then stepwise", [UNIVARIABLE, STEPWISE], sized(20, 100)],
    ["LASSO, then stepwise", [LASSO, STEPWISE], sized(20, 60)],
  ] as const)("%s on pure noise (78 patients, 44 candidates) corrects to chance", (_, choose, replicates) => {
    let [apparent, corrected, outOfBag, used] = [0, 0, 0, 0];
    for (let seed = 1; seed <= cohorts; seed++) {
      const { frame, candidates } = noise(seed);
      const found = recipeOptimism(
        frame,
        { candidates, choose, impute: null, riskCut: { rule: "youden" } },
        { seed, replicates },
      );
      const [auc] = unwrap(found).measures;
      apparent += auc?.apparent ?? Number.NaN;
      corrected += auc?.plus632 ?? Number.NaN;
      outOfBag += auc?.outOfBag ?? Number.NaN;
      used++;
    }
    expect(corrected / used).toBeGreaterThan(0.45);
    expect(corrected / used).toBeLessThan(0.55);
    expect(outOfBag / used).toBeGreaterThan(0.45);
    expect(outOfBag / used).toBeLessThan(0.55);
    expect(apparent / used).toBeGreaterThan(0.65);
  });

  it("gives the same numbers again, reports progress, and stops when asked", () => {
    const { frame, candidates } = noise(3);
    const recipe: Recipe = { candidates: candidates.slice(0, 20), choose: [UNIVARIABLE], impute: null, riskCut: null };
    const seen: number[] = [];
    const once = unwrap(
      recipeOptimism(frame, recipe, { seed: 5, replicates: 25, onProgress: (done) => seen.push(done) }),
    );
    expect(unwrap(recipeOptimism(frame, recipe, { seed: 5, replicates: 25 }))).toEqual(once);
    expect(seen).toHaveLength(25);
    const signal = { aborted: false };
    const stopped = recipeOptimism(frame, recipe, {
      seed: 5,
      replicates: 25,
      signal,
      onProgress: (done) => {
        signal.aborted = done >= 3;
      },
    });
    expect(stopped.ok).toBe(false);
    expect(stopped.issues[0]?.code).toBe("stopped");
    expect(recipeOptimism(frame, recipe, { seed: 5, replicates: 5 }).issues[0]?.code).toBe("too-few-replicates");
  });

  it(".632+ stays at chance for a useless model and at the apparent value for a model that does not overfit", () => {
    expect(plus632(0.9, 0.45)).toBe(0.5);
    expect(plus632(0.8, 0.8)).toBeCloseTo(0.8, 12);
    expect(plus632(0.9, 0.7)).toBeGreaterThan(0.7);
    expect(plus632(0.9, 0.7)).toBeLessThan(0.9);
  });
});

describe("the quick logistic engine", () => {
  it("chooses as stepwiseAic does, and screens with the same p-values", () => {
    for (let seed = 1; seed <= sized(6, 30); seed++) {
      const { frame } = noise(seed, 150);
      if (frame.outcome.kind !== "logistic") throw new Error("no outcome");
      const { y } = frame.outcome;
      const terms = [...frame.columns.values()]
        .slice(1, 15)
        .map(
          (column): ModelTerm =>
            column.kind === "number"
              ? { kind: "numeric", name: column.name, values: column.values }
              : { kind: "factor", name: column.name, values: [...column.codes], levels: [0, 1] },
        );
      const response = { model: "logistic", outcome: { name: "y", values: y } } as const;
      const engine = logisticEngine(
        y,
        terms,
        Array.from({ length: frame.n }, (_, i) => i),
      );
      const names = quickStepwise(engine, "both").map((t) => terms[t]?.name);
      expect([...names].sort()).toEqual([...unwrap(stepwiseAic(response, terms, "both")).terms].sort());
      const screen = unwrap(univariateScreen(response, terms, { entryP: 0.1, test: "wald" }));
      for (const [t, one] of screen.univariate.entries()) expect(engine.wald(t).chi2).toBeCloseTo(one.wald.chi2, 5);
    }
  });

  it("keeps the linear predictor when a resample lacks a level, and misses nobody else", () => {
    const { frame, candidates } = noise(2);
    const recipe: Recipe = { candidates, choose: [UNIVARIABLE, STEPWISE], impute: null, riskCut: { rule: "youden" } };
    const fit = unwrap(runRecipe(frame, recipe));
    const lp = predictRecipe(frame, recipe, fit);
    expect([...lp].every((value) => Number.isFinite(value))).toBe(true);
    const twice = takeRows(frame, [0, 0, 5]);
    const again = predictRecipe(twice, recipe, fit);
    expect(again[0]).toBe(lp[0]);
    expect(again[1]).toBe(lp[0]);
    expect(again[2]).toBe(lp[5]);
  });

  it("keeps rows that were drawn twice in one fold", () => {
    const { frame, candidates } = noise(4);
    const rows = Array.from({ length: 78 }, (_, i) => i % 50);
    const chosen = applyRule(
      takeRows(frame, rows),
      candidates.slice(0, 20).map(({ name }) => name),
      LASSO,
      shuffle,
    );
    expect(chosen.ok).toBe(true);
  });
});

describe("derived cut-offs", () => {
  const stream = random(11);
  const marker = Float64Array.from({ length: 90 }, () => Math.round(100 * stream.normal()) / 100);
  const outcome = Float64Array.from(marker, (value) => (stream.normal() + value > 0 ? 1 : 0));
  const time = Float64Array.from(marker, (value) => stream.exponential() * Math.exp(-value));
  const event = Float64Array.from(marker, () => (stream.uniform() < 0.8 ? 1 : 0));
  const columns = (name: string): Float64Array | null => ({ outcome, time, event })[name] ?? null;

  it("agree with the ROC analysis, the scan, the median and the quartiles", () => {
    const roc = unwrap(rocAnalysis(outcome, marker, { direction: "higher-in-cases" }));
    expect(youdenCut(marker, outcome, "higher-in-cases")).toBeCloseTo(roc.youden[0]?.threshold ?? Number.NaN, 12);
    expect(areaOf(marker, outcome)).toBeCloseTo(roc.area, 12);
    expect(unwrap(deriveCuts({ kind: "median" }, marker, columns))).toEqual([median([...marker])]);
    expect(unwrap(deriveCuts({ kind: "quartiles" }, marker, columns))).toEqual(
      quantiles([...marker], [0.25, 0.5, 0.75], 7),
    );
    const scan = unwrap(scanCutPoints({ time, event, marker }));
    const [cut = Number.NaN] = unwrap(
      deriveCuts({ kind: "maximally-selected", time: "time", event: "event", smallestShare: 0.1 }, marker, columns),
    );
    expect([...marker].filter((value) => value <= cut)).toHaveLength(
      [...marker].filter((value) => value <= scan.rank.cut).length,
    );
  });

  it.each([
    [{ kind: "median" } as const, new Float64Array(5).fill(1)],
    [{ kind: "youden", outcome: "absent", direction: "auto" } as const, marker],
    [{ kind: "quartiles" } as const, Float64Array.of(1, 1, 1, 1, 2)],
  ])("refuse what has no cut (%o)", (rule, values) => {
    const found = deriveCuts(rule, values, columns);
    expect(found.ok).toBe(false);
    expect(found.issues[0]?.code).toBe("cut-not-derived");
  });
});

describe("missing values", () => {
  it("are filled before everything else, and pooled over the data sets", () => {
    const stream = random(8);
    const n = 120;
    const x = Float64Array.from({ length: n }, () => stream.normal());
    const z = Float64Array.from(x, (value) => value + stream.normal());
    const y = Float64Array.from(x, (value) => (stream.uniform() < 1 / (1 + Math.exp(-1.2 * value)) ? 1 : 0));
    const holes = Float64Array.from(x, (value, i) => (i % 6 === 0 ? Number.NaN : value));
    const frame: Frame = {
      n,
      columns: new Map<string, FrameColumn>([
        ["x", { kind: "number", name: "x", values: holes }],
        ["z", { kind: "number", name: "z", values: z }],
      ]),
      outcome: { kind: "logistic", y },
      ids: Int32Array.from({ length: n }, (_, i) => i),
    };
    const candidates: Candidate[] = [
      { name: "x", cut: null },
      { name: "z", cut: null },
    ];
    const recipe: Recipe = {
      candidates,
      choose: [{ rule: "all" }],
      impute: { seed: 1, imputations: 5, iterations: 5, columns: ["x", "z"] },
      riskCut: null,
    };
    const fit = unwrap(runRecipe(frame, recipe));
    expect(fit.terms.find((term) => term.name === "x")?.coefficients[0]).toBeGreaterThan(0.4);
    const complete = unwrap(runRecipe(frame, { ...recipe, impute: null }));
    expect(complete.terms).toHaveLength(2);
    expect(
      predictRecipe(frame, { ...recipe, impute: null }, complete).filter((value) => Number.isNaN(value)),
    ).toHaveLength(20);
  });
});

describe("published models and cut-offs", () => {
  const nomogram = publishedModel("mpmri-nomogram");
  const reconstructed = publishedModel("mpmri-nomogram/reconstructed");
  if (nomogram === undefined || reconstructed === undefined) throw new Error("no nomogram");
  const worst = { "t2-sir@follow-up-1": 1.6, "adc-mean@follow-up-1": 0.0005, nlr: 2 };

  it("give relative points and neither risk nor class where the source prints no intercept and contradicts itself", () => {
    const found = unwrap(predictPatient(nomogram, worst));
    expect(found.risk).toBeNull();
    expect(found.riskClass).toBeNull();
    expect(found.points).toBeGreaterThan(250);
    expect(found.direction).toBe("disputed");
    expect(found.places.filter(({ where }) => where.startsWith("Table 4")).length).toBeGreaterThanOrEqual(2);
    expect(found.places.some(({ where }) => where.startsWith("Discussion"))).toBe(true);
    expect(found.withheld).toHaveLength(2);
  });

  // inventory 1L: eight patient types, mean risk 46/78.
  it("reconstructed: the eight patient types have the risks that were worked out, and only one lies above 0.698", () => {
    const risks = [0, 1].flatMap((s) =>
      [0, 1].flatMap((a) =>
        [0, 1].map((l) => {
          const found = unwrap(
            predictPatient(
              reconstructed,
              { "t2-sir@follow-up-1": s ? 1.6 : 1, "adc-mean@follow-up-1": a ? 0.0015 : 0.0006, nlr: l ? 6 : 2 },
              { acceptDisputed: true },
            ),
          );
          return { risk: found.risk?.value ?? Number.NaN, high: found.riskClass };
        }),
      ),
    );
    const sorted = risks.map(({ risk }) => risk).sort((a, b) => b - a);
    // The intercept is printed there as "about −0.316": the last digit of a risk may differ.
    [0.864, 0.545, 0.507, 0.422, 0.163, 0.121, 0.106, 0.022].forEach((risk, k) => {
      expect(Math.abs((sorted[k] ?? Number.NaN) - risk)).toBeLessThan(0.001);
    });
    expect(risks.filter(({ high }) => high === "high")).toHaveLength(1);
  });

  it("mark an ADC whose measurement error reaches over the cut, and a value with its own interval", () => {
    const near = unwrap(predictPatient(nomogram, { ...worst, "adc-mean@follow-up-1": 0.00105 }));
    expect(near.inputs.find(({ input }) => input === "adc-mean@follow-up-1")?.greyZone?.cut).toBe(0.001085);
    const far = unwrap(predictPatient(nomogram, worst));
    expect(far.inputs.every(({ greyZone }) => greyZone === null)).toBe(true);
    const given = unwrap(predictPatient(nomogram, { ...worst, nlr: { value: 4.3, low: 4, high: 4.6 } }));
    expect(given.inputs.find(({ input }) => input === "nlr")?.greyZone?.cut).toBe(4.41);
  });

  it.each([
    ["a missing input", { nlr: 2 }, "input-missing"],
    ["a word for a number", { ...worst, nlr: "high" }, "input-wrong"],
    ["a level that is none", { "t2-sir-f-cut": "1.4", "adc-mean@follow-up-1": 0.001, nlr: 2 }, "input-wrong"],
  ])("refuse %s", (_, input, code) => {
    const found = predictPatient(nomogram, input);
    expect(found.ok).toBe(false);
    expect(found.issues[0]?.code).toBe(code);
  });

  it("refuse values outside the data, unless overruled", () => {
    const letb = publishedModel("letb-tace/os");
    if (letb === undefined) throw new Error("no model");
    const patient = { grade: 5, burden: 2, "letb-change": -40 };
    expect(predictPatient(letb, patient).issues[0]?.code).toBe("outside-range");
    const all = predictPatient(letb, patient, { outsideRange: true });
    expect(unwrap(all).survival).toBeNull();
    expect(all.issues[0]?.severity).toBe("warning");
    // A responder's hazard is 0.56 of a non-responder's.
    const at = (change: number): number =>
      unwrap(predictPatient(letb, { ...patient, grade: 2, "letb-change": change })).linearPredictor;
    expect(Math.exp(at(-40) - at(0))).toBeCloseTo(0.56, 10);
  });

  it("say of every entry what is stated, disputed, fitting and not, with the place", () => {
    expect(publishedCutOffs.length).toBeGreaterThanOrEqual(15);
    for (const entry of publishedCutOffs) expect(entry.places.length).toBeGreaterThan(0);
    expect(publishedCutOffs.filter(({ direction }) => direction === "disputed").map(({ marker }) => marker)).toEqual([
      "t2-sir@follow-up-1",
      "nlr",
    ]);
    expect(publishedModels.every((model) => model.status === "reconstructed" || model.intercept === null)).toBe(true);
  });

  it("refuse JSON that is no model", () => {
    expect(readPortableModel({ schema: "livermark.model/1" }, "m.json").issues[0]?.code).toBe("not-a-model");
  });
});
