/**
 * Data of every figure a report can draw. A figure holds numbers, never drawing: full precision, units in the labels,
 * `null` where a value is not estimable. Parallel arrays have one length. Ids lead to passports.
 */
export type ResultFigure =
  | KaplanMeierFigure
  | CumulativeIncidenceFigure
  | RocFigure
  | ForestFigure
  | NomogramFigure
  | CalibrationFigure
  | DecisionCurveFigure
  | LassoPathFigure
  | LassoErrorFigure
  | WaterfallFigure
  | SpiderFigure
  | SwimmerFigure
  | BlandAltmanFigure
  | DistributionFigure
  | ScatterFigure
  | ThresholdSweepFigure
  | CutPointFigure
  | CorrelationFigure
  | ResidualFigure
  | FlowFigure
  | TimeLineFigure
  | ImagePanelFigure;

interface FigureHead<Kind extends string> {
  readonly id: string;
  readonly kind: Kind;
  readonly title: string;
}

/** An estimate with its interval; null = not estimable or unbounded on that side. */
export interface FigureEstimate {
  readonly value: number;
  readonly low: number | null;
  readonly high: number | null;
  /** Result id of the number; null when a table holds it. */
  readonly id: string | null;
}

/** A curve with an optional band. */
export interface FigureCurve {
  readonly x: readonly number[];
  readonly y: readonly number[];
  readonly low?: readonly (number | null)[];
  readonly high?: readonly (number | null)[];
}

export interface KaplanMeierFigure extends FigureHead<"kaplan-meier"> {
  readonly timeLabel: string;
  /** What is left at a time, e.g. "Overall survival"; without it the axis says "Without event". */
  readonly survivalLabel?: string;
  readonly timeUnit: "days" | "months";
  readonly groups: readonly KaplanMeierGroup[];
  /** Times under the axis at which numbers at risk are printed. */
  readonly riskTimes: readonly number[];
  readonly intervalType: "log" | "log-log" | "plain";
  readonly comparison: { readonly method: string; readonly p: number; readonly id: string } | null;
  readonly hazardRatio: {
    readonly value: number;
    readonly low: number;
    readonly high: number;
    readonly contrast: string;
    readonly id: string;
  } | null;
}

export interface KaplanMeierGroup {
  readonly label: string;
  readonly n: number;
  readonly events: number;
  /** Distinct times in ascending order with survival just after each; limits are null where not estimable. */
  readonly time: readonly number[];
  readonly survival: readonly number[];
  readonly low: readonly (number | null)[];
  readonly high: readonly (number | null)[];
  /** Times of censored patients. */
  readonly censored: readonly number[];
  /** Patients under observation just before each of `riskTimes`. */
  readonly atRisk: readonly number[];
  /** Events up to and including each of `riskTimes`. */
  readonly eventsBy?: readonly number[];
  /** Censored up to and including each of `riskTimes`. */
  readonly censoredBy?: readonly number[];
  readonly median: { readonly value: number | null; readonly low: number | null; readonly high: number | null };
}

/** Cumulative incidence with competing events, one curve for each group and cause. */
export interface CumulativeIncidenceFigure extends FigureHead<"cumulative-incidence"> {
  readonly timeLabel: string;
  readonly timeUnit: "days" | "months";
  readonly curves: readonly {
    readonly group: string;
    readonly cause: string;
    readonly time: readonly number[];
    readonly incidence: readonly number[];
    readonly low: readonly (number | null)[];
    readonly high: readonly (number | null)[];
    /** The last time at which anybody of the group was seen: the curve ends there; with its last event where not given. */
    readonly lastTime?: number;
  }[];
  readonly riskTimes: readonly number[];
  readonly atRisk: readonly { readonly group: string; readonly counts: readonly number[] }[];
  readonly comparison: { readonly method: string; readonly p: number; readonly id: string } | null;
}

export interface RocFigure extends FigureHead<"roc"> {
  readonly curves: readonly {
    readonly label: string;
    readonly positives: number;
    readonly negatives: number;
    /** 1 − specificity and sensitivity, from (0, 0) to (1, 1). */
    readonly falsePositiveRate: readonly number[];
    readonly sensitivity: readonly number[];
    readonly auc: FigureEstimate;
    readonly operatingPoint: {
      readonly threshold: number;
      readonly thresholdLabel: string;
      readonly sensitivity: FigureEstimate;
      readonly specificity: FigureEstimate;
    } | null;
  }[];
  /** Pairwise AUC tests, e.g. DeLong. */
  readonly comparisons: readonly { readonly label: string; readonly p: number; readonly id: string }[];
}

export interface ForestFigure extends FigureHead<"forest"> {
  /** What the estimates are, e.g. "Hazard ratio". */
  readonly effect: string;
  readonly scale: "log" | "linear";
  /** Value of no effect: 1 for ratios, 0 for differences. */
  readonly noEffect: number;
  /** Words under the axis on either side of no effect. */
  readonly lowerMeans: string;
  readonly higherMeans: string;
  /** One or two columns of estimates, e.g. univariable and multivariable. */
  readonly models: readonly { readonly key: string; readonly label: string }[];
  readonly rows: readonly {
    readonly label: string;
    readonly indent: 0 | 1;
    readonly n: number | null;
    /** By model key; "reference" for the reference level; absent when not in that model. */
    readonly estimates: {
      readonly [model: string]: (FigureEstimate & { readonly p: number | null }) | "reference";
    };
  }[];
}

export interface NomogramFigure extends FigureHead<"nomogram"> {
  readonly predictors: readonly {
    readonly label: string;
    readonly unit: string;
    readonly ticks: readonly { readonly label: string; readonly points: number }[];
  }[];
  readonly maximumPoints: number;
  readonly totalPoints: { readonly low: number; readonly high: number };
  readonly outcomes: readonly {
    readonly label: string;
    readonly ticks: readonly { readonly label: string; readonly totalPoints: number }[];
  }[];
}

export interface CalibrationFigure extends FigureHead<"calibration"> {
  readonly predictedLabel: string;
  readonly observedLabel: string;
  readonly curves: readonly {
    readonly label: string;
    readonly smooth: FigureCurve | null;
    readonly bins: readonly {
      readonly predicted: number;
      readonly observed: number;
      readonly low: number | null;
      readonly high: number | null;
      readonly n: number;
    }[];
    /** Predicted probabilities by outcome, for the rug. */
    readonly withEvent: readonly number[];
    readonly withoutEvent: readonly number[];
  }[];
  /** Printed in the figure, e.g. calibration slope. */
  readonly measures: readonly (FigureEstimate & { readonly label: string; readonly decimals: number })[];
}

export interface DecisionCurveFigure extends FigureHead<"decision-curve"> {
  readonly thresholds: readonly number[];
  readonly curves: readonly { readonly label: string; readonly netBenefit: readonly number[] }[];
  readonly treatAll: readonly number[];
}

export interface LassoPathFigure extends FigureHead<"lasso-path"> {
  /** Descending, as fitted. */
  readonly lambda: readonly number[];
  readonly coefficients: readonly { readonly label: string; readonly values: readonly number[] }[];
  /** Number of non-zero coefficients at each lambda. */
  readonly nonZero: readonly number[];
  readonly lambdaMin: number | null;
  readonly lambda1se: number | null;
}

export interface LassoErrorFigure extends FigureHead<"lasso-error"> {
  readonly lambda: readonly number[];
  /** e.g. "Binomial deviance". */
  readonly measure: string;
  readonly mean: readonly number[];
  readonly standardError: readonly number[];
  readonly nonZero: readonly number[];
  readonly lambdaMin: number;
  readonly lambda1se: number;
  readonly folds: number;
}

export interface WaterfallFigure extends FigureHead<"waterfall"> {
  readonly valueLabel: string;
  /** What one bar is, e.g. "treatment"; a patient without it. */
  readonly unit?: string;
  readonly bars: readonly { readonly patient: string; readonly value: number; readonly category: string }[];
  /** Order of the categories in the legend. */
  readonly categories: readonly string[];
  readonly thresholds: readonly { readonly value: number; readonly label: string }[];
}

export interface SpiderFigure extends FigureHead<"spider"> {
  readonly timeLabel: string;
  readonly valueLabel: string;
  readonly lines: readonly {
    readonly patient: string;
    readonly category: string;
    readonly time: readonly number[];
    readonly value: readonly number[];
  }[];
  readonly categories: readonly string[];
  readonly thresholds: readonly { readonly value: number; readonly label: string }[];
}

export interface SwimmerFigure extends FigureHead<"swimmer"> {
  readonly timeLabel: string;
  readonly lanes: readonly {
    readonly patient: string;
    readonly end: number;
    readonly category: string;
    readonly marks: readonly { readonly time: number; readonly kind: string }[];
    /** Still under observation at `end`. */
    readonly ongoing: boolean;
  }[];
  readonly categories: readonly string[];
  /** Kinds of marks in the order of the legend. */
  readonly markKinds: readonly string[];
}

export interface BlandAltmanFigure extends FigureHead<"bland-altman"> {
  readonly meanLabel: string;
  readonly differenceLabel: string;
  readonly unit: string;
  readonly mean: readonly number[];
  readonly difference: readonly number[];
  readonly bias: FigureEstimate;
  readonly lowerLimit: FigureEstimate;
  readonly upperLimit: FigureEstimate;
}

export interface DistributionFigure extends FigureHead<"distribution"> {
  readonly valueLabel: string;
  readonly groups: readonly {
    readonly label: string;
    readonly values: readonly number[];
    /** Quartiles by the convention of the report, whiskers at the most extreme values within 1.5 IQR. */
    readonly box: {
      readonly low: number;
      readonly q1: number;
      readonly median: number;
      readonly q3: number;
      readonly high: number;
    };
    /** Kernel density for a violin. */
    readonly density?: { readonly at: readonly number[]; readonly value: readonly number[] };
  }[];
  readonly comparison: { readonly method: string; readonly p: number; readonly id: string } | null;
  readonly cutOff?: { readonly value: number; readonly label: string };
}

export interface ScatterFigure extends FigureHead<"scatter"> {
  readonly xLabel: string;
  readonly yLabel: string;
  readonly groups: readonly { readonly label: string; readonly x: readonly number[]; readonly y: readonly number[] }[];
  readonly fit: FigureCurve | null;
  readonly correlation: (FigureEstimate & { readonly method: string; readonly p: number }) | null;
}

/** Effect at each of several thresholds, one panel for each endpoint. */
export interface ThresholdSweepFigure extends FigureHead<"threshold-sweep"> {
  readonly thresholdLabel: string;
  readonly effect: string;
  readonly endpoints: readonly {
    readonly label: string;
    readonly points: readonly {
      readonly threshold: number;
      readonly label: string;
      readonly estimate: FigureEstimate | null;
      readonly p: number | null;
    }[];
  }[];
}

/** Test statistic over all cut-points, with the p-value before and after adjustment for the search. */
export interface CutPointFigure extends FigureHead<"cut-point-scan"> {
  readonly variableLabel: string;
  readonly statisticLabel: string;
  readonly cut: readonly number[];
  readonly statistic: readonly number[];
  readonly chosen: number;
  readonly rawP: number;
  readonly adjustedP: number;
  readonly adjustment: string;
  readonly id: string;
}

export interface CorrelationFigure extends FigureHead<"correlation-matrix"> {
  readonly method: string;
  readonly labels: readonly string[];
  /** Square, row by row; null where not estimable. */
  readonly values: readonly (readonly (number | null)[])[];
}

/** Residuals of a model, one panel for each term, e.g. scaled Schoenfeld residuals over time. */
export interface ResidualFigure extends FigureHead<"residuals"> {
  readonly xLabel: string;
  readonly residualLabel: string;
  readonly panels: readonly {
    readonly term: string;
    readonly x: readonly number[];
    readonly residual: readonly number[];
    readonly smooth: FigureCurve | null;
    readonly p: number | null;
    readonly id: string | null;
  }[];
}

export interface FlowFigure extends FigureHead<"flow"> {
  readonly steps: readonly {
    readonly label: string;
    readonly unit: "patient" | "treatment";
    readonly n: number;
    readonly excluded: readonly { readonly reason: string; readonly n: number }[];
  }[];
  /** Groups that the last step divides into. */
  readonly arms: readonly { readonly label: string; readonly n: number }[];
}

/** One patient's course: measurement over time, procedures, board decisions, and the bracket of each endpoint. */
export interface TimeLineFigure extends FigureHead<"time-line"> {
  readonly patient: string;
  readonly timeLabel: string;
  readonly measurement: {
    readonly label: string;
    readonly unit: string;
    readonly time: readonly number[];
    readonly value: readonly number[];
    readonly low?: readonly (number | null)[];
    readonly high?: readonly (number | null)[];
  } | null;
  readonly procedures: readonly { readonly time: number; readonly label: string; readonly treatment: string }[];
  readonly decisions: readonly { readonly time: number; readonly label: string }[];
  readonly endpoints: readonly {
    readonly label: string;
    readonly start: number;
    readonly end: number;
    readonly event: boolean;
  }[];
}

/** Windowed slices with regions, as a paper's case figure. */
export interface ImagePanelFigure extends FigureHead<"image-panel"> {
  readonly panels: readonly {
    readonly label: string;
    readonly columns: number;
    readonly rows: number;
    readonly spacingMm: { readonly x: number; readonly y: number };
    /** Row-major 8-bit grey values after windowing, base64. */
    readonly pixels: string;
    readonly window: { readonly low: number; readonly high: number; readonly unit: string };
    /** Outlines in pixel coordinates, centres at integers. */
    readonly outlines: readonly {
      readonly label: string;
      readonly points: readonly { readonly x: number; readonly y: number }[];
    }[];
    /** Row-major, one bit per pixel as 0/1 bytes, base64. */
    readonly overlay: { readonly label: string; readonly mask: string } | null;
    /** Printed under the panel, e.g. "SI 297". */
    readonly caption: string;
  }[];
}
