import { z } from "zod";
import { part } from "../part.js";
import { responsePart } from "../response-part.js";
import { defineStep } from "./define.js";

/** Table of best or chosen-time-point response by every profile, with objective response and disease control. */
export const responseStep = defineStep({
  key: "response",
  place: 30,
  schema: z.boolean().default(false),
  run: ({ layers }, asked) => {
    const [patients, treatments] = layers;
    const several = (treatments?.data.rows.length ?? 0) > (patients?.data.rows.length ?? 0);
    const layer = several ? treatments : patients;
    return { part: asked && layer !== undefined ? responsePart(layer.data) : part({}) };
  },
});
