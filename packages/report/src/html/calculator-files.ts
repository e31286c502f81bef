import type { Results } from "@livermark/analysis";
import { type Issue, type Json, ok, type Result, shownUnit, warningIssue } from "@livermark/core";
import { type ReportFile, textFile } from "../documents/zip.js";
import { figureSvg } from "../figures/draw.js";
import { capital, typeset } from "../typeset.js";
import type { CalculatorInput, CalculatorModel } from "./calculator.js";
import { calculatorPage } from "./calculator-page.js";

type JsonObject = { readonly [key: string]: Json };

const isObject = (value: Json | undefined): value is JsonObject =>
  typeof value === "object" && value !== null && !Array.isArray(value);
const textOf = (value: Json | undefined, otherwise: string): string => (typeof value === "string" ? value : otherwise);
const numberOf = (value: Json | undefined): number | null => (typeof value === "number" ? value : null);
const numbersOf = (value: Json | undefined): readonly number[] | null =>
  Array.isArray(value) && value.every((item: Json) => typeof item === "number") ? value : null;

/** Terms of one covariate in a row become one input: a number, or a category with its reference level first. */
function inputsOf(terms: readonly JsonObject[]): readonly CalculatorInput[] | null {
  const inputs = new Map<string, CalculatorInput>();
  for (const term of terms) {
    const key = textOf(term.term, "");
    const coefficient = numberOf(term.coefficient);
    if (key === "" || coefficient === null) return null;
    const label = typeset(textOf(term.label, capital(key.replace(/_/g, " "))));
    if (typeof term.level !== "string") {
      const { factor, label: unit } = shownUnit(textOf(term.unit, ""));
      // Rounded inwards: what the page takes for inside, `predict` takes too.
      const shown = (value: number | null, round: (value: number) => number): number | null => {
        if (value === null || value === 0) return value;
        const scale = 10 ** (5 - Math.floor(Math.log10(Math.abs(value * factor))));
        const exact = Number((value * factor * scale).toPrecision(12));
        return Number((round(exact) / scale).toPrecision(6));
      };
      inputs.set(key, {
        kind: "number",
        key,
        label,
        unit,
        low: shown(numberOf(term.low), Math.ceil),
        high: shown(numberOf(term.high), Math.floor),
        coefficient,
        ...(factor === 1 ? {} : { toModelUnit: 1 / factor }),
      });
      continue;
    }
    const known = inputs.get(key);
    const levels =
      known?.kind === "category" ? known.levels : [{ label: textOf(term.reference, "reference"), coefficient: 0 }];
    inputs.set(key, { kind: "category", key, label, levels: [...levels, { label: term.level, coefficient }] });
  }
  return [...inputs.values()];
}

/** A model of `results.models` for its calculator, or null when its equation is not complete. */
export function calculatorModelOf(model: Json, results: Results): CalculatorModel | null {
  if (!isObject(model) || (model.kind !== "logistic" && model.kind !== "cox") || !Array.isArray(model.terms))
    return null;
  const inputs = inputsOf(model.terms.filter(isObject));
  if (inputs === null || inputs.length === 0) return null;
  const baseline = isObject(model.baseline) ? model.baseline : null;
  const time = numbersOf(baseline?.time);
  const survival = numbersOf(baseline?.survival);
  const covariance = Array.isArray(model.covariance) ? model.covariance.map(numbersOf) : null;
  const { study } = results;
  return {
    id: textOf(model.id, "model"),
    title: textOf(model.label, textOf(model.id, "Model")),
    source: `${study.title}. Fitted by ${study.software.name} ${study.software.version}, protocol ${study.protocol.id} ${study.protocol.version}, on ${numberOf(model.n) ?? "?"} patients with ${numberOf(model.events) ?? "?"} events.`,
    kind: model.kind,
    outcome: textOf(model.outcomeLabel, textOf(model.outcome, "outcome")),
    intercept: numberOf(model.intercept),
    inputs,
    baseline:
      time === null || survival === null ? null : { timeLabel: textOf(baseline?.timeLabel, "months"), time, survival },
    covariance: covariance?.every((row) => row !== null) ? covariance : null,
    validation: textOf(model.validation, "Not validated."),
    cautions: Array.isArray(model.cautions)
      ? model.cautions.filter((one: Json): one is string => typeof one === "string")
      : [],
  };
}

/** A page for each model whose equation is complete; the others are named in a warning. */
export function calculatorFiles(results: Results): Result<readonly ReportFile[]> {
  const files: ReportFile[] = [];
  const issues: Issue[] = [];
  results.models.forEach((json, i) => {
    const model = calculatorModelOf(json, results);
    if (model === null) {
      issues.push(
        warningIssue({
          code: "no-calculator",
          message: `Model ${i + 1} has no complete equation, so it has no calculator.`,
          wanted: "kind, terms with coefficients",
        }),
      );
      return;
    }
    const nomogram = results.figures.find(({ id }) => id === `figure.model.${model.id}.nomogram`);
    const drawn = nomogram === undefined ? "" : figureSvg(nomogram, { theme: "auto" });
    files.push(
      textFile(`calculators/${model.id.replace(/[^A-Za-z0-9._-]+/g, "-")}.html`, calculatorPage(model, drawn)),
    );
  });
  return ok(files, issues);
}
