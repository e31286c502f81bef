import { andThen, type Json, mapResult, ok, type Result } from "@livermark/core";
import {
  buildDesign,
  coxPredictor,
  logisticRegression,
  type ModelTerm,
  type Nomogram,
  nomogram,
  quantileOfSorted,
  splineBasis,
  splineKnots,
  splineTest,
} from "@livermark/statistics";
import type { CaseInput, CaseMethods } from "./contract.js";
import { cells, columnsOf, formulaOf, namedColumns, number, tableOf, termOf } from "./models-spec.js";

/** Coded columns of the shared data sets whose levels have names (Hosmer and Lemeshow 1989, low birth weight study). */
const LEVEL_NAMES: { readonly [column: string]: { readonly [code: string]: string } } = {
  race: { "1": "white", "2": "black", "3": "other" },
};

/** A term; coded columns with named levels become factors. */
function namedTerm(input: CaseInput, name: string): Result<ModelTerm> {
  const names = LEVEL_NAMES[name];
  return andThen(tableOf(input), (table) =>
    andThen(cells(table, name), (column) =>
      names === undefined || !column.every((cell) => cell === null || String(cell) in names)
        ? termOf(input, name)
        : ok({
            kind: "factor",
            name,
            values: column.map((cell) => (cell === null ? null : names[String(cell)]!)),
            levels: Object.values(names),
          }),
    ),
  );
}

/** Numbers as R's `as.character` writes them: at most 15 significant digits. */
const asText = (value: number): string => String(Number(value.toPrecision(15)));

/**
 * R's `datadist` rows of one column: effect range and adjusting value (quartiles and median), prediction range
 * (quantiles at 10/max(n, 200)), and full range. Binary columns span their two values and adjust to the lower one.
 */
function limitsOf(term: ModelTerm): Json {
  if (term.kind === "factor") {
    const count = (level: string | number): number => Array.from(term.values).filter((value) => value === level).length;
    const most = [...term.levels].sort((a, b) => count(b) - count(a))[0]!;
    const [first, last] = [String(term.levels[0]), String(term.levels[term.levels.length - 1])];
    return [null, String(most), null, first, last, first, last];
  }
  const sorted = Float64Array.from(Array.from(term.values).filter((value) => value !== null)).sort();
  const [low, high] = [sorted[0]!, sorted[sorted.length - 1]!];
  if (new Set(sorted).size === 2) return [low, low, high, low, high, low, high].map(asText);
  const share = 10 / Math.max(sorted.length, 200);
  const at = (p: number): number => quantileOfSorted(sorted, p);
  return [at(0.25), at(0.5), at(0.75), at(share), at(1 - share), low, high].map(asText);
}

function nomogramJson(found: Nomogram, terms: readonly ModelTerm[]): { readonly [field: string]: Json } {
  return {
    axes: Object.fromEntries(
      found.axes.map((axis) => [axis.name, { values: axis.values, xbeta: axis.xbeta, points: axis.points }]),
    ),
    lpAxis: { lp: found.linearPredictorAxis.lp, totalPoints: found.linearPredictorAxis.totalPoints },
    totalPointsAxis: found.totalPointsAxis,
    funAxis: { totalPoints: found.functionAxis.totalPoints, fat: found.functionAxis.values },
    pointsPerLpUnit: found.pointsPerUnit,
    lpAtZeroPoints: found.lpAtZeroPoints,
    datadistLimits: Object.fromEntries(terms.map((term) => [term.name, limitsOf(term)])),
  };
}

/** `race=black` for the dummy of a factor, as R's rms names it. */
const coefficientNames = (terms: readonly ModelTerm[]): string[] =>
  terms.flatMap((term) =>
    term.kind === "numeric" ? [term.name] : term.levels.slice(1).map((level) => `${term.name}=${level}`),
  );

function nomogramCase(input: CaseInput): Result<Json> {
  const { spec } = input;
  return andThen(formulaOf(spec), ({ response, terms: names }) =>
    andThen(columnsOf(input, response), (columns) => {
      const terms: ModelTerm[] = [];
      for (const name of names) {
        const term = namedTerm(input, name);
        if (!term.ok) return term;
        terms.push(term.value);
      }
      const responses = response.map((name, k): ModelTerm => ({ kind: "numeric", name, values: columns[k]! }));
      const options = typeof spec.maxscale === "number" ? { maximum: spec.maxscale } : {};
      if (response.length === 2) {
        return andThen(number(spec, "at"), (at) =>
          andThen(coxPredictor({ time: columns[0]!, event: columns[1]! }, terms, at, "efron", CPH_STOP), (cox) => {
            const survival = (lp: number): number => Math.exp(-cox.cumulativeHazard * Math.exp(lp));
            const { design, coefficients, linearPredictor } = cox;
            return mapResult(
              nomogram({ terms, design, coefficients, constant: -cox.centre, linearPredictor, fun: survival }, options),
              (found): Json => ({
                coef: Array.from(coefficients),
                coefNames: coefficientNames(terms),
                ...nomogramJson(found, [...responses, ...terms]),
                survAtLp: { lp: [-1, 0, 1], surv: [-1, 0, 1].map(survival) },
              }),
            );
          }),
        );
      }
      const outcome = { name: response[0]!, values: columns[0]! };
      return andThen(buildDesign([outcome], terms), (design) =>
        andThen(logisticRegression(outcome, terms), (fit) => {
          const coefficients = fit.coefficients.map((c) => (c.estimable ? c.estimate : 0));
          const linearPredictor = fit.fitted.map((p) => Math.log(p / (1 - p)));
          const risk = (lp: number): number => 1 / (1 + Math.exp(-lp));
          return mapResult(
            nomogram(
              {
                terms,
                design,
                coefficients: coefficients.slice(1),
                constant: coefficients[0]!,
                linearPredictor,
                fun: risk,
              },
              options,
            ),
            (found): Json => ({
              coef: coefficients,
              coefNames: ["Intercept", ...coefficientNames(terms)],
              ...nomogramJson(found, [...responses, ...terms]),
            }),
          );
        }),
      );
    }),
  );
}

/** R's `cph` ends when the log likelihood changes by less than 1e-4 of itself, which moves coefficients by 1e-4. */
const CPH_STOP = { tolerance: 1e-4 };

const SPLINE_POINTS = [35, 45, 52.5, 61, 70];

const spline = (input: CaseInput): Result<Json> =>
  andThen(namedColumns(input, ["x"]), ([x]) =>
    andThen(number(input.spec, "knots"), (count) =>
      mapResult(splineKnots(x!, count), (knots): Json => {
        const asked = input.spec.at;
        const at = Array.isArray(asked) ? asked.filter((value) => typeof value === "number") : SPLINE_POINTS;
        return { knots, at, basis: at.map((value) => splineBasis(value, knots)) };
      }),
    ),
  );

const splineNonlinearity = (input: CaseInput): Result<Json> =>
  andThen(namedColumns(input, ["time", "event", "x"]), ([time, event, x]) =>
    andThen(number(input.spec, "knots"), (count) =>
      mapResult(
        splineTest(
          { model: "cox", time: { name: "time", values: time! }, event: { name: "event", values: event! } },
          { name: "x", values: x! },
          count,
        ),
        (r): Json => ({
          knots: r.knots,
          loglik: r.loglik,
          loglikLinear: r.loglikLinear,
          lrNonlinear: r.nonlinear.chi2,
          df: r.nonlinear.df,
          p: r.nonlinear.p,
        }),
      ),
    ),
  );

export const nomogramCases: CaseMethods = { nomogram: nomogramCase, rcs: spline, rcsTest: splineNonlinearity };
