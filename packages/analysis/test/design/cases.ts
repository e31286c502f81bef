import {
  eventRows,
  patientRows,
  procedureRows,
  protocolWith,
  type Subject,
  subjects,
  type Trial,
  type TrialRow,
} from "./trial.js";

/** A fault of design: the note that should fire, and trials with and without it that are alike otherwise. */
export interface FaultCase {
  readonly code: string;
  readonly what: string;
  readonly make: (seed: number, planted: boolean) => Trial;
}

const COX = "models:\n  - { id: m, label: Model, kind: cox, outcome: OS, covariates: [x, g] }\n";
const sound = (all: readonly Subject[], extra?: (one: Subject) => TrialRow): Trial["tables"] => ({
  patients: patientRows(all, extra),
  procedures: procedureRows(all),
  events: eventRows(all),
});

/** Measurements of a marker at both visits, from its value at baseline and its relative change. */
const visits = (all: readonly Subject[], followUpDay: (one: Subject) => number): readonly TrialRow[] =>
  all.flatMap((one) => [
    { patient: one.patient, time_point: "baseline", day: -10, treatment: 1 },
    ...(followUpDay(one) < Math.min(one.death, one.end)
      ? [{ patient: one.patient, time_point: "follow-up-1", day: followUpDay(one), treatment: 1 }]
      : []),
  ]);

const MARKER =
  'biomarkers:\n  - { id: m, label: Marker, unit: "1", time_points: [baseline, follow-up-1] }\nchanges:\n  - { id: dm, label: Change of marker, of: m, from: baseline, to: follow-up-1, as: percent }\n';

function markerTrial(
  seed: number,
  options: { readonly error: number; readonly spread: number; readonly otherScanner: number },
  extra: string,
): Trial {
  const all = subjects(seed, 120);
  const day = (one: Subject): number => 60 + (one.stream.fork("visit").integer(20) % 20);
  const rows = visits(all, day);
  const seen = new Set(rows.filter((row) => row.time_point === "follow-up-1").map((row) => row.patient));
  return {
    protocol: protocolWith(`${MARKER}${extra}`),
    tables: {
      ...sound(all),
      "time-points": rows,
      measurements: all.flatMap((one) => {
        const stream = one.stream.fork("marker");
        const first = 20 * Math.exp(0.3 * stream.normal());
        const change = -0.25 + options.spread * stream.normal();
        const moved = stream.uniform() < options.otherScanner;
        return ["baseline", "follow-up-1"].flatMap((time_point) => {
          if (time_point === "follow-up-1" && !seen.has(one.patient)) return [];
          const value = time_point === "baseline" ? first : first * (1 + change);
          return [1, 2, 3].map((repeat) => ({
            patient: one.patient,
            time_point,
            treatment: 1,
            reader: "R1",
            biomarker: "m",
            repeat,
            value: Number((value * (1 + options.error * stream.normal())).toFixed(4)),
            unit: "1",
            scanner: time_point === "follow-up-1" && moved ? "B" : "A",
          }));
        });
      }),
    },
  };
}

/** Every fault the guards know, planted in otherwise sound trials. */
export const faultCases: readonly FaultCase[] = [
  {
    code: "immortal-time",
    what: "a marker of the follow-up visit compared for survival from treatment; the same marker at baseline",
    make: (seed, planted) =>
      markerTrial(
        seed,
        { error: 0.02, spread: 0.4, otherScanner: 0 },
        `groups:\n  - { id: cut, label: Cut, of: "m@${planted ? "follow-up-1" : "baseline"}", cuts: [18], labels: [low, high], reference: low }\ncomparisons:\n  - { id: c, label: OS by marker, endpoint: OS, by: cut }\n`,
      ),
  },
  {
    code: "post-baseline-covariate",
    what: "subsequent treatment as a covariate; the same column known before treatment",
    make: (seed, planted) => {
      const all = subjects(seed, 120);
      return {
        protocol: protocolWith(
          "models:\n  - { id: m, label: Model, kind: cox, outcome: OS, covariates: [x, next] }\n",
          "[OS]",
          `  - { column: next, label: Next treatment, type: category, levels: ["no", "yes"], after_baseline: ${planted} }`,
        ),
        tables: sound(all, (one) => ({ next: one.stream.uniform() < 0.4 ? "yes" : "no" })),
      };
    },
  },
  {
    code: "eligibility-looks-ahead",
    what: "follow-up of at least 6 months as a rule; age of at least 18 in its place",
    make: (seed, planted) => ({
      protocol: protocolWith(
        `eligibility:\n  - ${planted ? "{ id: f, label: Follow-up of 6 months, follow_up: months, at_least: 6 }" : "{ id: a, label: Adult, field: age, at_least: 18 }"}\n${COX}`,
      ),
      tables: sound(subjects(seed, 120)),
    }),
  },
  {
    code: "cut-off-on-the-tested-outcome",
    what: "a maximally selected cut-off compared on its outcome; the median in its place",
    make: (seed, planted) => ({
      protocol: protocolWith(
        `groups:\n  - { id: cut, label: X cut, of: x, derive: ${planted ? "maximally-selected" : "median"}, labels: [low, high], reference: low }\ncomparisons:\n  - { id: c, label: OS by X, endpoint: OS, by: cut }\n`,
        "[OS]",
      ),
      tables: sound(subjects(seed, 100)),
    }),
  },
  {
    code: "many-thresholds",
    what: "five thresholds of one marker; one threshold",
    make: (seed, planted) => ({
      protocol: protocolWith(
        `plan:\n  sweeps:\n    - { id: s, label: X, of: x, thresholds: [${planted ? "-1, -0.5, 0, 0.5, 1" : "0"}], endpoints: [OS] }\n`,
        "[OS]",
      ),
      tables: sound(subjects(seed, 100)),
    }),
  },
  {
    code: "events-per-candidate",
    what: "12 candidates for about 80 deaths; 2 candidates",
    make: (seed, planted) => {
      const names = Array.from({ length: planted ? 10 : 0 }, (_, i) => `z${i}`);
      return {
        protocol: protocolWith(
          `models:\n  - { id: m, label: Model, kind: cox, outcome: OS, covariates: [x, g${names.map((name) => `, ${name}`).join("")}] }\n`,
          "[OS]",
          names.map((name) => `  - { column: ${name}, label: ${name}, type: number }`).join("\n"),
        ),
        tables: sound(subjects(seed, 110), (one) =>
          Object.fromEntries(names.map((name) => [name, Number(one.stream.normal().toFixed(3))])),
        ),
      };
    },
  },
  {
    code: "separation",
    what: "a level of 12 patients without any death; a level of 12 like the others",
    make: (seed, planted) => {
      const all = subjects(seed, 120).map((one, i) => (planted && i < 12 ? { ...one, death: 5000 } : one));
      const rare = new Set(all.slice(0, 12).map(({ patient }) => patient));
      return {
        protocol: protocolWith(
          "models:\n  - { id: m, label: Model, kind: cox, outcome: OS, covariates: [x, rare] }\n",
          "[OS]",
          '  - { column: rare, label: Rare, type: category, levels: ["no", "yes"] }',
        ),
        tables: sound(all, ({ patient }) => ({ rare: rare.has(patient) ? "yes" : "no" })),
      };
    },
  },
  {
    code: "collinear-together",
    what: "two criteria of one change (correlation about 0.9) together; two independent ones",
    make: (seed, planted) => ({
      protocol: protocolWith(
        "models:\n  - { id: m, label: Model, kind: cox, outcome: OS, covariates: [a, b] }\n",
        "[OS]",
        "  - { column: a, label: A, type: number }\n  - { column: b, label: B, type: number }",
      ),
      tables: sound(subjects(seed, 120), (one) => {
        const a = one.stream.normal();
        const own = one.stream.normal();
        return { a: Number(a.toFixed(3)), b: Number((planted ? 0.9 * a + 0.436 * own : own).toFixed(3)) };
      }),
    }),
  },
  {
    code: "repeated-treatments",
    what: "a third of the patients treated twice; everybody once",
    make: (seed, planted) => {
      const all = subjects(seed, 90);
      const twice = planted ? all.filter((one, i) => i % 3 === 0 && one.end > 300) : [];
      return {
        protocol: protocolWith("", "[OS, hepatic-PFS]"),
        tables: {
          ...sound(all),
          procedures: [
            ...procedureRows(all),
            ...twice.map(({ patient }) => ({ patient, procedure: `${patient}-2`, day: 260, kind: "TACE" })),
          ],
        },
      };
    },
  },
  {
    code: "informative-missingness",
    what: "X lacking in 60 % of those who die within a year; in 15 % of all",
    make: (seed, planted) => {
      const all = subjects(seed, 120);
      return {
        protocol: protocolWith(COX, "[OS]"),
        tables: sound(all, (one) => {
          const share = planted ? (one.death < 365 ? 0.6 : 0.03) : 0.15;
          return one.stream.uniform() < share ? { x: null } : {};
        }),
      };
    },
  },
  {
    code: "tiny-group",
    what: "a comparison with a group of 5; with groups of 40",
    make: (seed, planted) => ({
      protocol: protocolWith(
        "comparisons:\n  - { id: c, label: OS by arm, endpoint: OS, by: arm }\n",
        "[OS]",
        "  - { column: arm, label: Arm, type: category, levels: [a, b, c] }",
      ),
      tables: sound(subjects(seed, 120), ({ patient }) => {
        const n = Number(patient.slice(1));
        return { arm: planted ? (n <= 5 ? "c" : n <= 60 ? "b" : "a") : ["a", "b", "c"][n % 3]! };
      }),
    }),
  },
  {
    code: "non-proportional-hazards",
    what: "hazards that cross at 10 months (ratio 0.2, then 4); a constant ratio of 0.5",
    make: (seed, planted) => {
      const all = subjects(seed, 160, planted ? { logHazard: () => 0 } : {}).map((one) => {
        if (!planted || one.g === "low") return one;
        const rate = Math.LN2 / 600;
        const mass = one.stream.fork("crossing").exponential();
        const early = 300 * rate * 0.2;
        const death = mass < early ? mass / (rate * 0.2) : 300 + (mass - early) / (rate * 4);
        return { ...one, death: Math.max(2, Math.ceil(death)) };
      });
      return {
        protocol: protocolWith(COX, "[OS]"),
        tables: sound(all),
      };
    },
  },
  {
    code: "direction-against-expectation",
    what: "a group coded the wrong way round; the right way (true ratio 0.35)",
    make: (seed, planted) => ({
      protocol: protocolWith(
        `groups:\n  - { id: cut, label: X group, of: x, cuts: [0], labels: [low, high], reference: low, better: ${planted ? "low" : "high"} }\ncomparisons:\n  - { id: c, label: OS by X, endpoint: OS, by: cut }\n`,
        "[OS]",
      ),
      tables: sound(subjects(seed, 120, { logHazard: ({ x }) => (x >= 0 ? Math.log(0.35) : 0) })),
    }),
  },
  {
    code: "censoring-after-last-scan",
    what: "last scan a year or more before the last contact; within the scan interval",
    make: (seed, planted) => {
      const all = subjects(seed, 120, { progressionMedian: 900 });
      return {
        protocol: protocolWith(
          "response: { profiles: [recist-1.1] }\ncalendar:\n  - { id: ct, label: CT, first_days: 90, every_days: 90, window_days: [-20, 20] }\n",
          "[OS, PFS]",
        ),
        tables: {
          ...sound(all),
          responses: all.flatMap((one) => {
            const stop = Math.min(one.death, one.end, one.progression) - (planted ? 300 : 0);
            return Array.from({ length: 24 }, (_, k) => 90 * (k + 1))
              .filter((day) => day < stop)
              .map((day) => ({
                patient: one.patient,
                treatment: 1,
                time_point: `ct-${day}`,
                day,
                profile: "recist-1.1",
                overall: "SD",
              }));
          }),
        },
      };
    },
  },
  {
    code: "change-within-measurement-error",
    what: "repeats that scatter by 20 % beside changes that scatter by 12 %; repeats of 2 %, changes of 40 %",
    make: (seed, planted) =>
      markerTrial(
        seed,
        planted ? { error: 0.2, spread: 0.12, otherScanner: 0 } : { error: 0.02, spread: 0.4, otherScanner: 0 },
        "groups:\n  - { id: cut, label: Fell, of: dm, cuts: [-25], labels: [fell, rest], reference: rest }\n",
      ),
  },
  {
    code: "scanner-changed",
    what: "another scanner at follow-up in 35 %; the same scanner in all but 2 %",
    make: (seed, planted) => markerTrial(seed, { error: 0.02, spread: 0.4, otherScanner: planted ? 0.35 : 0.02 }, ""),
  },
  {
    code: "competing-death",
    what: "time to progression censored at frequent deaths; at rare ones",
    make: (seed, planted) => ({
      protocol: protocolWith(
        "",
        "[OS, { name: time-to-progression, label: Time to progression, progression: any, death: none }]",
      ),
      tables: sound(
        subjects(
          seed,
          120,
          planted ? { deathMedian: 400, progressionMedian: 500 } : { deathMedian: 6000, progressionMedian: 150 },
        ),
      ),
    }),
  },
  {
    code: "subgroup-without-interaction",
    what: "the effect in one subset without a test of interaction; with the test",
    make: (seed, planted) => ({
      protocol: protocolWith(
        `plan:\n  subsets:\n    - id: s\n      label: Low X\n      where: { column: half, levels: [low] }\n      interaction: ${!planted}\n      comparisons: [{ endpoint: OS, by: g }]\ngroups:\n  - { id: half, label: Half of X, of: x, cuts: [0], labels: [low, high], reference: low }\n`,
        "[OS]",
      ),
      tables: sound(subjects(seed, 120)),
    }),
  },
  {
    code: "tiny-group",
    what: "an area under the curve in a group of 5 (the nomogram paper prints 1.000); in groups of 60",
    make: (seed, planted) => ({
      protocol: protocolWith(
        "plan:\n  model_comparisons:\n    - { id: a, label: Areas by arm, outcome: y, markers: [x], by: arm }\n",
        "[OS]",
        '  - { column: arm, label: Arm, type: category, levels: [a, b] }\n  - { column: y, label: Y, type: category, levels: ["no", "yes"] }',
      ),
      tables: sound(subjects(seed, 120), ({ patient, x, stream }) => {
        const n = Number(patient.slice(1));
        const yes = stream.uniform() < 1 / (1 + Math.exp(-x));
        return { arm: planted ? (n <= 5 ? "b" : "a") : n % 2 === 0 ? "a" : "b", y: yes ? "yes" : "no" };
      }),
    }),
  },
  {
    code: "selection-on-the-same-data",
    what: "backward elimination of two covariates; both entered",
    make: (seed, planted) => ({
      protocol: protocolWith(
        `models:\n  - { id: m, label: Model, kind: cox, outcome: OS, covariates: [x, g], select: ${planted ? "backward" : "all"} }\n`,
        "[OS]",
      ),
      tables: sound(subjects(seed, 120)),
    }),
  },
];
