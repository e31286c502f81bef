import { random, unwrap } from "@livermark/core";
import { coxRegression } from "@livermark/statistics";
import { sized } from "testkit";
import { describe, expect, it } from "vitest";
import { agreementPart } from "../src/agreement-part.js";
import { clustersPart } from "../src/clusters-part.js";
import type { Dataset } from "../src/dataset.js";
import { association } from "../src/design/collinearity.js";
import { groupTestPart } from "../src/group-tests-part.js";
import { landmarkPart } from "../src/landmark-part.js";
import { waterfall } from "../src/pictures-part.js";
import { subsetPart } from "../src/subsets-part.js";
import { survivalData } from "../src/survival-data.js";
import { splitAtSwitch } from "../src/time-dependent-part.js";
import { shuffledClusters } from "../src/whole-clusters.js";
import { dataOf, labels, numbers } from "./columns.js";

const conventions = { intervalType: "log", medianRule: "r", ties: "efron", level: 0.95 } as const;
const OS = { name: "OS", label: "Overall survival", time: "t", event: "e" };

describe("rows split where a state begins", () => {
  it("keep all time and all events", () => {
    const stream = random(5);
    const months = Array.from({ length: 200 }, () => 1 + 20 * stream.uniform());
    const event = months.map(() => (stream.uniform() < 0.6 ? 1 : 0));
    const begins = months.map((end) => (stream.uniform() < 0.4 ? null : end * 1.4 * stream.uniform()));
    const split = splitAtSwitch(months, event, begins);
    const total = split.exit.reduce((sum, end, i) => sum + end - (split.entry[i] ?? 0), 0);
    expect(total).toBeCloseTo(
      months.reduce((a, b) => a + b, 0),
      8,
    );
    const sum = (flags: readonly number[]): number => flags.reduce((a, b) => a + b, 0);
    expect(sum(split.event)).toBe(sum(event));
    expect(split.entry.every((start, i) => start < (split.exit[i] ?? 0))).toBe(true);
  });

  it("puts a state from the start into one row, and one that never begins too", () => {
    expect(splitAtSwitch([10, 10, 10], [1, 1, 0], [0, null, 12])).toEqual({
      entry: [0, 0, 0],
      exit: [10, 10, 10],
      event: [1, 1, 0],
      inState: [1, 0, 0],
      from: [0, 1, 2],
    });
    expect(splitAtSwitch([10], [1], [4])).toMatchObject({
      entry: [0, 4],
      exit: [4, 10],
      event: [0, 1],
      inState: [0, 1],
    });
  });

  it("removes the immortal time of a therapy that does nothing", () => {
    // Therapy begins after a waiting time, to whoever lives so long; it has no effect.
    const ratios = (seed: number): readonly [number, number] => {
      const stream = random(seed);
      const months = Array.from({ length: 150 }, () => 12 * stream.exponential());
      const event = months.map(() => 1);
      const begins = months.map((end) => {
        const wait = 6 * stream.exponential();
        return wait < end ? wait : null;
      });
      const split = splitAtSwitch(months, event, begins);
      const fixed = unwrap(
        coxRegression({
          time: months,
          event,
          covariates: [{ name: "x", values: begins.map((at) => (at === null ? 0 : 1)) }],
        }),
      );
      const changing = unwrap(
        coxRegression({
          entry: split.entry,
          time: split.exit,
          event: split.event,
          covariates: [{ name: "x", values: split.inState }],
        }),
      );
      return [fixed.coefficients[0]?.coefficient ?? 0, changing.coefficients[0]?.coefficient ?? 0];
    };
    const seeds = Array.from({ length: sized(20, 200) }, (_, i) => ratios(i + 1));
    const mean = (which: 0 | 1): number => seeds.reduce((sum, one) => sum + one[which], 0) / seeds.length;
    expect(Math.exp(mean(0))).toBeLessThan(0.6);
    expect(Math.abs(mean(1))).toBeLessThan(0.12);
  });
});

describe("a permutation of whole clusters", () => {
  const clusters = [[0], [1, 2], [3], [4, 5], [6, 7, 8]];
  const values = ["a", "b", "c", "d", "e", "f", "g", "h", "i"];

  it("moves clusters among clusters of their size only", () => {
    const stream = random(3);
    const met = new Set<string>();
    for (let b = 0; b < 50; b++) {
      const moved = shuffledClusters(values, clusters, stream);
      expect([...moved].sort()).toEqual([...values].sort());
      expect(moved.slice(6)).toEqual(["g", "h", "i"]);
      expect(["bc", "ef"]).toContain(`${moved[1]}${moved[2]}`);
      met.add(moved.join(""));
    }
    expect(met.size).toBe(4);
  });
});

describe("agreement of readers", () => {
  const reading = (pairs: readonly (readonly [string, string])[], levels: readonly string[]) => ({
    id: "f",
    label: "Feature",
    levels,
    readers: ["R1", "R2"] as const,
    pairs,
    inputs: [],
  });

  it("has Cohen's kappa of his own example and says who agrees by chance", () => {
    // 20 and 15 agreements, 5 and 10 not: kappa 0.4.
    const pairs = [
      ...Array.from({ length: 20 }, () => ["no", "no"] as const),
      ...Array.from({ length: 5 }, () => ["no", "yes"] as const),
      ...Array.from({ length: 10 }, () => ["yes", "no"] as const),
      ...Array.from({ length: 15 }, () => ["yes", "yes"] as const),
    ];
    const { tables } = agreementPart([reading(pairs, ["no", "yes"])], []);
    const cells = tables[0]?.rows[0]?.cells;
    expect(cells?.kappa).toMatchObject({ kind: "estimate" });
    expect(cells?.kappa?.kind === "estimate" && cells.kappa.value).toBeCloseTo(0.4, 12);
    expect(cells?.same).toMatchObject({ kind: "share", n: 35, total: 50 });
    expect(cells?.strength).toMatchObject({ text: "fair" });
  });

  it("says why where both used one category", () => {
    const { tables } = agreementPart([reading([["no", "no"]], ["no", "yes"])], []);
    expect(tables[0]?.rows[0]?.cells.kappa).toMatchObject({ kind: "not-estimable" });
  });

  it("gives the ICC of Shrout and Fleiss", () => {
    const cases = [
      [9, 2, 5, 8],
      [6, 1, 3, 2],
      [8, 4, 6, 8],
      [7, 1, 2, 6],
      [10, 5, 6, 9],
      [6, 2, 4, 7],
    ];
    const { tables, figures } = agreementPart(
      [],
      [
        {
          id: "n",
          label: "N",
          unit: "",
          decimals: 1,
          kind: "readers",
          columns: ["a", "b", "c", "d"],
          cases,
          inputs: [],
        },
      ],
    );
    const icc = tables[0]?.rows[0]?.cells.icc;
    expect(icc?.kind === "estimate" && icc.value.toFixed(2)).toBe("0.29");
    expect(figures).toEqual([]);
  });
});

describe("a comparison of groups", () => {
  it("is an Issue when one group only has values", () => {
    const data = dataOf([numbers("x", [1, 2, null]), labels("g", ["a", "a", "b"], ["a", "b"])], 3);
    const { tables, issues } = groupTestPart(data, { id: "t", label: "T", of: "x", by: "g" });
    expect(tables).toEqual([]);
    expect(issues[0]?.code).toBe("one-group");
  });

  it("uses Kruskal–Wallis with Dunn's pairs for three groups", () => {
    const data = dataOf(
      [
        numbers("x", [1, 2, 3, 4, 5, 6, 7, 8, 9]),
        labels("g", ["a", "a", "a", "b", "b", "b", "c", "c", "c"], ["a", "b", "c"]),
      ],
      9,
    );
    const { tables, figures } = groupTestPart(data, { id: "t", label: "T", of: "x", by: "g" });
    const p = tables[0]?.rows[0]?.cells.p;
    // R: kruskal.test: chi-squared 7.2, df 2.
    expect(p?.kind === "p" && p.value).toBeCloseTo(Math.exp(-3.6), 10);
    expect(tables[0]?.rows.slice(1).map((row) => row.label)).toEqual(["a vs b", "a vs c", "b vs c"]);
    expect(figures[0]).toMatchObject({ kind: "distribution" });
  });
});

describe("a landmark analysis", () => {
  const data = dataOf(
    [
      numbers("t", [1, 2, 4, 5, 6, 7, 8, 9], "months"),
      numbers("e", [1, 1, 1, 0, 1, 1, 0, 1]),
      labels("g", ["a", "b", "a", "a", "a", "b", "b", "b"], ["a", "b"]),
    ],
    8,
  );

  it("leaves out who ended before it and counts time from it", () => {
    const { part, columns } = landmarkPart(data, OS, { id: "l", label: "L", by: "g", months: 3 }, conventions);
    const rows = part.tables[0]?.rows ?? [];
    expect(rows.map((row) => row.cells.n)).toMatchObject(
      [undefined, { n: 3 }, { n: 3 }].map((one) => one ?? undefined),
    );
    expect(columns[0]?.values).toEqual([null, null, 1, 2, 3, 4, 5, 6]);
    expect(part.computations.map(({ method }) => method)).toEqual(["kaplanMeier", "kaplanMeier", "logrank"]);
  });

  it("is an Issue beyond everybody's follow-up", () => {
    const { part } = landmarkPart(data, OS, { id: "l", label: "L", by: "g", months: 30 }, conventions);
    expect(part.tables).toEqual([]);
    expect(part.issues[0]?.code).toBe("nobody-at-landmark");
  });
});

describe("a subset", () => {
  const stream = random(11);
  const n = 200;
  const group = Array.from({ length: n }, (_, i) => (i % 2 === 0 ? "a" : "b"));
  const half = Array.from({ length: n }, (_, i) => (i % 4 < 2 ? "in" : "out"));
  const make = (ratioIn: number, ratioOut: number): Dataset =>
    dataOf(
      [
        numbers(
          "t",
          group.map((g, i) => (10 * stream.exponential()) / (g === "b" ? (half[i] === "in" ? ratioIn : ratioOut) : 1)),
          "months",
        ),
        numbers(
          "e",
          group.map(() => 1),
        ),
        labels("g", group, ["a", "b"]),
        labels("half", half, ["in", "out"]),
      ],
      n,
    );
  const plan = { id: "s", label: "S", column: "half", levels: ["in"], comparisons: [{ endpoint: OS, by: "g" }] };
  const pOf = (data: Dataset): number => {
    const p = subsetPart(data, { ...plan, interaction: true }, conventions).tables[0]?.rows[0]?.cells.interaction;
    return p?.kind === "p" ? p.value : Number.NaN;
  };

  it("finds an interaction that is there", () => {
    expect(pOf(make(4, 0.25))).toBeLessThan(0.001);
    expect(pOf(make(2, 2))).toBeGreaterThan(0.01);
  });

  it("says when nobody asked for it", () => {
    const { notes } = subsetPart(make(2, 2), { ...plan, interaction: false }, conventions);
    expect(notes.map(({ code }) => code)).toEqual(["subgroup-without-interaction"]);
  });
});

describe("a waterfall", () => {
  it("falls, and leaves out rows without a value", () => {
    const data = dataOf(
      [numbers("x", [3, null, -20, 10], "%"), labels("r", ["SD", "SD", "PR", null], ["PR", "SD"])],
      4,
    );
    const [figure] = waterfall(data, { id: "w", label: "W", of: "x", by: "r", thresholds: [-30] }).figures;
    expect(figure).toMatchObject({
      kind: "waterfall",
      categories: ["PR", "SD", "not classed"],
      bars: [{ value: 10 }, { value: 3 }, { value: -20 }],
    });
  });
});

describe("association of two covariates", () => {
  it("is 1 for one thing said twice and near 0 for two", () => {
    const stream = random(2);
    const x = Array.from({ length: 300 }, () => stream.normal());
    const y = Array.from({ length: 300 }, () => stream.normal());
    const cut = (values: readonly number[]): string[] => values.map((value) => (value < 0 ? "low" : "high"));
    expect(
      association(
        x,
        x.map((value) => value ** 3),
      ),
    ).toBeCloseTo(1, 12);
    expect(association(cut(x), cut(x))).toBeCloseTo(1, 2);
    expect(association(x, cut(x))).toBeGreaterThan(0.8);
    for (const [a, b] of [
      [x, y],
      [cut(x), cut(y)],
      [x, cut(y)],
    ] as const)
      expect(association(a, b)).toBeLessThan(0.2);
  });
});

describe("comparisons with patients as clusters", () => {
  const stream = random(21);
  const n = 60;
  const group = Array.from({ length: n }, (_, i) => (Math.floor(i / 2) % 2 === 0 ? "a" : "b"));
  const months = group.map((g) => (10 * stream.exponential()) / (g === "b" ? 3 : 1));
  const data: Dataset = {
    ...dataOf(
      [
        numbers("t", months, "months"),
        numbers(
          "e",
          group.map(() => 1),
        ),
        labels("g", group, ["a", "b"]),
      ],
      n,
    ),
    id: "treatments",
    unit: "treatment",
    rows: group.map((_, i) => `P${Math.floor(i / 2) + 1}/${(i % 2) + 1}`),
  };
  const survival = unwrap(survivalData(data, OS));
  const starts = group.map((_, i) => (i % 2) * 12);
  const plan = { resamples: 200, seed: 4, ties: "efron", level: 0.95, markers: [] } as const;
  const made = (more: object = {}) =>
    clustersPart(data, survival, starts, [{ id: "c", label: "C", by: "g" }], { ...plan, ...more });

  it("says in five ways what a strong effect is, the same for the same seed", () => {
    const { tables } = made();
    const cells = tables[0]?.rows[0]?.cells ?? {};
    expect(cells.naive?.kind === "p" && cells.naive.value < 0.01).toBe(true);
    expect(cells.permuted?.kind === "p" && cells.permuted.value < 0.05).toBe(true);
    for (const key of ["robust", "boot", "gill"]) {
      const cell = cells[key];
      expect(cell?.kind === "estimate" && cell.value > 1.5 && (cell.low ?? 0) > 1, key).toBe(true);
    }
    expect(made().tables).toEqual(tables);
  });

  it("leaves no table when it is stopped", () => {
    const { tables, issues } = made({ signal: { aborted: true } });
    expect(tables).toEqual([]);
    expect(issues.map(({ code }) => code)).toEqual(["stopped"]);
  });
});
