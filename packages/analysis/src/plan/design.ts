import { z } from "zod";
import { askedOf } from "../design/asked.js";
import { changeNotes, cutOffNotes, groupSizeNotes } from "../design/collect-markers.js";
import { directionNotes, modelNotes } from "../design/collect-models.js";
import {
  censoringNotes,
  eligibilityNotes,
  immortalTimeNotes,
  postBaselineNotes,
  repeatNotes,
} from "../design/collect-times.js";
import { part } from "../part.js";
import type { DesignNote } from "../results.js";
import { defineStep } from "./define.js";
import type { PlanContext } from "./step.js";

/** Every weakness of the design that the guards find in what the plan asks for (docs/design-notes.md). */
export function designNotes(context: PlanContext): readonly DesignNote[] {
  const asked = askedOf(context);
  return [
    ...eligibilityNotes(context),
    ...immortalTimeNotes(context, asked.comparisons, asked.models),
    ...postBaselineNotes(context, asked.models),
    ...cutOffNotes(context, asked),
    ...groupSizeNotes(context, asked.comparisons, asked),
    ...modelNotes(context, asked.models),
    ...directionNotes(context, asked.comparisons),
    ...repeatNotes(context.layers, asked.clusters ? ["the tests that resample patients"] : []),
    ...censoringNotes(context),
    ...changeNotes(context),
  ];
}

/** How many places a merged note names before it counts the rest. */
const NAMED = 3;

/** Notes of one kind that say the same of several places, as one note. */
function merged(notes: readonly DesignNote[]): readonly DesignNote[] {
  const same = new Map<string, { readonly note: DesignNote; readonly places: string[] }>();
  for (const note of notes) {
    const key = [note.code, note.severity, note.why].join("\u0000");
    const found = same.get(key) ?? { note, places: [] };
    found.places.push(note.where);
    same.set(key, found);
  }
  return [...same.values()].map(({ note, places }) => ({
    ...note,
    where:
      places.length <= NAMED + 1
        ? places.join("; ")
        : `${places.slice(0, NAMED).join("; ")} and ${places.length - NAMED} more`,
  }));
}

/** The design guards run on every plan; `design: { off: [code, …] }` silences named notes, which the methods then say. */
export const designStep = defineStep({
  key: "design",
  place: 900,
  schema: z.strictObject({ off: z.array(z.string()).default([]) }).prefault({}),
  run: (context, { off }) => {
    const silent = new Set(off);
    return {
      part: part({
        notes: merged(designNotes(context)).filter(({ code }) => !silent.has(code)),
        methods: off.length === 0 ? [] : [`Design notes of these kinds were switched off: ${off.join(", ")}.`],
      }),
    };
  },
});
