import type { Passport, ProvenanceInput } from "@livermark/core";
import { blandAltman, cohenKappa, type IntraclassAnalysis, intraclassCorrelation } from "@livermark/statistics";
import { cellLedger, estimateContent, pContent } from "./cell-ledger.js";
import type { BlandAltmanFigure } from "./figures.js";
import { type Part, part } from "./part.js";
import type { Cell, Computation, ResultRow } from "./results.js";

/** Two readers' categories of the same cases; only cases that both read. */
export interface CategoryReadings {
  readonly id: string;
  readonly label: string;
  /** In order, so that weights mean something. */
  readonly levels: readonly string[];
  readonly readers: readonly [string, string];
  readonly pairs: readonly (readonly [string, string])[];
  readonly inputs: readonly ProvenanceInput[];
}

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

/** Words for a kappa as the LETB paper prints them (Landis and Koch 1977). */
const strength = (kappa: number): string =>
  kappa < 0
    ? "poor"
    : kappa <= 0.2
      ? "slight"
      : kappa <= 0.4
        ? "fair"
        : kappa <= 0.6
          ? "moderate"
          : kappa <= 0.8
            ? "substantial"
            : "almost perfect";

const sameEstimate = (a: Cell | undefined, b: Cell | undefined): boolean =>
  a?.kind === "estimate" && b?.kind === "estimate" ? a.value === b.value && a.low === b.low : a?.kind === b?.kind;

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
 * Agreement of readers, feature by feature: kappa with its interval (linear weights where there are three or more ordered
 * categories) and the share of equal readings; intraclass correlation with its interval and the repeatability limit for
 * numbers, with Bland–Altman limits for two readers. Cases that only one reader saw are left out and counted.
 */
export function agreementPart(categories: readonly CategoryReadings[], numbers: readonly NumberReadings[]): Part {
  const computations: Computation[] = [];
  const figures: BlandAltmanFigure[] = [];
  const ledger = cellLedger("agreement", "1", []);
  const kappaRows = categories.flatMap((one): readonly ResultRow[] => {
    const table = one.levels.map((row) =>
      one.levels.map((column) => one.pairs.filter(([a, b]) => a === row && b === column).length),
    );
    const used = one.levels.filter((_, i) => table.some((row, j) => (row[i] ?? 0) > 0 || (table[i]?.[j] ?? 0) > 0));
    const kept = used.map((level) => one.levels.indexOf(level));
    const counts = kept.map((i) => kept.map((j) => table[i]?.[j] ?? 0));
    const weights = used.length > 2 ? "linear" : "unweighted";
    const kappa = used.length < 2 ? null : cohenKappa(counts, weights);
    const plain = used.length < 2 ? null : cohenKappa(counts);
    const same = one.pairs.filter(([a, b]) => a === b).length;
    const id = (what: string): string => `agreement.${one.id}.${what}`;
    const facts = { readers: [...one.readers], weights, levels: [...one.levels] };
    const cell = (what: string, content: Parameters<typeof ledger.issued>[1]) =>
      ledger.issued(id(what), content, facts, one.inputs);
    const value = kappa?.ok === true ? kappa.value : null;
    const why = "both readers used one category only";
    if (value !== null && plain?.ok === true)
      computations.push({
        id: id("kappa"),
        method: "kappa",
        data: "patients.csv",
        spec: { table: counts.map((row) => [...row]) },
        answer: {
          n: value.n,
          same,
          kappa: plain.value.kappa,
          kappaLower: plain.value.interval.low,
          kappaUpper: plain.value.interval.high,
          kappaP: plain.value.p,
          ...(weights === "linear"
            ? {
                linear: value.kappa,
                linearLower: value.interval.low,
                linearUpper: value.interval.high,
                linearP: value.p,
              }
            : {}),
        },
      });
    return [
      {
        label: one.label,
        cells: {
          n: cell("n", { kind: "count", n: one.pairs.length }),
          same: cell("same", { kind: "share", n: same, total: one.pairs.length }),
          kappa: cell(
            "kappa",
            estimateContent(
              { value: value?.kappa ?? null, low: value?.interval.low ?? null, high: value?.interval.high ?? null },
              { decimals: 2, why },
            ),
          ),
          plain: cell(
            "kappa-unweighted",
            estimateContent(
              {
                value: plain?.ok === true ? plain.value.kappa : null,
                low: plain?.ok === true ? plain.value.interval.low : null,
                high: plain?.ok === true ? plain.value.interval.high : null,
              },
              { decimals: 2, why },
            ),
          ),
          p: cell("p", pContent(value?.p ?? null, why)),
          strength:
            value === null
              ? { id: null, kind: "missing", why }
              : { id: null, kind: "text", text: strength(value.kappa) },
        },
      },
    ];
  });
  // Beside unweighted kappas alone a second column of the same numbers says nothing.
  const weighted = kappaRows.some(({ cells }) => !sameEstimate(cells.kappa, cells.plain));
  // Limits of a normal approximation; shown as they are, and said.
  const beyond = kappaRows.some(({ cells }) => cells.kappa?.kind === "estimate" && (cells.kappa.high ?? 0) > 1);
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
    tables: [
      ...(kappaRows.length === 0
        ? []
        : [
            {
              id: "agreement.categories",
              title: "Agreement of readers, categories",
              columns: [
                { key: "n", label: "n" },
                { key: "same", label: "Same category" },
                { key: "kappa", label: "Kappa (95 % CI)" },
                ...(weighted ? [{ key: "plain", label: "Unweighted kappa (95 % CI)" }] : []),
                { key: "p", label: "p (kappa = 0)" },
                { key: "strength", label: "Agreement" },
              ],
              rows: kappaRows,
              footnotes: [
                "Kappa with linear weights where three or more ordered categories were used, otherwise unweighted (Cohen 1968; intervals by Fleiss, Cohen and Everitt 1969). Words by Landis and Koch 1977.",
                ...(beyond ? ["The intervals are symmetric (normal approximation) and may pass 1."] : []),
              ],
            },
          ]),
      ...(iccRows.length === 0
        ? []
        : [
            {
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
            },
          ]),
    ],
    figures,
    computations,
    passports: [...ledger.passports, ...figureIds],
    methods:
      kappaRows.length + iccRows.length === 0
        ? []
        : [
            "Agreement between readers was judged by Cohen's kappa (linear weights for ordered categories) and by intraclass correlations with Bland–Altman limits.",
          ],
  });
}
