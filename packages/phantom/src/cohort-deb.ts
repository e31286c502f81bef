import { daysOfMonths } from "./calendar.js";
import { between, centred, cohortDraws, decimals, drawn, exactly, orderBy } from "./cohort-draws.js";
import {
  adverseRows,
  cellsOf,
  firstVisits,
  lastEvent,
  responseRows,
  seenBefore,
  type TableRow,
  twoTimePoints,
} from "./cohort-rows.js";
import { eventDays } from "./event-times.js";
import { type CohortTables, effectsOn } from "./paper-bundle.js";

const N = 88;
const ratios = {
  subsequent: 0.519,
  cholangiectasis: 2718e-3,
  extrahepatic: 1.776,
  middle: 1.274,
  large: 2.953,
} as const;

const onDeath = effectsOn("OS", "cox");

/** Adverse events of table 4: term, how many of 126 procedures, grades. */
const ADVERSE = [
  ["Vomiting", 97, [1, 2]],
  ["Abdominal pain", 77, [1, 2]],
  ["Alanine aminotransferase increased", 68, [1, 2]],
  ["Fever", 58, [1]],
  ["Stroke", 2, [2]],
] as const;

/**
 * 88 patients and 126 DEB-TACE procedures with the margins of the CalliSpheres study (tables 1, 2 and 4: response 58 PR, 19 SD,
 * 11 PD; nausea 97, pain 77, transaminases 68, fever 58, weakness 2 of 126). Overall survival depends on subsequent
 * treatment, cholangiectasis, extrahepatic disease and tumour burden by the paper's multivariable ratios, all drawn at the start.
 */
export function debCohort(seed: number): CohortTables {
  const { stream, patients, fork, each, pick, chosen, yesNo } = cohortDraws("deb", seed, N);
  const columns: { readonly [name: string]: readonly string[] } = {
    sex: pick("sex", [
      ["M", 65],
      ["F", 23],
    ]),
    ecog: pick("ecog", [
      ["0", 37],
      ["1", 51],
    ]),
    child_pugh: pick("child", [
      ["A", 83],
      ["B", 5],
    ]),
    postoperative_recurrence: yesNo("recurrence", 18),
    previous_treatment: yesNo("previous", 28),
    subsequent_treatment: yesNo("subsequent", 29),
    combined_treatment: yesNo("combined", 42),
    tai: yesNo("tai", 31),
    strengthened_embolisation: yesNo("strengthened", 19),
    tumour_number: pick("number", [
      ["solitary", 26],
      ["multiple", 62],
    ]),
    tumour_location: pick("location", [
      ["unilateral", 59],
      ["bilateral", 29],
    ]),
    cholangiectasis: yesNo("cholangiectasis", 27),
    extrahepatic: yesNo("extrahepatic", 50),
    vascular_invasion: yesNo("vascular", 34),
  };
  const burden = pick("burden", [
    ["small", 41],
    ["middle", 31],
    ["large", 16],
  ]);
  const wide = chosen("diameter", 56);
  const ca125 = chosen("ca125", 31);
  const ca199 = chosen("ca199", 46);
  const older = chosen("age", 60);
  const yes = (name: string, i: number): boolean => columns[name]?.[i] === "yes";
  const lp = centred(
    each(
      (i) =>
        (yes("subsequent_treatment", i) ? Math.log(ratios.subsequent) : 0) +
        (yes("cholangiectasis", i) ? Math.log(ratios.cholangiectasis) : 0) +
        (yes("extrahepatic", i) ? Math.log(ratios.extrahepatic) : 0) +
        (burden[i] === "small" ? 0 : Math.log(burden[i] === "middle" ? ratios.middle : ratios.large)),
    ),
  );
  const times = fork("times");
  const death = lp.map((one) => eventDays({ medianMonths: 7.2, shape: 1.2, lagMonths: 1.6 }, one, times));
  const progression = lp.map((one) => eventDays({ medianMonths: 2.3, shape: 1, lagMonths: 0.72 }, 0.5 * one, times));
  const end = each(() => daysOfMonths(between(13, 43, times)));
  const survived = each((i) => Math.min(death[i]!, end[i]!));
  const labels = exactly(
    [
      ["PR", 58],
      ["SD", 19],
    ],
    fork("response"),
  );
  const visits = firstVisits({
    progression,
    progressed: 11,
    labels,
    planned: () => 26 + stream.integer(8),
    foundAfter: 1,
    latest: 45,
  });
  // The most sessions go to those who lived longest: 64 × 1, 14 × 2, 7 × 3, 2 × 4, 1 × 5 = 126.
  const sessions = new Array<number>(N).fill(1);
  const order = orderBy(survived);
  [5, 4, 4, ...Array.from({ length: 7 }, () => 3), ...Array.from({ length: 14 }, () => 2)].forEach((n, k) => {
    sessions[order[N - 1 - k]!] = n;
  });
  const agents = exactly(
    [
      ["oxaliplatin", 26],
      ["raltitrexed", 5],
    ],
    fork("agents"),
  );
  let given = 0;
  const procedures = patients.flatMap((patient, i) => {
    const combined = yes("tai", i) ? agents[given++]! : null;
    return drawn(sessions[i]!, (k) => ({
      patient,
      procedure: `${patient}-${k + 1}`,
      day: 48 * k,
      kind: "DEB-TACE",
      agent: "epirubicin",
      dose_mg: 80,
      device: "CalliSpheres",
      bead_um: "100-300",
      loading_min: 30 + stream.integer(15),
      vessel_level: ["segmental", "subsegmental"][stream.integer(2)]!,
      end_point: "stasis",
      extra_embolic: k === 0 && yes("strengthened_embolisation", i) ? "Embosphere" : null,
      combined_with: k === 0 ? combined : null,
    }));
  });
  return {
    title: "DEB-TACE with CalliSpheres",
    readers: [],
    effects: [
      onDeath("subsequent_treatment", "yes", "no", ratios.subsequent),
      onDeath("cholangiectasis", "yes", "no", ratios.cholangiectasis),
      onDeath("extrahepatic", "yes", "no", ratios.extrahepatic),
      onDeath("burden", "25-50", "<=25", ratios.middle),
      onDeath("burden", ">50", "<=25", ratios.large),
    ],
    tables: {
      patients: patients.map((patient, i) => ({
        patient,
        age: older[i] ? 61 + stream.integer(20) : 34 + stream.integer(27),
        ...cellsOf(columns, i),
        tumour_burden: Math.round(
          burden[i] === "small"
            ? between(4, 25, stream)
            : burden[i] === "middle"
              ? between(26, 50, stream)
              : between(51, 85, stream),
        ),
        largest_diameter: Math.round(wide[i] ? between(51, 140, stream) : between(12, 50, stream)),
        ca125: decimals(ca125[i] ? between(35.5, 400, stream) : between(4, 34.8, stream), 1),
        ca19_9: decimals(ca199[i] ? between(37.5, 3000, stream) : between(1, 36.5, stream), 1),
        other_malignancy: "no",
      })),
      "time-points": twoTimePoints(patients, -2, visits),
      procedures,
      responses: responseRows(patients, "mrecist/papers", "follow-up-1", visits),
      "adverse-events": ADVERSE.flatMap(([term, n, grades]) =>
        adverseRows(procedures, n, stream, 1, () => ({
          scale: "CTCAE-5.0",
          term,
          grade: grades[stream.integer(grades.length)]!,
        })),
      ),
      events: patients.flatMap((patient, i): readonly TableRow[] => {
        const stop = survived[i]!;
        const later = Math.max(20, Math.min(progression[i]! + 10, stop - 5));
        return [
          ...seenBefore(
            stop,
            patient,
            progression[i]!,
            i % 4 === 0 ? "extrahepatic-progression" : "hepatic-progression",
          ),
          ...(yes("subsequent_treatment", i) ? [{ patient, day: later, event: "new-therapy", cause: null }] : []),
          lastEvent(patient, death[i]!, end[i]!),
        ];
      }),
    },
  };
}
