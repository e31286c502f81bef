import { z } from "zod";
import { groupTablePart } from "../group-table-part.js";
import { joinParts } from "../part.js";
import { defineStep } from "./define.js";
import { widestWith } from "./group-tests.js";

const groupTable = z.strictObject({
  id: z.string(),
  label: z.string(),
  /** The category whose levels are the columns. */
  by: z.string(),
  columns: z.array(z.string()).min(1),
  /** `shapiro`: mean ± SD and t test (ANOVA) where every group looks normal, else median (IQR) and rank test. */
  rule: z.enum(["shapiro", "rank", "mean"]).default("shapiro"),
});

/** Many columns compared between the levels of one category, in one table (table 1 by outcome). */
export const groupTableStep = defineStep({
  key: "group_tables",
  place: 12,
  schema: z.array(groupTable).default([]),
  run: ({ layers, conventions }, plans) => ({
    part: joinParts(
      plans.map((plan) => {
        const layer = widestWith(layers, [plan.by]) ?? layers[0];
        return layer === undefined ? joinParts([]) : groupTablePart(layer.data, plan, conventions);
      }),
    ),
  }),
});
