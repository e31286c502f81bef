import {
  contingencyTest,
  fisherExact,
  groupValues,
  kruskalWallis,
  mannWhitney,
  oneWayAnova,
  shapiroWilk,
  tTest,
} from "@livermark/statistics";
import type { Conventions } from "./conventions.js";
import type { CategoryColumn, NumberColumn } from "./dataset.js";
import type { Computation } from "./results.js";
import { printedLevels } from "./wording.js";

interface Group {
  readonly label: string;
  readonly rows: readonly number[];
}

/** Numbers of a column in the rows that have one. */
export const numbersIn = (column: NumberColumn, rows: readonly number[]): number[] =>
  rows.flatMap((row) => column.values[row] ?? []);

/** The test of one column between groups: its name, p, and the same as a case of `livermark stat` where R repeats it. */
export interface Tested {
  readonly name: string;
  readonly p: number | null;
  readonly computation: Pick<Computation, "method" | "spec" | "answer"> | null;
}

/**
 * The test of a numeric column: Welch's t (Student's with the conventions of SPSS) or one-way ANOVA where the groups are taken as
 * normal, else Mann–Whitney or Kruskal–Wallis.
 */
export function numberTest(
  column: NumberColumn,
  by: string,
  groups: readonly Group[],
  normal: boolean,
  preset: Conventions["preset"],
): Tested {
  const samples = groups.map((group) => numbersIn(column, group.rows)).filter((values) => values.length > 0);
  const [a, b] = samples;
  if (a === undefined || b === undefined) return { name: "none", p: null, computation: null };
  const spec = { x: column.name, group: by };
  if (samples.length === 2) {
    const two = { ...spec, first: groups[0]?.label ?? "", second: groups[1]?.label ?? "" };
    if (normal) {
      const equalVariances = preset === "spss";
      const test = tTest(a, b, { equalVariances });
      const p = test.ok ? test.value.p : null;
      return {
        name: equalVariances ? "Student t" : "Welch t",
        p,
        computation:
          p === null ? null : { method: "tTests", spec: two, answer: equalVariances ? { studentP: p } : { p } },
      };
    }
    const test = mannWhitney(a, b, { exact: false });
    const found = test.ok ? (preset === "spss" ? test.value.pNormal : test.value.pNormalCorrected) : null;
    const p = typeof found === "number" ? found : null;
    return {
      name: "Mann–Whitney",
      p,
      computation:
        p === null
          ? null
          : { method: "mannWhitney", spec: two, answer: preset === "spss" ? { pApprox: p } : { pApproxCC: p } },
    };
  }
  const sample = groupValues(
    samples.flat(),
    samples.flatMap((values, g) => values.map(() => g)),
  );
  if (!sample.ok) return { name: "none", p: null, computation: null };
  if (normal) {
    const test = oneWayAnova(sample.value);
    const p = test.ok ? test.value.p : null;
    return { name: "ANOVA", p, computation: p === null ? null : { method: "kSample", spec, answer: { anovaP: p } } };
  }
  const test = kruskalWallis(sample.value);
  const p = test.ok ? test.value.p : null;
  return {
    name: "Kruskal–Wallis",
    p,
    computation: p === null ? null : { method: "kSample", spec, answer: { kruskalP: p } },
  };
}

/** Shapiro–Wilk above 0.05 in every group of at least three values. */
export const looksNormal = (column: NumberColumn, groups: readonly Group[]): boolean =>
  groups.every((group) => {
    const test = shapiroWilk(numbersIn(column, group.rows));
    return test.ok && test.value.p > 0.05;
  });

/** Counts of the levels that occur and their test: χ² without continuity correction, Fisher's where an expected count is below 5. */
export function categoryTest(
  column: CategoryColumn,
  groups: readonly Group[],
): { readonly counts: readonly (readonly number[])[]; readonly levels: readonly string[]; readonly tested: Tested } {
  const printed = printedLevels(column);
  const all = groups.map((group) =>
    printed.map((level) => group.rows.filter((row) => column.values[row] === level).length),
  );
  const kept = printed.map((_, i) => i).filter((i) => all.some((row) => (row[i] ?? 0) > 0));
  const counts = all.map((row) => kept.map((i) => row[i] ?? 0));
  const levels = kept.map((i) => printed[i] ?? "");
  const used = counts.filter((row) => row.some((n) => n > 0));
  const chi = used.length < 2 || levels.length < 2 ? null : contingencyTest(used);
  if (chi?.ok !== true) return { counts, levels, tested: { name: "none", p: null, computation: null } };
  if (chi.value.minExpected >= 5)
    return {
      counts,
      levels,
      tested: {
        name: "χ²",
        p: chi.value.pearson.p,
        computation: { method: "contingency", spec: {}, answer: { chisqP: chi.value.pearson.p } },
      },
    };
  const exact = fisherExact(used);
  const p = exact.ok ? exact.value : null;
  return {
    counts,
    levels,
    tested: {
      name: "Fisher",
      p,
      computation: p === null ? null : { method: "contingency", spec: {}, answer: { fisherP: p } },
    },
  };
}
