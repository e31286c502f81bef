import { warningIssue } from "@livermark/core";
import { z } from "zod";
import { columnId } from "../dataset.js";
import { joinParts, type Part, part } from "../part.js";
import { subsetColumn, subsetPart } from "../subsets-part.js";
import { defineStep } from "./define.js";
import { type AddedColumn, layerOf } from "./step.js";

const subsetPlan = z.strictObject({
  id: z.string(),
  label: z.string(),
  /** Rows in which this column has one of these levels. */
  where: z.strictObject({ column: z.string(), levels: z.array(z.string()).min(1) }),
  comparisons: z.array(z.strictObject({ endpoint: z.string(), by: z.string() })).min(1),
  /** Whether the effect differs from that in the other rows. */
  interaction: z.boolean().default(true),
});

/** Comparisons within a subset of the rows, with the test of interaction. One table for each subset and unit. */
export const subsetStep = defineStep({
  key: "subsets",
  place: 48,
  schema: z.array(subsetPlan).default([]),
  run: ({ layers, conventions }, plans) => {
    const columns: AddedColumn[] = [];
    const parts = plans.flatMap((plan): readonly Part[] => {
      const unknown = plan.comparisons.filter(({ endpoint }) => layerOf(layers, endpoint) === undefined);
      const perLayer = layers.flatMap((layer) => {
        const own = plan.comparisons.flatMap(({ endpoint, by }) => {
          const found = layer.endpoints.find(({ name }) => name === endpoint);
          return found === undefined ? [] : [{ endpoint: found, by }];
        });
        if (own.length === 0) return [];
        const several = plan.comparisons.some(({ endpoint }) => layerOf(layers, endpoint) !== layer);
        const id = several ? `${plan.id}.${layer.data.id}` : plan.id;
        const source = layer.data.columns.find(({ name }) => name === plan.where.column);
        if (source !== undefined)
          columns.push({
            data: layer.data.id,
            column: {
              name: subsetColumn(id),
              label: plan.label,
              type: "category",
              levels: ["no", "yes"],
              origin: () => [{ kind: "result", id: columnId(layer.data, source) }],
              values: source.values.map((value) =>
                value === null ? null : plan.where.levels.includes(String(value)) ? "yes" : "no",
              ),
            },
          });
        return [
          subsetPart(
            layer.data,
            {
              id,
              label: several ? `${plan.label} (per ${layer.data.unit})` : plan.label,
              column: plan.where.column,
              levels: plan.where.levels,
              comparisons: own,
              interaction: plan.interaction,
            },
            conventions.survival,
          ),
        ];
      });
      return [
        ...perLayer,
        part({
          issues: unknown.map(({ endpoint }) =>
            warningIssue({
              code: "unknown-endpoint",
              message: `${plan.label}: there is no such endpoint.`,
              got: endpoint,
              wanted: layers.flatMap((one) => one.endpoints.map(({ name }) => name)).join(", "),
              path: `plan.subsets.${plan.id}`,
            }),
          ),
        }),
      ];
    });
    return { part: joinParts(parts), columns };
  },
});
