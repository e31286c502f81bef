import { figureSvg } from "@livermark/report";
import type { GridRow } from "./letb-grid-run.js";

/** One line of the stored table; numbers in percent unless named otherwise. */
type Line = { readonly [column in (typeof COLUMNS)[number]]: number };

const COLUMNS = [
  "case",
  "fraction",
  "noise_hu",
  "breathing_mm",
  "slice_mm",
  "truth",
  "shell",
  "without_noise",
  "expected",
  "unregistered",
  "refused_as_it_came",
  "registered",
  "registered_low",
  "registered_high",
  "surface_rule",
  "surface_rule_low",
  "surface_rule_high",
  "residual_mm",
  "residual_estimate_mm",
  "registered_displacement_points",
  "surface_rule_displacement_points",
] as const;

/** The rows as CSV with three decimals. */
export function gridCsv(rows: readonly GridRow[]): string {
  const lines = [...rows]
    .sort((a, b) => a.number - b.number)
    .map((row) =>
      [
        row.number,
        100 * row.fraction,
        row.noiseSd,
        row.breathingMm,
        row.sliceMm,
        row.truth,
        row.shell,
        row.withoutNoise,
        row.registered.expected,
        row.unregistered,
        row.refusedAs.includes("phases-moved") ? 1 : 0,
        row.registered.letb,
        row.registered.low,
        row.registered.high,
        row.registeredSurface.letb,
        row.registeredSurface.low,
        row.registeredSurface.high,
        row.residualMm,
        row.errorMm,
        row.registered.displacementPoints,
        row.registeredSurface.displacementPoints,
      ]
        .map((value) => Number(value.toFixed(3)))
        .join(","),
    );
  return `${[COLUMNS.join(","), ...lines].join("\n")}\n`;
}

function linesOf(csv: string): readonly Line[] {
  const [head = "", ...lines] = csv.trim().split("\n");
  const names = head.split(",");
  return lines.map((line) => {
    const cells = line.split(",").map(Number);
    const value = (name: string): number => cells[names.indexOf(name)] ?? Number.NaN;
    return Object.fromEntries(COLUMNS.map((name) => [name, value(name)])) as Line;
  });
}

/** Reading against expectation, before and after registration. */
export function gridFigure(csv: string): string {
  const noisy = linesOf(csv).filter((line) => line.noise_hu > 0);
  const x = noisy.map((line) => line.expected);
  return figureSvg({
    id: "letb-phantoms",
    kind: "scatter",
    title: `LETB of ${noisy.length} phantoms with noise`,
    xLabel: "LETB that the definition expects, %",
    yLabel: "LETB read, %",
    groups: [
      { label: "as it came", x, y: noisy.map((line) => line.unregistered) },
      { label: "registered", x, y: noisy.map((line) => line.registered) },
      { label: "registered, surface rule", x, y: noisy.map((line) => line.surface_rule) },
    ],
    fit: { x: [0, 70], y: [0, 70] },
    correlation: null,
  });
}

const quantile = (values: readonly number[], p: number): number => {
  const sorted = [...values].sort((a, b) => a - b);
  const at = (sorted.length - 1) * p;
  const low = Math.floor(at);
  const a = sorted[low] ?? Number.NaN;
  return a + (at - low) * ((sorted[Math.min(low + 1, sorted.length - 1)] ?? a) - a);
};
const mean = (values: readonly number[]): number => values.reduce((sum, x) => sum + x, 0) / values.length;
const signed = (x: number): string => `${x < 0 ? "−" : "+"}${Math.abs(x).toFixed(1)}`;

function table(head: readonly string[], rows: readonly (readonly (string | number)[])[]): string {
  const line = (cells: readonly (string | number)[]): string => `| ${cells.join(" | ")} |`;
  return [line(head), `|${head.map(() => "---").join("|")}|`, ...rows.map(line)].join("\n");
}

/** Whether an interval holds the expectation, with and without what displacement adds to it, and how wide it is. */
function coverage(
  lines: readonly Line[],
  name: "registered" | "surface_rule",
): Record<"before" | "after", { readonly held: number; readonly width: number }> {
  const sides = lines.map((line) => {
    const down = line[name] - line[`${name}_low`];
    const up = line[`${name}_high`] - line[name];
    const points = line[`${name}_displacement_points`];
    const without = (side: number): number => Math.sqrt(Math.max(0, side * side - points * points));
    const off = line.expected - line[name];
    return { off, after: [down, up] as const, before: [without(down), without(up)] as const };
  });
  const of = (when: "before" | "after"): { readonly held: number; readonly width: number } => ({
    held: sides.filter(({ off, [when]: [down, up] }) => -down <= off && off <= up).length,
    width: quantile(
      sides.map(({ [when]: [down, up] }) => down + up),
      0.5,
    ),
  });
  return { before: of("before"), after: of("after") };
}

/** The tables of docs/letb.md: error by breathing, bias by noise, interval with and without displacement. */
export function gridTables(csv: string): readonly string[] {
  const noisy = linesOf(csv).filter((line) => line.noise_hu > 0);
  const distinct = (of: (line: Line) => number): readonly number[] => [...new Set(noisy.map(of))].sort((a, b) => a - b);
  const errors = (lines: readonly Line[], of: (line: Line) => number): string => {
    const all = lines.map((line) => Math.abs(of(line) - line.expected));
    return `${quantile(all, 0.5).toFixed(1)} (${Math.max(...all).toFixed(1)})`;
  };
  const byBreathing = [...distinct((line) => line.breathing_mm), null].map((mm) => {
    const lines = mm === null ? noisy : noisy.filter((line) => line.breathing_mm === mm);
    return [
      mm === null ? "all" : `${mm} mm`,
      lines.length,
      lines.filter((line) => line.refused_as_it_came === 1).length,
      errors(lines, (line) => line.unregistered),
      errors(lines, (line) => line.registered),
      errors(lines, (line) => line.surface_rule),
    ];
  });
  const byNoise = distinct((line) => line.noise_hu).map((sd) => {
    const lines = noisy.filter((line) => line.noise_hu === sd);
    const bias = (of: (line: Line) => number): string => signed(mean(lines.map((line) => of(line) - line.truth)));
    const below = lines.filter((line) => line.truth < 10);
    const above = lines.filter((line) => line.truth > 40);
    const expectedBias = (some: readonly Line[]): string =>
      some.length === 0 ? "" : signed(mean(some.map((line) => line.expected - line.truth)));
    return [
      `${sd} HU`,
      lines.length,
      expectedBias(below),
      expectedBias(above),
      bias((line) => line.expected),
      bias((line) => line.registered),
      bias((line) => line.surface_rule),
    ];
  });
  return [
    table(
      ["Breathing", "Phantoms", "Refused as it came", "Error as it came", "Registered", "Registered, surface rule"],
      byBreathing,
    ),
    table(
      [
        "Noise of one phase",
        "Phantoms",
        "Definition, truth < 10 %",
        "Definition, truth > 40 %",
        "Definition, all",
        "Read after registration",
        "With surface rule",
      ],
      byNoise,
    ),
    table(
      [
        "Breathing",
        "Phantoms",
        "Displacement left, mm",
        "Estimated, mm",
        "Held without it",
        "Held",
        "Width without it",
        "Width",
        "Held, surface rule",
      ],
      [...distinct((line) => line.breathing_mm), null].map((mm) => {
        const lines = mm === null ? noisy : noisy.filter((line) => line.breathing_mm === mm);
        const { before, after } = coverage(lines, "registered");
        const median = (of: (line: Line) => number): string => quantile(lines.map(of), 0.5).toFixed(1);
        return [
          mm === null ? "all" : `${mm} mm`,
          lines.length,
          median((line) => line.residual_mm),
          median((line) => line.residual_estimate_mm),
          before.held,
          after.held,
          before.width.toFixed(1),
          after.width.toFixed(1),
          coverage(lines, "surface_rule").after.held,
        ];
      }),
    ),
  ];
}
