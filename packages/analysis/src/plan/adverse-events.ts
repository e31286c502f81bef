import { z } from "zod";
import { adversePart } from "../adverse-part.js";
import { joinParts, part } from "../part.js";
import { defineStep } from "./define.js";

/** Tables of adverse events, per procedure, per patient, or both; needs the records of the study. */
export const adverseEventStep = defineStep({
  key: "adverse_events",
  place: 35,
  schema: z.array(z.enum(["procedure", "patient"])).default([]),
  run: ({ derived, records }, units) => {
    if (derived === null || records === null) return { part: part({}) };
    const { rows } = records.tables["adverse-events"];
    return {
      part: joinParts(
        units.map((per) =>
          adversePart(derived.adverseEvents, per, (scale, grade) => {
            const worst = new Map<string, { readonly grade: number; readonly line: number }>();
            for (const row of rows) {
              const unit =
                per === "patient" ? row.patient : row.procedure === null ? null : `${row.patient}/${row.procedure}`;
              if (row.scale !== scale || row.grade === null || unit === null) continue;
              const found = worst.get(unit);
              if (found === undefined || row.grade > found.grade) worst.set(unit, { grade: row.grade, line: row.line });
            }
            return [...worst.values()].filter((one) => grade === 0 || one.grade === grade).map(({ line }) => line);
          }),
        ),
      ),
    };
  },
});
