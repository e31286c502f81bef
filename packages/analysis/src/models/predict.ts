import { errorIssue, type Issue, ok, type Result, refuseWith, warningIssue } from "@livermark/core";
import { normalQuantile } from "@livermark/statistics";
import type { PortableModel, PortableTerm } from "./portable.js";
import {
  type InputReading,
  type InputValue,
  type PredictOptions,
  type Resolved,
  resolveInput,
} from "./prediction-inputs.js";

/** A prediction with all that a reader must know before using it. */
export interface ModelPrediction {
  readonly model: string;
  readonly label: string;
  readonly status: PortableModel["status"];
  readonly kind: PortableModel["kind"];
  readonly outcome: string;
  readonly inputs: readonly InputReading[];
  readonly points: number;
  readonly linearPredictor: number;
  /** Null where the source prints no intercept (or the model is no logistic one). */
  readonly risk: { readonly value: number; readonly low: number | null; readonly high: number | null } | null;
  readonly survival: readonly { readonly months: number; readonly survival: number }[] | null;
  readonly riskClass: "high" | "low" | null;
  /** Why there is no class or no absolute risk. */
  readonly withheld: readonly string[];
  readonly direction: PortableModel["direction"];
  readonly margins: PortableModel["margins"];
  readonly places: PortableModel["places"];
  readonly validation: string;
  readonly cautions: readonly string[];
}

/** Largest difference that an input can make: over its levels, or over the range of its data. */
const spanOf = (terms: readonly PortableTerm[]): number => {
  const [first] = terms;
  if (first === undefined) return 0;
  if (first.level === null)
    return first.low == null || first.high == null ? 0 : Math.abs(first.coefficient * (first.high - first.low));
  const all = [0, ...terms.map((term) => term.coefficient)];
  return Math.max(...all) - Math.min(...all);
};

/** Lowest contribution that an input can make. */
const floorOf = (terms: readonly PortableTerm[]): number => {
  const [first] = terms;
  if (first === undefined) return 0;
  if (first.level === null)
    return first.low == null || first.high == null
      ? 0
      : Math.min(first.coefficient * first.low, first.coefficient * first.high);
  return Math.min(0, ...terms.map((term) => term.coefficient));
};

const expit = (x: number): number => (x >= 0 ? 1 / (1 + Math.exp(-x)) : Math.exp(x) / (1 + Math.exp(x)));

/**
 * A published or fitted model on one patient. Inputs are named by covariate, or by the number behind a group. Gives the linear
 * predictor and points, the absolute risk only where the equation is complete, survival only where the baseline is, and the class
 * only where the source does not contradict itself (or `acceptDisputed`). Refuses missing inputs, levels that the model does not know, and
 * values outside the range of its data (unless `outsideRange`). A value whose measurement error reaches over a cut is marked.
 * Not for care: no model here was validated in other patients unless `validation` says so. Source of the scale of points: Iasonos 2008.
 * Example: `predictPatient(model, { ser: 1.2, grade: "G2" }).value.points`.
 */
export function predictPatient(
  model: PortableModel,
  inputs: { readonly [name: string]: InputValue },
  options: PredictOptions = {},
): Result<ModelPrediction> {
  const byTerm = new Map<string, PortableTerm[]>();
  for (const term of model.terms) byTerm.set(term.term, [...(byTerm.get(term.term) ?? []), term]);
  const resolved = [...byTerm].map(([name, terms]) => resolveInput(name, terms, inputs, options));
  const wrong = resolved.flatMap((one) => ("code" in one ? [one] : []));
  if (wrong.length > 0) return refuseWith(wrong);
  const all = resolved.flatMap((one) => ("code" in one ? [] : [one]));
  const outside = all.filter(({ reading }) => reading.range.inside === false);
  const issues: Issue[] = outside.map(({ reading }) => ({
    ...(options.outsideRange === true ? warningIssue : errorIssue)({
      code: "outside-range",
      message: `${reading.label} lies outside the data that made the model.`,
      got: reading.value,
      wanted: `${reading.range.low} to ${reading.range.high} ${reading.unit}`,
      mend: "The model knows nothing of such patients; --override outside-range goes on all the same.",
      path: reading.input,
    }),
  }));
  if (outside.length > 0 && options.outsideRange !== true) return refuseWith(issues);
  const unknown = new Set([
    ...byTerm.keys(),
    ...model.terms.flatMap((term) => (term.group === undefined ? [] : [term.group.of])),
  ]);
  for (const name of Object.keys(inputs))
    if (!unknown.has(name))
      issues.push(
        warningIssue({
          code: "input-unused",
          message: `The model does not use ${name}.`,
          got: name,
          wanted: [...byTerm.keys()].join(", "),
          path: name,
        }),
      );
  const strongest = Math.max(...all.map(({ terms }) => spanOf(terms)), 0);
  const readings = all.map(
    ({ reading, terms }): InputReading => ({
      ...reading,
      points: strongest > 0 ? (100 * (reading.contribution - floorOf(terms))) / strongest : 0,
    }),
  );
  const lp = (model.intercept ?? 0) + all.reduce((sum, { reading }) => sum + reading.contribution, 0);
  const withheld: string[] = [];
  let risk: ModelPrediction["risk"] = null;
  if (model.kind === "logistic") {
    if (model.intercept === null)
      withheld.push(
        "No absolute risk: the source prints no intercept. Points and linear predictor compare patients with each other only.",
      );
    else risk = { value: expit(lp), ...riskLimits(model, all, lp) };
  }
  const survival =
    model.kind === "cox" && model.baseline !== undefined
      ? (options.months ?? [12, 24, 36]).flatMap((months) => {
          const { time = [], survival: curve = [] } = model.baseline ?? {};
          if (months > (time.at(-1) ?? 0)) return [];
          let base = 1;
          time.forEach((t, k) => {
            if (t <= months) base = curve[k] ?? base;
          });
          return [{ months, survival: base ** Math.exp(lp) }];
        })
      : null;
  if (model.kind === "cox" && survival === null)
    withheld.push("No survival probability: the source prints no baseline survival.");
  let riskClass: ModelPrediction["riskClass"] = null;
  const cut = model.riskCut;
  if (cut !== null) {
    const score = cut.scale === "risk" ? risk?.value : lp;
    if (model.direction === "disputed" && options.acceptDisputed !== true)
      withheld.push(
        "No class: the source contradicts itself on the direction of an input (see places); --override disputed gives it all the same.",
      );
    else if (score === undefined)
      withheld.push("No class: the cut is one of the absolute risk, which the source does not allow to compute.");
    else riskClass = score >= cut.value ? "high" : "low";
  }
  return ok(
    {
      model: model.id,
      label: model.label,
      status: model.status,
      kind: model.kind,
      outcome: model.outcome,
      inputs: readings,
      points: readings.reduce((sum, one) => sum + one.points, 0),
      linearPredictor: lp,
      risk,
      survival,
      riskClass,
      withheld,
      direction: model.direction,
      margins: model.margins,
      places: model.places,
      validation: model.validation,
      cautions: [
        ...model.cautions,
        ...(model.status === "reconstructed"
          ? ["Reconstructed, not published: the intercept was solved from what the source prints."]
          : []),
        ...(model.margins === "disagree"
          ? ["Printed counts, ratios and intervals of the source do not all fit each other."]
          : []),
      ],
    },
    issues,
  );
}

/** 95 % limits of a logistic risk from the covariance of its coefficients; null where that is unknown. */
function riskLimits(
  model: PortableModel,
  all: readonly Resolved[],
  lp: number,
): { readonly low: number | null; readonly high: number | null } {
  const code = new Map(all.flatMap(({ terms, codes }) => terms.map((term, k) => [term, codes[k] ?? 0] as const)));
  const x = [1, ...model.terms.map((term) => code.get(term) ?? 0)];
  const { covariance } = model;
  if (covariance === null || covariance.length !== x.length) return { low: null, high: null };
  const variance = x.reduce(
    (sum, a, j) => sum + x.reduce((inner, b, k) => inner + a * b * (covariance[j]?.[k] ?? 0), 0),
    0,
  );
  const reach = normalQuantile(0.975) * Math.sqrt(Math.max(0, variance));
  return { low: expit(lp - reach), high: expit(lp + reach) };
}
