import { daysOfMonths } from "./calendar.js";
import { between, cohortDraws, decimals, secondReader } from "./cohort-draws.js";
import { featureRows, lastEvent, seenBefore, type TableRow } from "./cohort-rows.js";
import { type CohortTables, effectsOn } from "./paper-bundle.js";

const N = 43;
const SHAPE = 1.6;
const MEDIANS = { low: 5, high: 16 } as const;

/**
 * 43 patients with the medians that Sheng 2022 prints: progression-free 16 months above an ADC of 1.028e-3 mm2/s, 5 months
 * below. Times are log-logistic, so that the odds of progression within 12 (or any number of) months have one ratio,
 * (16 / 5)^-1.6; nobody is lost before 12 months. Other features have no effect.
 */
export function adcCohort(seed: number): CohortTables {
  const { stream, patients, fork, each, pick, chosen } = cohortDraws("adc", seed, N);
  const high = chosen("adc", 21);
  const features = {
    "tumour-number": pick("number", [
      ["multiple", 26],
      ["solitary", 17],
    ]),
    margin: pick("margin", [
      ["ill-defined", 25],
      ["well-defined", 18],
    ]),
    "peritumoral-enhancement": pick("peritumoral", [
      ["present", 20],
      ["absent", 23],
    ]),
    "lymphatic-invasion": pick("lymphatic", [
      ["present", 24],
      ["absent", 19],
    ]),
  };
  const progression = high.map((is) => {
    const u = between(1e-4, 1 - 1e-4, stream);
    return Math.max(9, daysOfMonths(MEDIANS[is ? "high" : "low"] * (u / (1 - u)) ** (1 / SHAPE)));
  });
  const end = each(() => daysOfMonths(between(12.5, 30, stream)));
  const death = progression.map((day) => day + daysOfMonths(1 + 9 * stream.exponential()));
  return {
    title: "ADC and early progression",
    readers: ["R1", "R2"],
    effects: [
      effectsOn("early-progression", "logistic")("adc-high", "high", "low", (MEDIANS.high / MEDIANS.low) ** -SHAPE),
    ],
    tables: {
      patients: patients.map((patient) => ({
        patient,
        sex: stream.uniform() < 0.56 ? "M" : "F",
        age: 45 + stream.integer(32),
        ecog: String(stream.integer(2)),
        ca19_9: decimals(between(5, 800, stream), 0),
      })),
      "time-points": patients.map((patient, i) => ({
        patient,
        time_point: "baseline",
        day: -2 - (i % 20),
        treatment: 1,
      })),
      procedures: patients.map((patient) => ({
        patient,
        procedure: `${patient}-1`,
        day: 0,
        kind: "systemic",
        agent: "lenvatinib",
      })),
      measurements: patients.flatMap((patient, i) => {
        const value = high[i] ? between(1.035, 1.7, stream) : between(0.7, 1.02, stream);
        return [null, "R1", "R2"].map((reader) => ({
          patient,
          time_point: "baseline",
          treatment: 1,
          reader,
          biomarker: "adc-mean",
          value: decimals((value + (reader === null ? 0 : 0.06 * stream.normal())) / 1000, 7),
          unit: "mm2/s",
          scanner: "1",
        }));
      }),
      features: Object.entries(features).flatMap(([feature, values]) =>
        featureRows(patients, feature, values, secondReader(values, 0.8, fork(`second ${feature}`))),
      ),
      responses: patients.flatMap((patient, i) => {
        const overall = progression[i]! <= 56 ? "PD" : stream.uniform() < 0.35 ? "PR" : "SD";
        const visit = { patient, treatment: 1, time_point: "follow-up-1", day: 56, profile: "recist-1.1", overall };
        return death[i]! > 56 ? [visit] : [];
      }),
      events: patients.flatMap((patient, i): readonly TableRow[] => {
        const stop = Math.min(death[i]!, end[i]!);
        return [...seenBefore(stop, patient, progression[i]!, "progression"), lastEvent(patient, death[i]!, end[i]!)];
      }),
    },
  };
}
