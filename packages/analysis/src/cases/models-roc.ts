import { andThen, type Json, mapResult, ok, type Result, refuse } from "@livermark/core";
import {
  bootstrapAuc,
  type MarkerDirection,
  type NumericColumn,
  type RocPoint,
  rocAnalysis,
  rocTestPaired,
  rocTestUnpaired,
} from "@livermark/statistics";
import type { CaseInput, CaseMethods, CaseSpec } from "./contract.js";
import { cells, encode, encodeAll, namedColumns, numbers, rowIndices, tableOf, text } from "./models-spec.js";

const sign = (direction: MarkerDirection): string => (direction === "higher-in-cases" ? "<" : ">");

function directionOf(spec: CaseSpec): Result<MarkerDirection | "auto"> {
  const given = spec.direction;
  if (given === undefined || given === "auto") return ok("auto");
  if (given === "<") return ok("higher-in-cases");
  if (given === ">") return ok("lower-in-cases");
  return refuse({
    code: "case-option",
    message: "Unknown direction.",
    got: JSON.stringify(given),
    wanted: "<, > or auto",
    path: "spec.direction",
  });
}

const columns = (input: CaseInput): Result<readonly NumericColumn[]> =>
  input.table === null
    ? andThen(numbers(input.spec, "yValues"), (y) => mapResult(numbers(input.spec, "xValues"), (x) => [y, x]))
    : namedColumns(input, ["y", "x"]);

/** One value when the optimum is unique, else a list: the only fields whose shape varies. */
const perPoint = (points: readonly RocPoint[], pick: (point: RocPoint) => number | null): Json => {
  const values = points.map((point) => encode(pick(point)));
  return values.length === 1 ? values[0]! : values;
};

const orNaN = (value: number | null): number => (value === null ? Number.NaN : value);

function roc(input: CaseInput): Result<Json> {
  return andThen(directionOf(input.spec), (direction) =>
    andThen(columns(input), ([y, x]) =>
      mapResult(rocAnalysis(y!, x!, { direction }), (r): Json => {
        const { area, delongVariance: variance } = r;
        const se = r.standardErrors.delong;
        // A variance of 0 is a number to R; the library calls those intervals not estimable.
        const flat = (logit: boolean): Json =>
          se === null ? [null, null] : logit && (area === 0 || area === 1) ? ["NaN", "NaN"] : [area, area];
        const pair = (of: typeof r.intervals.delong, logit = false): Json =>
          of.estimable ? [of.low, of.high] : flat(logit);
        const p = r.pAgainstChance.estimable ? r.pAgainstChance.p : se === null ? null : area === 0.5 ? Number.NaN : 0;
        const best = (pick: (point: RocPoint) => number | null) => perPoint(r.youden, pick);
        const corner = (pick: (point: RocPoint) => number | null) => perPoint(r.closestTopLeft, pick);
        return {
          cases: r.cases,
          controls: r.controls,
          direction: sign(r.direction),
          auc: area,
          varDeLong: variance,
          seDeLong: se,
          ciDeLong: pair(r.intervals.delong),
          ciDeLongUnclipped: pair(r.intervals.delongUnclipped),
          ciLogit: pair(r.intervals.logit, true),
          seHanleyMcNeilNegExp: r.standardErrors.hanleyMcNeil,
          seNonparametricHanleyMcNeil: r.standardErrors.hanleyMcNeilNonparametric,
          pVsHalfNormal: encode(p),
          seNullSPSS: r.standardErrors.underChance,
          youdenBest: {
            threshold: best((q) => q.threshold),
            sensitivity: best((q) => q.sensitivity),
            specificity: best((q) => q.specificity),
            ppv: best((q) => orNaN(q.ppv)),
            npv: best((q) => orNaN(q.npv)),
            tp: best((q) => q.truePositives),
            tn: best((q) => q.trueNegatives),
            fp: best((q) => q.falsePositives),
            fn: best((q) => q.falseNegatives),
            youden: best((q) => q.youden + 1),
          },
          closestTopLeft: {
            threshold: corner((q) => q.threshold),
            sensitivity: corner((q) => q.sensitivity),
            specificity: corner((q) => q.specificity),
          },
          partialAucSpec90: r.partialAreaSpecificity90.area,
          partialAucSpec90Corrected: r.partialAreaSpecificity90.corrected,
          curve: {
            thresholds: encodeAll(r.curve.thresholds),
            sensitivity: encodeAll(r.curve.sensitivity),
            specificity: encodeAll(r.curve.specificity),
          },
        };
      }),
    ),
  );
}

const paired = (input: CaseInput): Result<Json> =>
  andThen(namedColumns(input, ["y", "x1", "x2"]), ([y, x1, x2]) =>
    mapResult(
      rocTestPaired(y!, x1!, x2!),
      (r): Json => ({
        n: r.n,
        auc1: r.areas[0],
        auc2: r.areas[1],
        direction1: sign(r.directions[0]),
        direction2: sign(r.directions[1]),
        z: r.test.estimable ? r.test.z : null,
        p: r.test.estimable ? r.test.p : null,
        ciDifference: r.interval.estimable ? [r.interval.low, r.interval.high] : null,
        cov: r.covariance,
        var1: r.variances[0],
        var2: r.variances[1],
      }),
    ),
  );

const unpaired = (input: CaseInput): Result<Json> =>
  andThen(tableOf(input), (table) =>
    andThen(namedColumns(input, ["y", "x"]), ([y, x]) =>
      andThen(text(input.spec, "group"), (group) =>
        andThen(cells(table, group), (groups) => {
          const part = (label: Json) => {
            const rows = groups.flatMap((value, i) => (value !== null && String(value) === String(label) ? [i] : []));
            return { outcome: rows.map((i) => y![i]!), marker: rows.map((i) => x![i]!) };
          };
          return mapResult(
            rocTestUnpaired(part(input.spec.first ?? null), part(input.spec.second ?? null)),
            (r): Json => ({
              auc1: r.areas[0],
              auc2: r.areas[1],
              D: r.test.estimable ? r.test.d : null,
              df: r.test.estimable ? r.test.df : null,
              p: r.test.estimable ? r.test.p : null,
              // The reference gives no interval for unpaired curves.
              ciDifference: null,
            }),
          );
        }),
      ),
    ),
  );

const bootstrap = (input: CaseInput): Result<Json> =>
  andThen(namedColumns(input, ["y", "x"]), ([y, x]) =>
    andThen(directionOf(input.spec), (direction) =>
      andThen(rowIndices(input, "indices"), (indices) => {
        if (direction === "auto")
          return refuse({
            code: "case-option",
            message: "A bootstrap needs a fixed direction.",
            wanted: "< or >",
            path: "spec.direction",
          });
        return mapResult(
          bootstrapAuc(y!, x!, { direction, resampling: { indices } }),
          (r): Json => ({
            auc: encodeAll(r.areas),
            percentile: [r.interval.low, r.median, r.interval.high],
            sd: r.standardDeviation,
          }),
        );
      }),
    ),
  );

export const rocCases: CaseMethods = { roc, rocTestPaired: paired, rocTestUnpaired: unpaired, bootstrapAuc: bootstrap };
