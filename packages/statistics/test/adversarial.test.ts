import fc from "fast-check";
import { sized } from "testkit";
import { describe, expect, it } from "vitest";
import * as s from "../src/index.js";

/** Every number inside a result, with the path to it. */
function* numbers(value: unknown, path = "", depth = 0): Generator<readonly [string, number]> {
  if (typeof value === "number") yield [path, value];
  else if (typeof value === "object" && value !== null && depth < 8) {
    for (const [key, inner] of Object.entries(value)) yield* numbers(inner, `${path}.${key}`, depth + 1);
  }
}

const P_FIELD = /\.p([A-Z]\w*)?$/;

/** What is wrong with an answer: an exception, a refusal without words, NaN, or a p-value outside 0 … 1. */
function faults(name: string, run: () => unknown): string[] {
  let answer: unknown;
  try {
    answer = run();
  } catch (error) {
    return [`${name} threw ${String(error)}`];
  }
  const found: string[] = [];
  const refused = answer as { readonly ok?: boolean; readonly issues?: readonly { readonly message: string }[] };
  if (refused.ok === false && !(refused.issues ?? []).some((issue) => issue.message.length > 20))
    found.push(`${name} refused without a reason`);
  for (const [path, number] of numbers(answer)) {
    if (Number.isNaN(number)) found.push(`${name}${path} is NaN`);
    else if (P_FIELD.test(path) && !path.includes("issues") && !(number >= 0 && number <= 1))
      found.push(`${name}${path} is ${number}`);
  }
  return found;
}

type Columns = {
  readonly x: readonly number[];
  readonly z: readonly number[];
  readonly y: readonly number[];
  readonly time: readonly number[];
  readonly event: readonly number[];
  readonly group: readonly string[];
  readonly gaps: readonly (number | null)[];
};

const term = (name: string, values: ArrayLike<number | null>): s.ModelTerm => ({ kind: "numeric", name, values });
const then = <T, U>(result: { readonly ok: true; readonly value: T } | { readonly ok: false }, f: (value: T) => U) =>
  result.ok ? f(result.value) : result;

/** Every public method that takes columns of patients. */
const byColumns: { readonly [name: string]: (c: Columns) => unknown } = {
  describe: ({ gaps }) => s.describe(gaps),
  shapiroWilk: ({ x }) => s.shapiroWilk(x),
  tTest: ({ x, z }) => [s.tTest(x, z), s.tTest(x, z, { equalVariances: true })],
  pairedTTest: ({ x, z }) => s.pairedTTest(x, z),
  varianceRatioTest: ({ x, z }) => s.varianceRatioTest(x, z),
  leveneTest: ({ x, z }) => s.leveneTest([x, z]),
  cohensD: ({ x, z }) => s.cohensD(x, z),
  mannWhitney: ({ x, gaps }) => s.mannWhitney(x, gaps),
  signedRank: ({ x, z }) => s.signedRank(x, z),
  kSample: ({ x, group }) =>
    then(s.groupValues(x, group), (g) => [
      s.kruskalWallis(g),
      s.dunnTest(g),
      s.oneWayAnova(g),
      s.welchAnova(g),
      s.bartlettTest(g),
      s.pairwiseTTests(g),
    ]),
  pearson: ({ x, z }) => s.pearsonCorrelation(x, z),
  spearman: ({ x, gaps }) => s.spearmanCorrelation(x, gaps),
  kendall: ({ x, z }) => s.kendallCorrelation(x, z),
  leastSquares: ({ x, z, y }) =>
    s.leastSquares(x, [
      { name: "z", values: z },
      { name: "y", values: y },
    ]),
  standardisedDifference: ({ x, z }) => s.standardisedDifference(x, z),
  intraclass: ({ x, z }) => s.intraclassCorrelation([x, z]),
  blandAltman: ({ x, gaps }) => s.blandAltman(x, gaps),
  kaplanMeier: ({ time, event }) =>
    (["log", "log-log", "plain", "logit", "arcsin"] as const).map((intervalType) => {
      const curve = s.kaplanMeier({ time, event }, { intervalType });
      return then(curve, (km) => [
        km,
        s.survivalQuantile(km, 0.5),
        s.survivalAt(km, [0, 1, 1e9]),
        s.restrictedMean(km),
        s.spssMedian(km),
      ]);
    }),
  followUp: ({ time, event }) => s.followUp({ time, event }),
  logRank: ({ time, event, group, y }) => [
    s.logRank({ time, event, group }),
    s.logRank({ time, event, group, strata: y }),
    s.logRank({ time, event, group }, { weight: { kind: "fleming-harrington", rho: 0, gamma: 1 } }),
  ],
  cox: ({ time, event, x, z, y, group }) =>
    (["efron", "breslow", "exact"] as const).flatMap((ties) => {
      const covariates = [
        { name: "x", values: x },
        { name: "z", values: z },
      ];
      return [
        s.coxRegression({ time, event, covariates }, { ties }),
        s.coxRegression({ time, event, covariates: [{ name: "y", values: y }], strata: group }, { ties }),
        ...(ties === "exact" ? [] : [s.coxRegression({ time, event, covariates, cluster: group }, { ties })]),
      ];
    }),
  coxFollowers: ({ time, event, x, y }) =>
    then(
      s.prepareCox({
        time,
        event,
        covariates: [
          { name: "x", values: x },
          { name: "y", values: y },
        ],
      }),
      (data) =>
        then(s.fitCox(data), (fit) => [
          s.coxZph(fit),
          s.coxBaseline(fit, "means"),
          s.coxResiduals(fit, x.length),
          s.coxSurvival(fit, [[1, 0]], [1, 5]),
        ]),
    ),
  concordance: ({ time, event, x }) => [
    s.concordance({ time, event, marker: x }, { direction: "higher-risk" }),
    s.concordance({ time, event, marker: x }, { direction: "higher-risk", weight: "uno" }),
  ],
  cumulativeIncidence: ({ time, event, y, group }) => {
    const cause = event.map((e, i) => (e === 1 ? 1 + y[i]! : 0));
    return [
      s.cumulativeIncidence({ time, cause }),
      s.grayTest({ time, cause, group }),
      s.fineGray({ time, cause, covariates: [{ name: "y", values: y }] }),
    ];
  },
  landmark: ({ time, event }) => s.landmark({ time, event }, 1),
  scanCutPoints: ({ time, event, x }) => s.scanCutPoints({ time, event, marker: x }),
  timeDependentRoc: ({ time, event, x, y }) => [
    s.timeDependentRoc({ time, event, marker: x }, { times: [1, 2] }),
    s.survivalBrier({ time, event, survival: y }, 1),
  ],
  logistic: ({ y, x, z }) => [
    s.logisticRegression({ name: "y", values: y }, [term("x", x), term("z", z)]),
    s.logisticRegression({ name: "y", values: y }, [term("x", x)], { profile: "exact" }),
    s.logisticSeparation({ name: "y", values: y }, [term("x", x)]),
    s.firthRegression({ name: "y", values: y }, [term("x", x), term("z", z)]),
  ],
  hosmerLemeshow: ({ x, y }) => s.hosmerLemeshow(x.map(toRisk), y),
  selection: ({ time, event, y, x, z }) => {
    const candidates = [term("x", x), term("z", z)];
    return [
      { model: "logistic" as const, outcome: { name: "y", values: y } },
      { model: "cox" as const, time: { name: "t", values: time }, event: { name: "e", values: event } },
    ].flatMap((response) => [
      s.stepwiseAic(response, candidates, "both"),
      s.forwardByP(response, candidates, { entry: "score", removal: "wald", pIn: 0.05, pOut: 0.1 }),
      s.backwardByP(response, candidates, { test: "likelihood-ratio", pOut: 0.1 }),
      s.univariateScreen(response, candidates, { entryP: 0.5, test: "wald" }),
    ]);
  },
  lasso: ({ y, x, z, time, event }) => {
    const covariates = [
      { name: "x", values: x },
      { name: "z", values: z },
    ];
    return [
      s.lasso({ family: "gaussian", outcome: { name: "x", values: x } }, [{ name: "z", values: z }]),
      s.lasso({ family: "binomial", outcome: { name: "y", values: y } }, covariates),
      s.lasso({ family: "cox", time: { name: "t", values: time }, event: { name: "e", values: event } }, covariates),
      s.lassoCrossValidation({ family: "binomial", outcome: { name: "y", values: y } }, covariates, {
        measure: "deviance",
        folds: { seed: 1, count: 3 },
      }),
    ];
  },
  roc: ({ y, x, z }) => [
    s.rocAnalysis(y, x),
    s.rocTestPaired(y, x, z),
    s.rocTestUnpaired({ outcome: y, marker: x }, { outcome: y, marker: z }),
    s.bootstrapAuc(y, x, {
      direction: "higher-in-cases",
      resampling: { seed: 1, replicates: 5, stratified: false },
    }),
  ],
  calibration: ({ x, y }) => [s.calibrationStats(x.map(toRisk), y), s.lowessCalibration(x.map(toRisk), y, [0.2, 0.8])],
  optimism: ({ time, event, y, x }) => [
    s.bootstrapOptimismCox({ time, event }, [term("x", x)], { draws: { seed: 1, replicates: 4 } }),
    s.bootstrapOptimismLogistic({ name: "y", values: y }, [term("x", x)], { draws: { seed: 1, replicates: 4 } }),
    s.groupedKmCalibration({ time, event }, [term("x", x)], { at: 1, groups: 2 }),
  ],
  decisionCurves: ({ time, event, y, x }) => [
    s.decisionCurve(y, [{ name: "m", values: x.map(toRisk) }], [0.1, 0.5]),
    s.decisionCurveSurvival({ time, event }, x.map(toRisk), 1, [0.1, 0.5]),
  ],
  splines: ({ time, event, x }) => [
    s.splineKnots(x, 3),
    s.splineTest(
      { model: "cox", time: { name: "t", values: time }, event: { name: "e", values: event } },
      { name: "x", values: x },
      3,
    ),
  ],
  imputation: ({ x, gaps }) =>
    s.imputeChained(
      [
        { name: "x", values: x, method: "normal" },
        { name: "g", values: gaps, method: "predictive mean matching" },
      ],
      { seed: 1, imputations: 2, iterations: 2 },
    ),
};

const toRisk = (value: number): number => (value > 1e3 ? 1 : value < -1e3 ? 0 : 1 / (1 + Math.exp(-value)));

const zeroOne = (length: number) =>
  fc.oneof(
    fc.array(fc.constantFrom(0, 1), { minLength: length, maxLength: length }),
    fc.constantFrom(0, 1).map((value) => Array<number>(length).fill(value)),
  );
const nasty = (length: number, low: number) =>
  fc.oneof(
    fc.array(fc.constantFrom(0, 1, 2, 3), { minLength: length, maxLength: length }),
    fc.array(fc.double({ min: low, max: 10, noNaN: true }), { minLength: length, maxLength: length }),
    fc.array(fc.constantFrom(0, 1e-300, 1e9, 1e9 + 1, 5), { minLength: length, maxLength: length }),
    fc.constantFrom(0, 1, 7.5, 1e12).map((value) => Array<number>(length).fill(value)),
    fc.constant(Array.from({ length }, (_, i) => i)),
  );
const columns = fc.integer({ min: 0, max: 12 }).chain((length) =>
  fc.record({
    x: nasty(length, -10),
    z: nasty(length, -10),
    y: zeroOne(length),
    time: nasty(length, 0),
    event: zeroOne(length),
    group: fc.array(fc.constantFrom("a", "b", "c"), { minLength: length, maxLength: length }),
    gaps: fc.array(fc.constantFrom(null, 0, 1, 2.5, 1e6), { minLength: length, maxLength: length }),
  }),
);

const first = (c: Columns, rows: number): Columns => ({
  x: c.x.slice(0, rows),
  z: c.z.slice(0, rows),
  y: c.y.slice(0, rows),
  time: c.time.slice(0, rows),
  event: c.event.slice(0, rows),
  group: c.group.slice(0, rows),
  gaps: c.gaps.slice(0, rows),
});

/** Cases that a reviewer thinks of first. */
const named: readonly (readonly [string, Columns])[] = (() => {
  const count = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9];
  const base: Columns = {
    x: count.map((i) => (i * 7) % 10),
    z: count.map((i) => (i * 3) % 10),
    y: count.map((i) => i % 2),
    time: count.map((i) => i + 1),
    event: count.map((i) => (i % 3 === 0 ? 0 : 1)),
    group: count.map((i) => (i % 2 === 0 ? "a" : "b")),
    gaps: count,
  };
  const half = count.map((i) => (i < 5 ? 0 : 1));
  return [
    ["an arm without events", { ...base, event: base.y, x: base.y, z: base.z }],
    ["everybody censored", { ...base, event: count.map(() => 0) }],
    ["separation, and an area of 1", { ...base, x: count, y: half }],
    ["monotone likelihood", { ...base, x: half, event: half.map((h) => 1 - h) }],
    ["a constant column", { ...base, x: count.map(() => 3) }],
    ["collinear columns", { ...base, z: base.x.map((v) => 2 * v - 1) }],
    ["everything tied", { ...base, x: count.map(() => 1), z: count.map(() => 1), time: count.map(() => 1) }],
    ["one class", { ...base, y: count.map(() => 1) }],
    ["a single row", first(base, 1)],
    ["two rows", first(base, 2)],
    ["no rows", first(base, 0)],
    ["everything missing", { ...base, x: count.map(() => Number.NaN), gaps: count.map(() => null) }],
    ["an offset of 1e9", { ...base, x: base.x.map((v) => v + 1e9) }],
    ["two raters far apart, each way", { ...first(base, 2), x: [1e9, 0], z: [0, 1e9 + 1] }],
    [
      "two coefficients that run off together",
      {
        ...first(base, 5),
        x: [1e9, 0, 1e9, 1e9 + 1, 5],
        y: [1, 1, 0, 0, 1],
        time: [0, 3, 3, 2, 1],
        event: [1, 1, 1, 1, 1],
      },
    ],
    ["three subjects, two raters far apart", { ...first(base, 3), x: [1e9 + 1, 0, 0], z: [0, 1e9 + 1, 1e9] }],
    [
      "a covariate of 1e9 beside 0, and ties",
      {
        ...first(base, 8),
        x: [1e9 + 1, 0, 0, 5, 0, 5, 0, 0],
        y: [1, 0, 0, 0, 0, 1, 1, 0],
        time: base.time.slice(0, 8).map(() => 0),
        event: [0, 0, 0, 1, 1, 0, 0, 0],
      },
    ],
    [
      "resamples that run off",
      {
        ...base,
        x: [0, 0, 0, 0, 0, 0, 0, -2.767041902548881e-32, -1.0070539509421229e-29, 0],
        time: [3, 1, 0, 1, 3, 2, 0, 0, 0, 2],
        event: count.map(() => 1),
      },
    ],
    ["tiny differences", { ...base, x: base.x.map((v) => 1 + v * 1e-15) }],
  ];
})();

/** Every public method that takes counts. */
const byCounts: { readonly [name: string]: (table: number[][]) => unknown } = {
  contingencyTest: s.contingencyTest,
  trendTest: ([a = [], b = []]) =>
    s.trendTest(
      a,
      a.map((count, i) => count + (b[i] ?? 0)),
      a.map((_, i) => i),
    ),
  fisherExact: (t) => s.fisherExact(t, 1e5),
  fisherTwoByTwo: s.fisherTwoByTwo,
  twoByTwoEffects: s.twoByTwoEffects,
  mcNemar: s.mcNemarTest,
  mantelHaenszel: (t) => s.mantelHaenszel([t, t]),
  cohenKappa: (t) => [s.cohenKappa(t), s.cohenKappa(t, "linear"), s.cohenKappa(t, "quadratic")],
  adjustedKappa: s.adjustedKappa,
  gwetAc1: s.gwetAc1,
  diagnosticAccuracy: ([[a = 0, b = 0] = [], [c = 0, d = 0] = []]) =>
    s.diagnosticAccuracy({ truePositive: a, falsePositive: b, falseNegative: c, trueNegative: d }),
  proportion: ([[a = 0, b = 0] = []]) => s.proportion(a, a + b),
  binaryGroups: ([[a = 0, b = 0] = [], [c = 0, d = 0] = []]) => s.standardisedCategoryDifference([a, b], [c, d]),
};

/** Every planning method, over shares and effects at and beyond their edges. */
const byDesign: { readonly [name: string]: (a: number, b: number) => unknown } = {
  schoenfeldEvents: (a) => s.schoenfeldEvents(a),
  freedmanEvents: (a) => s.freedmanEvents(a),
  patientsForEvents: (a, b) => s.patientsForEvents(a, b),
  logRankPower: (a, b) => s.logRankPower(a, b),
  coxContinuousEvents: (a, b) => s.coxContinuousEvents(a, b),
  twoProportionsSize: (a, b) => s.twoProportionsSize(a, b),
  tTestSize: (a, b) => s.tTestSize(a, b),
  tTestPower: (a, b) => s.tTestPower(10, a, b),
  aucPrecisionSize: (a, b) => s.aucPrecisionSize(a, b),
  aucTestSize: (a, b) => s.aucTestSize(a, b),
  iccPrecisionSize: (a, b) => s.iccPrecisionSize(a, 2, b),
  kappaPrecisionSize: (a, b) => s.kappaPrecisionSize(a, b, 0.1),
  simonTwoStage: (a, b) => s.simonTwoStage(a, b, { largest: 20 }),
  poolEstimates: (a, b) => [s.poolEstimates([a, b], [a * a, b * b]), s.poolEstimates([a, a], [b * b, b * b])],
};

describe("no answer misleads, whatever the data", () => {
  it.each(named)("%s", (_, input) => {
    expect(Object.entries(byColumns).flatMap(([name, run]) => faults(name, () => run(input)))).toEqual([]);
  });
  it.each(Object.entries(byColumns))("%s never throws, never answers NaN", (name, run) => {
    fc.assert(
      fc.property(columns, (input) => {
        expect(faults(name, () => run(input))).toEqual([]);
      }),
      { numRuns: sized(25, 400) },
    );
  });
  it.each(Object.entries(byCounts))("%s of any table", (name, run) => {
    const row = (length: number) =>
      fc.array(fc.constantFrom(0, 0, 1, 2, 5, 40), { minLength: length, maxLength: length });
    const table = fc
      .integer({ min: 0, max: 4 })
      .chain((size) => fc.array(row(size), { minLength: size, maxLength: size }));
    fc.assert(
      fc.property(table, (counts) => {
        expect(faults(name, () => run(counts))).toEqual([]);
      }),
      { numRuns: sized(60, 600) },
    );
  });
  it.each(Object.entries(byDesign))("%s at the edges", (name, run) => {
    const edge = fc.constantFrom(-1, 0, 1e-9, 0.05, 0.5, 0.9, 1, 1.5, 30, 1e6, Number.POSITIVE_INFINITY, Number.NaN);
    fc.assert(
      fc.property(edge, edge, (a, b) => {
        expect(faults(name, () => run(a, b)).filter((fault) => !fault.includes(".issues."))).toEqual([]);
      }),
      { numRuns: sized(60, 300) },
    );
  });
});
