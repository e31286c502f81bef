import type { Random } from "@livermark/core";
import { daysOfMonths } from "./calendar.js";
import { between, cohortDraws, decimals, exactly, secondReader } from "./cohort-draws.js";
import { featureRows, lastEvent, responseRows, seenBefore, type TableRow } from "./cohort-rows.js";
import { type CohortTables, effectsOn } from "./paper-bundle.js";

const N = 78;
const PROGRESSED = 46;
const ratios = { sir: 8.692, adc: 0.189, nlr: 0.162 } as const;

const onProgression = effectsOn("progression-6m:mrecist/papers", "logistic");

/** Counts of Han 2025, table 4: present (or the second category) of 78. */
const FEATURES = [
  ["location", "other", "right-lobe", 35],
  ["morphology", "irregular", "round-oval", 51],
  ["margin", "ill-defined", "well-defined", 73],
  ["enhancement-degree", "marked", "moderate-mild", 59],
  ["enhancement-pattern", "heterogeneous", "homogeneous", 76],
  ["rim-enhancement", "present", "absent", 15],
  ["peritumoral-enhancement", "present", "absent", 49],
  ["venous-halo", "present", "absent", 29],
  ["dwi-target-sign", "present", "absent", 13],
  ["mosaic", "present", "absent", 9],
  ["portal-thrombus", "present", "absent", 39],
  ["washout", "present", "absent", 48],
  ["capsule", "intact", "absent-incomplete", 20],
  ["tumour-vessels", "present", "absent", 13],
  ["haemorrhage", "present", "absent", 38],
  ["fat", "present", "absent", 8],
  ["cystic-necrotic", "present", "absent", 36],
  ["node-metastasis", "present", "absent", 23],
] as const;

/** Cut-offs with how many lie at or above them, and the range of values on either side. */
const MARKERS = {
  "t2-sir@baseline": { cut: 1.883, above: 54, low: 1.1, high: 3.2 },
  "t2-sir@follow-up-1": { cut: 1.418, above: 61, low: 0.8, high: 3.6 },
  "adc-max@baseline": { cut: 1.34, above: 34, low: 1.12, high: 1.9 },
  "adc-mean@baseline": { cut: 1.09, above: 31, low: 0.85, high: 1.115 },
  "adc-min@baseline": { cut: 0.776, above: 30, low: 0.4, high: 0.84 },
  "adc-max@follow-up-1": { cut: 1.107, above: 56, low: 1.101, high: 2.35 },
  "adc-mean@follow-up-1": { cut: 1.085, above: 29, low: 0.87, high: 1.1 },
  "adc-min@follow-up-1": { cut: 0.864, above: 21, low: 0.35, high: 0.868 },
} as const;

/**
 * 78 patients under immune-targeted therapy with the margins of Han 2025, tables 1, 2 and 4. Exactly 46 progressed (SD or PD
 * at 6 months), drawn from a logistic model in T2 SIR and ADC after treatment and NLR at the paper's multivariable ratios.
 * Two readers and their consensus for features and for ADC.
 */
export function mpmriCohort(seed: number): CohortTables {
  const { stream, patients, fork, each, pick, chosen } = cohortDraws("mpmri", seed, N);
  const sides = Object.fromEntries(Object.entries(MARKERS).map(([name, { above }]) => [name, chosen(name, above)]));
  const nlrHigh = chosen("nlr", 14);
  const lp = each(
    (i) =>
      (sides["t2-sir@follow-up-1"]?.[i] ? Math.log(ratios.sir) : 0) +
      (sides["adc-mean@follow-up-1"]?.[i] ? Math.log(ratios.adc) : 0) +
      (nlrHigh[i] ? Math.log(ratios.nlr) : 0),
  );
  const progressed = outcomes(lp, fork("outcome"));
  const values = Object.entries(MARKERS).map(([name, { cut, low, high }]) => {
    const [biomarker = "", time_point = ""] = name.split("@");
    return {
      biomarker,
      time_point,
      values: (sides[name] ?? []).map((is) =>
        decimals(is ? between(cut + 0.004, high, stream) : between(low, cut - 0.004, stream), 4),
      ),
    };
  });
  const sex = pick("sex", [
    ["M", 66],
    ["F", 12],
  ]);
  const therapy = pick("therapy", [
    ["immune-targeted", 68],
    ["targeted", 5],
    ["immune", 5],
  ]);
  const etiology = pick("etiology", [
    ["HBV", 57],
    ["HCV", 4],
    ["other", 17],
  ]);
  const childPugh = pick("child", [
    ["A", 34],
    ["B", 44],
  ]);
  const labs = nlrHigh.map((is) => {
    const lymphocytes = decimals(between(0.7, 1.9, stream), 2);
    const nlr = is ? between(4.45, 8, stream) : between(1.2, 4.36, stream);
    const monocytes = decimals(between(0.2, 0.6, stream), 2);
    return [
      ["lymphocytes", lymphocytes, "10^9/L"],
      ["neutrophils", decimals(lymphocytes * nlr, 3), "10^9/L"],
      ["monocytes", monocytes, "10^9/L"],
      ["platelets", Math.round(between(70, 330, stream)), "10^9/L"],
      ["albumin", decimals(between(31, 46, stream), 1), "g/L"],
      ["globulin", decimals(between(24, 38, stream), 1), "g/L"],
      ["alp", Math.round(between(80, 220, stream)), "U/L"],
    ] as const;
  });
  const lab = (i: number, name: string): number => labs[i]?.find(([own]) => own === name)?.[1] ?? 0;
  const worse = exactly(
    [
      ["SD", 26],
      ["PD", 20],
    ],
    fork("worse"),
  );
  const better = exactly(
    [
      ["CR", 4],
      ["PR", 28],
    ],
    fork("better"),
  );
  let [a, b] = [0, 0];
  const response = progressed.map((is) => (is ? worse[a++]! : better[b++]!));
  const visit = each(() => 172 + stream.integer(22));
  const progression = response.map((own, i) =>
    own === "PD"
      ? 62 + stream.integer(100)
      : visit[i]! + daysOfMonths(0.5 + (own === "SD" ? 3 : 7) * stream.exponential()),
  );
  const end = each((i) => Math.max(visit[i]! + 5, daysOfMonths(between(6.6, 38, stream))));
  const death = progression.map((day, i) => Math.max(visit[i]! + 10, day + daysOfMonths(1 + 9 * stream.exponential())));
  const unit = (biomarker: string): string => (biomarker === "t2-sir" ? "1" : "mm2/s");
  return {
    title: "Multiparametric MRI and blood",
    readers: ["R1", "R2"],
    effects: [
      onProgression("t2-sir-f-cut", ">=1.418", "<1.418", ratios.sir),
      onProgression("adc-mean-f-cut", ">=1.085", "<1.085", ratios.adc),
      onProgression("nlr-cut", ">=4.41", "<4.41", ratios.nlr),
    ],
    tables: {
      patients: patients.map((patient, i) => ({
        patient,
        sex: sex[i]!,
        age: Math.min(77, Math.max(32, Math.round(55.7 + 9 * stream.normal()))),
        therapy: therapy[i]!,
        etiology: etiology[i]!,
        child_pugh: childPugh[i]!,
        afp: decimals(Math.exp(4.5 + 2 * stream.normal()), 1),
        alp: lab(i, "alp"),
        neutrophils: lab(i, "neutrophils"),
        monocytes: lab(i, "monocytes"),
        lymphocytes: lab(i, "lymphocytes"),
        previous_treatment: "no",
      })),
      "time-points": patients.flatMap((patient, i) => [
        { patient, time_point: "baseline", day: -1 - (i % 13), treatment: 1 },
        { patient, time_point: "follow-up-1", day: 50 + (i % 12), treatment: 1 },
        { patient, time_point: "month-6", day: visit[i]!, treatment: 1 },
      ]),
      procedures: patients.map((patient) => ({ patient, procedure: `${patient}-1`, day: 0, kind: "systemic" })),
      labs: patients.flatMap((patient, i) =>
        (labs[i] ?? []).map(([name, value, own]) => ({ patient, day: -2, name, value, unit: own })),
      ),
      measurements: [
        ...values.flatMap(({ biomarker, time_point, values: own }) =>
          patients.flatMap((patient, i) => {
            const scale = biomarker === "t2-sir" ? 1 : 1000;
            return [null, "R1", "R2"].map((reader) => ({
              patient,
              time_point,
              treatment: 1,
              reader,
              biomarker,
              value: decimals((own[i]! * (reader === null ? 1 : 1 + 0.03 * stream.normal())) / scale, 8),
              unit: unit(biomarker),
              scanner: "1",
            }));
          }),
        ),
        ...patients.flatMap((patient, i) => {
          const first = between(28, 160, stream);
          const grown = progressed[i] ? between(0.8, 1.25, stream) : between(0.4, 0.95, stream);
          return (["baseline", "follow-up-1"] as const).map((time_point, k) => ({
            patient,
            time_point,
            treatment: 1,
            reader: null,
            biomarker: "diameter",
            value: decimals(k === 0 ? first : first * grown, 1),
            unit: "mm",
            scanner: "1",
          }));
        }),
      ],
      features: FEATURES.flatMap(([feature, one, other, n]) => {
        const own = pick(feature, [
          [one, n],
          [other, N - n],
        ]);
        return featureRows(patients, feature, own, secondReader(own, 0.87, fork(`second ${feature}`)));
      }),
      responses: responseRows(
        patients,
        "mrecist/papers",
        "month-6",
        response.map((overall, i) => ({ day: visit[i]!, overall })),
      ),
      events: patients.flatMap((patient, i): readonly TableRow[] => {
        const stop = Math.min(death[i]!, end[i]!);
        return [
          ...seenBefore(stop, patient, progression[i]!, "progression"),
          lastEvent(patient, death[i]!, end[i]!, i % 9 === 0 ? "liver-function" : "tumour"),
        ];
      }),
    },
  };
}

/** Outcomes of a logistic model given that exactly 46 occur: the intercept is solved, then draws are repeated until they fit. */
function outcomes(lp: readonly number[], stream: Random): readonly boolean[] {
  const expected = (intercept: number): number =>
    lp.reduce((sum, own) => sum + 1 / (1 + Math.exp(-intercept - own)), 0);
  let low = -20;
  let high = 20;
  for (let i = 0; i < 60; i++) {
    const middle = (low + high) / 2;
    if (expected(middle) < PROGRESSED) low = middle;
    else high = middle;
  }
  for (;;) {
    const drawnNow = lp.map((own) => stream.uniform() < 1 / (1 + Math.exp(-low - own)));
    if (drawnNow.filter(Boolean).length === PROGRESSED) return drawnNow;
  }
}
