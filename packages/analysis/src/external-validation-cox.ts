import { concordance, fitCox, kaplanMeier, prepareCox, survivalAt } from "@livermark/statistics";
import { cellLedger, columnInputs, estimateContent, pContent } from "./cell-ledger.js";
import { columnsOf, type ExternalValidationPlan, scores } from "./external-scores.js";
import { absent, finish, number } from "./external-table.js";
import type { PortableModel } from "./models/portable.js";
import type { Part } from "./part.js";
import type { Layer } from "./plan/step.js";
import type { CellContent, ResultRow } from "./results.js";
import { survivalData } from "./survival-data.js";

/** A model of survival, judged on the rows that have its inputs and the endpoint. */
export function validateCox(
  { data, endpoints }: Layer,
  plan: ExternalValidationPlan,
  model: PortableModel,
  level: number,
): Part {
  const endpoint = endpoints.find(({ name }) => name === plan.outcome);
  const survival = endpoint === undefined ? null : survivalData(data, endpoint);
  if (endpoint === undefined || survival?.ok !== true)
    return absent(plan, "there is no such endpoint.", plan.outcome, "an endpoint");
  const scored = scores(data, plan, model, survival.value.rows);
  const place = new Map(survival.value.rows.map((row, i) => [row, i]));
  const time = scored.map(({ row }) => survival.value.months[place.get(row) ?? 0] ?? 0);
  const event = scored.map(({ row }) => survival.value.event[place.get(row) ?? 0] ?? 0);
  if (scored.length < 10 || !event.includes(1))
    return absent(
      plan,
      "too few rows have the model's inputs and events.",
      `${scored.length} rows`,
      "ten or more, with events",
    );
  const inputs = columnsOf(data, plan, model).map((one) => one.column);
  const ledger = cellLedger("external-validation", "1", columnInputs(data, [endpoint.time, endpoint.event, ...inputs]));
  const rows: ResultRow[] = [];
  const add = (label: string, what: string, content: CellContent): void => {
    rows.push({ label, cells: { value: ledger.issued(`external.${plan.id}.${what}`, content, { model: model.id }) } });
  };
  add("Rows, events", "n", { kind: "share", n: event.reduce((sum, value) => sum + value, 0), total: event.length });
  const c = concordance({ time, event, marker: scored.map(({ lp }) => lp) }, { direction: "higher-risk", level });
  if (c.ok)
    add(
      "Harrell's C",
      "c",
      estimateContent({ value: c.value.concordance, low: c.value.lower, high: c.value.upper }, { decimals: 3, level }),
    );
  const prepared = prepareCox({
    time,
    event,
    covariates: [{ name: "linear predictor", values: Float64Array.from(scored, ({ lp }) => lp) }],
  });
  const fit = prepared.ok ? fitCox(prepared.value, { ties: "efron", level }) : prepared;
  const slope = fit.ok ? fit.value.model.coefficients[0] : undefined;
  if (slope !== undefined && slope.coefficient !== null && slope.lower !== null && slope.upper !== null) {
    add(
      "Calibration slope (1 is ideal)",
      "slope",
      estimateContent(
        { value: slope.coefficient, low: Math.log(slope.lower), high: Math.log(slope.upper) },
        { decimals: 3, level },
      ),
    );
    add("p of the slope", "slope-p", pContent(slope.p));
  }
  const predicted = scored.flatMap(({ survival: value }) => (value === null ? [] : [value]));
  const km = kaplanMeier({ time, event });
  const seen = km.ok ? survivalAt(km.value, [plan.months])[0] : undefined;
  if (predicted.length === scored.length && seen !== undefined && !seen.beyondFollowUp) {
    add(
      `Mean predicted survival at ${plan.months} months`,
      "predicted",
      number(predicted.reduce((sum, value) => sum + value, 0) / predicted.length),
    );
    add(
      `Observed survival at ${plan.months} months`,
      "observed",
      estimateContent({ value: seen.survival, low: seen.lower, high: seen.upper }, { decimals: 3, level }),
    );
  }
  return finish(plan, model, rows, [], ledger.passports, scored, survival.value.rows.length);
}
