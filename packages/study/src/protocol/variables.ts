import { endpointDefinition } from "../endpoints/definitions.js";
import { indexDefinition } from "../indices/definitions.js";
import type { Protocol } from "./schema.js";

/** Name of the analysis-set column of a biomarker or feature at a time point. Example: `ser@baseline`. */
export const variableAt = (id: string, timePoint: string): string => `${id}@${timePoint}`;

/** Name of the analysis-set column of a response by a profile. Example: `response:mrecist/papers`. */
export const responseVariable = (profile: string): string => `response:${profile}`;

/** Names of all analysis-set columns that a protocol defines, for checking references. */
export interface ProtocolVariables {
  readonly continuous: readonly string[];
  readonly categorical: readonly string[];
  readonly all: readonly string[];
}

/** The columns that the analysis set of this protocol will have, beyond those of a study's own codebook. */
export function protocolVariables(protocol: Protocol): ProtocolVariables {
  const continuous = ["age"];
  const categorical = ["sex"];
  for (const covariate of protocol.covariates)
    (covariate.type === "number" ? continuous : categorical).push(covariate.column);
  for (const marker of protocol.biomarkers)
    continuous.push(...marker.time_points.map((timePoint) => variableAt(marker.id, timePoint)));
  continuous.push(...protocol.changes.map(({ id }) => id));
  for (const feature of protocol.features)
    categorical.push(...feature.time_points.map((timePoint) => variableAt(feature.id, timePoint)));
  for (const name of protocol.indices.names)
    (indexDefinition(name).levels === null ? continuous : categorical).push(name);
  categorical.push(...protocol.response.profiles.map(responseVariable));
  for (const grouping of protocol.response.groupings)
    categorical.push(...protocol.response.profiles.map((profile) => `${grouping.id}:${profile}`));
  for (const entry of protocol.endpoints) {
    const { name, withinMonths } = endpointDefinition(entry);
    if (withinMonths !== null) categorical.push(name);
  }
  categorical.push(...protocol.groups.map(({ id }) => id));
  continuous.push("procedures", "treatments");
  return { continuous, categorical, all: [...continuous, ...categorical] };
}
