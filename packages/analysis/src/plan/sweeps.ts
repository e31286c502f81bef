import { warningIssue } from "@livermark/core";
import { z } from "zod";
import { joinParts, part } from "../part.js";
import { sweepPart } from "../sweep-part.js";
import { defineStep } from "./define.js";
import { layerOf } from "./step.js";

export const sweepPlan = z.strictObject({
  id: z.string(),
  label: z.string(),
  /** The column that is cut at each threshold in turn; below = first group. */
  of: z.string(),
  thresholds: z.array(z.union([z.number(), z.literal("median")])).min(1),
  endpoints: z.array(z.string()).min(1),
});

/** The same comparison at several thresholds. */
export const sweepStep = defineStep({
  key: "sweeps",
  place: 50,
  schema: z.array(sweepPlan).default([]),
  run: ({ layers, conventions }, sweeps) => {
    const unknown = sweeps
      .flatMap((sweep) => sweep.endpoints)
      .filter((name) => layerOf(layers, name) === undefined)
      .map((name) =>
        warningIssue({
          code: "unknown-endpoint",
          message: "A threshold sweep names an endpoint that the study does not have.",
          got: name,
          wanted: layers.flatMap((layer) => layer.endpoints.map((endpoint) => endpoint.name)).join(", "),
          path: "plan.sweeps",
        }),
      );
    const parts = layers.map((layer) =>
      sweepPart(
        layer.data,
        layer.endpoints,
        sweeps.map((sweep) => ({
          ...sweep,
          endpoints: sweep.endpoints.filter((name) => layerOf(layers, name) === layer),
        })),
        conventions.survival,
      ),
    );
    return { part: joinParts([part({ issues: unknown }), ...parts]) };
  },
});
