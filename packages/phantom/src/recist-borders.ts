import { dateOfDay, dayNumber } from "./calendar.js";
import { type Cell, csvFile, type PhantomFile } from "./files.js";
import { lesionColumns } from "./lesion-rows.js";

/** Overall response that a rule must give at follow-up. */
export type ExpectedResponse = "CR" | "PR" | "SD" | "PD";

/** A pair of visits whose sums lie on a border between response categories, in mm. */
export interface BorderCase {
  readonly patient: string;
  readonly what: string;
  /** Longest and viable diameter of each lesion at baseline and at follow-up; a lesion that is absent has 0. */
  readonly baseline: readonly (readonly [longest: number, viable: number])[];
  readonly followUp: readonly (readonly [longest: number, viable: number])[];
  /** A lesion that only the follow-up shows, mm. */
  readonly newLesionMm?: number;
  readonly expected: {
    readonly "recist-1.1": ExpectedResponse;
    readonly "recist-1.1/letb-paper": ExpectedResponse;
    readonly mrecist: ExpectedResponse;
  };
}

const border = (
  patient: string,
  what: string,
  baseline: BorderCase["baseline"],
  followUp: BorderCase["followUp"],
  recist: ExpectedResponse,
  paper: ExpectedResponse,
  viable: ExpectedResponse,
  newLesionMm?: number,
): BorderCase => ({
  patient,
  what,
  baseline,
  followUp,
  expected: { "recist-1.1": recist, "recist-1.1/letb-paper": paper, mrecist: viable },
  ...(newLesionMm === undefined ? {} : { newLesionMm }),
});

/** Solid lesions: viable all through. */
const solid = (...diameters: readonly number[]): BorderCase["baseline"] => diameters.map((mm) => [mm, mm]);

/**
 * Cases on every border of RECIST 1.1 (−30 %, +20 % with +5 mm), of the LETB paper's wording (more than 20 %, no absolute
 * rise) and of mRECIST (viable diameters). Expectations are worked by hand from the rules, not by our own engine.
 */
export const borderCases: readonly BorderCase[] = [
  border("B01", "fall of exactly 30 %", solid(60, 40), solid(42, 28), "PR", "PR", "PR"),
  border("B02", "fall of 29.9 %", solid(60, 40), solid(42, 28.1), "SD", "SD", "SD"),
  border("B03", "rise of exactly 20 % and 20 mm", solid(60, 40), solid(72, 48), "PD", "SD", "PD"),
  border("B04", "rise of 19.9 %", solid(60, 40), solid(72, 47.9), "SD", "SD", "SD"),
  border("B05", "rise of 24.5 % but only 4.9 mm", solid(20), solid(24.9), "SD", "PD", "PD"),
  border("B06", "rise of 25 % and exactly 5 mm", solid(20), solid(25), "PD", "PD", "PD"),
  border("B07", "all lesions gone", solid(30, 20), solid(0, 0), "CR", "CR", "CR"),
  border(
    "B08",
    "same size, no viable part left",
    solid(50, 30),
    [
      [50, 0],
      [30, 0],
    ],
    "SD",
    "SD",
    "CR",
  ),
  border(
    "B09",
    "same size, viable part less by 30 %",
    solid(50, 50),
    [
      [50, 35],
      [50, 35],
    ],
    "SD",
    "SD",
    "PR",
  ),
  border(
    "B10",
    "smaller, but the viable part grows by 25 %",
    [
      [80, 20],
      [60, 20],
    ],
    [
      [70, 25],
      [55, 25],
    ],
    "SD",
    "SD",
    "PD",
  ),
  border("B11", "fall of 40 % with a new lesion", solid(60, 40), solid(36, 24), "PD", "PD", "PD", 14),
  border("B12", "unchanged", solid(60, 40), solid(60, 40), "SD", "SD", "SD"),
];

const rowsOf = (one: BorderCase, startDay: number): readonly { readonly [column: string]: Cell }[] => {
  const row = (timePoint: string, day: number, n: number, [longest, viable]: readonly [number, number]) => ({
    patient: one.patient,
    treatment: 1,
    time_point: timePoint,
    date: dateOfDay(day),
    lesion: `T${n + 1}`,
    role: "target",
    organ: "liver",
    node: 0,
    ...(longest === 0 ? { status: "absent" } : { longest_mm: longest, viable_mm: viable, status: "measured" }),
    slice_mm: 1.25,
  });
  return [
    ...one.baseline.map((sizes, n) => row("baseline", startDay - 10, n, sizes)),
    ...one.followUp.map((sizes, n) => row("follow-up-1", startDay + 60, n, sizes)),
    ...(one.newLesionMm === undefined
      ? []
      : [
          {
            ...row("follow-up-1", startDay + 60, one.followUp.length, [one.newLesionMm, one.newLesionMm]),
            lesion: "N1",
            role: "new",
          },
        ]),
  ];
};

/** The border cases as tables of a bundle: patients, time points, one TACE each, lesions, last contacts. */
export function borderTables(firstDate = "2022-03-01"): readonly PhantomFile[] {
  const start = dayNumber(firstDate);
  const patients = borderCases.map(({ patient }) => patient);
  return [
    csvFile(
      "tables/patients.csv",
      ["patient", "sex", "age"],
      patients.map((patient, n) => ({ patient, sex: n % 2 ? "F" : "M", age: 50 + n })),
    ),
    csvFile(
      "tables/time-points.csv",
      ["patient", "time_point", "date", "treatment"],
      patients.flatMap((patient) => [
        { patient, time_point: "baseline", date: dateOfDay(start - 10), treatment: 1 },
        { patient, time_point: "follow-up-1", date: dateOfDay(start + 60), treatment: 1 },
      ]),
    ),
    csvFile(
      "tables/procedures.csv",
      ["patient", "procedure", "date", "kind"],
      patients.map((patient) => ({ patient, procedure: `${patient}-1`, date: dateOfDay(start), kind: "TACE" })),
    ),
    csvFile(
      "tables/lesions.csv",
      lesionColumns,
      borderCases.flatMap((one) => rowsOf(one, start)),
    ),
    csvFile(
      "tables/events.csv",
      ["patient", "date", "event"],
      patients.map((patient) => ({ patient, date: dateOfDay(start + 200), event: "last-contact" })),
    ),
  ];
}
