import type { Passport } from "@livermark/core";
import { proportion } from "@livermark/statistics";
import { type CategoryColumn, columnId, type Dataset } from "./dataset.js";
import { type Part, part } from "./part.js";
import type { Cell, CellContent, ResultRow } from "./results.js";

const LEVEL = 0.95;
const PREFIX = "response:";

/** Rates over the classes: which labels count, and which leave the denominator. */
const rates = [
  { key: "orr", label: "Objective response (CR + PR)", yes: ["CR", "PR"] },
  { key: "dcr", label: "Disease control (CR + PR + SD)", yes: ["CR", "PR", "SD", "non-CR/non-PD"] },
] as const;

/**
 * Response by every profile of the protocol: counts and shares per class of all rows with an assessment, and objective
 * response and disease control with exact (Clopper–Pearson) intervals. Not evaluable counts in the denominator, as
 * RECIST 1.1 asks (Eisenhauer 2009, section 4.6).
 */
export function responsePart(data: Dataset): Part {
  const profiles = data.columns.filter(
    (column): column is CategoryColumn => column.type === "category" && column.name.startsWith(PREFIX),
  );
  if (profiles.length === 0) return part({});
  const passports: Passport[] = [];
  const cellOf = (column: CategoryColumn, what: string, content: CellContent): Cell => {
    const id = `response.${data.id}.${column.name.slice(PREFIX.length)}.${what}`;
    passports.push({
      id,
      function: "response-count",
      version: "1",
      inputs: [{ kind: "result", id: columnId(data, column) }],
      parameters: { class: what },
    });
    return { id, ...content };
  };
  const assessed = (column: CategoryColumn): readonly string[] => column.values.filter((value) => value !== null);
  const across = (content: (column: CategoryColumn) => Cell): ResultRow["cells"] =>
    Object.fromEntries(profiles.map((column) => [column.name, content(column)]));
  const levels = [...new Set(profiles.flatMap((column) => column.levels))].filter((level) =>
    profiles.some((column) => assessed(column).includes(level)),
  );
  const rows: ResultRow[] = [
    {
      label: "Assessed",
      cells: across((column) => cellOf(column, "n", { kind: "count", n: assessed(column).length })),
    },
    ...levels.map(
      (level): ResultRow => ({
        label: level,
        indent: 1,
        cells: across((column) => {
          const values = assessed(column);
          return cellOf(column, level, {
            kind: "share",
            n: values.filter((value) => value === level).length,
            total: values.length,
          });
        }),
      }),
    ),
    ...rates.map(
      ({ key, label, yes }): ResultRow => ({
        label,
        cells: across((column) => {
          const values = assessed(column);
          const n = values.filter((value) => yes.some((one) => one === value)).length;
          const rate = values.length === 0 ? null : proportion(n, values.length, LEVEL);
          if (rate === null || !rate.ok)
            return cellOf(column, key, { kind: "not-estimable", why: "nobody was assessed" });
          const { low, high } = rate.value.clopperPearson;
          return cellOf(column, key, {
            kind: "estimate",
            value: (100 * n) / values.length,
            low: 100 * low,
            high: 100 * high,
            level: LEVEL,
            decimals: 1,
            unit: "%",
          });
        }),
      }),
    ),
  ];
  return part({
    tables: [
      {
        id: `response.${data.id}`,
        title: data.unit === "patient" ? "Response" : "Response per treatment",
        columns: profiles.map((column) => ({ key: column.name, label: column.name.slice(PREFIX.length) })),
        rows,
        footnotes: ["Intervals of rates are exact (Clopper–Pearson). Not evaluable (NE) counts in the denominator."],
      },
    ],
    passports,
    methods: [
      `Response was classed by ${profiles.map((column) => column.name.slice(PREFIX.length)).join(" and ")}; rates have exact intervals.`,
    ],
  });
}
