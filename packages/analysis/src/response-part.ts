import type { Passport } from "@livermark/core";
import { proportion } from "@livermark/statistics";
import { isProfileName, responseProfile } from "@livermark/study";
import { type CategoryColumn, columnId, type Dataset } from "./dataset.js";
import { type Part, part } from "./part.js";
import { tableName } from "./recompute.js";
import { tallyCase } from "./recompute-cases.js";
import type { Cell, CellContent, Computation, ResultRow } from "./results.js";

const LEVEL = 0.95;
const PREFIX = "response:";

/** Classes that a table of responses always names; the others only where somebody has them. */
const ALWAYS: ReadonlySet<string> = new Set(["CR", "PR", "SD", "PD"]);

const profileOf = (column: CategoryColumn): string => column.name.slice(PREFIX.length);
const shortName = (name: string): string => (isProfileName(name) ? responseProfile(name).short : name);
const fullName = (name: string): string => (isProfileName(name) ? responseProfile(name).title : name);

/** Rates over the classes: which labels count, and which leave the denominator. */
const rates = [
  { key: "orr", label: "Objective response rate (CR + PR), 95% CI", yes: ["CR", "PR"] },
  { key: "dcr", label: "Disease control rate (CR + PR + SD), 95% CI", yes: ["CR", "PR", "SD", "non-CR/non-PD"] },
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
  const computations: Computation[] = profiles.flatMap((column) =>
    tallyCase(
      `response.${data.id}.${profileOf(column)}.classes`,
      { data: tableName(data) },
      column.name,
      column.values,
      column.levels,
    ),
  );
  const cellOf = (column: CategoryColumn, what: string, content: CellContent): Cell => {
    const id = `response.${data.id}.${profileOf(column)}.${what}`;
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
  const levels = [...new Set(profiles.flatMap((column) => column.levels))].filter(
    (level) => ALWAYS.has(level) || profiles.some((column) => assessed(column).includes(level)),
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
          computations.push({
            id: `response.${data.id}.${profileOf(column)}.${key}`,
            method: "proportion",
            data: tableName(data),
            spec: { column: column.name, yes: [...yes] },
            answer: { x: n, n: values.length, p: n / values.length, lower: low, upper: high },
          });
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
        columns: profiles.map((column) => ({ key: column.name, label: shortName(profileOf(column)) })),
        rows,
        footnotes: [
          ...profiles
            .map(profileOf)
            .filter((name) => fullName(name) !== shortName(name))
            .map((name) =>
              fullName(name).startsWith(shortName(name))
                ? `${fullName(name)}.`
                : `${shortName(name)}: ${fullName(name)}.`,
            ),
          "CR, complete response; PR, partial response; SD, stable disease; PD, progressive disease. Rates with exact 95% intervals (Clopper–Pearson); who was not evaluable (NE) counts in the denominator.",
        ],
      },
    ],
    passports,
    computations,
    methods: [
      `Response was classed by ${profiles.map((column) => fullName(profileOf(column))).join(" and by ")}; rates have exact intervals.`,
    ],
  });
}
