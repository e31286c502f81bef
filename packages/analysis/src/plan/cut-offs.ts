import { z } from "zod";
import { withDerivedGroups } from "../derived-groups.js";
import { joinParts } from "../part.js";
import { defineStep } from "./define.js";

/** Groups whose cut-off is taken from the data, as columns for the steps after it. */
export const cutOffStep = defineStep({
  key: "cut_offs",
  place: 20,
  schema: z.array(z.unknown()).default([]),
  run: ({ layers, protocol }) => {
    const derived = layers.map(({ data }) => withDerivedGroups(data, protocol.groups));
    return {
      part: joinParts(derived.map((one) => one.part)),
      columns: layers.flatMap(({ data }, i) => {
        const known = new Set(data.columns.map((column) => column.name));
        const all = derived[i]?.data.columns ?? [];
        return all.filter((column) => !known.has(column.name)).map((column) => ({ data: data.id, column }));
      }),
    };
  },
});
