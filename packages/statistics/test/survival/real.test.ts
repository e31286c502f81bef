import { unwrap } from "@livermark/core";
import { describeWithData, near, sharedText } from "testkit";
import { expect, it } from "vitest";
import {
  coxRegression,
  coxZph,
  cumulativeIncidence,
  dummyCovariates,
  fitCox,
  incidenceAt,
  kaplanMeier,
  logRank,
  prepareCox,
  restrictedMean,
  scanCutPoints,
  survivalAt,
  survivalQuantile,
} from "../../src/survival/index.js";
import { numbersOf, sharedColumns } from "./support.js";

/** R's answers have twelve digits. */
const close = (actual: number | null | undefined, expected: number | null, relative = 1e-7): void => {
  if (expected === null) expect(actual).toBeNull();
  else expect(near(actual ?? Number.NaN, expected, relative, 1e-9), `${actual} is not ${expected}`).toBe(true);
};

interface CurveReference {
  readonly records: number;
  readonly events: number;
  readonly median: number | null;
  readonly rmean: number;
  readonly "se(rmean)": number;
  readonly "0.95LCL": number | null;
  readonly "0.95UCL": number | null;
}

function checkCurve(time: readonly number[], event: readonly number[], reference: CurveReference): void {
  const curve = unwrap(kaplanMeier({ time, event }));
  expect(curve.n).toBe(reference.records);
  expect(curve.events).toBe(reference.events);
  const median = survivalQuantile(curve, 0.5);
  close(median.value, reference.median);
  close(median.lower, reference["0.95LCL"]);
  close(median.upper, reference["0.95UCL"]);
  // R's table restricts every group's mean to the longest follow-up of all groups.
}

interface CoxReference {
  readonly ties: "efron" | "breslow";
  readonly n: number;
  readonly nevent: number;
  readonly terms: string | readonly string[];
  readonly [field: string]: unknown;
}

const list = (value: unknown): number[] => (Array.isArray(value) ? value.map(Number) : [Number(value)]);

/** Columns of the model that R's term names describe: numbers, logarithms, and factors as name + level. */
function designOf(columns: (name: string) => string[], terms: readonly string[], factor?: readonly string[]) {
  const name = "celltype";
  return terms.flatMap((term) => {
    const inside = /^log\((.+)\)$/.exec(term)?.[1];
    if (inside !== undefined) return [{ name: term, values: numbersOf(columns(inside)).map(Math.log) }];
    if (factor !== undefined && term.startsWith(name)) {
      return dummyCovariates(name, columns(name), factor).filter((dummy) => dummy.name === term);
    }
    return [{ name: term, values: numbersOf(columns(term)) }];
  });
}

function checkCox(
  columns: (name: string) => string[],
  time: Float64Array,
  event: Float64Array,
  reference: CoxReference,
  factor?: readonly string[],
): void {
  const terms = [reference.terms].flat();
  const fitted = unwrap(
    fitCox(unwrap(prepareCox({ time, event, covariates: designOf(columns, terms, factor) })), { ties: reference.ties }),
  );
  const { model } = fitted;
  expect(model.n).toBe(reference.n);
  expect(model.events).toBe(reference.nevent);
  const check = (field: string, pick: (c: (typeof model.coefficients)[number]) => number | null): void => {
    list(reference[field]).forEach((value, j) => {
      close(pick(model.coefficients[j]!), value, 1e-6);
    });
  };
  check("coef", (c) => c.coefficient);
  check("se", (c) => c.standardError);
  check("HR", (c) => c.hazardRatio);
  check("HR_lower", (c) => c.lower);
  check("HR_upper", (c) => c.upper);
  check("p", (c) => c.p);
  close(model.logLikelihoodNull, list(reference.loglik)[0]!);
  close(model.logLikelihood, list(reference.loglik)[1]!);
  close(model.likelihoodRatio.chiSquare, list(reference.LRT)[0]!, 1e-6);
  close(model.score.chiSquare, list(reference.score)[0]!, 1e-6);
  close(model.concordance?.value, list(reference.concordance)[0]!);
  close(model.concordance?.standardError, list(reference.concordance)[1]!);
  close(model.aic, list(reference.AIC)[0]!);
  if (factor === undefined && reference.zph_chisq !== undefined) {
    const test = unwrap(coxZph(fitted, "km"));
    const values = [...test.terms.map((term) => term.chiSquare), test.global.chiSquare];
    list(reference.zph_chisq).forEach((value, i) => {
      close(values[i], value, 1e-6);
    });
  }
}

interface LogRankReference {
  readonly chisq: number;
  readonly df: number;
  readonly p: number;
  readonly obs: readonly number[];
  readonly exp: readonly number[];
}

function checkLogRank(
  time: Float64Array,
  event: Float64Array,
  group: readonly string[] | Float64Array,
  reference: LogRankReference,
  levels?: readonly string[],
): void {
  const result = unwrap(logRank({ time, event, group }, levels === undefined ? {} : { levels }));
  close(result.test?.chiSquare, reference.chisq);
  close(result.test?.p, reference.p, 1e-6);
  expect(result.test?.df).toBe(reference.df);
  expect(result.groups.map((each) => each.observed)).toEqual(reference.obs);
  result.groups.forEach((each, i) => {
    close(each.expected, reference.exp[i]!);
  });
}

const where = (mask: readonly boolean[], values: Float64Array): number[] =>
  Array.from(values).filter((_, i) => mask[i]);

describeWithData("hepatocellular carcinoma after resection, against R", ["data/survival"], () => {
  const columns = sharedColumns("data", "survival", "hepatoCellular.csv");
  const reference = JSON.parse(sharedText("data", "survival", "hepatoCellular.reference.json"));
  const time = numbersOf(columns("OS"));
  const event = numbersOf(columns("Death"));

  it("survival, medians and landmarks", () => {
    checkCurve(Array.from(time), Array.from(event), reference.km_overall);
    const curve = unwrap(kaplanMeier({ time, event }));
    close(unwrap(restrictedMean(curve)).mean, reference.km_overall.rmean);
    close(unwrap(restrictedMean(curve)).standardError, reference.km_overall["se(rmean)"]);
    const at = reference.km_at_12_24_36_60;
    survivalAt(curve, at.time).forEach((point, i) => {
      close(point.survival, at.surv[i]);
      close(point.standardError, at.se[i]);
      close(point.lower, at.lower[i]);
      close(point.upper, at.upper[i]);
      expect(point.atRisk).toBe(at["n.risk"][i]);
    });
    const invasion = columns("Vascularinvasion");
    for (const level of ["0", "1"]) {
      const mask = invasion.map((value) => value === level);
      checkCurve(where(mask, time), where(mask, event), reference.km_by_vascularinvasion[`Vascularinvasion=${level}`]);
    }
  });
  it("log-rank tests", () => {
    checkLogRank(time, event, columns("Vascularinvasion"), reference.logrank_vascularinvasion);
    checkLogRank(time, event, columns("BCLC"), reference.logrank_BCLC);
    const marker = numbersOf(columns("CXCL17T"));
    const high = marker.map((value) => (value > reference.CXCL17T_median ? 1 : 0));
    checkLogRank(time, event, high, reference.logrank_CXCL17T_gt_median);
  });
  it("Cox models, Efron and Breslow", () => {
    checkCox(columns, time, event, reference.cox_uni_Tumorsize);
    checkCox(columns, time, event, reference.cox_multi);
    checkCox(columns, time, event, reference.cox_multi_breslow);
    checkCox(columns, numbersOf(columns("RFS")), numbersOf(columns("Recurrence")), reference.cox_RFS);
  });
  it("maximally selected cut-point", () => {
    const scan = unwrap(scanCutPoints({ time, event, marker: numbersOf(columns("CXCL17T")) }));
    close(scan.rank.cut, reference.maxstat_CXCL17T.cutpoint);
    close(scan.rank.statistic, reference.maxstat_CXCL17T.statistic);
    close(scan.rank.pImprovedBonferroni, reference.maxstat_CXCL17T.p_Lau94);
  });
});

describeWithData("primary biliary cholangitis, against R", ["data/survival"], () => {
  const columns = sharedColumns("data", "survival", "pbc.csv");
  const reference = JSON.parse(sharedText("data", "survival", "pbc.reference.json"));
  const time = numbersOf(columns("time"));
  const status = numbersOf(columns("status"));
  const event = status.map((code) => (code === 2 ? 1 : 0));

  it("survival, groups and log-rank tests", () => {
    checkCurve(Array.from(time), Array.from(event), reference.km_overall);
    for (const arm of ["1", "2"]) {
      const mask = columns("trt").map((value) => value === arm);
      checkCurve(where(mask, time), where(mask, event), reference.km_by_trt[`trt=${arm}`]);
    }
    checkLogRank(time, event, numbersOf(columns("trt")), reference.logrank_trt);
    checkLogRank(time, event, numbersOf(columns("stage")), reference.logrank_stage);
  });
  it("Cox models with missing values", () => {
    checkCox(columns, time, event, reference.cox);
    checkCox(columns, time, event, reference.cox_breslow);
  });
  it("cumulative incidence of transplant and death", () => {
    const { curves } = unwrap(cumulativeIncidence({ time, cause: status }));
    const wanted = reference.cuminc_death_transplant;
    curves.forEach((curve, i) => {
      incidenceAt(curve, wanted.times).forEach((point, k) => {
        close(point.incidence, wanted.est[i][k]);
        close(point.variance, wanted.var[i][k]);
      });
    });
  });
});

describeWithData("veterans' lung cancer trial, against R", ["data/survival"], () => {
  const columns = sharedColumns("data", "survival", "veteran.csv");
  const reference = JSON.parse(sharedText("data", "survival", "veteran.reference.json"));
  const time = numbersOf(columns("time"));
  const event = numbersOf(columns("status"));
  const cells = ["squamous", "smallcell", "adeno", "large"];

  it("survival by cell type and log-rank tests", () => {
    checkCurve(Array.from(time), Array.from(event), reference.km_overall);
    for (const cell of cells) {
      const mask = columns("celltype").map((value) => value === cell);
      checkCurve(where(mask, time), where(mask, event), reference.km_by_celltype[`celltype=${cell}`]);
    }
    checkLogRank(time, event, columns("trt"), reference.logrank_trt);
    checkLogRank(time, event, columns("celltype"), reference.logrank_celltype, cells);
  });
  it("Cox models with a four-level factor", () => {
    checkCox(columns, time, event, reference.cox, cells);
    checkCox(columns, time, event, reference.cox_breslow, cells);
    const model = unwrap(coxRegression({ time, event, covariates: designOf(columns, ["trt"]) }));
    expect(model.coefficients).toHaveLength(1);
  });
});
