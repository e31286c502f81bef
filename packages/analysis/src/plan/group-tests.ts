import { z } from "zod";
import { groupTestPart } from "../group-tests-part.js";
import { joinParts } from "../part.js";
import { defineStep } from "./define.js";
import type { Layer } from "./step.js";

/** The layer with most rows that has all of these columns; treatments where there are several per patient. */
export const widestWith = (layers: readonly Layer[], names: readonly string[]): Layer | undefined =>
  [...layers]
    .filter(({ data }) => names.every((name) => data.columns.some((column) => column.name === name)))
    .sort((a, b) => b.data.rows.length - a.data.rows.length)[0];

/** A column compared between groups, e.g. LETB change by visual class, or the score of a model by therapy. */
export const groupTestStep = defineStep({
  key: "group_tests",
  place: 45,
  schema: z.array(z.strictObject({ id: z.string(), label: z.string(), of: z.string(), by: z.string() })).default([]),
  run: ({ layers, conventions }, tests) => ({
    part: joinParts(
      tests.map((plan) => {
        const layer = widestWith(layers, [plan.of, plan.by]) ?? layers[0];
        return layer === undefined ? joinParts([]) : groupTestPart(layer.data, plan, conventions.preset);
      }),
    ),
  }),
});
