import { all, andThen, type Json, mapResult, ok, type Result, refuse } from "@livermark/core";
import {
  adjustP,
  betaCdf,
  betaQuantile,
  betaUpperTail,
  binomialCdf,
  binomialProbability,
  binomialUpperTail,
  chiSquareCdf,
  chiSquareQuantile,
  chiSquareUpperTail,
  coxContinuousEvents,
  fCdf,
  fQuantile,
  freedmanEvents,
  fUpperTail,
  gammaCdf,
  gammaQuantile,
  gammaUpperTail,
  hypergeometricCdf,
  logGamma,
  noncentralStudentCdf,
  normalCdf,
  normalLogCdf,
  normalQuantile,
  normalUpperTail,
  patientsForEvents,
  poissonCdf,
  schoenfeldEvents,
  studentCdf,
  studentizedRangeUpperTailCoarse,
  studentQuantile,
  studentUpperTail,
  tTestPower,
  tTestSize,
  twoProportionsSize,
} from "@livermark/statistics";
import type { CaseInput, CaseMethods, CaseSpec } from "./contract.js";
import { encode, number, numbers, text } from "./models-spec.js";

type Distribution = (...args: number[]) => number;

/** Functions by the name that a case gives under `fn`, with the number of their arguments. */
const DISTRIBUTIONS: { readonly [fn: string]: readonly [number, Distribution] } = {
  pnorm: [1, normalCdf],
  pnormUpper: [1, normalUpperTail],
  pnormLog: [1, normalLogCdf],
  qnorm: [1, normalQuantile],
  pchisq: [2, chiSquareCdf],
  pchisqUpper: [2, chiSquareUpperTail],
  qchisq: [2, chiSquareQuantile],
  pt: [2, studentCdf],
  ptUpper: [2, studentUpperTail],
  qt: [2, studentQuantile],
  pf: [3, fCdf],
  pfUpper: [3, fUpperTail],
  qf: [3, fQuantile],
  pbeta: [3, betaCdf],
  pbetaUpper: [3, betaUpperTail],
  qbeta: [3, betaQuantile],
  pbinom: [3, binomialCdf],
  pbinomUpper: [3, binomialUpperTail],
  dbinom: [3, binomialProbability],
  ppois: [2, poissonCdf],
  phyper: [4, hypergeometricCdf],
  lgamma: [1, logGamma],
  // The cases give shape before x, R's pgamma x before shape
  pgamma: [2, (shape, x) => gammaCdf(x, shape)],
  pgammaUpper: [2, (shape, x) => gammaUpperTail(x, shape)],
  qgamma: [2, (shape, p) => gammaQuantile(p, shape)],
  ptukeyUpper: [3, studentizedRangeUpperTailCoarse],
  ptNoncentral: [3, noncentralStudentCdf],
};

/** Outside its domain a distribution has no value, which R writes as NaN. */
function distribution(input: CaseInput): Result<Json> {
  return andThen(text(input.spec, "fn"), (fn) =>
    andThen(numbers(input.spec, "args"), (args) => {
      const known = Object.hasOwn(DISTRIBUTIONS, fn) ? DISTRIBUTIONS[fn] : undefined;
      if (known === undefined || known[0] !== args.length) {
        return refuse({
          code: "case-option",
          message: "No distribution function has this name and number of arguments.",
          got: `${fn}(${args.join(", ")})`,
          wanted: Object.keys(DISTRIBUTIONS).join(", "),
          path: "spec.fn",
        });
      }
      try {
        return ok<Json>({ value: encode(known[1](...args)) });
      } catch (error) {
        if (!(error instanceof RangeError)) throw error;
        return ok<Json>({ value: "NaN" });
      }
    }),
  );
}

function pAdjust(input: CaseInput): Result<Json> {
  const given = input.spec.p;
  const p: (number | null)[] = [];
  for (const value of Array.isArray(given) ? given : ["none"]) {
    if (value !== null && !(typeof value === "number" && value >= 0 && value <= 1)) {
      return refuse({
        code: "case-option",
        message: "Option p is not a list of p-values.",
        got: JSON.stringify(given),
        wanted: "numbers from 0 to 1, or null",
        path: "spec.p",
      });
    }
    p.push(value);
  }
  return ok({
    bonferroni: adjustP(p, "bonferroni"),
    holm: adjustP(p, "holm"),
    hochberg: adjustP(p, "hochberg"),
    hommel: adjustP(p, "hommel"),
    BH: adjustP(p, "BH"),
    BY: adjustP(p, "BY"),
  });
}

/** Numbers of the spec by name, with the defaults of the designs. */
function planned<K extends string>(spec: CaseSpec, names: readonly K[]): Result<{ readonly [name in K]: number }> {
  const defaults: { readonly [name: string]: number } = { alpha: 0.05, power: 0.8, allocation: 0.5, r2: 0, sd: 1 };
  return mapResult(all(names.map((name) => number(spec, name, defaults[name]))), (values) => {
    const record: { [name in K]?: number } = {};
    names.forEach((name, i) => {
      record[name] = values[i]!;
    });
    return record as { readonly [name in K]: number };
  });
}

/** Sample sizes, power, adjustment of p-values, distribution functions. */
export const planningCases: CaseMethods = {
  distribution,
  pAdjust,
  schoenfeldEvents: ({ spec }) =>
    andThen(planned(spec, ["hr", "alpha", "power", "allocation"]), ({ hr, ...design }) =>
      andThen(schoenfeldEvents(hr, design), (events) =>
        mapResult(
          freedmanEvents(hr, design),
          (equal): Json => ({ events: events.exact, eventsCeil: events.rounded, freedmanEqual: equal.exact }),
        ),
      ),
    ),
  schoenfeldTotal: ({ spec }) =>
    andThen(
      planned(spec, ["hr", "alpha", "power", "allocation", "eventProbability"]),
      ({ hr, eventProbability, ...design }) =>
        andThen(schoenfeldEvents(hr, design), (events) =>
          mapResult(patientsForEvents(events.exact, eventProbability), (n): Json => ({ n: n.exact })),
        ),
    ),
  coxContinuousEvents: ({ spec }) =>
    andThen(planned(spec, ["logHrPerSd", "alpha", "power", "r2"]), ({ logHrPerSd, r2, ...design }) =>
      mapResult(coxContinuousEvents(logHrPerSd, r2, design), (events): Json => ({ events: events.exact })),
    ),
  powerTwoProportions: ({ spec }) =>
    andThen(planned(spec, ["p1", "p2", "alpha", "power"]), ({ p1, p2, ...design }) =>
      mapResult(twoProportionsSize(p1, p2, design), (n): Json => ({ nPerGroup: n.exact })),
    ),
  powerTTest: ({ spec }) =>
    andThen(planned(spec, ["delta", "sd", "alpha", "power"]), ({ delta, sd, ...design }) =>
      mapResult(tTestSize(delta, sd, design), (n): Json => ({ nPerGroup: n.exact })),
    ),
  powerTTestPower: ({ spec }) =>
    andThen(planned(spec, ["n", "delta", "sd", "alpha"]), ({ n, delta, sd, alpha }) =>
      mapResult(tTestPower(n, delta, sd, alpha), ({ power, powerStrict }): Json => ({ power, powerStrict })),
    ),
};
