import type { KaplanMeierFigure } from "@livermark/analysis";
import { unwrap } from "@livermark/core";
import { kaplanMeier, survivalAt } from "@livermark/statistics";
import { describeWithData } from "testkit";
import { expect, it } from "vitest";
import { kaplanMeierSvg } from "../src/figures/kaplan-meier.js";
import { type OracleCase, oracleCases, oracleTable } from "./fixtures/oracle.js";
import { survivalFigure } from "./fixtures/survival.js";

/** Time, event, and where there is one entry, of a case's rows. */
function columnsOf({ data, spec }: OracleCase): {
  readonly time: readonly number[];
  readonly event: readonly number[];
  readonly entry?: readonly number[];
} {
  if (data === null) {
    const numbers = (values: unknown): readonly number[] =>
      (values as readonly (number | null)[]).map((value) => value ?? Number.NaN);
    return { time: numbers(spec.timeValues), event: numbers(spec.eventValues) };
  }
  const table = oracleTable(data);
  const filter = (spec.filter ?? null) as { readonly column: string; readonly equals: number | string } | null;
  const rows =
    filter === null
      ? table.rows
      : table.rows.filter((row) => row[table.columns.indexOf(filter.column)] === filter.equals);
  const column = (name: unknown): readonly number[] =>
    rows.map((row) => Number(row[table.columns.indexOf(String(name))] ?? Number.NaN));
  return {
    time: column(spec.time),
    event: column(spec.event),
    ...(typeof spec.entry === "string" ? { entry: column(spec.entry) } : {}),
  };
}

describeWithData("numbers at risk in the figure", ["oracle/expected", "oracle/inputs"], () => {
  const cases = oracleCases("kaplan-meier").filter(
    (one) => one.method === "kaplanMeier" && one.spec.weights === undefined,
  );

  it.each(cases.map((one) => [one.id, one] as const))("are those of summary(survfit) in R: %s", (_id, one) => {
    const curve = unwrap(kaplanMeier(columnsOf(one)));
    const riskTimes = one.expected.times as readonly number[];
    const figure: KaplanMeierFigure = {
      ...survivalFigure,
      riskTimes,
      hazardRatio: null,
      comparison: null,
      groups: [
        {
          label: "All",
          n: curve.n,
          events: curve.events,
          time: Array.from(curve.time),
          survival: Array.from(curve.survival),
          low: Array.from(curve.lower),
          high: Array.from(curve.upper),
          censored: [],
          atRisk: survivalAt(curve, riskTimes).map((at) => at.atRisk),
          median: { value: null, low: null, high: null },
        },
      ],
    };
    const svg = kaplanMeierSvg(figure, { width: "page" });
    const table = svg.slice(svg.indexOf("Number at risk<"));
    const printed = [...table.matchAll(/text-anchor="middle">(\d+)<\/text>/g)].map((match) => Number(match[1]));
    expect(printed).toEqual(one.expected.atRisk);
  });
});
