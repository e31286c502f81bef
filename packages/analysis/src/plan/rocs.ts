import { z } from "zod";
import { part } from "../part.js";
import { rocPart } from "../roc-part.js";
import { defineStep } from "./define.js";

export const rocPlan = z.strictObject({
  id: z.string(),
  label: z.string(),
  /** A numeric column of the analysis set. */
  marker: z.string(),
  /** A category whose `event` levels count as the event, or a 0/1 number. */
  outcome: z.string(),
  event: z.array(z.string()).default([]),
  direction: z.enum(["auto", "higher-in-cases", "lower-in-cases"]).default("auto"),
});

/** Markers judged against yes/no outcomes. */
export const rocStep = defineStep({
  key: "rocs",
  place: 60,
  schema: z.array(rocPlan).default([]),
  run: ({ layers }, rocs) => {
    const [patients] = layers;
    return { part: patients === undefined ? part({}) : rocPart(patients.data, rocs) };
  },
});
