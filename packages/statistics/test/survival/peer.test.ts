import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { random, unwrap } from "@livermark/core";
import { describeWithTools, near, runTool, sized, temporaryFolder } from "testkit";
import { expect, it } from "vitest";
import {
  type CoxColumns,
  type CoxOptions,
  coxResiduals,
  coxSurvival,
  coxZph,
  fitCox,
  kaplanMeier,
  logRank,
  prepareCox,
  survivalQuantile,
} from "../../src/survival/index.js";

const names = ["time", "event", "entry", "weight", "stratum", "cluster", "x1", "x2", "group"] as const;
type Row = { readonly [name in (typeof names)[number]]: number };

/** Tied follow-up with delayed entry, weights, strata and clusters. */
function rowsOf(seed: number): Row[] {
  const stream = random(seed);
  const n = 40 + stream.integer(100);
  return Array.from({ length: n }, () => {
    const x1 = stream.normal();
    const x2 = stream.uniform() < 0.4 ? 1 : 0;
    const failing = Math.ceil(stream.exponential() * 30 * Math.exp(-0.5 * x1 + 0.3 * x2));
    const ending = Math.ceil(stream.uniform() * 60);
    const time = Math.min(failing, ending);
    return {
      time,
      event: failing <= ending ? 1 : 0,
      entry: Math.floor(time * stream.uniform() * 0.7) - 1,
      weight: 0.3 + 2 * stream.uniform(),
      stratum: stream.integer(3),
      cluster: stream.integer(Math.ceil(n / 2)),
      x1,
      x2,
      group: stream.integer(3),
    };
  });
}

describeWithTools("R's survival package on random tables", ["Rscript"], () => {
  const folder = temporaryFolder("peer");
  const count = sized(2, 30);
  it("gives the same numbers", () => {
    const tables = Array.from({ length: count }, (_, k) => rowsOf(100 + k));
    tables.forEach((rows, k) => {
      const lines = [names.join(","), ...rows.map((row) => names.map((name) => row[name]).join(","))];
      writeFileSync(join(folder, `peer-${k}.csv`), `${lines.join("\n")}\n`);
    });
    const script = fileURLToPath(new URL("peer.R", import.meta.url));
    const answers: { [field: string]: (number | null)[] }[] = JSON.parse(
      runTool("Rscript", [script, folder, String(count)]),
    );
    tables.forEach((rows, k) => {
      const column = (name: (typeof names)[number]) => Float64Array.from(rows, (row) => row[name]);
      const same = (field: string, actual: ArrayLike<number | null>, relative = 1e-6): void => {
        const wanted = answers[k]![field]!;
        expect(actual.length, field).toBe(wanted.length);
        wanted.forEach((value, i) => {
          const found = actual[i]!;
          const agrees = value === null || found === null ? value === found : near(found, value, relative, 1e-9);
          expect(agrees, `table ${k}, ${field}[${i}]: ${found}, R ${value}`).toBe(true);
        });
      };
      const [time, event, entry, weights] = [column("time"), column("event"), column("entry"), column("weight")];
      const [strata, cluster] = [column("stratum"), column("cluster")];
      const covariates = [
        { name: "x1", values: column("x1") },
        { name: "x2", values: column("x2") },
      ];
      const fits: readonly (readonly [string, CoxColumns, CoxOptions])[] = [
        ["efron", { time, event, covariates }, {}],
        ["breslow", { time, event, covariates }, { ties: "breslow" }],
        ["clustered", { time, event, entry, weights, strata, cluster, covariates }, {}],
        ["exact", { time, event, covariates }, { ties: "exact" }],
      ];
      for (const [name, columns, options] of fits) {
        const fitted = unwrap(fitCox(unwrap(prepareCox(columns)), options));
        const { model } = fitted;
        same(
          `${name}.coef`,
          model.coefficients.map((c) => c.coefficient),
        );
        same(
          `${name}.se`,
          model.coefficients.map((c) => c.standardError),
        );
        same(`${name}.loglik`, [model.logLikelihoodNull, model.logLikelihood]);
        same(`${name}.score`, [model.score.chiSquare]);
        same(`${name}.concordance`, [model.concordance!.value, model.concordance!.standardError]);
        if (model.robustScore !== null) same(`${name}.robust`, [model.robustScore.chiSquare]);
        if (name === "exact") continue;
        for (const transform of ["km", "rank", "identity"] as const) {
          const test = unwrap(coxZph(fitted, transform));
          same(`${name}.zph-${transform}`, [...test.terms.map((term) => term.chiSquare), test.global.chiSquare]);
        }
        const residuals = unwrap(coxResiduals(fitted, rows.length));
        same(`${name}.martingale`, residuals.martingale);
        same(
          `${name}.scores`,
          residuals.score.flatMap((row) => [...row!]),
          1e-5,
        );
        same(
          `${name}.dfbeta`,
          residuals.dfbeta.flatMap((row) => [...row!]),
          1e-5,
        );
        if (name !== "efron") continue;
        const predicted = unwrap(
          coxSurvival(
            fitted,
            [
              [0, 1],
              [1, 0],
            ],
            [5, 15],
          ),
        );
        same(
          "predicted",
          predicted.flatMap((row) => [...row.survival]),
        );
        same(
          "predictedSe",
          predicted.flatMap((row) => [...row.standardError]),
        );
      }
      const group = column("group");
      same("logrank", [unwrap(logRank({ time, event, group, strata })).test!.chiSquare]);
      const weight = { kind: "fleming-harrington", rho: 1, gamma: 0 } as const;
      same("rho", [unwrap(logRank({ time, event, group }, { weight })).test!.chiSquare]);
      for (const intervalType of ["log", "log-log", "plain", "logit", "arcsin"] as const) {
        const curve = unwrap(kaplanMeier({ time, event, entry }, { intervalType }));
        const quantiles = [0.25, 0.5].map((p) => survivalQuantile(curve, p));
        same(`quantile-${intervalType}`, [
          ...quantiles.map((q) => q.value),
          ...quantiles.map((q) => q.lower),
          ...quantiles.map((q) => q.upper),
        ]);
      }
    });
  });
});
