import type { Random } from "@livermark/core";
import { dateOfDay } from "./calendar.js";
import { type CovariateModel, codebookColumns, codebookRows, rounded } from "./covariate.js";
import { type Cell, csvFile, type PhantomFile } from "./files.js";
import { lesionColumns, lesionRows } from "./lesion-rows.js";
import type { LetbCourse, LetbTreatment } from "./letb-course.js";

type TableRow = { readonly [column: string]: Cell };

/** Readers of the example study: two for lesions and visual classes, one for LETB. */
export const letbReaders = ["R1", "R2", "R3"] as const;

const visits = ({ baselineDay, followUpDay }: LetbTreatment) =>
  [
    ["baseline", baselineDay, 0],
    ["follow-up-1", followUpDay, 1],
  ] as const;

/** Three placements of the reference ROI scatter by about 1.2 points; their mean is the value itself. */
function threePlacements(letb: number, stream: Random): readonly number[] {
  const shifts = [0, 1, 2].map(() => 1.2 * stream.normal());
  const mean = shifts.reduce((a, b) => a + b, 0) / 3;
  return shifts.map((shift) => rounded(Math.max(0.1, letb + shift - mean), 2));
}

/** Rows of `measurements.csv` of the treatments that no image measures. */
function measurementRows(
  courses: readonly LetbCourse[],
  imaged: ReadonlySet<string>,
  stream: Random,
): readonly TableRow[] {
  return courses.flatMap(({ patient, treatments }) =>
    treatments
      .filter(({ number }) => !(number === 1 && imaged.has(patient)))
      .flatMap((one) =>
        visits(one).flatMap(([time_point, , n]) => {
          const at = { patient, time_point, treatment: one.number, reader: "R3", scanner: "CT" };
          const placements = threePlacements(one.letb[n], stream);
          const mean = placements.reduce((a, b) => a + b, 0) / 3;
          return [
            { ...at, biomarker: "liver-ml", value: one.liverMl[n], unit: "ml" },
            { ...at, biomarker: "enhancing-ml", value: rounded((one.liverMl[n] * mean) / 100, 1), unit: "ml" },
            ...placements.map((value, m) => ({ ...at, biomarker: "letb", repeat: m + 1, value, unit: "%" })),
          ];
        }),
      ),
  );
}

function eventRows(courses: readonly LetbCourse[]): readonly TableRow[] {
  return courses.flatMap((course) => {
    const { patient, deathDay, extrahepaticDay, untreatable, lastSeenDay } = course;
    const rows: (TableRow & { readonly day: number })[] = [];
    for (const { number, hepaticDay } of course.treatments)
      if (hepaticDay !== null) rows.push({ day: hepaticDay, event: "hepatic-progression", treatment: number });
    if (extrahepaticDay !== null) rows.push({ day: extrahepaticDay, event: "extrahepatic-progression" });
    if (untreatable !== null) rows.push({ day: untreatable.day, event: "untreatable", cause: untreatable.cause });
    rows.push(
      deathDay === null
        ? { day: lastSeenDay, event: "last-contact" }
        : { day: deathDay, event: "death", cause: "tumour" },
    );
    return rows.sort((a, b) => a.day - b.day).map(({ day, ...row }) => ({ patient, date: dateOfDay(day), ...row }));
  });
}

function procedureRows(courses: readonly LetbCourse[], stream: Random): readonly TableRow[] {
  return courses.flatMap(({ patient, treatments }) =>
    treatments.flatMap(({ number, procedureDays }) =>
      procedureDays.map((day, n) => {
        const chemo = stream.uniform() < 0.72;
        return {
          patient,
          procedure: `${patient}-${number}-${n + 1}`,
          date: dateOfDay(day),
          kind: chemo ? "TACE" : "TAE",
          agent: chemo ? (stream.uniform() < 0.6 ? "streptozotocin" : "doxorubicin") : null,
          dose_mg: chemo ? 50 + 10 * stream.integer(6) : null,
          segment: ["right", "left", "V-VIII", "II-IV"][stream.integer(4)]!,
          end_point: "stasis",
        };
      }),
    ),
  );
}

const adverseTerms = [
  "post-embolisation syndrome",
  "abdominal pain",
  "liver abscess",
  "acute renal failure",
  "pleural effusion",
  "cholecystitis",
];

function adverseRows(procedures: readonly TableRow[], stream: Random): readonly TableRow[] {
  return procedures
    .filter(() => stream.uniform() < 0.16)
    .map(({ patient, procedure, date }) => ({
      patient: patient ?? null,
      procedure: procedure ?? null,
      date: date ?? null,
      scale: "SIR",
      term: adverseTerms[Math.floor(stream.uniform() ** 2 * adverseTerms.length)]!,
      grade: [2, 2, 2, 3, 3, 4][stream.integer(6)]!,
    }));
}

const burdenClass = (percent: number): string =>
  percent < 25 ? "<25" : percent <= 50 ? "25-50" : percent <= 75 ? ">50-75" : ">75";

/** Visual classes of two readers at baseline; the second differs now and then. */
function featureRows(courses: readonly LetbCourse[], stream: Random): readonly TableRow[] {
  return courses.flatMap(({ patient, treatments }) =>
    treatments.flatMap((one) => {
      const hyper = stream.uniform() < 0.7;
      return ["R1", "R2"].flatMap((reader) => {
        const slip = reader === "R2" && stream.uniform() < 0.08;
        const at = { patient, time_point: "baseline", treatment: one.number, reader };
        return [
          { ...at, feature: "enhancement", value: hyper !== slip ? "hyper" : "iso-hypo" },
          {
            ...at,
            feature: "burden",
            value: burdenClass(one.letb[0] * 1.15 + (reader === "R2" ? 5 * stream.normal() : 0)),
          },
        ];
      });
    }),
  );
}

/** Persons screened: all who stayed, then those left out step by step. */
function screeningRows(courses: readonly LetbCourse[]): readonly TableRow[] {
  const left = [
    ["primary looked up", "lung primary", 2],
    ["CT looked at", "no unenhanced or arterial phase", 7],
    ["time of CT counted", "CT more than 4 months after treatment", 16],
  ] as const;
  let n = 0;
  const out = left.flatMap(([step, reason, count]) =>
    Array.from({ length: count }, () => {
      n += 1;
      return { subject: `S${String(n).padStart(3, "0")}`, unit: "patient", step, excluded: 1, reason };
    }),
  );
  return [
    ...courses.map(({ patient }) => ({ subject: patient, unit: "patient", step: "screened", excluded: 0 })),
    ...out,
  ];
}

/** Ki-67 index in %, within the limits that define the grade (WHO 2019: below 3, 3 to 20, above 20). */
function ki67Of(grade: Cell, stream: Random): number | null {
  if (grade === "G1") return rounded(0.5 + 2.4 * stream.uniform(), 1);
  if (grade === "G2") return Math.round(3 + 17 * stream.uniform() ** 2);
  return grade === "G3" ? Math.round(22 + 33 * stream.uniform()) : null;
}

const kiRow = { table: "patients", column: "ki67", label: "Ki-67 index", type: "number", unit: "%" } as const;

/** Every clinical table of the example study but `images.csv` and `regions.csv`; all of them tell the same courses. */
export function letbTables(
  courses: readonly LetbCourse[],
  covariates: readonly CovariateModel[],
  imaged: ReadonlySet<string>,
  stream: Random,
): readonly PhantomFile[] {
  const procedures = procedureRows(courses, stream.fork("procedures"));
  const lesionStream = stream.fork("lesions");
  const kiStream = stream.fork("ki67");
  return [
    csvFile("tables/codebook.csv", codebookColumns, [...codebookRows(covariates), kiRow]),
    csvFile(
      "tables/patients.csv",
      ["patient", "sex", "age", ...covariates.map(({ column }) => column), "ki67"],
      courses.map(({ patient, sex, age, covariates: values }) => ({
        patient,
        sex,
        age,
        ...Object.fromEntries(values.map(({ column, value }) => [column, value])),
        ki67: ki67Of(values.find(({ column }) => column === "grade")?.value ?? null, kiStream.fork(patient)),
      })),
    ),
    csvFile(
      "tables/time-points.csv",
      ["patient", "time_point", "date", "treatment"],
      courses.flatMap(({ patient, treatments }) =>
        treatments.flatMap((one) =>
          visits(one).map(([time_point, day]) => ({
            patient,
            time_point,
            date: dateOfDay(day),
            treatment: one.number,
          })),
        ),
      ),
    ),
    csvFile(
      "tables/procedures.csv",
      ["patient", "procedure", "date", "kind", "agent", "dose_mg", "segment", "end_point"],
      procedures,
    ),
    csvFile(
      "tables/lesions.csv",
      lesionColumns,
      courses.flatMap(({ patient, treatments }) =>
        treatments.flatMap((one) =>
          lesionRows(
            {
              patient,
              treatment: one.number,
              baselineDate: dateOfDay(one.baselineDay),
              followUpDate: dateOfDay(one.followUpDay),
              progressed: one.hepaticDay !== null && one.hepaticDay <= one.followUpDay,
              readers: ["R1", "R2"],
              viableChange: Math.max(-0.95, one.changePercent / 130),
            },
            lesionStream,
          ),
        ),
      ),
    ),
    csvFile(
      "tables/measurements.csv",
      ["patient", "time_point", "treatment", "reader", "lesion", "biomarker", "repeat", "value", "unit", "scanner"],
      measurementRows(courses, imaged, stream.fork("measurements")),
    ),
    csvFile(
      "tables/features.csv",
      ["patient", "time_point", "treatment", "reader", "lesion", "feature", "value"],
      featureRows(courses, stream.fork("features")),
    ),
    csvFile("tables/events.csv", ["patient", "date", "event", "cause", "treatment", "note"], eventRows(courses)),
    csvFile(
      "tables/adverse-events.csv",
      ["patient", "procedure", "date", "scale", "term", "grade"],
      adverseRows(procedures, stream.fork("adverse")),
    ),
    csvFile("tables/screening.csv", ["subject", "unit", "step", "excluded", "reason"], screeningRows(courses)),
  ];
}
