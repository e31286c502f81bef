import { warningIssue } from "@livermark/core";
import { z } from "zod";
import { binaryOutcome } from "../binary-outcome.js";
import type { Conventions } from "../conventions.js";
import { columnOf } from "../dataset.js";
import { modelPart } from "../models-part.js";
import { joinParts, type Part, part } from "../part.js";
import type { Selection } from "../regression.js";
import { survivalData } from "../survival-data.js";
import { defineStep } from "./define.js";
import { type Layer, layerOf } from "./step.js";

const modelEntry = z.strictObject({
  id: z.string(),
  label: z.string(),
  kind: z.enum(["cox", "logistic"]),
  outcome: z.string(),
  covariates: z.array(z.string()).min(1),
  select: z.enum(["all", "univariable-p", "backward", "stepwise", "lasso"]).default("all"),
  enter_p: z.number().gt(0).lt(1).optional(),
});

type ModelEntry = z.output<typeof modelEntry>;

function selectionOf(model: ModelEntry, conventions: Conventions): Selection | null {
  switch (model.select) {
    case "all":
      return { rule: "all" };
    case "univariable-p":
      return { rule: "univariable-p", enterP: model.enter_p ?? 0.1 };
    case "backward":
      return { rule: "backward", stayP: model.enter_p ?? 0.1, test: conventions.removalTest };
    case "stepwise":
      return { rule: "stepwise" };
    case "lasso":
      return null;
  }
}

function modelsPart(layers: readonly Layer[], models: readonly ModelEntry[], conventions: Conventions): Part {
  const { ties, survival } = conventions;
  return joinParts(
    models.map((model): Part => {
      const absent = (code: string, message: string, got: string, wanted: string): Part =>
        part({
          issues: [
            warningIssue({ code, message: `${model.label}: ${message}`, got, wanted, path: `models.${model.id}` }),
          ],
        });
      const selection = selectionOf(model, conventions);
      if (selection === null)
        return absent(
          "selection-unknown",
          "this way of choosing covariates is not there; the model was left out.",
          model.select,
          "all | univariable-p | backward | stepwise",
        );
      const common = {
        id: model.id,
        label: model.label,
        outcomeName: model.outcome,
        covariates: model.covariates,
        selection,
        level: survival.level,
      };
      if (model.kind === "cox") {
        const layer = layerOf(layers, model.outcome);
        const endpoint = layer?.endpoints.find((one) => one.name === model.outcome);
        if (layer === undefined || endpoint === undefined)
          return absent(
            "unknown-endpoint",
            "there is no such endpoint.",
            model.outcome,
            layers.flatMap((one) => one.endpoints.map((e) => e.name)).join(", "),
          );
        const times = survivalData(layer.data, endpoint);
        if (!times.ok) return part({ issues: times.issues });
        const cluster =
          layer.data.unit === "treatment" ? layer.data.rows.map((row) => row.slice(0, row.lastIndexOf("/"))) : null;
        const repeated = cluster !== null && new Set(cluster).size < cluster.length;
        return modelPart(layer.data, {
          ...common,
          outcomeColumns: [endpoint.time, endpoint.event],
          outcome: { kind: "cox", survival: times.value, ties, cluster: repeated ? cluster : null },
        });
      }
      const [patients] = layers;
      const column = patients === undefined ? null : columnOf(patients.data, model.outcome);
      if (patients === undefined || column === null || !column.ok) return part({ issues: column?.issues ?? [] });
      const coded = binaryOutcome(patients.data, column.value);
      if (coded === null)
        return absent(
          "outcome-not-binary",
          "the outcome is not a yes/no column.",
          model.outcome,
          "a number 0/1 or a category of two levels",
        );
      return modelPart(patients.data, {
        ...common,
        outcomeColumns: [model.outcome],
        outcome: { kind: "logistic", name: model.outcome, ...coded },
      });
    }),
  );
}

/** Regression models: candidates one by one, then the chosen ones together. */
export const modelStep = defineStep({
  key: "models",
  place: 80,
  schema: z.array(modelEntry).default([]),
  run: ({ layers, conventions }, models) => ({ part: modelsPart(layers, models, conventions) }),
});
