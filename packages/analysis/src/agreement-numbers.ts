import type { Passport, ProvenanceInput } from "@livermark/core";
import { blandAltman, type IntraclassAnalysis, intraclassCorrelation } from "@livermark/statistics";
import { cellLedger, estimateContent } from "./cell-ledger.js";
import type { BlandAltmanFigure } from "./figures.js";
import { filled, type Part, part } from "./part.js";
import type { Computation, ResultRow } from "./results.js";

/** Numbers of the same cases by two or more readers (or repeats of one). */
export interface NumberReadings {
  readonly id: string;
  readonly label: string;
  readonly unit: string;
  readonly decimals: number;
  /** Readers, or repeats of one reader. */
  readonly kind: "readers" | "repeats";
  readonly columns: readonly string[];
  /** Per case, one number for each column. */
  readonly cases: readonly (readonly number[])[];
  readonly inputs: readonly ProvenanceInput[];
}

/** The form of the intraclass correlation that is printed, and the repeatability limit. */
function iccAnswer(analysis: IntraclassAnalysis, wanted: "ICC(1,1)" | "ICC(2,1)"): Computation["answer"] {
  const form = analysis.forms.find((own) => own.form === wanted);
  const name = wanted === "ICC(1,1)" ? "icc1" : "icc2";
  return {
    n: analysis.subjects,
    repeatability: analysis.repeatabilityCoefficient,
    ...(form === undefined ? {} : { [name]: form.value }),
    ...(form?.interval.estimable === true
      ? { [`${name}Lower`]: form.interval.low, [`${name}Upper`]: form.interval.high }
      : {}),
  };
}

/**
 * Agreement of readers, or of repeats of one, on numbers: intraclass correlation with its interval, the repeatability limit, and
 * Bland–Altman limits with a figure for two readers. Cases that only one reader saw are left out and counted.
 */
export function numberAgreement(numbers: readonly NumberReadings[]): Part {
  if (numbers.length === 0) return part({});
  const computations: Computation[] = [];
  const figures: BlandAltmanFigure[] = [];
  const ledger = cellLedger("agreement", "1", []);
  const iccRows = numbers.flatMap((one): readonly ResultRow[] => {
    const columns = one.columns.map((_, c) => one.cases.map((row) => row[c] ?? null));
    const analysis = intraclassCorrelation(columns);
    const id = (what: string): string => `agreement.${one.id}.${what}`;
    // Readers are a sample of readers; repeats of one reader have no order.
    const wanted = one.kind === "readers" ? "ICC(2,1)" : "ICC(1,1)";
    const facts = { columns: [...one.columns], form: wanted, definition: "absolute agreement" };
    const cell = (what: string, content: Parameters<typeof ledger.issued>[1]) =>
      ledger.issued(id(what), content, facts, one.inputs);
    const form = analysis.ok ? analysis.value.forms.find((own) => own.form === wanted) : undefined;
    if (analysis.ok)
      computations.push({
        id: id("icc"),
        method: "icc",
        data: "patients.csv",
        spec: { ratings: one.cases.map((row) => [...row]) },
        answer: iccAnswer(analysis.value, wanted),
      });
    const why = analysis.ok ? "no interval" : (analysis.issues[0]?.message ?? "too few cases");
    const [first, second] = columns;
    const bland =
      one.kind === "readers" && columns.length === 2 && first !== undefined && second !== undefined
        ? blandAltman(first, second)
        : null;
    if (bland?.ok === true) {
      const found = bland.value;
      computations.push({
        id: id("bias"),
        method: "icc",
        data: "patients.csv",
        spec: { ratings: one.cases.map((row) => [...row]) },
        answer: { bias: found.bias, lowerLimit: found.lowerLimit, upperLimit: found.upperLimit },
      });
      figures.push({
        id: `figure.agreement.${one.id}`,
        kind: "bland-altman",
        title: one.label,
        meanLabel: `Mean of ${one.columns.join(" and ")}`,
        differenceLabel: `${one.columns[0]} − ${one.columns[1]}`,
        unit: one.unit,
        mean: one.cases.map(([a = 0, b = 0]) => (a + b) / 2),
        difference: one.cases.map(([a = 0, b = 0]) => a - b),
        bias: { value: found.bias, low: found.biasInterval.low, high: found.biasInterval.high, id: id("bias") },
        lowerLimit: {
          value: found.lowerLimit,
          low: found.lowerLimitInterval.low,
          high: found.lowerLimitInterval.high,
          id: id("lower-limit"),
        },
        upperLimit: {
          value: found.upperLimit,
          low: found.upperLimitInterval.low,
          high: found.upperLimitInterval.high,
          id: id("upper-limit"),
        },
      });
      for (const what of ["lower-limit", "upper-limit"])
        cell(what, {
          kind: "number",
          value: what === "lower-limit" ? found.lowerLimit : found.upperLimit,
          unit: one.unit,
          decimals: one.decimals,
        });
    }
    const bias = bland?.ok === true ? bland.value : null;
    return [
      {
        label: one.label,
        cells: {
          n: cell("n", { kind: "count", n: one.cases.length }),
          columns: { id: null, kind: "text", text: `${one.columns.length} ${one.kind}` },
          icc: cell(
            "icc",
            estimateContent(
              {
                value: form?.value ?? null,
                low: form?.interval.estimable === true ? form.interval.low : null,
                high: form?.interval.estimable === true ? form.interval.high : null,
              },
              { decimals: 3, why },
            ),
          ),
          repeatability: cell(
            "repeatability",
            analysis.ok
              ? {
                  kind: "number",
                  value: analysis.value.repeatabilityCoefficient,
                  unit: one.unit,
                  decimals: one.decimals,
                }
              : { kind: "not-estimable", why },
          ),
          bias: cell(
            "bias",
            bias === null
              ? { kind: "missing", why: "not two readers" }
              : estimateContent(
                  { value: bias.bias, low: bias.lowerLimit, high: bias.upperLimit },
                  { decimals: one.decimals, unit: one.unit },
                ),
          ),
        },
      },
    ];
  });
  const figureIds: Passport[] = figures.map((figure, i) => ({
    id: figure.id,
    function: "bland-altman",
    version: "1",
    inputs: numbers.find((one) => `figure.agreement.${one.id}` === figure.id)?.inputs ?? [],
    parameters: { figure: i },
  }));
  return part({
    tables: filled({
      id: "agreement.numbers",
      title: "Agreement of readers and repeats, numbers",
      columns: [
        { key: "n", label: "n" },
        { key: "columns", label: "Readings" },
        { key: "icc", label: "ICC (95 % CI)" },
        { key: "repeatability", label: "Repeatability limit" },
        { key: "bias", label: "Bias (limits of agreement)" },
      ],
      rows: iccRows,
      footnotes: [
        "Readers: ICC(2,1), two-way random, absolute agreement, single reading. Repeats: ICC(1,1). Two readings of one case differ by less than the repeatability limit in 95 % (Bland and Altman 1996).",
      ],
    }),
    figures,
    computations,
    passports: [...ledger.passports, ...figureIds],
    methods: [
      "Agreement of readers and repeats on numbers was judged by intraclass correlations and, between two readers, Bland–Altman limits.",
    ],
  });
}
