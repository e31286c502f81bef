import type { Analysis, Cell, ResultTable } from "@livermark/analysis";
import { describe, expect, it } from "vitest";
import { analyseBundle, builtIn, cohortOf, readBundle, repeated, tableOf, unexplained } from "./bundle.js";

const run = (id: string): Analysis => {
  const protocol = builtIn(id);
  return analyseBundle(readBundle(cohortOf(id, 1).files, protocol), protocol);
};

const rowOf = (table: ResultTable, label: string): ResultTable["rows"][number] => {
  const found = table.rows.find((row) => row.label === label);
  if (found === undefined) throw new Error(`no row ${label} in ${table.id}`);
  return found;
};
const counts = (cell: Cell | undefined): readonly (number | string)[] => {
  if (cell?.kind === "share") return [cell.n, cell.total];
  return cell?.kind === "count" ? [cell.n] : [cell?.kind ?? "none"];
};

describe("letb-tace on a cohort with the paper's margins", () => {
  const analysis = run("letb-tace");

  it("reads its whole plan and leaves no error", () => {
    expect(analysis.issues.filter((issue) => issue.severity === "error")).toEqual([]);
  });

  it("has the paper's numbers of patients and treatments below and above each threshold (table 4)", () => {
    const below = (id: string): readonly number[] =>
      tableOf(analysis, id).rows.map((row) => Number(counts(row.cells.nBelow)[0]));
    // The median of a cohort is its own: 59 of 119 or 80 of 161 lie below it.
    expect(below("sweep.letb.OS")).toEqual([103, 94, 88, 71, 59, 54, 29]);
    expect(below("sweep.letb.whole-body-PFS")).toEqual([141, 130, 122, 96, 80, 71, 37]);
    const groups = tableOf(analysis, "survival.OS");
    const responders = groups.rows.filter((row) => row.label === "responder").map((row) => counts(row.cells.n)[0]);
    expect(responders[0]).toBe(61);
  });

  it("has the paper's responses per treatment and adverse events per procedure (tables 2 and 3)", () => {
    const response = tableOf(analysis, "response.treatments");
    const of = (label: string, profile: string) => counts(rowOf(response, label).cells[`response:${profile}`]);
    expect(["PR", "SD", "PD"].map((label) => of(label, "recist-1.1/letb-paper"))).toEqual([
      [42, 161],
      [114, 161],
      [5, 161],
    ]);
    expect(["CR", "PR", "SD", "PD"].map((label) => of(label, "mrecist/papers"))).toEqual([
      [16, 161],
      [73, 161],
      [66, 161],
      [6, 161],
    ]);
    const adverse = rowOf(tableOf(analysis, "adverse.procedure.SIR"), "Any event").cells;
    expect([adverse.any, adverse["grade-2"], adverse["grade-3"], adverse["grade-4"]].map(counts)).toEqual([
      [41, 241],
      [33, 241],
      [6, 241],
      [2, 241],
    ]);
    const treatments = tableOf(analysis, "baseline.treatments");
    expect(counts(rowOf(treatments, "TACE").cells.all)).toEqual([89, 161]);
    expect(counts(rowOf(treatments, ">75").cells.all)).toEqual([59, 161]);
  });

  it("leaves every table of the supplement, and what the paper lacks", () => {
    const ids = new Set(analysis.tables.map(({ id }) => id));
    const wanted = [
      "group-test.change-by-enhancement",
      "group-test.change-by-burden",
      "subset.response-or-stable-recist.patients",
      "subset.response-or-stable-recist.treatments",
      "subset.response-or-stable-mrecist.patients",
      "subset.response-or-stable-mrecist.treatments",
      "subset.iso-hypo.patients",
      "subset.iso-hypo.treatments",
      ...["os", "ttup", "hpfs", "wbpfs"].flatMap((name) => [
        ...["letb", "median", "quartile", "continuous", "recist", "mrecist"].map((kind) => `model.${name}-${kind}`),
        `survival-models.${name}`,
        `landmark.${name}-by-letb`,
      ]),
      "clusters.hepatic-PFS",
      "clusters.cut.hepatic-PFS",
      "clusters.whole-body-PFS",
      "competing.hepatic",
      "competing.hepatic.effects",
      "agreement.categories",
      "agreement.numbers",
    ];
    expect(wanted.filter((id) => !ids.has(id))).toEqual([]);
    const kinds = new Set(analysis.figures.map(({ kind }) => kind));
    for (const kind of [
      "waterfall",
      "spider",
      "swimmer",
      "cumulative-incidence",
      "calibration",
      "kaplan-meier",
      "forest",
    ] as const)
      expect(kinds.has(kind)).toBe(true);
  });

  it("prints a model that selection made twice once, and names it where it comes again", () => {
    const tables = ["os", "ttup", "hpfs", "wbpfs"].map((name) => tableOf(analysis, `survival-models.${name}`));
    const repeats = tables.map(({ rows }) =>
      rows.flatMap(({ cells: { kept, ...numbers } }) => {
        if (kept?.kind !== "text" || !kept.text.startsWith("the same model as ")) return [];
        expect(numbers).toEqual({});
        return [rows.findIndex(({ label }) => kept.text.endsWith(` as ${label}`))];
      }),
    );
    expect(repeats.flat().length).toBeGreaterThan(0);
    expect(repeats.flat()).not.toContain(-1);
    for (const { rows } of tables) {
      const full = rows.filter(({ cells }) => cells.n !== undefined);
      const numbers = full.map(({ cells: { kept, c, aic } }) =>
        [kept, c, aic]
          .map((cell) => (cell?.kind === "text" ? cell.text : cell !== undefined && "value" in cell ? cell.value : ""))
          .join(),
      );
      expect(new Set(numbers).size).toBe(full.length);
    }
  });

  it("finds the agreement that the readings were made with", () => {
    const table = tableOf(analysis, "agreement.categories");
    const kappa = (label: string): number => {
      const found = rowOf(table, label).cells.plain;
      return found?.kind === "estimate" ? found.value : Number.NaN;
    };
    // The second reader repeats the first with this probability and otherwise draws by the margins.
    expect(Math.abs(kappa("Arterial enhancement (visual)") - 0.73)).toBeLessThan(0.15);
    expect(Math.abs(kappa("Liver tumour burden (visual)") - 0.32)).toBeLessThan(0.15);
  });

  it("notes what is weak in the design", () => {
    const codes = new Set(analysis.notes.map(({ code }) => code));
    for (const code of [
      "immortal-time",
      "many-thresholds",
      "repeated-treatments",
      "eligibility-looks-ahead",
      "events-per-candidate",
      "post-baseline-covariate",
      "subgroup-without-interaction",
    ])
      expect(codes.has(code), code).toBe(true);
  });

  it("gives every number a passport, and every id once", () => {
    expect(unexplained(analysis)).toEqual([]);
    expect(repeated(analysis)).toEqual([]);
  });
});

describe("deb-tace on a cohort with the paper's margins", () => {
  const analysis = run("deb-tace");

  it("reads its whole plan and leaves no error", () => {
    expect(analysis.issues.filter((issue) => issue.severity === "error")).toEqual([]);
  });

  it("has the paper's response and adverse events (tables 2 and 4)", () => {
    const response = tableOf(analysis, "response.patients");
    expect(["PR", "SD", "PD"].map((label) => counts(rowOf(response, label).cells["response:mrecist/papers"]))).toEqual([
      [58, 88],
      [19, 88],
      [11, 88],
    ]);
    const adverse = tableOf(analysis, "adverse.procedure.CTCAE-5.0");
    const terms = ["Vomiting", "Abdominal pain", "Alanine aminotransferase increased", "Fever", "Stroke"];
    expect(terms.map((term) => counts(rowOf(adverse, term).cells.any))).toEqual(
      [97, 77, 68, 58, 2].map((n) => [n, 126]),
    );
  });

  it("describes the 126 procedures", () => {
    const table = tableOf(analysis, "baseline.procedures");
    expect(counts(rowOf(table, "Procedures").cells.all)).toEqual([126]);
    expect(counts(rowOf(table, "oxaliplatin").cells.all)).toEqual([26, 126]);
    expect(counts(rowOf(table, "100-300").cells.all)).toEqual([126, 126]);
    // What was added is none where nothing stands; the shares are of all procedures.
    for (const label of ["Extra embolisation", "Combined with"]) {
      const at = table.rows.findIndex((row) => row.label === label);
      const [first, ...named] = table.rows.slice(
        at + 1,
        at + 1 + table.rows.slice(at + 1).findIndex(({ indent }) => indent !== 1),
      );
      expect(first?.label).toBe("none");
      const shares = [first!, ...named].map((row) => counts(row.cells.all));
      expect(shares.every(([, total]) => total === 126)).toBe(true);
      expect(shares.reduce((sum, [n]) => sum + Number(n), 0)).toBe(126);
    }
    expect(table.footnotes).toContain("Extra embolisation, Combined with: an empty entry counts as none.");
  });

  it("has the paper's baseline counts (table 1)", () => {
    const table = tableOf(analysis, "baseline.patients");
    for (const [label, n] of [
      ["<=25", 41],
      ["25-50", 31],
      [">50", 16],
      ["unilateral", 59],
      ["multiple", 62],
    ] as const)
      expect(counts(rowOf(table, label).cells.all)).toEqual([n, 88]);
  });

  it("fits subsequent treatment as it began beside the fixed covariate", () => {
    const table = tableOf(analysis, "time-dependent.os-subsequent");
    expect(table.rows.map((row) => row.cells.hr?.kind)).toEqual(["estimate", "estimate"]);
    expect(analysis.notes.some((note) => note.code === "post-baseline-covariate")).toBe(true);
  });

  it("gives every number a passport, and every id once", () => {
    expect(unexplained(analysis)).toEqual([]);
    expect(repeated(analysis)).toEqual([]);
  });
});
