import { ok, type Random, type Result, random, refuse } from "@livermark/core";
import { dateOfDay, dayNumber, daysOfMonths } from "./calendar.js";
import {
  type CovariateDraw,
  type CovariateModel,
  codebookColumns,
  codebookRows,
  drawCovariate,
  rounded,
} from "./covariate.js";
import { type Baseline, eventMonths } from "./event-times.js";
import { type Cell, csvFile, jsonFile, type PhantomFile } from "./files.js";
import { lesionColumns, lesionRows } from "./lesion-rows.js";

/** The imaging marker and its part in the hazard: a step at a cut, or a slope. */
export interface MarkerModel {
  readonly biomarker: string;
  readonly unit: string;
  readonly timePoint: string;
  readonly mean: number;
  readonly sd: number;
  readonly decimals: number;
  /** Smallest value that can be measured; smaller draws are drawn again. */
  readonly minimum: number;
  readonly effect:
    | { readonly kind: "slope"; readonly hazardRatioPerUnit: number }
    /** The ratio of values at or above `cut` to those below. */
    | { readonly kind: "cut"; readonly cut: number; readonly hazardRatio: number };
}

/** Settings of a cohort. */
export interface CohortOptions {
  readonly seed: number;
  readonly patients: number;
  readonly marker: MarkerModel;
  readonly covariates?: readonly CovariateModel[];
  readonly death: Baseline;
  readonly progression: Baseline;
  /** Patients enter evenly over this time, starting at `firstDate`; the study is locked `followUpMonths` after the last. */
  readonly firstDate?: string;
  readonly accrualMonths?: number;
  readonly followUpMonths?: number;
  /** Share of patients lost within a year. */
  readonly lostPerYear?: number;
  /** Event days are rounded up to multiples of this, which makes ties (1). */
  readonly tieDays?: number;
  /** Share of marker values that are missing (0). */
  readonly missingShare?: number;
  readonly treatmentKind?: string;
}

/** What is known of one patient. */
export interface CohortPatient {
  readonly patient: string;
  readonly startDay: number;
  readonly sex: "M" | "F";
  readonly age: number;
  readonly marker: number;
  readonly markerMissing: boolean;
  readonly covariates: readonly CovariateDraw[];
  readonly linearPredictor: number;
  /** Days from the start, whether or not they were seen. */
  readonly deathDay: number;
  readonly progressionDay: number;
  readonly hepatic: boolean;
  readonly censorDay: number;
}

/** A cohort as tables of a study bundle (canonical columns), with the truth behind them. */
export interface CohortPhantom {
  readonly patients: readonly CohortPatient[];
  readonly lockDate: string;
  readonly files: readonly PhantomFile[];
}

/** Part of the marker in the linear predictor; numbers count from the mean. */
export function markerLogHazard({ effect, mean }: MarkerModel, value: number): number {
  if (effect.kind === "slope") return Math.log(effect.hazardRatioPerUnit) * (value - mean);
  return value >= effect.cut ? Math.log(effect.hazardRatio) : 0;
}

function drawPatient(n: number, options: CohortOptions, lockDay: number, stream: Random): CohortPatient {
  const { marker: model, tieDays = 1, lostPerYear = 0.03, accrualMonths = 36 } = options;
  const startDay =
    dayNumber(options.firstDate ?? "2018-01-08") + Math.floor(stream.uniform() * daysOfMonths(accrualMonths));
  let marker = rounded(model.mean + model.sd * stream.normal(), model.decimals);
  while (marker < model.minimum) marker = rounded(model.mean + model.sd * stream.normal(), model.decimals);
  const covariates = (options.covariates ?? []).map((covariate) => drawCovariate(covariate, stream));
  const linearPredictor =
    markerLogHazard(model, marker) + covariates.reduce((sum, { logHazard }) => sum + logHazard, 0);
  const onGrid = (months: number): number => Math.max(tieDays, Math.ceil(daysOfMonths(months) / tieDays) * tieDays);
  const lostDay = onGrid((12 * stream.exponential()) / -Math.log(1 - lostPerYear));
  return {
    patient: `P${String(n + 1).padStart(3, "0")}`,
    startDay,
    sex: stream.uniform() < 0.55 ? "M" : "F",
    age: Math.min(85, Math.max(24, Math.round(61 + 10 * stream.normal()))),
    marker,
    markerMissing: stream.uniform() < (options.missingShare ?? 0),
    covariates,
    linearPredictor,
    deathDay: onGrid(eventMonths(options.death, linearPredictor, stream)),
    progressionDay: onGrid(eventMonths(options.progression, linearPredictor, stream)),
    hepatic: stream.uniform() < 0.75,
    censorDay: Math.min(lostDay, lockDay - startDay),
  };
}

type TableRow = { readonly [column: string]: Cell };

/** Rows of `events.csv`: what was seen before death and before the end of observation. */
function eventRows(patients: readonly CohortPatient[]): readonly TableRow[] {
  return patients.flatMap(({ patient, startDay, deathDay, progressionDay, hepatic, censorDay }) => {
    const end = Math.min(deathDay, censorDay);
    const rows: TableRow[] = [];
    if (progressionDay <= end && progressionDay < deathDay)
      rows.push({
        patient,
        date: dateOfDay(startDay + progressionDay),
        event: hepatic ? "hepatic-progression" : "extrahepatic-progression",
      });
    rows.push(
      deathDay <= censorDay
        ? { patient, date: dateOfDay(startDay + deathDay), event: "death", cause: "tumour" }
        : { patient, date: dateOfDay(startDay + censorDay), event: "last-contact" },
    );
    return rows;
  });
}

/**
 * A cohort with a marker of set hazard ratio for death and for progression (Weibull baselines of one shape keep the ratio
 * for progression-free survival too), covariates with ratios of their own, staggered entry, a lock date and losses, written
 * as the canonical tables of a bundle. Refuses fewer than two patients and shares outside [0, 1).
 * Example: `cohortPhantom({ seed: 1, patients: 100, marker, death: { medianMonths: 20 }, progression: { medianMonths: 8 } })`.
 */
export function cohortPhantom(options: CohortOptions): Result<CohortPhantom> {
  const { missingShare = 0, lostPerYear = 0.03, marker } = options;
  const shareIsBad = [missingShare, lostPerYear].some((share) => !(share >= 0 && share < 1));
  if (!(Number.isInteger(options.patients) && options.patients >= 2) || shareIsBad || !(marker.sd >= 0))
    return refuse({
      code: "phantom-options",
      message: "A cohort wants two patients or more, shares from 0 to below 1 and a spread of 0 or more.",
      got: `${options.patients} patients, missing ${missingShare}, lost ${lostPerYear}, sd ${marker.sd}`,
      wanted: "patients >= 2, 0 <= share < 1, sd >= 0",
      mend: "Correct the options.",
    });
  const lockDay =
    dayNumber(options.firstDate ?? "2018-01-08") +
    daysOfMonths((options.accrualMonths ?? 36) + (options.followUpMonths ?? 18));
  const root = random(options.seed).fork("cohort");
  const patients = Array.from({ length: options.patients }, (_, n) =>
    drawPatient(n, options, lockDay, root.fork(`patient ${n}`)),
  );
  const covariates = options.covariates ?? [];
  const visits = patients.map((one) => {
    const stream = root.fork(`visits ${one.patient}`);
    return {
      ...one,
      baselineDay: one.startDay - 5 - stream.integer(20),
      followUpDay: one.startDay + 50 + stream.integer(14),
      stream,
    };
  });
  const seen = (one: (typeof visits)[number]): boolean =>
    one.followUpDay - one.startDay < Math.min(one.deathDay, one.censorDay);
  const files: PhantomFile[] = [
    csvFile("tables/codebook.csv", codebookColumns, codebookRows(covariates)),
    csvFile(
      "tables/patients.csv",
      ["patient", "sex", "age", ...covariates.map(({ column }) => column)],
      patients.map(({ patient, sex, age, covariates: values }) => ({
        patient,
        sex,
        age,
        ...Object.fromEntries(values.map(({ column, value }) => [column, value])),
      })),
    ),
    csvFile(
      "tables/time-points.csv",
      ["patient", "time_point", "date", "treatment"],
      visits.flatMap((one) => [
        { patient: one.patient, time_point: "baseline", date: dateOfDay(one.baselineDay), treatment: 1 },
        ...(seen(one)
          ? [{ patient: one.patient, time_point: "follow-up-1", date: dateOfDay(one.followUpDay), treatment: 1 }]
          : []),
      ]),
    ),
    csvFile(
      "tables/procedures.csv",
      ["patient", "procedure", "date", "kind"],
      patients.map(({ patient, startDay }) => ({
        patient,
        procedure: `${patient}-1`,
        date: dateOfDay(startDay),
        kind: options.treatmentKind ?? "HAIC",
      })),
    ),
    csvFile(
      "tables/measurements.csv",
      ["patient", "time_point", "treatment", "reader", "lesion", "biomarker", "repeat", "value", "unit", "scanner"],
      patients
        .filter(({ markerMissing }) => !markerMissing)
        .map(({ patient, marker: value }) => ({
          patient,
          time_point: marker.timePoint,
          treatment: 1,
          biomarker: marker.biomarker,
          value,
          unit: marker.unit,
        })),
    ),
    csvFile(
      "tables/lesions.csv",
      lesionColumns,
      visits.flatMap((one) =>
        lesionRows(
          {
            patient: one.patient,
            treatment: 1,
            baselineDate: dateOfDay(one.baselineDay),
            followUpDate: seen(one) ? dateOfDay(one.followUpDay) : null,
            progressed: one.hepatic && one.progressionDay <= one.followUpDay - one.startDay,
          },
          one.stream,
        ),
      ),
    ),
    csvFile("tables/events.csv", ["patient", "date", "event", "cause", "treatment", "note"], eventRows(patients)),
    jsonFile("truth.json", {
      kind: "cohort",
      seed: options.seed,
      marker,
      covariates,
      death: options.death,
      progression: options.progression,
      lockDate: dateOfDay(lockDay),
      patients,
    }),
  ];
  return ok({ patients, lockDate: dateOfDay(lockDay), files });
}
