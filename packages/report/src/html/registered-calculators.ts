import { type PortableModel, publishedModels, type Results } from "@livermark/analysis";
import { type ReportFile, textFile } from "../documents/zip.js";
import type { CalculatorModel } from "./calculator.js";
import { calculatorModelOf } from "./calculator-files.js";
import { calculatorPage } from "./calculator-page.js";

/** A published model for its calculator; places at which its source contradicts itself stand with the cautions. */
export function registeredCalculator(model: PortableModel, results: Results): CalculatorModel | null {
  const { id, label, kind, outcome, intercept, validation, status, source, cohort } = model;
  const terms = model.terms.map((term) => ({
    term: term.term,
    label: term.label,
    unit: term.unit,
    level: term.level,
    reference: term.reference,
    coefficient: term.coefficient,
    low: term.low ?? null,
    high: term.high ?? null,
  }));
  const made = calculatorModelOf({ id, label, kind, outcome, intercept, validation, terms }, results);
  if (made === null) return null;
  const disputed = model.direction === "disputed" ? model.places.map(({ where, says }) => `${where}: ${says}.`) : [];
  const notPrinted = status === "reconstructed" ? ["Not printed by the source, but solved from what it prints."] : [];
  return {
    ...made,
    source: `${[source, cohort].filter((part) => part !== "").join(". ")}. ${status === "reconstructed" ? "Reconstructed from what it prints" : "As published"}; not fitted on the data of this study.`,
    cautions: [...notPrinted, ...model.cautions, ...disputed],
  };
}

/** A page for each registered model of the study's protocol, as published. Example: `registeredCalculators(results)`. */
export const registeredCalculators = (results: Results): readonly ReportFile[] =>
  publishedModels
    .filter(({ id }) => id.split("/")[0] === results.study.protocol.id)
    .flatMap((model) => {
      const calculator = registeredCalculator(model, results);
      return calculator === null
        ? []
        : [
            textFile(
              `calculators/published-${model.id.replace(/[^A-Za-z0-9._-]+/g, "-")}.html`,
              calculatorPage(calculator),
            ),
          ];
    });
