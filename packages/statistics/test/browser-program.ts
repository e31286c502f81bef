import { random, unwrap } from "@livermark/core";
import { coxRegression, kaplanMeier, lasso, shapiroWilk, studentTwoSided } from "@livermark/statistics";

/** Statistics of one simulated study; the browser and Node must answer the same numbers. */
export function compute(): unknown {
  const stream = random(20_26);
  const n = 200;
  const columns = Array.from({ length: 6 }, (_, j) => ({
    name: `x${j + 1}`,
    values: Float64Array.from({ length: n }, () => stream.normal()),
  }));
  const hazard = Array.from({ length: n }, (_, i) =>
    Math.exp(0.7 * columns[0]!.values[i]! - 0.4 * columns[1]!.values[i]!),
  );
  const survival = hazard.map((h) => Math.ceil((12 * stream.exponential()) / h));
  const limit = hazard.map(() => Math.ceil(30 * stream.uniform()));
  const time = survival.map((t, i) => Math.min(t, limit[i]!));
  const event = survival.map((t, i) => (t <= limit[i]! ? 1 : 0));
  const cox = unwrap(coxRegression({ time, event, covariates: columns }));
  const path = unwrap(
    lasso({ family: "cox", time: { name: "time", values: time }, event: { name: "event", values: event } }, columns),
  );
  const curve = unwrap(kaplanMeier({ time, event }));
  return {
    cox: JSON.parse(JSON.stringify(cox.coefficients)),
    lambda: Array.from(path.lambda),
    coefficients: path.coefficients.map((row) => Array.from(row)),
    survival: JSON.parse(JSON.stringify(curve)),
    normality: unwrap(shapiroWilk(columns[2]!.values)).p,
    p: studentTwoSided(2.5, 11.3),
  };
}
