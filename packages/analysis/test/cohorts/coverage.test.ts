import { PAPER_COHORTS, type PaperCohort } from "@livermark/phantom";
import type { Protocol } from "@livermark/study";
import { fullSize, sized } from "testkit";
import { describe, expect, it } from "vitest";
import { z } from "zod";
import { analyseBundle, builtIn, cohortOf, readBundle } from "./bundle.js";

const SEEDS = sized(20, 200);

const fitted = z.object({
  id: z.string(),
  terms: z.array(
    z.object({
      term: z.string(),
      level: z.string().nullable(),
      reference: z.string().nullable(),
      coefficient: z.number().nullable(),
      standardError: z.number().nullable(),
    }),
  ),
});

/** The protocol with nothing to analyse but the model that the cohort was made from. */
function truthProtocol(protocol: Protocol, { effects }: PaperCohort): Protocol {
  const outcomes = [...new Set(effects.map(({ outcome }) => outcome))];
  return {
    ...protocol,
    baseline_table: [],
    comparisons: [],
    plan: undefined,
    models: outcomes.map((outcome) => ({
      id: outcome,
      label: outcome,
      kind: effects.find((one) => one.outcome === outcome)?.kind ?? "cox",
      outcome,
      covariates: [...new Set(effects.filter((one) => one.outcome === outcome).map(({ term }) => term))],
      select: "all" as const,
    })),
  };
}

describe("the cohort of a paper's margins", () => {
  it.each(PAPER_COHORTS.map((id) => [id] as const))(
    "%s: 95 % intervals hold the true ratio as often as they say",
    (id) => {
      const protocol = builtIn(id);
      let inside = 0;
      let all = 0;
      const each = new Map<string, { inside: number; all: number; sum: number }>();
      for (let seed = 1; seed <= SEEDS; seed++) {
        const cohort = cohortOf(id, seed);
        const asked = truthProtocol(protocol, cohort);
        const { models } = analyseBundle(readBundle(cohort.files, asked), asked, seed);
        for (const truth of cohort.effects) {
          const model = models.map((one) => fitted.parse(one)).find((one) => one.id === truth.outcome);
          const term = model?.terms.find((one) => one.term === truth.term && one.level === truth.level);
          if (term === undefined || term.coefficient === null || term.standardError === null) continue;
          expect(term.reference).toBe(truth.reference);
          const off = Math.abs(term.coefficient - Math.log(truth.ratio));
          const hit = off <= 1.959963984540054 * term.standardError ? 1 : 0;
          inside += hit;
          all += 1;
          const key = `${truth.outcome} ${truth.term} ${truth.level}`;
          const own = each.get(key) ?? { inside: 0, all: 0, sum: 0 };
          each.set(key, {
            inside: own.inside + hit,
            all: own.all + 1,
            sum: own.sum + term.coefficient - Math.log(truth.ratio),
          });
        }
      }
      if (process.env.LIVERMARK_RATES !== undefined)
        for (const [key, own] of each)
          process.stdout.write(
            `${id} ${key}: ${own.inside}/${own.all}, mean error ${(own.sum / own.all).toFixed(3)}\n`,
          );
      expect(all).toBeGreaterThanOrEqual(0.95 * SEEDS);
      // Twenty seeds can only show a coarse error; the stated limits are for the full number.
      expect(inside / all).toBeGreaterThanOrEqual(fullSize ? 0.91 : 0.82);
      expect(inside / all).toBeLessThanOrEqual(fullSize ? 0.98 : 1);
    },
    900_000,
  );

  it.each(PAPER_COHORTS.map((id) => [id] as const))("%s is read without an error and keeps everybody", (id) => {
    const cohort = cohortOf(id, 1);
    const { issues, excluded, records } = readBundle(cohort.files, builtIn(id));
    expect(issues.filter((issue) => issue.severity === "error")).toEqual([]);
    expect([...excluded]).toEqual([]);
    expect(records.patients.length).toBe(cohort.patients);
    expect(cohortOf(id, 1)).toEqual(cohort);
  });
});
