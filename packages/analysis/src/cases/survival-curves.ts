import { andThen, type Json, mapResult, ok, type Result } from "@livermark/core";
import {
  adjustP,
  type Estimate,
  followUp,
  type IntervalType,
  type KaplanMeier,
  kaplanMeier,
  type LogRank,
  type LogRankColumns,
  type LogRankWeight,
  logRank,
  restrictedMean,
  type SurvivalColumns,
  spssMedian,
  survivalAt,
  survivalQuantile,
} from "@livermark/statistics";
import type { CaseInput, CaseMethods } from "./contract.js";
import { encodeAll, number, numbers } from "./models-spec.js";
import { followUpOf, names, optionalLabels } from "./survival-spec.js";

const INTERVALS: readonly IntervalType[] = ["plain", "log", "log-log", "logit", "arcsin"];
const QUARTILES = [0.25, 0.5, 0.75];

/** R leaves a limit NA or NaN according to the scale; both mean "not estimable". */
function limitWord(limit: Estimate, survival: number, type: IntervalType): Json {
  if (limit !== null) return limit;
  if (type === "plain") return "NaN";
  return survival === 1 && (type === "logit" || type === "arcsin") ? "NaN" : null;
}

/** R's standard error of S = 0 is NaN. */
const errorWord = (standardError: Estimate): Json => standardError ?? "NaN";

function intervalFields(curve: KaplanMeier, times: readonly number[] | null): { [field: string]: Json } {
  const type = curve.intervalType;
  const quartiles = QUARTILES.map((p) => survivalQuantile(curve, p));
  const fields = {
    quantile: quartiles.map((q) => q.value),
    lower: quartiles.map((q) => q.lower),
    upper: quartiles.map((q) => q.upper),
  };
  if (times === null) return fields;
  const at = survivalAt(curve, times);
  return {
    ...fields,
    atTimes: {
      surv: at.map((point) => point.survival),
      lower: at.map((point) => limitWord(point.lower, point.survival, type)),
      upper: at.map((point) => limitWord(point.upper, point.survival, type)),
    },
  };
}

function spssFields(curve: KaplanMeier): Json {
  const median = spssMedian(curve);
  const first = { median: median.value, se: median.standardError, ci: [median.lower, median.upper] };
  if (median.value === null) return first;
  return {
    ...first,
    u55: median.upperTime,
    Su55: median.survivalAtUpperTime,
    l45: median.lowerTime,
    Sl45: median.survivalAtLowerTime,
    density: median.density,
    seSurvAtMedian: median.standardErrorOfSurvival ?? "NaN",
  };
}

function reverseFields(columns: SurvivalColumns): Result<Json> {
  return andThen(followUp(columns, { intervalType: "plain" }), (plain) =>
    mapResult(followUp(columns, { intervalType: "log" }), (log) => ({
      quantile: [...plain.quartiles],
      medianLowerPlain: plain.reverseKaplanMeier.lower,
      medianUpperPlain: plain.reverseKaplanMeier.upper,
      medianLowerLog: log.reverseKaplanMeier.lower,
      medianUpperLog: log.reverseKaplanMeier.upper,
    })),
  );
}

function kaplanMeierFields(input: CaseInput, columns: SurvivalColumns, level: number): Result<Json> {
  const { spec } = input;
  const times = spec.times === undefined || spec.times === null ? ok(null) : numbers(spec, "times");
  if (!times.ok) return times;
  const tau = typeof spec.tau === "number" ? spec.tau : null;
  const fields: { [field: string]: Json } = {};
  const intervals: { [field: string]: Json } = {};
  for (const intervalType of INTERVALS) {
    const made = kaplanMeier(columns, { intervalType, level });
    if (!made.ok) return made;
    const curve = made.value;
    if (intervalType === "plain") {
      fields.n = curve.n;
      fields.events = curve.events;
      fields.curve = {
        time: encodeAll(curve.time),
        nRisk: encodeAll(curve.atRisk),
        nEvent: encodeAll(curve.eventCount),
        nCensor: encodeAll(curve.censoredCount),
        surv: encodeAll(curve.survival),
        // The oracle multiplies R's std.err by S; where weights are not whole R's std.err already is that of S.
        seGreenwood: curve.standardError.map((se, k) =>
          errorWord(se === null || curve.varianceType === "greenwood" ? se : se * curve.survival[k]!),
        ),
        nelsonAalen: encodeAll(curve.cumulativeHazard),
      };
      if (times.value !== null) {
        const at = survivalAt(curve, times.value);
        fields.times = [...times.value];
        fields.atRisk = at.map((point) => point.atRisk);
        fields.seAtTimes = at.map((point) => errorWord(point.standardError));
      }
      const whole = restrictedMean(curve);
      if (whole.ok) fields.meanToLast = { mean: whole.value.mean, se: whole.value.standardError };
      if (tau !== null) {
        const mean = restrictedMean(curve, tau);
        if (!mean.ok) return mean;
        fields.rmst = { tau, mean: mean.value.mean, se: mean.value.standardError };
      }
      if (columns.entry === undefined && columns.weights === undefined) {
        // The oracle's rule of SPSS always has 95 %.
        const spss = kaplanMeier(columns, { intervalType, level: 0.95 });
        if (!spss.ok) return spss;
        fields.spssMedian = spssFields(spss.value);
      }
    }
    intervals[`ci_${intervalType.replace("-", "")}`] = intervalFields(curve, times.value);
  }
  if (columns.entry !== undefined || columns.weights !== undefined) return ok({ ...fields, ...intervals });
  return mapResult(reverseFields(columns), (reverseKM) => ({ ...fields, ...intervals, reverseKM }));
}

const kaplanMeierCase = (input: CaseInput): Result<Json> =>
  andThen(followUpOf(input), (columns) =>
    andThen(number(input.spec, "conf", 0.95), (level) => kaplanMeierFields(input, columns, level)),
  );

const WEIGHTS: readonly (readonly [string, LogRankWeight])[] = [
  ["gehan", { kind: "gehan" }],
  ["tarone", { kind: "tarone-ware" }],
  ["peto", { kind: "peto-peto" }],
];

/** The comparison of two of the groups, for the pairwise tests. */
function pairTests(columns: LogRankColumns, labels: readonly string[]) {
  return labels.flatMap((a, i) =>
    labels.slice(i + 1).flatMap((b) => {
      const pair = logRank(columns, { levels: [a, b] });
      const test = pair.ok ? pair.value.test : null;
      return test === null ? [] : [{ a, b, chisq: test.chiSquare, p: test.p }];
    }),
  );
}

const testFields = (result: LogRank): { [field: string]: Json } => ({
  chisq: result.test?.chiSquare ?? null,
  df: result.test?.df ?? 0,
  p: result.test?.p ?? null,
});

const ratioFields = (ratio: LogRank["petoHazardRatio"]): Json => ({
  hr: ratio?.hazardRatio ?? null,
  ci: [ratio?.lower ?? null, ratio?.upper ?? null],
});

function logRankFields(columns: LogRankColumns, scores: readonly number[] | null): Result<Json> {
  const options = scores === null ? {} : { scores };
  const fields: { [field: string]: Json } = {};
  const plain = logRank(columns, options);
  if (!plain.ok) return plain;
  const { groups, test, covariance } = plain.value;
  fields.groups = groups.map((group) => group.label);
  fields.n = groups.map((group) => group.n);
  fields.observed = groups.map((group) => group.observed);
  fields.expected = groups.map((group) => group.expected);
  fields.logrank = { ...testFields(plain.value), V: covariance.map((row) => [...row]) };
  const rho = logRank(columns, { weight: { kind: "fleming-harrington", rho: 1, gamma: 0 } });
  if (!rho.ok) return rho;
  fields.gRho1 = { chisq: rho.value.test?.chiSquare ?? null, p: rho.value.test?.p ?? null };
  for (const [name, weight] of WEIGHTS) {
    const weighted = logRank(columns, { ...options, weight });
    if (!weighted.ok) return weighted;
    const trend = weighted.value.trend;
    fields[name] = {
      ...testFields(weighted.value),
      ...(trend === null ? {} : { trend: { chisq: trend.chiSquare, p: trend.p } }),
    };
  }
  if (scores !== null) {
    const { trend } = plain.value;
    fields.scores = [...scores];
    fields.trend = trend === null ? null : { chisq: trend.chiSquare, p: trend.p };
  }
  if (groups.length === 2 && test !== null) {
    fields.petoHR = ratioFields(plain.value.petoHazardRatio);
    fields.pikeHR = ratioFields(plain.value.pikeHazardRatio);
  }
  if (groups.length > 2 && columns.strata === undefined) {
    const pairs = pairTests(
      columns,
      groups.map((group) => group.label),
    );
    const ps = pairs.map((pair) => pair.p);
    fields.pairwise = pairs;
    fields.pairwiseHolm = [...adjustP(ps, "holm")];
    fields.pairwiseBH = [...adjustP(ps, "BH")];
    fields.pairwiseBonferroni = [...adjustP(ps, "bonferroni")];
  }
  return ok(fields);
}

const logRankCase = (input: CaseInput): Result<Json> =>
  andThen(followUpOf(input), (columns) =>
    andThen(optionalLabels(input, "group"), (group) =>
      andThen(optionalLabels(input, "strata"), (strata) =>
        andThen(Array.isArray(input.spec.scores) ? numbers(input.spec, "scores") : ok(null), (scores) =>
          logRankFields({ ...columns, group: group ?? [], ...(names(input.spec, "strata") ? { strata } : {}) }, scores),
        ),
      ),
    ),
  );

/** Kaplan–Meier and the log-rank family. */
export const curveCases: CaseMethods = { kaplanMeier: kaplanMeierCase, logrank: logRankCase };
