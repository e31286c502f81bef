import { DAYS_PER_MONTH } from "@livermark/core";
import { z } from "zod";
import { clustersPart } from "../clusters-part.js";
import { patientOf, startDays, treatmentOf } from "../design/subject.js";
import { joinParts, part } from "../part.js";
import { survivalData } from "../survival-data.js";
import { defineStep } from "./define.js";
import { sectionOf } from "./step.js";
import { survivalStep } from "./survival.js";

/** Per-treatment comparisons with patients as clusters; comparisons are those of the plan. */
export const clusterStep = defineStep({
  key: "clusters",
  place: 47,
  schema: z
    .strictObject({
      resamples: z.int().min(100).default(1000),
      /** Ids of comparisons; all per-treatment ones unless given. */
      comparisons: z.array(z.string()).optional(),
      /** Markers whose best cut-off is searched for. */
      markers: z.array(z.string()).default([]),
    })
    .optional(),
  run: (context, plan) => {
    if (plan === undefined) return { part: part({}) };
    const starts = startDays(context);
    const comparisons = sectionOf(context, survivalStep) ?? [];
    return {
      part: joinParts(
        context.layers
          .filter(({ data }) => data.unit === "treatment")
          .flatMap(({ data, endpoints }) =>
            endpoints.flatMap((endpoint) => {
              const survival = survivalData(data, endpoint);
              const own = comparisons.filter(
                (one) => one.endpoint === endpoint.name && (plan.comparisons?.includes(one.id) ?? true),
              );
              if (!survival.ok || (own.length === 0 && plan.markers.length === 0)) return [];
              const months = data.rows.map((key) => {
                const patient = patientOf(key, data.unit);
                const first = starts.get(`${patient}/1`) ?? 0;
                return ((starts.get(`${patient}/${treatmentOf(key, data.unit)}`) ?? first) - first) / DAYS_PER_MONTH;
              });
              return [
                clustersPart(data, survival.value, months, own, {
                  resamples: Math.min(plan.resamples, context.mostResamples),
                  ...(context.running.signal === undefined ? {} : { signal: context.running.signal }),
                  markers: plan.markers,
                  seed: context.seed,
                  ties: context.conventions.ties,
                  level: context.conventions.survival.level,
                }),
              ];
            }),
          ),
      ),
    };
  },
});
