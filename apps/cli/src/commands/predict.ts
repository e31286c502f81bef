import { existsSync } from "node:fs";
import {
  type InputValue,
  type ModelPrediction,
  type PortableModel,
  predictPatient,
  publishedModels,
  readPortableModel,
} from "@livermark/analysis";
import { mapResult, ok, type Result, refuse } from "@livermark/core";
import { type Command, text, usageIssue } from "../command.js";
import { readJsonFile, readTextFile } from "../files.js";

const OVERRIDES = ["outside-range", "disputed"] as const;

function parseInput(content: string): Result<unknown> {
  try {
    const json: unknown = JSON.parse(content);
    return ok(json);
  } catch (error) {
    return refuse({
      code: "not-json",
      message: "--input is no JSON.",
      got: error instanceof Error ? error.message : "",
      wanted: "JSON",
    });
  }
}

const isRecord = (value: unknown): value is { readonly [key: string]: unknown } =>
  typeof value === "object" && value !== null && !Array.isArray(value);

/** A model by name of the registry, from a file of its own, or from results.json as FILE#ID. */
function modelOf(name: string): Result<PortableModel> {
  const published = publishedModels.find((model) => model.id === name);
  if (published !== undefined) return ok(published);
  const [file = "", id] = name.split("#");
  if (!existsSync(file))
    return refuse({
      code: "unknown-model",
      message: "There is no such model.",
      got: name,
      wanted: `${publishedModels.map((model) => model.id).join(", ")}, a model file, or results.json#ID`,
    });
  const json = readJsonFile(file);
  if (!json.ok) return json;
  if (!isRecord(json.value) || !Array.isArray(json.value.models)) return readPortableModel(json.value, file);
  const models: readonly unknown[] = json.value.models;
  const found = models.find((model) => isRecord(model) && model.id === id);
  if (found === undefined)
    return refuse({
      code: "unknown-model",
      message: "These results hold no such model.",
      got: id ?? "no id",
      wanted: models.flatMap((model) => (isRecord(model) ? [`${file}#${String(model.id)}`] : [])).join(", "),
    });
  return readPortableModel(found, file);
}

function inputsOf(given: string): Result<{ readonly [name: string]: InputValue }> {
  const read = existsSync(given) ? readTextFile(given) : ok(given);
  if (!read.ok) return read;
  const content = read.value;
  const json = parseInput(content);
  if (!json.ok) return json;
  const wrong = (): Result<never> =>
    refuse({
      code: "not-inputs",
      message: "--input must name each value.",
      got: content.slice(0, 80),
      wanted: '{"nlr": 3.2, "adc-mean@follow-up-1": {"value": 0.00112, "low": 0.00105, "high": 0.00119}}',
    });
  if (!isRecord(json.value)) return wrong();
  const inputs: { [name: string]: InputValue } = {};
  for (const [name, value] of Object.entries(json.value)) {
    if (typeof value === "number" || typeof value === "string") inputs[name] = value;
    else if (
      isRecord(value) &&
      typeof value.value === "number" &&
      typeof value.low === "number" &&
      typeof value.high === "number"
    )
      inputs[name] = { value: value.value, low: value.low, high: value.high };
    else return wrong();
  }
  return ok(inputs);
}

const percent = (value: number): string => `${(100 * value).toFixed(1)} %`;

function words(found: ModelPrediction): string {
  const { risk } = found;
  return [
    `${found.label}: ${found.outcome}`,
    ...found.inputs.map((one) => {
      const level = one.level === null ? "" : ` (${one.level})`;
      const grey =
        one.greyZone === null
          ? ""
          : `; GREY ZONE: measurement error alone reaches over the cut ${one.greyZone.cut} (${one.greyZone.source})`;
      const range = one.range.inside === null ? "; range of the source's data not known" : "";
      return `  ${one.label}: ${one.value}${level}, ${one.points.toFixed(0)} points${grey}${range}`;
    }),
    `Total: ${found.points.toFixed(0)} points, linear predictor ${found.linearPredictor.toFixed(3)}`,
    ...(risk === null
      ? []
      : [
          `Risk: ${percent(risk.value)}${risk.low === null || risk.high === null ? "" : ` (95 % CI ${percent(risk.low)} to ${percent(risk.high)})`}`,
        ]),
    ...(found.survival ?? []).map(({ months, survival }) => `Survival at ${months} months: ${percent(survival)}`),
    ...(found.riskClass === null ? [] : [`Class: ${found.riskClass} risk`]),
    ...found.withheld,
    `Direction ${found.direction}, margins ${found.margins}`,
    ...found.places.map(({ where, says }) => `  ${where}: ${says}`),
    `Validation: ${found.validation}`,
    ...found.cautions.map((one) => `Caution: ${one}`),
    "Research use only.",
  ].join("\n");
}

export const command: Command = {
  usage: "MODEL --input JSON|FILE [--override outside-range,disputed] [--months 12,24] [--json]",
  help: [
    `A published or fitted model on one patient. MODEL is a published one (${publishedModels.map((model) => model.id).join(", ")}),`,
    "a model file, or results.json#ID. Inputs are named by covariate or by the number behind a group; a number may carry the interval of",
    "its measurement. Refuses values outside the data that made the model, and gives no class where the source contradicts itself,",
    "unless --override says so; where no intercept or baseline survival is printed there are relative points only.",
    `Example:\n  livermark predict mpmri-nomogram --input '{"t2-sir@follow-up-1": 1.6, "adc-mean@follow-up-1": 0.00098, "nlr": 3.1}'`,
  ].join("\n"),
  options: { input: { type: "string" }, override: { type: "string" }, months: { type: "string" } },
  async run(positionals, values) {
    const [name] = positionals;
    const input = text(values, "input");
    const overrides = text(values, "override")?.split(",") ?? [];
    const months = text(values, "months")?.split(",").map(Number);
    if (name === undefined || positionals.length > 1 || input === undefined)
      return usageIssue("predict wants a MODEL and --input.");
    if (overrides.some((one) => !OVERRIDES.some((known) => known === one)))
      return usageIssue(`--override takes ${OVERRIDES.join(", ")}.`);
    if (months?.some((month) => !(month > 0)) === true) return usageIssue("--months takes numbers above 0.");
    const model = modelOf(name);
    if (!model.ok) return model;
    const inputs = inputsOf(input);
    if (!inputs.ok) return inputs;
    const found = predictPatient(model.value, inputs.value, {
      outsideRange: overrides.includes("outside-range"),
      acceptDisputed: overrides.includes("disputed"),
      ...(months === undefined ? {} : { months }),
    });
    return mapResult(found, (prediction) => ({ json: prediction, text: words(prediction), issues: found.issues }));
  },
};
