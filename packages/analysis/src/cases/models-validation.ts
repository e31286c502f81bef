import { all, andThen, type Json, mapResult, ok, type Result, refuse } from "@livermark/core";
import {
  bootstrapOptimismCox,
  bootstrapOptimismLogistic,
  calibrationStats,
  decisionCurve,
  decisionCurveSurvival,
  groupedKmCalibration,
  largestLineError,
  lowessCalibration,
  type ModelTerm,
  type NumericColumn,
  type OptimismTable,
} from "@livermark/statistics";
import type { CaseInput, CaseMethods } from "./contract.js";
import {
  columnsOf,
  encodeAll,
  formulaOf,
  namedColumns,
  number,
  numbers,
  rowIndices,
  termsOf,
  words,
} from "./models-spec.js";

/** R's `lrm` ends its iterations when −2 log likelihood changes by less than 0.025, and prints one step later. */
const LRM_STOP = { devianceTolerance: 0.025, stepsAfter: 1 };

const calibration = (input: CaseInput): Result<Json> =>
  andThen(namedColumns(input, ["p", "y"]), ([p, y]) =>
    andThen(calibrationStats(p!, y!), (s) =>
      mapResult(
        calibrationStats(p!, y!, LRM_STOP),
        (early): Json => ({
          n: s.n,
          Dxy: 2 * s.cStatistic - 1,
          CROC: s.cStatistic,
          R2: s.nagelkerkeR2,
          D: s.d,
          DChisq: s.dChi2,
          Dp: null,
          U: s.u,
          UChisq: s.uChi2,
          Up: s.uP,
          Q: s.q,
          Brier: s.brier,
          Intercept: early.line.intercept,
          Slope: early.line.slope,
          Emax: s.eMax,
          E90: s.e90,
          Eavg: s.eMean,
          Sz: s.spiegelhalter.z,
          Sp: s.spiegelhalter.p,
          slopeGlm: s.line.slope,
          interceptGlm: s.line.intercept,
          calibrationInTheLarge: s.inTheLarge,
          citlSe: s.inTheLargeStandardError,
          slopeSe: s.line.slopeStandardError,
          brierScaled: s.brierScaled,
        }),
      ),
    ),
  );

const smooth = (input: CaseInput): Result<Json> =>
  andThen(namedColumns(input, ["p", "y"]), ([p, y]) =>
    andThen(numbers(input.spec, "grid"), (grid) =>
      andThen(number(input.spec, "f", 2 / 3), (span) =>
        mapResult(
          lowessCalibration(p!, y!, grid, span),
          (r): Json => ({
            grid: r.grid,
            calibrated: r.calibrated,
            lowessX: encodeAll(r.curve.x),
            lowessY: encodeAll(r.curve.y),
          }),
        ),
      ),
    ),
  );

interface FormulaModel {
  readonly response: readonly string[];
  readonly columns: readonly NumericColumn[];
  readonly terms: readonly ModelTerm[];
}

/** Response columns and terms of a formula. */
const formulaModel = (input: CaseInput): Result<FormulaModel> =>
  andThen(formulaOf(input.spec), ({ response, terms }) =>
    andThen(columnsOf(input, response), (columns) =>
      mapResult(termsOf(input, terms), (found) => ({ response, columns, terms: found })),
    ),
  );

/** The oracle's fields of an optimism table, for the indexes that it names. */
function tableJson(table: OptimismTable, names: readonly string[]): { readonly [field: string]: Json } {
  const at = names.map((name) => table.indexes.indexOf(name));
  const of = (values: readonly number[]): number[] => at.map((k) => values[k]!);
  return {
    metrics: names,
    apparent: of(table.apparent),
    training: of(table.training),
    test: of(table.test),
    optimism: of(table.optimism),
    corrected: of(table.corrected),
    perReplicateOptimismDxy: table.perReplicate,
  };
}

const optimismLogistic = (input: CaseInput): Result<Json> =>
  andThen(formulaModel(input), ({ response, columns, terms }) =>
    andThen(all([numbers(input.spec, "grid")]), ([grid]) =>
      andThen(rowIndices(input, "indices"), (indices) =>
        mapResult(
          bootstrapOptimismLogistic({ name: response[0]!, values: columns[0]! }, terms, {
            draws: { indices },
            grid: grid!,
          }),
          (r): Json => ({
            ...tableJson(r, ["dxy", "c", "brier", "intercept", "slope"]),
            calibration: {
              grid: grid!,
              apparent: r.calibration!.apparent,
              optimism: r.calibration!.optimism,
              corrected: r.calibration!.corrected,
              note: "NA replicates (grid outside the range) are left out per grid point",
            },
          }),
        ),
      ),
    ),
  );

const tiesOf = (input: CaseInput): "efron" | "breslow" => (input.spec.ties === "breslow" ? "breslow" : "efron");

const optimismCox = (input: CaseInput): Result<Json> =>
  andThen(formulaModel(input), ({ columns, terms }) =>
    andThen(rowIndices(input, "indices"), (indices) =>
      mapResult(
        bootstrapOptimismCox({ time: columns[0]!, event: columns[1]! }, terms, {
          draws: { indices },
          ties: tiesOf(input),
        }),
        (r): Json => ({ ...tableJson(r, ["dxy", "slope"]), correctedC: r.correctedC }),
      ),
    ),
  );

/** Replicates are several times the case's, so that our own share of the Monte-Carlo error is small. */
const MONTE_CARLO_REPLICATES = 10_000;
const MONTE_CARLO_SEED = 1;

function monteCarlo(input: CaseInput): Result<Json> {
  const draws = { seed: MONTE_CARLO_SEED, replicates: MONTE_CARLO_REPLICATES };
  return andThen(formulaModel(input), ({ response, columns, terms }): Result<Json> => {
    const named = (table: OptimismTable, names: readonly (readonly [string, string])[]) => ({
      index: names.map(([shown]) => shown),
      orig: names.map(([, name]) => table.apparent[table.indexes.indexOf(name)] ?? 0),
      optimism: names.map(([, name]) => table.optimism[table.indexes.indexOf(name)] ?? 0),
      corrected: names.map(([, name]) => table.corrected[table.indexes.indexOf(name)] ?? 0),
    });
    if (response.length === 2) {
      return mapResult(
        bootstrapOptimismCox({ time: columns[0]!, event: columns[1]! }, terms, { draws }),
        (r): Json =>
          named(r, [
            ["Dxy", "dxy"],
            ["R2", "r2"],
            ["Slope", "slope"],
            ["D", "d"],
            ["U", "u"],
            ["Q", "q"],
            ["g", "g"],
          ]),
      );
    }
    return mapResult(
      bootstrapOptimismLogistic({ name: response[0]!, values: columns[0]! }, terms, { draws }),
      (r): Json => {
        const found = named(r, [
          ["Dxy", "dxy"],
          ["R2", "r2"],
          ["Intercept", "intercept"],
          ["Slope", "slope"],
          ["Emax", "emax"],
          ["D", "d"],
          ["U", "u"],
          ["Q", "q"],
          ["B", "brier"],
          ["g", "g"],
          ["gp", "gp"],
        ]);
        const emax = found.index.indexOf("Emax");
        const error = largestLineError(found.corrected[2]!, found.corrected[3]!);
        return { ...found, optimism: found.optimism.with(emax, error), corrected: found.corrected.with(emax, error) };
      },
    );
  });
}

const groupedKm = (input: CaseInput): Result<Json> =>
  andThen(formulaModel(input), ({ columns, terms }) =>
    andThen(all([number(input.spec, "at"), number(input.spec, "groups")]), ([at, groups]) =>
      mapResult(
        groupedKmCalibration({ time: columns[0]!, event: columns[1]! }, terms, { at: at!, groups: groups! }),
        (r): Json => ({
          predictedFirst10: Array.from(r.predicted.subarray(0, 10)),
          meanPredicted: r.groups.map((g) => g.meanPredicted),
          n: r.groups.map((g) => g.n),
          events: r.groups.map((g) => g.events),
          km: r.groups.map((g) => g.survival),
          stdErrLog: r.groups.map((g) => g.standardErrorLog),
        }),
      ),
    ),
  );

function netBenefit(input: CaseInput): Result<Json> {
  const { spec } = input;
  const given: Result<{ y: NumericColumn; names: readonly string[]; risks: readonly NumericColumn[] }> =
    input.table === null
      ? mapResult(all([numbers(spec, "y"), numbers(spec, "p")]), ([y, p]) => ({ y: y!, names: ["m"], risks: [p!] }))
      : andThen(namedColumns(input, ["y"]), ([y]) =>
          andThen(words(spec, "models"), (names) =>
            mapResult(columnsOf(input, names), (risks) => ({ y: y!, names, risks })),
          ),
        );
  return andThen(given, ({ y, names, risks }) =>
    andThen(numbers(spec, "thresholds"), (thresholds) =>
      mapResult(
        decisionCurve(
          y,
          names.map((name, k) => ({ name, values: risks[k]! })),
          thresholds,
        ),
        (r): Json => ({
          thresholds,
          treatAll: r.treatAll,
          models: Object.fromEntries(
            r.models.map((m) => [
              m.name,
              {
                netBenefit: m.netBenefit,
                standardized: m.standardised,
                interventionsAvoidedPer100: m.interventionsAvoidedPer100,
              },
            ]),
          ),
        }),
      ),
    ),
  );
}

const netBenefitSurvival = (input: CaseInput): Result<Json> =>
  andThen(namedColumns(input, ["time", "event", "risk"]), ([time, event, risk]) =>
    andThen(number(input.spec, "at"), (at) =>
      andThen(numbers(input.spec, "thresholds"), (thresholds) =>
        andThen(
          decisionCurveSurvival({ time: time!, event: event! }, risk!, at, thresholds),
          (r): Result<Json> =>
            r.thresholds.length === 0
              ? refuse({ code: "case-option", message: "No thresholds.", path: "spec.thresholds" })
              : ok({ thresholds, treatAll: r.treatAll, netBenefit: r.netBenefit }),
        ),
      ),
    ),
  );

export const validationCases: CaseMethods = {
  calibrationStats: calibration,
  lowessCalibration: smooth,
  bootstrapOptimismLogistic: optimismLogistic,
  bootstrapOptimismCox: optimismCox,
  bootstrapOptimismMonteCarlo: monteCarlo,
  groupedKmCalibration: groupedKm,
  decisionCurve: netBenefit,
  decisionCurveSurvival: netBenefitSurvival,
};
