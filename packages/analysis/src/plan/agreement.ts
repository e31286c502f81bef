import { compareStrings, type ProvenanceInput } from "@livermark/core";
import { isProfileName, responseProfile, type StudyRecords } from "@livermark/study";
import { z } from "zod";
import type { CategoryReadings } from "../agreement-categories.js";
import type { NumberReadings } from "../agreement-numbers.js";
import { agreementPart } from "../agreement-part.js";
import { decimalsFor } from "../baseline.js";
import { part } from "../part.js";
import { shownUnit } from "../wording.js";
import { defineStep } from "./define.js";
import type { PlanContext } from "./step.js";

/** One reading of one case by one reader. */
interface Reading<V> {
  readonly key: string;
  readonly reader: string;
  readonly value: V;
  readonly input: ProvenanceInput;
}

/** Readings as pairs of the two readers with most cases, in the order of their names. */
function pairsOf<V>(readings: readonly Reading<V>[]): {
  readonly readers: readonly [string, string];
  readonly pairs: readonly { readonly key: string; readonly a: V; readonly b: V }[];
  readonly inputs: readonly ProvenanceInput[];
} | null {
  const byReader = new Map<string, Map<string, Reading<V>>>();
  for (const one of readings) {
    const own = byReader.get(one.reader) ?? new Map<string, Reading<V>>();
    own.set(one.key, one);
    byReader.set(one.reader, own);
  }
  const order = [...byReader].sort(([a, x], [b, y]) => y.size - x.size || compareStrings(a, b)).slice(0, 2);
  const [first, second] = order.sort(([a], [b]) => compareStrings(a, b));
  if (first === undefined || second === undefined) return null;
  const pairs = [...first[1].values()].flatMap((one) => {
    const other = second[1].get(one.key);
    return other === undefined ? [] : [{ one, other }];
  });
  if (pairs.length === 0) return null;
  return {
    readers: [first[0], second[0]],
    pairs: pairs.map(({ one, other }) => ({ key: one.key, a: one.value, b: other.value })),
    inputs: pairs.flatMap(({ one, other }) => [one.input, other.input]),
  };
}

const rowInput = (table: string, line: number): ProvenanceInput => ({ kind: "row", table, line });

function featureReadings({ protocol, excluded }: PlanContext, { tables }: StudyRecords): readonly CategoryReadings[] {
  return protocol.features.flatMap((feature) =>
    feature.time_points.flatMap((timePoint) => {
      const found = pairsOf(
        tables.features.rows.flatMap((row): Reading<string>[] => {
          if (row.feature !== feature.id || row.time_point !== timePoint || row.reader === null || row.value === null)
            return [];
          if (excluded.has(row.patient)) return [];
          const category = feature.categories.find((one) => one.toLowerCase() === row.value?.toLowerCase());
          const key = `${row.patient}/${row.treatment ?? 1}/${row.lesion ?? ""}`;
          return category === undefined
            ? []
            : [{ key, reader: row.reader, value: category, input: rowInput("features", row.line) }];
        }),
      );
      if (found === null) return [];
      return [
        {
          id: `${feature.id}@${timePoint}`,
          label: feature.time_points.length > 1 ? `${feature.label}, ${timePoint}` : feature.label,
          levels: feature.categories,
          readers: found.readers,
          pairs: found.pairs.map(({ a, b }) => [a, b] as const),
          inputs: found.inputs,
        },
      ];
    }),
  );
}

const CLASSES = ["CR", "PR", "SD", "non-CR/non-PD", "PD"];

function responseReadings({ protocol, derived, excluded }: PlanContext): readonly CategoryReadings[] {
  const timePoint = protocol.response.time_point;
  if (timePoint === undefined) return [];
  return protocol.response.profiles.flatMap((profile) => {
    const found = pairsOf(
      (derived?.response ?? []).flatMap((row): Reading<string>[] =>
        "timePoint" in row &&
        row.timePoint === timePoint &&
        row.profile === profile &&
        row.reader !== null &&
        !excluded.has(row.patient) &&
        CLASSES.includes(row.overall)
          ? [
              {
                key: `${row.patient}/${row.treatment}`,
                reader: row.reader,
                value: row.overall,
                input: rowInput(row.source.table, row.source.lines[0] ?? 0),
              },
            ]
          : [],
      ),
    );
    if (found === null) return [];
    return [
      {
        id: `response:${profile}`,
        label: `Response by ${isProfileName(profile) ? responseProfile(profile).short : profile}`,
        levels: CLASSES,
        readers: found.readers,
        pairs: found.pairs.map(({ a, b }) => [a, b] as const),
        inputs: found.inputs,
      },
    ];
  });
}

interface Measured {
  readonly biomarker: string;
  readonly timePoint: string;
  readonly key: string;
  readonly reader: string;
  readonly repeat: number | null;
  readonly value: number;
  readonly line: number;
}

const mean = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;

function numberReadings({ protocol, excluded }: PlanContext, { tables }: StudyRecords): readonly NumberReadings[] {
  const rows = tables.measurements.rows.flatMap((row): Measured[] =>
    row.value === null || excluded.has(row.patient)
      ? []
      : [
          {
            biomarker: row.biomarker,
            timePoint: row.time_point,
            key: `${row.patient}/${row.treatment ?? 1}/${row.lesion ?? ""}`,
            reader: row.reader ?? "",
            repeat: row.repeat,
            value: row.value,
            line: row.line,
          },
        ],
  );
  return protocol.biomarkers.flatMap((marker) =>
    marker.time_points.flatMap((timePoint): readonly NumberReadings[] => {
      const own = rows.filter((row) => row.biomarker === marker.id && row.timePoint === timePoint);
      const { factor: scale, label: unit } = shownUnit(marker.unit);
      const base = {
        label: `${marker.label}, ${protocol.time_points.find(({ id }) => id === timePoint)?.label ?? timePoint}`,
        unit,
        decimals: decimalsFor(own.map(({ value }) => scale * value)),
        inputs: own.map(({ line }) => rowInput("measurements", line)),
      };
      const grouped = new Map<string, Measured[]>();
      for (const row of own) {
        const key = `${row.reader}\u0000${row.key}`;
        grouped.set(key, [...(grouped.get(key) ?? []), row]);
      }
      const readers = pairsOf(
        [...grouped.values()].flatMap((some): Reading<number>[] => {
          const [first] = some;
          return first === undefined || first.reader === ""
            ? []
            : [
                {
                  key: first.key,
                  reader: first.reader,
                  value: scale * mean(some.map(({ value }) => value)),
                  input: rowInput("measurements", first.line),
                },
              ];
        }),
      );
      const repeated = [...grouped.values()].filter(
        (some) => some.length > 1 && some.every(({ repeat }) => repeat !== null),
      );
      const most = Math.max(0, ...repeated.map((some) => some.length));
      const whole = repeated.filter((some) => some.length === most);
      return [
        ...(readers === null
          ? []
          : [
              {
                ...base,
                id: `${marker.id}@${timePoint}.readers`,
                kind: "readers" as const,
                columns: readers.readers,
                cases: readers.pairs.map(({ a, b }) => [a, b]),
              },
            ]),
        ...(whole.length < 2
          ? []
          : [
              {
                ...base,
                id: `${marker.id}@${timePoint}.repeats`,
                kind: "repeats" as const,
                columns: Array.from({ length: most }, (_, i) => `repeat ${i + 1}`),
                cases: whole.map((some) =>
                  [...some].sort((a, b) => (a.repeat ?? 0) - (b.repeat ?? 0)).map(({ value }) => scale * value),
                ),
              },
            ]),
      ];
    }),
  );
}

/** Agreement of readers and repeats, feature by feature; needs the records of the study. */
export const agreementStep = defineStep({
  key: "agreement",
  place: 15,
  schema: z.boolean().default(false),
  run: (context, asked) => {
    if (!asked || context.records === null) return { part: part({}) };
    const categories = [...featureReadings(context, context.records), ...responseReadings(context)];
    return { part: agreementPart(categories, numberReadings(context, context.records)) };
  },
});
