import type { ProvenanceInput } from "@livermark/core";
import { cohenKappa } from "@livermark/statistics";
import { cellLedger, estimateContent, pContent } from "./cell-ledger.js";
import { filled, type Part, part } from "./part.js";
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

/**
 * Agreement of two readers on categories, feature by feature: kappa with its interval (linear weights where there are three or
 * more ordered categories), the unweighted one beside it where it differs, and the share of equal readings.
 */
/** A row without the column that is not shown: a cell that nobody sees is no result. */
function withoutPlain(row: ResultRow): ResultRow {
  const { plain: _, ...cells } = row.cells;
  return { ...row, cells };
}

export function categoryAgreement(categories: readonly CategoryReadings[]): Part {
  if (categories.length === 0) return part({});
  const computations: Computation[] = [];
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
  return part({
    tables: filled({
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
      rows: weighted ? kappaRows : kappaRows.map(withoutPlain),
      footnotes: [
        "Kappa with linear weights where three or more ordered categories were used, otherwise unweighted (Cohen 1968; intervals by Fleiss, Cohen and Everitt 1969). Words by Landis and Koch 1977.",
        ...(beyond ? ["The intervals are symmetric (normal approximation) and may pass 1."] : []),
      ],
    }),
    computations,
    passports: ledger.passports,
    methods: [
      "Agreement of readers on categories was judged by Cohen's kappa (linear weights for ordered categories).",
    ],
  });
}
